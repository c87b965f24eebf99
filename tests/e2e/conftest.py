"""A world, a migrated database on the engine of this run, and processes that are gone after the test."""

import os
import time
from contextlib import ExitStack

import pytest
from django.conf import settings

from tests.e2e.processes import BotProcess, WorldProcess, own_database

SQLITE = settings.DATABASES["default"]["ENGINE"].endswith("sqlite3")
ENGINE, SERVER = ("sqlite", "") if SQLITE else ("postgres", os.environ["DATABASE_URL"])
ANA = 501


@pytest.fixture(scope="session")
def migrated(tmp_path_factory):
    """Migrated once; every test works on a copy."""
    with own_database(ENGINE, SERVER, name="template") as url:
        BotProcess("", url, log=tmp_path_factory.mktemp("migrate") / "log").manage("migrate -v0")
        yield url


class House:
    """One world with Ana in it, one database, and whatever processes a test starts there."""

    def __init__(self, stack: ExitStack, migrated: str, folder) -> None:
        self.stack, self.folder, self.bots = stack, folder, []
        self.world = WorldProcess(rate_limits=False)
        stack.callback(self.world.stop)
        self.database = stack.enter_context(own_database(ENGINE, SERVER, template=migrated))
        self.world.post("person", id=ANA, first_name="Ana")

    def bot(self, *arguments: str, **options) -> BotProcess:
        """A process not yet started; without the web part unless `PORT` is given."""
        arguments = arguments or (() if "PORT" in options else ("--no-web",))
        options = {"database": self.database, "log": self.folder / f"{len(self.bots)}.log"} | options
        self.bots.append(
            BotProcess(options.pop("api_url", self.world.url), options.pop("database"), *arguments, **options)
        )
        self.stack.callback(self.bots[-1].kill)
        return self.bots[-1]

    def seconds_to_answer(self, text: str = "/estado", patience: float = 30) -> float:
        """Ana writes; after how many seconds she reads an answer."""
        began, before = time.monotonic(), self.ana_reads()
        self.world.act(ANA, "send", text)
        return self.seconds_until(lambda: self.ana_reads() > before, began, patience)

    def seconds_until(self, condition, began: float, patience: float = 30) -> float:
        while not condition():
            assert time.monotonic() - began < patience, "\n".join(bot.says() for bot in self.bots)
            time.sleep(0.02)
        return time.monotonic() - began

    def ana_reads(self) -> int:
        return len(self.world.messages(ANA))


@pytest.fixture
def house(migrated, tmp_path):
    with ExitStack() as stack:
        yield House(stack, migrated, tmp_path)
