from dataclasses import dataclass
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from subscriptions import ledger
from subscriptions.models import Coverage
from tests.factories import DAY, HOUR, NOW, make_subscription


@dataclass(frozen=True)
class Entry:
    pk: int
    kind: str
    at: object
    duration: timedelta


kinds = st.sampled_from(["sale", "grant", "adjust", "expel", "readmit", "opening"])
moments = st.lists(st.tuples(st.integers(0, 30), st.integers(-12, 12), kinds), max_size=9)


def entries_of(rows):
    return [Entry(pk, kind, NOW + at * HOUR, hours * HOUR) for pk, (at, hours, kind) in enumerate(rows)]


def naive_coverage(entries):
    """The rule hour by hour: which entry pays for each hour after NOW, and where the end stands."""
    hours, end = {}, None
    for entry in sorted(entries, key=lambda entry: (entry.at, entry.pk)):
        at, length = (entry.at - NOW) // HOUR, entry.duration // HOUR
        if length > 0:
            start = at if end is None or end < at else end
            hours |= dict.fromkeys(range(start, start + length), entry)
            end = start + length
        elif end is not None and end > at:
            end = max(at, end + length)
            hours = {hour: payer for hour, payer in hours.items() if hour < end}
    return hours, end


@given(moments)
def test_coverage_equals_a_recount_hour_by_hour(rows):
    """C-STAT coverage rule."""
    entries = entries_of(rows)
    intervals, end = ledger.coverage_of(entries)
    hours, naive_end = naive_coverage(entries)
    covered = {
        hour: interval.entry
        for interval in intervals
        for hour in range((interval.starts_at - NOW) // HOUR, (interval.ends_at - NOW) // HOUR)
    }
    assert covered == hours
    assert end == (None if naive_end is None else NOW + naive_end * HOUR)


@given(moments)
def test_intervals_are_disjoint_ordered_and_never_empty(rows):
    """C-STAT coverage rule."""
    intervals, end = ledger.coverage_of(entries_of(rows))
    bounds = [moment for interval in intervals for moment in (interval.starts_at, interval.ends_at)]
    assert bounds == sorted(bounds)
    assert all(interval.starts_at < interval.ends_at <= end for interval in intervals)


def test_the_origin_of_an_adjustment_is_the_sale_before_it():
    """C-STAT: origin."""
    sale, adjust = Entry(1, "sale", NOW, DAY), Entry(2, "adjust", NOW + HOUR, DAY)
    intervals, _ = ledger.coverage_of([adjust, sale])
    assert [interval.origin for interval in intervals] == [sale, sale]


@pytest.mark.django_db
def test_appending_sets_the_end_and_rebuilds_the_coverage():
    """C-STAT: `expires_at` is the end after the last entry."""
    subscription = make_subscription(ends_in=10 * DAY)
    ledger.append_entry(subscription, kind="adjust", duration=-3 * DAY, at=NOW)
    subscription.refresh_from_db()
    assert subscription.expires_at == NOW + 7 * DAY
    assert Coverage.objects.get().ends_at == NOW + 7 * DAY
