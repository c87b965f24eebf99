"""Incoming updates: stored before they are confirmed to Telegram, worked on from here, kept for replay."""

import json
import logging
from collections.abc import Collection, Iterable, Sequence
from datetime import datetime

from django.db import transaction

from botcore import audit, limits, redaction
from botcore.models import Inbox

LARGEST_UPDATE_ID = 2**63 - 1
RESERVED_PAYLOADS = frozenset({"fila", "menu", "estado", "enlace"})

log = logging.getLogger(__name__)


def store(items: Iterable[object], *, now: datetime) -> None:
    """Store raw updates (decoded JSON as Telegram sent it); one whose `update_id` is known already is not stored again.

    An item without an integer `update_id` in 0…2^63−1 is logged and skipped (O-PROC-6). Committed on return, so the
    caller may confirm to Telegram.
    """
    rows = []
    for item in items:
        update_id = update_id_of(item)
        if update_id is None:
            log.warning("an update without a usable update_id was skipped")
            continue
        rows.append(Inbox(update_id=update_id, lane=lane_of(item), raw=json.dumps(item), received_at=now))
    Inbox.objects.bulk_create(rows, ignore_conflicts=True)


def update_id_of(item: object) -> int | None:
    """The `update_id` of an update as Telegram sent it; None when it has none that can be used."""
    update_id = item.get("update_id") if isinstance(item, dict) else None
    return update_id if type(update_id) is int and 0 <= update_id <= LARGEST_UPDATE_ID else None


def lane_of(update: dict) -> int:
    """Whose updates must be worked on one at a time: the person, else the chat, else the update alone."""
    for name, event in update.items():
        if name == "update_id" or not isinstance(event, dict):
            continue
        # chat_member updates carry the acting administrator in `from`: their subject is the person they are about.
        person = _path(event, "new_chat_member", "user", "id") if name == "chat_member" else _path(event, "from", "id")
        chat = _path(event, "chat", "id")
        lane = person if person is not None else chat
        if lane is not None:
            return lane
    return 0


def _path(value: object, *names: str) -> int | None:
    for name in names:
        value = value.get(name) if isinstance(value, dict) else None
    return value if type(value) is int and abs(value) <= LARGEST_UPDATE_ID else None


def waiting(*, without: Collection[int] = (), limit: int = limits.READ_AHEAD) -> list[Inbox]:
    """Unworked rows, oldest first; `without` are keys already in hand."""
    return list(Inbox.objects.filter(state=Inbox.State.NEW).exclude(pk__in=without).order_by("id")[:limit])


def finish(rows: Sequence[Inbox], *, now: datetime) -> None:
    """Mark rows done; the invitations they carried are replaced by their digests (M-TOKEN-2)."""
    carriers = [
        (row, redacted) for row in rows if (redacted := redaction.redact_update(row.raw, RESERVED_PAYLOADS)) != row.raw
    ]
    plain = {row.pk for row in rows} - {row.pk for row, _ in carriers}
    Inbox.objects.filter(pk__in=plain).update(state=Inbox.State.DONE, done_at=now)
    for row, redacted in carriers:
        Inbox.objects.filter(pk=row.pk).update(state=Inbox.State.DONE, done_at=now, raw=redacted, redacted=True)


def count_failure(row: Inbox, error: str, *, now: datetime, poisonous: bool = False) -> bool:
    """Record a failed try; True when the row became a dead letter (third try, or `poisonous` at once)."""
    tries = row.tries + 1
    dead = poisonous or tries >= limits.INBOX_TRIES
    values = {"tries": tries, "error": redaction.mask(error)[:300]}
    if dead:
        values |= {"state": Inbox.State.DEAD, "done_at": now}
    Inbox.objects.filter(pk=row.pk, state=Inbox.State.NEW).update(**values)
    row.tries = tries
    return dead


def replay(update_ids: Iterable[int], *, actor: audit.Actor) -> int:
    """Put dead letters back to work; returns how many."""
    fresh = {"state": Inbox.State.NEW, "tries": 0, "error": "", "done_at": None}
    return _decide("replay_update", update_ids, actor, fresh)


def drop(update_ids: Iterable[int], *, actor: audit.Actor, now: datetime) -> int:
    """Give dead letters up: they count as done without having been worked; returns how many."""
    return _decide("drop_update", update_ids, actor, {"state": Inbox.State.DONE, "done_at": now})


def _decide(verb: str, update_ids: Iterable[int], actor: audit.Actor, values: dict) -> int:
    done = 0
    with transaction.atomic():
        for row in Inbox.objects.filter(update_id__in=list(update_ids)):
            if Inbox.objects.filter(pk=row.pk, state=Inbox.State.DEAD).update(**values):
                audit.record(actor, verb, row, after={"update_id": row.update_id})
                done += 1
    return done
