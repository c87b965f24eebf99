"""One-use confirmations (C-FLOW-6): the first press does it, every later one shows the present result."""

from collections.abc import Callable
from dataclasses import dataclass

from aiogram import F, Router
from aiogram.types import CallbackQuery

from botcore import operations, units
from botcore.exceptions import Gone
from botcore.outbox import Reply
from botcore.screens import Screen
from botcore.telegram.answers import Answer
from botcore.telegram.callbacks import AskAgain, Confirm
from subscriptions import tokens
from subscriptions.access import Person
from subscriptions.desk import channels, invitations, plans


@dataclass(frozen=True)
class Act:
    """`review(person, arguments)` asks, with a fresh code; `do(person, code=…, reply=…)` is what *Confirmar* does.

    `do` returns whether this press did it. Without it a call to Telegram comes first, and the act's own panel handles
    the press.
    """

    review: Callable[[Person, dict], Screen]
    do: Callable[..., bool] | None = None


def _redeem_review(person: Person, arguments: dict) -> Screen:
    return tokens.ask_redeem_for_self(person, token_id=arguments["token"])


ACTS = {
    plans.CREATE: Act(plans.review, plans.create),
    invitations.ISSUE: Act(invitations.review, invitations.issue),
    tokens.REDEEM_FOR_SELF: Act(_redeem_review, tokens.redeem_for_self),
    channels.CONNECT: Act(channels.review),
}


async def confirm(query: CallbackQuery, callback_data: Confirm, person: Person, reply: Reply, answer: Answer) -> None:
    won = await units.run(ACTS[callback_data.act].do, person, code=callback_data.code, reply=reply)
    await answer.toast("desk.done" if won else "desk.already_done")


async def ask_again(query: CallbackQuery, callback_data: AskAgain, person: Person, answer: Answer) -> None:
    await answer.show(await units.run(_ask_again, person, callback_data.act, callback_data.code))


def _ask_again(person: Person, act: str, code: str) -> Screen:
    arguments = operations.arguments_of(person.member, act, code)
    if arguments is None:
        raise Gone()
    return ACTS[act].review(person, arguments)


def make_router() -> Router:
    router = Router(name="confirmations")
    doable = [name for name, act in ACTS.items() if act.do]
    router.callback_query.register(confirm, Confirm.filter(F.act.in_(doable)))
    router.callback_query.register(ask_again, AskAgain.filter(F.act.in_(ACTS)))
    return router
