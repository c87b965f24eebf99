"""Removals, bars and lifts: claimed, called, settled (M-EXPIRY-4, M-EXPIRY-5, M-BLOCK-2)."""

from datetime import timedelta

import pytest

from botcore.models import Channel, Member, Outbox
from botcore.outbox import CallResult, Outcome
from subscriptions import removals
from subscriptions.models import AccessLink, Removal
from tests.factories import HOUR, MINUTE, NOW, VIP_CHAT, make_channels, make_ended, make_member, make_subscription
from tests.subscriptions.helpers import all_at_once

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _channels():
    make_channels()


def owe(member, kind="remove", channel="vip", now=NOW, **fields):
    return removals.owe_removal(
        member=member, channel=channel, kind=kind, due_at=now, reason="expired", now=now, **fields
    )


def claim(now=NOW):
    return removals.claim_removals(now=now, limit=10)


def settle(outcome, *, order=None, now=NOW, **result):
    return removals.settle_removal(order or claim(now)[0], CallResult(outcome, **result), now=now)


def test_an_order_names_person_chat_and_kind():
    """M-EXPIRY-4."""
    member = make_ended().member
    owe(member)
    (order,) = claim()
    assert (order.telegram_id, order.chat_id, order.kind) == (member.telegram_id, VIP_CHAT, "remove")


def test_owed_twice_is_owed_once():
    """At most one open row per person and channel."""
    member = make_ended().member
    assert owe(member) == owe(member)


def test_claimed_once_until_the_lease_is_over():
    """M-JOBS-9: a crash between claim and settlement repeats the call after the lease."""
    owe(make_ended().member)
    claim()
    assert claim() == []
    assert len(claim(NOW + MINUTE)) == 1


def test_done_sets_presence():
    member = make_ended(make_member(vip_presence="in")).member
    owe(member)
    settle(Outcome.DONE)
    member.refresh_from_db()
    assert member.vip_presence == "out"
    assert Removal.objects.get().state == "done"


def test_a_later_word_of_telegram_is_kept():
    """Who came back while the call was in flight is inside, whatever the call reports afterwards."""
    member = make_ended().member
    owe(member)
    (order,) = claim()
    Member.objects.filter(pk=member.pk).update(vip_presence="in", vip_presence_at=NOW + timedelta(seconds=2))
    settle(Outcome.DONE, order=order, now=NOW + timedelta(seconds=3))
    member.refresh_from_db()
    assert member.vip_presence == "in"


def test_settling_twice_changes_nothing():
    owe(make_ended().member)
    (order,) = claim()
    settle(Outcome.DONE, order=order)
    settle(Outcome.UNKNOWN, order=order, now=NOW + MINUTE)
    assert Removal.objects.get().state == "done"
    assert Removal.objects.get().done_at == NOW


def test_regained_access_cancels_without_a_call():
    """M-EXPIRY-5: read again right before the call."""
    owe(make_subscription().member)
    assert claim() == []
    assert Removal.objects.get().state == "cancelled"


def test_access_regained_during_the_call_brings_a_link():
    """M-EXPIRY-5: read again after the call."""
    subscription = make_subscription(ends_in=-HOUR)
    owe(subscription.member)
    (order,) = claim()
    type(subscription).objects.filter(pk=subscription.pk).update(expires_at=NOW + HOUR)
    removals.cancel_removal(member=subscription.member, channel="vip", reason="access_returned", now=NOW)
    settle(Outcome.DONE, order=order)
    assert Removal.objects.get().state == "cancelled"
    assert AccessLink.objects.get().message_key == "access.link"


@pytest.mark.parametrize("barred", [{"blocked_at": NOW}, {"vip_presence": "banned"}])
def test_who_is_barred_is_not_called(barred):
    """M-EXPIRY-4: removing would lift the ban."""
    owe(make_ended(make_member(**barred)).member)
    assert claim() == []
    assert (Removal.objects.get().state, Removal.objects.get().reason) == ("done", "barred")


def test_a_bar_whose_block_has_gone_is_cancelled():
    """M-EXPIRY-5."""
    owe(make_member(), kind="bar")
    assert claim() == []
    assert Removal.objects.get().state == "cancelled"


def test_a_lift_of_somebody_blocked_again_is_cancelled():
    """M-EXPIRY-5."""
    owe(make_member(blocked_at=NOW), kind="lift")
    assert claim() == []
    assert Removal.objects.get().state == "cancelled"


def test_a_bar_that_was_late_is_lifted():
    """M-BLOCK-2: unblocked while the call was in flight."""
    member = make_member(blocked_at=NOW)
    owe(member, kind="bar")
    (order,) = claim()
    Member.objects.filter(pk=member.pk).update(blocked_at=None)
    settle(Outcome.DONE, order=order)
    assert [row.kind for row in Removal.objects.order_by("pk")] == ["bar", "lift"]


def test_a_bar_takes_the_place_of_a_removal():
    member = make_ended().member
    owe(member)
    owe(member, kind="bar")
    kinds = Removal.objects.order_by("pk").values_list("kind", "state")
    assert list(kinds) == [("remove", "cancelled"), ("bar", "due")]
    owe(member)
    assert Removal.objects.count() == 2


def test_a_lift_stands_beside_no_removal_of_a_banned_person():
    """Time that runs out while the lift is owed does not leave the person banned for ever."""
    member = make_ended(make_member(vip_presence="banned")).member
    lift = owe(member, kind="lift")
    assert owe(member) == lift


def test_lifting_does_not_move_who_is_inside():
    member = make_member(vip_presence="in")
    owe(member, kind="lift")
    settle(Outcome.DONE)
    member.refresh_from_db()
    assert member.vip_presence == "in"


@pytest.mark.parametrize("outcome", [Outcome.GONE, Outcome.PERSON, Outcome.DEACTIVATED])
def test_nobody_there_is_done(outcome):
    """members.md §7: gone and person leave nobody to remove."""
    owe(make_ended().member)
    assert settle(outcome, detail="USER_ID_INVALID")
    assert (Removal.objects.get().state, Removal.objects.get().reason) == ("done", "nobody there")


def test_immovable_is_told_once():
    """members.md §7."""
    owe(make_ended().member)
    (order,) = claim()
    for _ in range(2):
        settle(Outcome.IMMOVABLE, order=order)
    assert Removal.objects.get().state == "not_removable"
    assert Outbox.objects.filter(key__startswith="immovable:").count() == 1


def test_configuration_consumes_nothing_and_stops():
    """members.md §7, C-NOTE-2: the row stays as it was, custodians are alarmed once."""
    owe(make_ended().member)
    for _ in range(2):
        Channel.objects.update(missing=[])
        assert not settle(Outcome.CONFIGURATION, detail="not enough rights to restrict/unrestrict chat member")
    row = Removal.objects.get()
    assert (row.state, row.attempts, row.next_try_at) == ("due", 0, NOW)
    assert Outbox.objects.filter(key__startswith="rights:").count() == 1


def test_missing_rights_leave_obligations_due():
    """The run resumes by itself when the right is back."""
    owe(make_ended().member)
    settle(Outcome.CONFIGURATION, detail="CHAT_ADMIN_REQUIRED")
    assert claim() == []
    Channel.objects.update(missing=[])
    removals.config.forget()
    assert len(claim()) == 1


def test_no_channel_leaves_obligations_due():
    """C-CHAN-9."""
    Channel.objects.all().delete()
    removals.config.forget()
    owe(make_ended().member)
    assert claim() == []
    assert Removal.objects.get().state == "due"


def test_flood_waits_uncounted():
    """members.md §7."""
    owe(make_ended().member)
    settle(Outcome.FLOOD, retry_after=30)
    row = Removal.objects.get()
    assert (row.attempts, row.next_try_at) == (0, NOW + timedelta(seconds=30))


def test_transient_backs_off_and_is_told_after_a_day():
    """members.md §7: never terminal by count, alarm after 24 h."""
    owe(make_ended().member)
    settle(Outcome.TRANSIENT)
    assert NOW < Removal.objects.get().next_try_at <= NOW + timedelta(seconds=5)
    assert not Outbox.objects.exists()
    for hours in (25, 27):
        settle(Outcome.TRANSIENT, now=NOW + hours * HOUR)
    assert Outbox.objects.filter(key__startswith="slow:removal").count() == 1


def test_unknown_goes_on_in_steps_of_an_hour():
    """members.md §7: removals never end this way."""
    owe(make_ended().member)
    now = NOW
    for _ in range(6):
        settle(Outcome.UNKNOWN, detail="Bad Request: strange", now=now)
        now += 2 * HOUR
    row = Removal.objects.get()
    assert (row.state, row.attempts, row.next_try_at) == ("due", 6, now - HOUR)


@pytest.mark.django_db(transaction=True)
def test_no_two_workers_claim_one_removal():
    """M-JOBS-9."""
    for _ in range(6):
        owe(make_ended().member)
    claimed = all_at_once(lambda _: claim(), range(4))
    assert len([order for orders in claimed for order in orders]) == 6
