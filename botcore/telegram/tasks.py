"""The one place where tasks of the event loop are created, so that none is forgotten, silent or left behind."""

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, Coroutine

log = logging.getLogger(__name__)

RESTARTS, RESTARTS_WITHIN_S = 3, 300.0


class Fatal(Exception):
    """What no restart of a service can mend: the process must end."""


class GaveUp(Fatal):
    """A service died more often than it may be restarted (O-STOP-1)."""


class Tasks:
    """Short tasks of one owner: `spawn` them, `join` waits for all of them."""

    def __init__(self) -> None:
        self._running: set[asyncio.Task] = set()

    def spawn(self, work: Coroutine, name: str = "") -> asyncio.Task:
        """Start `work` now; an error it does not handle itself is logged, never lost."""
        task = asyncio.get_running_loop().create_task(work, name=name or work.__qualname__)
        self._running.add(task)
        task.add_done_callback(self._ended)
        return task

    async def join(self) -> None:
        """Wait until nothing runs any more."""
        while self._running:
            await asyncio.wait(self._running)

    def _ended(self, task: asyncio.Task) -> None:
        self._running.discard(task)
        if not task.cancelled() and (error := task.exception()):
            log.error("task %s failed", task.get_name(), exc_info=error)


async def keep_running(service: Callable[[], Awaitable[None]], name: str) -> None:
    """Run a service until it returns; one that dies is restarted at most 3 times in 5 minutes, then GaveUp.
    What is Fatal ends it at once.
    """
    deaths: list[float] = []
    while True:
        try:
            return await service()
        except Fatal:
            raise
        except Exception:
            log.exception("service %s died", name)
            deaths = [moment for moment in deaths if time.monotonic() - moment < RESTARTS_WITHIN_S]
            deaths.append(time.monotonic())
            if len(deaths) > RESTARTS:
                raise GaveUp(name) from None
            await asyncio.sleep(0.5 * len(deaths))


async def wait_for_any(*events: asyncio.Event, timeout: float) -> None:
    """Return when one of the events is set, or after `timeout` seconds."""
    waits = [asyncio.ensure_future(event.wait()) for event in events]
    try:
        await asyncio.wait(waits, timeout=timeout, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for wait in waits:
            wait.cancel()


async def with_deadline(work: Coroutine, seconds: float, late: Callable[[], Awaitable[None]]) -> object:
    """Await `work`; if it takes longer than `seconds`, call `late` meanwhile. Returns or raises what `work` does."""
    task = asyncio.ensure_future(work)
    await asyncio.wait({task}, timeout=seconds)
    if not task.done():
        await late()
    return await task


async def until(stop: asyncio.Event, work: Coroutine) -> None:
    """Await `work`, but cancel it as soon as `stop` is set. Raises what `work` raises."""
    task, stopping = asyncio.ensure_future(work), asyncio.ensure_future(stop.wait())
    await asyncio.wait({task, stopping}, return_when=asyncio.FIRST_COMPLETED)
    stopping.cancel()
    if not task.done():
        task.cancel()
        await asyncio.wait({task})
    elif error := task.exception():
        raise error
