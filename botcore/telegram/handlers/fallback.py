"""Whatever nothing else answered: one sentence in character, never silence, never two (members.md §11)."""

import time
from collections import OrderedDict

from aiogram import F, Router
from aiogram.enums import ContentType
from aiogram.types import CallbackQuery, Message

from botcore import units
from botcore.screens import screen
from botcore.telegram.answers import Answer
from subscriptions import screens
from subscriptions.access import Person

# Answered as "not for me"; all other kinds that are no text are service messages and are passed over.
MEDIA = {
    ContentType.STICKER, ContentType.PHOTO, ContentType.VOICE, ContentType.VIDEO, ContentType.DOCUMENT,
    ContentType.CONTACT,
    ContentType.LOCATION, ContentType.POLL, ContentType.DICE, ContentType.AUDIO, ContentType.ANIMATION,
    ContentType.VIDEO_NOTE,
    ContentType.VENUE, ContentType.STORY, ContentType.GAME, ContentType.PAID_MEDIA, ContentType.CHECKLIST,
}  # fmt: skip
ALBUM_MEMORY_S = 60


class Albums:
    """Tells the first piece of an album from the rest, so that an album gets one answer."""

    def __init__(self) -> None:
        self._seen: OrderedDict[str, float] = OrderedDict()

    def is_first(self, message: Message) -> bool:
        """True for a message that is no album piece, or the first of its album."""
        if not message.media_group_id:
            return True
        now = time.monotonic()
        while self._seen and now - next(iter(self._seen.values())) > ALBUM_MEMORY_S:
            self._seen.popitem(last=False)
        first = message.media_group_id not in self._seen
        self._seen.setdefault(message.media_group_id, now)
        return first


async def unknown_command(message: Message, answer: Answer) -> None:
    await answer.show(screen("common.unknown_command"))


async def unknown_text(message: Message, person: Person, answer: Answer) -> None:
    if person.is_custodian:
        return await answer.show(screen("desk.pointer").on("panel_only"))
    await answer.show(screen("common.unknown_text", name=person.member.first_name).on("menu_only"))


async def unsupported(message: Message, person: Person, answer: Answer, albums: Albums) -> None:
    if not albums.is_first(message):
        return
    if person.is_custodian:
        return await answer.show(screen("desk.pointer").on("panel_only"))
    await answer.show(screen("common.unsupported_media").on("menu_only"))


async def stale_button(query: CallbackQuery, person: Person, answer: Answer) -> None:
    """Unknown data, an older version, an id that is no number (M-CMD-5)."""
    await answer.alert("common.stale_button")
    await answer.show(await units.run(screens.start_screen, person))


def make_router() -> Router:
    router = Router(name="fallback")
    albums = Albums()

    async def unsupported_media(message: Message, person: Person, answer: Answer) -> None:
        await unsupported(message, person, answer, albums)

    router.message.register(unknown_command, F.text.startswith("/"))
    router.message.register(unknown_text, F.text)
    router.message.register(unsupported_media, F.content_type.in_(MEDIA))
    router.callback_query.register(stale_button)
    return router
