"""Invitations presented in chat (M-TOKEN); minting, races and the ledger: tests/subscriptions, tests/proof."""

from datetime import timedelta
from decimal import Decimal

import pytest

from botcore import config, redaction
from botcore.models import Channel, Inbox
from subscriptions.models import FailedCode, InvitationToken, LedgerEntry, Subscription
from tests.telegram.people import someone
from tests.telegram.reading import heard


def said(house, person, text, key):
    """Write `text`; the answer must be of `key`."""
    person.send(text)
    house.settle()
    house.wait(seconds=2)
    assert key in heard(person.last), (text, person.last.text)


def test_the_same_invitation_again_adds_nothing(house):
    """M-TOKEN-6: double tap, redelivered, days later, after a restart: already yours, then the present state."""
    ana, code = someone(house, "S3"), house.invitation()
    ana.start(code)
    ana.start(code)
    house.settle()
    house.deliver(house.world.queue.recent[0])
    house.restart()
    house.wait(days=3)
    ana.start(code)
    house.settle()
    assert LedgerEntry.objects.count() == 1
    pairs = [heard(message) for message in ana.messages]
    assert sum("invitation.receipt" in keys for keys in pairs) == 1
    assert sum("invitation.already_yours" in keys for keys in pairs) == 2
    assert "ritual.confirmation" in pairs[-1]


def test_the_receipt_says_what_was_sold(house):
    """M-TOKEN-8: plan, days, price with currency, until when; before the stage."""
    ana = someone(house, "S3")
    ana.start(house.invitation())
    house.settle()
    receipt, stage = ana.messages
    for fact in ("Luna llena", "30", "25.00 USD", "31 de mayo de 2026"):
        assert fact in receipt.text
    assert "ritual.confirmation" in heard(stage)


def test_a_gift_is_worded_as_a_courtesy(house):
    """M-TOKEN-8: price 0."""
    house.plan(price=Decimal(0))
    ana = someone(house, "S3")
    ana.start(house.invitation())
    house.settle()
    assert "invitation.courtesy_price" in heard(ana.messages[0])
    assert "0.00" not in ana.messages[0].text


def test_every_refusal_has_its_words(house):
    """M-TOKEN §4: the table, first match; nobody's name is told."""
    ana, bea = someone(house, "S3"), someone(house, "S3", id=502, first_name="Berta")
    used, revoked, late = (house.invitation() for _ in range(3))
    bea.start(used)
    house.settle()
    hints = {name: redaction.digest_of(code) for name, code in (("revoked", revoked), ("late", late))}
    InvitationToken.objects.filter(digest=hints["revoked"]).update(revoked_at=house.now())
    InvitationToken.objects.filter(digest=hints["late"]).update(redeem_by=house.now())
    said(house, ana, "/start no-such-code-123", "invitation.unknown")
    said(house, ana, "/start " + "x" * 65, "invitation.unknown")
    said(house, ana, "/start ¿hola?", "invitation.unknown")
    said(house, ana, f"/start {used}", "invitation.used")
    assert "Berta" not in ana.last.text
    said(house, ana, f"/start {revoked}", "invitation.revoked")
    said(house, ana, f"/start {late}", "invitation.expired")
    assert not Subscription.objects.filter(member=house.member(ana)).exists()


def test_ten_failed_codes_close_the_door_for_an_hour(house):
    """M-TOKEN-9: then even a good one is not looked up; afterwards it is honoured, and a success resets the count."""
    ana, good = someone(house, "S3"), house.invitation()
    for number in range(10):
        said(house, ana, f"/start wrong-code-{number}", "invitation.unknown")
    said(house, ana, f"/start {good}", "invitation.too_many")
    assert not InvitationToken.objects.get().is_used
    house.wait(hours=1)
    ana.start(good)
    house.settle()
    assert InvitationToken.objects.get().is_used
    assert not FailedCode.objects.exists()


def test_a_custodian_sees_the_card_and_consumes_nothing(house):
    """M-TOKEN-10: link, bare code, again and again; redeeming for oneself asks first."""
    marcos, code = someone(house, "S1"), house.invitation(note="feria")
    for text in (f"/start {code}", code, f"https://t.me/LucienSandboxBot?start={code}"):
        marcos.send(text)
        house.settle()
    assert ["invitation.preview" in heard(message) for message in marcos.messages] == [True, False] * 3
    assert "feria" in marcos.messages[0].text
    assert not InvitationToken.objects.get().is_used
    marcos.press(marcos.messages[0], "✉️ Canjear para mí")
    house.settle()
    assert not InvitationToken.objects.get().is_used
    marcos.press(marcos.messages[0], marcos.messages[0].labels[-1])
    house.settle()
    assert InvitationToken.objects.get().is_used
    assert Subscription.objects.get().member == house.member(marcos)


@pytest.mark.parametrize(
    "wrapped", ["{}", " {} ", "https://t.me/LucienSandboxBot?start={}", "mire: t.me/LucienSandboxBot?start={}"]
)
def test_a_pasted_invitation_is_honoured(house, wrapped):
    """M-TOKEN-11."""
    ana = someone(house, "S3")
    ana.send(wrapped.format(house.invitation()))
    house.settle()
    assert "invitation.receipt" in heard(ana.messages[0])


def test_sixteen_letters_that_are_no_invitation_are_plain_text_and_counted(house):
    """M-TOKEN-11, M-TOKEN-9."""
    ana = someone(house, "S3")
    for _ in range(10):
        said(house, ana, "abcdefghijklmnop", "common.unknown_text")
    said(house, ana, "/start something-else", "invitation.too_many")


def test_what_was_presented_is_kept_as_a_digest_and_can_be_replayed(house):
    """M-TOKEN-2: no clear token in a worked update; a digest opens nothing unless the bot itself put it there."""
    ana, bea, code = someone(house, "S3"), someone(house, "S3", id=502), house.invitation()
    said(house, ana, f"/start sha256={redaction.digest_of(code)}", "invitation.unknown")
    bea.start(code)
    house.fetch()
    row = Inbox.objects.get(state="new")
    Inbox.objects.filter(pk=row.pk).update(raw=redaction.redact_update(row.raw), redacted=True)
    house.settle()
    assert "ritual.confirmation" in heard(bea.last)
    assert not Inbox.objects.filter(raw__contains=code).exists()


def test_custodians_hear_of_a_sale_once(house):
    """M-TOKEN-12: plan, who, new or extended."""
    marcos, ana = someone(house, "S1"), someone(house, "S3")
    for _ in range(2):
        ana.start(house.invitation())
        house.settle()
        house.wait(seconds=5)
    assert len(marcos.messages) == 2
    assert all("Ana" in message.text and "Luna llena" in message.text for message in marcos.messages)


def test_redeeming_needs_no_channel(house):
    """M-TOKEN-4: no VIP channel set; the way to the link waits, the membership does not."""
    Channel.objects.all().delete()
    config.forget()
    ana = someone(house, "S3")
    ana.start(house.invitation(window=timedelta(days=2)))
    house.settle()
    assert "ritual.confirmation" in heard(ana.last)
