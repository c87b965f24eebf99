"""The manners of every dialogue in the custodians' room, in one place (C-FLOW-1..5).

A dialogue is a row of steps, each a question. What was typed so far lives in the FSM's data; nothing is stored before
the end.
"""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from aiogram import BaseMiddleware, F, Router
from aiogram.fsm.context import FSMContext
from aiogram.fsm.state import State
from aiogram.types import CallbackQuery, Message

from botcore import clock, limits, units
from botcore.outbox import Reply
from botcore.screens import Screen, screen
from botcore.telegram import commands
from botcore.telegram.answers import Answer
from botcore.telegram.callbacks import Flow, PageIndicator
from botcore.telegram.handlers.fallback import MEDIA, Albums
from subscriptions.access import Person
from subscriptions.desk import panel

TOUCHED = "touched_at"
LEAVING = frozenset(
    f"/{name}"
    for command in (commands.ADMIN, commands.START, commands.MENU, commands.STATUS, commands.LINK, commands.HELP)
    for name in commands.names(command)
)

Answers = dict[str, Any]


@dataclass(frozen=True)
class Step:
    """One question.

    `ask(person, answers)` is its screen, on the keyboard `dialogue` or `review`. `read(text)` turns what was typed, or
    the value of a pressed choice, into the JSON value kept as `answers[field]`, or raises Refused; `typed` is False
    where only choices count. `awaited()` is said when anything else arrives.
    """

    state: State
    field: str
    ask: Callable[[Person, Answers], Screen]
    awaited: Callable[[], Screen]
    read: Callable[[str], Any] | None = None
    typed: bool = True


@dataclass(frozen=True)
class Dialogue:
    """A row of questions; `leave(person, answers)` is the screen *Cancelar* leads to.

    `finish(person, answers, reply)` is the use case after the last answer, where no review with a confirmation is last.
    """

    steps: tuple[Step, ...]
    leave: Callable[[Person, Answers], Screen]
    finish: Callable[[Person, Answers, Reply], None] | None = None

    async def open(
        self, person: Person, answer: Answer, state: FSMContext, *, at: int = 0, new: bool = False, **answers: Any
    ) -> None:
        """Begin, at the first question or at step `at` when `answers` hold what comes before."""
        await self.show(at, person, answer, state, answers, new=new)

    async def show(
        self, number: int, person: Person, answer: Answer, state: FSMContext, answers: Answers, *, new: bool = False
    ) -> None:
        """Ask the question of step `number`."""
        shown = await units.run(self._question, number, person, answers)
        await state.set_state(self.steps[number].state)
        await state.set_data({**answers, TOUCHED: clock.now().timestamp()})
        await answer.show(shown, new=new)

    async def take(
        self, number: int, text: str, person: Person, answer: Answer, state: FSMContext, reply: Reply
    ) -> None:
        """Keep an answer and go on. Raises Refused; the question stays open then."""
        step = self.steps[number]
        answers = {**await state.get_data(), step.field: await units.run(step.read, text)}
        if number + 1 < len(self.steps):
            return await self.show(number + 1, person, answer, state, answers)
        await units.run(self.finish, person, answers, reply)
        await state.clear()

    def _question(self, number: int, person: Person, answers: Answers) -> Screen:
        step = self.steps[number]
        shown = step.ask(person, answers)
        kept = step.typed and step.field in answers
        if kept:
            shown = shown.plus("desk.kept", value=str(answers[step.field]))
        if len(self.steps) > 1:
            shown = shown.plus("desk.step", step=number + 1, steps=len(self.steps))
        return shown.on(shown.keyboard, **{**shown.arguments, "back": number > 0, **({"keep": True} if kept else {})})


@dataclass(frozen=True)
class Running:
    """The dialogue an update falls into, and the number of the step that is open."""

    dialogue: Dialogue
    number: int

    @property
    def step(self) -> Step:
        return self.dialogue.steps[self.number]


class FlowGate(BaseMiddleware):
    """Before anything else, a dialogue that is over is forgotten.

    It is over when its custodian is none any more (C-ACC-5), after 24 h without input (C-FLOW-1), and with every way
    out: a known command, or a button that belongs to no dialogue (C-FLOW-2).

    `/cancelar` and *Cancelar* end it themselves, for they say that there was one.
    """

    async def __call__(
        self,
        handler: Callable[[Any, dict[str, Any]], Awaitable[Any]],
        event: Message | CallbackQuery,
        data: dict[str, Any],
    ) -> Any:
        if data.get("raw_state") and await self._is_over(event, data["person"], data["state"]):
            await data["state"].clear()
            data["raw_state"] = None
        return await handler(event, data)

    async def _is_over(self, event: Message | CallbackQuery, person: Person, state: FSMContext) -> bool:
        if not person.is_custodian or _leads_out(event):
            return True
        touched = (await state.get_data()).get(TOUCHED, 0)
        return clock.now().timestamp() - touched > limits.FLOW_VALID / timedelta(seconds=1)


def _leads_out(event: Message | CallbackQuery) -> bool:
    if isinstance(event, CallbackQuery):
        prefix = (event.data or "").partition(":")[0]
        return prefix not in (Flow.__prefix__, PageIndicator.__prefix__)
    command = (event.text or "").partition(" ")[0].partition("@")[0]
    return command in LEAVING


# --- handlers ---------------------------------------------------------------------------------------------------------


async def typed(
    message: Message, running: Running, person: Person, answer: Answer, state: FSMContext, reply: Reply
) -> None:
    await running.dialogue.take(running.number, message.text, person, answer, state, reply)


async def unfit(message: Message, running: Running, answer: Answer, albums: Albums) -> None:
    """Something the open question does not accept: what is awaited is named once, also for an album (C-FLOW-3)."""
    if albums.is_first(message):
        await answer.show(await units.run(running.step.awaited))


async def cancel(
    query: CallbackQuery, person: Person, answer: Answer, state: FSMContext, running: Running | None = None
) -> None:
    answers = await state.get_data()
    await state.clear()
    if running is None:
        return await answer.show(await units.run(panel.panel_screen, person))
    await answer.show(await units.run(running.dialogue.leave, person, answers))


async def press(
    query: CallbackQuery,
    callback_data: Flow,
    running: Running,
    person: Person,
    answer: Answer,
    state: FSMContext,
    reply: Reply,
) -> None:
    """A button of the open question; one of another question shows the open one again (M-CMD-5)."""
    answers, number = await state.get_data(), running.number
    match callback_data.act:
        case "back" if number > 0:
            number -= 1
        case "keep" if running.step.field in answers and number + 1 < len(running.dialogue.steps):
            number += 1
        case "page" if callback_data.value.isdecimal():
            answers["page"] = int(callback_data.value)
        case running.step.field if running.step.read:
            return await running.dialogue.take(number, callback_data.value, person, answer, state, reply)
        case _:
            await answer.alert("common.stale_button")
    await running.dialogue.show(number, person, answer, state, answers)


async def stale(query: CallbackQuery, person: Person, answer: Answer) -> None:
    """A button of a dialogue that is over, as after a restart."""
    await answer.alert("common.stale_button")
    await answer.show(await units.run(panel.panel_screen, person))


async def command_cancel(message: Message, answer: Answer, state: FSMContext, raw_state: str | None = None) -> None:
    await state.clear()
    await answer.show(screen("common.cancelled" if raw_state else "common.nothing_to_cancel").on("panel_only"))


# --- routing ----------------------------------------------------------------------------------------------------------


def make_router(dialogues: Mapping[str, Running], albums: Albums) -> Router:
    """Everything that answers inside `dialogues`, given by the name of the open state."""

    def in_dialogue(event: Message | CallbackQuery, raw_state: str | None = None) -> dict[str, Running] | bool:
        running = dialogues.get(raw_state or "")
        return {"running": running} if running else False

    def takes_text(message: Message, running: Running) -> bool:
        plain = message.text and not message.text.startswith("/") and message.forward_origin is None
        return bool(plain and running.step.typed and running.step.read)

    async def unfit_once(message: Message, running: Running, answer: Answer) -> None:
        await unfit(message, running, answer, albums)

    router = Router(name="dialogues")
    router.message.register(typed, in_dialogue, takes_text)
    router.message.register(unfit_once, in_dialogue, F.text | F.content_type.in_(MEDIA))
    router.callback_query.register(cancel, Flow.filter(F.act == "cancel"), in_dialogue)
    router.callback_query.register(cancel, Flow.filter(F.act == "cancel"))
    router.callback_query.register(press, Flow.filter(), in_dialogue)
    router.callback_query.register(stale, Flow.filter())
    return router


def by_state(*dialogues: Dialogue) -> dict[str, Running]:
    """The dialogues by the names of their states."""
    return {
        step.state.state: Running(dialogue, number)
        for dialogue in dialogues
        for number, step in enumerate(dialogue.steps)
    }
