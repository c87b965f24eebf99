"""GET /health and /health/live, as the platform and an operator meet them."""

import asyncio
import threading
import time
from datetime import timedelta

import pytest
from django.db import connection
from django.test import AsyncClient

from botcore import clock, heartbeats
from botcore.models import Heartbeat, Inbox, JobRun, Outbox
from healthcheck import checks, report
from subscriptions.models import Brake


def ago(**duration: float):
    return clock.now() - timedelta(**duration)


def test_all_well_is_healthy(ask, alive):
    """O-HEALTH-1: 200 with every check of the table."""
    status, body = ask()
    assert (status, body["status"]) == (200, "healthy")
    assert set(body) == {"status", "version", "commit", "time", "uptime_s", "checks"}
    assert {name: check["status"] for name, check in body["checks"].items() if name != "redis"} == dict.fromkeys(
        ("bot", "database", "migrations", "jobs"), "ok"
    )
    assert body["checks"]["database"]["engine"] == connection.vendor


@pytest.mark.parametrize("path", ["/health", "/health/live"])
def test_any_host_and_any_protocol(client, settings, alive, path):
    """O-HEALTH-3: answered although ALLOWED_HOSTS and TLS would turn the asker away; HEAD has no body; never stored."""
    settings.ALLOWED_HOSTS, settings.SECURE_SSL_REDIRECT = ["elsewhere.example"], True
    response = client.get(path, headers={"host": "healthcheck.railway.app"})
    assert (response.status_code, response["Cache-Control"]) == (200, "no-store")
    head = client.head(path, headers={"host": "10.0.0.7:8000"})
    assert (head.status_code, head.content) == (200, b"")
    assert client.post(path).status_code == 405


async def test_live_asks_nothing(settings):
    """O-HEALTH-3: `alive` over ASGI without a database at hand (this test has none)."""
    settings.ALLOWED_HOSTS = []
    response = await AsyncClient().get("/health/live")
    assert (response.status_code, response.json()) == (200, {"status": "alive"})


def test_stopping_is_said(ask, alive):
    """Operations §4: 503 `stopping` from the first signal on."""
    heartbeats.here.stopping = True
    assert ask()[0] == 503
    assert ask()[1]["status"] == "stopping"


@pytest.mark.parametrize(
    ("age", "young", "expected", "status"),
    [(3, False, "ok", 200), (60, False, "degraded", 200), (None, True, "degraded", 200), (None, False, "error", 503),
     (300, False, "error", 503)],
)  # fmt: skip
def test_the_bot_by_its_heartbeat(ask, monkeypatch, age, young, expected, status):
    """Operations §5, row bot: fresh, late, starting, lost."""
    if age is not None:
        heartbeats.beat("one", role="active", now=ago(seconds=age), telegram_at=clock.now())
    if young:
        monkeypatch.setattr(heartbeats.here, "started", time.monotonic())
    code, body = ask()
    assert (code, body["checks"]["bot"]["status"]) == (status, expected)


def test_a_standby_beside_an_active_process_is_well(ask, alive):
    """O-HEALTH-4: standing by counts as healthy."""
    heartbeats.here.role = "standby"
    code, body = ask()
    assert (code, body["checks"]["bot"]["role"]) == (200, "standby")


def test_a_standby_alone_is_not(ask, db):
    """Operations §5: a standby's own heartbeat is no sign of an active process."""
    heartbeats.beat("two", role="standby", now=clock.now())
    assert ask()[0] == 503


def test_silence_of_telegram_degrades(ask, alive):
    """Operations §5, row bot: nothing heard for more than two minutes."""
    Heartbeat.objects.update(telegram_at=ago(minutes=3))
    code, body = ask()
    assert (code, body["checks"]["bot"]["reason"]) == (200, "telegram_silent")


def late_job():
    JobRun.objects.create(name="expiry", period_s=60, succeeded_at=ago(seconds=121))


def failing_job():
    JobRun.objects.create(name="expiry", period_s=60, failures=2)


def waiting_update():
    Inbox.objects.create(update_id=1, lane=1, raw="{}", received_at=ago(seconds=61))


def waiting_message():
    Outbox.objects.create(key="k", chat_id=1, next_try_at=ago(seconds=61), created_at=ago(hours=2))


def dead_update():
    Inbox.objects.create(update_id=1, lane=1, raw="{}", state="dead", done_at=ago(hours=23))


def failed_message():
    Outbox.objects.create(key="k", chat_id=1, state="failed", done_at=ago(hours=23))


def pulled_brake():
    Brake.objects.create(pulled_at=clock.now(), count=500, limit=20)


@pytest.mark.parametrize(
    "trouble", [late_job, failing_job, waiting_update, waiting_message, dead_update, failed_message, pulled_brake]
)
def test_trouble_with_the_work_degrades(ask, alive, trouble):
    """Operations §5, row jobs: 200, for a dead bot shows in `bot`."""
    trouble()
    code, body = ask()
    assert (code, body["status"], body["checks"]["jobs"]["status"]) == (200, "degraded", "degraded")


def settled_things():
    JobRun.objects.create(name="expiry", period_s=60, succeeded_at=ago(seconds=119))
    Inbox.objects.create(update_id=1, lane=1, raw="{}", state="dead", done_at=ago(hours=25))
    Outbox.objects.create(key="k", chat_id=1, next_try_at=clock.now() + timedelta(hours=1), created_at=ago(hours=2))
    Brake.objects.create(pulled_at=ago(hours=1), count=500, limit=20, decision="proceed")


def test_what_is_settled_or_not_due_does_not(ask, alive):
    """Operations §5, row jobs: the other side of each bound."""
    settled_things()
    assert ask()[1]["checks"]["jobs"]["status"] == "ok"


def test_pending_migrations_are_an_error(ask, alive, monkeypatch):
    """Operations §5, row migrations: code newer than the database."""
    known = checks._known_migrations() | {("botcore", "9999_next")}
    monkeypatch.setattr(checks, "_known_migrations", lambda: known)
    code, body = ask()
    assert (code, body["checks"]["migrations"]["pending"]) == (503, 1)


def test_a_database_ahead_of_the_code_degrades(ask, alive, monkeypatch):
    """Operations §5, row migrations: a release was taken back."""
    known = checks._known_migrations() - {("botcore", "0001_initial")}
    monkeypatch.setattr(checks, "_known_migrations", lambda: known)
    code, body = ask()
    assert (code, body["checks"]["migrations"]["status"]) == (200, "degraded")


def test_a_broken_database_is_a_word(ask, monkeypatch):
    """O-HEALTH-2: no exception text leaves; the other checks are still made."""
    from django.db import OperationalError

    def broken(now):
        raise OperationalError('connection to server at "db.internal", port 5432 failed for user "lucien"')

    monkeypatch.setattr(checks, "database", broken)
    code, body = ask()
    assert (code, body["checks"]["database"]["error"]) == (503, "refused")
    assert "internal" not in str(body)
    assert "lucien" not in str(body)


def test_a_missing_table_is_a_word(ask, alive):
    """O-HEALTH-2: the word for an empty database, on both engines."""
    with connection.schema_editor() as editor:
        editor.alter_db_table(Heartbeat, "botcore_heartbeat", "elsewhere")
    try:
        code, body = ask()
    finally:
        with connection.schema_editor() as editor:
            editor.alter_db_table(Heartbeat, "elsewhere", "botcore_heartbeat")
    assert (code, body["checks"]["bot"]["error"]) == (503, "missing_table")


def test_a_hanging_database_is_waited_for_two_seconds_only(ask, alive, monkeypatch):
    """O-HEALTH-1: never more than 2.5 s, and one thread per hanging check however often it is asked."""
    released, calls = threading.Event(), []

    def hang(now):
        calls.append(now)
        released.wait(10)
        return {"status": "ok"}

    monkeypatch.setattr(checks, "database", hang)
    started = time.monotonic()
    try:
        code, body = ask()
        assert time.monotonic() - started < 2.5
        assert (code, body["checks"]["database"]["error"]) == (503, "timeout")
        ask()
        assert len(calls) == 1
    finally:
        released.set()


def test_redis_that_never_answers_degrades(ask, alive, settings, deaf_server):
    """O-HEALTH-5: configured and hanging: 200, degraded, and soon."""
    settings.REDIS_URL = f"redis://127.0.0.1:{deaf_server}/0?socket_timeout=0.25&socket_connect_timeout=0.25"
    started = time.monotonic()
    code, body = ask()
    assert (code, body["checks"]["redis"]["status"], body["checks"]["redis"]["error"]) == (200, "degraded", "timeout")
    assert time.monotonic() - started < 1.5


def test_without_redis_it_is_off(ask, alive, settings):
    """Operations §5, row redis: not configured is no trouble."""
    settings.REDIS_URL = None
    assert ask()[1]["checks"]["redis"] == {"status": "off", "latency_ms": None}


def test_the_result_is_shared_for_a_second(ask, client, alive):
    """O-HEALTH-1: a crowd of probes costs the database one look."""
    ask()
    Heartbeat.objects.all().delete()
    assert client.get("/health").status_code == 200
    report.forget()
    assert client.get("/health").status_code == 503


def test_it_writes_nothing_and_needs_little_time(ask, alive):
    """Operations §5: it never writes; O-HEALTH-1: well below 100 ms when all is well."""
    ask()
    tables = [list(model.objects.values()) for model in (Heartbeat, JobRun, Inbox, Outbox)]
    started = time.monotonic()
    for _ in range(5):
        ask()
    assert (time.monotonic() - started) / 5 < 0.1
    assert tables == [list(model.objects.values()) for model in (Heartbeat, JobRun, Inbox, Outbox)]


@pytest.fixture
def deaf_server():
    """A server that accepts connections and never says a word; gives its port."""
    loop = asyncio.new_event_loop()

    async def start():
        async def accept(reader, writer):
            await reader.read()
            writer.close()

        return await asyncio.start_server(accept, "127.0.0.1", 0)

    server = loop.run_until_complete(start())
    thread = threading.Thread(target=loop.run_forever)
    thread.start()
    yield server.sockets[0].getsockname()[1]

    async def stop():
        server.close()
        await asyncio.sleep(0.1)
        for task in asyncio.all_tasks() - {asyncio.current_task()}:
            task.cancel()

    asyncio.run_coroutine_threadsafe(stop(), loop).result()
    loop.call_soon_threadsafe(loop.stop)
    thread.join()
    loop.close()
