"""Makes the calls of the outbox: claimed first, paced, one in flight per chat, settled one by one."""

import asyncio
import logging
import re
import time
from collections.abc import Callable

from aiogram import methods
from django.db import InterfaceError, OperationalError, transaction

from botcore import clock, limits, members, outbox, units
from botcore.models import Outbox
from botcore.outbox import CallResult, Outcome
from botcore.telegram import keyboards
from botcore.telegram.api import Api
from botcore.telegram.batches import Batch
from botcore.telegram.lines import Lines
from botcore.telegram.tasks import Tasks, wait_for_any

log = logging.getLogger(__name__)

LOOK_EVERY_S = 1.0
LOOK_BACK_EVERY_S = 10.0
_LOST = {Outcome.BLOCKED: "blocked_bot", Outcome.DEACTIVATED: "deactivated"}
_NEW_MESSAGE = re.compile(r"(send|copy|forward)")


class Sender:
    """Empties the outbox. `wake` is a hint; `delivered` is called after each delivery, for decisions that wait for
    one.
    """

    def __init__(self, api: Api, lines: Lines, wake: asyncio.Event, delivered: Callable[[], None]) -> None:
        self.api = api
        self.lines = lines
        self.wake = wake
        self.delivered = delivered
        self._tasks = Tasks()
        self._in_hand: set[int] = set()
        self._looked_back = 0.0
        self._more = False
        self._settled = Batch(_settle)

    async def run(self, stop: asyncio.Event) -> None:
        """Send until `stop`, then finish the calls in flight."""
        while not stop.is_set():
            self.wake.clear()
            try:
                taken = await self.step()
            except (OperationalError, InterfaceError):
                log.warning("the outbox waits for the database")
                taken = 0
            if not (taken and self._more):
                await wait_for_any(self.wake, stop, timeout=LOOK_EVERY_S)
        await self._tasks.join()

    async def step(self) -> int:
        """Claim what may go now and start sending it; returns how many calls were started."""
        free, closed = limits.SENDER_SLOTS - len(self._in_hand), self.api.limiter.closed_chats()
        if free <= 0 or closed is None:
            return 0
        if time.monotonic() - self._looked_back >= LOOK_BACK_EVERY_S:
            self._looked_back = time.monotonic()
            await units.run(outbox.take_back, now=clock.now(), without=self._in_hand.copy())
        # A chat that must wait would only keep a slot from the others.
        rows = await units.run(outbox.claim_batch, now=clock.now(), limit=free, without=self._in_hand | closed)
        self._more = len(rows) == free  # else there was nothing left to claim, until somebody says so
        for row in rows:
            self._in_hand.add(row.chat_id)
            self._tasks.spawn(self._deliver(row), f"send {row.pk}")
        return len(rows)

    async def drain(self) -> None:
        """Send until nothing is due; for tests and the sandbox."""
        while await self.step():
            await self._tasks.join()

    async def _deliver(self, row: Outbox) -> None:
        try:
            result = await self._send(row)
            await self._settle_surely(row, result)
        finally:
            self._in_hand.discard(row.chat_id)
            if row.priority == outbox.URGENT:
                self.delivered()  # a decision may wait for this text
            if self._more or self.lines.waits(row.chat_id):
                self.wake.set()

    async def _settle_surely(self, row: Outbox, result: CallResult) -> None:
        """The call is made: as long as the database is away, keep the knowledge of it rather than send it again."""
        while True:
            try:
                state = await self._settled.add((row, result))
                return self.lines.settled(row, final=state != Outbox.State.PENDING)
            except (OperationalError, InterfaceError):
                await asyncio.sleep(1)

    async def _send(self, row: Outbox) -> CallResult:
        try:
            method = call_of(row)
        except Exception as error:  # a row that cannot become a call must not stop the others
            log.exception("outbox row %s cannot be sent", row.pk)
            return CallResult(Outcome.UNKNOWN, type(error).__name__)
        if _NEW_MESSAGE.match(row.method):
            return await self.api.message(method, row.chat_id, priority=row.priority)
        result = await self.api.change(method, row.chat_id)
        if result.outcome is Outcome.NOT_EDITABLE and row.method == "editMessageText":
            return await self.api.message(as_new_message(method), row.chat_id, priority=row.priority)
        return result


def call_of(row: Outbox) -> methods.TelegramMethod:
    """The Bot API call of a row: its payload, the rendered text, the keyboard built now from name and arguments."""
    arguments = dict(row.payload)
    if row.text:
        arguments |= {"chat_id": row.chat_id, "text": row.text}
    if row.keyboard:
        arguments["reply_markup"] = keyboards.build(row.keyboard["name"], **row.keyboard["arguments"])
    return getattr(methods, row.method[0].upper() + row.method[1:])(**arguments)


def as_new_message(edit: methods.EditMessageText) -> methods.SendMessage:
    """The same text and keyboard for a message that could not be edited (M-CMD-6)."""
    return methods.SendMessage(chat_id=edit.chat_id, text=edit.text, reply_markup=edit.reply_markup)


def _settle(settled: list[tuple[Outbox, CallResult]]) -> list[Outbox.State]:
    now = clock.now()
    with transaction.atomic():
        states = [outbox.settle(row, result, now=now) for row, result in settled]
        for row, result in settled:
            if result.outcome in _LOST and row.chat_id > 0:
                members.lose_chat(row.chat_id, _LOST[result.outcome], now=now)
    return states
