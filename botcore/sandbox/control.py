"""The face under /control/ by which a test moves the world of another process: all requests and answers are
JSON.

| POST person | {"id", "first_name", …} | make or change a person |
| POST channel | {"id", "title", "bot_rights", "owner": person id, …} | make a channel |
| POST act | {"person", "act", "args": [], "chat": id, "message": id, …keywords} | an act of `Person.ACTS` |
| POST bot_rights | {"channel", "rights": [] or null, "kick"} | change the bot's rights |
| POST update | {"update": any JSON} | queue an update as it is, however malformed |
| POST repeat | {"update_id"} | deliver an update again |
| POST fail | {"method", "times", "after", and "delay" or "hang" or "drop" or "error_code", "description",
  "retry_after"} | a planted fault |
| POST load | {"first_id", "people", "texts": [], "rate": per second, "count"} | people who write in turn |
| POST revoke_token, clear_faults, rate_limits {"enabled"} | |
| GET messages?chat= | what the bot shows there now |
| GET calls?method=&since= | the call log |
| GET state | counters and answers |
"""

import asyncio
from collections import Counter
from typing import Any

from aiohttp import web

from botcore.sandbox.errors import ApiError
from botcore.sandbox.faults import HANG
from botcore.sandbox.messages import Message
from botcore.sandbox.people import NotPossible, Person
from botcore.sandbox.world import Call, World

Body = dict[str, Any]


class Control:
    def __init__(self, world: World) -> None:
        self.world = world
        self._loads: set[asyncio.Task[None]] = set()

    def add_routes(self, app: web.Application) -> None:
        app.router.add_post("/control/{name}", self._post)
        app.router.add_get("/control/{name}", self._get)

    async def _post(self, request: web.Request) -> web.Response:
        act = POSTS.get(request.match_info["name"])
        if act is None:
            raise web.HTTPNotFound
        try:
            return web.json_response({"ok": True, "result": act(self, await request.json())})
        except (NotPossible, KeyError, TypeError, ValueError, StopIteration) as error:
            return web.json_response({"ok": False, "error": f"{type(error).__name__}: {error}"}, status=400)

    async def _get(self, request: web.Request) -> web.Response:
        read = GETS.get(request.match_info["name"])
        if read is None:
            raise web.HTTPNotFound
        return web.json_response({"ok": True, "result": read(self, request.query)})

    def person(self, body: Body) -> Body:
        return self.world.person(**body).as_json()

    def channel(self, body: Body) -> Body:
        owner = self.world.people[body.pop("owner")] if "owner" in body else None
        return self.world.channel(**body, owner=owner).as_json()

    def act(self, body: Body) -> Any:
        person = self.world.people[body.pop("person")]
        name = body.pop("act")
        if name not in Person.ACTS:
            raise ValueError(f"no such act: {name}")
        chat = body.pop("chat", person.id)
        if isinstance(body.get("message"), int):
            body["message"] = self._messages(chat)[body["message"]]
        result = getattr(person, name)(*body.pop("args", []), **body)
        return _shown(result)

    def bot_rights(self, body: Body) -> None:
        self.world.set_bot_rights(body["channel"], body["rights"], kick=body.get("kick", False))

    def update(self, body: Body) -> None:
        self.world.queue.push_raw(body["update"])

    def repeat(self, body: Body) -> None:
        self.world.queue.repeat(body["update_id"])

    def fail(self, body: Body) -> None:
        options = {name: body[name] for name in ("times", "after") if name in body}
        self.world.fail(body["method"], _fault(body), **options)

    def clear_faults(self, body: Body) -> None:
        self.world.faults.clear()

    def revoke_token(self, body: Body) -> None:
        self.world.revoke_token()

    def rate_limits(self, body: Body) -> None:
        self.world.flood.enabled = body["enabled"]

    def load(self, body: Body) -> None:
        task = asyncio.get_running_loop().create_task(self._load(**body))
        self._loads.add(task)
        task.add_done_callback(self._loads.discard)

    async def _load(self, first_id: int, people: int, texts: list[str], rate: float, count: int) -> None:
        loop = asyncio.get_running_loop()
        begin = loop.time()
        for number in range(count):
            await asyncio.sleep(max(0.0, begin + number / rate - loop.time()))
            person = self.world.person(first_id + number % people)
            person.send(texts[number // people % len(texts)])

    def messages(self, query: Any) -> list[Body]:
        return [message.body for message in self._messages(int(query["chat"])).values() if message.by_bot]

    def calls(self, query: Any) -> list[Body]:
        since, method = float(query.get("since", 0)), query.get("method")
        return [_call(call) for call in self.world.calls if call.at >= since and method in (None, call.method)]

    def state(self, query: Any) -> Body:
        return {
            "pending_updates": len(self.world.updates),
            "calls": Counter(call.method for call in self.world.calls),
            "refused": sum(isinstance(call.error, ApiError) for call in self.world.calls),
            "answers": self.world.answers,
            "members": {channel.id: channel.inside for channel in self.world.channels.values()},
            "loading": len(self._loads),
        }

    def _messages(self, chat_id: int) -> dict[int, Message]:
        chat = self.world.channels.get(chat_id) or self.world.people[chat_id].chat
        return chat.messages


def _fault(body: Body) -> Exception | float | str:
    if body.get("hang"):
        return HANG
    if body.get("drop"):
        return ConnectionResetError("dropped by the sandbox")
    if "delay" in body:
        return float(body["delay"])
    parameters = {"retry_after": body["retry_after"]} if "retry_after" in body else None
    return ApiError(body["error_code"], body["description"], parameters)


def _shown(result: Any) -> Any:
    if isinstance(result, Message):
        return result.body
    if isinstance(result, list):
        return [_shown(item) for item in result]
    return result if isinstance(result, str | None) else {"user_id": result.user_id, "query_id": result.query_id}


def _call(call: Call) -> Body:
    error = call.error.as_json() if isinstance(call.error, ApiError) else repr(call.error) if call.error else None
    return {
        "method": call.method,
        "params": call.params,
        "at": call.at,
        "result": call.result,
        "error": error,
    }


POSTS = {
    name: getattr(Control, name)
    for name in (
        "person", "channel", "act", "bot_rights", "update", "repeat", "fail", "clear_faults", "revoke_token",
        "rate_limits", "load",
    )
}  # fmt: skip
GETS = {"messages": Control.messages, "calls": Control.calls, "state": Control.state}
