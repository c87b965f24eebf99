"""Looks at chats: what kind they are and what the bot may do there (C-CHAN-3, C-CHAN-8)."""

from aiogram.methods import CreateChatInviteLink, GetChat, GetChatMember
from aiogram.types import ChatFullInfo, ChatMemberAdministrator, ChatMemberUpdated

from botcore import clock, config, units
from botcore.channels import ProbeFacts
from botcore.models import Channel
from botcore.outbox import CallResult, Outcome
from botcore.telegram.api import Api
from subscriptions.desk import channels

FREE_LINK_NAME = "Lucien"
OUT = ("bot is not a member", "member list is inaccessible", "CHAT_ADMIN_REQUIRED")
KICKED = "bot was kicked"


async def probe_chat(api: Api, chat: int | str) -> ProbeFacts | None:
    """What getChat and getChatMember say of a chat, by id or `@name`; None when Telegram gave no usable answer now.

    A group that became a supergroup is looked up under its new id (ResponseParameters.migrate_to_chat_id).
    """
    found = await api.change(GetChat(chat_id=chat), _id(chat))
    if (new_id := found.value.get("migrated_to")) is not None:
        facts = await probe_chat(api, int(new_id))
        return facts and _moved(facts, _id(chat))
    if found.outcome is not Outcome.DONE:
        return _unseen(found, _id(chat))
    info: ChatFullInfo = found.value["result"]
    us = await api.bot.me()  # known since the start, so no call
    member = await api.change(GetChatMember(chat_id=info.id, user_id=us.id), info.id)
    return _facts(info, member)


def _id(chat: int | str) -> int:
    return chat if isinstance(chat, int) else 0


def _moved(facts: ProbeFacts, asked: int) -> ProbeFacts:
    return ProbeFacts(**{**vars(facts), "migrated_from": asked})


def _unseen(result: CallResult, chat_id: int) -> ProbeFacts | None:
    """Telegram names no chat: it is not there for us, or we are not in it."""
    if (status := _outside(result)) is not None:
        return ProbeFacts(chat_id, bot_status=status)
    gone = result.outcome in (Outcome.CONFIGURATION, Outcome.GONE) and not _token_refused(result)
    return ProbeFacts(chat_id, reachable=False) if gone else None


def _token_refused(result: CallResult) -> bool:
    """The token itself was refused: that says nothing about the chat."""
    return result.detail.lower() in ("unauthorized", "not found")


def _outside(result: CallResult) -> str | None:
    if any(text in result.detail for text in OUT):
        return "left"
    return "kicked" if KICKED in result.detail else None


def _facts(info: ChatFullInfo, member: CallResult) -> ProbeFacts | None:
    chat = {
        "chat_id": info.id,
        "chat_type": info.type,
        "title": info.title or info.full_name,
        "username": info.username or "",
        "join_by_request": bool(info.join_by_request),
    }
    if member.outcome is not Outcome.DONE:
        status = _outside(member)
        return ProbeFacts(**chat, bot_status=status) if status else None
    us = member.value["result"]
    rights = {}
    if isinstance(us, ChatMemberAdministrator):
        rights = {
            "can_invite_users": us.can_invite_users,
            "can_restrict_members": us.can_restrict_members,
            "can_post_messages": bool(us.can_post_messages),
        }
    return ProbeFacts(**chat, bot_status=us.status, **rights)


async def make_free_link(api: Api, chat_id: int) -> str:
    """A permanent link by which people ask to enter (#createchatinvitelink); '' when Telegram does not give one now."""
    create = CreateChatInviteLink(chat_id=chat_id, name=FREE_LINK_NAME, creates_join_request=True)
    made = await api.act(create, chat_id)
    return made.value["result"].invite_link if made.outcome is Outcome.DONE else ""


async def probe_channel(api: Api, kind: str, chat_id: int) -> bool:
    """Probe a connected channel now and tell custodians what changed; False when Telegram did not answer."""
    facts = await probe_chat(api, chat_id)
    if facts is None:
        return False
    missing = await units.run(channels.settle_probe, kind, facts, now=clock.now())
    if kind == Channel.Kind.FREE and not missing:
        await _mend_link(api, facts.chat_id)
    return True


async def _mend_link(api: Api, chat_id: int) -> None:
    """A Free channel that has no link gets one, also when its making failed at connecting (C-CHAN-7)."""
    free = (await units.run(config.current)).free
    if free and free.chat_id == chat_id and not free.invite_link and (url := await make_free_link(api, chat_id)):
        await units.run(channels.keep_made_link, url)


async def probe_channels(api: Api) -> int:
    """The 5-minute job: probe what is connected. Returns how many channels answered."""
    settings = await units.run(config.current)
    connected = [channel for channel in (settings.vip, settings.free) if channel]
    return sum([await probe_channel(api, channel.kind, channel.chat_id) for channel in connected])


def became_administrator(update: ChatMemberUpdated) -> bool:
    """Whether the update made the bot administrator, which it was not before."""
    administers = ("administrator", "creator")
    return update.new_chat_member.status in administers and update.old_chat_member.status not in administers
