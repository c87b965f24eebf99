"""Issuing invitations from the chat (C-TOKEN-1..3)."""

from datetime import timedelta

from django.db import transaction

from botcore import config, operations, roles
from botcore.audit import Actor
from botcore.exceptions import Gone
from botcore.outbox import Reply
from botcore.screens import Screen, screen
from subscriptions import amounts, plans, tokens
from subscriptions.access import Person
from subscriptions.desk.paging import page_of
from subscriptions.models import Plan

ISSUE = "issue"
WINDOWS = (1, 7, 30)
AMOUNT = "1"
Answers = dict[str, object]


def no_plans_screen() -> Screen | None:
    """Without an active plan there is nothing to issue: the screen that says so, else None."""
    if plans.active_plans().exists():
        return None
    return screen("desk_channels.invitation_no_plans").on("plan_list", plans=[])


def read_plan(value: str) -> int:
    """The plan chosen by button."""
    return amounts.parse_integer(value, (1, 999_999_999))


def read_window(text: str) -> int:
    return amounts.parse_integer(text, amounts.REDEMPTION_DAYS)


def ask_plan(person: Person, answers: Answers) -> Screen:
    """A button per plan on offer, ten a page."""
    shown = page_of(plans.active_plans(), int(answers.get("page", 1)))
    choices = [
        [["desk_channels.plan_button", "plan", str(plan.pk), {"plan": plan.name, "days": plan.days}]]
        for plan in shown.rows
    ]
    return screen("desk_channels.invitation_choose").on(
        "dialogue", choices=choices, page=shown.number, pages=shown.count
    )


def ask_window(person: Person, answers: Answers) -> Screen:
    """How long it may be presented; the usual window of the settings stands first."""
    usual = config.current().redemption_days
    days = dict.fromkeys([usual, *WINDOWS])
    choices = [[["desk_channels.window_button", "window", str(number), {"window": number}] for number in days][:3]]
    return screen("desk_channels.invitation_window", plan=_plan(answers).name, amount=AMOUNT).on(
        "dialogue", choices=choices
    )


def ask_note(person: Person, answers: Answers) -> Screen:
    shown = screen("desk_channels.invitation_note", plan=_plan(answers).name, amount=AMOUNT, window=answers["window"])
    return shown.on("dialogue", choices=[[["desk.skip", "note", "", {}]]])


def review(person: Person, answers: Answers) -> Screen:
    """What would be issued, and the button that does it once; without a VIP channel it warns (C-TOKEN-1)."""
    plan, terms = _plan(answers), {name: answers[name] for name in ("plan", "window", "note")}
    code = operations.offer(person.member, ISSUE, terms, now=person.now)
    shown = screen(
        "desk_channels.invitation_review",
        plan=plan.name,
        days=plan.days,
        price=(plan.price, plan.currency),
        amount=AMOUNT,
        window=terms["window"],
        note=terms["note"],
    )
    if config.current().vip is None:
        shown = shown.plus("desk_channels.invitation_no_channel")
    return shown.on("review", act=ISSUE, code=code)


def issue(person: Person, *, code: str, reply: Reply) -> bool:
    """The confirmed invitation, its link shown once; False for a later press, which mints nothing.

    Raises Refused, Gone, NotAllowed.
    """
    roles.require(person.member, "invitations.issue")
    with transaction.atomic():
        operation, won = operations.take(person.member, ISSUE, code, now=person.now)
        if not won:
            again = screen("desk_channels.invitation_already_issued", amount=AMOUNT, issued_at=operation.used_at)
            # A new message: the pressed one has become the card with the link.
            reply.say(again.on("invitation_issued", plan=operation.arguments["plan"]), new=True)
            return False
        [issued] = tokens.issue_tokens(
            actor=Actor.custodian(person.member),
            plan_id=operation.arguments["plan"],
            window=timedelta(days=operation.arguments["window"]),
            note=operation.arguments["note"],
            issuer=person.member,
            operation=code,
            now=person.now,
        )
        reply.say(_card(issued), secret=True)
    return True


def _card(issued: tokens.Issued) -> Screen:
    invitation, url = issued.invitation, tokens.invitation_url(issued.token)
    shown = screen(
        "desk_channels.invitation_issued",
        plan=invitation.plan_name,
        days=invitation.days,
        price=(invitation.price, invitation.currency),
        redeem_by=invitation.redeem_by,
        note=invitation.note,
        link=url,
    )
    return shown.on("invitation_issued", plan=invitation.plan_id, url=url)


def _plan(answers: Answers) -> Plan:
    plan = plans.active_plans().filter(pk=answers["plan"]).first()
    if plan is None:
        raise Gone()
    return plan
