"""One process lives through whatever Telegram, the network and the database do to it; everything is answered."""

import json
import time
import urllib.request
from contextlib import ExitStack, contextmanager

import pytest

from tests.e2e.conftest import ANA, SQLITE, House
from tests.e2e.processes import CUSTODIAN, TOKEN, eventually, query

pytestmark = pytest.mark.slow

IMPATIENT = """
from botcore.telegram import ingress
ingress.AFTER_CONFLICT_S, ingress.CONFLICT_ALARM_AFTER_S = 0.3, 1
"""
CONFLICT = "Conflict: terminated by other getUpdates request; make sure that only one bot instance is running"


@pytest.fixture(scope="module")
def house(migrated, tmp_path_factory):
    """Started when Telegram was out of order, a webhook was set and a message was waiting."""
    with ExitStack() as stack:
        house = House(stack, migrated, tmp_path_factory.mktemp("weather"))
        call(house, "setWebhook", url="https://elsewhere.example.com/webhook")
        house.world.act(ANA, "send", "/start")
        house.world.post("person", id=CUSTODIAN, first_name="Diana")
        house.world.act(CUSTODIAN, "send", "/start")
        house.world.post("fail", method="getMe", error_code=502, description="Bad Gateway")
        house.world.post("fail", method="deleteWebhook", drop=True)
        house.process = house.bot(prelude=IMPATIENT).start()
        yield house
        assert house.process.terminate() == 0


def call(house, method: str, **arguments):
    url = f"{house.world.url}/bot{TOKEN}/{method}"
    request = urllib.request.Request(url, json.dumps(arguments).encode(), {"Content-Type": "application/json"})
    with urllib.request.urlopen(request, timeout=5) as answer:
        return json.load(answer)["result"]


@contextmanager
def locked(database: str):
    """Nobody else can write to the database."""
    with query(database) as sql:
        sql("BEGIN IMMEDIATE" if SQLITE else "BEGIN")
        SQLITE or sql("LOCK TABLE botcore_inbox IN ACCESS EXCLUSIVE MODE")
        yield
        sql("ROLLBACK")


def test_what_waited_at_the_start_is_answered(house):
    """O-PROC-3: a webhook set elsewhere goes and its pending updates stay; the bot's name is asked for again."""
    eventually(lambda: house.ana_reads() >= 1)  # whichever test of this file came first
    removals = house.world.get("calls", method="deleteWebhook")
    assert not [removal for removal in removals if removal["params"].get("drop_pending_updates")]
    with query(house.database) as sql:
        eventually(lambda: sql("SELECT bot_username FROM botcore_configuration") == [("LucienSandboxBot",)])


@pytest.mark.parametrize(
    "fault",
    [
        {"drop": True},
        {"error_code": 502, "description": "Bad Gateway"},
        {"error_code": 429, "description": "Too Many Requests: retry after 1", "retry_after": 1},
        {"error_code": 400, "description": "Bad Request: never heard of"},
    ],
    ids=str,
)
def test_polling_survives(house, fault):
    """operations.md §14, Telegram down: people read late answers, and all of them."""
    house.world.post("fail", method="getUpdates", times=2, **fault)
    house.seconds_to_answer()  # ends the poll at hand
    house.seconds_to_answer()


def test_another_poller(house):
    """O-PROC-2: said once in the log, the custodians hear of it after a while, and it goes on afterwards."""
    house.world.post("fail", method="getUpdates", times=8, error_code=409, description=CONFLICT)
    house.seconds_to_answer()
    eventually(lambda: "Otro proceso está leyendo" in str(house.world.messages(CUSTODIAN)))
    house.seconds_to_answer()
    assert house.process.says().count("another process polls") == 1


def test_a_locked_database(house):
    """operations.md §14, database down: answered as soon as it can be written to again."""
    before = house.ana_reads()
    with locked(house.database):
        house.world.act(ANA, "send", "/estado")
        time.sleep(3)
    eventually(lambda: house.ana_reads() > before, seconds=10)


@pytest.mark.skipif(SQLITE, reason="SQLite has no server to lose a connection to")
def test_all_connections_are_cut(house):
    """O-PROC-1: without its lock it stands by, takes it again and goes on ≤ 10 s later."""
    with query(house.database) as sql:
        sql(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
            "WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )
    assert house.seconds_to_answer() < 10
    eventually(lambda: "standing by" in house.process.says())
    assert house.seconds_to_answer() < 10


def test_unreadable_updates(house):
    """O-PROC-6: what has no usable id is skipped, what cannot be read is a dead letter, the next one is answered."""
    number = 800_000_000
    for update in ({"message": {}}, {"update_id": number, "message": {"a": 1}}, {"update_id": number + 1}):
        house.world.post("update", update=update)
    house.seconds_to_answer()
    with query(house.database) as sql:
        eventually(lambda: sql("SELECT count(*) FROM botcore_inbox WHERE state = 'dead'") == [(2,)])
