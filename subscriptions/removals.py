"""Taking people out of a channel, barring them, lifting bars: obligations claimed, called and settled one by one."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction

from botcore import channels, config, limits, notices
from botcore.models import Channel, Member, Presence
from botcore.outbox import CallResult, Outcome
from botcore.screens import screen
from subscriptions import links, tracked
from subscriptions.access import has_access
from subscriptions.models import Brake, Removal, Subscription

Kind, State = Removal.Kind, Removal.State

BARRED, REGAINED, BLOCKED, UNBLOCKED = "barred", "access_regained", "blocked", "unblocked"
UNKNOWN_STEP = timedelta(hours=1)
_NOBODY_THERE = (Outcome.GONE, Outcome.PERSON, Outcome.BLOCKED, Outcome.DEACTIVATED)
_PRESENCE_AFTER = {Kind.REMOVE: Presence.OUT, Kind.BAR: Presence.BANNED, Kind.LIFT: Presence.OUT}


@dataclass(frozen=True)
class RemovalOrder:
    """One call to make now.

    `remove` = unbanChatMember(only_if_banned=False): out, but free to return; `bar` = banChatMember;
    `lift` = unbanChatMember(only_if_banned=True). `at` is when the row was claimed, in whole seconds as Telegram's
    own dates.
    """

    removal_id: int
    telegram_id: int
    chat_id: int
    kind: str
    at: datetime


def owe_removal(
    *, member: Member, channel: str, kind: str, due_at: datetime, reason: str, now: datetime, brake: Brake | None = None
) -> Removal:
    """Owe one removal, bar or lift; returns the open row, also one that was owed already.

    Belongs inside the transaction that causes it. `due_at` aware UTC. At most one row is open per person and channel:
    a bar takes the place of anything else; between a removal and a lift the presence decides, for who is banned
    cannot be taken out.
    """
    present = Removal.objects.filter(member=member, channel=channel, state__in=Removal.OPEN).first()
    if present and not _replaces(kind, present.kind, _presence(member, channel)):
        return present
    if present:
        _close(present, State.CANCELLED, f"replaced by {kind}", now)
    return Removal.objects.create(
        member=member,
        channel=channel,
        kind=kind,
        state=State.HELD if brake else State.DUE,
        due_at=due_at,
        next_try_at=now,
        reason=reason,
        brake=brake,
        created_at=now,
    )


def cancel_removal(*, member: Member, channel: str, reason: str, now: datetime) -> bool:
    """Access is back: the open removal (also held, or with its call in flight) is cancelled. Bars and lifts stay.

    Belongs inside the transaction of that fact; `settle_removal` sends a link to whom a call in flight still put out.
    """
    present = Removal.objects.filter(member=member, channel=channel, kind=Kind.REMOVE, state__in=Removal.OPEN)
    return bool(present.update(state=State.CANCELLED, reason=reason, claimed_until=None, done_at=now))


def claim_removals(*, now: datetime, limit: int) -> list[RemovalOrder]:
    """Claim up to `limit` due calls. The person is read anew for each: claim no more than is called at once.

    Channels that are not set, or where the right is missing, are left alone: what is owed there stays due (C-CHAN-9).
    """
    tracked.take_back(Removal.objects, State.DUE, now=now)
    orders: list[RemovalOrder] = []
    for kind in Channel.Kind.values:
        channel = config.current().channel(kind)
        while channels.may(channel, channels.RESTRICT) and len(orders) < limit:
            keys = _due(kind, now, limit - len(orders))
            if not keys:
                break
            # What another worker took meanwhile is not read, and the next keys are looked up.
            batch = Removal.objects.filter(pk__in=keys, state=State.DUE).select_related("member__subscription")
            orders += [order for removal in batch if (order := _claim(removal, channel.chat_id, now))]
    return orders


def settle_removal(order: RemovalOrder, result: CallResult, *, now: datetime) -> bool:
    """Record how the call went (members.md §7). False = the channel is out of reach, the run stops."""
    with transaction.atomic():
        # The person first, as in every other act, or a redemption and this could wait for one another.
        Member.objects.select_for_update(no_key=True).get(telegram_id=order.telegram_id)
        removal = Removal.objects.select_for_update(of=["self"]).select_related("member").get(pk=order.removal_id)
        match result.outcome:
            case Outcome.DONE | Outcome.ALREADY:
                _close(removal, State.DONE, removal.reason, now)
                _set_presence(removal, order)
                _make_good(removal, now)
            case outcome if outcome in _NOBODY_THERE:
                _close(removal, State.DONE, "nobody there", now, error=result.detail)
            case Outcome.IMMOVABLE:
                _give_up(removal, order, result, now)
            case _:
                return _put_back(removal, result, now)
    return True


# --- claiming
# ---------------------------------------------------------------------------------------------------------


def _replaces(kind: str, present: str, presence: str) -> bool:
    if kind == present or Kind.BAR not in (kind, present):
        return kind != present and kind == (Kind.LIFT if presence == Presence.BANNED else Kind.REMOVE)
    return kind in (Kind.BAR, Kind.LIFT)


def _due(channel: str, now: datetime, limit: int) -> list[int]:
    """Keys first: joined at once, PostgreSQL sorts all of a long queue for the few that are taken."""
    due = Removal.objects.filter(channel=channel, state=State.DUE, next_try_at__lte=now, due_at__lte=now)
    return list(due.order_by("next_try_at", "id").values_list("pk", flat=True)[:limit])


def _claim(removal: Removal, chat_id: int, now: datetime) -> RemovalOrder | None:
    with transaction.atomic():
        if (verdict := _verdict(removal, now)) is not None:
            _close(removal, *verdict, now)
            return None
        if not tracked.claim(removal, State.DUE, now=now):
            return None
    member = removal.member
    return RemovalOrder(
        removal.pk, member.telegram_id, removal.chat_id or chat_id, removal.kind, now.replace(microsecond=0)
    )


def _verdict(removal: Removal, now: datetime) -> tuple[str, str] | None:
    """How the row ends without a call, if it does (M-EXPIRY-4, M-EXPIRY-5)."""
    member = removal.member
    if removal.kind == Kind.BAR:
        return None if member.blocked_at else (State.CANCELLED, UNBLOCKED)
    if removal.kind == Kind.LIFT:
        return (State.CANCELLED, BLOCKED) if member.blocked_at else None
    if _has_access_back(removal, now):
        return State.CANCELLED, REGAINED
    barred = member.blocked_at or _presence(member, removal.channel) == Presence.BANNED
    return (State.DONE, BARRED) if barred else None


def _has_access_back(removal: Removal, now: datetime) -> bool:
    """The Free channel has no access to regain: who is taken out of it may ask again."""
    subscription = getattr(removal.member, "subscription", None)
    return removal.channel == Channel.Kind.VIP and has_access(removal.member, subscription, now=now)


# --- settling
# ---------------------------------------------------------------------------------------------------------


def _close(removal: Removal, state: str, reason: str, now: datetime, *, error: str = "") -> bool:
    """Only an open row is closed: what was cancelled while its call was in flight stays cancelled."""
    return bool(
        Removal.objects.filter(pk=removal.pk, state__in=Removal.OPEN).update(
            state=state, reason=reason[:40], claimed_until=None, done_at=now, last_error=error[:300]
        )
    )


def _set_presence(removal: Removal, order: RemovalOrder) -> None:
    """What Telegram reported after the claim knows better; lifting a bar moves nobody who is inside."""
    field = f"{removal.channel}_presence"
    rows = Member.objects.filter(pk=removal.member_id).exclude(**{f"{field}_at__gt": order.at})
    if removal.kind == Kind.LIFT:
        rows = rows.exclude(**{field: Presence.IN})
    rows.update(**{field: _PRESENCE_AFTER[removal.kind], f"{field}_at": order.at})


def _make_good(removal: Removal, now: datetime) -> None:
    """The world may have moved on while the call was in flight: what it undid is owed again (M-EXPIRY-5)."""
    member = Member.objects.select_related("subscription").get(pk=removal.member_id)
    removal.member = member
    if removal.kind == Kind.REMOVE and _has_access_back(removal, now):
        # In mid-ritual the link comes with its third stage.
        if member.subscription.ritual_stage in (Subscription.Stage.DELIVERY, Subscription.Stage.COMPLETED):
            links.owe_link(member.subscription, message_key="access.link", now=now)
    elif removal.kind == Kind.BAR and not member.blocked_at:
        _owe_again(removal, Kind.LIFT, UNBLOCKED, now)
    elif removal.kind == Kind.LIFT and member.blocked_at:
        _owe_again(removal, Kind.BAR, BLOCKED, now)


def _owe_again(removal: Removal, kind: str, reason: str, now: datetime) -> None:
    owe_removal(member=removal.member, channel=removal.channel, kind=kind, due_at=now, reason=reason, now=now)


def _give_up(removal: Removal, order: RemovalOrder, result: CallResult, now: datetime) -> None:
    if not _close(removal, State.NOT_REMOVABLE, removal.reason, now, error=result.detail):
        return
    channel = config.current().channel(removal.channel)
    name = channel.title if channel and channel.title else str(order.chat_id)
    visitor = (removal.member.telegram_id, str(removal.member))
    alarm = screen("desk.alarm_immovable", visitor=visitor, channel=name)
    notices.tell_custodians(alarm, key=f"immovable:{removal.pk}", now=now)


def _put_back(removal: Removal, result: CallResult, now: datetime) -> bool:
    values = tracked.put_back(removal, result, State.DUE, now=now)
    is_unknown = result.outcome not in (Outcome.CONFIGURATION, Outcome.FLOOD, Outcome.TRANSIENT)
    if is_unknown and values["attempts"] >= limits.UNKNOWN_TRIES:
        # An unknown refusal never ends a removal: it goes on in steps of an hour.
        values["next_try_at"] = now + UNKNOWN_STEP
    Removal.objects.filter(pk=removal.pk, state=State.CLAIMED).update(**values)
    if result.outcome is Outcome.CONFIGURATION:
        channels.note_configuration_error(removal.channel, result.detail, now=now)
        return False
    if result.outcome is Outcome.TRANSIENT:
        open_rows = Removal.objects.filter(channel=removal.channel, state__in=[State.DUE, State.CLAIMED])
        tracked.alarm_if_slow(open_rows, removal.due_at, removal.channel, now=now)
    return True


def _presence(member: Member, channel: str) -> str:
    return member.vip_presence if channel == Channel.Kind.VIP else member.free_presence
