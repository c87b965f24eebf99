"""The door of the VIP channel (M-ACCESS-4)."""

from datetime import timedelta

import pytest

from botcore import config
from botcore.models import Channel, Outbox
from botcore.outbox import CallResult, Outcome
from subscriptions import vip_door
from subscriptions.models import VipRequest
from tests.factories import (
    FREE_CHAT,
    HOUR,
    MINUTE,
    NOW,
    VIP_CHAT,
    make_channels,
    make_ended,
    make_link,
    make_member,
    make_subscription,
)
from tests.subscriptions.helpers import all_at_once, heard

pytestmark = pytest.mark.django_db

SUPER = 1001
SECOND = timedelta(seconds=1)


@pytest.fixture(autouse=True)
def _channels():
    make_channels()


def knock(member, *, at=NOW, **fields):
    facts = {"chat_id": VIP_CHAT, "user_chat_id": member.telegram_id, "requested_at": at, "now": at}
    return vip_door.receive_vip_request(member=member, **facts | fields)


def claim(now=NOW):
    return vip_door.claim_decisions(now=now, limit=10)


def settle(outcome, *, order=None, now=NOW, **result):
    return vip_door.settle_vip_decision(order or claim(now)[0], CallResult(outcome, **result), now=now)


def request():
    return VipRequest.objects.get()


def deliver(member):
    Outbox.objects.filter(chat_id=member.telegram_id).update(state=Outbox.State.SENT)


def test_who_has_access_is_let_in():
    member = make_subscription().member
    knock(member)
    (order,) = claim()
    assert (order.approve, order.telegram_id, order.chat_id) == (True, member.telegram_id, VIP_CHAT)
    settle(Outcome.DONE, order=order)
    assert request().state == "approved"
    assert heard(member) == []


def test_custodians_are_let_in():
    knock(make_member(telegram_id=SUPER))
    assert claim()[0].approve


def test_others_are_told_first_then_declined():
    """M-FREE-13: the decision waits for the text."""
    member = make_ended().member
    knock(member)
    assert claim() == []
    assert "invitación" in heard(member)[0].text
    assert vip_door.next_look(now=NOW) == NOW + SECOND
    deliver(member)
    settle(Outcome.DONE, now=NOW + SECOND)
    assert (request().state, len(heard(member))) == ("declined", 1)


def test_with_a_query_the_text_is_waited_for_three_seconds():
    """M-FREE-13; the answer goes to the query within its 10 s, afterwards to the request."""
    knock(make_member(), query_id="q1")
    assert claim() == claim(NOW + 2 * SECOND) == []
    assert claim(NOW + 3 * SECOND)[0].query_id == "q1"
    assert claim(NOW + 2 * MINUTE)[0].query_id == ""


def test_a_query_answered_too_late_is_decided_without_it():
    knock(make_subscription().member, query_id="q1")
    settle(Outcome.TOO_OLD)
    assert claim()[0].query_id == ""


def test_access_is_judged_at_the_decision():
    """Redeemed between the request and its decision."""
    member = make_member()
    knock(member)
    claim()
    make_subscription(member)
    assert claim(NOW + SECOND)[0].approve


def test_the_same_update_again_changes_nothing():
    """M-CMD-7."""
    member = make_subscription().member
    knock(member)
    settle(Outcome.DONE)
    knock(member)
    assert VipRequest.objects.count() == 1
    assert claim() == []


def test_other_chats_are_ignored():
    """M-FREE-10."""
    assert knock(make_member(), chat_id=FREE_CHAT) is None


def test_a_stranger_on_a_personal_link_is_reported_once():
    """M-ACCESS-4, C-NOTE-5: to the custodians, with whose link it was."""
    link = make_link(make_subscription())
    stranger = make_member()
    for _ in range(2):
        knock(stranger, link_url=link.url)
    (told,) = Outbox.objects.filter(key__startswith="stranger:")
    assert str(link.subscription.member) in told.text


def test_a_friend_with_access_on_that_link_is_not():
    link = make_link(make_subscription())
    knock(make_subscription().member, link_url=link.url)
    assert not Outbox.objects.filter(key__startswith="stranger:").exists()


def test_blocked_people_hear_one_refusal():
    """M-BLOCK-1."""
    member = make_member(blocked_at=NOW)
    knock(member)
    claim()
    deliver(member)
    settle(Outcome.DONE, now=NOW + SECOND)
    knock(member, at=NOW + HOUR)
    assert not claim(NOW + HOUR)[0].approve
    assert len(heard(member)) == 1


def test_outside_the_window_nothing_is_attempted():
    member = make_member(chat_open=False)
    knock(member, now=NOW + 10 * MINUTE)
    assert not claim(NOW + 10 * MINUTE)[0].approve
    assert heard(member) == []


@pytest.mark.parametrize(
    ("outcome", "state"),
    [(Outcome.ALREADY, "approved"), (Outcome.GONE, "withdrawn"), (Outcome.PERSON, "failed")],
)
def test_terminal_classes(outcome, state):
    """members.md §7."""
    knock(make_subscription().member)
    settle(outcome)
    assert request().state == state


def test_configuration_consumes_nothing_and_stops():
    """members.md §7."""
    knock(make_subscription().member)
    assert not settle(Outcome.CONFIGURATION, detail="CHAT_ADMIN_REQUIRED")
    assert (request().state, request().attempts, claim()) == ("pending", 0, [])
    Channel.objects.update(missing=[])
    config.forget()
    assert len(claim()) == 1


def test_flood_and_transient_stay_pending():
    """members.md §7."""
    knock(make_subscription().member)
    settle(Outcome.FLOOD, retry_after=5)
    assert (request().attempts, request().next_try_at) == (0, NOW + 5 * SECOND)
    for hours in range(1, 8):
        settle(Outcome.TRANSIENT, now=NOW + hours * 2 * HOUR)
    assert request().state == "pending"


def test_unknown_fails_after_five_tries():
    """members.md §7."""
    knock(make_subscription().member)
    for hours in range(5):
        settle(Outcome.UNKNOWN, now=NOW + hours * HOUR, detail="strange")
    assert (request().state, request().reason) == ("failed", "strange")


@pytest.mark.django_db(transaction=True)
def test_no_two_workers_claim_one_request():
    for _ in range(4):
        knock(make_subscription().member)
    claimed = all_at_once(lambda _: claim(), range(4))
    assert len([order for orders in claimed for order in orders]) == 4
