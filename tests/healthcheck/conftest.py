"""Health checks run in threads of their own, so their tests run on committed data."""

import time

import pytest

from botcore import clock, heartbeats
from healthcheck import report


@pytest.fixture(autouse=True)
def _fresh_report(monkeypatch):
    """Nothing shared from the test before, and a process that is no longer starting."""
    monkeypatch.setattr(heartbeats, "here", heartbeats.here)
    monkeypatch.setattr(heartbeats.here, "role", "web")
    monkeypatch.setattr(heartbeats.here, "stopping", False)
    monkeypatch.setattr(heartbeats.here, "started", time.monotonic() - 600)
    report.forget()


@pytest.fixture
def ask(client, transactional_db):
    """Ask /health afresh; gives (status code, body)."""

    def ask(path: str = "/health") -> tuple[int, dict]:
        report.forget()
        response = client.get(path)
        return response.status_code, response.json()

    return ask


@pytest.fixture
def alive(transactional_db):
    """An active bot process that heard from Telegram just now."""
    now = clock.now()
    heartbeats.beat("one", role="active", now=now, telegram_at=now)
    return heartbeats
