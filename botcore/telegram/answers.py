"""How a handler answers an update directly: a screen, a toast, an alert."""

from aiogram.methods import AnswerCallbackQuery, EditMessageText, SendMessage

from botcore import clock, members, outbox, units, voice
from botcore.outbox import CallResult, Outcome
from botcore.screens import Screen
from botcore.telegram import keyboards
from botcore.telegram.api import Api
from botcore.telegram.lines import Lines

_WAIT = (Outcome.TRANSIENT, Outcome.FLOOD)
_LOST = {Outcome.BLOCKED: "blocked_bot", Outcome.DEACTIVATED: "deactivated"}


class Answer:
    """The answers to one update of one person in private.

    A pressed message is edited, or replaced where that is not possible (M-CMD-6). What Telegram cannot take now is
    owed through
    the outbox; so is everything while earlier answers still wait there (`lines`). `query` is the callback query to
    answer exactly once; refused as too old, the person gets a fresh message (M-CMD-7).
    """

    def __init__(
        self, api: Api, lines: Lines, update_id: int, chat_id: int, *, pressed: int | None = None, query: str = ""
    ) -> None:
        self._api = api
        self._lines = lines
        self._update_id = update_id
        self._chat_id = chat_id
        self._pressed = pressed
        self._query = query
        self._edited: Screen | None = None
        self._owed = 0

    async def show(self, screen: Screen, *, new: bool = False) -> None:
        """Show a screen in the pressed message, or in a new one."""
        if self._lines.waits(self._chat_id):
            return await self._owe(screen, edit=None if new else self._pressed)
        if self._pressed and not new:
            edit = EditMessageText(chat_id=self._chat_id, message_id=self._pressed, **self._content(screen))
            result = await self._api.change(edit, self._chat_id)
            if result.outcome in (Outcome.DONE, Outcome.NOT_MODIFIED):
                self._edited = screen
                return
            if result.outcome in _WAIT:
                return await self._owe(screen, edit=self._pressed)
        await self._send(screen)

    async def toast(self, key: str, **values: object) -> None:
        """Answer the press with a line that fades; a message, or a press too old to be answered, gets nothing."""
        await self._answer_query(voice.render(key, person=self._chat_id, **values), alert=False)

    async def alert(self, key: str, **values: object) -> None:
        """Answer the press with a window to close."""
        await self._answer_query(voice.render(key, person=self._chat_id, **values), alert=True)

    async def close(self) -> None:
        """Stop the spinner if nothing else has; afterwards the query counts as answered."""
        await self._answer_query("", alert=False)

    async def _answer_query(self, text: str, *, alert: bool) -> None:
        if not self._query:
            return
        query, self._query = self._query, ""
        method = AnswerCallbackQuery(callback_query_id=query, text=text or None, show_alert=alert or None)
        result = await self._api.change(method, self._chat_id)
        if result.outcome is not Outcome.TOO_OLD:
            return
        if alert:
            await self._api.message(
                SendMessage(chat_id=self._chat_id, text=text, parse_mode=None),
                self._chat_id,
                priority=outbox.INTERACTIVE,
            )
        if self._edited:
            await self._send(self._edited)
        self._pressed = None
        await units.run(outbox.answer_afresh, self._update_id)

    async def _send(self, screen: Screen) -> None:
        send = SendMessage(chat_id=self._chat_id, **self._content(screen))
        result = await self._api.message(send, self._chat_id, priority=outbox.INTERACTIVE)
        if result.outcome in _WAIT:
            await self._owe(screen)
        elif result.outcome in _LOST:
            await units.run(members.lose_chat, self._chat_id, _LOST[result.outcome], now=clock.now())
        else:
            _must_be_done(result)

    async def _owe(self, screen: Screen, edit: int | None = None) -> None:
        key = outbox.answer_key(self._update_id, f"direct{self._owed}")
        self._owed += 1
        if await units.run(outbox.say, self._chat_id, screen, key=key, priority=outbox.INTERACTIVE, edit=edit):
            self._lines.expect(self._chat_id, 1)

    def _content(self, screen: Screen) -> dict:
        markup = keyboards.build(screen.keyboard, **screen.arguments) if screen.keyboard else None
        return {"text": screen.text(person=self._chat_id), "reply_markup": markup}


def _must_be_done(result: CallResult) -> None:
    if result.outcome not in (Outcome.DONE, Outcome.GONE):
        raise RuntimeError(f"Telegram refused an answer: {result.detail}")
