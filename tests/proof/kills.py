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
        time.sleep(chance.uniform(0.4, 5.0))
        bot.kill()
    bot.start()
    eventually(lambda: not world.get("state")["loading"], seconds=seconds + 60)
    eventually(lambda: _quiet(world, database), seconds=120, every=0.5)
    return _count(world, database, kills, people, len(links), writes + 2 * len(links))


def _furnish(world, bot, people) -> list[str]:
    """Channels, a plan and an invitation for everybody, all by the operator's commands."""
    world.post("channel", id=VIP, title="El Diván")
    world.post("channel", id=FREE, title="El vestíbulo")
    for person in range(FIRST_PERSON, FIRST_PERSON + people):
        world.post("person", id=person, first_name=f"P{person}")
    bot.manage("migrate", "-v0")
    bot.manage("set_channel", "vip", str(VIP))
    bot.manage("set_channel", "free", str(FREE))
    bot.manage("create_plan", "--name", "Mensual", "--days", "30", "--price", "20")
    tokens: list[str] = []
    while len(tokens) < people:
        count = min(50, people - len(tokens))
        tokens += bot.manage("issue_tokens", "--plan", "Mensual", "--count", str(count), "--format", "token").split()
    return tokens


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
