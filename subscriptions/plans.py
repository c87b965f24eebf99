"""Plans: what is sold (C-PLAN). Invitations freeze a plan's terms at issue, so nothing here touches their holders."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from decimal import Decimal

from django.db import IntegrityError, transaction
from django.db.models import Count, ProtectedError, Q, QuerySet

from botcore import audit, config
from botcore.exceptions import Gone, Refused
from botcore.members import fold
from subscriptions import amounts
from subscriptions.models import Plan

EDITABLE = ("name", "days", "price", "currency")


def create_plan(
    *, actor: audit.Actor, name: str, days: int, price: Decimal, currency: str, now: datetime, operation: str = ""
) -> Plan:
    """A new active plan; raises Refused for terms against C-PLAN, also for the name of an active plan."""
    terms = _checked(name=name, days=days, price=price, currency=currency)
    plan = Plan(**terms, folded_name=_folded(terms["name"]), created_at=now)
    with _unique_name(plan.name), transaction.atomic():
        plan.save(force_insert=True)
        audit.record(actor, "create_plan", plan, after=_readable(terms), operation=operation)
    return plan


def edit_plan(*, actor: audit.Actor, plan_id: int, **changes: object) -> Plan:
    """Change any of name, days, price, currency. Equal values write nothing. Raises Refused or Gone."""
    terms = _checked(**changes)
    with _unique_name(terms.get("name", "")), transaction.atomic():
        plan = _locked(plan_id)
        before = {name: getattr(plan, name) for name, value in terms.items() if getattr(plan, name) != value}
        after = {name: terms[name] for name in before}
        if before:
            _write(plan, **after, **({"folded_name": _folded(after["name"])} if "name" in after else {}))
            audit.record(actor, "edit_plan", plan, before=_readable(before), after=_readable(after))
    return plan


def deactivate_plan(*, actor: audit.Actor, plan_id: int) -> Plan:
    """Offer the plan no more; invitations that are out stay good. Done twice it is done once."""
    return _set_active(actor, plan_id, active=False, verb="deactivate_plan")


def reactivate_plan(*, actor: audit.Actor, plan_id: int) -> Plan:
    """Offer the plan again; raises Refused when another active plan took its name."""
    return _set_active(actor, plan_id, active=True, verb="reactivate_plan")


def delete_plan(*, actor: audit.Actor, plan_id: int) -> None:
    """Delete a plan nothing refers to; raises Refused when an invitation or a ledger entry does (C-PLAN-4)."""
    with transaction.atomic():
        plan = _locked(plan_id)
        audit.record(actor, "delete_plan", plan, before=_readable({name: getattr(plan, name) for name in EDITABLE}))
        try:
            plan.delete()
        except ProtectedError as error:
            raise Refused("desk_channels.plan_in_use", plan=plan.name) from error


def list_plans(*, now: datetime) -> QuerySet[Plan]:
    """All plans, active ones first, each with `sold` and `outstanding` invitations, in one query."""
    unused = Q(invitations__is_used=False, invitations__revoked_at=None, invitations__redeem_by__gt=now)
    return Plan.objects.annotate(
        sold=Count("invitations", filter=Q(invitations__is_used=True)), outstanding=Count("invitations", filter=unused)
    ).order_by("-is_active", "days", "price", "id")


def active_plans() -> QuerySet[Plan]:
    """The plans on offer, by days, then price (M-MENU-5)."""
    return Plan.objects.filter(is_active=True).order_by("days", "price", "id")


def plan_lines() -> list[tuple[str, dict]]:
    """The plans on offer as items of the list variable `plans`; without prices when the settings hide them."""
    if config.current().show_prices:
        return [("menu.plan_line", _line(plan) | {"price": (plan.price, plan.currency)}) for plan in active_plans()]
    return [("menu.plan_line_no_price", _line(plan)) for plan in active_plans()]


def _line(plan: Plan) -> dict[str, object]:
    return {"plan": plan.name, "days": plan.days}


def _set_active(actor: audit.Actor, plan_id: int, *, active: bool, verb: str) -> Plan:
    plan = Plan.objects.filter(pk=plan_id).first()
    if plan is None:
        raise Gone()
    with _unique_name(plan.name), transaction.atomic():
        if Plan.objects.filter(pk=plan_id, is_active=not active).update(is_active=active):
            audit.record(actor, verb, plan, before={"is_active": not active}, after={"is_active": active})
    plan.is_active = active
    return plan


def _checked(**terms: object) -> dict[str, object]:
    checks = {
        "name": amounts.parse_name,
        "days": lambda days: amounts.check_integer(days, amounts.DAYS),
        "price": amounts.check_price,
        "currency": lambda code: amounts.parse_currency(code, config.current().currencies),
    }
    return {name: checks[name](value) for name, value in terms.items()}


@contextmanager
def _unique_name(name: str) -> Iterator[None]:
    """The partial unique index decides, so that two custodians at once cannot both win; here it speaks as a refusal."""
    try:
        yield
    except IntegrityError as error:
        raise Refused("desk_channels.plan_name_taken", plan=name) from error


def _locked(plan_id: int) -> Plan:
    plan = Plan.objects.select_for_update().filter(pk=plan_id).first()
    if plan is None:
        raise Gone()
    return plan


def _write(plan: Plan, **values: object) -> None:
    for name, value in values.items():
        setattr(plan, name, value)
    plan.save(update_fields=list(values))


def _folded(name: str) -> str:
    return fold(name)[:200]


def _readable(terms: dict[str, object]) -> dict[str, object]:
    return {name: str(value) if isinstance(value, Decimal) else value for name, value in terms.items()}
