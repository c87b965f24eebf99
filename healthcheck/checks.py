"""The checks behind /health: read-only, quick, and silent about anything that is nobody's business (O-HEALTH-2)."""

from datetime import datetime, timedelta
from functools import cache

import redis.asyncio
from django.apps import apps
from django.conf import settings
from django.db import connection
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.recorder import MigrationRecorder
from django.db.models import Min

from botcore.heartbeats import here
from botcore.models import Heartbeat, Inbox, JobRun, Outbox
from subscriptions.models import Brake

OK, DEGRADED, ERROR, OFF = "ok", "degraded", "error", "off"

FRESH_S, LOST_S = 30, 120
STARTING_S = 120
SILENT_S = 120
LAG_S = 60
SLOW_S = 1.0
RECENT = timedelta(hours=24)

Facts = dict[str, object]


def database(now: datetime) -> Facts:
    """Does the database answer at all; how long it took is judged by the report."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
    return {"status": OK, "engine": connection.vendor}


def migrations(now: datetime) -> Facts:
    """Is the schema that of the code: behind is an error, ahead (a release was taken back) only degrades."""
    known, applied = _known_migrations(), set(MigrationRecorder(connection).applied_migrations())
    ours = {app.label for app in apps.get_app_configs()}
    pending = len(known - applied)
    ahead = any(app in ours for app, _ in applied - known)
    status = ERROR if pending else DEGRADED if ahead else OK
    return {"status": status, "pending": pending} | ({"reason": "ahead"} if ahead and not pending else {})


@cache
def _known_migrations() -> frozenset[tuple[str, str]]:
    return frozenset(MigrationLoader(None, ignore_no_migrations=True).disk_migrations)


def bot(now: datetime) -> Facts:
    """Does an active process live, and does Telegram talk to it."""
    active = Heartbeat.objects.filter(role=Heartbeat.Role.ACTIVE).order_by("-beat_at").first()
    facts: Facts = {
        "mode": active.mode if active else settings.BOT_MODE,
        "role": here.role,
        "heartbeat_age_s": _age(active and active.beat_at, now),
        "last_update_age_s": _age(active and active.update_at, now),
        "telegram_age_s": _age(active and active.telegram_at, now),
    }
    return _bot_status(active, now) | facts


def _bot_status(active: Heartbeat | None, now: datetime) -> Facts:
    if active is None or _age(active.beat_at, now) > LOST_S:
        starting = here.uptime() < STARTING_S
        return {"status": DEGRADED, "reason": "starting"} if starting else {"status": ERROR, "reason": "no_heartbeat"}
    if _age(active.beat_at, now) > FRESH_S:
        return {"status": DEGRADED, "reason": "late_heartbeat"}
    if _age(active.telegram_at or active.started_at, now) > SILENT_S:
        return {"status": DEGRADED, "reason": "telegram_silent"}
    return {"status": OK}


def jobs(now: datetime) -> Facts:
    """Do the jobs run, do updates and messages flow; never an error, for a dead bot shows in `bot`."""
    owed = Outbox.objects.filter(state=Outbox.State.PENDING, next_try_at__lte=now)
    facts: Facts = {
        "late": sorted(run.name for run in JobRun.objects.all() if _is_late(run, now)),
        "inbox_lag_s": _age(_oldest(Inbox.objects.filter(state=Inbox.State.NEW), "received_at"), now) or 0,
        "outbox_lag_s": _age(_oldest(owed, "next_try_at"), now) or 0,
        "dead_letters": Inbox.objects.filter(state=Inbox.State.DEAD, done_at__gt=now - RECENT).count()
        + Outbox.objects.filter(state=Outbox.State.FAILED, done_at__gt=now - RECENT).count(),
    }
    reasons = {
        "late_job": facts["late"],
        "lag": facts["inbox_lag_s"] >= LAG_S or facts["outbox_lag_s"] >= LAG_S,
        "dead_letters": facts["dead_letters"],
        "brake": Brake.objects.filter(decision=Brake.Decision.OPEN).exists(),
    }
    reason = next((word for word, met in reasons.items() if met), None)
    return ({"status": DEGRADED, "reason": reason} if reason else {"status": OK}) | facts


def _is_late(run: JobRun, now: datetime) -> bool:
    if run.succeeded_at is None:
        return run.failures > 1
    return now - run.succeeded_at > 2 * timedelta(seconds=run.period_s)


async def cache_server() -> Facts:
    """Does Redis answer; without one configured there is nothing to ask. Time-outs stand in its URL."""
    if not settings.REDIS_URL:
        return {"status": OFF}
    async with redis.asyncio.from_url(settings.REDIS_URL, retry=None) as client:
        await client.ping()
    return {"status": OK}


def _oldest(rows, field: str) -> datetime | None:
    return rows.aggregate(oldest=Min(field))["oldest"]


def _age(moment: datetime | None, now: datetime) -> int | None:
    return None if moment is None else max(0, round((now - moment).total_seconds()))
