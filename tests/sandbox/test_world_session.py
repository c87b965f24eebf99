"""An aiogram bot talks to the world in the same process."""

import asyncio
from datetime import datetime, timedelta

import pytest
from aiogram import Bot, Dispatcher
from aiogram.client.default import DefaultBotProperties
from aiogram.exceptions import (
    TelegramBadRequest,
    TelegramForbiddenError,
    TelegramNetworkError,
    TelegramRetryAfter,
    TelegramServerError,
    TelegramUnauthorizedError,
)
from aiogram.types import BufferedInputFile, InlineKeyboardButton, InlineKeyboardMarkup, InputMediaPhoto

from botcore.sandbox import HANG, ApiError
from botcore.sandbox.errors import too_many_requests
from botcore.sandbox.session import WorldSession
from tests.sandbox.conftest import NOON, VIP


@pytest.fixture
def bot(world):
    return Bot("42:TOKEN", session=WorldSession(world), default=DefaultBotProperties(parse_mode="HTML"))


async def test_defaults_keyboards_and_results(bot, ana):
    markup = InlineKeyboardMarkup(inline_keyboard=[[InlineKeyboardButton(text="Sí", callback_data="yes")]])
    sent = await bot.send_message(5, "<b>Hola</b>", reply_markup=markup, protect_content=True)
    assert (sent.text, sent.has_protected_content, ana.last.labels) == ("Hola", True, ["Sí"])
    await sent.edit_text("Adiós")
    assert ana.last.text == "Adiós"


async def test_moments_become_epoch_seconds(bot):
    expires = datetime.fromtimestamp(NOON) + timedelta(days=1)
    link = await bot.create_chat_invite_link(VIP, expire_date=expires, creates_join_request=True)
    assert link.expire_date.timestamp() == NOON + 86400


async def test_files_go_up_and_come_down(bot, ana):
    sent = await bot.send_document(5, BufferedInputFile(b"1,2", "a.csv"))
    assert (await bot.download(sent.document)).read() == b"1,2"
    photo = BufferedInputFile(b"x", "x.jpg")
    assert len(await bot.send_media_group(5, [InputMediaPhoto(media=photo), InputMediaPhoto(media=photo)])) == 2


@pytest.mark.parametrize(
    ("fault", "expected"),
    [
        (ApiError(403, "Forbidden: bot was blocked by the user"), TelegramForbiddenError),
        (ApiError(400, "Bad Request: chat not found"), TelegramBadRequest),
        (ApiError(502, "Bad Gateway"), TelegramServerError),
        (too_many_requests(7), TelegramRetryAfter),
        (ConnectionResetError("gone"), TelegramNetworkError),
        (HANG, TelegramNetworkError),
    ],
)
async def test_refusals_are_aiograms_exceptions(bot, world, ana, fault, expected):
    world.fail("sendMessage", fault)
    with pytest.raises(expected):
        await bot.send_message(5, "a", request_timeout=1 if fault is HANG else None)


async def test_a_dispatcher_polls_and_answers(bot, ana):
    dispatcher = Dispatcher()
    dispatcher.message()(lambda message: message.answer(message.text))
    polling = asyncio.create_task(dispatcher.start_polling(bot, handle_signals=False))
    ana.send("Hola")
    async with asyncio.timeout(5):
        while not ana.messages:
            await asyncio.sleep(0.01)
    await dispatcher.stop_polling()
    await polling
    assert ana.last.text == "Hola"


async def test_a_wrong_token(bot, world):
    world.token = "43:OTHER"
    with pytest.raises(TelegramUnauthorizedError):
        await bot.get_me()
