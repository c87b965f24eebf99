"""Calls to Telegram that are owed: written with the state change that causes them, made by the sender.

Delivery is at least once with a committed claim before each call: a crash repeats at most the calls in flight.
"""

import enum
import random
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import QuerySet

from botcore import audit, clock, limits
from botcore.models import Inbox, Outbox
from botcore.screens import Screen

URGENT, INTERACTIVE, NOTICE, BULK = 0, 1, 2, 5
PAGE, LOOK_THROUGH = 64, 6400
ANSWER = "answer:"  # how the keys of answers to updates begin


class Outcome(enum.Enum):
    """How Telegram answered a call; the classes of members.md §7, then those that only messages know."""

    DONE = "done"
    ALREADY = "already"
    GONE = "gone"
    PERSON = "person"
    IMMOVABLE = "immovable"
    CONFIGURATION = "configuration"
    FLOOD = "flood"
    TRANSIENT = "transient"
    UNKNOWN = "unknown"
    BLOCKED = "blocked"
    DEACTIVATED = "deactivated"
    NOT_MODIFIED = "not_modified"
    NOT_EDITABLE = "not_editable"
    TOO_OLD = "too_old"


@dataclass(frozen=True)
class CallResult:
    """The outcome of one call; `detail` is Telegram's text, `retry_after` seconds of a flood wait, `value` the
    result.
    """

    outcome: Outcome
    detail: str = ""
    retry_after: float = 0
    value: Mapping[str, object] = field(default_factory=dict)


def say(
    chat_id: int,
    screen: Screen,
    *,
    key: str,
    now: datetime | None = None,
    priority: int = NOTICE,
    topic: str = "",
    not_after: datetime | None = None,
    edit: int | None = None,
    held: bool = False,
    secret: bool = False,
    remember: bool = True,
) -> Outbox | None:
    """Owe `screen` to a chat. Rendered now; the same `key` twice is one message (None the second time).

    `edit` is the message to edit (replaced by a new one where that fails), `not_after` the moment from which it is
    dropped, `topic` a name by which pending rows are withdrawn or released together, `held` keeps it back until
    released, `remember=False` leaves the person's variant history alone (V-VAR-6).
    """
    now = now or clock.now()
    row, created = Outbox.objects.get_or_create(
        key=key,
        defaults={
            "topic": topic,
            "chat_id": chat_id,
            "text": screen.text(person=chat_id if remember else None),
            "keyboard": {"name": screen.keyboard, "arguments": dict(screen.arguments)} if screen.keyboard else None,
            "payload": {"message_id": edit} if edit else {},
            "method": "editMessageText" if edit else "sendMessage",
            "secret": secret,
            "priority": priority,
            "state": Outbox.State.HELD if held else Outbox.State.PENDING,
            "not_after": not_after,
            "next_try_at": now,
            "created_at": now,
        },
    )
    return row if created else None


def call(
    method: str,
    payload: Mapping[str, object],
    *,
    key: str,
    chat_id: int,
    priority: int = NOTICE,
    now: datetime | None = None,
) -> None:
    """Owe a call that is no text message (setMyCommands …); `chat_id` is the person or chat it belongs to."""
    now = now or clock.now()
    Outbox.objects.get_or_create(
        key=key,
        defaults={
            "chat_id": chat_id,
            "method": method,
            "payload": dict(payload),
            "priority": priority,
            "next_try_at": now,
            "created_at": now,
        },
    )


@dataclass
class Reply:
    """The answers to one update, written with the state change they report: rows with key (update_id, n).

    The first `say` marks the inbox row done in the same transaction and may edit the pressed message, so that a
    redelivered or
    half-worked update neither acts nor answers twice. `redacted` is its raw text without the invitation it carried,
    if it did.
    """

    update_id: int
    chat_id: int
    edit: int | None = None
    redacted: str = ""
    used: int = 0
    closed: bool = False

    def say(self, screen: Screen, *, secret: bool = False, new: bool = False) -> None:
        """Answer with `screen`; `new` sends a new message although one was pressed."""
        if not self.used:
            self.close()
        edit = None if new or self.used else self.edit
        say(
            self.chat_id,
            screen,
            key=answer_key(self.update_id, self.used),
            priority=INTERACTIVE,
            edit=edit,
            secret=secret,
        )
        self.used += 1

    def close(self) -> None:
        """The update is worked, in the transaction of its effect; alone for one whose answer comes later (a link
        being made).
        """
        redaction = {"raw": self.redacted, "redacted": True} if self.redacted else {}
        row = Inbox.objects.filter(update_id=self.update_id)
        self.closed = True
        row.update(state=Inbox.State.DONE, done_at=clock.now(), **redaction)


def answer_afresh(update_id: int) -> None:
    """The press was too old for Telegram: its answer comes as a new message instead of, or after, the edit
    (M-CMD-7).
    """
    for row in Outbox.objects.filter(key=answer_key(update_id, 0), method="editMessageText"):
        if pending().filter(pk=row.pk).update(method="sendMessage", payload={}):
            continue
        copy = {
            "chat_id": row.chat_id,
            "text": row.text,
            "keyboard": row.keyboard,
            "priority": INTERACTIVE,
            "next_try_at": clock.now(),
        }
        Outbox.objects.get_or_create(key=f"{row.key}:afresh", defaults=copy)


def pending() -> QuerySet[Outbox]:
    return Outbox.objects.filter(state=Outbox.State.PENDING)


def answer_key(update_id: int, number: int | str) -> str:
    """The key of an answer to an update: worked again, the update writes the same ones."""
    return f"{ANSWER}{update_id}:{number}"


def answers() -> QuerySet[Outbox]:
    """Answers to updates that are still on their way."""
    return Outbox.objects.filter(key__startswith=ANSWER, state__in=[Outbox.State.PENDING, Outbox.State.SENDING])


def withdraw(topic: str, reason: str = "withdrawn") -> int:
    """Drop the pending and held rows of a topic; returns how many."""
    return Outbox.objects.filter(topic=topic, state__in=[Outbox.State.PENDING, Outbox.State.HELD]).update(
        state=Outbox.State.DROPPED, error=reason, done_at=clock.now()
    )


def release(*topics: str) -> int:
    """Let the held rows of these topics go; returns how many."""
    return Outbox.objects.filter(topic__in=topics, state=Outbox.State.HELD).update(
        state=Outbox.State.PENDING, next_try_at=clock.now()
    )


def drop_for_chat(chat_id: int, reason: str) -> int:
    """Drop all that waits for a chat that cannot be written to any more (M-BLOCK-3)."""
    return Outbox.objects.filter(chat_id=chat_id, state__in=[Outbox.State.PENDING, Outbox.State.HELD]).update(
        state=Outbox.State.DROPPED, error=reason, done_at=clock.now()
    )


def claim_batch(*, now: datetime, limit: int, without: Iterable[int] = ()) -> list[Outbox]:
    """Claim the most urgent due rows, at most one per chat; chats in `without` are left alone.

    What is past its `not_after` is dropped. A chat whose oldest row of a priority waits for its next try is skipped,
    so that order per chat holds.
    """
    seen, late, picked = set(without), [], []
    for row in _queue(seen):
        if row.not_after and row.not_after <= now:
            late.append(row.pk)
        elif row.chat_id not in seen:
            seen.add(row.chat_id)
            if row.next_try_at <= now:
                picked.append(row)
        if len(picked) == limit:
            break
    if late:
        pending().filter(pk__in=late).update(state=Outbox.State.DROPPED, error="too late", done_at=now)
    return [row for row in picked if _claim(row, now)]


def _queue(without: Iterable[int]) -> Iterator[Outbox]:
    """Pending rows, most urgent first, read page by page as far as they are asked for."""
    waiting = pending().exclude(chat_id__in=list(without)).order_by("priority", "id")
    for start in range(0, LOOK_THROUGH, PAGE):
        page = list(waiting[start : start + PAGE])
        yield from page
        if len(page) < PAGE:
            return


def take_back(*, now: datetime, without: Iterable[int] = ()) -> int:
    """Rows in sending whose lease ran out return to the queue: whoever claimed them is gone. Returns how many.

    `without` are chats the caller itself is sending to, however long that takes.
    """
    lapsed = Outbox.objects.filter(state=Outbox.State.SENDING, claimed_until__lte=now)
    return lapsed.exclude(chat_id__in=list(without)).update(state=Outbox.State.PENDING, claimed_until=None)


def _claim(row: Outbox, now: datetime) -> bool:
    return bool(pending().filter(pk=row.pk).update(state=Outbox.State.SENDING, claimed_until=now + limits.LEASE))


def settle(row: Outbox, result: CallResult, *, now: datetime) -> Outbox.State:
    """Record how a claimed row went: sent, to be tried again, dropped or failed. Returns the new state."""
    state = _state_after(row, result)
    values: dict[str, object] = {"state": state, "claimed_until": None, "error": result.detail[:300]}
    if state == Outbox.State.PENDING:
        counted = result.outcome is not Outcome.FLOOD
        values |= {
            "tries": row.tries + counted,
            "next_try_at": now + (backoff(row.tries) if counted else timedelta(seconds=result.retry_after)),
        }
    else:
        values |= {"done_at": now, "message_id": result.value.get("message_id")}
        if row.secret:
            values |= {"text": "", "keyboard": None, "payload": {}}
    Outbox.objects.filter(pk=row.pk, state=Outbox.State.SENDING).update(**values)
    return state


def _state_after(row: Outbox, result: CallResult) -> Outbox.State:
    match result.outcome:
        case Outcome.DONE | Outcome.NOT_MODIFIED:
            return Outbox.State.SENT
        case Outcome.BLOCKED | Outcome.DEACTIVATED | Outcome.GONE | Outcome.TOO_OLD:
            return Outbox.State.DROPPED
        case Outcome.FLOOD | Outcome.TRANSIENT:
            return Outbox.State.PENDING
        case _:
            return Outbox.State.PENDING if row.tries + 1 < limits.OUTBOX_TRIES else Outbox.State.FAILED


def backoff(
    tries: int, *, first: timedelta = limits.BACKOFF_FIRST, longest: timedelta = limits.BACKOFF_LONGEST
) -> timedelta:
    """How long to wait after `tries` earlier failures: doubling from `first` to `longest`, with jitter downwards."""
    return min(longest, first * 2 ** min(tries, 20)) * random.uniform(0.8, 1)


def recover(*, now: datetime) -> int:
    """Take back the rows that a dead predecessor left in sending; only for who holds the bot tier's lock."""
    with transaction.atomic():
        return Outbox.objects.filter(state=Outbox.State.SENDING).update(
            state=Outbox.State.PENDING, claimed_until=None, next_try_at=now
        )


def replay(rows: Iterable[int], *, actor: audit.Actor, now: datetime) -> int:
    """Put failed calls (row ids) back to work; returns how many. What was emptied for secrecy cannot be said again."""
    fresh = {"state": Outbox.State.PENDING, "tries": 0, "next_try_at": now, "done_at": None, "not_after": None}
    return _decide("replay_message", Outbox.objects.filter(pk__in=list(rows), secret=False), actor, fresh)


def drop(rows: Iterable[int], *, actor: audit.Actor, now: datetime) -> int:
    """Give failed calls (row ids) up; returns how many."""
    return _decide(
        "drop_message", Outbox.objects.filter(pk__in=list(rows)), actor, {"state": Outbox.State.DROPPED, "done_at": now}
    )


def _decide(verb: str, rows: QuerySet[Outbox], actor: audit.Actor, values: Mapping[str, object]) -> int:
    done = 0
    with transaction.atomic():
        for row in rows:
            if Outbox.objects.filter(pk=row.pk, state=Outbox.State.FAILED).update(**values):
                audit.record(actor, verb, row, after={"method": row.method})
                done += 1
    return done
