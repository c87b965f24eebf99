"""The door of the VIP channel (M-ACCESS-4): whoever has access is let in, whichever link was used."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction

from botcore import channels, config, limits, members, notices, outbox, roles
from botcore.models import Channel, Member, Outbox, Presence
from botcore.outbox import CallResult, Outcome
from botcore.screens import Screen, screen
from subscriptions import tracked
from subscriptions.access import has_access
from subscriptions.models import AccessLink, VipRequest

State = VipRequest.State
ALREADY_INSIDE, VANISHED = "already_inside", "gone"
ANSWER_QUERY_WITHIN = timedelta(seconds=10)
LOOK_AGAIN = timedelta(seconds=1)
FORMER_CHAT_AGAIN = timedelta(hours=1)
_GONE = (Outcome.GONE, Outcome.BLOCKED, Outcome.DEACTIVATED)


@dataclass(frozen=True)
class DoorOrder:
    """The decision to carry out now: answerChatJoinRequestQuery where `query_id` is given, else approve or decline."""

    request_id: int
    telegram_id: int
    chat_id: int
    approve: bool
    query_id: str = ""


def receive_vip_request(
    *,
    member: Member,
    chat_id: int,
    user_chat_id: int,
    requested_at: datetime,
    now: datetime,
    query_id: str = "",
    link_url: str = "",
) -> VipRequest | None:
    """Take in a chat_join_request for the VIP channel; None for any other chat. `claim_decisions` follows.

    `requested_at` is Telegram's date; the same update again changes and says nothing. `link_url` is the invite link
    it came by: custodians are told whose link it was when a person without access used it (C-NOTE-5).
    """
    vip = config.current().vip
    if vip is None or chat_id != vip.chat_id:
        return None
    told = {"user_chat_id": user_chat_id, "query_id": query_id, "requested_at": requested_at}
    with transaction.atomic():
        people = Member.objects.select_for_update(of=["self"], no_key=True).select_related("subscription")
        member = people.get(pk=member.pk)
        latest = VipRequest.objects.filter(member=member, chat_id=chat_id).order_by("-requested_at", "-id").first()
        if latest is not None and latest.requested_at >= requested_at:
            return latest
        if latest is not None and latest.state in VipRequest.OPEN:
            VipRequest.objects.filter(pk=latest.pk).update(**told, next_try_at=now)
            return latest
        link = _link_of(link_url)
        request = VipRequest.objects.create(member=member, chat_id=chat_id, link=link, next_try_at=now, **told)
        if link and not _may_enter(member, now):
            _tell_of_stranger(request, link, now)
    return request


def claim_decisions(*, now: datetime, limit: int) -> list[DoorOrder]:
    """Claim up to `limit` decisions to carry out now; who asks is judged anew for each.

    The text for somebody who is declined goes out first and is waited for: 10 s, with a query 3 s; `next_look` tells
    when to come back. Nothing is decided while no VIP channel is set, nor in the present one while the right is
    missing.
    """
    tracked.take_back(VipRequest.objects, State.PENDING, now=now)
    vip = config.current().vip
    if vip is None:
        return []
    due = VipRequest.objects.filter(state=State.PENDING, next_try_at__lte=now).select_related("member__subscription")
    if not channels.may(vip, channels.INVITE):
        due = due.exclude(chat_id=vip.chat_id)
    return tracked.claim_all(due.order_by("requested_at", "id"), _claim, now=now, limit=limit)


def next_look(*, now: datetime) -> datetime | None:
    """When the next decision that waits for its text may go on, within 10 s from `now`; None when none waits."""
    return tracked.next_look(VipRequest.objects.filter(state=State.PENDING), now=now)


def settle_vip_decision(order: DoorOrder, result: CallResult, *, now: datetime) -> bool:
    """Record how the call went (members.md §7). False = the channel is out of reach, the run stops."""
    with transaction.atomic():
        requests = VipRequest.objects.select_for_update(of=["self"]).select_related("member")
        request = requests.get(pk=order.request_id)
        match result.outcome:
            case Outcome.DONE:
                _close(request, State.APPROVED if order.approve else State.DECLINED, "", now)
            case Outcome.ALREADY:
                _close(request, State.APPROVED, ALREADY_INSIDE, now)
            case outcome if outcome in _GONE:
                _settle_vanished(request, now)
            case Outcome.TOO_OLD if order.query_id:
                # Too late for the query: the request itself is still there to be decided.
                _put_back_now(request, result, now)
            case Outcome.PERSON:
                _fail(request, result, now)
            case _:
                return _put_back(request, order, result, now)
    return True


def note_entry(member: Member, chat_id: int, *, now: datetime) -> bool:
    """The person was seen entering: an open request is closed as approved. True if one was."""
    request = VipRequest.objects.filter(member=member, chat_id=chat_id, state__in=VipRequest.OPEN).first()
    return bool(request) and _close(request, State.APPROVED, ALREADY_INSIDE, now)


# --- judging
# ----------------------------------------------------------------------------------------------------------


def _may_enter(member: Member, now: datetime) -> bool:
    return roles.is_custodian(member) or has_access(member, getattr(member, "subscription", None), now=now)


def _link_of(url: str) -> AccessLink | None:
    return AccessLink.objects.select_related("subscription__member").filter(url=url).first() if url else None


def _tell_of_stranger(request: VipRequest, link: AccessLink, now: datetime) -> None:
    owner, visitor = link.subscription.member, request.member
    told = screen(
        "desk.stranger_link",
        visitor=(visitor.telegram_id, str(visitor)),
        owner=(owner.telegram_id, str(owner)),
    )
    notices.tell_custodians(told, key=f"stranger:{request.pk}", now=now)


def _claim(request: VipRequest, now: datetime) -> DoorOrder | None:
    approve = _may_enter(request.member, now)
    with transaction.atomic():
        if not approve and not _text_is_out(request, now):
            VipRequest.objects.filter(pk=request.pk, state=State.PENDING).update(next_try_at=now + LOOK_AGAIN)
            return None
        if not tracked.claim(request, State.PENDING, now=now):
            return None
    query_id = request.query_id if now < request.requested_at + ANSWER_QUERY_WITHIN else ""
    return DoorOrder(request.pk, request.member.telegram_id, request.chat_id, approve, query_id)


# --- the text before
# --------------------------------------------------------------------------------------------------


def _text_is_out(request: VipRequest, now: datetime) -> bool:
    key = f"door:{request.pk}:{int(request.requested_at.timestamp())}"
    row = Outbox.objects.filter(key=key).first()
    if row is None:
        shown = _text_before(request, now)
        if shown is None:
            return True
        _write(request, shown, key, now)
        return False
    patience = limits.NOTICE_BEFORE_QUERY_DECISION if request.query_id else limits.NOTICE_BEFORE_DECISION
    waiting = row.state in (Outbox.State.PENDING, Outbox.State.SENDING)
    return not waiting or now >= row.created_at + patience


def _text_before(request: VipRequest, now: datetime) -> Screen | None:
    if not _can_write(request, now):
        return None
    if request.member.blocked_at:
        return screen("common.refusal") if members.due_for_refusal(request.member, now=now) else None
    name = config.current().creator_username
    return screen("access.declined", contact=f"@{name}" if name else "").on("contact", menu=True)


def _can_write(request: VipRequest, now: datetime) -> bool:
    """An open chat, or at least 15 s left of the 5 minutes in which Telegram lets a stranger be written to."""
    member = request.member
    if member.unreachable_since is not None:
        return False
    return member.chat_open or request.requested_at + limits.JOIN_WINDOW - now >= limits.JOIN_WINDOW_LEFT


def _write(request: VipRequest, shown: Screen, key: str, now: datetime) -> None:
    open_chat = request.member.chat_open
    not_after = None if open_chat else request.requested_at + limits.JOIN_NOTICE_WITHIN
    outbox.say(request.user_chat_id, shown, key=key, now=now, priority=outbox.URGENT, not_after=not_after)


# --- settling
# ---------------------------------------------------------------------------------------------------------


def _close(request: VipRequest, state: str, reason: str, now: datetime, **values: object) -> bool:
    values |= {"state": state, "reason": reason[:200], "decided_at": now, "claimed_until": None}
    return bool(VipRequest.objects.filter(pk=request.pk, state__in=VipRequest.OPEN).update(**values))


def _settle_vanished(request: VipRequest, now: datetime) -> None:
    member = Member.objects.get(pk=request.member_id)
    entered_at = member.vip_presence_at
    inside = member.vip_presence == Presence.IN and entered_at and entered_at >= request.requested_at
    _close(request, State.APPROVED if inside else State.WITHDRAWN, ALREADY_INSIDE if inside else VANISHED, now)


def _fail(request: VipRequest, result: CallResult, now: datetime) -> None:
    closed = _close(request, State.FAILED, result.detail, now, last_error=result.detail[:300])
    if closed and "USER_CHANNELS_TOO_MUCH" in result.detail and _can_write(request, now):
        _write(request, screen("queue.too_many_channels"), f"door:{request.pk}:too_many", now)


def _put_back_now(request: VipRequest, result: CallResult, now: datetime) -> None:
    VipRequest.objects.filter(pk=request.pk, state=State.CLAIMED).update(
        state=State.PENDING, claimed_until=None, query_id="", next_try_at=now, last_error=result.detail[:300]
    )


def _put_back(request: VipRequest, order: DoorOrder, result: CallResult, now: datetime) -> bool:
    values = tracked.put_back(request, result, State.PENDING, now=now)
    uncounted = (Outcome.CONFIGURATION, Outcome.FLOOD, Outcome.TRANSIENT)
    if result.outcome not in uncounted and values["attempts"] >= limits.UNKNOWN_TRIES:
        return _close(request, State.FAILED, result.detail, now, last_error=values["last_error"]) or True
    VipRequest.objects.filter(pk=request.pk, state=State.CLAIMED).update(**values)
    if result.outcome is Outcome.CONFIGURATION:
        return _note_lost_channel(order, result, now)
    if result.outcome is Outcome.TRANSIENT:
        open_rows = VipRequest.objects.filter(state__in=VipRequest.OPEN)
        tracked.alarm_if_slow(open_rows, request.requested_at, Channel.Kind.VIP, now=now)
    return True


def _note_lost_channel(order: DoorOrder, result: CallResult, now: datetime) -> bool:
    """The present channel stops the run; a former one only puts off what is asked there."""
    channels.note_configuration_error(Channel.Kind.VIP, result.detail, now=now, chat_id=order.chat_id)
    vip = config.current().vip
    if vip and vip.chat_id == order.chat_id:
        return False
    VipRequest.objects.filter(chat_id=order.chat_id, state=State.PENDING).update(next_try_at=now + FORMER_CHAT_AGAIN)
    return True
