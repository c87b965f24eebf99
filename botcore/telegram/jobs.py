"""The periodic work of the active process; what calls Telegram is claim → one call → settle, resumable at any point."""

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial

from django.conf import settings
from django.db import InterfaceError, OperationalError

from botcore import clock, heartbeats, units
from botcore.outbox import CallResult
from botcore.telegram import commands, orders, probes
from botcore.telegram.api import Api
from botcore.telegram.tasks import wait_for_any
from subscriptions import expiry, free_queue, housekeeping, links, reminders, removals, vip_door

log = logging.getLogger(__name__)

WORKERS = 6
UNIT = 100
VIP_DOOR_S = 15
NUDGES_TOGETHER_S = 0.05
DAY_S = 24 * 3600


@dataclass
class Job:
    """`work` returns how many things it did; `wake` is set, or `next_look` tells, when there is something before the
    period is over.
    """

    name: str
    period_s: float
    work: Callable[[], Awaitable[int]]
    next_look: Callable[..., datetime | None] | None = None
    wake: asyncio.Event = field(default_factory=asyncio.Event)
    told_at: float = float("-inf")

    def pause(self, looked_at: datetime) -> float:
        """Seconds until the next run: the period, or less when something falls due after `looked_at`, the moment of
        the last run (also while that run was still at it). Reads the database.
        """
        soon = self.next_look(now=looked_at) if self.next_look else None
        return min(self.period_s, max(0.05, (soon - clock.now()).total_seconds())) if soon else self.period_s


class Jobs:
    """All jobs of the active process. `nudge` is a hint after anything that may have caused calls."""

    def __init__(self, api: Api, sender_wake: asyncio.Event) -> None:
        self.api = api
        self.sender_wake = sender_wake
        self._stop = asyncio.Event()
        self.jobs = [
            Job(
                "vip_door",
                VIP_DOOR_S,
                self._calls(vip_door.claim_decisions, orders.vip_decision, vip_door.settle_vip_decision),
                vip_door.next_look,
            ),
            Job("links", settings.LINKS_S, self._links),
            Job(
                "free_queue",
                settings.FREE_QUEUE_S,
                self._calls(free_queue.claim_approvals, orders.free_decision, free_queue.settle_decision),
                free_queue.next_look,
            ),
            Job(
                "removals",
                settings.REMOVALS_S,
                self._calls(removals.claim_removals, orders.removal, removals.settle_removal),
            ),
            Job("expiry", settings.EXPIRY_S, self._units(expiry.expire_due)),
            Job("reminders", settings.REMINDERS_S, self._units(reminders.remind_due)),
            Job("rights", settings.RIGHTS_S, self._rights),
            Job("commands", DAY_S, self._commands),
            Job("housekeeping", DAY_S, self._units(housekeeping.clean_up)),
        ]

    def nudge(self) -> None:
        """Let the jobs that make calls look at their tables now."""
        for job in self.jobs[:4]:
            job.wake.set()

    async def run(self, stop: asyncio.Event) -> None:
        """Run every job in its period until `stop`; each finishes the unit in hand."""
        self._stop = stop
        await asyncio.gather(*(self._repeat(job) for job in self.jobs))

    async def run_once(self, name: str) -> int:
        """One run of one job; its errors are recorded, not raised. Returns how many things it did."""
        return await self._run(next(job for job in self.jobs if job.name == name))

    async def _run(self, job: Job) -> int:
        started = time.monotonic()
        try:
            done = await job.work()
            seconds = time.monotonic() - started
            # A nudge that found nothing leaves no trace; that the job lives is told once in its period.
            if done or time.monotonic() - job.told_at >= job.period_s:
                job.told_at = time.monotonic()
                facts = {"period_s": job.period_s, "seconds": seconds}
                await units.run(heartbeats.job_succeeded, job.name, now=clock.now(), **facts)
        except (OperationalError, InterfaceError):
            log.warning("job %s waits for the database", job.name)
            return 0
        except Exception as error:
            log.exception("job %s failed", job.name)
            await units.run(heartbeats.job_failed, job.name, error=type(error).__name__)
            return 0
        if done:
            log.info("job %s did %s in %.2f s", job.name, done, seconds)
            self.sender_wake.set()
        return done

    async def _repeat(self, job: Job) -> None:
        while not self._stop.is_set():
            job.wake.clear()
            looked_at = clock.now()
            await self._run(job)
            await asyncio.sleep(NUDGES_TOGETHER_S)
            pause = await self._pause(job, looked_at)
            if pause < job.period_s:
                self.sender_wake.set()  # what comes sooner waits for a text that goes out first
            await wait_for_any(job.wake, self._stop, timeout=pause)

    async def _pause(self, job: Job, looked_at: datetime) -> float:
        try:
            return await units.run(job.pause, looked_at) if job.next_look else job.period_s
        except (OperationalError, InterfaceError):
            return job.period_s

    def _units(self, unit: Callable[..., int]) -> Callable[[], Awaitable[int]]:
        """A job that only writes rows: bounded units until one finds nothing left."""

        async def work() -> int:
            total = 0
            while not self._stop.is_set() and (done := await units.run(unit, now=clock.now(), limit=UNIT)):
                total += done
            return total

        return work

    def _calls(self, claim: Callable, call: Callable, settle: Callable) -> Callable[[], Awaitable[int]]:
        """A job that makes calls: a few workers claim one order each, make its call and settle it."""

        async def work() -> int:
            first = await units.run(claim, now=clock.now(), limit=1)
            if not first:
                return 0
            halt = asyncio.Event()
            others = (self._worker(claim, call, settle, halt) for _ in range(WORKERS - 1))
            return sum(await asyncio.gather(self._worker(claim, call, settle, halt, first), *others))

        return work

    async def _worker(
        self, claim: Callable, call: Callable, settle: Callable, halt: asyncio.Event, claimed: Sequence = ()
    ) -> int:
        done = 0
        while claimed or not (self._stop.is_set() or halt.is_set()):
            claimed = claimed or await units.run(claim, now=clock.now(), limit=1)
            if not claimed:
                break
            result: CallResult = await call(self.api, claimed[0])
            goes_on = await units.run(settle, claimed[0], result, now=clock.now())
            claimed = ()
            self.sender_wake.set()
            done += 1
            # The whole channel is out of reach: the other orders would only meet the same wall.
            if goes_on is False:
                halt.set()
        return done

    async def _links(self) -> int:
        await units.run(links.expire_links, now=clock.now())
        issued = await self._calls(links.claim_links, orders.new_link, links.settle_link)()
        return issued + await self._calls(links.claim_revocations, orders.revocation, links.settle_revocation)()

    async def _rights(self) -> int:
        return await probes.probe_channels(self.api)

    async def _commands(self) -> int:
        return await units.run(partial(commands.owe_all, now=clock.now()))
