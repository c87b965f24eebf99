"""Filters that several routers share."""

from aiogram.types import CallbackQuery, Chat, Message

from botcore import roles
from subscriptions.access import Person


def custodian_only(event: Message | CallbackQuery, person: Person | None = None) -> bool:
    """True for a custodian in the private chat with the bot, for nobody and nothing else (C-ACC-4).

    Fails closed: no person (channel post, anonymous sender), another kind of chat or a permission not declared refuses.
    """
    chat = _chat_of(event)
    if person is None or chat is None or chat.type != "private":
        return False
    return roles.may(person.member, "panel.open")


def _chat_of(event: Message | CallbackQuery) -> Chat | None:
    message = event.message if isinstance(event, CallbackQuery) else event
    return message.chat if message else None
