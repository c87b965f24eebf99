"""Notices around the end of a membership: before it, in grace, and long after (M-EXPIRY-1, -2, -9)."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Exists, Max, OuterRef, QuerySet

from botcore import config, limits, outbox
from botcore.models import Member
from botcore.screens import Screen, screen
from subscriptions import access, plans, screens
from subscriptions.brake import topic_of
from subscriptions.models import Reminder, Subscription

Kind = Reminder.Kind
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
SPOKEN_IN_DAYS = 2 * DAY
WIN_BACK_LATE = 3 * DAY


@dataclass(frozen=True)
class Notice:
    """A notice whose moment has come for one end of one subscription; `hours` is 0 for all but reminders."""

    subscription: Subscription
    kind: str
    hours: int = 0


def remind_due(*, now: datetime, limit: int) -> int:
    """Say or skip, once each, up to `limit` notices that are due; returns how many. Call it until it returns 0."""
    return sum(_deal_with(notice, now) for notice in list(_due(now, limit)))


# --- finding
# ----------------------------------------------------------------------------------------------------------


def _due(now: datetime, limit: int) -> Iterator[Notice]:
    scans = [(Kind.BEFORE, hours, _nearing(hours, now)) for hours in config.current().reminder_hours]
    scans += [(Kind.GRACE, 0, _in_grace(now)), (Kind.WIN_BACK, 0, _to_win_back(now))]
    for kind, hours, subscriptions in scans:
        for subscription in _not_yet(subscriptions, kind, hours)[:limit]:
            yield Notice(subscription, kind, hours)
            limit -= 1


def _running() -> QuerySet[Subscription]:
    return Subscription.objects.filter(ended_at=None, exempt=False)


def _nearing(hours: int, now: datetime) -> QuerySet[Subscription]:
    return _running().filter(expires_at__gt=now, expires_at__lte=now + hours * HOUR)


def _in_grace(now: datetime) -> QuerySet[Subscription]:
    return _running().filter(expires_at__lte=now, expires_at__gt=now - config.current().grace)


def _to_win_back(now: datetime) -> QuerySet[Subscription]:
    """Off at 0 days. Ends long past when the setting was turned on are left in peace."""
    days = config.current().win_back_days
    if not days:
        return Subscription.objects.none()
    latest = now - days * DAY
    expired = Subscription.objects.filter(end_reason=Subscription.EndReason.EXPIRED)
    return expired.filter(ended_at__lte=latest, ended_at__gt=latest - WIN_BACK_LATE)


def _not_yet(subscriptions: QuerySet[Subscription], kind: str, hours: int) -> QuerySet[Subscription]:
    of_this_end = Reminder.objects.filter(
        subscription=OuterRef("pk"), kind=kind, hours=hours, expires_at=OuterRef("expires_at")
    )
    return subscriptions.filter(~Exists(of_this_end)).order_by("expires_at", "id")


# --- saying or skipping
# -----------------------------------------------------------------------------------------------


def _deal_with(notice: Notice, now: datetime) -> bool:
    """The row of the notice is its claim: whoever writes it first decides, and nobody says it twice."""
    with transaction.atomic():
        member = Member.objects.select_for_update(no_key=True).get(pk=notice.subscription.member_id)
        subscription = access.subscription_of(member)
        read = notice.subscription
        if (subscription.expires_at, subscription.ended_at) != (read.expires_at, read.ended_at):
            return False
        wanted = _is_wanted(notice, member, now)
        _, is_first = Reminder.objects.get_or_create(
            subscription=subscription,
            kind=notice.kind,
            hours=notice.hours,
            expires_at=subscription.expires_at,
            defaults={"at": now, "sent": wanted},
        )
        if is_first and wanted:
            _say(notice, member, now)
    return is_first


def _is_wanted(notice: Notice, member: Member, now: datetime) -> bool:
    if not member.is_reachable or member.blocked_at:
        return False
    if notice.kind == Kind.WIN_BACK:
        return member.announcements
    return notice.kind == Kind.GRACE or not _is_pointless(notice, now)


def _is_pointless(notice: Notice, now: datetime) -> bool:
    """A reminder that falls before the time was given, or so late that a nearer one speaks for it (M-EXPIRY-1)."""
    end = notice.subscription.expires_at
    left = end - now
    if any(left <= hours * HOUR for hours in config.current().reminder_hours if hours < notice.hours):
        return True
    if notice.hours * HOUR > limits.LATE_REMINDER_LEFT > left:
        return True
    given = notice.subscription.ledger.filter(duration__gt=timedelta(0)).aggregate(at=Max("at"))["at"]
    return given is not None and end - notice.hours * HOUR <= given


def _say(notice: Notice, member: Member, now: datetime) -> None:
    end = notice.subscription.expires_at
    outbox.say(
        member.telegram_id,
        screens.with_contact(_words(notice, member, now)).on("contact"),
        key=f"{notice.kind}:{notice.subscription.pk}:{notice.hours}:{end.isoformat()}",
        now=now,
        priority=outbox.BULK if notice.kind == Kind.WIN_BACK else outbox.NOTICE,
        topic=topic_of(notice.subscription.pk),
        not_after=_not_after(notice),
    )


def _words(notice: Notice, member: Member, now: datetime) -> Screen:
    end, offered, grace = notice.subscription.expires_at, plans.plan_lines(), config.current().grace
    if notice.kind == Kind.WIN_BACK:
        return screen("lifecycle.win_back", name=member.first_name, plans=offered)
    if notice.kind == Kind.GRACE:
        return screen("lifecycle.grace", until=end + grace, plans=offered)
    left = end - now
    if left > SPOKEN_IN_DAYS:
        return screen("lifecycle.reminder_days", days=-(-left // DAY), expires_on=end, plans=offered)
    shown = screen("lifecycle.reminder_hours", hours=-(-left // HOUR), expires_at=end, plans=offered)
    is_last = notice.hours == min(config.current().reminder_hours)
    return shown.plus("lifecycle.reminder_grace_line", until=end + grace) if grace and is_last else shown


def _not_after(notice: Notice) -> datetime | None:
    """Nobody is reminded of an end that has come; a word of farewell or return has its topic withdrawn instead."""
    end = notice.subscription.expires_at
    return {Kind.BEFORE: end, Kind.GRACE: end + config.current().grace}.get(notice.kind)
