"""The environment: one table of every variable, read once, checked at once, never raising.

`load()` gives a value for every variable whatever the environment holds and lists what is wrong.
`settings.py` publishes the result; `require()` is where a process that needs a variable stops (exit code 2).
"""

import hashlib
import hmac
import io
import os
import re
import sys
import tempfile
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, ClassVar

import environ
from django.core.management.utils import get_random_secret_key

from lucien import parsers
from lucien.parsers import Invalid, Parser, boolean, matching, one_of, text, whole

BASE_DIR = Path(__file__).resolve().parent.parent

# Switches that our own entry points and tests set; they steer the reading of the table and are not in it.
SANDBOX_SWITCH = "LUCIEN_SANDBOX"
ENV_FILE_SWITCH = "LUCIEN_ENV_FILE"

DEMO_CUSTODIAN = 1001
EXAMPLE_KEY = "example-only:put-the-60-characters-of-the-command-in-the-README-here"

_LOCAL_HOSTS = ("localhost", "127.0.0.1")
_RAILWAY_CHECK_HOST = "healthcheck.railway.app"
# Two edits away from HOST or PORT, and common in an environment.
_NO_MISTAKES = {"HOME", "PGHOST", "PGPORT"}


@dataclass(frozen=True)
class Variable:
    """One row of the table.

    `default` is text like any value, so it passes the same parser; '' = no value, which reads as `empty`.
    `sandbox` is the text that holds in the trial, where the environment is not asked; None = read as ever.
    """

    name: str
    default: str
    parse: Parser
    expects: str
    example: str
    secret: bool = False
    required: bool = False
    sandbox: str | None = None
    empty: Any = None
    alias: str = ""


@dataclass(frozen=True)
class Problem:
    """What is wrong with one variable; its text never holds a value of a secret one."""

    name: str
    what: str
    expected: str
    example: str

    def __str__(self) -> str:
        return f"{self.name}: {self.what}. Expected: {self.expected}. Example: {self.example}"


@dataclass
class Environment:
    """The outcome of reading: every name has a value and an origin (`env`, `default`, `derived`)."""

    source: Mapping[str, str]
    sandbox: bool
    data_dir: Path
    values: dict[str, Any] = field(default_factory=dict)
    origins: dict[str, str] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)

    def __getitem__(self, name: str) -> Any:
        return self.values[name]

    def is_set(self, name: str) -> bool:
        return self.origins[name] == "env"

    def is_bad(self, name: str) -> bool:
        return any(problem.name == name for problem in self.problems)

    def derive(self, name: str, value: Any) -> None:
        """Give a variable that is not set a value that follows from others."""
        if not self.is_set(name) and not self.is_bad(name):
            self.values[name], self.origins[name] = value, "derived"

    def complain(self, name: str, what: str) -> None:
        variable = BY_NAME[name]
        self.problems.append(Problem(name, what, variable.expects, variable.example))


def _switch(name: str, default: str = "0") -> Variable:
    return Variable(name, default, boolean, "1/0, true/false, yes/no or on/off", "1")


def _number(name: str, default: int, lowest: int, highest: int, what: str = "a whole number") -> Variable:
    return Variable(name, str(default), whole(lowest, highest), f"{what} from {lowest} to {highest}", str(default))


_seconds = "seconds, a whole number"
_hour = "an hour of the display zone, a whole number"

TABLE: tuple[Variable, ...] = (
    Variable(
        "BOT_TOKEN",
        "",
        matching(r"\d{6,}:[A-Za-z0-9_-]{30,}"),
        "the token @BotFather gave, digits, a colon and at least 30 characters",
        "123456789:AAExampleExampleExampleExampleExampl",
        secret=True,
        required=True,
        sandbox="",
    ),
    Variable(
        "ADMIN_USER_IDS",
        "",
        parsers.telegram_ids,
        "Telegram ids from 1 to 2^52 with commas or spaces between; the first is the super custodian",
        "111222333,444555666",
        required=True,
        empty=(),
    ),
    Variable(
        "BOT_MODE",
        "polling",
        one_of("polling", "webhook"),
        "polling or webhook",
        "polling",
        sandbox="polling",
    ),
    Variable(
        "WEBHOOK_URL",
        "",
        parsers.origin_url,
        "an https URL without path, query or user (http only with TELEGRAM_API_URL)",
        "https://lucien.example.com",
    ),
    Variable(
        "WEBHOOK_SECRET",
        "",
        matching(r"[A-Za-z0-9_-]{16,256}"),
        "16 to 256 characters of A-Z a-z 0-9 _ -",
        "a-long-word-only-Telegram-knows",
        secret=True,
    ),
    _number("WEBHOOK_MAX_CONNECTIONS", 40, 1, 100),
    Variable(
        "TELEGRAM_API_URL",
        "https://api.telegram.org",
        parsers.url,
        "an http or https URL without user, query or fragment",
        "http://127.0.0.1:8081",
        sandbox="https://api.telegram.org",
    ),
    _switch("TELEGRAM_API_LOCAL"),
    _number("TELEGRAM_TIMEOUT_S", 10, 2, 60, _seconds),
    Variable(
        "DATABASE_URL",
        "sqlite:///data/lucien.sqlite3",
        parsers.database_url(BASE_DIR),
        "sqlite:///file, postgres://… or postgresql://… with the name of a database",
        "postgres://user:password@host:5432/lucien",
        secret=True,
        sandbox="sqlite:///data/sandbox.sqlite3",
    ),
    _number("DB_POOL_MAX", 10, 1, 100),
    _number("DB_WAIT_S", 60, 0, 600, _seconds),
    Variable(
        "REDIS_URL",
        "",
        parsers.redis_url,
        "redis://… or rediss://…, at most with the number of a database at its end",
        "redis://127.0.0.1:6379/0",
        secret=True,
        sandbox="",
    ),
    Variable(
        "SECRET_KEY",
        "",
        parsers.secret_key(EXAMPLE_KEY),
        "at least 50 random characters, at least 5 different ones",
        "the output of: python3 -c 'import secrets; print(secrets.token_urlsafe(60))'",
        secret=True,
    ),
    _switch("DEBUG"),
    Variable(
        "ALLOWED_HOSTS",
        "localhost,127.0.0.1",
        parsers.hosts,
        "host names with commas between; * only with DEBUG=1",
        "lucien.example.com,localhost",
    ),
    Variable(
        "CSRF_TRUSTED_ORIGINS",
        "",
        parsers.origins,
        "origins with scheme, commas between",
        "https://lucien.example.com",
        empty=(),
    ),
    _number("PORT", 8000, 1, 65535, "a port, a whole number"),
    Variable("HOST", "0.0.0.0", matching(r"[A-Za-z0-9.:-]{1,253}"), "an address to listen on", "127.0.0.1"),
    _number("WEB_CONCURRENCY", 2, 1, 32),
    Variable(
        "TIME_ZONE",
        "UTC",
        parsers.time_zone,
        "an IANA time zone",
        "America/Mexico_City",
        alias="DISPLAY_TIME_ZONE",
    ),
    Variable("CREATOR_NAME", "Diana", text(1, 40), "1 to 40 characters", "Diana"),
    Variable(
        "CREATOR_USERNAME",
        "",
        matching(r"@([A-Za-z0-9_]{4,32})"),
        "a public Telegram name with its @",
        "@diana",
    ),
    Variable("VIP_CHANNEL_ID", "", parsers.channel_id, "a channel id, -100…", "-1001234567890"),
    Variable(
        "FREE_CHANNEL_ID",
        "",
        parsers.channel_id,
        "a channel id, -100…, not that of the VIP channel",
        "-1009876543210",
    ),
    Variable(
        "FREE_CHANNEL_INVITE_LINK",
        "",
        matching(r"https://t\.me/[A-Za-z0-9_+/-]+"),
        "https://t.me/…",
        "https://t.me/+AbCdEfGhIjKlMnOp",
        secret=True,
    ),
    _number("FREE_WAIT_MINUTES", 4, 0, 10080, "minutes, a whole number"),
    Variable(
        "LOG_LEVEL",
        "INFO",
        one_of("DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL"),
        "DEBUG, INFO, WARNING, ERROR or CRITICAL",
        "INFO",
    ),
    Variable("LOG_FORMAT", "json", one_of("json", "console"), "json or console", "console"),
    Variable(
        "SENTRY_DSN",
        "",
        parsers.dsn,
        "the DSN of a Sentry project",
        "https://key@sentry.example.com/1",
        secret=True,
        sandbox="",
    ),
    Variable("SENTRY_ENVIRONMENT", "production", text(1, 64), "1 to 64 characters", "production"),
    Variable("METRICS_TOKEN", "", text(16, 512), "at least 16 characters", "sixteen-or-more-chars", secret=True),
    Variable("ALERT_CHAT_ID", "", parsers.chat_id, "the id of a chat, a whole number", "-1001234567890"),
    _number("ALERT_DEDUP_SECONDS", 300, 10, 86400, _seconds),
    _switch("SILK_ENABLED"),
    _switch("DIAGNOSTICS_ENABLED"),
    _switch("MIGRATE_ON_START", "1"),
    _number("EXPIRY_S", 60, 5, 3600, _seconds),
    _number("REMOVALS_S", 15, 5, 3600, _seconds),
    _number("FREE_QUEUE_S", 30, 5, 3600, _seconds),
    _number("LINKS_S", 60, 5, 3600, _seconds),
    _number("REMINDERS_S", 300, 5, 3600, _seconds),
    _number("RIGHTS_S", 300, 5, 3600, _seconds),
    _number("DRIFT_HOUR", 4, 0, 23, _hour),
    _number("DIGEST_HOUR", 9, 0, 23, _hour),
    _number("HOUSEKEEPING_HOUR", 3, 0, 23, _hour),
    _number("BACKUP_HOUR", 2, 0, 23, _hour),
    _number("SEND_RATE", 28, 1, 1000, "messages per second, a whole number"),
    _number("CAST_IN_FLIGHT", 10, 1, 50),
    _number("KICK_BRAKE_MIN", 20, 1, 10000),
    _number("KICK_BRAKE_PERCENT", 10, 1, 100),
    _number("INBOX_KEEP_DAYS", 7, 1, 365, "days, a whole number"),
    _number("OUTBOX_KEEP_DAYS", 30, 1, 365, "days, a whole number"),
    _number("DEAD_KEEP_DAYS", 90, 1, 365, "days, a whole number"),
    Variable(
        "BACKUP_DIR",
        "",
        parsers.writable_directory,
        "an existing directory that can be written to",
        "/var/backups",
    ),
    Variable("BACKUP_KEEP", "7d4w", matching(r"[0-9]{1,3}d[0-9]{1,3}w"), "days and weeks to keep: NdNw", "7d4w"),
    _number("SHUTDOWN_S", 10, 3, 60, _seconds),
)
BY_NAME = {variable.name: variable for variable in TABLE}
NAMES = frozenset(BY_NAME) | {variable.alias for variable in TABLE if variable.alias}


def read(env_file: Path | None = None) -> tuple[dict[str, str], list[str]]:
    """The process environment over the lines of `.env`, and warnings about lines that say nothing.

    A variable of the process wins even when empty: `REDIS_URL= make run` switches a line of the file off.
    """
    path = env_file or Path(os.environ.get(ENV_FILE_SWITCH) or BASE_DIR / ".env")
    try:
        lines = path.read_text("utf-8").splitlines()
    except FileNotFoundError:
        lines = []
    except (OSError, UnicodeDecodeError):
        return dict(os.environ), [f"{path.name} cannot be read and is ignored"]
    assignment = re.compile(r"(export )?\w+=.*", re.ASCII)
    odd = [n for n, line in enumerate(lines, 1) if not assignment.match(line) and line.split("#")[0].strip()]

    class File(environ.Env):
        ENVIRON: ClassVar[dict[str, str]] = {}

    # Other lines stay out: django-environ would log them, and one of them may be a token.
    File.read_env(io.StringIO("\n".join(filter(assignment.match, lines))))
    return File.ENVIRON | dict(os.environ), [f"{path.name} line {n} is not NAME=value and is ignored" for n in odd]


def load(source: Mapping[str, str], *, sandbox: bool = False, data_dir: Path = BASE_DIR / "data") -> Environment:
    """Check every variable of `source`.

    Args: `source` environment by name; `sandbox` whether what the trial must not read is left unread;
    `data_dir` where a generated key lies. Returns values, origins, problems and warnings; never raises.
    """
    env = Environment(source, sandbox, data_dir)
    for variable in TABLE:
        _read_one(env, variable)
    for rule in (_secret_key, _network, _telegram, _channels, _logs, _alerts, _warn):
        rule(env)
    order = list(BY_NAME)
    env.problems.sort(key=lambda problem: order.index(problem.name))
    return env


def _read_one(env: Environment, variable: Variable) -> None:
    name = variable.name
    asked = not env.sandbox or variable.sandbox is None
    default = variable.default if asked else variable.sandbox
    env.values[name], env.origins[name] = variable.parse(default) if default else variable.empty, "default"
    given = next((env.source[key].strip() for key in (name, variable.alias) if env.source.get(key, "").strip()), "")
    if asked and given:
        try:
            env.values[name], env.origins[name] = variable.parse(given), "env"
        except Invalid as error:
            env.complain(name, str(error))
        except Exception:  # a parser of a library met something unforeseen; its words may hold the value
            env.complain(name, "cannot be read")
    elif asked and variable.required and not env.sandbox:
        env.complain(name, "is not set")


def _secret_key(env: Environment) -> None:
    if env["SECRET_KEY"]:
        return
    if not env.sandbox and not env["DEBUG"] and not env.is_bad("SECRET_KEY"):
        env.complain("SECRET_KEY", "is not set")
    # What needs no key (collectstatic, migrate) still runs; nothing signed with it outlives the process.
    env.values["SECRET_KEY"] = get_random_secret_key()
    if env.sandbox or env["DEBUG"]:
        env.derive("SECRET_KEY", generated_key(env.data_dir))


def generated_key(directory: Path) -> str:
    """The key kept in `directory`, made at first use; where nothing can be written, one for this process."""
    path = directory / "secret_key"
    try:
        directory.mkdir(parents=True, exist_ok=True)
        if not path.exists():
            _write_once(path, get_random_secret_key())
        return path.read_text("ascii").strip()
    except (OSError, UnicodeDecodeError):
        return get_random_secret_key()


def _write_once(path: Path, content: str) -> None:
    """Two processes may start at once: both end up with the key of whoever linked first, whole."""
    handle, temporary = tempfile.mkstemp(dir=path.parent)  # mode 0600
    try:
        with os.fdopen(handle, "w") as stream:
            stream.write(content)
        os.link(temporary, path)
    except FileExistsError:
        pass
    finally:
        os.unlink(temporary)


def _network(env: Environment) -> None:
    domain = env.source.get("RAILWAY_PUBLIC_DOMAIN", "").strip()
    if env.sandbox:
        env.derive("HOST", "127.0.0.1")
    if domain:
        env.derive("WEBHOOK_URL", f"https://{domain}")
    env.derive("ALLOWED_HOSTS", (*env["ALLOWED_HOSTS"], *filter(None, [domain]), _RAILWAY_CHECK_HOST))
    if "*" in env["ALLOWED_HOSTS"] and not env["DEBUG"]:
        env.complain("ALLOWED_HOSTS", "is * without DEBUG=1")
    public = [h for h in env["ALLOWED_HOSTS"] if h not in (*_LOCAL_HOSTS, "*", "[::1]", _RAILWAY_CHECK_HOST)]
    env.derive("CSRF_TRUSTED_ORIGINS", tuple(f"https://{'*' if h[0] == '.' else ''}{h}" for h in public))
    exposed = env["WEBHOOK_URL"] and parsers.is_public(env["WEBHOOK_URL"])
    if env["DEBUG"] and (exposed or any(name.startswith("RAILWAY_") for name in env.source)):
        env.complain("DEBUG", "is on where the public can reach it")


def _telegram(env: Environment) -> None:
    if (env["WEBHOOK_URL"] or "").startswith("http:") and not env.is_set("TELEGRAM_API_URL"):
        env.complain("WEBHOOK_URL", "is not https")
    if env["BOT_MODE"] == "webhook" and not env["WEBHOOK_URL"] and not env.is_bad("WEBHOOK_URL"):
        env.complain("WEBHOOK_URL", "is not set, and BOT_MODE is webhook")
    if env["BOT_TOKEN"]:
        env.derive("WEBHOOK_SECRET", webhook_secret(env["SECRET_KEY"], env["BOT_TOKEN"]))


def webhook_secret(key: str, token: str) -> str:
    return hmac.new(key.encode(), token.encode(), hashlib.sha256).hexdigest()


def _channels(env: Environment) -> None:
    if env["VIP_CHANNEL_ID"] is not None and env["VIP_CHANNEL_ID"] == env["FREE_CHANNEL_ID"]:
        env.complain("FREE_CHANNEL_ID", "is the same as VIP_CHANNEL_ID")


def _logs(env: Environment) -> None:
    if env["DEBUG"]:
        env.derive("LOG_FORMAT", "console")


def _alerts(env: Environment) -> None:
    if env.sandbox and not env["ADMIN_USER_IDS"]:
        env.derive("ADMIN_USER_IDS", (DEMO_CUSTODIAN,))
    if env["ADMIN_USER_IDS"]:
        env.derive("ALERT_CHAT_ID", env["ADMIN_USER_IDS"][0])


def _warn(env: Environment) -> None:
    warn = env.warnings.append
    if env.origins["TIME_ZONE"] == "default" and not env.is_bad("TIME_ZONE"):
        warn("TIME_ZONE is not set: dates and times are shown in UTC")
    for name in ("SILK_ENABLED", "DIAGNOSTICS_ENABLED"):
        if env[name] and not env["DEBUG"]:
            warn(f"{name} is on with DEBUG=0")
    if env["SEND_RATE"] > 30:
        warn("SEND_RATE is above 30: that takes paid broadcasts or a Bot API server of one's own")
    env.warnings += look_alikes(env.source)


def look_alikes(names: Iterable[str]) -> list[str]:
    """A warning for every unknown name at most two edits away from a known one."""
    found = []
    for name in sorted(set(names) - NAMES - _NO_MISTAKES):
        near = [known for known in sorted(NAMES) if _is_near(name.upper(), known)]
        if near:
            found.append(f"{name} is unknown; is {near[0]} meant?")
    return found


def _is_near(name: str, known: str) -> bool:
    if abs(len(name) - len(known)) > 2 or len(set(name) ^ set(known)) > 4:  # cheap: two edits change no more
        return False
    previous = list(range(len(known) + 1))
    for i, a in enumerate(name, 1):
        row = [i]
        for j, b in enumerate(known, 1):
            row.append(min(previous[j] + 1, row[-1] + 1, previous[j - 1] + (a != b)))
        previous = row
    return previous[-1] <= 2


def require(*names: str) -> None:
    """End the process with code 2 and one line per problem on stderr, if a variable has one.

    Args: the variables the caller uses; none = all of them.
    """
    from django.conf import settings

    problems = [problem for problem in settings.ENV_PROBLEMS if not names or problem.name in names]
    if problems:
        print(*problems, sep="\n", file=sys.stderr)
        raise SystemExit(2)
