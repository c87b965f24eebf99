"""SIGKILL at random moments under load: no update lost, no effect twice, at most one repeated message per slot and
kill.
"""

import random
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

from botcore import limits
from tests.e2e.processes import FREE, VIP, BotProcess, WorldProcess, eventually, own_database, query

FIRST_PERSON = 20_000
SLOTS = limits.SENDER_SLOTS + limits.LANES  # each has at most one call in flight


@dataclass
class Figures:
    kills: int = 0
    updates: int = 0
    lost: int = 0
    double_effects: int = 0
    repeated: int = 0
    unanswered: int = 0

    def check(self) -> None:
        """AssertionError unless the promise held."""
        assert self.updates, "nothing was sent"
        assert (self.lost, self.double_effects, self.unanswered) == (0, 0, 0), self
        assert self.repeated <= self.kills * SLOTS, self


def run(engine: str, *, kills: int, people: int = 60, rate: float = 30, server: str = "", seed: int = 1) -> Figures:
    """Kill a real bot `kills` times while `people` write at `rate` updates/s in all; the figures afterwards."""
    chance = random.Random(seed)
    with own_database(engine, server) as database, tempfile.TemporaryDirectory() as folder:
        world = WorldProcess(rate_limits=False)
        bot = BotProcess(
            world.url, database, "--no-web", log=Path(folder, "bot.log"), SEND_RATE="1000", LOG_LEVEL="WARNING"
        )
        try:
            return _series(world, bot, database, kills, people, rate, chance)
        finally:
            if bot.process:
                bot.kill()
            world.stop()


def _series(world, bot, database, kills, people, rate, chance) -> Figures:
    links = _furnish(world, bot, people)
    seconds = kills * 3.0
    writes = int(seconds * rate)
    texts = ["/start", "unas palabras", "/estado", "/menu", "/ayuda"]
    world.post("load", first_id=FIRST_PERSON, people=people, texts=texts, rate=rate, count=writes)
    presented = iter(enumerate(links))
    for _ in range(kills):
        bot.start()
        for person, link in [pair for _turn, pair in zip(range(-(-people // kills)), presented, strict=False)]:
            world.act(FIRST_PERSON + person, "send", f"/start {link}")
            world.act(FIRST_PERSON + person, "send", f"/start {link}")
        _wait_for_moment(database, chance)
        bot.kill()
    bot.start()
    eventually(lambda: not world.get("state")["loading"], seconds=seconds + 60)
    try:
        eventually(lambda: _quiet(world, database), seconds=120, every=0.5)
    except AssertionError as error:
        raise AssertionError(f"{_left(database)}\n{bot.log.read_text()[-2000:]}") from error
    return _count(world, database, kills, people, len(links), writes + 2 * len(links))


def _furnish(world, bot, people) -> list[str]:
    """Channels, a plan and an invitation for everybody, all by the operator's commands, in one process."""
    world.post("channel", id=VIP, title="El Diván")
    world.post("channel", id=FREE, title="El vestíbulo")
    for person in range(FIRST_PERSON, FIRST_PERSON + people):
        world.post("person", id=person, first_name=f"P{person}")
    issue = "issue_tokens --plan Mensual --format token --count"
    made = bot.manage(
        "migrate -v0",
        f"set_channel vip {VIP}",
        f"set_channel free {FREE}",
        "create_plan --name Mensual --days 30 --price 20",
        *[f"{issue} {min(50, people - done)}" for done in range(0, people, 50)],
    )
    return made.split()[-people:]


def _wait_for_moment(database: str, chance: random.Random) -> None:
    """Any moment of a process's life: a third of them during its start, the others while it works."""
    if chance.random() < 1 / 3:
        return time.sleep(chance.uniform(0.1, 3))
    with query(database) as sql:
        began = sql("SELECT max(started_at) FROM botcore_heartbeat")[0][0]
        newer = "SELECT count(*) FROM botcore_heartbeat WHERE role = 'active'"
        newer += f" AND started_at > '{began}'" if began else ""
        eventually(lambda: sql(newer)[0][0], seconds=60, every=0.05)
    time.sleep(chance.uniform(0, 2))


def _left(database: str) -> str:
    """What is still waiting, for the message of a failure."""
    with query(database) as sql:
        inbox = sql("SELECT update_id, lane, tries, error FROM botcore_inbox WHERE state = 'new' LIMIT 5")
        owed = "SELECT key, state, tries, error, next_try_at FROM botcore_outbox"
        outbox = sql(f"{owed} WHERE state IN ('pending', 'sending') LIMIT 5")
    return f"inbox {inbox}, outbox {outbox}"


def _quiet(world, database) -> bool:
    with query(database) as sql:
        waiting = sql("SELECT count(*) FROM botcore_inbox WHERE state = 'new'")[0][0]
        owed = sql("SELECT count(*) FROM botcore_outbox WHERE state IN ('pending', 'sending')")[0][0]
    return not waiting and not owed and not world.get("state")["pending_updates"]


def _count(world, database, kills, people, tokens, updates) -> Figures:
    with query(database) as sql:
        done = sql("SELECT count(*) FROM botcore_inbox WHERE state = 'done'")[0][0]
        sales = sql("SELECT count(*) FROM subscriptions_ledgerentry")[0][0]
        used = sql("SELECT count(*) FROM subscriptions_invitationtoken WHERE is_used")[0][0]
        failed = sql("SELECT count(*) FROM botcore_outbox WHERE state = 'failed'")[0][0]
        per_person = dict(sql("SELECT lane, count(*) FROM botcore_inbox GROUP BY lane"))
    figures = Figures(kills=kills, updates=updates, lost=updates - done + failed)
    figures.double_effects = abs(sales - tokens) + abs(used - tokens)
    for person in range(FIRST_PERSON, FIRST_PERSON + people):
        # Every update is answered by one message; an invitation by two: receipt and stage, or «already yours» and
        # stage.
        surplus = len(world.messages(person)) - (per_person[person] + 2)
        figures.repeated += max(0, surplus)
        figures.unanswered += max(0, -surplus)
    return figures
