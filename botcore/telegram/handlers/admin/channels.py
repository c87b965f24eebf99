"""Connecting the two channels, looking after them (C-CHAN), and the bot's own rights there (C-NOTE-2)."""

from aiogram import Bot, F, Router
from aiogram.filters import StateFilter
from aiogram.fsm.context import FSMContext
from aiogram.fsm.storage.base import BaseStorage, StorageKey
from aiogram.types import (
    CallbackQuery,
    ChatMemberUpdated,
    Message,
    MessageOriginChannel,
    MessageOriginChat,
    MessageOriginUser,
)  # fmt: skip

from botcore import clock, units
from botcore.exceptions import Gone
from botcore.models import Inbox
from botcore.outbox import Reply
from botcore.screens import Screen
from botcore.telegram import probes
from botcore.telegram.answers import Answer
from botcore.telegram.api import Api
from botcore.telegram.callbacks import ChannelAct, Confirm, Panel, Proposed
from botcore.telegram.handlers.admin.flow import Answers, Dialogue, Step
from botcore.telegram.handlers.fallback import Albums
from botcore.telegram.states import Connect, FreeLink, Wait
from subscriptions import people
from subscriptions.access import Person
from subscriptions.desk import channels, panel

TELL = "connect_tell"


def _to_channel(person: Person, answers: Answers) -> Screen:
    return channels.channel_screen(person, kind=answers.get("kind", "free"))


CONNECT = Dialogue(
    steps=(Step(Connect.chat, "chat", channels.ask_chat, channels.awaits_chat),),
    leave=_to_channel,
)
WAIT = Dialogue(
    steps=(Step(Wait.minutes, "minutes", channels.ask_wait, channels.awaits_wait, channels.read_wait),),
    leave=_to_channel,
    finish=channels.save_wait,
)
FREE_LINK = Dialogue(
    steps=(Step(FreeLink.url, "url", channels.ask_link, channels.awaits_link, channels.read_link),),
    leave=_to_channel,
    finish=channels.save_link,
)
DIALOGUES = (CONNECT, WAIT, FREE_LINK)


# --- looking ----------------------------------------------------------------------------------------------------------


async def show(query: CallbackQuery, callback_data: Panel, person: Person, answer: Answer) -> None:
    await answer.show(await units.run(channels.channel_screen, person, kind=callback_data.screen))


async def recheck(query: CallbackQuery, callback_data: ChannelAct, person: Person, answer: Answer, api: Api) -> None:
    """Probe now, by hand (C-CHAN-8)."""
    kind = callback_data.kind
    chat_id = await units.run(channels.chat_id_of, kind)
    facts = await probes.probe_chat(api, chat_id) if chat_id else None
    await answer.show(await units.run(channels.settle_recheck, person, kind=kind, facts=facts))


async def free_link(query: CallbackQuery, person: Person, answer: Answer) -> None:
    await answer.show(await units.run(channels.link_screen, person))


# --- connecting -------------------------------------------------------------------------------------------------------


async def ask_chat(
    query: CallbackQuery, callback_data: ChannelAct, person: Person, answer: Answer, state: FSMContext
) -> None:
    if callback_data.kind not in channels.KINDS:
        raise Gone()
    await CONNECT.open(person, answer, state, kind=callback_data.kind)


async def chat_typed(message: Message, person: Person, answer: Answer, state: FSMContext, api: Api) -> None:
    """An id, a name or a link that was typed."""
    await _propose(channels.read_chat(message.text), person, answer, state, api)


async def chat_forwarded(message: Message, person: Person, answer: Answer, state: FSMContext, api: Api) -> None:
    """A forwarded post; what comes out of a supergroup usually names no chat (C-CHAN-1)."""
    match message.forward_origin:
        case MessageOriginChannel(chat=chat) | MessageOriginChat(sender_chat=chat):
            await _propose(chat.id, person, answer, state, api)
        case MessageOriginUser(sender_user=user) if user.is_bot:
            channels.refuse("bot")
        case _:
            channels.refuse("hidden_forward")


async def _propose(chat: int | str, person: Person, answer: Answer, state: FSMContext, api: Api) -> None:
    kind = (await state.get_data())["kind"]
    facts = await probes.probe_chat(api, chat)
    if facts is None:
        channels.refuse("unreachable")
    await answer.show(await units.run(channels.propose, person, kind=kind, facts=facts))


async def connect(query: CallbackQuery, callback_data: Confirm, person: Person, reply: Reply, api: Api) -> None:
    """The confirmed channel. The Free channel's link is made first, so that one message shows all (C-CHAN-7)."""
    code, tell = callback_data.code, callback_data.act == TELL
    chat_id = await units.run(channels.chat_without_link, person, code=code)
    link = await probes.make_free_link(api, chat_id) if chat_id else ""
    await units.run(channels.connect, person, code=code, tell=tell, link=link, reply=reply)


async def proposed(query: CallbackQuery, callback_data: Proposed, person: Person, answer: Answer, api: Api) -> None:
    """What a chat shall be in which the bot became administrator (C-CHAN-2)."""
    if callback_data.kind not in channels.KINDS:
        return await answer.show(await units.run(panel.panel_screen, person))
    facts = await probes.probe_chat(api, callback_data.chat)
    if facts is None:
        channels.refuse("unreachable")
    await answer.show(await units.run(channels.propose, person, kind=callback_data.kind, facts=facts))


# --- settings ---------------------------------------------------------------------------------------------------------


async def ask_disconnect(query: CallbackQuery, callback_data: ChannelAct, person: Person, answer: Answer) -> None:
    await answer.show(await units.run(channels.ask_disconnect, person, kind=callback_data.kind))


async def disconnect(
    query: CallbackQuery, callback_data: ChannelAct, person: Person, reply: Reply, answer: Answer
) -> None:
    await units.run(channels.disconnect, person, kind=callback_data.kind, reply=reply)
    await answer.toast("desk_channels.disconnected")


async def switch_approval(
    query: CallbackQuery, callback_data: ChannelAct, person: Person, reply: Reply, answer: Answer
) -> None:
    await units.run(channels.switch_approval, person, automatic=callback_data.act == "auto_on", reply=reply)
    await answer.toast(f"desk_channels.{callback_data.act}")


async def ask_wait(
    query: CallbackQuery, callback_data: ChannelAct, person: Person, answer: Answer, state: FSMContext
) -> None:
    await WAIT.open(person, answer, state, kind="free")


async def ask_link(
    query: CallbackQuery, callback_data: ChannelAct, person: Person, answer: Answer, state: FSMContext
) -> None:
    await FREE_LINK.open(person, answer, state, kind="free")


# --- the bot's own rights ---------------------------------------------------------------------------------------------


async def bot_moved(update: ChatMemberUpdated, api: Api, bot: Bot, row: Inbox, fsm_storage: BaseStorage) -> None:
    """The bot's place in a channel changed: a connected one is probed now, a new office is proposed."""
    kind = await units.run(channels.kind_of, update.chat.id)
    if kind:
        await probes.probe_channel(api, kind, update.chat.id)
        return
    by = update.from_user
    state = FSMContext(fsm_storage, StorageKey(bot_id=bot.id, chat_id=by.id, user_id=by.id))
    waiting_for = (await state.get_data())["kind"] if await state.get_state() == Connect.chat.state else ""
    if probes.became_administrator(update) or (waiting_for and update.new_chat_member.status == "administrator"):
        facts = await probes.probe_chat(api, update.chat.id) if waiting_for else None
        await units.run(_offer, update, waiting_for, facts, f"promoted:{row.update_id}")


def _offer(update: ChatMemberUpdated, waiting_for: str, facts: channels.ProbeFacts | None, key: str) -> None:
    by = update.from_user
    person = people.meet_person(
        telegram_id=by.id,
        username=by.username,
        first_name=by.first_name,
        last_name=by.last_name,
        language=by.language_code,
        now=clock.now(),
    )
    title = update.chat.title or str(update.chat.id)
    channels.offer_promoted(person, chat_id=update.chat.id, title=title, waiting_for=waiting_for, facts=facts, key=key)


# --- routing ----------------------------------------------------------------------------------------------------------

ACTS = {
    "recheck": recheck,
    "connect": ask_chat,
    "disconnect": ask_disconnect,
    "disconnected": disconnect,
    "auto_on": switch_approval,
    "auto_off": switch_approval,
    "wait": ask_wait,
    "link": free_link,
    "paste": ask_link,
}


def make_router(albums: Albums) -> Router:
    """Behind the custodians' door."""

    async def chat_forwarded_once(
        message: Message, person: Person, answer: Answer, state: FSMContext, api: Api
    ) -> None:
        if albums.is_first(message):
            await chat_forwarded(message, person, answer, state, api)

    router = Router(name="channels")
    waiting = StateFilter(Connect.chat)
    router.message.register(chat_forwarded_once, waiting, F.forward_origin)
    router.message.register(chat_typed, waiting, F.text, ~F.text.startswith("/"))
    router.callback_query.register(show, Panel.filter(F.screen.in_(channels.KINDS)))
    for act, handler in ACTS.items():
        router.callback_query.register(handler, ChannelAct.filter(F.act == act))
    router.callback_query.register(connect, Confirm.filter(F.act.in_({channels.CONNECT, TELL})))
    router.callback_query.register(proposed, Proposed.filter())
    return router


def make_watch_router() -> Router:
    """What channels tell by themselves: nobody's private chat, so no door."""
    router = Router(name="bot's rights")
    router.my_chat_member.register(bot_moved, F.chat.type != "private")
    return router
