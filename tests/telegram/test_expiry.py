"""The end of a membership as its holder lives it (M-EXPIRY); masses: test_mass_expiry.py."""

from datetime import timedelta

import pytest

from botcore.models import Member, Outbox
from subscriptions.models import RoleChange, Subscription
from tests.telegram.people import someone
from tests.telegram.reading import heard

MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)


def ends_in(house, span):
    """Everybody's membership ends so long from now, as if it had been sold long ago."""
    Subscription.objects.update(expires_at=house.now() + span)


def said(person):
    keys = [heard(message) for message in person.messages]
    return [next((key for key in sorted(found) if key.startswith("lifecycle.")), "") for found in keys]


def test_a_whole_life_in_order(house):
    """M-EXPIRY-1, -3, -4: two reminders, farewell, removal within a minute or so, and free to come back."""
    ana = someone(house, "S7 in")
    house.plan()
    ends_in(house, 79 * HOUR + MINUTE)
    house.elapse(HOUR, hours=79)
    house.live(minutes=2)
    assert said(ana) == ["lifecycle.reminder_days", "lifecycle.reminder_hours", "lifecycle.farewell"]
    assert all("Luna llena" in message.text for message in ana.messages)
    end = Subscription.objects.get().expires_at.timestamp()
    (removal,) = house.world.called("unbanChatMember")
    assert 0 <= removal.at - end <= 90
    assert removal.params.get("only_if_banned") is not True
    assert house.vip.membership(ana.id).status == "left"
    assert RoleChange.objects.latest("id").to_role == "free"
    assert house.refused() == []


def test_a_renewal_voids_the_reminders_of_the_old_end(house):
    """M-EXPIRY-1: new ones for the new end, each once, also over a restart."""
    ana = someone(house, "S7 in")
    ends_in(house, 73 * HOUR)
    ana.start(house.invitation())
    house.settle()
    house.elapse(HOUR, hours=30)
    assert "lifecycle.reminder_days" not in said(ana)
    house.wait(seconds=(Subscription.objects.get().expires_at - house.now() - 60 * HOUR).total_seconds())
    for _ in range(3):
        house.job("reminders")
        house.restart()
    assert said(ana).count("lifecycle.reminder_days") == 1


def test_grace_says_so_and_access_goes_on(house):
    """M-EXPIRY-2: the last reminder's line, the notice, the door still open, then the end."""
    ana = someone(house, "S8 out")
    house.settings(grace_days=2)
    ends_in(house, 20 * HOUR)
    house.job("reminders")
    assert {"lifecycle.reminder_hours", "lifecycle.reminder_grace_line"} <= heard(ana.last)
    house.wait(hours=21)
    house.job("expiry")
    house.job("reminders")
    assert "lifecycle.grace" in heard(ana.last)
    ana.request_to_join(house.vip)
    house.settle()
    assert house.vip.membership(ana.id).inside
    house.wait(days=2)
    house.job("expiry")
    house.job("removals")
    assert not house.vip.membership(ana.id).inside
    assert "lifecycle.farewell" in heard(ana.last)


def test_access_regained_before_the_call_cancels_it(house):
    """M-EXPIRY-5: the worker reads again right before the call."""
    ana = someone(house, "S7 in")
    ends_in(house, -DAY)
    house.run(house.engine.jobs.run_once("expiry"))
    ana.start(house.invitation())
    house.settle()
    house.job("removals")
    assert house.world.called("unbanChatMember") == []
    assert house.vip.membership(ana.id).inside
    assert "lifecycle.farewell" not in said(ana)


def test_access_regained_during_the_call_brings_a_fresh_link(house):
    """M-EXPIRY-5: a removal already on its way cannot be called back, so the way in is sent at once."""
    ana = someone(house, "S7 in")
    ends_in(house, -DAY)
    house.run(house.engine.jobs.run_once("expiry"))
    house.world.fail("unbanChatMember", 20.0)
    code = house.invitation()
    house.loop.call_later(5, ana.start, code)
    house.live(seconds=60)
    assert house.vip.membership(ana.id).status == "left"
    assert any("access.link" in heard(message) for message in ana.messages)
    assert Subscription.objects.get().ended_at is None


@pytest.mark.parametrize("presence", ["out", "unknown"])
def test_somebody_seen_outside_is_taken_out_all_the_same(house, presence):
    """M-EXPIRY-4: presence `out` does not waive the call."""
    someone(house, f"S8 {presence}")
    ends_in(house, -HOUR)
    house.job("expiry")
    house.job("removals")
    assert len(house.world.called("unbanChatMember")) == 1


def test_a_banned_person_is_not_called_for_and_stays_banned(house):
    """M-EXPIRY-4."""
    ana = someone(house, "S8 banned")
    ends_in(house, -HOUR)
    house.job("expiry")
    house.job("removals")
    assert house.world.called("unbanChatMember") == []
    assert house.vip.membership(ana.id).status == "kicked"


def test_no_right_to_remove_stops_the_run_and_resumes_by_itself(house):
    """Error classes: nothing consumed, alarm within 60 s and once, resumed when the right is back."""
    marcos = someone(house, "S1")
    for number in range(3):
        someone(house, "S7 in", id=510 + number)
    ends_in(house, -HOUR)
    house.world.set_bot_rights(house.vip.id, ["can_invite_users", "can_post_messages"])
    house.live(minutes=10)
    alarms = [message for message in marcos.messages if "desk.alarm_rights" in heard(message)]
    assert len(alarms) == 1
    assert sum(house.vip.membership(510 + number).inside for number in range(3)) == 3
    house.world.set_bot_rights(house.vip.id, ["can_invite_users", "can_restrict_members", "can_post_messages"])
    house.live(minutes=2)
    assert sum(house.vip.membership(510 + number).inside for number in range(3)) == 0


def test_an_administrator_of_the_channel_is_reported_once(house):
    """Error classes: immovable."""
    marcos, ana = someone(house, "S1"), someone(house, "S7 in")
    house.vip.members[ana.id].status = "administrator"
    ends_in(house, -HOUR)
    house.job("expiry")
    for _ in range(3):
        house.job("removals")
    assert len(house.world.called("unbanChatMember")) == 1
    assert sum("desk.alarm_immovable" in heard(message) for message in marcos.messages) == 1


def test_exempt_means_no_end(house):
    """M-EXPIRY-9: no reminder, no end, no removal; the screens say so."""
    ana = someone(house, "S7 in")
    Subscription.objects.update(exempt=True, expires_at=house.now() - DAY)
    for job in ("reminders", "expiry", "removals"):
        house.job(job)
    ana.start()
    house.settle()
    assert "menu.vip_exempt" in heard(ana.last)
    assert len(ana.messages) == 1


def test_win_back_once_for_those_who_listen(house):
    """M-EXPIRY-9: off by default; only if opted in and still without access."""
    ana, bea = someone(house, "S10 out"), someone(house, "S10 out", id=502)
    Member.objects.filter(telegram_id=bea.id).update(announcements=False)
    Subscription.objects.update(ended_at=house.now() - DAY)
    house.job("reminders")
    house.settings(win_back_days=1)
    for _ in range(2):
        house.job("reminders")
    assert said(ana) == ["lifecycle.win_back"]
    assert bea.messages == []


def test_an_end_while_nobody_was_looking_is_caught_up_by_one_run(house):
    """M-JOBS-9: the bot was down for days; dates are those of the end, one farewell, one removal."""
    someone(house, "S7 in")
    ends_in(house, HOUR)
    house.wait(days=5)
    house.restart()
    house.live(minutes=3)
    subscription = Subscription.objects.get()
    assert subscription.ended_at == subscription.expires_at
    assert len(house.world.called("unbanChatMember")) == 1
    assert Outbox.objects.filter(key__startswith="end:").count() == 1
