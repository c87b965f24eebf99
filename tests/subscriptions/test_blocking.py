"""Blocking and letting back (M-BLOCK-1, M-BLOCK-2, C-USER-8)."""

import pytest

from botcore.exceptions import NotAllowed
from botcore.models import AuditEntry, Member, Outbox
from botcore.outbox import CallResult, Outcome
from subscriptions import blocking, expiry, free_queue, reminders, removals
from subscriptions.models import AccessLink, Removal, RoleChange
from tests.factories import DAY, HOUR, NOW, make_channels, make_link, make_member, make_request, make_subscription
from tests.subscriptions.helpers import all_at_once, heard

pytestmark = pytest.mark.django_db

SUPER = 1001


def custodian():
    return Member.objects.get_or_create(telegram_id=SUPER)[0]


def block(member, **fields):
    return blocking.block_member(target=member, by=custodian(), now=NOW, **fields)


def unblock(member, now=NOW):
    return blocking.unblock_member(target=member, by=custodian(), now=now)


def carry_out(now=NOW):
    for order in removals.claim_removals(now=now, limit=10):
        removals.settle_removal(order, CallResult(Outcome.DONE), now=now)


def test_blocking_bars_from_everything():
    """M-BLOCK-2: both channels, the link, the open request; the time runs on."""
    make_channels()
    subscription = make_subscription()
    make_link(subscription)
    make_request(subscription.member)
    assert block(subscription.member, reason="insultos")
    assert sorted(Removal.objects.values_list("channel", "kind")) == [("free", "bar"), ("vip", "bar")]
    assert AccessLink.objects.get().state == "revoking"
    assert free_queue.claim_approvals(now=NOW, limit=5) == []  # the refusal goes first
    subscription.refresh_from_db()
    assert subscription.ended_at is None
    assert RoleChange.objects.get().cause == "blocked"
    assert "insultos" not in str(AuditEntry.objects.filter(verb="block_member").values())


def test_blocking_twice_changes_nothing():
    member = make_member()
    assert (block(member), block(member)) == (True, False)
    assert Removal.objects.count() == 2
    assert AuditEntry.objects.count() == 1


def test_reminders_that_wait_are_withdrawn():
    """M-BLOCK-1: nothing else is said."""
    member = make_subscription(ends_in=72 * HOUR).member
    reminders.remind_due(now=NOW, limit=5)
    block(member)
    assert [row.state for row in heard(member)] == ["dropped"]


def test_custodians_are_protected():
    """C-ACC-3."""
    for target in (custodian(), make_member(is_custodian=True)):
        with pytest.raises(NotAllowed):
            block(target)
    with pytest.raises(NotAllowed):
        blocking.block_member(target=make_member(), by=make_member(), now=NOW)


def test_unblocking_lifts_the_bars_and_sends_a_link():
    """M-BLOCK-2: with time left a fresh link is sent, not offered."""
    make_channels()
    member = make_subscription(make_member(vip_presence="in")).member
    block(member)
    carry_out()
    assert unblock(member)
    carry_out(NOW + HOUR)
    member.refresh_from_db()
    assert (member.vip_presence, member.free_presence) == ("out", "out")
    assert AccessLink.objects.get(state="issuing").message_key == "lifecycle.link_after_return"


def test_unblocking_twice_changes_nothing():
    member = make_member()
    block(member)
    assert (unblock(member), unblock(member)) == (True, False)
    assert AuditEntry.objects.filter(verb="unblock_member").count() == 1


def test_no_link_without_time_or_in_mid_ritual():
    ended = make_subscription(ends_in=-HOUR).member
    walking = make_subscription(ritual_stage="alignment").member
    for member in (ended, walking):
        block(member)
        unblock(member)
    assert not AccessLink.objects.exists()


def test_time_that_runs_out_meanwhile_lifts_nothing():
    """M-EXPIRY-4: done without a call, reason barred, no farewell."""
    make_channels()
    member = make_subscription(ends_in=DAY).member
    block(member)
    carry_out()
    assert expiry.expire_due(now=NOW + DAY, limit=5) == 1
    assert removals.claim_removals(now=NOW + DAY, limit=5) == []
    assert Removal.objects.get(kind="remove").reason == "barred"
    assert heard(member) == []
    member.refresh_from_db()
    assert member.vip_presence == "banned"


@pytest.mark.django_db(transaction=True)
def test_many_custodians_at_once_block_once():
    member, by = make_member(), custodian()
    won = all_at_once(lambda _: blocking.block_member(target=member, by=by, now=NOW), range(4))
    assert sum(won) == 1
    assert Removal.objects.count() == 2
    assert not Outbox.objects.exists()
