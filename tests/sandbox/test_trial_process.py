"""`runbot --sandbox` as a process, in a copy of the project: its database lies beside the code and is thrown away."""

import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

import pytest
from django.conf import settings

PACKAGES = ("botcore", "content", "healthcheck", "lucien", "subscriptions")
UNREAD = {
    "DATABASE_URL": "mysql://nowhere/x",
    "BOT_TOKEN": "none",
    "BOT_MODE": "webhook",
    "REDIS_URL": "redis://127.0.0.1:9",
}
PATIENCE_S = 60


class Trial:
    """One process; what it prints goes to a file, which is read as it grows."""

    def __init__(self, project: Path) -> None:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        self.log = project / f"{self.port}.log"
        mine = {name: value for name, value in os.environ.items() if name not in ("DATABASE_URL", "REDIS_URL")}
        command = [sys.executable, "manage.py", "runbot", "--sandbox"]
        with self.log.open("w") as log:
            environment = mine | UNREAD | {"PORT": str(self.port), "DJANGO_SETTINGS_MODULE": "lucien.settings"}
            self.process = subprocess.Popen(command, cwd=project, env=environment, stdout=log, stderr=log)

    def says(self, words: str) -> bool:
        deadline = time.monotonic() + PATIENCE_S
        while time.monotonic() < deadline and self.process.poll() is None:
            if words in self.log.read_text():
                return True
            time.sleep(0.1)
        raise AssertionError(self.log.read_text())

    def status(self, path: str) -> int:
        with urllib.request.urlopen(f"http://127.0.0.1:{self.port}{path}", timeout=10) as response:
            return response.status

    def stop(self) -> int:
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(timeout=15)


@pytest.fixture
def project(tmp_path):
    for package in PACKAGES:
        ignored = shutil.ignore_patterns("__pycache__")
        shutil.copytree(settings.BASE_DIR / package, tmp_path / package, ignore=ignored)
    shutil.copy(settings.BASE_DIR / "manage.py", tmp_path)
    return tmp_path


@pytest.fixture
def start(project):
    started = []

    def start() -> Trial:
        started.append(Trial(project))
        return started[-1]

    yield start
    for trial in started:
        trial.process.kill()
        trial.process.wait()


@pytest.mark.slow
def test_the_trial_needs_nothing_and_a_second_one_stands_by(start):
    """O-PROC-9, O-PROC-1: no token, no server; a second one waits and takes over; all end with 0."""
    first = start()
    assert first.says("Uvicorn running")
    assert [first.status(path) for path in ("/sandbox/", "/sandbox/state", "/health", "/admin/login/")] == [200] * 4
    second = start()
    assert second.says("stands by")
    assert first.status("/health/live") == 200
    assert first.stop() == 0
    assert second.says("Uvicorn running")
    assert second.status("/sandbox/") == 200
    third = start()
    assert third.says("stands by")
    assert (third.stop(), second.stop()) == (0, 0)
