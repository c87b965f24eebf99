"""The brake before a mass removal, seen from Telegram (M-EXPIRY-6, M-EXPIRY-8); the long run is in `make proof`."""

import os
from datetime import timedelta

import pytest

from subscriptions.models import Brake, Removal, Subscription
from tests.proof import mass_expiry
from tests.telegram.people import someone
from tests.telegram.reading import heard

EXPIRIES = int(os.environ.get("LUCIEN_PROOF_EXPIRIES", "60"))


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_after_the_decision_all_leave_in_order():
    """M-EXPIRY-8: none early, none banned, ≤ 28 calls a second, farewells in a budget of their own."""
    figures = mass_expiry.run(EXPIRIES)
    print(figures)
    figures.check()


@pytest.mark.slow
def test_a_clock_one_year_ahead_trips_the_brake_too(house):
    """M-EXPIRY-6: nobody is removed, no farewell goes out, one alarm with the count."""
    marcos = someone(house, "S1")
    mass_expiry.fill(house, 40, ends_at=house.now() + timedelta(days=200))
    house.wait(days=365)
    house.live(minutes=3)
    assert house.world.called("unbanChatMember") == []
    assert [call.params["chat_id"] for call in house.world.called("sendMessage")] == [marcos.id]
    assert "desk.alarm_brake" in heard(marcos.last)
    assert (Brake.objects.get().count, Removal.objects.filter(state="held").count()) == (40, 40)


def test_roles_and_doors_follow_the_dates_while_the_brake_holds(house):
    """M-EXPIRY-6: only removals and farewells wait; a renewal takes its person off the list."""
    someone(house, "S1")
    mass_expiry.fill(house, 30, ends_at=house.now())
    ana, bea = (house.world.people[mass_expiry.FIRST_ID + number] for number in range(2))
    house.job("expiry")
    ana.start()
    bea.start(house.invitation())
    house.settle()
    assert "menu.free_ended" in heard(ana.last)
    mass_expiry.proceed(house)
    house.live(seconds=20)
    assert house.vip.membership(bea.id).inside
    assert not house.vip.membership(ana.id).inside
    assert not any("lifecycle.farewell" in heard(message) for message in bea.messages)
    assert Subscription.objects.filter(ended_at=None).count() == 1
