"""Database work of the bot: one sync unit per use case on a small thread pool of its own.

Measured (DESIGN §4): one hop per use case beats async ORM calls; more than one thread only worsens SQLite's tail.
"""

import asyncio
import contextvars
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from threading import Barrier
from typing import TypeVar

from django.db import close_old_connections, connection, connections

from botcore import config

T = TypeVar("T")

_POSTGRES_THREADS = 4
_pool: ThreadPoolExecutor | None = None


def _threads() -> int:
    return 1 if connection.vendor == "sqlite" else _POSTGRES_THREADS


async def run(unit: Callable[..., T], /, *args: object, **kwargs: object) -> T:
    """Run a sync unit that uses the database, in the bot's pool, and return what it returns or raise what it raises."""
    global _pool
    if _pool is None:
        _pool = ThreadPoolExecutor(_threads(), thread_name_prefix="unit")
    work = partial(contextvars.copy_context().run, _guarded, unit, *args, **kwargs)
    return await asyncio.get_running_loop().run_in_executor(_pool, work)


def _guarded(unit: Callable[..., T], *args: object, **kwargs: object) -> T:
    # A connection that died between two units is replaced here; without this a long-lived process never recovers.
    if not connection.in_atomic_block:
        close_old_connections()
    try:
        result = unit(*args, **kwargs)
    except BaseException:
        config.forget()  # it may have read settings that were rolled back
        raise
    config.renew()
    return result


def shutdown() -> None:
    """Wait for the units in hand, close the connections of the pool's threads and forget the pool."""
    global _pool
    pool, _pool = _pool, None
    if pool is None:
        return
    everyone = Barrier(_threads())  # so that no thread takes the turn of another, whose connection would stay open
    for _ in range(_threads()):
        pool.submit(_close_connections, everyone)
    pool.shutdown(wait=True)


def _close_connections(everyone: Barrier) -> None:
    everyone.wait(timeout=5)
    connections.close_all()
