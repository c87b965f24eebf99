"""Comings and goings as Telegram tells them (M-ACCESS-5, -6, -8, M-FREE-9, -12)."""

from datetime import timedelta

import pytest

from botcore.models import Member, Outbox
from subscriptions import presence, removals
from subscriptions.models import AccessLink, FreeRequest, Subscription
from tests.factories import (
    FREE_CHAT,
    MINUTE,
    NOW,
    VIP_CHAT,
    make_channels,
    make_ended,
    make_link,
    make_member,
    make_request,
    make_subscription,
)
from tests.subscriptions.helpers import heard, keyboards

pytestmark = pytest.mark.django_db

SUPER = 1001


@pytest.fixture(autouse=True)
def _channels():
    make_channels()


def see(telegram_id, status="member", *, chat_id=VIP_CHAT, at=NOW, **facts):
    presence.observe_membership(telegram_id=telegram_id, chat_id=chat_id, status=status, at=at, now=at, **facts)


def reports():
    return Outbox.objects.filter(key__startswith="inside:").count()


def test_entering_uses_up_the_link_and_completes_the_ritual():
    """M-ACCESS-5, M-RITUAL-5."""
    subscription = make_subscription(ritual_stage="delivery")
    make_link(subscription)
    see(subscription.member.telegram_id)
    subscription.refresh_from_db()
    assert (subscription.ritual_stage, subscription.ritual_completed_by) == ("completed", "join")
    assert AccessLink.objects.get().state == "revoking"
    assert keyboards(subscription.member) == ["menu_only"]
    assert Member.objects.get(pk=subscription.member_id).vip_presence == "in"


def test_the_same_update_again_is_harmless():
    """M-CMD-7: no second welcome, and a link issued since stays."""
    subscription = make_subscription()
    see(subscription.member.telegram_id)
    make_link(subscription)
    see(subscription.member.telegram_id)
    assert len(heard(subscription.member)) == 1
    assert AccessLink.objects.get().state == "live"


def test_one_welcome_per_entry():
    """M-ACCESS-5."""
    member = make_subscription().member
    for minutes, status in enumerate(["member", "left", "member"]):
        see(member.telegram_id, status, at=NOW + minutes * MINUTE)
    assert len(heard(member)) == 2


def test_an_older_update_does_not_undo_a_later_one():
    """M-CMD-7: reordered."""
    member = make_subscription().member
    see(member.telegram_id, "left", at=NOW + MINUTE)
    see(member.telegram_id, "member")
    member.refresh_from_db()
    assert member.vip_presence == "out"


def test_an_entry_in_the_second_of_the_removal_counts():
    """Telegram's dates are whole seconds, ours are not."""
    member = make_ended().member
    removals.owe_removal(member=member, channel="vip", kind="remove", due_at=NOW, reason="expired", now=NOW)
    (order,) = removals.claim_removals(now=NOW + timedelta(milliseconds=400), limit=1)
    removals.settle_removal(order, removals.CallResult(removals.Outcome.DONE), now=NOW + timedelta(milliseconds=600))
    see(member.telegram_id)
    member.refresh_from_db()
    assert member.vip_presence == "in"


@pytest.mark.parametrize(
    ("status", "inside", "expected"),
    [
        ("creator", False, "in"),
        ("administrator", False, "in"),
        ("restricted", True, "in"),
        ("restricted", False, "out"),
        ("left", False, "out"),
        ("kicked", False, "banned"),
    ],
)
def test_what_a_status_means(status, inside, expected):
    member = make_subscription(make_member(vip_presence="unknown")).member
    see(member.telegram_id, status, is_inside=inside)
    member.refresh_from_db()
    assert member.vip_presence == expected


def test_leaving_says_and_costs_nothing():
    """M-ACCESS-6, M-FREE-12."""
    member = make_subscription(make_member(vip_presence="in", free_presence="in")).member
    see(member.telegram_id, "left")
    see(member.telegram_id, "left", chat_id=FREE_CHAT)
    member.refresh_from_db()
    assert (member.vip_presence, member.free_presence) == ("out", "out")
    assert heard(member) == []
    assert Subscription.objects.get().ended_at is None


def test_inside_without_access_is_reported_and_left_alone():
    """M-ACCESS-8: also somebody the bot never met."""
    see(make_ended().member.telegram_id)
    see(987_654)
    assert reports() == 2
    assert not removals.Removal.objects.exists()


@pytest.mark.parametrize("status", ["administrator", "creator"])
def test_the_staff_of_the_channel_is_not_reported(status):
    see(987_654, status)
    assert reports() == 0


def test_custodians_and_open_removals_are_not_reported():
    """M-ACCESS-8."""
    leaving = make_ended().member
    removals.owe_removal(member=leaving, channel="vip", kind="remove", due_at=NOW, reason="expired", now=NOW)
    see(leaving.telegram_id)
    see(make_member(telegram_id=SUPER).telegram_id)
    assert reports() == 0


def test_entering_the_free_channel_closes_the_request():
    """M-FREE-9."""
    member = make_request().member
    see(member.telegram_id, chat_id=FREE_CHAT)
    member.refresh_from_db()
    assert FreeRequest.objects.get().state == "approved"
    assert member.free_presence == "in"


def test_a_former_free_channel_still_closes_its_requests():
    """C-CHAN-6."""
    member = make_request(chat_id=-777).member
    see(member.telegram_id, chat_id=-777)
    assert FreeRequest.objects.get().state == "approved"


def test_strangers_of_other_chats_stay_strangers():
    """M-FREE-10."""
    see(987_654, chat_id=-777)
    see(987_654, chat_id=FREE_CHAT)
    assert not Member.objects.exists()


def test_another_owner_is_told_once():
    """C-NOTE-2: the same update again says nothing more."""
    for _ in range(2):
        presence.observe_membership(telegram_id=77, chat_id=VIP_CHAT, status="creator", at=NOW, now=NOW)
    assert Outbox.objects.filter(key__startswith="owner:").count() == 1
