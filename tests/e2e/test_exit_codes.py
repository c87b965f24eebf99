"""Every way to end has its exit code (operations.md §4), and none loses anything."""

import signal
import socket
import time

import pytest

from tests.e2e.processes import TOKEN, eventually

pytestmark = pytest.mark.slow

SLOW_BOT = {"TELEGRAM_TIMEOUT_S": "60", "SHUTDOWN_S": "3"}


def busy_with_a_call_that_hangs(house):
    bot = house.bot(**SLOW_BOT).start()
    house.seconds_to_answer("/start")
    house.world.post("fail", method="sendMessage", hang=True)
    calls = house.world.get("state")["calls"]["sendMessage"]
    house.world.act(501, "send", "/estado")
    eventually(lambda: house.world.get("state")["calls"]["sendMessage"] > calls)
    return bot


def test_every_wrong_setting_is_told_at_once_and_no_secret(house):
    """O-ENV-1: exit 2, one line per problem, before network and database, no secret in it."""
    secrets = {
        "BOT_TOKEN": "123456789:short-and-hidden",
        "SECRET_KEY": "too-short-and-hidden",
        "DATABASE_URL": "mysql://someone:hidden-word@host/name",
        "REDIS_URL": "http://:hidden-word@host",
        "METRICS_TOKEN": "hidden",
    }
    others = {"ADMIN_USER_IDS": "0, diana", "BOT_MODE": "pigeon", "TIME_ZONE": "Mars/Olympus", "SEND_RATE": "many"}
    process = house.bot("--no-web", **others)
    process.environment |= secrets
    assert process.start().wait() == 2
    lines = process.says().splitlines()
    assert {line.partition(":")[0] for line in lines} == {*secrets, *others}
    assert "hidden" not in process.says()


def test_a_database_that_cannot_be_reached(house):
    """operations.md §3: after DB_WAIT_S exit 3, the password not in the logs; who is asked to stop meanwhile: 0."""
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        url = f"postgres://lucien:hidden-word@127.0.0.1:{closed.getsockname()[1]}/lucien"
        hasty = house.bot(database=url, DB_WAIT_S="1").start()
        patient = house.bot(database=url).start()
        eventually(lambda: "does not answer yet" in patient.says())
        assert (hasty.wait(), patient.terminate()) == (3, 0)
    assert "hidden-word" not in hasty.says() + patient.says()


def test_a_token_that_was_revoked_before_the_start(house):
    """operations.md §3: getMe answers 401, exit 4."""
    house.world.post("revoke_token")
    bot = house.bot().start()
    assert bot.wait() == 4
    assert TOKEN not in bot.says()


def test_a_token_that_is_revoked_while_it_runs(house):
    """operations.md §4: exit 4 at the next poll, and not 5 after vain restarts."""
    bot = house.bot().start()
    house.seconds_to_answer("/start")
    house.world.post("revoke_token")
    house.world.act(501, "send", "/estado")
    assert bot.wait(8) == 4
    assert TOKEN not in bot.says()


def test_a_handler_that_hangs_meets_the_deadline(house):
    """O-STOP-2, operations.md §4: exit 6 after SHUTDOWN_S; the update in hand is answered by the next process."""
    bot = busy_with_a_call_that_hangs(house)
    asked, before = time.monotonic(), house.ana_reads()
    assert bot.terminate() == 6
    assert 3 <= time.monotonic() - asked < 4.5
    bot.start()
    eventually(lambda: house.ana_reads() > before)


def test_a_second_signal_does_not_wait(house):
    """operations.md §4: a second signal ends it at once, exit 6."""
    bot = busy_with_a_call_that_hangs(house)
    bot.process.send_signal(signal.SIGTERM)
    eventually(lambda: "stopping" in bot.says())
    asked = time.monotonic()
    assert bot.terminate() == 6
    assert time.monotonic() - asked < 1


def test_a_port_in_use(house):
    """operations.md §4: what cannot go on ends with 1, never with 0."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        bot = house.bot(PORT=str(taken.getsockname()[1]), HOST="127.0.0.1").start()
        assert bot.wait() == 1
    assert "cannot be opened" in bot.says()


def test_a_service_that_dies_again_and_again(house):
    """O-STOP-1: restarted three times, then exit 5."""
    broken = "from botcore.telegram.lanes import Lanes\nasync def step(self): raise RuntimeError\nLanes.step = step"
    bot = house.bot(prelude=broken).start()
    assert bot.wait() == 5
    assert bot.says().count("service lanes died") == 4


def test_an_event_loop_that_is_blocked(house):
    """operations.md §4: seen from outside the loop, exit 5 (after 60 s; the test has less patience)."""
    blocked = (
        "import time\nfrom botcore.telegram import process\nfrom botcore.telegram.lanes import Lanes\n"
        "process.BLOCKED_LOOP_S, process.WATCH_EVERY_S = 1, 0.2\n"
        "async def step(self): time.sleep(30)\nLanes.step = step"
    )
    bot = house.bot(prelude=blocked).start()
    assert bot.wait() == 5
    assert "event loop is blocked" in bot.says()
