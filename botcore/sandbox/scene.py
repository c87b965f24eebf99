"""What the chat page shows of the world, as JSON, and what it lets a person do there."""

from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qs, urlsplit

from botcore.sandbox.chats import Channel
from botcore.sandbox.messages import Message
from botcore.sandbox.people import NotPossible, Person
from botcore.sandbox.world import World

MESSAGES, POSTS, ANSWERS = 100, 20, 10
FIRST_NEW_PERSON = 9001
LONGEST_NAME, LONGEST_TEXT = 64, 4096

Json = dict[str, Any]


# --- what is seen -----------------------------------------------------------------------------------------------------


def show(world: World, person: Person) -> Json:
    """The page as this person sees it."""
    return {
        "me": {"id": person.id, "name": person.first_name, "blocked": person.blocked_bot, "started": person.started},
        "bot": world.bot["first_name"],
        "messages": [_message(message) for message in list(person.chat.messages.values())[-MESSAGES:]],
        "commands": person.commands,
        "channels": [_channel(channel, person) for channel in world.channels.values()],
        "answers": _answers(world, person),
    }


def people(world: World, notes: dict[int, str]) -> list[Json]:
    return [{"id": one.id, "name": one.first_name, "note": notes.get(one.id, "")} for one in world.people.values()]


def _message(message: Message) -> Json:
    return {
        "id": message.id,
        "mine": not message.by_bot,
        "html": message.html,
        "media": message.media,
        "file": message.file_id if message.media == "document" else None,
        "name": message.body.get("document", {}).get("file_name", ""),
        "date": message.body["date"],
        "edited": "edit_date" in message.body,
        "keyboard": [[_button(button) for button in row] for row in message.keyboard],
    }


def _button(button: Json) -> Json:
    kind = next((name for name in ("callback_data", "url", "copy_text") if name in button), "other")
    shown = {"text": button["text"], "kind": kind}
    return shown | ({"copy": button["copy_text"]["text"]} if kind == "copy_text" else {"value": button.get(kind, "")})


def _channel(channel: Channel, person: Person) -> Json:
    inside = channel.membership(person.id).inside
    return {
        "id": channel.id,
        "title": channel.title,
        "inside": inside,
        "owner": channel.membership(person.id).status == "creator",
        "banned": channel.membership(person.id).status == "kicked",
        "asked": person.id in channel.requests,
        "members": len(channel.inside),
        "posts": [_message(post) for post in channel.posts[-POSTS:]] if inside else [],
    }


def _answers(world: World, person: Person) -> Json:
    """The answers to the person's latest presses by query id: a toast, an alert, or nothing but the end of waiting."""
    answered = [name for name, query in world.queries.items() if query.user_id == person.id and name in world.answers]
    return {name: world.answers[name] for name in answered[-ANSWERS:]}


# --- what is done -----------------------------------------------------------------------------------------------------


def act(world: World, person: Person, order: Json) -> Json:
    """Do what the page asks for. Raises NotPossible, or KeyError, TypeError, ValueError for a senseless order."""
    return ACTS[order["act"]](world, person, order) or {}


def add_person(world: World, name: str) -> Person:
    """Somebody new, who has not met the bot; raises ValueError without a name."""
    if not name.strip():
        raise ValueError("a person needs a name")
    return world.person(max(FIRST_NEW_PERSON, *(id + 1 for id in world.people)), name.strip()[:LONGEST_NAME])


def _say(world: World, person: Person, order: Json) -> None:
    text = str(order["text"]).strip()[:LONGEST_TEXT]
    if text == "/start" and person.blocked_bot:
        person.start()
    elif text:
        person.send(text)


def _press(world: World, person: Person, order: Json) -> Json:
    message = person.chat.messages[int(order["message"])]
    return {"query": person.press(message, str(order["button"]))}


def _follow(world: World, person: Person, order: Json) -> Json:
    """Open a link as Telegram's app would: the bot with a payload, a channel's door, or the world outside."""
    url = str(order["url"])
    if door := next((channel for channel in world.channels.values() if url in channel.links), None):
        return _enter(person, door, url)
    parts = urlsplit(url)
    if parts.netloc in ("t.me", "telegram.me") and parts.path.strip("/").lower() == world.bot["username"].lower():
        payload = parse_qs(parts.query).get("start")
        person.start(payload[0] if payload else None)
        return {"opened": "chat"}
    return {"outside": url}


def _enter(person: Person, channel: Channel, url: str) -> Json:
    if channel.membership(person.id).inside:
        return {"opened": channel.title}
    if channel.links[url].creates_join_request:
        person.request_to_join(channel, url)
    else:
        person.join(channel, url)
    return {"opened": channel.title}


def _forward(world: World, person: Person, order: Json) -> None:
    person.forward(world.channels[int(order["channel"])].messages[int(order["message"])])


def _post(world: World, person: Person, order: Json) -> None:
    channel = world.channels[int(order["channel"])]
    if channel.membership(person.id).status != "creator":
        raise NotPossible("only the owner posts")
    person.post(channel, str(order["text"])[:LONGEST_TEXT])


ACTS: dict[str, Callable[[World, Person, Json], Json | None]] = {
    "say": _say,
    "photo": lambda world, person, order: person.send_photo() and None,
    "sticker": lambda world, person, order: person.send_sticker() and None,
    "press": _press,
    "follow": _follow,
    "block": lambda world, person, order: person.block_bot(),
    "unblock": lambda world, person, order: person.unblock_bot(),
    "ask": lambda world, person, order: person.request_to_join(int(order["channel"])) and None,
    "leave": lambda world, person, order: person.leave(int(order["channel"])),
    "forward": _forward,
    "post": _post,
}
