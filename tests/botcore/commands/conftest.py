"""Operator commands, beside a Bot API server on loopback."""

import asyncio
import io
import json
import threading
from dataclasses import dataclass

import pytest
from aiohttp import web
from django.core.management import call_command

from botcore import config
from botcore.sandbox.server import make_app
from botcore.sandbox.world import World


@dataclass
class Done:
    """What a command printed."""

    out: str

    @property
    def json(self) -> dict:
        return json.loads(self.out)

    @property
    def lines(self) -> list[str]:
        return self.out.splitlines()


@pytest.fixture
def run(db):
    """Run a command as from a shell; CommandError and SystemExit pass through."""

    def run(*arguments: str) -> Done:
        out = io.StringIO()
        call_command(*arguments, stdout=out)
        config.forget()
        return Done(out.getvalue())

    return run


@pytest.fixture
def world(settings):
    """A world with its HTTP face in a thread of its own; the commands ask it instead of Telegram."""
    world = World(token=settings.BOT_TOKEN)
    server = _Server(world)
    settings.TELEGRAM_API_URL = f"http://127.0.0.1:{server.port}"
    yield world
    server.close()


class _Server:
    def __init__(self, world: World) -> None:
        self.loop = asyncio.new_event_loop()
        self.port = self.loop.run_until_complete(self._start(world))
        self.thread = threading.Thread(target=self.loop.run_forever)
        self.thread.start()

    async def _start(self, world: World) -> int:
        self.runner = web.AppRunner(make_app(world), access_log=None)
        await self.runner.setup()
        await web.TCPSite(self.runner, "127.0.0.1", 0).start()
        return self.runner.addresses[0][1]

    def close(self) -> None:
        asyncio.run_coroutine_threadsafe(self.runner.cleanup(), self.loop).result()
        self.loop.call_soon_threadsafe(self.loop.stop)
        self.thread.join()
        self.loop.close()
