"""The decision over a held run of removals (C-SUBS-11)."""

from aiogram import F, Router
from aiogram.types import CallbackQuery

from botcore import units
from botcore.outbox import Reply
from botcore.telegram.answers import Answer
from botcore.telegram.callbacks import BrakeDecision, Panel
from subscriptions.access import Person
from subscriptions.desk import brake
from subscriptions.models import Brake


async def open_list(query: CallbackQuery, callback_data: Panel, person: Person, answer: Answer) -> None:
    await answer.show(await units.run(brake.list_screen, person, brake_id=callback_data.target))


async def show_list(query: CallbackQuery, callback_data: BrakeDecision, person: Person, answer: Answer) -> None:
    shown = await units.run(brake.list_screen, person, brake_id=callback_data.brake, page=callback_data.page)
    await answer.show(shown)


async def ask(query: CallbackQuery, callback_data: BrakeDecision, person: Person, answer: Answer) -> None:
    await answer.show(await units.run(brake.ask_screen, person, brake_id=callback_data.brake))


async def decide(query: CallbackQuery, callback_data: BrakeDecision, person: Person, reply: Reply) -> None:
    await units.run(brake.decide, person, brake_id=callback_data.brake, decision=callback_data.act, reply=reply)


def make_router() -> Router:
    router = Router(name="brake")
    router.callback_query.register(open_list, Panel.filter(F.screen == "brake"))
    router.callback_query.register(show_list, BrakeDecision.filter(F.act == "list"))
    router.callback_query.register(ask, BrakeDecision.filter(F.act == "ask"))
    router.callback_query.register(
        decide, BrakeDecision.filter(F.act.in_({Brake.Decision.PROCEED, Brake.Decision.PUT_OFF}))
    )
    return router
