"""What all tracked calls share: the lease, and how a row goes back to its queue after a call that settled nothing."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import TypeVar

from django.db.models import Min, QuerySet

from botcore import limits, notices, outbox
from botcore.models import Channel
from botcore.outbox import CallResult, Outcome
from botcore.screens import screen
from subscriptions.models import TrackedCall

CLAIMED = "claimed"
ALARM_AFTER = timedelta(hours=24)
Order = TypeVar("Order")


def take_back(rows: QuerySet, state: str, *, now: datetime) -> int:
    """Rows whose lease ran out return to `state`: whoever claimed them is gone."""
    return rows.filter(state=CLAIMED, claimed_until__lte=now).update(state=state, claimed_until=None)


def claim(row: TrackedCall, state: str, *, now: datetime, **values: object) -> bool:
    """Take the row for one call out of `state`, where it waits; False when somebody else was quicker."""
    waiting = type(row).objects.filter(pk=row.pk, state=state)
    return bool(waiting.update(state=CLAIMED, claimed_until=now + limits.LEASE, **values))


def claim_all(rows: QuerySet, claim: Callable[..., Order | None], *, now: datetime, limit: int) -> list[Order]:
    """Orders for up to `limit` of the `rows`, in their order. `claim(row, now)` must take each out of `rows`: claim it
    and return the order, or close it or put it off and return None.
    """
    orders: list[Order] = []
    while len(orders) < limit and (batch := list(rows[: limit - len(orders)])):
        orders += [order for row in batch if (order := claim(row, now))]
    return orders


def next_look(rows: QuerySet, *, now: datetime) -> datetime | None:
    """When the next of the `rows` that waits for a text may go on, within 10 s from `now`; None when none waits."""
    soon = rows.filter(next_try_at__gt=now, next_try_at__lte=now + limits.NOTICE_BEFORE_DECISION)
    return soon.aggregate(at=Min("next_try_at"))["at"]


def put_back(row: TrackedCall, result: CallResult, state: str, *, now: datetime) -> dict[str, object]:
    """The values of a row that stays owed in `state`; configuration and flood are not counted as tries."""
    values = {"state": state, "claimed_until": None, "last_error": result.detail[:300]}
    if result.outcome is Outcome.CONFIGURATION:
        return values
    if result.outcome is Outcome.FLOOD:
        return values | {"next_try_at": now + timedelta(seconds=result.retry_after)}
    return values | {"attempts": row.attempts + 1, "next_try_at": now + outbox.backoff(row.attempts)}


def alarm_if_slow(rows: QuerySet, since: datetime, channel: str, *, now: datetime) -> None:
    """Tell custodians, once a day, that Telegram has not answered for 24 h; `since` is when the call fell due."""
    if now - since < ALARM_AFTER:
        return
    name = Channel.objects.filter(kind=channel).values_list("title", flat=True).first() or channel
    alarm = screen("desk.alarm_slow", channel=name, count=rows.filter(attempts__gt=0).count())
    notices.tell_custodians(alarm, key=f"slow:{rows.model._meta.model_name}:{channel}:{now:%Y-%m-%d}", now=now)
