"""Real processes for tests: the Bot API world over HTTP and `runbot` pointed at it, on a database of their own."""

import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Callable
from contextlib import contextmanager
from pathlib import Path

import psycopg

ROOT = Path(__file__).parents[2]
TOKEN = "123456789:AAtestestestestestestestestestestest"
CUSTODIAN = 1001
VIP, FREE = -1001000000001, -1001000000002
SET_UP = "import django, manage, os; os.environ['DJANGO_SETTINGS_MODULE'] = 'lucien.settings'; django.setup()"

RUN_ALL = """
import shlex, sys
from django.core.management import call_command
for line in sys.argv[1:]:
    call_command(*shlex.split(line))
"""


class WorldProcess:
    """The world in a process of its own; `act`, `messages` … speak to its control face."""

    def __init__(self, *, rate_limits: bool = True) -> None:
        options = [] if rate_limits else ["--no-rate-limits"]
        command = [sys.executable, "-m", "botcore.sandbox.server", "--token", TOKEN, *options]
        self.process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)
        self.url = f"http://127.0.0.1:{self.process.stdout.readline().strip()}"

    def post(self, name: str, **body: object):
        request = urllib.request.Request(f"{self.url}/control/{name}", json.dumps(body).encode(), method="POST")
        return self._result(request)

    def get(self, name: str, **query: object):
        return self._result(f"{self.url}/control/{name}?{urllib.parse.urlencode(query)}")

    def act(self, person: int, act: str, *arguments: object, **options: object):
        return self.post("act", person=person, act=act, args=list(arguments), **options)

    def messages(self, chat: int) -> list[dict]:
        return self.get("messages", chat=chat)

    def stop(self) -> None:
        self.process.kill()
        self.process.communicate()

    @staticmethod
    def _result(request):
        with urllib.request.urlopen(request, timeout=20) as answer:
            return json.load(answer)["result"]


class BotProcess:
    """`manage.py runbot` with an environment of its own; `extra` are further variables, None leaves one out.

    `prelude` is Python that runs once Django is set up, to shorten a patience or to break something inside.
    """

    def __init__(
        self, api_url: str, database: str, *arguments: str, log: Path, prelude: str = "", **extra: str | None
    ) -> None:
        self.environment = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
        values = {
            "BOT_TOKEN": TOKEN,
            "ADMIN_USER_IDS": str(CUSTODIAN),
            "SECRET_KEY": "only-the-tests-use-this-key-0123456789-abcdefghijklmnopqrst",
            "TELEGRAM_API_URL": api_url,
            "DATABASE_URL": database,
            "LUCIEN_ENV_FILE": os.devnull,
            **extra,
        }
        self.environment |= {name: value for name, value in values.items() if value is not None}
        self.arguments = arguments
        self.log = log
        self.prelude = prelude
        self.process: subprocess.Popen | None = None

    def start(self) -> "BotProcess":
        main = ["-c", f"{SET_UP}\n{self.prelude}\nmanage.main()"] if self.prelude else ["manage.py"]
        command = [sys.executable, *main, "runbot", *self.arguments]
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(command, cwd=ROOT, env=self.environment, stdout=log, stderr=log)
        return self

    def manage(self, *commands: str) -> str:
        """Run manage.py commands, each as one would type it, one after another; their standard output."""
        command = [sys.executable, "-c", f"{SET_UP}\n{RUN_ALL}", *commands]
        return subprocess.run(
            command, cwd=ROOT, env=self.environment, check=True, capture_output=True, text=True
        ).stdout

    def says(self) -> str:
        """All it has printed so far."""
        return self.log.read_text()

    def wait(self, seconds: float = 40) -> int:
        """Until it ends by itself; the exit code."""
        return self.process.wait(seconds)

    def kill(self) -> None:
        if self.process:
            self.process.kill()
            self.process.wait()

    def terminate(self, seconds: float = 20) -> int:
        """SIGTERM; the exit code."""
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(seconds)


def eventually(condition: Callable[[], object], seconds: float = 30, every: float = 0.1):
    """The first true value of `condition`; AssertionError after `seconds`."""
    deadline = time.monotonic() + seconds
    while True:
        try:
            if value := condition():
                return value
        except (urllib.error.URLError, ConnectionError):
            pass
        if time.monotonic() > deadline:
            raise AssertionError(f"not within {seconds} s: {condition}")
        time.sleep(every)


@contextmanager
def own_database(engine: str, server: str = "", *, template: str = "", name: str = "own"):
    """The URL of an empty database: a SQLite file, or one created on the PostgreSQL server of URL `server`.

    `template` is the URL of another such database, whose copy it is then; `name` tells several at a time apart.
    """
    if engine == "sqlite":
        with tempfile.TemporaryDirectory() as folder:
            if template:
                shutil.copy(template.removeprefix("sqlite:///"), f"{folder}/own.sqlite3")
            yield f"sqlite:///{folder}/own.sqlite3"
        return
    base, name = server.rpartition("/")[0], f"lucien_{name}_{os.getpid()}"
    with psycopg.connect(f"{base}/postgres", autocommit=True) as admin:
        admin.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
        admin.execute(f"CREATE DATABASE {name} TEMPLATE {template.rpartition('/')[2] or 'template1'}")
    try:
        yield f"{base}/{name}"
    finally:
        with psycopg.connect(f"{base}/postgres", autocommit=True) as admin:
            admin.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")


@contextmanager
def query(database: str):
    """Run SQL on a database URL from outside Django: yields a function sql -> rows."""
    if database.startswith("sqlite"):
        import sqlite3

        connection = sqlite3.connect(database.removeprefix("sqlite:///"), timeout=20)
    else:
        connection = psycopg.connect(database, autocommit=True)
    try:
        yield lambda sql: _rows(connection.execute(sql))
    finally:
        connection.close()


def _rows(cursor) -> list[tuple]:
    return cursor.fetchall() if cursor.description else []
