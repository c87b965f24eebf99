"""The environment table: each rule, all problems at once, no secret printed (operations.md §1)."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from django.conf import settings

from lucien import environment
from lucien.environment import BASE_DIR, load

TOKEN = "123456789:AAExampleExampleExampleExampleExampl"
KEY = "kJ8-2hQz_vN5rT1wYx7LpB3mC9dFs6Gu0aEiOoRtZqWnXyHvUj4K"
GOOD = {"BOT_TOKEN": TOKEN, "ADMIN_USER_IDS": "11, 22", "SECRET_KEY": KEY, "TIME_ZONE": "America/Mexico_City"}


@pytest.fixture
def read(tmp_path):
    """Load a complete environment with some variables changed; None takes one away."""

    def read(*, sandbox=False, **changes):
        source = {name: value for name, value in (GOOD | changes).items() if value is not None}
        return load(source, sandbox=sandbox, data_dir=tmp_path)

    return read


def bad(env):
    return [problem.name for problem in env.problems]


def test_a_complete_environment_has_no_problem(read):
    env = read()
    assert (env.problems, env.warnings) == ([], [])
    assert env["ADMIN_USER_IDS"] == (11, 22)


def test_every_default_passes_its_own_rule(read):
    """A default that its own parser refuses would raise here."""
    env = load({})
    assert {v.name: env.origins[v.name] for v in environment.TABLE}.keys() == environment.BY_NAME.keys()
    assert bad(env) == ["BOT_TOKEN", "ADMIN_USER_IDS", "SECRET_KEY"]


REFUSED = [
    ("BOT_TOKEN", "123:short"),
    ("BOT_TOKEN", "12345:AAExampleExampleExampleExampleExampl"),
    ("ADMIN_USER_IDS", "0"),
    ("ADMIN_USER_IDS", str(2**52 + 1)),
    ("ADMIN_USER_IDS", "-5"),
    ("BOT_MODE", "push"),
    ("WEBHOOK_URL", "http://lucien.example.com"),
    ("WEBHOOK_URL", "https://lucien.example.com/path"),
    ("WEBHOOK_URL", "https://lucien.example.com?x=1"),
    ("WEBHOOK_URL", "https://user:pass@lucien.example.com"),
    ("WEBHOOK_SECRET", "too-short"),
    ("WEBHOOK_SECRET", "sixteen characters!"),
    ("WEBHOOK_MAX_CONNECTIONS", "0"),
    ("WEBHOOK_MAX_CONNECTIONS", "101"),
    ("TELEGRAM_API_URL", "ftp://example.com"),
    ("TELEGRAM_API_URL", "http://"),
    ("TELEGRAM_API_LOCAL", "maybe"),
    ("TELEGRAM_TIMEOUT_S", "1"),
    ("TELEGRAM_TIMEOUT_S", "ten"),
    ("DATABASE_URL", "mysql://u:p@h/x"),
    ("DATABASE_URL", "postgres://u:p@h:port/x"),
    ("DATABASE_URL", "postgres://u:pa#ss@h/x"),
    ("DATABASE_URL", "postgres://h"),
    ("DATABASE_URL", "postgres://h/x?colour=red"),
    ("DATABASE_URL", "postgres://[::1/x"),
    ("DATABASE_URL", "sqlite://data/x.sqlite3"),
    ("DATABASE_URL", "sqlite://:memory:"),
    ("DATABASE_URL", "sqlite:///:memory:"),
    ("DATABASE_URL", "lucien.sqlite3"),
    ("DB_POOL_MAX", "101"),
    ("DB_WAIT_S", "601"),
    ("REDIS_URL", "http://h:6379"),
    ("REDIS_URL", "redis://"),
    ("REDIS_URL", "redis://h:65536"),
    ("REDIS_URL", "redis://h/zero"),
    ("SECRET_KEY", "short"),
    ("SECRET_KEY", "abcd" * 20),
    ("SECRET_KEY", environment.EXAMPLE_KEY),
    ("SECRET_KEY", "django-insecure-" + KEY),
    ("DEBUG", "2"),
    ("ALLOWED_HOSTS", "https://example.com"),
    ("ALLOWED_HOSTS", "*"),
    ("CSRF_TRUSTED_ORIGINS", "example.com"),
    ("CSRF_TRUSTED_ORIGINS", "https://example.com/path"),
    ("PORT", "0"),
    ("PORT", "65536"),
    ("PORT", "1_000"),
    ("HOST", "not a host"),
    ("WEB_CONCURRENCY", "33"),
    ("TIME_ZONE", "Mexico"),
    ("TIME_ZONE", "America"),
    ("TIME_ZONE", "/etc/passwd"),
    ("CREATOR_NAME", "x" * 41),
    ("CREATOR_USERNAME", "diana"),
    ("VIP_CHANNEL_ID", "1234567890"),
    ("FREE_CHANNEL_ID", "-1234567890"),
    ("FREE_CHANNEL_INVITE_LINK", "https://example.com/+abc"),
    ("FREE_WAIT_MINUTES", "10081"),
    ("LOG_LEVEL", "verbose"),
    ("LOG_FORMAT", "xml"),
    ("SENTRY_DSN", "https://sentry.example.com/1"),
    ("METRICS_TOKEN", "fifteen-letters"),
    ("ALERT_CHAT_ID", "0"),
    ("ALERT_CHAT_ID", "@chat"),
    ("ALERT_DEDUP_SECONDS", "9"),
    ("SILK_ENABLED", "sure"),
    ("EXPIRY_S", "4"),
    ("RIGHTS_S", "3601"),
    ("DIGEST_HOUR", "24"),
    ("SEND_RATE", "1001"),
    ("CAST_IN_FLIGHT", "51"),
    ("KICK_BRAKE_MIN", "0"),
    ("KICK_BRAKE_PERCENT", "101"),
    ("INBOX_KEEP_DAYS", "0"),
    ("DEAD_KEEP_DAYS", "366"),
    ("BACKUP_DIR", "/nowhere/at/all"),
    ("BACKUP_KEEP", "7 days"),
    ("SHUTDOWN_S", "2"),
]


@pytest.mark.parametrize(("name", "value"), REFUSED)
def test_a_value_against_its_rule_is_a_problem_of_that_name(read, name, value):
    assert bad(read(**{name: value})) == [name]


ACCEPTED = [
    ("ADMIN_USER_IDS", "22 11,22\n33", (22, 11, 33)),
    ("ADMIN_USER_IDS", str(2**52), (2**52,)),
    ("TELEGRAM_API_URL", "http://127.0.0.1:8081/", "http://127.0.0.1:8081"),
    ("TELEGRAM_API_LOCAL", "Yes", True),
    ("MIGRATE_ON_START", "off", False),
    ("LOG_LEVEL", "warning", "WARNING"),
    ("CREATOR_USERNAME", "@diana", "diana"),
    ("VIP_CHANNEL_ID", "-1001234567890", -1001234567890),
    ("FREE_WAIT_MINUTES", "0", 0),
    ("ALLOWED_HOSTS", "a.example.com, .example.org", ("a.example.com", ".example.org")),
    ("ALERT_CHAT_ID", "-1001234567890", -1001234567890),
    ("BACKUP_KEEP", "14d8w", "14d8w"),
    ("PORT", " 9000 ", 9000),
]


@pytest.mark.parametrize(("name", "value", "expected"), ACCEPTED)
def test_a_value_within_its_rule_is_taken(read, name, value, expected):
    env = read(**{name: value})
    assert (env[name], env.origins[name], env.problems) == (expected, "env", [])


@pytest.mark.parametrize("name", sorted(environment.BY_NAME))
def test_empty_is_not_set(read, name):
    assert read(**{name: "  "}).values.keys() == environment.BY_NAME.keys()
    assert read(**{name: "  "}).origins[name] != "env"


def test_every_bad_custodian_is_named_but_nothing_long(read):
    what = str(read(ADMIN_USER_IDS=f"11,abc,0,{TOKEN}").problems[0])
    assert "'abc'" in what
    assert "'0'" in what
    assert "Example" not in what.split("Expected")[0]


@pytest.mark.parametrize("suffix", ["+psycopg", "+psycopg2", "+asyncpg"])
def test_a_driver_is_reduced_and_sslmode_kept(read, suffix):
    config = read(DATABASE_URL=f"postgresql{suffix}://u:p%40ss@db:5433/lucien?sslmode=require")["DATABASE_URL"]
    assert config["ENGINE"] == "django.db.backends.postgresql"
    assert (config["PASSWORD"], config["PORT"], config["NAME"]) == ("p@ss", 5433, "lucien")
    assert config["OPTIONS"] == {"sslmode": "require"}


def test_sqlite_paths_are_relative_to_the_project_or_absolute(read):
    assert read()["DATABASE_URL"]["NAME"] == str(BASE_DIR / "data" / "lucien.sqlite3")
    assert read(DATABASE_URL="sqlite+aiosqlite:////srv/x.sqlite3")["DATABASE_URL"]["NAME"] == "/srv/x.sqlite3"


def test_redis_time_outs_are_forced(read):
    url = read(REDIS_URL="redis://:pw@cache:6379/2?socket_timeout=30")["REDIS_URL"]
    assert url.startswith("redis://:pw@cache:6379/2?")
    assert "socket_timeout=0.25" in url
    assert "socket_connect_timeout=0.25" in url
    assert "=30" not in url


def test_webhook_mode_needs_an_address(read):
    assert bad(read(BOT_MODE="webhook")) == ["WEBHOOK_URL"]
    assert bad(read(BOT_MODE="webhook", WEBHOOK_URL="https://lucien.example.com")) == []


def test_a_plain_webhook_address_needs_a_server_of_ones_own(read):
    own = read(WEBHOOK_URL="http://127.0.0.1:8000", TELEGRAM_API_URL="http://127.0.0.1:8081")
    assert own.problems == []


def test_the_webhook_secret_is_derived_and_depends_on_key_and_token(read):
    one = read()
    assert one.origins["WEBHOOK_SECRET"] == "derived"
    assert one["WEBHOOK_SECRET"] == environment.webhook_secret(KEY, TOKEN)
    assert one["WEBHOOK_SECRET"] != read(SECRET_KEY=KEY[::-1])["WEBHOOK_SECRET"]
    assert one["WEBHOOK_SECRET"] != read(BOT_TOKEN=TOKEN + "x")["WEBHOOK_SECRET"]


def test_railway_gives_address_hosts_and_origins(read):
    env = read(RAILWAY_PUBLIC_DOMAIN="lucien.up.railway.app", BOT_MODE="webhook")
    assert env["WEBHOOK_URL"] == "https://lucien.up.railway.app"
    assert env["ALLOWED_HOSTS"] == (
        "localhost",
        "127.0.0.1",
        "lucien.up.railway.app",
        "healthcheck.railway.app",
    )
    assert env["CSRF_TRUSTED_ORIGINS"] == ("https://lucien.up.railway.app",)
    assert {env.origins[n] for n in ("WEBHOOK_URL", "ALLOWED_HOSTS", "CSRF_TRUSTED_ORIGINS")} == {"derived"}


def test_origins_follow_the_public_hosts(read):
    env = read(ALLOWED_HOSTS="localhost,lucien.example.com,.example.org")
    assert env["CSRF_TRUSTED_ORIGINS"] == ("https://lucien.example.com", "https://*.example.org")


@pytest.mark.parametrize("exposure", [{"WEBHOOK_URL": "https://lucien.example.com"}, {"RAILWAY_SERVICE_NAME": "x"}])
def test_debug_where_the_public_can_reach_it_is_a_problem(read, exposure):
    assert bad(read(DEBUG="1", **exposure)) == ["DEBUG"]
    assert bad(read(DEBUG="0", **exposure)) == []


def test_debug_opens_what_it_may(read):
    env = read(DEBUG="1", ALLOWED_HOSTS="*", WEBHOOK_URL="https://localhost", SECRET_KEY=None)
    assert env.problems == []
    assert env["LOG_FORMAT"] == "console"


def test_the_two_channels_differ(read):
    assert bad(read(VIP_CHANNEL_ID="-1001234567890", FREE_CHANNEL_ID="-1001234567890")) == ["FREE_CHANNEL_ID"]


def test_alerts_go_to_the_super_custodian(read):
    assert (read()["ALERT_CHAT_ID"], read().origins["ALERT_CHAT_ID"]) == (11, "derived")


def test_the_old_name_of_the_time_zone_still_counts(read):
    env = read(TIME_ZONE=None, DISPLAY_TIME_ZONE="Europe/Madrid")
    assert (env["TIME_ZONE"], env.warnings) == ("Europe/Madrid", [])
    assert read(DISPLAY_TIME_ZONE="Europe/Madrid")["TIME_ZONE"] == "America/Mexico_City"


@pytest.mark.parametrize(
    ("changes", "word"),
    [
        ({"TIME_ZONE": None}, "TIME_ZONE is not set"),
        ({"SILK_ENABLED": "1"}, "SILK_ENABLED is on"),
        ({"DIAGNOSTICS_ENABLED": "1"}, "DIAGNOSTICS_ENABLED is on"),
        ({"SEND_RATE": "31"}, "SEND_RATE is above 30"),
        ({"BOT_TOKN": "x"}, "BOT_TOKN is unknown; is BOT_TOKEN meant?"),
        ({"ADMIN_USERIDS": "1"}, "ADMIN_USERIDS is unknown; is ADMIN_USER_IDS meant?"),
    ],
)
def test_warnings(read, changes, word):
    """O-ENV-2: unknown look-alikes, and what is allowed but unwise."""
    env = read(**changes)
    assert env.problems == []
    assert [warning for warning in env.warnings if warning.startswith(word)] == env.warnings != []


def test_everyday_variables_of_a_machine_are_not_look_alikes(read):
    assert environment.look_alikes(["HOME", "PATH", "USER", "PGHOST", "PGPORT", "HOSTNAME", "LANG", "TERM"]) == []


def test_the_trial_reads_no_token_no_server_and_no_other_database(read):
    """O-PROC-9: what the trial does not read can neither be used nor be wrong."""
    unread = ("BOT_TOKEN", "BOT_MODE", "TELEGRAM_API_URL", "REDIS_URL", "SENTRY_DSN", "DATABASE_URL")
    env = read(sandbox=True, **dict.fromkeys(unread, "nonsense"), ADMIN_USER_IDS=None, SECRET_KEY=None)
    assert env.problems == []
    assert (env["BOT_TOKEN"], env["REDIS_URL"], env["SENTRY_DSN"], env["HOST"]) == (
        None,
        None,
        None,
        "127.0.0.1",
    )
    assert env["DATABASE_URL"]["NAME"] == str(BASE_DIR / "data" / "sandbox.sqlite3")
    assert env["ADMIN_USER_IDS"] == (environment.DEMO_CUSTODIAN,)


def test_the_trial_keeps_the_key_it_made(read, tmp_path):
    first = read(sandbox=True, SECRET_KEY=None)["SECRET_KEY"]
    assert read(sandbox=True, SECRET_KEY=None)["SECRET_KEY"] == first
    assert len(first) >= 50
    assert (tmp_path / "secret_key").stat().st_mode & 0o777 == 0o600


def test_without_a_key_each_process_has_one_that_nobody_knows(read, tmp_path):
    assert read(SECRET_KEY=None)["SECRET_KEY"] != read(SECRET_KEY=None)["SECRET_KEY"]
    assert list(tmp_path.iterdir()) == []


def test_all_problems_at_once_and_no_secret_in_any(read):
    """O-ENV-1: one line each with name, fault, expectation and example; not a piece of a secret value."""
    secrets = {v.name: f"hunter2 {v.name} äß://user:hunter2@[::1/#" for v in environment.TABLE if v.secret}
    env = read(**secrets, PORT="x", LOG_LEVEL="loud")
    lines = [str(problem) for problem in env.problems]
    assert set(bad(env)) >= {"BOT_TOKEN", "DATABASE_URL", "SECRET_KEY", "REDIS_URL", "PORT", "LOG_LEVEL"}
    assert all("Expected: " in line and "Example: " in line and "\n" not in line for line in lines)
    assert not any("hunter2" in line for line in lines)


def test_a_file_gives_what_the_process_does_not(tmp_path, monkeypatch, caplog):
    file = tmp_path / ".env"
    file.write_text('# a comment\n\nexport PORT=9000\nHOST="::1"\nLOG_LEVEL=DEBUG\nBOT_TOKEN = hunter2\n')
    monkeypatch.setenv("LOG_LEVEL", "ERROR")
    monkeypatch.setenv("HOST", "")
    source, warnings = environment.read(file)
    assert (source["PORT"], source["LOG_LEVEL"], source["HOST"]) == ("9000", "ERROR", "")
    assert warnings == [".env line 6 is not NAME=value and is ignored"]
    assert "PORT" not in os.environ
    assert "hunter2" not in caplog.text


@pytest.mark.parametrize("content", [None, b"\xff\xfe\x00"])
def test_a_file_that_is_absent_or_unreadable_stops_nothing(tmp_path, content):
    file = tmp_path / ".env"
    if content is not None:
        file.write_bytes(content)
    source, warnings = environment.read(file)
    assert source == dict(os.environ)
    assert len(warnings) == (content is not None)


def run(*argv, **env):
    """A process of ours with exactly this environment."""
    plain = {"PATH": os.environ["PATH"], environment.ENV_FILE_SWITCH: os.devnull}
    return subprocess.run(
        [sys.executable, *argv], cwd=BASE_DIR, env=plain | env, capture_output=True, text=True, timeout=60
    )


def test_migrate_with_a_bad_database_says_so_and_ends_with_2():
    """O-ENV-1: a command that uses a variable with a problem never falls back to its default."""
    done = run("manage.py", "migrate", DATABASE_URL="postgres://u:hunter2@host:port/x")
    assert done.returncode == 2
    assert done.stderr.startswith("DATABASE_URL: cannot be read as a URL.")
    assert len(done.stderr.splitlines()) == 1
    assert "hunter2" not in done.stdout + done.stderr


def test_the_asgi_entry_prints_all_problems_and_ends_with_2():
    """O-ENV-1."""
    done = run("-c", "import lucien.asgi", PORT="x")
    assert done.returncode == 2
    assert [line.split(":")[0] for line in done.stderr.splitlines()] == [
        "BOT_TOKEN",
        "ADMIN_USER_IDS",
        "SECRET_KEY",
        "PORT",
    ]


def test_static_files_are_collected_without_any_secret():
    """O-ENV-1, O-DOCK-1."""
    done = run("manage.py", "collectstatic", "--noinput", "--dry-run")
    assert (done.returncode, done.stderr) == (0, "")


def test_a_production_like_environment_passes_the_deployment_check():
    """O-ENV-4."""
    done = run(
        *("manage.py", "check", "--deploy", "--fail-level", "WARNING"),
        **GOOD,
        ALLOWED_HOSTS="lucien.example.com",
    )
    assert (done.returncode, done.stderr) == (0, ""), done.stdout
    assert "no issues" in done.stdout


def test_require_is_silent_about_variables_the_caller_does_not_use(settings, capsys):
    settings.ENV_PROBLEMS = load({}).problems
    environment.require("DATABASE_URL", "PORT")
    with pytest.raises(SystemExit) as end:
        environment.require("SECRET_KEY")
    assert end.value.code == 2
    assert capsys.readouterr().err.startswith("SECRET_KEY: is not set.")


def test_every_variable_is_a_setting():
    assert {name for name in environment.BY_NAME if not hasattr(settings, name)} == set()


def test_the_test_database_is_a_file_of_this_process():
    """With Django's shared in-memory database several writers fail at once."""
    from lucien.settings import SQLITE_SETTINGS

    name = SQLITE_SETTINGS["TEST"]["NAME"]
    assert Path(name).is_absolute()
    assert str(os.getpid()) in name
