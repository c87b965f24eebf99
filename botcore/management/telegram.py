"""How a command asks Telegram something by itself, beside the running bot."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeVar

from django.conf import settings

from botcore.telegram.api import Api
from botcore.telegram.factory import make_bot
from botcore.telegram.limiter import Limiter

T = TypeVar("T")


def ask_telegram(question: Callable[[Api], Awaitable[T]]) -> T:
    """Await `question` with an Api of its own and close it again. Raises what `question` raises."""

    async def ask() -> T:
        bot = make_bot()
        try:
            return await question(Api(bot, Limiter(settings.SEND_RATE)))
        finally:
            await bot.session.close()

    return asyncio.run(ask())
