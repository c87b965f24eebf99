"""The buttons of the entry ritual (members.md §5)."""

from aiogram import Router
from aiogram.types import CallbackQuery

from botcore import units
from botcore.exceptions import Gone
from botcore.outbox import Reply
from botcore.telegram.answers import Answer
from botcore.telegram.callbacks import Ritual
from botcore.telegram.handlers.fallback import stale_button
from subscriptions import ritual
from subscriptions.access import Person


async def advance(query: CallbackQuery, callback_data: Ritual, person: Person, answer: Answer, reply: Reply) -> None:
    try:
        shown = await units.run(ritual.advance_ritual, person, expected_stage=callback_data.stage, reply=reply)
    except Gone:
        return await stale_button(query, person, answer)
    if shown is None and callback_data.stage == ritual.Stage.DELIVERY:
        return await answer.alert("ritual.completed")
    if shown is not None:
        # The message with the link is never overwritten (M-RITUAL-5).
        await answer.show(shown, new=callback_data.stage == ritual.Stage.DELIVERY)


def make_router() -> Router:
    router = Router(name="ritual")
    router.callback_query.register(advance, Ritual.filter())
    return router
