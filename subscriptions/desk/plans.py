"""Plans as custodians see, create and edit them (C-PLAN-1, -2)."""

from dataclasses import dataclass
from decimal import Decimal

from django.db import transaction

from botcore import config, operations, roles, voice
from botcore.audit import Actor
from botcore.exceptions import Gone, Refused
from botcore.members import fold
from botcore.outbox import Reply
from botcore.screens import Screen, screen
from subscriptions import amounts, plans
from subscriptions.access import Person
from subscriptions.desk.paging import page_of
from subscriptions.models import Plan

CREATE = "create_plan"
Answers = dict[str, object]


# --- looking ----------------------------------------------------------------------------------------------------------


def list_screen(person: Person, *, page: int = 1) -> Screen:
    """The plans, ten a page, each with its invitations sold and outstanding."""
    shown = page_of(plans.list_plans(now=person.now), page)
    if not shown.rows:
        return screen("desk_channels.plan_list_empty").on("plan_list", plans=[])
    rows = [_row(plan, number) for number, plan in enumerate(shown.rows, shown.first)]
    doors = [[plan.pk, plan.name, plan.days] for plan in shown.rows]
    return screen("desk_channels.plan_list", rows=rows).on(
        "plan_list", plans=doors, page=shown.number, pages=shown.count
    )


def plan_screen(person: Person, *, plan_id: int, page: int = 1) -> Screen:
    """One plan with all that can be done to it; `page` of the list is where *Volver* leads. Raises Gone."""
    plan = _found(person, plan_id)
    state = voice.render_plain(f"desk_channels.plan_state_{'active' if plan.is_active else 'inactive'}")
    facts = {"plan": plan.name, "state": state, "days": plan.days, "price": _price(plan)}
    shown = screen("desk_channels.plan", **facts, sold=plan.sold, outstanding=plan.outstanding)
    return shown.on("plan", plan=plan.pk, active=plan.is_active, page=page)


def _row(plan: Plan, number: int) -> tuple[str, dict]:
    key = f"desk_channels.plan_row_{'active' if plan.is_active else 'inactive'}"
    facts = {"number": number, "plan": plan.name, "days": plan.days, "price": _price(plan)}
    return key, facts | {"sold": plan.sold, "outstanding": plan.outstanding}


def _found(person: Person, plan_id: int) -> Plan:
    plan = plans.list_plans(now=person.now).filter(pk=plan_id).first()
    if plan is None:
        raise Gone()
    return plan


def _price(plan: Plan) -> tuple[Decimal, str]:
    return plan.price, plan.currency


# --- reading what was typed -------------------------------------------------------------------------------------------


def read_name(text: str) -> str:
    """The name of a plan, refused early when an active plan bears it; the index decides again when it is stored."""
    name = amounts.parse_name(text)
    if plans.active_plans().filter(folded_name=fold(name)[:200]).exists():
        raise Refused("desk_channels.plan_name_taken", plan=name)
    return name


def read_price(text: str) -> str:
    return str(amounts.parse_price(text))


def read_currency(text: str) -> str:
    return amounts.parse_currency(text, config.current().currencies)


# --- creating ---------------------------------------------------------------------------------------------------------


def ask_name(person: Person, answers: Answers) -> Screen:
    return screen("desk_channels.plan_name").on("dialogue")


def ask_days(person: Person, answers: Answers) -> Screen:
    return screen("desk_channels.plan_days", plan=answers["name"]).on("dialogue")


def ask_price(person: Person, answers: Answers) -> Screen:
    return screen("desk_channels.plan_price", plan=answers["name"], days=answers["days"]).on("dialogue")


def ask_currency(person: Person, answers: Answers) -> Screen:
    facts = {"plan": answers["name"], "days": answers["days"], "amount": answers["price"]}
    return screen("desk_channels.plan_currency", **facts).on("dialogue", choices=currency_choices())


def currency_choices() -> list:
    """A button per configured currency, the usual one first."""
    settings = config.current()
    codes = dict.fromkeys([settings.default_currency, *settings.currencies])
    return [[["desk_channels.currency_button", "currency", code, {"currency": code}]] for code in codes]


def review(person: Person, answers: Answers) -> Screen:
    """What would be created, and the button that does it once."""
    terms = {name: answers[name] for name in plans.EDITABLE}
    code = operations.offer(person.member, CREATE, terms, now=person.now)
    price = (Decimal(terms["price"]), terms["currency"])
    shown = screen("desk_channels.plan_review", plan=terms["name"], days=terms["days"], price=price)
    return shown.on("review", act=CREATE, code=code)


def create(person: Person, *, code: str, reply: Reply) -> bool:
    """The confirmed plan; False for a later press, which shows it.

    Raises Refused (lapsed, name taken meanwhile), Gone, NotAllowed.
    """
    roles.require(person.member, "plans.manage")
    with transaction.atomic():
        operation, won = operations.take(person.member, CREATE, code, now=person.now)
        if not won:
            reply.say(plan_screen(person, plan_id=(operation.result or {}).get("plan", 0)))
            return False
        terms = operation.arguments | {"price": Decimal(operation.arguments["price"])}
        plan = plans.create_plan(actor=Actor.custodian(person.member), **terms, now=person.now, operation=code)
        operations.note_result(operation, {"plan": plan.pk})
        reply.say(screen("desk_channels.plan_saved", plan=plan.name).on("plan_saved", plan=plan.pk))
    return True


# --- editing ----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Edit:
    """How one field of a plan is asked for and how its change is told; `shows` are the values the question names."""

    field: str
    ask_key: str
    told_key: str
    shows: tuple[str, ...]

    def ask(self, person: Person, answers: Answers) -> Screen:
        plan = _found(person, answers["plan"])
        facts = {"plan": plan.name, "days": plan.days, "price": _price(plan)}
        shown = screen(self.ask_key, **{name: facts[name] for name in self.shows})
        return _with_frozen(shown, plan).on("dialogue", choices=currency_choices() if self.field == "currency" else [])

    def save(self, person: Person, answers: Answers, reply: Reply) -> None:
        """Store the new value and show old → new. Raises Refused, Gone, NotAllowed."""
        roles.require(person.member, "plans.manage")
        value = Decimal(answers["price"]) if self.field == "price" else answers[self.field]
        with transaction.atomic():
            before = _found(person, answers["plan"])
            plan = plans.edit_plan(actor=Actor.custodian(person.member), plan_id=before.pk, **{self.field: value})
            shown = screen(self.told_key, **_old_and_new(self.told_key, before, plan))
            reply.say(_with_frozen(shown, before).on("plan_edited", plan=plan.pk))


EDITS = {
    "name": Edit("name", "desk_channels.edit_plan_name", "desk_channels.plan_renamed", ("plan",)),
    "days": Edit("days", "desk_channels.edit_plan_days", "desk_channels.plan_days_changed", ("plan", "days")),
    "price": Edit("price", "desk_channels.edit_plan_price", "desk_channels.plan_price_changed", ("plan", "price")),
    "currency": Edit(
        "currency", "desk_channels.edit_plan_currency", "desk_channels.plan_price_changed", ("plan", "price")
    ),
}


def _old_and_new(told_key: str, before: Plan, after: Plan) -> dict[str, object]:
    return {
        "desk_channels.plan_renamed": {"before": before.name, "plan": after.name},
        "desk_channels.plan_days_changed": {"plan": after.name, "before_days": before.days, "days": after.days},
        "desk_channels.plan_price_changed": {
            "plan": after.name,
            "before_price": _price(before),
            "price": _price(after),
        },
    }[told_key]


def _with_frozen(shown: Screen, plan: Plan) -> Screen:
    """Invitations that are out keep their terms; said where there are any."""
    return shown.plus("desk_channels.plan_frozen", outstanding=plan.outstanding) if plan.outstanding else shown
