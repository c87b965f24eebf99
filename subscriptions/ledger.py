"""The ledger of a membership and the time it covers (C-STAT): `expires_at` is the end after the last entry, always."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from decimal import Decimal

from botcore.exceptions import Refused
from subscriptions.models import Coverage, InvitationToken, LedgerEntry, Subscription

_ORIGINS = frozenset({LedgerEntry.Kind.SALE, LedgerEntry.Kind.GRANT, LedgerEntry.Kind.OPENING})


@dataclass(frozen=True)
class Interval:
    """The half-open time [starts_at, ends_at) that `entry` brought; `origin`: the sale, grant or opening behind it."""

    starts_at: datetime
    ends_at: datetime
    entry: LedgerEntry
    origin: LedgerEntry | None


def coverage_of(entries: Iterable[LedgerEntry]) -> tuple[list[Interval], datetime | None]:
    """The disjoint intervals of a ledger, in order, and the end after its last entry (None: no time was ever given)."""
    intervals: list[Interval] = []
    end = origin = None
    for entry in sorted(entries, key=lambda entry: (entry.at, entry.pk)):
        if entry.kind in _ORIGINS:
            origin = entry
        if entry.duration > timedelta(0):
            start = entry.at if end is None else max(entry.at, end)
            end = start + entry.duration
            intervals.append(Interval(start, end, entry, origin))
        elif end is not None and end > entry.at:
            end = max(entry.at, end + entry.duration)
            intervals = _clipped(intervals, end)
    return intervals, end


def append_entry(
    subscription: Subscription,
    *,
    kind: str,
    duration: timedelta,
    at: datetime,
    token: InvitationToken | None = None,
    plan_id: int | None = None,
    plan_name: str = "",
    days: int | None = None,
    amount: Decimal = Decimal(0),
    currency: str = "",
    is_renewal: bool = False,
) -> LedgerEntry:
    """Write one credit or cut, rebuild the coverage and set `expires_at`, also on the given instance.

    Belongs inside a transaction that holds the subscription. Raises Refused when no time would be left to end at.
    """
    entry = LedgerEntry.objects.create(
        subscription=subscription,
        kind=kind,
        duration=duration,
        at=at,
        token=token,
        plan_id=plan_id,
        plan_name=plan_name,
        days=days,
        amount=amount,
        amount_minor=int(amount * 100),
        currency=currency,
        is_renewal=is_renewal,
    )
    rebuild_coverage(subscription)
    return entry


def rebuild_coverage(subscription: Subscription) -> None:
    """Derive the coverage table and `expires_at` of one subscription from its ledger."""
    intervals, end = coverage_of(subscription.ledger.all())
    if end is None:
        raise Refused("desk.refused")
    subscription.coverage.all().delete()
    Coverage.objects.bulk_create(
        Coverage(
            subscription=subscription,
            starts_at=interval.starts_at,
            ends_at=interval.ends_at,
            entry=interval.entry,
            origin=interval.origin,
        )
        for interval in intervals
    )
    subscription.expires_at = end
    subscription.save(update_fields=["expires_at"])


def _clipped(intervals: list[Interval], end: datetime) -> list[Interval]:
    kept = [interval for interval in intervals if interval.starts_at < end]
    return [replace(interval, ends_at=min(interval.ends_at, end)) for interval in kept]
