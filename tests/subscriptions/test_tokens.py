from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from unittest.mock import Mock

import pytest

from botcore import audit, config, voice
from botcore.exceptions import Gone, NotAllowed, Refused
from botcore.models import AuditEntry, Inbox, Operation, Outbox
from botcore.redaction import digest_of
from subscriptions import removals, tokens
from subscriptions.models import AccessLink, FailedCode, InvitationToken, LedgerEntry, RoleChange, Subscription
from tests.factories import (
    DAY,
    HOUR,
    MINUTE,
    NOW,
    make_channels,
    make_ended,
    make_link,
    make_member,
    make_plan,
    make_reply,
    make_subscription,
    make_token,
    meet,
)
from tests.subscriptions.helpers import heard, keyboards

pytestmark = pytest.mark.django_db

CODE = "Qm7xV2pLr9sT4kWz"
CUSTODIAN = 1001


def present(member, code=CODE, *, now=NOW, bare=False):
    reply = make_reply(member)
    tokens.redeem_token(meet(member, now=now), invitation=tokens.Invitation(digest_of(code), bare), reply=reply)
    return reply


# --- issuing ----------------------------------------------------------------------------------------------------------


def test_a_token_has_sixteen_url_safe_characters():
    """M-TOKEN-1."""
    assert {len(tokens.mint()) for _ in range(50)} == {16}
    assert tokens._BARE.fullmatch(tokens.mint())


def test_only_digest_and_hint_are_kept():
    """M-TOKEN-2, C-TOKEN-2."""
    (issued,) = tokens.issue_tokens(actor=audit.SHELL, plan_id=make_plan().pk, now=NOW)
    row = InvitationToken.objects.get()
    assert (row.digest, row.hint) == (digest_of(issued.token), issued.token[:4])
    assert issued.token not in str(list(InvitationToken.objects.values())) + str(list(AuditEntry.objects.values()))


def test_terms_window_note_and_batch_are_frozen_at_issue():
    """M-TOKEN-3, C-TOKEN-1."""
    issuer, plan = make_member(), make_plan()
    tokens.issue_tokens(
        actor=audit.SHELL, plan_id=plan.pk, now=NOW, amount=3, window=6 * HOUR, note=" cena ", issuer=issuer
    )
    rows = InvitationToken.objects.all()
    assert {(row.plan_name, row.days, row.price, row.currency) for row in rows} == {
        ("Luna llena", 30, Decimal(25), "USD")
    }
    assert {(row.redeem_by, row.note, row.issued_by_id) for row in rows} == {(NOW + 6 * HOUR, "cena", issuer.pk)}
    assert len({row.batch for row in rows}) == 1
    assert AuditEntry.objects.filter(verb="issue_invitations").count() == 1


def test_the_window_is_the_setting_unless_given():
    """M-TOKEN-3."""
    config.change(audit.SHELL, redemption_days=7)
    (issued,) = tokens.issue_tokens(actor=audit.SHELL, plan_id=make_plan().pk, now=NOW)
    assert issued.invitation.redeem_by == NOW + 7 * DAY


@pytest.mark.parametrize(
    "wrong", [{"amount": 51}, {"amount": 0}, {"window": 366 * DAY}, {"window": MINUTE}, {"note": "x" * 201}]
)
def test_wrong_values_issue_nothing(wrong):
    """C-TOKEN-1."""
    with pytest.raises(Refused):
        tokens.issue_tokens(actor=audit.SHELL, plan_id=make_plan().pk, now=NOW, **wrong)
    assert not InvitationToken.objects.exists()


def test_an_inactive_plan_issues_nothing():
    """C-TOKEN-1: needs an active plan."""
    with pytest.raises(Refused):
        tokens.issue_tokens(actor=audit.SHELL, plan_id=make_plan(is_active=False).pk, now=NOW)


def test_the_link_needs_the_bots_name():
    """M-TOKEN-1."""
    with pytest.raises(Refused):
        tokens.invitation_url(CODE)
    config.change(audit.SHELL, bot_username="lucien_bot")
    assert tokens.invitation_url(CODE) == f"https://t.me/lucien_bot?start={CODE}"


# --- recognising ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text",
    [
        f"/start {CODE}",
        f"/start@lucien_bot  {CODE} ",
        f"https://t.me/lucien_bot?start={CODE}",
        f"Mire: t.me/lucien_bot?start={CODE}, es suya",
        f"tg://resolve?domain=lucien_bot&start={CODE}",
    ],
)
def test_an_invitation_is_recognised(text):
    """M-TOKEN-11."""
    found = tokens.find_invitation(text.replace(",", " "))
    assert found == tokens.Invitation(digest_of(CODE))


def test_sixteen_characters_alone_may_be_a_code():
    """M-TOKEN-11."""
    assert tokens.find_invitation(f" {CODE} ") == tokens.Invitation(digest_of(CODE), bare=True)


@pytest.mark.parametrize(
    "text", ["/start", "/start fila", "/start menu", "hola", CODE[:15], CODE + "x", "t.me/bot?start=fila"]
)
def test_other_texts_carry_no_invitation(text):
    """M-CMD-9, M-TOKEN-11."""
    assert tokens.find_invitation(text) is None


@pytest.mark.parametrize("payload", ["ñandú", "a" * 65, "dos palabras", f"sha256={digest_of(CODE)}"])
def test_a_malformed_payload_is_a_code_nobody_knows(payload):
    """Members §11, M-TOKEN-2: a digest is no invitation for who merely learnt it."""
    assert tokens.find_invitation(f"/start {payload}") == tokens.Invitation("")


@pytest.mark.parametrize("text", ["/start {}", "https://t.me/b?start={}", "{}"])
def test_replay_accepts_the_digest(text):
    """M-TOKEN-2."""
    found = tokens.find_invitation(text.format(f"sha256={digest_of(CODE)}"), redacted=True)
    assert found.digest == digest_of(CODE)


# --- redeeming --------------------------------------------------------------------------------------------------------


def test_a_newcomer_gets_receipt_ritual_and_time():
    """S2/S3, M-TOKEN-5, M-TOKEN-7, M-TOKEN-8."""
    token, member = make_token(), make_member()
    reply = present(member)
    subscription = Subscription.objects.get(member=member)
    assert subscription.expires_at == NOW + 30 * DAY
    assert subscription.ritual_stage == "confirmation"
    assert heard(member)[0].text == voice.render(
        "invitation.receipt", plan="Luna llena", days=30, price=(Decimal(25), "USD"), expires_on=NOW + 30 * DAY
    )
    assert keyboards(member) == ["", "ritual:confirmation"]
    token.refresh_from_db()
    assert (token.is_used, token.used_by, token.used_at) == (True, member, NOW)
    assert Inbox.objects.get(update_id=reply.update_id).state == "done"


def test_redemption_writes_ledger_role_log_audit_and_notice():
    """M-TOKEN-5, M-TOKEN-12, M-NAME-2."""
    make_token()
    member = make_member()
    present(member)
    entry = LedgerEntry.objects.get()
    assert (entry.kind, entry.amount_minor, entry.currency, entry.is_renewal) == ("sale", 2500, "USD", False)
    assert (RoleChange.objects.get().from_role, RoleChange.objects.get().to_role) == ("free", "vip")
    assert AuditEntry.objects.get(verb="redeem_invitation").member_id == member.pk
    assert Outbox.objects.filter(chat_id=CUSTODIAN).count() == 1


@pytest.mark.parametrize(("ends_in", "left"), [(10 * DAY, 10 * DAY), (-HOUR, timedelta(0))])
def test_a_renewal_counts_from_the_later_of_now_and_the_end(ends_in, left):
    """M-TOKEN-7; in grace too."""
    config.change(audit.SHELL, grace_days=3)
    make_token()
    subscription = make_subscription(ends_in=ends_in)
    present(subscription.member)
    subscription.refresh_from_db()
    assert subscription.expires_at == NOW + left + 30 * DAY
    assert LedgerEntry.objects.get(token__isnull=False).is_renewal


def test_the_receipt_of_a_renewal_tells_the_former_end():
    """M-TOKEN-8."""
    make_token(price=0)
    subscription = make_subscription(ends_in=10 * DAY)
    present(subscription.member)
    assert heard(subscription.member)[0].text == voice.render(
        "invitation.receipt_extended",
        plan="Luna llena",
        days=30,
        price=(0, "USD"),
        previous=NOW + 10 * DAY,
        expires_on=NOW + 40 * DAY,
    )


def renewed(stage, presence="unknown", *, ended=""):
    make_token()
    member = make_member(vip_presence=presence)
    if ended:
        make_ended(member, stage=stage, reason=ended)
    else:
        make_subscription(member, ritual_stage=stage)
    present(member)
    return member


@pytest.mark.parametrize(
    ("stage", "presence", "ended", "follows"),
    [
        ("confirmation", "out", "", ["ritual:confirmation"]),
        ("alignment", "out", "", ["ritual:alignment"]),
        ("completed", "in", "", ["menu"]),
        ("completed", "in", "expired", ["menu"]),
        ("cancelled", "in", "expired", ["ritual:confirmation"]),
        ("completed", "in", "expelled", ["menu"]),
        ("cancelled", "out", "expelled", ["ritual:confirmation"]),
    ],
)
def test_after_the_receipt_comes_the_screen_of_the_row(stage, presence, ended, follows):
    """S4-S12, column "live invitation opened"; M-RITUAL-8."""
    assert keyboards(renewed(stage, presence, ended=ended)) == ["", *follows]


@pytest.mark.parametrize("presence", ["out", "banned", "unknown"])
@pytest.mark.parametrize("ended", ["", "expired", "expelled"])
def test_who_completed_the_ritual_and_is_outside_gets_a_fresh_link_at_once(presence, ended):
    """S8, S10, S12."""
    member = renewed("completed", presence, ended=ended)
    assert keyboards(member) == [""]
    link = AccessLink.objects.get()
    assert (link.state, link.message_key) == ("issuing", "access.link")


def test_a_renewal_at_delivery_shows_the_live_link_again():
    """S6."""
    make_token()
    subscription = make_subscription(ritual_stage="delivery")
    make_link(subscription)
    present(subscription.member)
    assert keyboards(subscription.member) == ["", "ritual:delivery"]
    assert AccessLink.objects.count() == 1


def test_a_return_clears_the_end_and_starts_a_new_stay():
    """M-TOKEN-7."""
    make_token()
    subscription = make_ended()
    present(subscription.member)
    subscription.refresh_from_db()
    assert (subscription.ended_at, subscription.end_reason) == (None, "")
    assert (subscription.started_at, subscription.expires_at) == (NOW, NOW + 30 * DAY)
    assert not LedgerEntry.objects.get(token__isnull=False).is_renewal


def test_an_open_removal_is_cancelled_and_notices_of_the_end_withdrawn():
    """M-TOKEN-5, M-EXPIRY-1."""
    make_token()
    subscription = make_ended()
    removals.owe_removal(
        member=subscription.member, channel="vip", kind="remove", reason="expired", now=NOW, due_at=NOW
    )
    Outbox.objects.create(key="farewell", topic=f"end:{subscription.pk}", chat_id=subscription.member.telegram_id)
    present(subscription.member)
    assert subscription.member.removals.get().state == "cancelled"
    assert Outbox.objects.get(key="farewell").state == "dropped"


def test_redemption_needs_no_vip_channel():
    """M-TOKEN-4."""
    make_token()
    member = make_member()
    present(member)
    assert config.current().vip is None
    assert Subscription.objects.filter(member=member).exists()


def test_the_same_person_twice_is_one_credit():
    """M-TOKEN-6: answered, then the present screen."""
    make_token()
    member = make_member()
    present(member)
    present(member, now=NOW + 5 * DAY)
    assert LedgerEntry.objects.count() == 1
    assert heard(member)[2].text == voice.render("invitation.already_yours")
    assert keyboards(member)[3] == "ritual:confirmation"
    assert not FailedCode.objects.exists()


@pytest.mark.parametrize(
    ("fields", "key"),
    [
        ({"is_used": True}, "invitation.used"),
        ({"revoked_at": NOW}, "invitation.revoked"),
        ({"is_used": True, "revoked_at": NOW}, "invitation.used"),
    ],
)
def test_a_dead_invitation_is_declined_in_its_own_words(fields, key):
    """§4, table of situations: first match."""
    config.change(audit.SHELL, creator_username="diana")
    make_token(**fields)
    member = make_member()
    present(member)
    assert [row.text for row in heard(member)] == [voice.render(key)]
    assert keyboards(member) == ["contact"]


def test_a_lapsed_invitation_says_since_when():
    """§4; M-TOKEN-4: redeemable strictly before `redeem_by`."""
    config.change(audit.SHELL, creator_username="diana")
    make_token(redeem_by=NOW)
    member = make_member()
    present(member)
    assert heard(member)[0].text == voice.render("invitation.expired", since=NOW)
    assert not Subscription.objects.exists()


@pytest.mark.parametrize("digest", ["", digest_of("another")])
def test_an_unknown_or_malformed_code_is_not_recognised(digest):
    """§4."""
    member = make_member()
    tokens.redeem_token(meet(member), invitation=tokens.Invitation(digest), reply=make_reply(member))
    assert heard(member)[0].text == voice.render("invitation.unknown")


def test_a_bare_text_that_is_no_code_is_unknown_text_and_counts():
    """M-TOKEN-11, M-TOKEN-9."""
    member = make_member()
    present(member, "buenas_noches_ya", bare=True)
    assert keyboards(member) == ["menu_only"]
    assert FailedCode.objects.count() == 1


def test_ten_failures_close_the_door_until_the_hour_has_passed():
    """M-TOKEN-9: no lookup meanwhile."""
    make_token()
    member = make_member()
    for minute in range(10):
        present(member, "no_such_code", now=NOW + minute * MINUTE)
    present(member, now=NOW + 20 * MINUTE)
    assert heard(member)[-1].text == voice.render("invitation.too_many", minutes=40)
    present(member, now=NOW + 60 * MINUTE)
    assert Subscription.objects.filter(member=member).exists()


def test_a_success_resets_the_count():
    """M-TOKEN-9."""
    make_token()
    member = make_member()
    for _ in range(9):
        present(member, "no_such_code")
    present(member)
    assert not FailedCode.objects.exists()


def test_a_blocked_member_consumes_nothing_and_hears_one_refusal_a_day():
    """S0, M-BLOCK-1."""
    token, member = make_token(), make_member(blocked_at=NOW)
    present(member)
    present(member)
    token.refresh_from_db()
    assert not token.is_used
    assert [row.text for row in heard(member)] == [voice.render("common.refusal")]


def test_a_block_that_came_after_the_person_was_read_counts():
    """M-BLOCK-1: checked again under the lock."""
    token, member = make_token(), make_member()
    person = meet(member)
    type(member).objects.filter(pk=member.pk).update(blocked_at=NOW)
    tokens.redeem_token(person, invitation=tokens.Invitation(token.digest), reply=make_reply(member))
    assert not Subscription.objects.exists()


def test_the_second_message_of_a_redemption_follows_the_first():
    """M-TOKEN-8: order per chat by key and row."""
    make_token()
    member = make_member()
    reply = present(member)
    assert [row.key for row in heard(member)] == [f"answer:{reply.update_id}:0", f"answer:{reply.update_id}:1"]


@pytest.mark.parametrize(
    "step",
    [
        "subscriptions.ledger.append_entry",
        "subscriptions.ledger.rebuild_coverage",
        "subscriptions.removals.cancel_removal",
        "botcore.outbox.withdraw",
        "subscriptions.access.log_role_change",
        "botcore.audit.record",
        "botcore.outbox.Reply.say",
        "subscriptions.ritual.resume",
        "botcore.notices.tell_custodians",
    ],
)
def test_a_failure_at_any_step_leaves_nothing_behind(monkeypatch, step):
    """M-TOKEN-5, §12: kill between any two steps; a retry is safe."""
    make_token()
    member = make_member()
    with monkeypatch.context() as patch:
        patch.setattr(step, Mock(side_effect=RuntimeError))
        with pytest.raises(RuntimeError):
            present(member)
    assert not InvitationToken.objects.get().is_used
    assert not Subscription.objects.exists()
    assert not Outbox.objects.exists()
    assert Inbox.objects.get().state == "new"
    present(member)
    assert Subscription.objects.get().expires_at == NOW + 30 * DAY


# --- custodians -------------------------------------------------------------------------------------------------------


@pytest.fixture
def custodian():
    return make_member(telegram_id=CUSTODIAN, first_name="Marcos")


def test_a_custodian_sees_the_card_and_the_receipt():
    """M-TOKEN-10: nothing is consumed or counted."""
    token = make_token(note="cena", issued_by=make_member(first_name="Marcos"))
    card, receipt = tokens.preview_token(invitation=tokens.Invitation(token.digest), now=NOW)
    assert (card.keyboard, card.arguments) == ("invitation_card", {"token": token.pk, "redeemable": True})
    assert "Marcos" in card.text()
    assert "cena" in card.text()
    assert receipt.parts[0][1]["expires_on"] == NOW + 30 * DAY
    token.refresh_from_db()
    assert not token.is_used


@pytest.mark.parametrize(
    "fields", [{"is_used": True}, {"revoked_at": NOW}, {"redeem_by": NOW}, {"days": None, "price": None}]
)
def test_the_card_of_a_dead_invitation_offers_no_redemption(fields):
    """M-TOKEN-10."""
    token = make_token(**fields)
    card = tokens.preview_token(invitation=tokens.Invitation(token.digest), now=NOW)[0]
    assert card.arguments["redeemable"] is False
    assert card.text()


def test_an_unknown_code_of_a_custodian_is_told_by_its_form():
    """C-FLOW-1: a bare text is a pointer to the panel."""
    shown = [tokens.preview_token(invitation=tokens.Invitation("", bare), now=NOW)[0] for bare in (True, False)]
    assert [page.parts[0][0] for page in shown] == ["desk.pointer", "invitation.unknown"]


def test_a_custodian_redeems_for_himself_once(custodian):
    """M-TOKEN-10, C-TOKEN-10, C-FLOW-6."""
    token, person = make_token(), meet(custodian)
    code = tokens.ask_redeem_for_self(person, token_id=token.pk).arguments["code"]
    for _ in range(2):
        tokens.redeem_for_self(person, code=code, reply=make_reply(custodian))
    assert LedgerEntry.objects.count() == 1
    assert not RoleChange.objects.exists()
    assert [name for name in keyboards(custodian) if name] == ["ritual:confirmation"]


def test_redeeming_for_oneself_needs_the_permission_and_the_right_code(custodian):
    """C-ACC-4, C-FLOW-6."""
    token, stranger = make_token(), meet(make_member())
    with pytest.raises(NotAllowed):
        tokens.ask_redeem_for_self(stranger, token_id=token.pk)
    with pytest.raises(Gone):
        tokens.redeem_for_self(meet(custodian), code="foreign", reply=make_reply(custodian))


def test_a_lapsed_confirmation_does_nothing(custodian):
    """C-FLOW-6: 15 minutes."""
    token, person = make_token(), meet(custodian)
    code = tokens.ask_redeem_for_self(person, token_id=token.pk).arguments["code"]
    late = replace(person, now=NOW + 15 * MINUTE)
    with pytest.raises(Refused):
        tokens.redeem_for_self(late, code=code, reply=make_reply(custodian))
    assert Operation.objects.get().used_at is None
    assert not LedgerEntry.objects.exists()


def test_channels_do_not_matter_for_the_credit():
    """M-TOKEN-4."""
    make_channels()
    make_token()
    member = make_member()
    present(member)
    assert Subscription.objects.filter(member=member).exists()
