"""Issuing an invitation, and redeeming an opened one for oneself (C-TOKEN-1..3, M-TOKEN-10)."""

from aiogram import F, Router
from aiogram.fsm.context import FSMContext
from aiogram.types import CallbackQuery

from botcore import units
from botcore.screens import Screen, screen
from botcore.telegram.answers import Answer
from botcore.telegram.callbacks import Panel, RedeemMine
from botcore.telegram.handlers.admin.flow import Answers, Dialogue, Step
from botcore.telegram.handlers.admin.plans import awaits_button
from botcore.telegram.states import Issue
from subscriptions import amounts, tokens
from subscriptions.access import Person
from subscriptions.desk import invitations, panel


def awaits_window() -> Screen:
    return screen("desk.expected_number", low=amounts.REDEMPTION_DAYS[0], high=amounts.REDEMPTION_DAYS[1])


def awaits_note() -> Screen:
    return screen("desk.expected_text", limit=amounts.NOTE_LIMIT)


def _to_panel(person: Person, answers: Answers) -> Screen:
    return panel.panel_screen(person)


ISSUE = Dialogue(
    steps=(
        Step(Issue.plan, "plan", invitations.ask_plan, awaits_button, invitations.read_plan, typed=False),
        Step(Issue.window, "window", invitations.ask_window, awaits_window, invitations.read_window),
        Step(Issue.note, "note", invitations.ask_note, awaits_note, amounts.parse_note),
        Step(Issue.review, "review", invitations.review, awaits_button),
    ),
    leave=_to_panel,
)
DIALOGUES = (ISSUE,)


async def issue(query: CallbackQuery, callback_data: Panel, person: Person, answer: Answer, state: FSMContext) -> None:
    """From a plan's own screen the plan is chosen already."""
    if (nothing := await units.run(invitations.no_plans_screen)) is not None:
        return await answer.show(nothing, new=callback_data.fresh)
    if callback_data.target:
        return await ISSUE.open(person, answer, state, at=1, new=callback_data.fresh, plan=callback_data.target)
    await ISSUE.open(person, answer, state, new=callback_data.fresh)


async def redeem_mine(query: CallbackQuery, callback_data: RedeemMine, person: Person, answer: Answer) -> None:
    await answer.show(await units.run(tokens.ask_redeem_for_self, person, token_id=callback_data.token))


def make_router() -> Router:
    router = Router(name="invitations")
    router.callback_query.register(issue, Panel.filter(F.screen == "issue"))
    router.callback_query.register(redeem_mine, RedeemMine.filter())
    return router
