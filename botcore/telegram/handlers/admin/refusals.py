"""What happens when a rule stands against it: strangers at the custodians' door, and acts that are refused."""

from collections import OrderedDict
from collections.abc import Awaitable, Callable
from typing import Any

from aiogram import Router
from aiogram.filters import Command, or_f
from aiogram.types import CallbackQuery, Message

from botcore import clock, limits, units, voice
from botcore.exceptions import Gone, Refused
from botcore.screens import screen
from botcore.telegram import commands
from botcore.telegram.answers import Answer
from botcore.telegram.callbacks import (
    AskAgain,
    BrakeDecision,
    ChannelAct,
    Confirm,
    Flow,
    Panel,
    PlanField,
    Proposed,
    RedeemMine,
)  # fmt: skip
from subscriptions.access import Person
from subscriptions.desk import panel

CUSTODIAN_DATA = (AskAgain, BrakeDecision, ChannelAct, Confirm, Flow, Panel, PlanField, Proposed, RedeemMine)
REMEMBERED = 10_000


class Doorkeeper:
    """Lets a refusal be said once per 30 s and person (C-ACC-6). Lives in the process."""

    def __init__(self) -> None:
        self._said: OrderedDict[int, float] = OrderedDict()

    def may_speak(self, person: int) -> bool:
        now = clock.now().timestamp()
        if now - self._said.get(person, 0) < limits.CUSTODIAN_REFUSAL_EVERY.total_seconds():
            return False
        self._said.pop(person, None)
        self._said[person] = now
        if len(self._said) > REMEMBERED:
            self._said.popitem(last=False)
        return True


def make_router() -> Router:
    """Meets whoever the filter of the custodians' router did not let in."""
    doorkeeper = Doorkeeper()

    async def command(message: Message, person: Person, answer: Answer) -> None:
        if doorkeeper.may_speak(person.member.telegram_id):
            await answer.show(screen("desk.refused_command"))

    async def button(query: CallbackQuery, person: Person, answer: Answer) -> None:
        if doorkeeper.may_speak(person.member.telegram_id):
            await answer.alert("desk.refused")

    router = Router(name="refusals")
    router.message.register(command, Command(*commands.ONLY_FOR_CUSTODIANS), _is_stranger)
    router.callback_query.register(button, or_f(*(data.filter() for data in CUSTODIAN_DATA)), _is_stranger)
    return router


def _is_stranger(event: Message | CallbackQuery, person: Person) -> bool:
    return not person.is_custodian


async def explain(
    handler: Callable[[Any, dict[str, Any]], Awaitable[Any]], event: Message | CallbackQuery, data: dict[str, Any]
) -> Any:
    """Inner middleware: a refused act is explained in the words its error names; nothing was written."""
    try:
        return await handler(event, data)
    except Gone as refusal:
        await data["state"].clear()
        await data["answer"].alert(refusal.key)
        await data["answer"].show(await units.run(panel.panel_screen, data["person"]))
    except Refused as refusal:
        await _explain(refusal, data)


async def _explain(refusal: Refused, data: dict[str, Any]) -> None:
    answer: Answer = data["answer"]
    if refusal.key == "desk.operation_lapsed":
        pressed: Confirm = data["callback_data"]
        return await answer.show(screen(refusal.key).on("ask_again", act=pressed.act, code=pressed.code))
    if voice.load().catalogue[refusal.key].kind == "alert":
        return await answer.alert(refusal.key, **refusal.values)
    await answer.show(screen(refusal.key, **refusal.values), new=True)
