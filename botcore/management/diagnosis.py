"""What `manage.py doctor` looks at: one finding per thing, with what to do about it."""

import asyncio
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from email.utils import parsedate_to_datetime

import aiohttp
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.db import Error as DatabaseError

from botcore import channels, clock
from botcore.management.telegram import ask_telegram
from botcore.models import Channel
from botcore.outbox import Outcome
from botcore.telegram.about import About, ask_about_bot
from botcore.telegram.probes import probe_chat
from healthcheck import checks

GREEN, AMBER, RED = "ok", "warning", "error"

WRONG_CLOCK = timedelta(seconds=60)
RECENT_WEBHOOK_ERROR = timedelta(hours=1)


@dataclass(frozen=True)
class Finding:
    """`status` is ok, warning or error; `remedy` is empty where nothing need be done."""

    check: str
    status: str
    detail: str
    remedy: str = ""


def examine() -> Iterator[Finding]:
    """All findings, cheapest first; nothing here writes."""
    yield configuration()
    reachable = database()
    yield reachable
    if reachable.status != RED:
        yield migrations()
    yield cache_server()
    yield from telegram()
    if reachable.status != RED:
        yield running()
        yield jobs()
    yield machine_clock()


def configuration() -> Finding:
    problems = [problem.name for problem in settings.ENV_PROBLEMS]
    if problems:
        return Finding(
            "configuration", RED, "wrong: " + ", ".join(problems), "manage.py check_config says what is expected"
        )
    if settings.ENV_WARNINGS:
        return Finding("configuration", AMBER, "; ".join(settings.ENV_WARNINGS), "manage.py check_config")
    return Finding("configuration", GREEN, f"{settings.BOT_MODE}, zone {settings.TIME_ZONE}")


def database() -> Finding:
    found = _asked(checks.database)
    if isinstance(found, str):
        return Finding("database", RED, found, "start the server, or correct DATABASE_URL")
    return Finding("database", GREEN, str(found["engine"]))


def migrations() -> Finding:
    found = _asked(checks.migrations)
    if isinstance(found, str) or found["pending"]:
        return Finding(
            "migrations",
            RED,
            found if isinstance(found, str) else f"{found['pending']} pending",
            "manage.py migrate_locked",
        )
    if found["status"] == checks.DEGRADED:
        return Finding("migrations", AMBER, "the database is ahead of the code", "run the newer release again")
    return Finding("migrations", GREEN, "none pending")


def cache_server() -> Finding:
    try:
        found = asyncio.run(checks.cache_server())
    except Exception as error:
        return Finding("redis", AMBER, type(error).__name__, "Lucien works without it; start it, or correct REDIS_URL")
    return Finding("redis", GREEN, "not configured" if found["status"] == checks.OFF else "answers")


def telegram() -> Iterator[Finding]:
    if settings.ENV.is_bad("BOT_TOKEN"):
        yield Finding("token", RED, "not set", "BOT_TOKEN as @BotFather gave it")
        return
    about = ask_telegram(ask_about_bot)
    if not isinstance(about, About):
        refused = about.outcome is Outcome.CONFIGURATION
        remedy = "a new token from @BotFather" if refused else "try again; is the network open?"
        yield Finding("token", RED, about.detail, remedy)
        return
    yield Finding("token", GREEN, f"@{about.username}")
    yield webhook(about, now=clock.now())
    try:
        known = {channel.kind: channel for channel in Channel.objects.all()}
    except (DatabaseError, ImproperlyConfigured):
        return
    for kind in Channel.Kind.values:
        yield channel_rights(kind, known.get(kind))


def webhook(about: About, *, now: datetime) -> Finding:
    """Does what Telegram holds suit BOT_MODE, and does delivery work."""
    waiting = f"{about.waiting} updates wait"
    if settings.BOT_MODE == "polling":
        if about.webhook_url:
            return Finding(
                "webhook", AMBER, "set, though BOT_MODE is polling", "runbot removes it when it becomes active"
            )
        return Finding("webhook", GREEN, f"none, as polling wants it; {waiting}")
    if about.webhook_url != f"{settings.WEBHOOK_URL}/webhook":
        return Finding("webhook", RED, "not set to WEBHOOK_URL", "start runbot, which sets it")
    if about.webhook_error_at and now - about.webhook_error_at < RECENT_WEBHOOK_ERROR:
        return Finding("webhook", AMBER, about.webhook_error, "is WEBHOOK_URL reachable from outside?")
    return Finding("webhook", GREEN, waiting)


def channel_rights(kind: str, channel: Channel | None) -> Finding:
    name = f"{kind} channel"
    if channel is None:
        return Finding(name, RED, "not set", f"manage.py set_channel {kind} CHAT_ID, or /admin in the chat")

    facts = ask_telegram(lambda api: probe_chat(api, channel.chat_id))
    if facts is None:
        return Finding(name, AMBER, "Telegram gives no answer", "try again")
    missing = channels.missing_rights(facts)
    if missing:
        return Finding(name, RED, "missing: " + ", ".join(missing), "make the bot an administrator with these rights")
    warnings = channels.warnings_of(kind, facts)
    if warnings:
        return Finding(name, AMBER, ", ".join(warnings), "take its public name away, or have it ask for approval")
    return Finding(name, GREEN, facts.title)


def running() -> Finding:
    found = _asked(checks.bot)
    if isinstance(found, str):
        return Finding("bot", RED, found, "manage.py migrate_locked")
    age = found["heartbeat_age_s"]
    if age is None or age > checks.LOST_S:
        return Finding("bot", AMBER, "no active process", "start it: manage.py runbot")
    return Finding("bot", GREEN, f"heartbeat {age} s ago")


def jobs() -> Finding:
    found = _asked(checks.jobs)
    if isinstance(found, str):
        return Finding("jobs", RED, found, "manage.py migrate_locked")
    troubles = {
        f"late: {', '.join(found['late'])}": found["late"],
        f"inbox lags {found['inbox_lag_s']} s": found["inbox_lag_s"] >= checks.LAG_S,
        f"outbox lags {found['outbox_lag_s']} s": found["outbox_lag_s"] >= checks.LAG_S,
        f"{found['dead_letters']} dead letters in 24 h": found["dead_letters"],
        "the brake is pulled": found.get("reason") == "brake",
    }
    said = [words for words, met in troubles.items() if met]
    if said:
        return Finding("jobs", AMBER, "; ".join(said), "is runbot running? manage.py inbox, manage.py outbox, /admin")
    return Finding("jobs", GREEN, "on time")


def machine_clock() -> Finding:
    """This machine's clock against the Date of Telegram's servers; a server of one's own proves nothing."""
    if settings.ENV.is_set("TELEGRAM_API_URL"):
        return Finding("clock", GREEN, "not judged with TELEGRAM_API_URL")
    try:
        told = asyncio.run(_date_of(settings.TELEGRAM_API_URL))
    except (aiohttp.ClientError, OSError, TimeoutError, KeyError, ValueError) as error:
        return Finding("clock", AMBER, f"not judged: {type(error).__name__}", "try again")
    return judged_clock(told, clock.now())


def judged_clock(told: datetime, now: datetime) -> Finding:
    skew = round((now - told).total_seconds())
    if abs(skew) > WRONG_CLOCK.total_seconds():
        return Finding("clock", RED, f"{skew:+d} s against Telegram", "set the machine's clock (NTP)")
    return Finding("clock", GREEN, f"{skew:+d} s against Telegram")


async def _date_of(url: str) -> datetime:
    timeout = aiohttp.ClientTimeout(total=settings.TELEGRAM_TIMEOUT_S)
    async with aiohttp.ClientSession(timeout=timeout) as session, session.head(url) as response:
        return parsedate_to_datetime(response.headers["Date"])


def _asked(check: Callable[[datetime], checks.Facts]) -> checks.Facts | str:
    """What a health check says, or in a word why it could not be made."""
    try:
        return check(clock.now())
    except (DatabaseError, ImproperlyConfigured) as error:
        return type(error).__name__
