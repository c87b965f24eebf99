"""Methods that change or delete a message, react to it, or answer a button press."""

import functools
from typing import TYPE_CHECKING, Any

from botcore.sandbox import html, keyboards, reach
from botcore.sandbox.chats import Channel
from botcore.sandbox.errors import bad_request
from botcore.sandbox.files import Upload
from botcore.sandbox.messages import Message
from botcore.sandbox.methods.sending import may_link
from botcore.sandbox.methods.texts import Params, caption, message_text
from botcore.sandbox.queries import Query

if TYPE_CHECKING:
    from botcore.sandbox.world import World

Uploads = dict[str, Upload]
ANSWER_LIMIT = 200
DELETABLE_FOR = 48 * 3600
NOT_MODIFIED = (
    "message is not modified: specified new message content and reply markup are exactly the same as a "
    "current content and reply markup of the message"
)


def edit_text(world: "World", params: Params, uploads: Uploads) -> Params:
    if "text" not in params:
        raise bad_request("message text is empty")
    text = message_text(params)
    message = _editable(world, params)
    if "text" not in message.body:
        raise bad_request("there is no text in the message to edit")
    return _edit(world, message, params, text, replaced=("text", "entities"))


def edit_caption(world: "World", params: Params, uploads: Uploads) -> Params:
    text = caption(params)
    message = _editable(world, params)
    if message.media is None:
        raise bad_request("there is no caption in the message to edit")
    return _edit(world, message, params, text, replaced=("caption", "caption_entities"))


def edit_markup(world: "World", params: Params, uploads: Uploads) -> Params:
    return _edit(world, _editable(world, params), params, {}, replaced=())


def _editable(world: "World", params: Params) -> Message:
    keyboards.check(params.get("reply_markup", {}), functools.partial(may_link, world))
    if "inline_message_id" in params:
        raise bad_request("MESSAGE_ID_INVALID")
    if "chat_id" not in params or "message_id" not in params:
        raise bad_request("message identifier is not specified")
    message = reach.chat(world, params["chat_id"], write=True).messages.get(params["message_id"])
    if message is None:
        raise bad_request("message to edit not found")
    if not message.by_bot or "forward_origin" in message.body:
        raise bad_request("message can't be edited")
    return message


def _edit(world: "World", message: Message, params: Params, new: Params, replaced: tuple[str, ...]) -> Params:
    """Replace those fields and the keyboard (which goes if none is given)."""
    kept = {key: value for key, value in message.body.items() if key not in (*replaced, "reply_markup", "edit_date")}
    body = kept | new
    if params.get("reply_markup", {}).get("inline_keyboard"):
        body["reply_markup"] = params["reply_markup"]
    if body == {key: value for key, value in message.body.items() if key != "edit_date"}:
        raise bad_request(NOT_MODIFIED)
    message.body = body | {"edit_date": int(world.now())}
    return message.body


def delete_message(world: "World", params: Params, uploads: Uploads) -> bool:
    chat = reach.chat(world, params["chat_id"], write=True)
    message = chat.messages.get(params["message_id"])
    if message is None:
        raise bad_request("message to delete not found")
    _check_deletable(world, message)
    del chat.messages[message.id]
    return True


def delete_messages(world: "World", params: Params, uploads: Uploads) -> bool:
    """Messages not found are skipped."""
    if not 1 <= len(params["message_ids"]) <= 100:
        raise bad_request("message identifiers are not specified")
    chat = reach.chat(world, params["chat_id"], write=True)
    found = [chat.messages[number] for number in params["message_ids"] if number in chat.messages]
    for message in found:
        _check_deletable(world, message)
    for message in found:
        chat.messages.pop(message.id, None)
    return True


def _check_deletable(world: "World", message: Message) -> None:
    chat = message.chat
    if isinstance(chat, Channel):
        needed = "can_post_messages" if message.by_bot and chat.kind == "channel" else "can_delete_messages"
        own_in_group = message.by_bot and chat.kind == "supergroup"
        if not own_in_group and needed not in world.bot_membership(chat).rights:
            raise bad_request("message can't be deleted")
    if world.now() - message.body["date"] > DELETABLE_FOR and not isinstance(chat, Channel):
        raise bad_request("message can't be deleted for everyone")


def answer_callback_query(world: "World", params: Params, uploads: Uploads) -> bool:
    if html.utf16_length(params.get("text", "")) > ANSWER_LIMIT:
        raise bad_request("MESSAGE_TOO_LONG")
    query_id = params["callback_query_id"]
    world.answer_query(query_id, Query, world.callback_lifetime)
    world.answers[query_id] = {
        "text": params.get("text", ""), "show_alert": params.get("show_alert", False), "url":
        params.get("url"),
    }  # fmt: skip
    return True


def set_message_reaction(world: "World", params: Params, uploads: Uploads) -> bool:
    """One reaction per message for a bot, of those the chat allows."""
    chat = reach.chat(world, params["chat_id"], write=True)
    message = chat.messages.get(params["message_id"])
    if message is None:
        raise bad_request("message to react not found")
    reactions = params.get("reaction", [])
    if len(reactions) > 1:
        raise bad_request("REACTIONS_TOO_MANY")
    allowed = getattr(chat, "available_reactions", None)
    for reaction in reactions:
        if reaction["type"] != "emoji" or (allowed is not None and reaction["emoji"] not in allowed):
            raise bad_request("REACTION_INVALID")
    message.reactions = [reaction["emoji"] for reaction in reactions]
    return True


METHODS: dict[str, Any] = {
    "editMessageText": edit_text,
    "editMessageCaption": edit_caption,
    "editMessageReplyMarkup": edit_markup,
    "deleteMessage": delete_message,
    "deleteMessages": delete_messages,
    "answerCallbackQuery": answer_callback_query,
    "setMessageReaction": set_message_reaction,
}
