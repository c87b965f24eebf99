"""Many at once, in real threads: what a sequential test cannot prove. Run on SQLite and on PostgreSQL."""

import pytest

from botcore import voice
from botcore.models import AuditEntry, Member, Outbox
from botcore.redaction import digest_of
from subscriptions import links, people, ritual, tokens
from subscriptions.models import AccessLink, LedgerEntry, Subscription
from tests.factories import NOW, make_channels, make_link, make_member, make_reply, make_subscription, make_token, meet
from tests.subscriptions.helpers import all_at_once

pytestmark = pytest.mark.django_db(transaction=True)

CODE = "Qm7xV2pLr9sT4kWz"
MANY = 20


def present(member):
    tokens.redeem_token(meet(member), invitation=tokens.Invitation(digest_of(CODE)), reply=make_reply(member))


def test_one_token_has_one_winner():
    """M-TOKEN-5: the others are told that it was honoured, one ledger row."""
    make_token()
    all_at_once(present, [make_member() for _ in range(MANY)])
    assert LedgerEntry.objects.count() == 1
    refusals = Outbox.objects.filter(text__startswith=voice.render("invitation.used"))
    assert refusals.count() == MANY - 1


def test_one_person_many_times_is_one_credit():
    """M-TOKEN-6: one receipt, one row of time."""
    make_token()
    member = make_member()
    all_at_once(present, [member] * MANY)
    assert Subscription.objects.get().ledger.count() == 1
    assert Outbox.objects.filter(text=voice.render("invitation.already_yours")).count() == MANY - 1


def test_two_tokens_of_one_newcomer_both_count():
    """M-TOKEN-7: one membership row, the time of both."""
    codes = [tokens.mint() for _ in range(4)]
    for code in codes:
        make_token(code)
    member = make_member()

    def redeem(code):
        tokens.redeem_token(meet(member), invitation=tokens.Invitation(digest_of(code)), reply=make_reply(member))

    all_at_once(redeem, codes)
    assert (Subscription.objects.get().expires_at - NOW).days == 120
    assert LedgerEntry.objects.filter(is_renewal=True).count() == 3


def test_many_taps_are_one_step():
    """M-RITUAL-2: one transition, one log row."""
    member = make_subscription(ritual_stage="confirmation").member

    def tap(person):
        ritual.advance_ritual(person, expected_stage="confirmation", reply=make_reply(member))

    all_at_once(tap, [meet(member)] * MANY)
    assert Subscription.objects.get().ritual_stage == "alignment"
    assert AuditEntry.objects.filter(verb="advance_ritual").count() == 1
    assert Outbox.objects.count() == 1


def test_many_taps_owe_one_link():
    """M-RITUAL-2, M-ACCESS-1."""
    member = make_subscription(ritual_stage="alignment").member

    def tap(person):
        ritual.advance_ritual(person, expected_stage="alignment", reply=make_reply(member))

    all_at_once(tap, [meet(member)] * MANY)
    assert AccessLink.objects.count() == 1


def test_many_wishes_for_a_link_leave_one_open():
    """M-ACCESS-1: one live or coming link per subscriber."""
    member = make_subscription().member
    all_at_once(lambda person: links.renew_link(person, make_reply(member)), [meet(member)] * MANY)
    assert AccessLink.objects.count() == 1


def test_two_workers_never_claim_one_link():
    """M-ACCESS-1."""
    make_channels()
    for _ in range(5):
        make_link(make_subscription(), state="issuing", url="", message_key="access.link", expires_at=None)
    claimed = all_at_once(lambda _: links.claim_links(now=NOW, limit=5), range(6))
    assert len([order for orders in claimed for order in orders]) == 5


def test_a_stranger_seen_twice_at_once_is_one_member():
    """M-CMD-7."""
    facts = {"username": None, "first_name": "Ana", "last_name": None, "language": "es", "now": NOW}
    met = all_at_once(lambda _: people.meet_person(telegram_id=77, **facts), range(8))
    assert {person.member.pk for person in met} == {Member.objects.get(telegram_id=77).pk}
