"""Notices before the end, in grace and long after (M-EXPIRY-1, -2, -9)."""

from datetime import timedelta

import pytest

from botcore import audit, config
from subscriptions import credits, expiry, reminders
from subscriptions.models import Reminder
from tests.factories import DAY, HOUR, NOW, make_member, make_plan, make_subscription
from tests.subscriptions.helpers import all_at_once, heard

pytestmark = pytest.mark.django_db


def remind(now=NOW):
    return reminders.remind_due(now=now, limit=50)


def sent():
    return list(Reminder.objects.filter(sent=True).order_by("pk").values_list("kind", "hours"))


def change(**values):
    config.change(audit.SYSTEM, **values)


def test_each_reminder_once():
    """M-EXPIRY-1: at 72 h and at 24 h, once each, with date, plans and contact."""
    make_plan()
    member = make_subscription(ends_in=72 * HOUR).member
    for now in (NOW - HOUR, NOW, NOW, NOW + 48 * HOUR, NOW + 49 * HOUR):
        remind(now)
    assert sent() == [("before", 72), ("before", 24)]
    assert len(heard(member)) == 2
    assert "Luna llena" in heard(member)[0].text
    assert "7 de mayo de 2026" in heard(member)[0].text


def test_a_reminder_is_worthless_after_the_end():
    member = make_subscription(ends_in=72 * HOUR).member
    remind()
    assert heard(member)[0].not_after == NOW + 72 * HOUR


def test_an_extension_voids_and_schedules_anew():
    """M-EXPIRY-1."""
    member = make_subscription(ends_in=72 * HOUR).member
    remind()
    credits.credit_time(member, kind="grant", duration=30 * DAY, now=NOW, actor=audit.SYSTEM)
    assert heard(member)[0].state == "dropped"
    remind(NOW + 30 * DAY)
    assert sent() == [("before", 72), ("before", 72)]


@pytest.mark.parametrize(("left", "kinds"), [(37, [72]), (35, []), (20, [24]), (1, [24])])
def test_late_reminders(left, kinds):
    """M-EXPIRY-1: a late 72 h one needs 36 h left, a late 24 h one is sent until expiry."""
    make_subscription(ends_in=left * HOUR)
    remind()
    assert [hours for _, hours in sent()] == kinds


def test_a_moment_before_the_redemption_is_skipped():
    """M-EXPIRY-1: bought for one day, there is nothing to remind of 72 h before."""
    member = make_member()
    credits.credit_time(member, kind="grant", duration=2 * DAY, now=NOW, actor=audit.SYSTEM)
    remind()
    assert (sent(), Reminder.objects.filter(sent=False).count()) == ([], 1)
    remind(NOW + DAY)
    assert sent() == [("before", 24)]


@pytest.mark.parametrize("unheard", [{"blocked_at": NOW}, {"chat_open": False}, {"unreachable_since": NOW}])
def test_skipped_for_who_cannot_or_must_not_hear_it(unheard):
    """M-BLOCK-1, M-BLOCK-3: missed notices are not replayed."""
    member = make_subscription(make_member(**unheard), ends_in=72 * HOUR).member
    assert remind() == 1
    assert (heard(member), remind()) == ([], 0)


def test_exempt_people_are_left_in_peace():
    """M-EXPIRY-9."""
    make_subscription(ends_in=72 * HOUR, exempt=True)
    assert remind() == 0


def test_grace_is_announced_at_the_end_of_the_time():
    """M-EXPIRY-2: once, and the last reminder says that grace follows."""
    change(grace_days=2)
    member = make_subscription(ends_in=24 * HOUR).member
    remind()
    assert "Cortesía de la casa" in heard(member)[0].text
    for _ in range(2):
        remind(NOW + DAY)
    assert sent() == [("before", 24), ("grace", 0)]
    assert heard(member)[1].not_after == NOW + 3 * DAY


def test_win_back_once_and_only_if_on():
    """M-EXPIRY-9."""
    member = make_subscription(ends_in=-HOUR).member
    expiry.expire_due(now=NOW, limit=10)
    assert remind(NOW + 7 * DAY) == 0
    change(win_back_days=7)
    remind(NOW + 6 * DAY)
    for _ in range(2):
        remind(NOW + 7 * DAY)
    assert sent() == [("win_back", 0)]
    assert len(heard(member)) == 2


@pytest.mark.parametrize("unheard", [{"announcements": False}, {"chat_open": False}, {"blocked_at": NOW}])
def test_win_back_respects_who_does_not_want_it(unheard):
    """M-EXPIRY-9, M-MENU-9."""
    change(win_back_days=1)
    make_subscription(make_member(**unheard), ends_in=-DAY, ended_at=NOW - DAY, end_reason="expired")
    remind()
    assert sent() == []


def test_no_win_back_for_the_expelled_nor_for_ends_long_past():
    """S12: no sales text; turning the setting on does not write to the whole past."""
    change(win_back_days=1)
    make_subscription(ends_in=-DAY, ended_at=NOW - DAY, end_reason="expelled")
    make_subscription(ends_in=-30 * DAY, ended_at=NOW - 30 * DAY, end_reason="expired")
    assert remind() == 0


def test_batches_are_bounded():
    for _ in range(3):
        make_subscription(ends_in=50 * HOUR)
    assert [reminders.remind_due(now=NOW, limit=2) for _ in range(3)] == [2, 1, 0]


@pytest.mark.django_db(transaction=True)
def test_two_runs_at_once_say_it_once():
    """M-EXPIRY-1: the row is the claim."""
    member = make_subscription(ends_in=72 * HOUR - timedelta(minutes=1)).member
    assert sum(all_at_once(lambda _: remind(), range(4))) == 1
    assert len(heard(member)) == 1
