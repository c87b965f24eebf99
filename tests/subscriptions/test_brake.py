"""The mass-removal brake (M-EXPIRY-6, M-EXPIRY-8, C-SUBS-11)."""

import pytest

from botcore import audit
from botcore.exceptions import NotAllowed
from botcore.models import AuditEntry, Member, Outbox
from subscriptions import brake, credits, expiry, removals
from subscriptions.models import Brake, Removal, Subscription
from tests.factories import DAY, HOUR, MINUTE, NOW, make_channels, make_member, make_subscription
from tests.subscriptions.helpers import all_at_once

pytestmark = pytest.mark.django_db

SUPER = 1001


def make_many(count, *, ends_in=-HOUR, first=100_000):
    people = Member.objects.bulk_create(
        Member(telegram_id=first + n, first_name=f"P{n}", chat_open=True) for n in range(count)
    )
    Subscription.objects.bulk_create(
        Subscription(member=member, started_at=NOW - DAY, expires_at=NOW + ends_in, ritual_stage="completed")
        for member in people
    )


def run(now=NOW):
    total = 0
    while done := expiry.expire_due(now=now, limit=100):
        total += done
    return total


def decide(decision, *, now=NOW, by=None, of=None):
    by = by or Member.objects.get_or_create(telegram_id=SUPER)[0]
    return brake.decide_brake(brake_id=(of or Brake.objects.latest("pk")).pk, decision=decision, by=by, now=now)


def states():
    return sorted(set(Removal.objects.values_list("state", flat=True)))


def farewells(state):
    return Outbox.objects.filter(topic__startswith="end:", state=state).count()


def alarms():
    return Outbox.objects.filter(key__startswith="brake:").count()


def test_an_ordinary_run_is_not_held():
    """20 is the limit, more than 20 is too many."""
    make_many(20)
    assert run() == 20
    assert states() == ["due"]
    assert not Brake.objects.exists()


def test_one_too_many_holds_them_all():
    """Nobody is removed and no farewell goes out, but the ends are recorded: role and menus follow the dates."""
    make_many(21)
    assert run() == 21
    assert states() == ["held"]
    assert (farewells("held"), farewells("pending")) == (21, 0)
    assert Subscription.objects.filter(end_reason="expired").count() == 21


def test_the_count_is_taken_before_the_batches():
    """10,000 due trip the brake in the first batch, with the whole number in one alarm."""
    make_many(10_000)
    make_member(telegram_id=SUPER)
    expiry.expire_due(now=NOW, limit=5)
    pulled = Brake.objects.get()
    assert (pulled.count, pulled.limit, alarms()) == (10_000, 1_000, 1)
    assert Removal.objects.filter(state="held", brake=pulled).count() == 10_000
    assert Outbox.objects.get(key=f"brake:{pulled.pk}:{SUPER}").keyboard["arguments"] == {"brake": pulled.pk}


def test_ten_percent_of_many_is_ordinary():
    """Max of the number and the share of subscriptions with access before the run."""
    make_many(275, ends_in=DAY)
    make_many(25, first=200_000)
    assert run() == 25
    assert states() == ["due"]


def test_those_of_the_last_hour_count():
    """Two waves within 60 min are one; nobody slips under it in parts."""
    make_channels()
    make_many(15)
    run()
    for order in removals.claim_removals(now=NOW, limit=50):
        removals.settle_removal(order, removals.CallResult(removals.Outcome.DONE), now=NOW)
    make_many(6, first=200_000)
    run(NOW + 59 * MINUTE)
    assert states() == ["done", "held"]


def test_those_of_an_hour_ago_do_not_count():
    make_channels()
    make_many(15)
    run()
    for order in removals.claim_removals(now=NOW, limit=50):
        removals.settle_removal(order, removals.CallResult(removals.Outcome.DONE), now=NOW)
    make_many(6, first=200_000)
    run(NOW + HOUR)
    assert states() == ["done", "due"]


def test_later_ends_wait_behind_an_open_brake_without_another_alarm():
    """A later run does not slip under it, and the list that custodians saw does not grow."""
    make_member(telegram_id=SUPER)
    make_many(21)
    run()
    make_many(1, first=200_000)
    run(NOW + MINUTE)
    assert states() == ["held"]
    assert (Brake.objects.get().removals.count(), alarms()) == (21, 1)


def test_proceed_releases_exactly_the_list():
    """C-SUBS-11: with the farewells; who came later is weighed anew."""
    make_many(21)
    run()
    make_many(1, first=200_000)
    run(NOW + MINUTE)
    assert decide("proceed").won
    assert Removal.objects.filter(state="due").count() == farewells("pending") == 21
    assert Removal.objects.filter(state="held").count() == farewells("held") == 1
    run(NOW + 2 * HOUR)
    assert Brake.objects.count() == 2


def test_a_decision_during_the_run_covers_the_rest_of_it():
    """The list is written before the ends: those recorded after the decision are due at once."""
    make_many(30)
    expiry.expire_due(now=NOW, limit=10)
    decide("proceed")
    run()
    assert states() == ["due"]
    assert farewells("pending") == 30


def test_the_second_custodian_sees_who_decided():
    """C-SUBS-11: one decision, audited."""
    make_many(21)
    run()
    first, second = make_member(is_custodian=True), make_member(is_custodian=True)
    decide("proceed", by=first)
    ruling = decide("put_off", by=second)
    assert (ruling.won, ruling.brake.decided_by, ruling.brake.decision) == (False, first, "proceed")
    assert AuditEntry.objects.filter(verb="decide_brake").count() == 1


def test_only_custodians_decide():
    make_many(21)
    run()
    with pytest.raises(NotAllowed):
        decide("proceed", by=make_member())
    assert states() == ["held"]


def test_put_off_asks_again_after_a_day():
    """For exactly that list, under a brake of its own."""
    make_member(telegram_id=SUPER)
    make_many(21)
    run()
    decide("put_off")
    run(NOW + 23 * HOUR)
    assert (states(), alarms()) == (["held"], 1)
    run(NOW + 24 * HOUR)
    assert (states(), alarms()) == (["held"], 2)
    assert Brake.objects.latest("pk").removals.count() == 21


def test_who_renews_leaves_the_list():
    """M-EXPIRY-5: a held removal and its farewell are cancelled like any other."""
    for _ in range(21):
        make_subscription(ends_in=-HOUR)
    run()
    member = Member.objects.filter(subscription__isnull=False).first()
    credits.credit_time(member, kind="grant", duration=DAY, now=NOW, actor=audit.SYSTEM)
    decide("proceed")
    assert Removal.objects.get(member=member).state == "cancelled"
    assert farewells("pending") == 20


def test_an_untrustworthy_clock_holds_whatever_the_number():
    """M-EXPIRY-6."""
    make_many(1)
    expiry.expire_due(now=NOW, limit=10, hold=Brake.Reason.CLOCK)
    assert Brake.objects.get().reason == "clock"
    assert states() == ["held"]


def test_a_clock_a_year_ahead_trips_it():
    """Mandatory scenario of members.md §12."""
    make_many(30, ends_in=30 * DAY)
    run(NOW + 365 * DAY)
    assert states() == ["held"]


def test_blocked_people_do_not_count():
    """They are barred and not taken out."""
    make_many(21)
    Member.objects.update(blocked_at=NOW)
    run()
    assert not Brake.objects.exists()


def test_the_list_is_paged():
    """C-SUBS-11: 10 a page, numbers go on, a page out of range shows the last."""
    make_many(21)
    run()
    page = brake.held_people(brake_id=Brake.objects.get().pk, page=9)
    assert (page.page, page.pages, page.count, len(page.rows), page.rows[0]["number"]) == (3, 3, 21, 1, 21)


def test_after_the_decision_nobody_is_early():
    """M-EXPIRY-8: released removals are claimable at once, held ones never."""
    make_channels()
    make_many(21)
    run()
    assert removals.claim_removals(now=NOW + HOUR, limit=50) == []
    decide("proceed", now=NOW + HOUR)
    assert len(removals.claim_removals(now=NOW + HOUR, limit=50)) == 21


@pytest.mark.django_db(transaction=True)
def test_two_custodians_at_once_are_one_decision():
    make_many(21)
    run()
    people = [make_member(is_custodian=True) for _ in range(4)]
    rulings = all_at_once(lambda by: decide("proceed", by=by), people)
    assert sum(ruling.won for ruling in rulings) == 1
