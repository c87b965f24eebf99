"""The queue of the Free channel (M-FREE): requests are taken in, wait their time, and are decided by tracked calls."""

import logging
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Q, QuerySet

from botcore import audit, channels, config, limits, members, outbox, roles
from botcore.exceptions import Gone
from botcore.models import Channel, Member, Outbox, Presence
from botcore.outbox import CallResult, Outcome
from botcore.screens import Screen, screen
from subscriptions import tracked
from subscriptions.models import FreeRequest

State, Way = FreeRequest.State, FreeRequest.Way
APPROVE, REJECT = "approve", "reject"
BLOCKED, ALREADY_INSIDE, VANISHED = "blocked", "already_inside", "gone"

MINUTE = timedelta(minutes=1)
LOOK_AGAIN = timedelta(seconds=1)
FORMER_CHAT_AGAIN = timedelta(hours=1)
_GONE = (Outcome.GONE, Outcome.BLOCKED, Outcome.DEACTIVATED)

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class QueryAnswer:
    """answerChatJoinRequestQuery to make within 10 s of the request (M-FREE-10)."""

    query_id: str
    result: str = "queue"


@dataclass(frozen=True)
class ApprovalOrder:
    """approveChatJoinRequest (`decision` approve) or declineChatJoinRequest (reject) to make now."""

    request_id: int
    telegram_id: int
    chat_id: int
    decision: str


@dataclass(frozen=True)
class HandDecision:
    """What became of a decision by hand.

    `won` is False when the request was decided or in a call already; `can_tell` False means that no message can reach
    the person («sin aviso posible»).
    """

    request: FreeRequest
    won: bool
    can_tell: bool


# --- taking in
# --------------------------------------------------------------------------------------------------------


def receive_request(
    *, member: Member, chat_id: int, user_chat_id: int, requested_at: datetime, now: datetime, query_id: str = ""
) -> QueryAnswer | None:
    """Take in a chat_join_request for the Free channel; returns the query to answer, if it carries one.

    `requested_at` is Telegram's date of the request, which names it: the same update again changes and says nothing.
    A request to any other chat is ignored.
    """
    free = config.current().free
    if free is None or chat_id != free.chat_id:
        log.debug("a join request to a chat that is not managed was ignored")
        return None
    told = {"user_chat_id": user_chat_id, "query_id": query_id, "refreshed_at": requested_at}
    with transaction.atomic():
        member = Member.objects.select_for_update(no_key=True).get(pk=member.pk)
        latest = FreeRequest.objects.filter(member=member, chat_id=chat_id).order_by("-refreshed_at", "-id").first()
        if latest is None or (latest.state not in FreeRequest.OPEN and latest.refreshed_at < requested_at):
            _take_in(member, chat_id, requested_at, told, now)
        elif latest.state in FreeRequest.OPEN and latest.refreshed_at < requested_at:
            _repeat(latest, member, told, now)
    return QueryAnswer(query_id) if query_id else None


def _take_in(member: Member, chat_id: int, requested_at: datetime, told: dict, now: datetime) -> None:
    wait = timedelta(minutes=config.current().free_wait_minutes)
    blocked = _is_blocked(member)
    refusal = {"decision": REJECT, "reason": BLOCKED, "way": Way.AUTOMATIC} if blocked else {}
    request = FreeRequest.objects.create(
        member=member,
        chat_id=chat_id,
        requested_at=requested_at,
        due_at=requested_at + wait,
        next_try_at=now,
        **told,
        **refusal,
    )
    if not blocked:
        _write(request, member, _received(request, member, now), key="received", now=now)


def _received(request: FreeRequest, member: Member, now: datetime) -> Screen:
    minutes = _minutes_left(request, now)
    if minutes is None:
        shown = screen("queue.received_untimed", name=member.first_name)
    else:
        shown = screen("queue.received", name=member.first_name, wait=minutes)
    if links := config.current().social_links:
        shown = shown.plus("queue.received_networks", networks=", ".join(label for label, _ in links))
    return shown.on("social_start")


def _repeat(request: FreeRequest, member: Member, told: dict, now: datetime) -> None:
    """Asking again moves nothing; it only opens a new window in which the person can be written to."""
    FreeRequest.objects.filter(pk=request.pk).update(**told)
    request.refresh_from_db()
    lately = Q(repeated_at__gt=now - limits.REPEAT_EVERY)
    if _is_blocked(member) or not FreeRequest.objects.filter(pk=request.pk).exclude(lately).update(repeated_at=now):
        return
    minutes = _minutes_left(request, now)
    shown = screen("queue.repeat_untimed") if minutes is None else screen("queue.repeat", remaining=minutes)
    _write(request, member, shown.on("social_start"), key=f"repeat:{int(now.timestamp())}", now=now)


# --- looking
# ----------------------------------------------------------------------------------------------------------


def position_of(request: FreeRequest, *, now: datetime) -> tuple[int, int | None]:
    """(place in the queue from 1, minutes to wait rounded up): 0 = imminent, None = no time is promised (M-FREE-8)."""
    earlier = Q(requested_at__lt=request.requested_at) | Q(requested_at=request.requested_at, pk__lt=request.pk)
    waiting = FreeRequest.objects.filter(earlier, chat_id=request.chat_id, state__in=FreeRequest.OPEN)
    return waiting.count() + 1, _minutes_left(request, now)


def _minutes_left(request: FreeRequest, now: datetime) -> int | None:
    settings = config.current()
    stopped = settings.free is None or (
        request.chat_id == settings.free.chat_id and not channels.may(settings.free, channels.INVITE)
    )
    if stopped or not settings.free_auto_approve or request.undecided or request.job_id:
        return None
    return max(0, -(-(request.due_at - now) // MINUTE))


# --- deciding
# ---------------------------------------------------------------------------------------------------------


def decide_by_hand(*, request_id: int, decision: str, by: Member, now: datetime, tell: bool = False) -> HandDecision:
    """A custodian approves, ignoring the wait, or rejects, telling the person or not; the call follows by the job.

    Raises NotAllowed, and Gone for an unknown request.
    """
    roles.require(by, "requests.decide")
    with transaction.atomic():
        won = FreeRequest.objects.filter(pk=request_id, state=State.PENDING, job=None).update(
            decision=decision, way=Way.BY_HAND, decided_by=by, tell=tell, undecided=False, attempts=0, next_try_at=now
        )
        request = FreeRequest.objects.select_related("member", "decided_by").filter(pk=request_id).first()
        if request is None:
            raise Gone()
        if won:
            after = {"decision": decision, "tell": tell}
            audit.record(audit.Actor.custodian(by), "decide_request", request, member=request.member, after=after)
    return HandDecision(request, bool(won), _can_write(request, request.member, now))


def claim_approvals(*, now: datetime, limit: int) -> list[ApprovalOrder]:
    """Claim up to `limit` decisions to carry out now, oldest request first.

    Requests of a bulk job and undecided ones are left alone, so are all while no Free channel is set, and those of
    the present channel while the right is missing. A text that must come first is written now; its decision is
    claimed once that text is settled, or after 10 s: `next_look` tells when to come back.
    """
    tracked.take_back(FreeRequest.objects, State.PENDING, now=now)
    return tracked.claim_all(_claimable(now), _claim, now=now, limit=limit)


def next_look(*, now: datetime) -> datetime | None:
    """When the next decision that waits for its text may go on, within 10 s from `now`; None when none waits."""
    return tracked.next_look(FreeRequest.objects.filter(state=State.PENDING), now=now)


def settle_decision(order: ApprovalOrder, result: CallResult, *, now: datetime) -> bool:
    """Record how the call went (members.md §7). False = the channel is out of reach, the run stops."""
    with transaction.atomic():
        requests = FreeRequest.objects.select_for_update(of=["self"]).select_related("member")
        request = requests.get(pk=order.request_id)
        match result.outcome:
            case Outcome.DONE if order.decision == REJECT:
                _reject(request, now)
            case Outcome.DONE:
                _admit(request, request.reason or request.way, now)
            case Outcome.ALREADY:
                _admit(request, ALREADY_INSIDE, now)
            case outcome if outcome in _GONE:
                _settle_vanished(request, now)
            case Outcome.PERSON:
                _fail(request, result, now)
            case _:
                return _put_back(request, order, result, now)
    return True


def note_entry(member: Member, chat_id: int, *, now: datetime) -> bool:
    """The person was seen entering: an open request is closed as approved (M-FREE-9). True if one was."""
    requests = FreeRequest.objects.select_related("member").filter(member=member, chat_id=chat_id)
    request = requests.filter(state__in=FreeRequest.OPEN).first()
    if request is None:
        return False
    # With our approval on its way (or lost in a crash) the entry is its success, welcome included.
    if request.decision == APPROVE:
        return _admit(request, request.reason or request.way, now)
    return _close(request, State.APPROVED, ALREADY_INSIDE, now, way=Way.OUTSIDE)


def _claimable(now: datetime) -> QuerySet[FreeRequest]:
    settings = config.current()
    if settings.free is None:
        return FreeRequest.objects.none()
    decided = Q(way=Way.BY_HAND) | Q(decision=REJECT)
    ripe = decided | Q(due_at__lte=now) if settings.free_auto_approve else decided
    rows = FreeRequest.objects.filter(ripe, state=State.PENDING, next_try_at__lte=now, job=None, undecided=False)
    if not channels.may(settings.free, channels.INVITE):
        rows = rows.exclude(chat_id=settings.free.chat_id)
    return rows.select_related("member").order_by("requested_at", "id")


def _claim(request: FreeRequest, now: datetime) -> ApprovalOrder | None:
    decision = _decision_on(request)
    if decision == APPROVE and request.decision == REJECT and request.way != Way.BY_HAND:
        # Refused for a block that was lifted meanwhile: back to its place in the queue.
        FreeRequest.objects.filter(pk=request.pk, state=State.PENDING).update(decision="", reason="", way="")
        return None
    with transaction.atomic():
        if not _text_is_out(request, decision, now):
            FreeRequest.objects.filter(pk=request.pk, state=State.PENDING).update(next_try_at=now + LOOK_AGAIN)
            return None
        way, reason = request.way or Way.AUTOMATIC, BLOCKED if _is_refused(request) else request.reason
        if not tracked.claim(request, State.PENDING, now=now, decision=decision, way=way, reason=reason):
            return None
    return ApprovalOrder(request.pk, request.member.telegram_id, request.chat_id, decision)


def _decision_on(request: FreeRequest) -> str:
    if _is_refused(request):
        return REJECT
    return request.decision if request.way == Way.BY_HAND else APPROVE


def _is_refused(request: FreeRequest) -> bool:
    return _is_blocked(request.member)


# --- texts before and after
# -------------------------------------------------------------------------------------------


def _text_is_out(request: FreeRequest, decision: str, now: datetime) -> bool:
    """Whether the decision may be carried out: the text that needs `user_chat_id` goes first (M-FREE-7, M-FREE-13)."""
    key = _key(request, decision)
    row = Outbox.objects.filter(key=key).first()
    if row is None:
        shown = _text_before(request, decision, now)
        if shown is None:
            return True
        _write(request, request.member, shown, key=decision, now=now)
        return False
    waiting = row.state in (Outbox.State.PENDING, Outbox.State.SENDING)
    return not waiting or now >= row.created_at + limits.NOTICE_BEFORE_DECISION


def _text_before(request: FreeRequest, decision: str, now: datetime) -> Screen | None:
    if not _can_write(request, request.member, now):
        return None
    if _is_refused(request):
        return screen("common.refusal") if members.due_for_refusal(request.member, now=now) else None
    # With the chat open the order is free, and what follows the decision is true for certain.
    if request.member.is_reachable:
        return None
    return _text_of(request, decision)


def _text_of(request: FreeRequest, decision: str) -> Screen | None:
    if decision == REJECT:
        return screen("queue.rejected") if request.tell else None
    free = config.current().free
    if free is None or free.chat_id != request.chat_id:
        free = None
    name, title, url = request.member.first_name, free.title if free else "", free.url if free else ""
    shown = screen("queue.approved", name=name, channel=title)
    return (shown if url else shown.plus("queue.approved_where")).on("enter_channel", url=url)


def _tell_after(request: FreeRequest, decision: str, now: datetime) -> None:
    shown = _text_of(request, decision)
    if shown and request.member.is_reachable and not _is_refused(request):
        _write(request, request.member, shown, key=decision, now=now)


def _can_write(request: FreeRequest, member: Member, now: datetime) -> bool:
    """An open chat, or at least 15 s left of the 5 minutes in which Telegram lets a stranger be written to."""
    if member.unreachable_since is not None:
        return False
    return member.chat_open or request.refreshed_at + limits.JOIN_WINDOW - now >= limits.JOIN_WINDOW_LEFT


def _write(request: FreeRequest, member: Member, shown: Screen, *, key: str, now: datetime) -> None:
    """To `user_chat_id`, before everything else; where the chat is not open, only while Telegram lets it pass."""
    if member.unreachable_since is None:
        outbox.say(
            request.user_chat_id,
            shown,
            key=_key(request, key),
            now=now,
            priority=outbox.URGENT,
            not_after=None if member.chat_open else request.refreshed_at + limits.JOIN_NOTICE_WITHIN,
        )


def _key(request: FreeRequest, what: str) -> str:
    return f"queue:{request.pk}:{what}"


# --- settling
# ---------------------------------------------------------------------------------------------------------


def _close(request: FreeRequest, state: str, reason: str, now: datetime, **values: object) -> bool:
    """Only an open request is closed: what the world decided first stays as it was."""
    values |= {"state": state, "reason": reason[:200], "decided_at": now, "claimed_until": None}
    return bool(FreeRequest.objects.filter(pk=request.pk, state__in=FreeRequest.OPEN).update(**values))


def _admit(request: FreeRequest, reason: str, now: datetime) -> bool:
    if not _close(request, State.APPROVED, reason, now):
        return False
    if request.decision == APPROVE:
        _tell_after(request, APPROVE, now)
    return True


def _reject(request: FreeRequest, now: datetime) -> None:
    if _close(request, State.REJECTED, request.reason or request.way, now):
        _tell_after(request, REJECT, now)


def _settle_vanished(request: FreeRequest, now: datetime) -> None:
    """Gone because the person is inside (our own call before a crash, or a human's), or because it was withdrawn."""
    member = Member.objects.get(pk=request.member_id)
    entered_at = member.free_presence_at
    if member.free_presence == Presence.IN and entered_at and entered_at >= request.requested_at:
        _admit(request, ALREADY_INSIDE, now)
    else:
        _close(request, State.WITHDRAWN, VANISHED, now)


def _fail(request: FreeRequest, result: CallResult, now: datetime) -> None:
    closed = _close(request, State.FAILED, result.detail, now, last_error=result.detail[:300])
    too_many = "USER_CHANNELS_TOO_MUCH" in result.detail
    if closed and too_many and _can_write(request, request.member, now):
        _write(request, request.member, screen("queue.too_many_channels"), key="too_many", now=now)


def _put_back(request: FreeRequest, order: ApprovalOrder, result: CallResult, now: datetime) -> bool:
    values = tracked.put_back(request, result, State.PENDING, now=now)
    if result.outcome is Outcome.CONFIGURATION:
        FreeRequest.objects.filter(pk=request.pk, state=State.CLAIMED).update(**values)
        return _note_lost_channel(order, result, now)
    uncounted = (Outcome.FLOOD, Outcome.TRANSIENT)
    if result.outcome not in uncounted and values["attempts"] >= limits.UNKNOWN_TRIES:
        _close(request, State.FAILED, result.detail, now, last_error=values["last_error"], attempts=values["attempts"])
        return True
    FreeRequest.objects.filter(pk=request.pk, state=State.CLAIMED).update(**values)
    if result.outcome is Outcome.TRANSIENT:
        tracked.alarm_if_slow(
            FreeRequest.objects.filter(state__in=FreeRequest.OPEN), request.due_at, Channel.Kind.FREE, now=now
        )
    return True


def _note_lost_channel(order: ApprovalOrder, result: CallResult, now: datetime) -> bool:
    """The present channel stops the run. A former one only puts off what is asked there, so that the queue goes on."""
    channels.note_configuration_error(Channel.Kind.FREE, result.detail, now=now, chat_id=order.chat_id)
    free = config.current().free
    if free and free.chat_id == order.chat_id:
        return False
    FreeRequest.objects.filter(chat_id=order.chat_id, state=State.PENDING).update(next_try_at=now + FORMER_CHAT_AGAIN)
    return True


def _is_blocked(member: Member) -> bool:
    return member.blocked_at is not None and not roles.is_custodian(member)
