"""Methods about the bot itself: who it is, how updates reach it, its commands, files, typing."""

import re
from typing import TYPE_CHECKING, Any

from botcore.sandbox import reach
from botcore.sandbox.errors import bad_request
from botcore.sandbox.files import Upload
from botcore.sandbox.methods.texts import Params

if TYPE_CHECKING:
    from collections.abc import Awaitable

    from botcore.sandbox.world import World

Uploads = dict[str, Upload]
ACTIONS = {
    "typing", "upload_photo", "record_video", "upload_video", "record_voice", "upload_voice",
    "upload_document", "choose_sticker", "find_location", "record_video_note", "upload_video_note",
}  # fmt: skip


def get_me(world: "World", params: Params, uploads: Uploads) -> Params:
    abilities = {
        "can_join_groups": True, "can_read_all_group_messages": False, "supports_inline_queries": False,
        "can_connect_to_business": False, "has_main_web_app": False, "has_topics_enabled": False,
        "supports_join_request_queries": world.join_request_queries,
    }  # fmt: skip
    return world.bot | abilities


def get_updates(world: "World", params: Params, uploads: Uploads) -> "Awaitable[list[Params]]":
    return world.queue.poll(**params)


def set_webhook(world: "World", params: Params, uploads: Uploads) -> bool:
    known = ("secret_token", "max_connections", "allowed_updates", "drop_pending_updates")
    world.queue.set_webhook(params["url"], **{name: params[name] for name in known if name in params})
    return True


def delete_webhook(world: "World", params: Params, uploads: Uploads) -> bool:
    world.queue.set_webhook("", drop_pending_updates=params.get("drop_pending_updates", False))
    return True


def get_webhook_info(world: "World", params: Params, uploads: Uploads) -> Params:
    queue = world.queue
    found: Params = {
        "url": queue.webhook.url if queue.webhook else "",
        "has_custom_certificate": False,
        "pending_update_count": len(queue.pending),
    }
    if queue.allowed:
        found["allowed_updates"] = queue.allowed
    if queue.webhook:
        found["max_connections"] = queue.webhook.max_connections
        if queue.webhook.last_error_date:
            found["last_error_date"] = queue.webhook.last_error_date
            found["last_error_message"] = queue.webhook.last_error_message
    return found


def set_my_commands(world: "World", params: Params, uploads: Uploads) -> bool:
    commands = params["commands"]
    if len(commands) > 100:
        raise bad_request("BOT_COMMANDS_TOO_MUCH")
    for command in commands:
        if not re.fullmatch(r"[a-z0-9_]{1,32}", command["command"]):
            raise bad_request("BOT_COMMAND_INVALID")
        if not 1 <= len(command["description"]) <= 256:
            raise bad_request("BOT_COMMAND_DESCRIPTION_INVALID")
    world.commands[_scope(world, params)] = commands
    return True


def delete_my_commands(world: "World", params: Params, uploads: Uploads) -> bool:
    world.commands.pop(_scope(world, params), None)
    return True


def get_my_commands(world: "World", params: Params, uploads: Uploads) -> list[Params]:
    return world.commands.get(_scope(world, params), [])


def _scope(world: "World", params: Params) -> tuple[str, str]:
    """The place of a command list; a scope of one chat needs a chat the bot knows."""
    scope = params.get("scope", {"type": "default"})
    name = scope["type"]
    if "chat_id" in scope:
        name += f":{reach.chat(world, scope['chat_id']).id}"
    if "user_id" in scope:
        name += f":{scope['user_id']}"
    return name, params.get("language_code", "")


def send_chat_action(world: "World", params: Params, uploads: Uploads) -> bool:
    if params["action"] not in ACTIONS:
        raise bad_request("wrong parameter action in request")
    reach.chat(world, params["chat_id"], write=True)
    return True


def get_file(world: "World", params: Params, uploads: Uploads) -> Params:
    stored = world.files.get(params["file_id"])
    return {
        "file_id": stored.id,
        "file_unique_id": f"u{stored.id}",
        "file_size": len(stored.content),
        "file_path": f"{stored.kind}/{stored.id}",
    }


METHODS: dict[str, Any] = {
    "getMe": get_me,
    "getUpdates": get_updates,
    "setWebhook": set_webhook,
    "deleteWebhook": delete_webhook,
    "getWebhookInfo": get_webhook_info,
    "setMyCommands": set_my_commands,
    "deleteMyCommands": delete_my_commands,
    "getMyCommands": get_my_commands,
    "sendChatAction": send_chat_action,
    "getFile": get_file,
}
