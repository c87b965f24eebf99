"""The whole bot against the Bot API world, in virtual time: updates in, calls out, nothing mocked."""

from datetime import UTC, datetime, timedelta

from botcore import clock, config, units
from botcore.models import Channel, Member
from botcore.sandbox.people import Person
from botcore.sandbox.session import WorldSession
from botcore.sandbox.world import World
from botcore.telegram.engine import Engine
from botcore.telegram.factory import make_bot
from tests.telegram.virtual_time import VirtualLoop

START = datetime(2026, 5, 1, 10, 0, tzinfo=UTC)
VIP, FREE = -1001000000001, -1001000000002
CUSTODIAN = 1001  # ADMIN_USER_IDS of the tests


class House:
    """`world` is Telegram, `engine` what `runbot` runs. `settle()` works until nobody has anything left to do."""

    def __init__(self, send_rate: int = 28) -> None:
        self.loop = VirtualLoop()
        self.start = START
        clock.use(self.now)
        config.forget()
        self.world = World(now=self.now)
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
