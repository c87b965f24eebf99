"""Plans: list, detail, the wizard and the edits (C-PLAN-1, -2)."""

from aiogram import F, Router
from aiogram.fsm.context import FSMContext
from aiogram.types import CallbackQuery

from botcore import config, units
from botcore.screens import Screen, screen
from botcore.telegram.answers import Answer
from botcore.telegram.callbacks import Panel, PlanField
from botcore.telegram.handlers.admin.flow import Answers, Dialogue, Step
from botcore.telegram.states import EditPlan, NewPlan
from subscriptions import amounts
from subscriptions.access import Person
from subscriptions.desk import plans


def awaits_name() -> Screen:
    return screen("desk.expected_text", limit=amounts.NAME_LIMIT)


def awaits_days() -> Screen:
    return screen("desk.expected_number", low=amounts.DAYS[0], high=amounts.DAYS[1])


def awaits_price() -> Screen:
    return screen("desk.expected_price")


def awaits_currency() -> Screen:
    return screen("desk.expected_currency", currencies=", ".join(config.current().currencies))


def awaits_button() -> Screen:
    return screen("desk.expected_button")


def _to_list(person: Person, answers: Answers) -> Screen:
    return plans.list_screen(person)


def _to_plan(person: Person, answers: Answers) -> Screen:
    return plans.plan_screen(person, plan_id=answers["plan"])


NEW_PLAN = Dialogue(
    steps=(
        Step(NewPlan.name, "name", plans.ask_name, awaits_name, plans.read_name),
        Step(NewPlan.days, "days", plans.ask_days, awaits_days, amounts.parse_days),
        Step(NewPlan.price, "price", plans.ask_price, awaits_price, plans.read_price),
        Step(NewPlan.currency, "currency", plans.ask_currency, awaits_currency, plans.read_currency),
        Step(NewPlan.review, "review", plans.review, awaits_button),
    ),
    leave=_to_list,
)


def _edit(step: Step) -> Dialogue:
    return Dialogue(steps=(step,), leave=_to_plan, finish=plans.EDITS[step.field].save)


EDIT_PLAN = {
    "name": _edit(Step(EditPlan.name, "name", plans.EDITS["name"].ask, awaits_name, amounts.parse_name)),
    "days": _edit(Step(EditPlan.days, "days", plans.EDITS["days"].ask, awaits_days, amounts.parse_days)),
    "price": _edit(Step(EditPlan.price, "price", plans.EDITS["price"].ask, awaits_price, plans.read_price)),
    "currency": _edit(
        Step(EditPlan.currency, "currency", plans.EDITS["currency"].ask, awaits_currency, plans.read_currency)
    ),
}
DIALOGUES = (NEW_PLAN, *EDIT_PLAN.values())


async def show_list(query: CallbackQuery, callback_data: Panel, person: Person, answer: Answer) -> None:
    await answer.show(await units.run(plans.list_screen, person, page=callback_data.page))


async def show_plan(query: CallbackQuery, callback_data: Panel, person: Person, answer: Answer) -> None:
    shown = await units.run(plans.plan_screen, person, plan_id=callback_data.target, page=callback_data.page)
    await answer.show(shown)


async def new_plan(query: CallbackQuery, person: Person, answer: Answer, state: FSMContext) -> None:
    await NEW_PLAN.open(person, answer, state)


async def edit_plan(
    query: CallbackQuery, callback_data: PlanField, person: Person, answer: Answer, state: FSMContext
) -> None:
    await EDIT_PLAN[callback_data.field].open(person, answer, state, plan=callback_data.plan)


def make_router() -> Router:
    router = Router(name="plans")
    router.callback_query.register(show_list, Panel.filter(F.screen == "plans"))
    router.callback_query.register(show_plan, Panel.filter(F.screen == "plan"))
    router.callback_query.register(new_plan, Panel.filter(F.screen == "new_plan"))
    router.callback_query.register(edit_plan, PlanField.filter(F.field.in_(EDIT_PLAN)))
    return router
