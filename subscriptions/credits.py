"""Time given to a membership: the act behind redemption, grant, extension, re-admission (M-TOKEN-7, M-RITUAL-8)."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from botcore import outbox
from botcore.audit import Actor
from botcore.models import Member
from subscriptions import access, ledger, removals
from subscriptions.models import LedgerEntry, Subscription

Stage = Subscription.Stage


@dataclass(frozen=True)
class Credit:
    """What a credit did. `previous_end` is the former end of somebody who had access by date, else None."""

    subscription: Subscription
    entry: LedgerEntry
    previous_end: datetime | None


def credit_time(
    member: Member, *, kind: str, duration: timedelta, now: datetime, actor: Actor, **terms: object
) -> Credit:
    """Add `duration` (positive) to the member's time in any state, and put right all that follows from it.

    Belongs inside a transaction that holds the member's row. `terms` are the frozen terms of `ledger.append_entry`.
    Clears an end, restarts a cancelled ritual, cancels an open removal, withdraws notices of the former end, writes
    ledger and role log.
    """
    former = access.subscription_of(member)
    role, state = access.effective_role(member, former, now=now), access.subscription_state(former, now=now)
    had_time = state in (access.ACTIVE, access.GRACE)
    previous_end = former.expires_at if had_time else None
    covered = had_time and access.in_time(former, now=now)
    subscription = former or Subscription.objects.create(
        member=member, started_at=now, expires_at=now, ritual_stage_at=now
    )
    _open(subscription, state, now)
    is_renewal = kind == LedgerEntry.Kind.SALE and covered
    entry = ledger.append_entry(subscription, kind=kind, duration=duration, at=now, is_renewal=is_renewal, **terms)
    removals.cancel_removal(member=member, channel="vip", reason="access_returned", now=now)
    outbox.withdraw(f"end:{subscription.pk}")
    access.log_role_change(
        member, role, access.effective_role(member, subscription, now=now), cause=kind, actor=actor, now=now
    )
    return Credit(subscription, entry, previous_end)


def _open(subscription: Subscription, state: str, now: datetime) -> None:
    """Clear a former end; a ritual that was cancelled begins again, a completed one or one under way is kept."""
    values: dict[str, object] = {}
    if state == access.ENDED:
        values |= {"ended_at": None, "end_reason": "", "started_at": now}
    stage = access.paired_stage(state, subscription.ritual_stage)
    if stage in (Stage.NONE, Stage.CANCELLED):
        values |= {"ritual_stage": Stage.CONFIRMATION, "ritual_stage_at": now}
    for name, value in values.items():
        setattr(subscription, name, value)
    if values:
        subscription.save(update_fields=list(values))
