"""The whole bot against the Bot API world, in virtual time: updates in, calls out, nothing mocked."""

import asyncio
from datetime import UTC, datetime, timedelta
from decimal import Decimal

from botcore import audit, clock, config, inbox, units
from botcore.models import Channel, Member
from botcore.sandbox.people import Person
from botcore.sandbox.session import WorldSession
from botcore.sandbox.world import Call, World
from botcore.telegram.engine import Engine
from botcore.telegram.factory import make_bot
from subscriptions import plans, tokens
from subscriptions.models import Plan
from tests.telegram.virtual_time import VirtualLoop

START = datetime(2026, 5, 1, 10, 0, tzinfo=UTC)
VIP, FREE = -1001000000001, -1001000000002
CUSTODIAN = 1001  # ADMIN_USER_IDS of the tests


class House:
    """`world` is Telegram, `engine` what `runbot` runs. `settle()` works until nobody has anything left to do."""

    def __init__(self, send_rate: int = 28, call_log: int = 10_000) -> None:
        self.loop = VirtualLoop()
        self.start = START
        clock.use(self.now)
        config.forget()
        self.world = World(now=self.now, call_log=call_log)
        self.send_rate = send_rate
        self.vip = self.world.channel(id=VIP, title="El Diván")
        self.free = self.world.channel(id=FREE, title="El vestíbulo")
        self.restart()

    def now(self) -> datetime:
        return self.start + timedelta(seconds=self.loop.time())

    def restart(self) -> None:
        """A new process: all that lived in memory is gone, the tables and Telegram stay."""
        config.forget()
        self.run(self._new_engine())

    async def _new_engine(self) -> None:
        bot = make_bot(WorldSession(self.world))
        await units.run(config.remember_bot, (await bot.me()).username)
        self.engine = Engine(bot, self.send_rate, long_poll_s=0)
        await self.engine.recover()

    def run(self, work):
        return self.loop.run_until_complete(work)

    def settle(self) -> None:
        """Fetch, work and send until all is quiet; people take a second between two acts."""
        self.wait(seconds=1)
        self.run(self._settle())

    async def _settle(self) -> None:
        while await self.engine.ingress.step():
            await self.engine.drain()
        await self.engine.drain()

    def live(self, **duration: float) -> None:
        """Run everything as `runbot` does, jobs in their own periods, for so long (arguments of timedelta)."""
        self.run(self._live(timedelta(**duration).total_seconds()))

    async def _live(self, seconds: float) -> None:
        engine, stop = self.engine, asyncio.Event()
        self.loop.call_later(seconds, stop.set)
        await asyncio.gather(self._poll(stop), engine.lanes.run(stop), engine.sender.run(stop), engine.jobs.run(stop))

    async def _poll(self, stop: asyncio.Event) -> None:
        while not stop.is_set():
            await self.engine.ingress.step()
            await asyncio.sleep(1)

    def elapse(self, step: timedelta, **duration: float) -> None:
        """Let a long time pass, with a run of every job that tells or moves people after each step."""
        began = self.loop.elapsed
        for number in range(1, timedelta(**duration) // step + 1):
            self.loop.elapsed = max(self.loop.elapsed, began + number * step.total_seconds())
            for name in ("reminders", "expiry", "removals", "free_queue"):
                self.job(name)

    def job(self, name: str) -> int:
        """One run of a job, and what follows from it."""
        done = self.run(self.engine.jobs.run_once(name))
        self.settle()
        return done

    def wait(self, **duration: float) -> None:
        """Let time pass (arguments of timedelta)."""
        self.loop.elapsed += timedelta(**duration).total_seconds()

    def connect_channels(self) -> None:
        """Both channels set, as a custodian would leave them."""
        Channel.objects.create(kind="vip", chat_id=VIP, title="El Diván")
        Channel.objects.create(kind="free", chat_id=FREE, title="El vestíbulo", invite_link="https://t.me/+vestibulo")
        config.forget()

    def refused(self) -> list[Call]:
        """The calls Telegram answered with an error; "not modified" counts as success (M-CMD-6)."""
        return [call for call in self.world.calls if call.error and "is not modified" not in str(call.error)]

    def answers_to(self, query: str) -> list[Call]:
        """The answers the bot gave to one press."""
        calls = self.world.called("answerCallbackQuery")
        return [call for call in calls if call.params["callback_query_id"] == query]

    def deliver(self, update: dict) -> None:
        """Put an update into the inbox as it stands, also one that was there before, and work it."""
        self.run(units.run(inbox.store, [update], now=self.now()))
        self.settle()

    def fetch(self) -> None:
        """Store what waits at Telegram without working it."""
        self.run(self.engine.ingress.step())

    def plan(self, **fields) -> Plan:
        facts = {"name": "Luna llena", "days": 30, "price": Decimal(25), "currency": "USD"}
        return plans.create_plan(actor=audit.SHELL, now=self.now(), **facts | fields)

    def invitation(self, **terms) -> str:
        """A new invitation to the first plan, in clear."""
        plan = Plan.objects.first() or self.plan()
        return tokens.issue_tokens(actor=audit.SHELL, plan_id=plan.pk, now=self.now(), **terms)[0].token

    def settings(self, **values) -> None:
        """Change settings as a custodian would."""
        config.change(audit.SHELL, **values)

    def person(self, id: int = 501, first_name: str = "Ana", **facts) -> Person:
        return self.world.person(id, first_name=first_name, **facts)

    def custodian(self) -> Person:
        return self.world.person(CUSTODIAN, first_name="Marcos")

    def member(self, person: Person) -> Member:
        return Member.objects.get(telegram_id=person.id)

    def close(self) -> None:
        clock.use(None)
        config.forget()
        units.shutdown()
        self.loop.close()
