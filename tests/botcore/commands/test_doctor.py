"""manage.py doctor and check_config: what is wrong, and what to do about it."""

from datetime import timedelta

import pytest
from django.core.management.base import CommandError

from botcore import clock, heartbeats
from botcore.management import diagnosis
from botcore.management.diagnosis import AMBER, GREEN, RED
from botcore.models import Channel, Heartbeat
from botcore.telegram.about import About
from lucien import environment

VIP, FREE = -1001000000001, -1001000000002


@pytest.fixture
def well(world, db):
    """Both channels connected with all rights, an active bot."""
    for kind, chat_id in (("vip", VIP), ("free", FREE)):
        world.channel(chat_id, kind)
        Channel.objects.create(kind=kind, chat_id=chat_id)
    heartbeats.beat("one", role="active", now=clock.now(), telegram_at=clock.now())
    return world


def findings() -> dict[str, diagnosis.Finding]:
    return {finding.check: finding for finding in diagnosis.examine()}


def test_all_is_well(run, well):
    """Operator table: one line each with a mark; exit 0."""
    lines = run("doctor").lines
    marks = {line.split(":")[0][2:]: line[0] for line in lines}
    assert set(marks) == {
        "configuration", "database", "migrations", "redis", "token", "webhook", "vip channel", "free channel", "bot",
        "jobs", "clock",
    }  # fmt: skip
    assert "✗" not in marks.values()


def test_red_is_exit_1_with_a_remedy(run, well):
    """A channel that is not set: what to do stands beside it."""
    Channel.objects.filter(kind="free").delete()
    with pytest.raises(CommandError) as caught:
        run("doctor", "--json")
    assert caught.value.returncode == 1
    assert findings()["free channel"].status == RED
    assert "set_channel free" in findings()["free channel"].remedy


def test_lost_rights_are_named(well):
    """C-CHAN-3: all that is missing."""
    well.set_bot_rights(VIP, ["can_post_messages"])
    detail = findings()["vip channel"].detail
    assert "can_invite_users" in detail
    assert "can_restrict_members" in detail


def test_a_public_vip_channel_is_a_warning(well):
    """C-CHAN-5: it does not block."""
    well.channels[VIP].username = "divan_publico"
    assert findings()["vip channel"].status == AMBER


def test_a_refused_token(well):
    """getMe answered 401: red, and nothing else is asked of Telegram."""
    well.revoke_token()
    found = findings()
    assert found["token"].status == RED
    assert "webhook" not in found


def test_no_network(well, settings):
    """Telegram out of reach: red for the token, the rest is still looked at."""
    settings.TELEGRAM_API_URL = "http://127.0.0.1:9"
    found = findings()
    assert (found["token"].status, found["clock"].status, found["database"].status) == (RED, AMBER, GREEN)


def test_a_forgotten_webhook(well, settings):
    """O-PROC-3: polling with a webhook set elsewhere; webhook mode without one."""
    assert findings()["webhook"].status == GREEN
    settings.BOT_MODE, settings.WEBHOOK_URL = "webhook", "https://lucien.example.com"
    assert findings()["webhook"].status == RED


def test_no_bot_runs(well):
    """The row bot of the health table, for somebody who has not started it yet: a warning."""
    Heartbeat.objects.all().delete()
    assert findings()["bot"].status == AMBER


@pytest.mark.parametrize(
    ("facts", "status"),
    [
        ({"webhook_url": "https://lucien.example.com/webhook"}, GREEN),
        ({"webhook_url": "https://elsewhere.example.com/webhook"}, RED),
        ({"webhook_url": "https://lucien.example.com/webhook", "webhook_error_at": clock.now()}, AMBER),
    ],
)
def test_the_webhook_in_webhook_mode(settings, facts, status):
    """O-PROC-3, O-ALERT: the right address, and deliveries that succeed."""
    settings.BOT_MODE, settings.WEBHOOK_URL = "webhook", "https://lucien.example.com"
    assert diagnosis.webhook(About("LucienBot", **facts), now=clock.now()).status == status


@pytest.mark.parametrize(("seconds", "status"), [(0, GREEN), (59, GREEN), (61, RED), (-61, RED)])
def test_the_clock(seconds, status):
    """Operations §14: more than 60 s against Telegram's Date is wrong."""
    now = clock.now()
    assert diagnosis.judged_clock(now - timedelta(seconds=seconds), now).status == status


def test_a_redis_that_is_away_is_a_warning(settings):
    """Operations §14: everything works without it."""
    settings.REDIS_URL = "redis://127.0.0.1:9/0?socket_timeout=0.25&socket_connect_timeout=0.25"
    assert diagnosis.cache_server().status == AMBER


def test_wrong_variables_are_named(settings):
    """Configuration: which, not what they hold."""
    settings.ENV_PROBLEMS = environment.load({"BOT_TOKEN": "123:geheim"}).problems
    found = diagnosis.configuration()
    assert found.status == RED
    assert "BOT_TOKEN" in found.detail
    assert "geheim" not in found.detail


# --- check_config -----------------------------------------------------------------------------------------------------


def test_every_variable_with_its_origin(run, settings):
    """O-ENV-2: effective values, secrets as set or missing."""
    found = run("check_config", "--json").json
    assert set(found["variables"]) == set(environment.BY_NAME)
    assert found["variables"]["BOT_TOKEN"] == {"value": "set", "origin": "env"}
    assert found["variables"]["SENTRY_DSN"]["value"] == "missing"
    assert found["variables"]["PORT"] == {"value": "8000", "origin": "default"}


def test_no_secret_is_printed(run, settings):
    """O-ENV-1: not even in part."""
    printed = run("check_config").out
    for name, variable in environment.BY_NAME.items():
        if variable.secret and isinstance(settings.ENV[name], str) and settings.ENV[name]:
            assert settings.ENV[name] not in printed


def test_problems_end_with_2(run, settings, capsys):
    """O-ENV-1, O-ENV-2: all of them, one per line, exit code 2."""
    settings.ENV_PROBLEMS = environment.load({}).problems
    with pytest.raises(SystemExit) as caught:
        run("check_config")
    assert caught.value.code == 2
    assert len(capsys.readouterr().err.splitlines()) == len(settings.ENV_PROBLEMS)
