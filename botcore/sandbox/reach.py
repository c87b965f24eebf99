"""Whom the bot may reach: the checks every call about a chat begins with.

In the order of `check_chat_access` in https://github.com/tdlib/telegram-bot-api (Client.cpp).
"""

from typing import TYPE_CHECKING

from botcore.sandbox.chats import Channel, PrivateChat
from botcore.sandbox.errors import bad_request, forbidden
from botcore.sandbox.people import Person

if TYPE_CHECKING:
    from botcore.sandbox.world import World

JOIN_WINDOW = 300
"""Seconds for which a join request lets the bot write first (ChatJoinRequest.user_chat_id)."""


def chat(world: "World", chat_id: int | str, *, write: bool = False) -> Channel | PrivateChat:
    """The chat a call names. Raises ApiError 400 if it is unknown, 403 if the bot may not use it."""
    if isinstance(chat_id, str):
        chat_id = _resolve(world, chat_id)
    channel = world.channels.get(chat_id)
    if channel:
        return _channel_access(world, channel, write)
    person = world.people.get(chat_id) or world.by_user_chat.get(chat_id)
    if person is None or not person.seen:
        raise bad_request("chat not found")
    if write:
        _private_access(world, person, chat_id)
    return person.chat


def _resolve(world: "World", chat_id: str) -> int:
    named = {f"@{channel.username}".lower(): channel.id for channel in world.channels.values() if channel.username}
    if chat_id.lower() in named:
        return named[chat_id.lower()]
    if not chat_id.removeprefix("-").isdigit():
        raise bad_request("chat not found")
    return int(chat_id)


def _channel_access(world: "World", channel: Channel, write: bool) -> Channel:
    member = world.bot_membership(channel)
    if member.status == "kicked":
        raise forbidden(f"bot was kicked from the {channel.kind} chat")
    if not member.inside and (write or not channel.username):
        if world.bot["id"] not in channel.members and not channel.username:
            raise bad_request("chat not found")
        raise forbidden(f"bot is not a member of the {channel.kind} chat")
    return channel


def _private_access(world: "World", person: Person, chat_id: int) -> None:
    if person.deactivated:
        raise forbidden("user is deactivated")
    if person.blocked_bot:
        raise forbidden("bot was blocked by the user")
    if not person.started and not _join_window_open(world, person, chat_id):
        raise forbidden("bot can't initiate conversation with a user")


def _join_window_open(world: "World", person: Person, chat_id: int) -> bool:
    requests = (channel.requests.get(person.id) for channel in world.channels.values())
    return any(
        request and request.user_chat_id == chat_id and world.now() - request.date <= JOIN_WINDOW
        for request in requests
    )
