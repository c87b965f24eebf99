"""`/enlace` and the button for a new personal link (members.md §6)."""

from aiogram import Router
from aiogram.filters import Command
from aiogram.types import CallbackQuery, Message

from botcore import units
from botcore.outbox import Reply
from botcore.telegram import commands
from botcore.telegram.answers import Answer
from botcore.telegram.callbacks import NewLink
from botcore.telegram.handlers.menus import show_if_any
from subscriptions import links
from subscriptions.access import Person


async def link(message: Message, person: Person, answer: Answer, reply: Reply) -> None:
    await show_if_any(answer, await units.run(links.renew_link, person, reply))


async def new_link(query: CallbackQuery, callback_data: NewLink, person: Person, answer: Answer, reply: Reply) -> None:
    await show_if_any(answer, await units.run(links.renew_link, person, reply, anyway=callback_data.anyway))


def make_router() -> Router:
    router = Router(name="access")
    router.message.register(link, Command(*commands.names(commands.LINK)))
    router.callback_query.register(new_link, NewLink.filter())
    return router
