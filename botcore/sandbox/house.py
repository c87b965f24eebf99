"""The trial `runbot --sandbox`: the whole system and a Telegram of its own in one process (O-PROC-9)."""

import asyncio
import secrets
import signal
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from django.conf import settings
from django.contrib.auth.models import User
from django.core.management import call_command
from django.db import connections

from botcore import units
from botcore.sandbox import demo
from botcore.sandbox.session import WorldSession
from botcore.sandbox.world import World
from botcore.telegram.factory import make_bot
from botcore.telegram.process import OK, Process
from botcore.telegram.tasks import wait_for_any

TOKEN = "7000000001:AASandboxSandboxSandboxSandboxSandb"
STAFF_NAME = "demo"
LOOK_AGAIN_S = 1.0


@dataclass
class Trial:
    """What the chat page shows: the world, and the link of an invitation nobody has used yet."""

    world: World
    invitation: str = ""
    notes: dict[int, str] = field(default_factory=dict)


trial: Trial | None = None


async def run_sandbox(app: Callable | None, *, version: str) -> int:
    """Stand by until no other trial runs, recreate and fill the throw-away database, then be a whole `runbot`.

    `app` and `version` as for Process; returns its exit code.
    """
    global trial
    if not settings.SANDBOX:
        raise RuntimeError("the settings were not read for the sandbox: start it with manage.py runbot --sandbox")
    world = World(token=TOKEN)
    bot = make_bot(WorldSession(world), token=TOKEN)
    process = Process(bot, app, version=version)
    if not await _hold_lock(process):
        return OK
    await units.run(_recreate_database)
    password = await units.run(_make_staff_user)
    told = await demo.play(world, bot)
    trial = Trial(world, told.invitation, told.notes)
    if process.stop.is_set():
        return OK
    _greet(password)
    return await process.run()


async def _hold_lock(process: Process) -> bool:
    """Wait for the lock of the bot tier; False when asked to stop meanwhile. The process finds it already held."""
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, process.stop.set)
    waiting = False
    while not process.stop.is_set():
        if process.lock.acquire():
            return True
        if not waiting:
            print("Another sandbox is running; this one stands by.", flush=True)
        waiting = True
        await wait_for_any(process.stop, timeout=LOOK_AGAIN_S)
    return False


def _recreate_database() -> None:
    connections.close_all()
    database = Path(settings.DATABASES["default"]["NAME"])
    for suffix in ("", "-wal", "-shm"):
        database.with_name(database.name + suffix).unlink(missing_ok=True)
    call_command("migrate_locked", verbosity=0)


def _make_staff_user() -> str:
    """Random, since HOST may open the trial to others."""
    password = secrets.token_urlsafe(6)
    User.objects.create_superuser(STAFF_NAME, password=password)
    return password


def _greet(password: str) -> None:
    host = "localhost" if settings.HOST in ("0.0.0.0", "127.0.0.1", "::") else settings.HOST
    base = f"http://{host}:{settings.PORT}"
    print(f"\n  Chat page   {base}/sandbox/\n  Staff site  {base}/admin/   {STAFF_NAME} / {password}\n", flush=True)
