"""Methods that let people in, keep them out or take them out.

Errors as in https://core.telegram.org/method/messages.hideChatJoinRequest and tdlib/td
(DialogParticipantManager.cpp): a bot that is no administrator gets CHAT_ADMIN_REQUIRED, an administrator
without the right "not enough rights …".
"""

from typing import TYPE_CHECKING, Any

from botcore.sandbox import reach
from botcore.sandbox.chats import Channel, Membership
from botcore.sandbox.errors import bad_request, forbidden
from botcore.sandbox.files import Upload
from botcore.sandbox.methods.chats import NO_LINK_RIGHT
from botcore.sandbox.methods.texts import Params
from botcore.sandbox.people import Person
from botcore.sandbox.queries import JoinQuery

if TYPE_CHECKING:
    from botcore.sandbox.world import World

Uploads = dict[str, Upload]
JOIN_QUERY_LIFETIME = 10
"""Seconds in which answerChatJoinRequestQuery must come."""


def approve(world: "World", params: Params, uploads: Uploads) -> bool:
    chat, person = _where(world, params, "can_invite_users", NO_LINK_RIGHT), _who(world, params)
    if chat.membership(person.id).inside:
        raise bad_request("USER_ALREADY_PARTICIPANT")
    return _decide(world, chat, person, True)


def decline(world: "World", params: Params, uploads: Uploads) -> bool:
    chat, person = _where(world, params, "can_invite_users", NO_LINK_RIGHT), _who(world, params)
    return _decide(world, chat, person, False)


def answer_join_query(world: "World", params: Params, uploads: Uploads) -> bool:
    """Approve, decline, or queue: leave it to be decided later."""
    if params["result"] not in ("approve", "decline", "queue"):
        raise bad_request("invalid join request result specified")
    query = world.answer_query(params["chat_join_request_query_id"], JoinQuery, JOIN_QUERY_LIFETIME)
    world.answers[params["chat_join_request_query_id"]] = {"result": params["result"]}
    if params["result"] == "queue":
        return True
    return _decide(world, query.channel, world.people[query.user_id], params["result"] == "approve")


def ban(world: "World", params: Params, uploads: Uploads) -> bool:
    chat, person = _restrictable(world, params)
    chat.requests.pop(person.id, None)
    return _set(world, chat, person, Membership("kicked", until_date=params.get("until_date", 0)))


def unban(world: "World", params: Params, uploads: Uploads) -> bool:
    """Lift a ban; without `only_if_banned` also take out somebody present, who stays free to return."""
    if params.get("only_if_banned"):
        chat = _where(world, params, "can_restrict_members", NO_RESTRICT_RIGHT)
        person = _who(world, params)
        if chat.membership(person.id).status != "kicked":
            return True
    else:
        chat, person = _restrictable(world, params)
    return _set(world, chat, person, Membership("left"))


NO_RESTRICT_RIGHT = "not enough rights to restrict/unrestrict chat member"


def _where(world: "World", params: Params, right: str, missing: str) -> Channel:
    chat = reach.chat(world, params["chat_id"], write=True)
    if not isinstance(chat, Channel):
        raise bad_request("method is available for supergroup and channel chats only")
    member = world.bot_membership(chat)
    if member.status != "administrator":
        raise bad_request("CHAT_ADMIN_REQUIRED")
    if right not in member.rights:
        raise bad_request(missing)
    return chat


def _who(world: "World", params: Params) -> Person:
    person = world.people.get(params["user_id"])
    if person is None:
        raise bad_request("USER_ID_INVALID")
    return person


def _restrictable(world: "World", params: Params) -> tuple[Channel, Person]:
    chat = _where(world, params, "can_restrict_members", NO_RESTRICT_RIGHT)
    if params["user_id"] == world.bot["id"]:
        raise bad_request("can't restrict self")
    person = _who(world, params)
    match chat.membership(person.id).status:
        case "creator":
            raise bad_request("can't remove chat owner")
        case "administrator":
            raise bad_request("user is an administrator of the chat")
    return chat, person


def _decide(world: "World", chat: Channel, person: Person, admit: bool) -> bool:
    if person.deactivated:
        raise forbidden("user is deactivated")
    if person.id not in chat.requests:
        raise bad_request("HIDE_REQUESTER_MISSING")
    if admit and person.too_many_channels:
        raise bad_request("USER_CHANNELS_TOO_MUCH")
    world.settle_request(chat, person.id, world.bot, approve=admit)
    return True


def _set(world: "World", chat: Channel, person: Person, new: Membership) -> bool:
    if chat.membership(person.id).status != new.status:
        world.set_member(chat, person.as_json(), new, by=world.bot)
    return True


METHODS: dict[str, Any] = {
    "approveChatJoinRequest": approve,
    "declineChatJoinRequest": decline,
    "answerChatJoinRequestQuery": answer_join_query,
    "banChatMember": ban,
    "unbanChatMember": unban,
}
