"""Makes the bot and its dispatcher."""

from aiogram import Bot, Dispatcher
from aiogram.client.default import DefaultBotProperties
from aiogram.client.session.aiohttp import AiohttpSession
from aiogram.client.session.base import BaseSession
from aiogram.client.telegram import TelegramAPIServer
from aiogram.enums import ParseMode
from aiogram.fsm.storage.memory import MemoryStorage
from django.conf import settings

from botcore.telegram import handlers, middlewares

# Exactly what the handlers use (O-PROC-4).
ALLOWED_UPDATES = ["message", "callback_query", "chat_join_request", "chat_member", "my_chat_member"]


def make_bot(session: BaseSession | None = None, token: str = "") -> Bot:
    """The bot of the settings; `session` replaces the HTTP session (sandbox, tests)."""
    return Bot(
        token or settings.BOT_TOKEN,
        session=session or _http_session(),
        default=DefaultBotProperties(parse_mode=ParseMode.HTML, link_preview_is_disabled=True),
    )


def _http_session() -> AiohttpSession:
    server = TelegramAPIServer.from_base(settings.TELEGRAM_API_URL, is_local=settings.TELEGRAM_API_LOCAL)
    return AiohttpSession(api=server, timeout=settings.TELEGRAM_TIMEOUT_S, limit=100)


def make_dispatcher() -> Dispatcher:
    """A dispatcher with all handlers; it is fed stored updates one by one and never polls by itself."""
    dispatcher = Dispatcher(storage=MemoryStorage(), disable_fsm=False)
    middlewares.install(dispatcher)
    dispatcher.include_router(handlers.make_router())
    return dispatcher
