"""One health report: all checks at the same time, each with its deadline, the result shared for a second."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import UTC, datetime

import redis.exceptions
from django.conf import settings
from django.db import Error as DatabaseError
from django.db import ProgrammingError, close_old_connections

from botcore import clock
from botcore.heartbeats import here
from healthcheck import checks
from healthcheck.checks import DEGRADED, ERROR, OFF, OK, Facts

DEADLINE_S = 2.0
SHARED_S = 1.0
HEALTHY, UNHEALTHY, STOPPING = "healthy", "unhealthy", "stopping"

Check = Callable[[datetime], Facts]

_pool = ThreadPoolExecutor(4, thread_name_prefix="health")
_running: dict[Check, Future[Facts]] = {}
_lock = asyncio.Lock()
_shared: tuple[float, Facts] = (float("-inf"), {})


async def current() -> Facts:
    """The report as JSON, at most a second old; `status` is healthy, degraded, unhealthy or stopping."""
    global _shared
    async with _lock:
        if time.monotonic() - _shared[0] > SHARED_S:
            found = await _all_checks()
            _shared = (time.monotonic(), found)  # dated when made: who waited for a slow one must not make another
    found = _shared[1]
    return {
        "status": STOPPING if here.stopping else _verdict(found),
        "version": settings.VERSION,
        "commit": settings.COMMIT,
        "time": clock.now().astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "uptime_s": round(here.uptime()),
        "checks": found,
    }


def forget() -> None:
    """Drop the shared result, so that the next asker has the checks made."""
    global _shared
    _shared = (float("-inf"), {})


def _verdict(found: Facts) -> str:
    states = {check["status"] for check in found.values()}
    return UNHEALTHY if ERROR in states else DEGRADED if DEGRADED in states else HEALTHY


async def _all_checks() -> Facts:
    now = clock.now()
    asked = {
        "bot": _run(_in_thread(checks.bot, now), at_worst=ERROR),
        "database": _run(_in_thread(checks.database, now), at_worst=ERROR),
        "redis": _run(checks.cache_server(), at_worst=DEGRADED),
        "migrations": _run(_in_thread(checks.migrations, now), at_worst=ERROR),
        "jobs": _run(_in_thread(checks.jobs, now), at_worst=DEGRADED),
    }
    return dict(zip(asked, await asyncio.gather(*asked.values()), strict=True))


async def _run(check: Awaitable[Facts], *, at_worst: str) -> Facts:
    started = time.monotonic()
    try:
        facts = await asyncio.wait_for(check, DEADLINE_S)
    except Exception as error:
        facts = {"status": at_worst, "error": _word(error)}
    seconds = time.monotonic() - started
    if facts["status"] == OK and seconds > checks.SLOW_S:
        facts = facts | {"status": DEGRADED, "reason": "slow"}
    latency = None if facts["status"] == OFF else round(seconds * 1000, 1)
    return {"status": facts["status"], "latency_ms": latency} | facts


def _in_thread(check: Check, now: datetime) -> Awaitable[Facts]:
    """A database that hangs keeps one thread and one connection per check, however often it is asked meanwhile."""
    future = _running.get(check)
    if future is None or future.done():
        future = _running[check] = _pool.submit(_with_connection, check, now)
    return asyncio.wrap_future(future)


def _with_connection(check: Check, now: datetime) -> Facts:
    try:
        return check(now)
    finally:
        close_old_connections()


def _word(error: Exception) -> str:
    """What went wrong, in a word that says nothing about where (O-HEALTH-2)."""
    if isinstance(error, TimeoutError | redis.exceptions.TimeoutError):
        return "timeout"
    if isinstance(error, ProgrammingError) or "no such table" in str(error):
        return "missing_table"
    if isinstance(error, DatabaseError | redis.exceptions.RedisError | OSError):
        return "refused"
    return "failed"
