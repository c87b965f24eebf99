"""Every call to Telegram goes out here: paced, classified, never raising for what Telegram may answer."""

from datetime import datetime

from aiogram import Bot
from aiogram.methods import AnswerCallbackQuery, EditMessageText, Response, SendMessage, TelegramMethod
from aiogram.types import Message

from botcore import clock, outbox
from botcore.outbox import CallResult, Outcome
from botcore.telegram.errors import classify
from botcore.telegram.limiter import Limiter

# Pydantic forgets a generic type nobody holds and then builds it anew for each answer, which costs more than the call.
_ANSWER_TYPES = [Response[method.__returning__] for method in (AnswerCallbackQuery, EditMessageText, SendMessage)]


class Api:
    """The bot's mouth. `last_success` is when Telegram last answered well (aware UTC)."""

    def __init__(self, bot: Bot, limiter: Limiter) -> None:
        self.bot = bot
        self.limiter = limiter
        self.last_success: datetime | None = None

    async def message(
        self, method: TelegramMethod, chat_id: int, *, priority: int = outbox.NOTICE, weight: int = 1
    ) -> CallResult:
        """Send something new to a chat, within the budget of new messages."""
        await self.limiter.message(chat_id, priority, weight=weight)
        return await self._make(method, chat_id)

    async def change(self, method: TelegramMethod, chat_id: int) -> CallResult:
        """Edit, answer a callback or look something up: free of budgets, not of a chat's flood wait."""
        await self.limiter.quiet(chat_id)
        return await self._make(method, chat_id)

    async def act(self, method: TelegramMethod, chat_id: int, *, priority: int = outbox.NOTICE) -> CallResult:
        """Approve, decline, ban, unban, make or revoke a link: these have a budget of their own."""
        await self.limiter.call(priority)
        await self.limiter.quiet(chat_id)
        return await self._make(method, chat_id)

    async def _make(self, method: TelegramMethod, chat_id: int) -> CallResult:
        try:
            value = await self.bot(method)
        except Exception as error:
            result = classify(error, chat_id)
            if result.outcome is Outcome.FLOOD:
                self.limiter.flooded(chat_id, result.retry_after)
            return result
        self.last_success = clock.now()
        return CallResult(Outcome.DONE, value=_facts(value))


def _facts(value: object) -> dict:
    if isinstance(value, Message):
        return {"message_id": value.message_id}
    if isinstance(value, list) and value and isinstance(value[0], Message):
        return {"message_id": value[0].message_id, "message_ids": [message.message_id for message in value]}
    return {"result": value}
