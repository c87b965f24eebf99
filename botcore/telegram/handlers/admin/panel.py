"""`/admin`, and the screens that only look."""

from aiogram import F, Router
from aiogram.filters import Command
from aiogram.types import CallbackQuery, Message

from botcore import units
from botcore.telegram import commands
from botcore.telegram.answers import Answer
from botcore.telegram.callbacks import Panel
from botcore.telegram.handlers.admin import flow
from subscriptions.access import Person
from subscriptions.desk import panel


async def admin(message: Message, person: Person, answer: Answer) -> None:
    await answer.show(await units.run(panel.panel_screen, person))


async def home(query: CallbackQuery, callback_data: Panel, person: Person, answer: Answer) -> None:
    await answer.show(await units.run(panel.panel_screen, person), new=callback_data.fresh)


async def help_(message: Message, answer: Answer) -> None:
    await answer.show(await units.run(panel.help_screen))


def make_router() -> Router:
    router = Router(name="panel")
    router.message.register(admin, Command(*commands.names(commands.ADMIN)))
    router.message.register(help_, Command(*commands.names(commands.HELP)))
    router.message.register(flow.command_cancel, Command(*commands.names(commands.CANCEL)))
    router.callback_query.register(home, Panel.filter(F.screen == "home"))
    return router
