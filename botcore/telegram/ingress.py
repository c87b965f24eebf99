"""Polling: fetch raw updates, commit them to the inbox, and only then confirm them to Telegram."""

import asyncio
import logging
import time
from contextlib import suppress
from datetime import datetime
from typing import Any

from aiogram import Bot
from aiogram.exceptions import (
    AiogramError,
    TelegramConflictError,
    TelegramNotFound,
    TelegramRetryAfter,
    TelegramUnauthorizedError,
)
from aiogram.methods import DeleteWebhook, TelegramMethod
from django.conf import settings
from django.db import DatabaseError, InterfaceError

from botcore import clock, inbox, notices, units
from botcore.screens import screen
from botcore.telegram.factory import ALLOWED_UPDATES
from botcore.telegram.tasks import Fatal, until, wait_for_any

log = logging.getLogger(__name__)

LONG_POLL_S = 30
FIRST_PAUSE_S, LONGEST_PAUSE_S = 0.5, 5.0
AFTER_CONFLICT_S = 5.0
CONFLICT_ALARM_AFTER_S = 60.0


class GetRawUpdates(TelegramMethod[list[Any]]):
    """getUpdates that keeps each update as Telegram sent it: one that our types cannot read must not stop the
    others.
    """

    __returning__ = list[Any]
    __api_method__ = "getUpdates"

    offset: int | None = None
    limit: int = 100
    timeout: int = LONG_POLL_S
    allowed_updates: list[str] = ALLOWED_UPDATES


class TokenRejected(Fatal):
    """Telegram does not know the token (any more); the process must end with exit code 4."""


class Polling:
    """The loop around one unit: `step` fetches, stores and moves the offset, and says whether there was anything."""

    def __init__(self, bot: Bot, wake: asyncio.Event, *, long_poll_s: int = LONG_POLL_S) -> None:
        self.bot = bot
        self.wake = wake
        self.long_poll_s = long_poll_s
        self.offset: int | None = None
        self.last_answer: datetime | None = None
        self.last_update: datetime | None = None
        self._conflict_since: float | None = None

    async def prepare(self) -> None:
        """Becoming active: a webhook set elsewhere goes, its pending updates stay (O-PROC-3)."""
        await self.bot(DeleteWebhook(drop_pending_updates=False))

    async def run(self, stop: asyncio.Event) -> None:
        """Poll until `stop`; whatever Telegram, the network or the database refuse now is asked for again later, and
        nothing is confirmed meanwhile. Only a rejected token ends it: TokenRejected.
        """
        pause, prepared = FIRST_PAUSE_S, False
        while not stop.is_set():
            try:
                if not prepared:
                    await self.prepare()
                    prepared = True
                await until(stop, self.step())
                pause = FIRST_PAUSE_S
            except (TelegramUnauthorizedError, TelegramNotFound) as error:
                raise TokenRejected from error
            except TelegramConflictError:
                await self._conflict()
                await wait_for_any(stop, timeout=AFTER_CONFLICT_S)
            except TelegramRetryAfter as error:
                await wait_for_any(stop, timeout=error.retry_after)
            except (AiogramError, OSError, DatabaseError, InterfaceError) as error:
                log.warning("polling waits %.1f s: %s", pause, type(error).__name__)
                await wait_for_any(stop, timeout=pause)
                pause = min(pause * 2, LONGEST_PAUSE_S)

    async def step(self) -> bool:
        """One getUpdates; the offset of the next call, which confirms these, moves only after the commit."""
        method = GetRawUpdates(offset=self.offset, timeout=self.long_poll_s)
        items = await self.bot(method, request_timeout=settings.TELEGRAM_TIMEOUT_S + self.long_poll_s)
        self.last_answer, self._conflict_since = clock.now(), None
        if not items:
            return False
        await units.run(inbox.store, items, now=clock.now())
        self.last_update = clock.now()
        self.wake.set()
        ids = [update_id for item in items if (update_id := inbox.update_id_of(item)) is not None]
        if ids:
            self.offset = max(ids) + 1
        else:
            await asyncio.sleep(1)  # nothing that could be confirmed: do not ask for it in a hot loop
        return True

    async def _conflict(self) -> None:
        """Another poller has the same token: said once, alarmed after a minute, tried again, never a crash
        (O-PROC-2).
        """
        now = time.monotonic()
        if self._conflict_since is None:
            self._conflict_since = now
            log.warning("another process polls with the same token")
        if now - self._conflict_since >= CONFLICT_ALARM_AFTER_S:
            with suppress(DatabaseError, InterfaceError):  # told at one of the next tries
                await units.run(_alarm_conflict, clock.now())


def _alarm_conflict(now: datetime) -> None:
    notices.tell_custodians(screen("desk.alarm_conflict"), key=f"conflict:{now:%Y%m%d}{now.hour // 6}", now=now)
