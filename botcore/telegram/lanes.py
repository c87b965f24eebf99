"""Works stored updates: one at a time per person, many persons at once, each until it is done or a dead letter."""

import asyncio
import json
import logging
import secrets
from collections import deque
from collections.abc import Callable, Sequence
from datetime import timedelta

from aiogram import Dispatcher
from aiogram.types import Update
from aiogram.types.update import UpdateTypeLookupError
from django.db import InterfaceError, OperationalError, transaction
from pydantic import ValidationError

from botcore import clock, inbox, limits, notices, outbox, redaction, units
from botcore.models import Inbox
from botcore.screens import screen
from botcore.telegram.api import Api
from botcore.telegram.batches import Batch
from botcore.telegram.lines import Lines
from botcore.telegram.tasks import Tasks, wait_for_any

log = logging.getLogger(__name__)

LOOK_EVERY_S = 1.0
CHANGING = {"chat_join_request", "chat_member", "my_chat_member"}
DATABASE_AWAY = (OperationalError, InterfaceError)


class Lanes:
    """Reads the inbox and feeds the dispatcher. `wake` is a hint that there is something new.

    `worked` is told after each update whether it may have changed something.
    """

    def __init__(
        self, api: Api, dispatcher: Dispatcher, lines: Lines, wake: asyncio.Event, worked: Callable[[bool], None]
    ) -> None:
        self.api = api
        self.lines = lines
        self.dispatcher = dispatcher
        self.wake = wake
        self.worked = worked
        self._tasks = Tasks()
        self._places = asyncio.Semaphore(limits.LANES)
        self._lanes: dict[int, deque[Inbox]] = {}
        self._in_hand: set[int] = set()
        self._finished = Batch(_finish)

    async def run(self, stop: asyncio.Event) -> None:
        """Work until `stop`, then finish what is in hand."""
        while not stop.is_set():
            self.wake.clear()
            try:
                taken = await self.step()
            except DATABASE_AWAY:
                log.warning("the inbox waits for the database")
                taken = 0
                await asyncio.sleep(1)
            if not taken:
                await wait_for_any(self.wake, stop, timeout=LOOK_EVERY_S)
        await self._tasks.join()

    async def step(self) -> int:
        """Take unworked rows into their lanes; returns how many were taken."""
        room = limits.READ_AHEAD - len(self._in_hand)
        rows = await units.run(inbox.waiting, without=self._in_hand.copy(), limit=room) if room > 0 else []
        for row in rows:
            self._in_hand.add(row.pk)
            lane = self._lanes.setdefault(row.lane, deque())
            lane.append(row)
            if len(lane) == 1:
                self._tasks.spawn(self._work_lane(row.lane), f"lane {row.lane}")
        return len(rows)

    async def drain(self) -> None:
        """Work until the inbox is empty; for tests and the sandbox."""
        while await self.step():
            await self._tasks.join()

    async def _work_lane(self, lane: int) -> None:
        rows = self._lanes[lane]
        async with self._places:
            while rows:
                try:
                    await self._work(rows[0])
                except Exception:  # not even its failure could be noted: the row is taken again, the others go on
                    log.exception("update %s stays unworked", rows[0].update_id)
                    await asyncio.sleep(LOOK_EVERY_S)
                finally:
                    if len(self._in_hand) >= limits.READ_AHEAD:
                        self.wake.set()  # there was no room for what waits behind
                    self._in_hand.discard(rows.popleft().pk)
            del self._lanes[lane]

    async def _work(self, row: Inbox) -> None:
        """One update until it is done or dead. A database that is away is not the update's fault and is not counted."""
        while True:
            try:
                if await self._try(row):
                    return
            except DATABASE_AWAY:
                log.warning("update %s waits for the database", row.update_id)
                await asyncio.sleep(1)

    async def _try(self, row: Inbox) -> bool:
        reply = outbox.Reply(update_id=row.update_id, chat_id=0)
        redacted = redaction.redact_update(row.raw, inbox.RESERVED_PAYLOADS)
        reply.redacted = redacted if redacted != row.raw else ""
        try:
            update = Update.model_validate(json.loads(row.raw), context={"bot": self.api.bot})
            kind = update.event_type
        except (ValidationError, ValueError, RecursionError, UpdateTypeLookupError) as error:
            await units.run(_bury, row, f"unreadable: {type(error).__name__}", None)
            return True
        try:
            await self.dispatcher.feed_update(
                self.api.bot, update, row=row, reply=reply, api=self.api, lines=self.lines
            )
        except DATABASE_AWAY:
            raise
        except Exception as error:
            reference = secrets.token_hex(4)
            log.exception("update %s failed, ref %s", row.update_id, reference)
            buried = await units.run(_count_failure, row, error, reference)
            self.worked(False)
            await asyncio.sleep(0 if buried else 0.1 * 4**row.tries)
            return buried
        if reply.used:
            self.lines.expect(reply.chat_id, reply.used)
        if not reply.closed:
            await self._finished.add(row)
        owed = reply.closed or self.lines.waits(reply.chat_id)
        self.worked(owed or kind in CHANGING)
        return True


def _finish(rows: Sequence[Inbox]) -> list[None]:
    with transaction.atomic():
        inbox.finish(rows, now=clock.now())
    return [None] * len(rows)


def _count_failure(row: Inbox, error: Exception, reference: str) -> bool:
    if not inbox.count_failure(row, f"{type(error).__name__} ref {reference}", now=clock.now()):
        return False
    _tell(row, reference)
    return True


def _bury(row: Inbox, error: str, reference: str | None) -> None:
    inbox.count_failure(row, error, now=clock.now(), poisonous=True)
    log.error("update %s is a dead letter: %s", row.update_id, error)
    _tell(row, reference)


def _tell(row: Inbox, reference: str | None) -> None:
    """The person hears once that something went wrong (never a group), the custodians at most once an hour."""
    now = clock.now()
    if reference and row.lane > 0 and _is_private(row):
        trouble = screen("common.trouble", reference=reference)
        outbox.say(row.lane, trouble, key=f"trouble:{row.update_id}", now=now, priority=outbox.INTERACTIVE)
    recent = Inbox.objects.filter(state=Inbox.State.DEAD, done_at__gt=now - timedelta(hours=1)).count()
    notices.tell_custodians(screen("desk.alarm_dead_letter", count=recent), key=f"dead:{now:%Y%m%d%H}", now=now)


def _is_private(row: Inbox) -> bool:
    update = json.loads(row.raw)
    return "message" in update or "callback_query" in update
