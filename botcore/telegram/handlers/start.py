"""`/start`, with and without an invitation, and invitations that are pasted (members.md §3, §4)."""

from aiogram import Router
from aiogram.filters import Command, CommandObject
from aiogram.fsm.context import FSMContext
from aiogram.types import Message

from botcore import units
from botcore.inbox import RESERVED_PAYLOADS
from botcore.models import Inbox
from botcore.outbox import Reply
from botcore.telegram import commands
from botcore.telegram.answers import Answer
from botcore.telegram.handlers.menus import show_if_any
from subscriptions import people, tokens
from subscriptions.access import Person


async def start(
    message: Message,
    command: CommandObject,
    person: Person,
    answer: Answer,
    reply: Reply,
    state: FSMContext,
    row: Inbox,
) -> None:
    await state.clear()
    payload = (command.args or "").strip()
    if payload in RESERVED_PAYLOADS | {""}:
        return await show_if_any(answer, await units.run(people.press_start, person, reply, payload=payload))
    invitation = tokens.find_invitation(message.text, redacted=row.redacted)
    await present(message, person, answer, reply, invitation)


async def present(
    message: Message, person: Person, answer: Answer, reply: Reply, invitation: tokens.Invitation
) -> None:
    """An invitation is shown to a custodian and honoured for everybody else."""
    if not person.is_custodian:
        return await units.run(tokens.redeem_token, person, invitation=invitation, reply=reply)
    for shown in await units.run(tokens.preview_token, invitation=invitation, now=person.now):
        await answer.show(shown)


def is_invitation(message: Message, row: Inbox) -> dict | bool:
    """Filter: a pasted link or a bare code, handed to the handler as `invitation` (M-TOKEN-11)."""
    found = tokens.find_invitation(message.text or "", redacted=row.redacted)
    return {"invitation": found} if found else False


def make_router() -> Router:
    router = Router(name="start")
    router.message.register(start, Command(commands.START))
    return router


def make_pasted_router() -> Router:
    """Comes after the custodians' dialogues: a plan's name may have sixteen letters too."""
    router = Router(name="pasted invitations")
    router.message.register(present, is_invitation)
    return router
