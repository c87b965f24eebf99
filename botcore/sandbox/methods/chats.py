"""Methods about chats and who is in them, and about invite links."""

import secrets
from typing import TYPE_CHECKING, Any

from botcore.sandbox import html, reach
from botcore.sandbox.chats import Channel, InviteLink, PrivateChat
from botcore.sandbox.errors import bad_request
from botcore.sandbox.files import Upload
from botcore.sandbox.methods.texts import Params

if TYPE_CHECKING:
    from botcore.sandbox.world import World

Uploads = dict[str, Upload]
LINK_NAME_LIMIT = 32
MEMBER_LIMITS = range(1, 100_000)
NO_LINK_RIGHT = "not enough rights to manage chat invite link"


def get_chat(world: "World", params: Params, uploads: Uploads) -> Params:
    chat = reach.chat(world, params["chat_id"])
    gifts = (
        "unlimited_gifts", "limited_gifts", "unique_gifts", "premium_subscription", "gifts_from_channels",
    )  # fmt: skip
    full = {
        "accent_color_id": 0,
        "max_reaction_count": 11,
        "accepted_gift_types": dict.fromkeys(gifts, False),
    }
    found = chat.as_json() | full
    if isinstance(chat, PrivateChat):
        return found | ({} if chat.person.profile_links else {"has_private_forwards": True})
    if chat.available_reactions is not None:
        found["available_reactions"] = [{"type": "emoji", "emoji": emoji} for emoji in chat.available_reactions]
    if chat.has_protected_content:
        found["has_protected_content"] = True
    primary = next((link for link in chat.links.values() if link.is_primary and not link.is_revoked), None)
    if primary and "can_invite_users" in world.bot_membership(chat).rights:
        found["invite_link"] = primary.url
    return found


def get_chat_member(world: "World", params: Params, uploads: Uploads) -> Params:
    """Of a channel only administrators may read the list; the bot always finds itself."""
    chat = _channel(world, params)
    user_id = params["user_id"]
    if user_id != world.bot["id"]:
        person = world.people.get(user_id)
        if person is None:
            raise bad_request("user not found")
        if chat.kind == "channel" and world.bot_membership(chat).status != "administrator":
            raise bad_request("CHAT_ADMIN_REQUIRED")
        person.seen = True
    return chat.member_json(world.user_json(user_id), chat.membership(user_id))


def get_chat_administrators(world: "World", params: Params, uploads: Uploads) -> list[Params]:
    chat = _channel(world, params)
    if world.bot_membership(chat).status != "administrator" and chat.kind == "channel":
        raise bad_request("member list is inaccessible")
    return [
        chat.member_json(world.user_json(user_id), member)
        for user_id, member in chat.members.items()
        if member.status in ("creator", "administrator")
    ]


def get_chat_member_count(world: "World", params: Params, uploads: Uploads) -> int:
    chat = reach.chat(world, params["chat_id"])
    return len(chat.inside) if isinstance(chat, Channel) else 2


def leave_chat(world: "World", params: Params, uploads: Uploads) -> bool:
    world.set_bot_rights(_channel(world, params).id, None)
    return True


def create_link(world: "World", params: Params, uploads: Uploads) -> Params:
    chat = _with_link_right(world, params)
    _check_link(world, params)
    return world.link_json(chat, _new_link(world, chat, **_link_fields(params)))


def edit_link(world: "World", params: Params, uploads: Uploads) -> Params:
    """What is not given goes back to its default, as in Telegram."""
    chat = _with_link_right(world, params)
    link = _own_link(world, chat, params)
    if link.is_revoked or link.is_primary:
        raise bad_request("CHAT_INVITE_PERMANENT" if link.is_primary else "INVITE_HASH_EXPIRED")
    _check_link(world, params)
    defaults = {"name": "", "expire_date": None, "member_limit": None, "creates_join_request": False}
    for name, value in (defaults | _link_fields(params)).items():
        setattr(link, name, value)
    return world.link_json(chat, link)


def revoke_link(world: "World", params: Params, uploads: Uploads) -> Params:
    """Revoking twice gives the same answer; a revoked primary link is replaced."""
    chat = _with_link_right(world, params)
    link = _own_link(world, chat, params)
    link.is_revoked = True
    if link.is_primary:
        _new_link(world, chat, is_primary=True)
    return world.link_json(chat, link)


def export_link(world: "World", params: Params, uploads: Uploads) -> str:
    chat = _with_link_right(world, params)
    for link in chat.links.values():
        link.is_revoked = link.is_revoked or (link.is_primary and link.creator_id == world.bot["id"])
    return _new_link(world, chat, is_primary=True).url


def _channel(world: "World", params: Params) -> Channel:
    chat = reach.chat(world, params["chat_id"], write=False)
    if not isinstance(chat, Channel):
        raise bad_request("method is available for supergroup and channel chats only")
    return chat


def _with_link_right(world: "World", params: Params) -> Channel:
    chat = reach.chat(world, params["chat_id"], write=True)
    if not isinstance(chat, Channel):
        raise bad_request("can't invite members to a private chat")
    if "can_invite_users" not in world.bot_membership(chat).rights:
        raise bad_request(NO_LINK_RIGHT)
    return chat


def _check_link(world: "World", params: Params) -> None:
    if html.utf16_length(params.get("name", "")) > LINK_NAME_LIMIT:
        raise bad_request("invite link name is too long")
    if params.get("creates_join_request") and params.get("member_limit"):
        raise bad_request("member limit can't be specified for links requiring administrator approval")
    if params.get("member_limit") and params["member_limit"] not in MEMBER_LIMITS:
        raise bad_request("USAGE_LIMIT_INVALID")
    if params.get("expire_date") and params["expire_date"] <= world.now():
        raise bad_request("EXPIRE_DATE_INVALID")


def _link_fields(params: Params) -> Params:
    names = ("name", "expire_date", "member_limit", "creates_join_request")
    return {name: params[name] for name in names if params.get(name)}


def _new_link(world: "World", chat: Channel, **fields: Any) -> InviteLink:
    link = InviteLink(f"https://t.me/+{secrets.token_urlsafe(12)}", world.bot["id"], **fields)
    chat.links[link.url] = link
    return link


def _own_link(world: "World", chat: Channel, params: Params) -> InviteLink:
    link = chat.links.get(params["invite_link"])
    if link is None or link.creator_id != world.bot["id"]:
        raise bad_request("INVITE_HASH_EXPIRED")
    return link


METHODS: dict[str, Any] = {
    "getChat": get_chat,
    "getChatMember": get_chat_member,
    "getChatAdministrators": get_chat_administrators,
    "getChatMemberCount": get_chat_member_count,
    "leaveChat": leave_chat,
    "createChatInviteLink": create_link,
    "editChatInviteLink": edit_link,
    "revokeChatInviteLink": revoke_link,
    "exportChatInviteLink": export_link,
}
