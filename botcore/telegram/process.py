"""The life of one `runbot` process: start-up in numbered steps, active or standing by, and an orderly end."""

import asyncio
import gc
import logging
import os
import signal
import socket
import threading
import time
from collections.abc import Callable
from contextlib import contextmanager, nullcontext, suppress

import psycopg
import uvicorn
from aiogram import Bot
from aiogram.exceptions import AiogramError, TelegramNotFound, TelegramUnauthorizedError
from django.conf import settings
from django.core.management import CommandError, call_command
from django.db import DatabaseError, connection

from botcore import clock, config, heartbeats, locks, units
from botcore.models import Heartbeat
from botcore.telegram.engine import Engine
from botcore.telegram.ingress import TokenRejected
from botcore.telegram.tasks import GaveUp, Tasks, keep_running, until, wait_for_any

log = logging.getLogger(__name__)

OK, FAILED, CONFIGURATION, DATABASE, TOKEN, WATCHDOG, DEADLINE = range(7)
CHECK_LOCK_EVERY_S = 5.0
TAKE_OVER_EVERY_S = 1.0
BEAT_EVERY_S = 5.0
BLOCKED_LOOP_S, WATCH_EVERY_S = 60.0, 5.0
LONGEST_PAUSE_S = 60.0


class Process:
    """`app` is the ASGI application to serve (None with --no-web), `bot` the aiogram bot, `version` for the logs.

    `run` returns the exit code of operations.md §4.
    """

    def __init__(self, bot: Bot, app: Callable | None, *, version: str) -> None:
        self.bot = bot
        self.app = app
        self.version = version
        self.name = f"{socket.gethostname()}:{os.getpid()}:{os.urandom(2).hex()}"
        self.stop = asyncio.Event()
        self.lock = locks.lock(locks.BOT_TIER)
        self.engine: Engine | None = None
        self._tasks = Tasks()
        self._web: _Web | None = None
        self._broken: GaveUp | None = None
        self._database_seen = False

    async def run(self) -> int:
        """Start, serve until asked to stop, end; the exit code."""
        self._listen_to_signals()
        loop = asyncio.get_running_loop()
        threading.Thread(target=_watch_loop, args=[loop], daemon=True, name="watchdog").start()
        try:
            code = await self._start()
            return await self._serve() if code is None else code
        except (TokenRejected, TelegramUnauthorizedError, TelegramNotFound):
            log.critical("Telegram rejects the token")
            return TOKEN
        except GaveUp as error:
            log.critical("service %s cannot be kept running", error)
            return WATCHDOG
        finally:
            await self._end()

    # --- start-up ---------------------------------------------------------------------------------------------------
    async def _start(self) -> int | None:
        """Steps 3 to 8; an exit code when one of them forbids to go on."""
        with step("database"):
            if not await self._database_answers():
                if self.stop.is_set():
                    return OK
                log.critical("the database cannot be reached")
                return DATABASE
        with step("migrations"):
            if settings.MIGRATE_ON_START and not await self._migrate():
                return DATABASE
        with step("web"):
            if self.app and not await self._open_port():
                return FAILED
        with step("telegram"):
            await until(self.stop, self._ask_name())
        with step("seeds"):
            await units.run(config.seed)
        return None

    async def _database_answers(self) -> bool:
        deadline = time.monotonic() + settings.DB_WAIT_S
        while not self.stop.is_set():
            try:
                await until(self.stop, units.run(_connect))
                self._database_seen = not self.stop.is_set()
                return self._database_seen
            except DatabaseError as error:
                log.warning("the database does not answer yet: %s", type(error).__name__)
                if time.monotonic() >= deadline:
                    return False
                await wait_for_any(self.stop, timeout=1)
        return False

    async def _migrate(self) -> bool:
        try:
            await units.run(call_command, "migrate_locked", verbosity=0)
        except (CommandError, DatabaseError) as error:
            log.critical("migration failed: %s", error)
            return False
        return True

    async def _open_port(self) -> bool:
        self._web = _Web(uvicorn.Config(self.app, settings.HOST, settings.PORT, lifespan="off", log_config=None))
        self._web_task = self._tasks.spawn(self._web.serve_quietly(), "web")
        while not self._web.started and not self._web_task.done():
            await asyncio.sleep(0.01)
        if self._web_task.done():
            log.critical("port %s cannot be opened", settings.PORT)
        self._web_task.add_done_callback(self._service_ended)
        return self._web.started

    async def _ask_name(self, again_in: float = 1.0) -> None:
        """getMe: a rejected token ends the process, weather does not; the answer, now or later, gives the bot its
        name.
        """
        try:
            me = await self.bot.me()
            await units.run(config.remember_bot, me.username)
        except (TelegramUnauthorizedError, TelegramNotFound):
            raise
        except (AiogramError, OSError, DatabaseError) as error:
            log.warning("the bot's name is not known yet: %s", type(error).__name__)
            self._tasks.spawn(self._ask_name_later(again_in), "name")

    async def _ask_name_later(self, seconds: float) -> None:
        await wait_for_any(self.stop, timeout=seconds)
        if not self.stop.is_set():
            await self._ask_name(min(seconds * 2, LONGEST_PAUSE_S))

    # --- serving ----------------------------------------------------------------------------------------------------
    async def _serve(self) -> int:
        # What start-up made stays for good, and each query makes thousands of short-lived objects: with the usual
        # threshold the collector takes a quarter of the processor (tests/benchmarks/throughput.py).
        gc.collect()
        gc.freeze()
        gc.set_threshold(50_000, 20, 50)
        beating = self._tasks.spawn(keep_running(self._beat, "heartbeat"), "heartbeat")
        beating.add_done_callback(self._service_ended)
        try:
            while not self.stop.is_set():
                if await self._take_lock():
                    await self._be_active()
                else:
                    heartbeats.here.role = Heartbeat.Role.STANDBY
                    await wait_for_any(self.stop, timeout=TAKE_OVER_EVERY_S)
        finally:
            beating.cancel()
        if self._broken:
            raise self._broken
        return OK

    def _service_ended(self, task: asyncio.Task) -> None:
        """What serves the whole process never ends by itself; a process that misses it must (O-STOP-1)."""
        if not self.stop.is_set():
            self._broken = GaveUp(task.get_name())
            self.stop.set()

    async def _take_lock(self) -> bool:
        try:
            return await asyncio.to_thread(self.lock.acquire)
        except psycopg.OperationalError:
            return False

    async def _be_active(self) -> None:
        """Poll, work, send and run the jobs while the lock is ours; who lost it stops all of it at once."""
        log.info("active")
        heartbeats.here.role = Heartbeat.Role.ACTIVE
        lost = asyncio.Event()
        engine = Engine(self.bot, settings.SEND_RATE)
        try:
            with step("leftovers"):
                await engine.recover()
        except DatabaseError as error:
            log.warning("what is left over waits for the database: %s", type(error).__name__)
            return await wait_for_any(self.stop, timeout=TAKE_OVER_EVERY_S)
        self.engine = engine
        working = self._tasks.spawn(engine.run(lost), "engine")
        try:
            while not self.stop.is_set() and not engine.ended.is_set():
                await wait_for_any(self.stop, engine.ended, timeout=CHECK_LOCK_EVERY_S)
                if not await asyncio.to_thread(self.lock.is_held):
                    log.error("the lock of the bot tier is lost: standing by")
                    break
        finally:
            lost.set()
            await self._ended_in_time(working)
            self.engine = None
            heartbeats.here.role = Heartbeat.Role.STANDBY

    async def _ended_in_time(self, working: asyncio.Task) -> None:
        """Wait for what is in hand, whatever ended the engine; raises what made a service impossible."""
        await asyncio.wait({working}, timeout=settings.SHUTDOWN_S)
        if not working.done():
            self._too_late()
        await working

    async def _beat(self) -> None:
        while True:
            try:
                await units.run(self._tell_heartbeat, self.engine)
            except DatabaseError:
                log.debug("no heartbeat: the database is away")
            await asyncio.sleep(BEAT_EVERY_S)

    def _tell_heartbeat(self, engine: Engine | None) -> None:
        now = clock.now()
        facts = {"version": self.version, "mode": settings.BOT_MODE}
        if engine:
            facts |= {
                "update_at": engine.ingress.last_update,
                "telegram_at": max(filter(None, (engine.api.last_success, engine.ingress.last_answer)), default=None),
            }
        heartbeats.beat(self.name, role=heartbeats.here.role, now=now, **facts)
        heartbeats.forget_dead(now=now)

    # --- the end ----------------------------------------------------------------------------------------------------
    def _listen_to_signals(self) -> None:
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, self._asked_to_stop)

    def _asked_to_stop(self) -> None:
        if self.stop.is_set():
            log.critical("asked twice to stop: leaving at once")
            os._exit(DEADLINE)
        log.info("stopping")
        heartbeats.here.stopping = True
        self.stop.set()
        asyncio.get_running_loop().call_later(settings.SHUTDOWN_S, self._too_late)

    def _too_late(self) -> None:
        log.critical("not stopped within %s s: what is unfinished is a row and goes on next time", settings.SHUTDOWN_S)
        os._exit(DEADLINE)

    async def _end(self) -> None:
        heartbeats.here.stopping = True
        self.lock.release()
        if self._web:
            self._web.should_exit = True
            await asyncio.wait({self._web_task}, timeout=2)
        if self._database_seen:
            try:
                await units.run(heartbeats.leave, self.name)
            except DatabaseError:
                log.warning("the heartbeat could not be taken back")
        await self.bot.session.close()
        await asyncio.to_thread(units.shutdown)


def _watch_loop(loop: asyncio.AbstractEventLoop) -> None:
    """From outside the event loop: one that is blocked cannot even notice it (exit 5)."""
    while not loop.is_closed():
        turned = threading.Event()
        with suppress(RuntimeError):  # closed in this very moment
            loop.call_soon_threadsafe(turned.set)
            if not turned.wait(BLOCKED_LOOP_S) and not loop.is_closed():
                log.critical("the event loop is blocked")
                os._exit(WATCHDOG)
        time.sleep(WATCH_EVERY_S)


def _connect() -> None:
    connection.ensure_connection()  # `connection` is another object in each thread, so it is named in there


class _Web(uvicorn.Server):
    async def serve_quietly(self) -> None:
        """As `serve`; a port that cannot be opened ends it without ending the process by SystemExit."""
        with suppress(SystemExit):
            await self.serve()

    def capture_signals(self):
        """Signals belong to the process, not to its web part."""
        return nullcontext()


@contextmanager
def step(name: str):
    """Log how long a step of the start took (O-START-1)."""
    started = time.monotonic()
    yield
    log.info("start: %s in %.0f ms", name, (time.monotonic() - started) * 1000)
