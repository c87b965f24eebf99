"""A Bot API server that answers everything the same way, and a closed loop of people who wait for each answer.

`python -m tests.benchmarks.constant_server USERS AT_ONCE` prints its port, then, when all are served, one JSON line
of figures.
Each person sends /start and presses the first button of the answer five times; updates are handed out by getUpdates.
"""

import asyncio
import json
import sys
import time
from collections import deque

from aiohttp import web

PRESSES = 5
TEXT = "constant"


class Loop:
    """`waits` holds when each person acted; a send or an edit to the person is the answer."""

    def __init__(self, users: int, at_once: int) -> None:
        self.left = deque(range(1, users + 1))
        self.at_once = at_once
        self.users = users
        self.updates: deque[dict] = deque()
        self.queued = asyncio.Event()
        self.next_update = 1
        self.acts: dict[int, int] = {}
        self.waits: dict[int, float] = {}
        self.seconds: list[float] = []
        self.first: list[float] = []
        self.buttons: dict[int, str] = {}
        self.first_poll: float | None = None
        self.started = self.ended = 0.0
        self.done = asyncio.Event()

    def begin(self) -> None:
        self.started = time.perf_counter()
        for _ in range(min(self.at_once, len(self.left))):
            self.act(self.left.popleft())

    def act(self, person: int) -> None:
        number = self.acts[person] = self.acts.get(person, 0) + 1
        user = {"id": 10_000 + person, "is_bot": False, "first_name": f"P{person}"}
        chat = {"id": user["id"], "type": "private", "first_name": user["first_name"]}
        message = {"message_id": number, "date": int(time.time()), "chat": chat}
        if number == 1:
            entity = {"type": "bot_command", "offset": 0, "length": 6}
            update = {"message": {**message, "from": user, "text": "/start", "entities": [entity]}}
        else:
            bot = {"id": 42, "is_bot": True, "first_name": "B"}
            query = {"id": str(self.next_update), "from": user, "chat_instance": "1", "data": self.buttons[person]}
            update = {"callback_query": {**query, "message": {**message, "from": bot, "text": TEXT}}}
        self.updates.append({"update_id": self.next_update, **update})
        self.next_update += 1
        self.waits[person] = time.perf_counter()
        self.queued.set()

    def answered(self, chat_id: int, markup: str | None) -> None:
        person = chat_id - 10_000
        waited = self.waits.pop(person, None)
        if waited is None:
            return
        took = time.perf_counter() - waited
        self.seconds.append(took)
        if self.acts[person] == 1:
            self.first.append(took)
        if markup:
            rows = json.loads(markup)["inline_keyboard"]
            self.buttons[person] = next(b["callback_data"] for row in rows for b in row if "callback_data" in b)
        if self.acts[person] <= PRESSES:
            self.act(person)
        elif self.left:
            self.act(self.left.popleft())
        elif not self.waits:
            self.ended = time.perf_counter()
            self.done.set()

    async def get_updates(self, params: dict) -> list[dict]:
        offset = int(params.get("offset") or 0)
        while self.updates and self.updates[0]["update_id"] < offset:
            self.updates.popleft()
        if self.first_poll is None:
            self.first_poll = time.time()
        if not self.updates:
            self.queued.clear()
            try:
                await asyncio.wait_for(self.queued.wait(), float(params.get("timeout") or 0) or 0.001)
            except TimeoutError:
                return []
        return list(self.updates)[:100]


def percentile(values: list[float], share: float) -> float:
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, round(share * (len(ordered) - 1)))]


async def main(users: int, at_once: int) -> None:
    loop = Loop(users, at_once)
    me = {"id": 42, "is_bot": True, "first_name": "B", "username": "ConstantBot", "can_join_groups": True}
    me |= {"can_read_all_group_messages": False, "supports_inline_queries": False, "can_connect_to_business": False}
    me |= {"has_main_web_app": False}

    async def handle(request: web.BaseRequest) -> web.Response:
        method = request.path.rsplit("/", 1)[-1]
        params = dict(await request.post())
        result: object = True
        if method == "getUpdates":
            result = await loop.get_updates(params)
        elif method == "getMe":
            result = me
        elif method in ("sendMessage", "editMessageText"):
            chat_id = int(params["chat_id"])
            chat = {"id": chat_id, "type": "private"}
            result = {"message_id": 1, "date": 1, "chat": chat, "text": TEXT}
            loop.answered(chat_id, params.get("reply_markup"))
        return web.json_response({"ok": True, "result": result})

    runner = web.ServerRunner(web.Server(handle, access_log=None))
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    print(runner.addresses[0][1], flush=True)
    while loop.first_poll is None:
        await asyncio.sleep(0.01)
    print(loop.first_poll, flush=True)
    await asyncio.sleep(1.5)  # start-up work of the bot is not part of the measured load
    loop.begin()
    await loop.done.wait()
    count = len(loop.seconds)
    figures = {
        "updates": count,
        "per_s": count / (loop.ended - loop.started),
        **{f"p{share}": percentile(loop.seconds, share / 100) for share in (50, 95, 99)},
        **{f"first_p{share}": percentile(loop.first[:at_once], share / 100) for share in (50, 99)},
    }
    print(json.dumps(figures), flush=True)
    await asyncio.sleep(0.2)


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1]), int(sys.argv[2])))
