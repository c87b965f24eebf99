"""Methods that make a new message."""

import functools
from typing import TYPE_CHECKING, Any

from botcore.sandbox import html, keyboards, reach
from botcore.sandbox.chats import Channel, PrivateChat
from botcore.sandbox.contents import CONTENT, medium_json, poll_json
from botcore.sandbox.errors import bad_request
from botcore.sandbox.files import Upload
from botcore.sandbox.messages import Message
from botcore.sandbox.methods.texts import Params, caption, message_text

if TYPE_CHECKING:
    from botcore.sandbox.world import World

Uploads = dict[str, Upload]
ALBUM = range(2, 11)
ALONE_IN_ALBUM = {"audio", "document"}
POLL_OPTIONS = range(2, 13)


def send_message(world: "World", params: Params, uploads: Uploads) -> Params:
    return _send(world, params, message_text(params))


def send_medium(kind: str, world: "World", params: Params, uploads: Uploads) -> Params:
    text = {} if kind == "sticker" else caption(params)
    _writable(world, params)
    return _send(world, params, medium_json(world.files.sent(kind, params[kind], uploads)) | text)


def send_media_group(world: "World", params: Params, uploads: Uploads) -> list[Params]:
    media = params["media"]
    if len(media) not in ALBUM:
        raise bad_request(f"too {'many' if len(media) > 10 else 'few'} messages to send as an album")
    kinds = {medium["type"] for medium in media}
    if kinds & ALONE_IN_ALBUM and len(kinds) > 1:
        raise bad_request("can't use the media of the specified type in the album")
    texts = [caption(medium) for medium in media]
    chat = _writable(world, params)
    files = [world.files.sent(medium["type"], medium["media"], uploads) for medium in media]
    world.flood.spend(chat.id, len(media), world.now())
    group = {"media_group_id": world.new_id()}
    return [
        _add(world, chat, params, medium_json(file) | text | group).body
        for file, text in zip(files, texts, strict=True)
    ]


def send_poll(world: "World", params: Params, uploads: Uploads) -> Params:
    options = [option["text"] for option in params["options"]]
    if len(options) not in POLL_OPTIONS:
        raise bad_request("poll must have from 2 to 12 options")
    if not 1 <= html.utf16_length(params["question"]) <= 300:
        raise bad_request("poll question length must not exceed 300")
    poll = poll_json(world.new_id(), params["question"], options, params.get("is_anonymous", True))
    return _send(world, params, {"poll": poll})


def copy_message(world: "World", params: Params, uploads: Uploads) -> Params:
    source = _source(world, params, params["message_id"], "copy")
    content = _content(source)
    if "caption" in params:
        content = {key: value for key, value in content.items() if not key.startswith("caption")} | caption(params)
    return {"message_id": _send(world, params, content)["message_id"]}


def forward_message(world: "World", params: Params, uploads: Uploads) -> Params:
    source = _source(world, params, params["message_id"], "forward")
    return _send(world, params, _content(source) | _origin(source))


def copy_messages(world: "World", params: Params, uploads: Uploads) -> list[Params]:
    return _send_many(world, params, "copy")


def forward_messages(world: "World", params: Params, uploads: Uploads) -> list[Params]:
    return _send_many(world, params, "forward")


def _send_many(world: "World", params: Params, verb: str) -> list[Params]:
    """copyMessages and forwardMessages: ids in strictly increasing order, those not found are left out."""
    ids = params["message_ids"]
    if not 1 <= len(ids) <= 100 or ids != sorted(set(ids)):
        raise bad_request("message identifiers must be in a strictly increasing order")
    origin = reach.chat(world, params["from_chat_id"])
    found = [_source(world, params, number, verb) for number in ids if number in origin.messages]
    if not found:
        raise bad_request(f"there are no messages to {verb}")
    chat = _writable(world, params)
    world.flood.spend(chat.id, len(found), world.now())
    contents = [_content(message) | (_origin(message) if verb == "forward" else {}) for message in found]
    return [{"message_id": _add(world, chat, params, content).id} for content in contents]


def _send(world: "World", params: Params, content: Params) -> Params:
    chat = _writable(world, params)
    world.flood.spend(chat.id, 1, world.now())
    return _add(world, chat, params, content).body


def _writable(world: "World", params: Params) -> Channel | PrivateChat:
    """The chat to write into, with every reason checked for which Telegram refuses."""
    keyboards.check(params.get("reply_markup", {}), functools.partial(may_link, world))
    chat = reach.chat(world, params["chat_id"], write=True)
    if isinstance(chat, Channel):
        member = world.bot_membership(chat)
        if chat.kind == "channel" and "can_post_messages" not in member.rights:
            raise bad_request("need administrator rights in the channel chat")
    reply = params.get("reply_parameters", {})
    if reply and not reply.get("allow_sending_without_reply") and reply["message_id"] not in chat.messages:
        raise bad_request("message to be replied not found")
    return chat


def _add(world: "World", chat: Channel | PrivateChat, params: Params, content: Params) -> Message:
    if params.get("reply_markup", {}).get("inline_keyboard"):
        content = content | {"reply_markup": params["reply_markup"]}
    if params.get("protect_content") or getattr(chat, "has_protected_content", False):
        content = content | {"has_protected_content": True}
    replied = chat.messages.get(params.get("reply_parameters", {}).get("message_id"))
    if replied:
        content = content | {"reply_to_message": replied.body}
    return world.add_message(chat, world.bot, content, by_bot=True)


def may_link(world: "World", user_id: int) -> bool | None:
    """Whether a tg://user button may name that person; None for nobody."""
    person = world.people.get(user_id)
    return person.profile_links if person and person.seen else None


def _source(world: "World", params: Params, message_id: int, verb: str) -> Message:
    message = reach.chat(world, params["from_chat_id"]).messages.get(message_id)
    if message is None:
        raise bad_request(f"message to {verb} not found")
    if message.body.get("has_protected_content") or not _content(message):
        raise bad_request(f"the message can't be {'copied' if verb == 'copy' else 'forwarded'}")
    return message


def _content(message: Message) -> Params:
    return {key: message.body[key] for key in CONTENT if key in message.body}


def _origin(message: Message) -> Params:
    body = message.body
    if isinstance(message.chat, Channel) and message.chat.kind == "channel":
        origin = {"type": "channel", "chat": message.chat.as_json(), "message_id": message.id}
    else:
        origin = {"type": "user", "sender_user": body["from"]}
    return {"forward_origin": body.get("forward_origin") or origin | {"date": body["date"]}}


KINDS = {
    "sendPhoto": "photo", "sendVideo": "video", "sendAnimation": "animation", "sendAudio": "audio",
    "sendDocument": "document", "sendVoice": "voice", "sendSticker": "sticker", "sendVideoNote": "video_note",
}  # fmt: skip
METHODS: dict[str, Any] = {
    "sendMessage": send_message,
    "sendMediaGroup": send_media_group,
    "sendPoll": send_poll,
    "copyMessage": copy_message,
    "copyMessages": copy_messages,
    "forwardMessage": forward_message,
    "forwardMessages": forward_messages,
} | {name: functools.partial(send_medium, kind) for name, kind in KINDS.items()}
