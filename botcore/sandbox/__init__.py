"""An in-process Telegram: people, channels, messages and a Bot API that answers as Telegram does.

`World` is the whole of it; `WorldSession` lets an aiogram bot talk to it in the same process, `server` over
HTTP.

    world = World()
    ana = world.person(5, "Ana")
    ana.start()                             # an update waits in world.updates
    bot = Bot("42:TOKEN", session=WorldSession(world))
    await bot.send_message(5, "Hola", reply_markup=keyboard)
    query = ana.press(ana.last, "Sí")       # the bot's answer will be world.answers[query]
"""

from botcore.sandbox.errors import ApiError
from botcore.sandbox.faults import HANG
from botcore.sandbox.people import NotPossible, Person
from botcore.sandbox.world import World

__all__ = ["HANG", "ApiError", "NotPossible", "Person", "World"]
