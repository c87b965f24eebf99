"""Requests to join, comings and goings, and people who block the bot: updates nobody typed."""

from datetime import datetime

from aiogram import F, Router
from aiogram.types import ChatJoinRequest, ChatMemberRestricted, ChatMemberUpdated

from botcore import clock, config, members, units
from botcore.models import Member
from botcore.telegram import orders
from botcore.telegram.api import Api
from subscriptions import free_queue, people, presence, vip_door


async def join_request(request: ChatJoinRequest, api: Api) -> None:
    """Chats the bot does not manage are ignored (M-FREE-10)."""
    query = await units.run(_receive, request, clock.now())
    if query:
        await orders.query_answer(api, query, request.chat.id)


def _receive(request: ChatJoinRequest, now: datetime) -> free_queue.QueryAnswer | None:
    settings = config.current()
    vip, free = settings.vip, settings.free
    if request.chat.id not in {channel.chat_id for channel in (vip, free) if channel}:
        return None
    user = request.from_user
    facts = {
        "member": people.meet_person(
            telegram_id=user.id,
            username=user.username,
            first_name=user.first_name,
            last_name=user.last_name,
            language=user.language_code,
            now=now,
        ).member,
        "chat_id": request.chat.id,
        "user_chat_id": request.user_chat_id,
        "requested_at": request.date,
        "query_id": request.query_id or "",
        "now": now,
    }
    if vip and request.chat.id == vip.chat_id:
        link_url = request.invite_link.invite_link if request.invite_link else ""
        vip_door.receive_vip_request(**facts, link_url=link_url)
        return None
    return free_queue.receive_request(**facts)


async def membership(update: ChatMemberUpdated) -> None:
    """Somebody entered or left one of the channels."""
    new = update.new_chat_member
    await units.run(
        presence.observe_membership,
        telegram_id=new.user.id,
        chat_id=update.chat.id,
        status=new.status,
        is_inside=isinstance(new, ChatMemberRestricted) and new.is_member,
        at=update.date,
        now=clock.now(),
    )


async def own_chat(update: ChatMemberUpdated) -> None:
    """A person blocked the bot, or took it back (M-BLOCK-3, M-BLOCK-4)."""
    if update.new_chat_member.status == "kicked":
        await units.run(members.lose_chat, update.chat.id, Member.Unreachable.BLOCKED_BOT, now=clock.now())
    else:
        await units.run(members.regain_chat, update.chat.id, now=clock.now())


def make_router() -> Router:
    router = Router(name="joining")
    router.chat_join_request.register(join_request)
    router.chat_member.register(membership)
    router.my_chat_member.register(own_chat, F.chat.type == "private")
    return router
