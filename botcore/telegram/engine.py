"""What the active process runs: ingress, lanes, sender and jobs around one bot."""

import asyncio
from functools import partial

from aiogram import Bot

from botcore import clock, outbox, units
from botcore.telegram.api import Api
from botcore.telegram.factory import make_dispatcher
from botcore.telegram.ingress import LONG_POLL_S, Polling
from botcore.telegram.jobs import Jobs
from botcore.telegram.lanes import Lanes
from botcore.telegram.limiter import Limiter
from botcore.telegram.lines import Lines
from botcore.telegram.sender import Sender
from botcore.telegram.tasks import Tasks, keep_running


class Engine:
    """The services share hints (events) and nothing else: all work is found in the tables."""

    def __init__(self, bot: Bot, send_rate: int, *, long_poll_s: int = LONG_POLL_S) -> None:
        self.inbox_wake = asyncio.Event()
        self.outbox_wake = asyncio.Event()
        self.ended = asyncio.Event()
        self.api = Api(bot, Limiter(send_rate))
        self.jobs = Jobs(self.api, self.outbox_wake)
        self.lines = Lines()
        self.sender = Sender(self.api, self.lines, self.outbox_wake, self.jobs.nudge)
        self.lanes = Lanes(self.api, make_dispatcher(), self.lines, self.inbox_wake, self._worked)
        self.ingress = Polling(bot, self.inbox_wake, long_poll_s=long_poll_s)

    async def recover(self) -> None:
        """Pick up what a predecessor left behind: calls it had begun, and the answers that still wait."""
        await units.run(outbox.recover, now=clock.now())
        await units.run(self.lines.load)

    async def run(self, stop: asyncio.Event) -> None:
        """Run until `stop`: ingress ends first, then what is in hand. Raises what made a service impossible."""
        services = {
            "sender": self.sender.run,
            "lanes": self.lanes.run,
            "jobs": self.jobs.run,
            "ingress": self.ingress.run,
        }
        tasks = Tasks()
        running = [tasks.spawn(keep_running(partial(run, stop), name), name) for name, run in services.items()]
        try:
            await asyncio.gather(*running)
        finally:
            self.ended.set()
            stop.set()
            await tasks.join()

    async def drain(self) -> None:
        """Work until inbox and outbox are empty and no owed call is left; for tests and the sandbox."""
        while True:
            await self.lanes.drain()
            await self.sender.drain()
            owed = [await self.jobs.run_once(name) for name in ("vip_door", "links", "free_queue", "removals")]
            if not any(owed) and not await self.lanes.step() and not await self.sender.step():
                return

    def _worked(self, changed: bool) -> None:
        """An update was worked: what it owes goes out; calls may be owed when it changed something."""
        if changed:
            self.outbox_wake.set()
            self.jobs.nudge()
