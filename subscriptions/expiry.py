"""The end of access, by date (M-EXPIRY-3) or by a custodian's decision (M-EXPIRY-7)."""

from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import QuerySet

from botcore import audit, config, outbox, roles
from botcore.exceptions import Gone
from botcore.models import Channel, Member
from botcore.screens import Screen, screen
from subscriptions import access, brake, ledger, links, plans, removals, screens
from subscriptions.models import LedgerEntry, Removal, Subscription

EndReason, Stage = Subscription.EndReason, Subscription.Stage
JUST_BEFORE = timedelta(microseconds=1)


def due_to_end(*, now: datetime) -> QuerySet[Subscription]:
    """Subscriptions past date and grace whose end is not recorded yet; exempt ones never (M-EXPIRY-9)."""
    return Subscription.objects.filter(ended_at=None, exempt=False, expires_at__lte=now - config.current().grace)


def expire_due(*, now: datetime, limit: int, hold: str = "") -> int:
    """Record up to `limit` ends by date, the longest overdue first; returns how many. Call it until it returns 0.

    `hold` (a Brake.Reason) holds the removals of this run whatever their number, as when the clock is not to be
    trusted.
    """
    due = due_to_end(now=now)
    brake.weigh(due, now=now, reason=hold)
    batch = list(due.order_by("expires_at", "id")[:limit])
    return sum(end_access(subscription, end_reason=EndReason.EXPIRED, now=now) for subscription in batch)


def end_access(
    subscription: Subscription,
    *,
    end_reason: str,
    now: datetime,
    actor: audit.Actor = audit.JOB,
    reason: str = "",
    tell: bool = True,
) -> bool:
    """End the membership with all that follows; False if it was ended, prolonged or made exempt meanwhile.

    An end by date is recorded as of that date, however late the run, so that a bot that was down tells the same
    story. An expulsion counts from `now` and keeps the remaining time in the ledger; `reason` is what the custodian
    typed, for the person.
    """
    with transaction.atomic():
        # The person first, then the membership: the order of every other act, or two of them could wait for one
        # another.
        member = Member.objects.select_for_update(no_key=True).get(pk=subscription.member_id)
        subscription = access.subscription_of(member)
        if subscription is None or not _may_end(subscription, end_reason, now):
            return False
        expelled = end_reason == EndReason.EXPELLED
        ended_at = now if expelled else subscription.expires_at + config.current().grace
        role = access.effective_role(member, subscription, now=ended_at - JUST_BEFORE)
        if expelled:
            remaining = max(timedelta(0), subscription.expires_at - now)
            ledger.append_entry(subscription, kind=LedgerEntry.Kind.EXPEL, duration=-remaining, at=now)
        _close(subscription, ended_at, end_reason, now)
        removal = _owe_removal(member, end_reason, now)
        links.revoke_links(subscription, now=now)
        outbox.withdraw(brake.topic_of(subscription.pk))
        if tell and member.is_reachable and not member.blocked_at:
            _say_goodbye(member, subscription, reason, held=removal.state == Removal.State.HELD, now=now)
        access.log_role_change(
            member, role, access.effective_role(member, subscription, now=now), cause=end_reason, actor=actor, now=now
        )
        audit.record(actor, "end_access", subscription, member=member, after={"end_reason": str(end_reason)})
    return True


def expel_member(
    *, target: Member, by: Member, now: datetime, reason: str = "", tell: bool = True, actor: audit.Actor | None = None
) -> Removal:
    """A custodian ends the membership now (C-SUBS-6); returns the removal that is under way.

    `reason` (0–200 characters) is told to the person only where one was typed. Raises NotAllowed for a protected
    target, Gone where no membership is running.
    """
    roles.require(by, "members.expel")
    with transaction.atomic():
        target = Member.objects.select_for_update(no_key=True).get(pk=target.pk)
        roles.guard_target(by, target)
        subscription = access.subscription_of(target)
        actor = actor or audit.Actor.custodian(by)
        if subscription is None or not end_access(
            subscription, end_reason=EndReason.EXPELLED, now=now, actor=actor, reason=reason, tell=tell
        ):
            raise Gone()
        return target.removals.filter(channel=Channel.Kind.VIP).latest("pk")


def _may_end(subscription: Subscription, end_reason: str, now: datetime) -> bool:
    if subscription.ended_at is not None:
        return False
    if end_reason == EndReason.EXPELLED:
        return True
    return not subscription.exempt and subscription.expires_at + config.current().grace <= now


def _close(subscription: Subscription, ended_at: datetime, end_reason: str, now: datetime) -> None:
    """The dates, and the ritual: unfinished it is cancelled, completed it stays completed (M-RITUAL-7)."""
    values: dict[str, object] = {"ended_at": ended_at, "end_reason": end_reason}
    if end_reason == EndReason.EXPELLED:
        values["exempt"] = False
    if subscription.ritual_stage != Stage.COMPLETED:
        values |= {"ritual_stage": Stage.CANCELLED, "ritual_stage_at": now}
    for name, value in values.items():
        setattr(subscription, name, value)
    subscription.save(update_fields=list(values))


def _owe_removal(member: Member, end_reason: str, now: datetime) -> Removal:
    """By date: due at once, or held already on the list of a brake. A custodian's own decision no brake holds."""
    removal = removals.owe_removal(
        member=member,
        channel=Channel.Kind.VIP,
        kind=Removal.Kind.REMOVE,
        due_at=now,
        reason=str(end_reason),
        now=now,
    )
    if end_reason == EndReason.EXPELLED and removal.state == Removal.State.HELD:
        removal.state, removal.brake, removal.due_at = Removal.State.DUE, None, now
        removal.save(update_fields=["state", "brake", "due_at"])
    return removal


def _say_goodbye(member: Member, subscription: Subscription, reason: str, *, held: bool, now: datetime) -> None:
    outbox.say(
        member.telegram_id,
        _goodbye(member, subscription, reason).on("contact", menu=True),
        key=f"end:{subscription.pk}:{subscription.ended_at.isoformat()}",
        now=now,
        priority=outbox.BULK,
        topic=brake.topic_of(subscription.pk),
        held=held,
    )


def _goodbye(member: Member, subscription: Subscription, reason: str) -> Screen:
    if subscription.end_reason == EndReason.EXPIRED:
        return screens.with_contact(screen("lifecycle.farewell", name=member.first_name, plans=plans.plan_lines()))
    shown = screen("lifecycle.expelled")
    return screens.with_contact(shown.plus("lifecycle.expelled_reason", reason=reason) if reason else shown)
