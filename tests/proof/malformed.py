"""Malformed and mutated updates among good ones: the process stays up, the good are answered, the bad are dead
letters.
"""

import copy
import random
import tempfile
from dataclasses import dataclass
from pathlib import Path

from tests.e2e.processes import BotProcess, WorldProcess, eventually, own_database, query

FIRST_PERSON = 30_000
FIRST_UPDATE = 800_000_000  # above those of the world itself: a lower id than the offset would never come
GOOD_EVERY = 10
ODD = [None, True, -1, 0, 2**70, 3.5, "", "\u0000", "\ud800", "‮x", "x" * 5000, [], {}, [[[[]]]], {"a": {"b": {}}}]


@dataclass
class Figures:
    bad: int = 0
    good: int = 0
    answered: int = 0
    dead: int = 0
    worked: int = 0
    restarts: int = 0

    def check(self) -> None:
        """AssertionError unless the promise held."""
        assert self.good == self.answered, self
        assert self.dead, "no update was bad enough"
        assert self.dead + self.worked == self.bad, self
        assert self.restarts == 0, self


def run(engine: str, *, count: int, server: str = "", seed: int = 1) -> Figures:
    """Feed `count` mutated updates with a good one after every tenth; the figures afterwards."""
    chance = random.Random(seed)
    with own_database(engine, server) as database, tempfile.TemporaryDirectory() as folder:
        world = WorldProcess(rate_limits=False)
        bot = BotProcess(
            world.url, database, "--no-web", log=Path(folder, "bot.log"), SEND_RATE="1000", LOG_LEVEL="CRITICAL"
        )
        try:
            bot.manage("migrate -v0")
            return _series(world, bot.start(), database, count, chance)
        finally:
            if bot.process:
                bot.kill()
            world.stop()


def _series(world: WorldProcess, bot: BotProcess, database: str, count: int, chance: random.Random) -> Figures:
    figures = Figures(bad=count)
    for number in range(count):
        world.post("update", update=mutated(FIRST_UPDATE + 2 * number, chance))
        if number % GOOD_EVERY == 0:
            # Somebody new each time: whoever writes too fast is asked to slow down, which is an answer of its own.
            person = world.post("person", id=FIRST_PERSON + figures.good, first_name=f"P{figures.good}")
            world.act(person["id"], "send", "/estado")
            figures.good += 1
    eventually(lambda: _quiet(world, database), seconds=60 + count / 20, every=0.5)
    figures.restarts = int(bot.process.poll() is not None)
    with query(database) as sql:
        low, high = FIRST_UPDATE, FIRST_UPDATE + 2 * count
        among = f"(lane NOT BETWEEN {FIRST_PERSON} AND {FIRST_PERSON + count}) AND update_id BETWEEN {low} AND {high}"
        states = dict(sql(f"SELECT state, count(*) FROM botcore_inbox WHERE {among} GROUP BY state"))
    figures.dead, figures.worked = states.get("dead", 0), states.get("done", 0)
    figures.answered = sum(len(world.messages(FIRST_PERSON + number)) for number in range(figures.good))
    return figures


def _quiet(world: WorldProcess, database: str) -> bool:
    with query(database) as sql:
        waiting = sql("SELECT count(*) FROM botcore_inbox WHERE state = 'new'")[0][0]
        # Answers to odd chats are tried for long: only those to the good are waited for.
        among = f"chat_id BETWEEN {FIRST_PERSON} AND {FIRST_PERSON + 100_000}"
        owed = sql(f"SELECT count(*) FROM botcore_outbox WHERE state IN ('pending', 'sending') AND {among}")[0][0]
    return not waiting and not owed and not world.get("state")["pending_updates"]


def mutated(update_id: int, chance: random.Random) -> dict:
    """An update of some kind with one or two places spoilt; its update_id stays usable."""
    update = copy.deepcopy(chance.choice(_samples()))
    for _ in range(chance.randint(1, 2)):
        _spoil(update, chance)
    if chance.random() < 0.1:
        update["never_heard_of"] = copy.deepcopy(chance.choice(ODD))
    return update | {"update_id": update_id}


def _spoil(value: dict | list, chance: random.Random) -> None:
    while True:
        key = chance.choice(list(value)) if isinstance(value, dict) else chance.randrange(len(value))
        inner = value[key]
        if isinstance(inner, dict | list) and inner and chance.random() < 0.7:
            value = inner
            continue
        if isinstance(value, dict) and len(value) > 1 and chance.random() < 0.3:
            del value[key]
        else:
            value[key] = copy.deepcopy(chance.choice(ODD))
        return


def _samples() -> list[dict]:
    user = {"id": 77, "is_bot": False, "first_name": "Mal"}
    private = {"id": 77, "type": "private", "first_name": "Mal"}
    channel = {"id": -1001000000001, "type": "channel", "title": "El Diván"}
    message = {"message_id": 5, "date": 1_770_000_000, "chat": private, "from": user, "text": "/start AAAABBBBCCCCDDDD"}
    entity = {"type": "bot_command", "offset": 0, "length": 6}
    member = {"user": user, "status": "member"}
    return [
        {"message": {**message, "entities": [entity]}},
        {"message": {**message, "photo": [{"file_id": "a", "file_unique_id": "b", "width": 1, "height": 1}]}},
        {"callback_query": {"id": "1", "from": user, "chat_instance": "1", "data": "m1:home", "message": message}},
        {"chat_join_request": {"chat": channel, "from": user, "user_chat_id": 77, "date": 1_770_000_000}},
        {
            "chat_member": {
                "chat": channel, "from": user, "date": 1_770_000_000,
                "old_chat_member": {"user": user, "status": "left"}, "new_chat_member": member,
            }
        },
    ]  # fmt: skip
