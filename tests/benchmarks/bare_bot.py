"""A bare aiogram bot without a database, as a yardstick: `/start` answers with buttons, a press edits the message."""

import asyncio
import sys

from aiogram import Bot, Dispatcher
from aiogram.client.session.aiohttp import AiohttpSession
from aiogram.client.telegram import TelegramAPIServer
from aiogram.filters import CommandStart
from aiogram.types import CallbackQuery, InlineKeyboardButton, InlineKeyboardMarkup, Message

dispatcher = Dispatcher()
TEXT = "<b>Lucien:</b>\n\n<i>Bienvenida sea su visita a esta casa, donde cada puerta tiene su llave y su hora.</i>"
MENU = InlineKeyboardMarkup(
    inline_keyboard=[[InlineKeyboardButton(text=f"Puerta {n}", callback_data=f"door:{n}")] for n in range(4)]
)


@dispatcher.message(CommandStart())
async def start(message: Message) -> None:
    await message.answer(TEXT, reply_markup=MENU)


@dispatcher.callback_query()
async def press(query: CallbackQuery) -> None:
    await query.message.edit_text(TEXT, reply_markup=MENU)
    await query.answer()


async def main(url: str) -> None:
    session = AiohttpSession(api=TelegramAPIServer.from_base(url))
    await dispatcher.start_polling(Bot("42:AAbenchbenchbenchbenchbenchbenchbench", session=session))


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1]))
