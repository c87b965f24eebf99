"""What every update from a person passes before a handler sees it: private only, throttle, who is it, blocked."""

from collections import OrderedDict
from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Any

from aiogram import BaseMiddleware, Dispatcher
from aiogram.types import CallbackQuery, InaccessibleMessage, Message
from django.db import transaction

from botcore import clock, inbox, limits, members, units
from botcore.models import Inbox
from botcore.outbox import Reply
from botcore.screens import screen
from botcore.telegram.answers import Answer
from botcore.telegram.handlers.admin.flow import FlowGate
from botcore.telegram.handlers.fallback import Albums
from botcore.telegram.tasks import with_deadline
from subscriptions import people
from subscriptions.access import Person

ANSWER_WITHIN_S = 0.7

Handler = Callable[[Any, dict[str, Any]], Awaitable[Any]]


def install(dispatcher: Dispatcher) -> None:
    dispatcher.message.outer_middleware(MessageGate())
    dispatcher.callback_query.outer_middleware(CallbackGate())
    for observer in (dispatcher.message, dispatcher.callback_query):
        observer.outer_middleware(FlowGate())


class Throttle:
    """A bucket per person: burst 8, refill 1 per second (M-CMD-8). Lives in the process, for the latest 10,000
    people. All its moments come from one clock.
    """

    def __init__(self) -> None:
        self._buckets: OrderedDict[int, tuple[float, float]] = OrderedDict()
        self._warned: OrderedDict[int, float] = OrderedDict()

    def admits(self, person: int, *, at: datetime) -> bool:
        """Take one drop from the person's bucket, as of the moment the person acted; False when it is empty."""
        left, since = self._buckets.pop(person, (float(limits.THROTTLE_BURST), at.timestamp()))
        acted = max(since, at.timestamp())
        left = min(limits.THROTTLE_BURST, left + (acted - since) / limits.THROTTLE_REFILL_S)
        admitted = left >= 1
        self._buckets[person] = (left - admitted, acted)
        _forget_oldest(self._buckets)
        return admitted

    def may_warn(self, person: int) -> bool:
        """Whether the person may be asked to slow down now: once per minute."""
        now = clock.now().timestamp()
        if now - self._warned.get(person, 0) < limits.SLOW_DOWN_EVERY.total_seconds():
            return False
        self._warned[person] = now
        _forget_oldest(self._warned)
        return True


def _forget_oldest(known: OrderedDict) -> None:
    if len(known) > 10_000:
        known.popitem(last=False)


class MessageGate(BaseMiddleware):
    """Messages: only private ones of people; groups and channels hear nothing (M-CMD-3). An album counts as one.

    The throttle goes by Telegram's dates: answers are paced, so by our own clock there never is a burst, and what was
    written over the hours in which the bot was away is none either.
    """

    def __init__(self) -> None:
        self.throttle = Throttle()
        self.albums = Albums()

    async def __call__(self, handler: Handler, event: Message, data: dict[str, Any]) -> Any:
        if event.chat.type != "private" or event.from_user is None or event.from_user.is_bot:
            return None
        answer = Answer(data["api"], data["lines"], data["row"].update_id, event.chat.id)
        data["reply"].chat_id = event.chat.id
        free = _is_invitation(event) or not self.albums.is_first(event)
        if not free and not self.throttle.admits(event.from_user.id, at=event.date):
            if self.throttle.may_warn(event.from_user.id):
                await answer.show(screen("common.slow_down"))
            return None
        person = await _meet(event.from_user)
        if person.is_blocked:
            return await units.run(_refuse, person, data["reply"])
        return await handler(event, data | {"person": person, "answer": answer})


class CallbackGate(BaseMiddleware):
    """Presses: every one is answered, within a second even if the work takes longer (M-CMD-4)."""

    def __init__(self) -> None:
        self.throttle = Throttle()

    async def __call__(self, handler: Handler, event: CallbackQuery, data: dict[str, Any]) -> Any:
        row, reply, pressed = data["row"], data["reply"], _editable(event, data["row"])
        query = "" if row.tries else event.id  # the try that failed has answered it
        answer = Answer(data["api"], data["lines"], row.update_id, event.from_user.id, pressed=pressed, query=query)
        reply.chat_id, reply.edit = event.from_user.id, pressed
        try:
            if event.message is None or event.message.chat.type != "private":
                return await answer.alert("common.private_only")
            if not self.throttle.admits(event.from_user.id, at=clock.now()):
                return await answer.toast("common.slow_down_toast")
            work = self._work(handler, event, data | {"answer": answer})
            return await with_deadline(work, ANSWER_WITHIN_S, answer.close)
        finally:
            await answer.close()

    async def _work(self, handler: Handler, event: CallbackQuery, data: dict[str, Any]) -> Any:
        person = await _meet(event.from_user)
        if person.is_blocked:
            return await data["answer"].alert("common.refusal_alert")
        return await handler(event, data | {"person": person})


def _is_invitation(message: Message) -> bool:
    """`/start` with an invitation is not throttled: M-TOKEN-9 has its own limit."""
    command, _, payload = (message.text or "").partition(" ")
    return command.partition("@")[0] == "/start" and payload.strip() not in inbox.RESERVED_PAYLOADS | {""}


def _editable(event: CallbackQuery, row: Inbox) -> int | None:
    """The pressed message if it may be edited: there, accessible, with text; a press that waited long gets a new
    message.
    """
    waited_long = clock.now() - row.received_at > limits.OLD_CALLBACK
    if waited_long or event.message is None or isinstance(event.message, InaccessibleMessage) or not event.message.text:
        return None
    return event.message.message_id


async def _meet(user: Any) -> Person:
    return await units.run(
        people.meet_person,
        telegram_id=user.id,
        username=user.username,
        first_name=user.first_name,
        last_name=user.last_name,
        language=user.language_code,
        now=clock.now(),
    )


def _refuse(person: Person, reply: Reply) -> None:
    """One closing sentence per 24 h, then silence (M-BLOCK-1)."""
    with transaction.atomic():
        if members.due_for_refusal(person.member, now=person.now):
            reply.say(screen("common.refusal"))
