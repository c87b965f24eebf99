"""The queue of updates waiting for the bot, and the two ways it reaches it: long polling and (its state)
webhook.

Semantics follow https://core.telegram.org/bots/api#getting-updates: an update waits until it is confirmed by
a higher offset or a 2xx answer; a second poller ends the first one's poll with 409; `allowed_updates` holds
when an update arises.
"""

import asyncio
import re
from collections import deque
from dataclasses import dataclass
from itertools import islice
from typing import Any

from botcore.sandbox.errors import bad_request, conflict
from botcore.sandbox.schema import bot_api

Update = dict[str, Any]

NOT_BY_DEFAULT = {"chat_member", "message_reaction", "message_reaction_count"}
LONGEST_POLL = 50
REMEMBERED = 10_000


@dataclass
class Webhook:
    url: str
    secret_token: str = ""
    max_connections: int = 40
    last_error_date: int | None = None
    last_error_message: str | None = None


class Updates:
    """Updates not yet confirmed, in the order they arose.

    Until the bot says which kinds it wants every kind waits; its first word sorts out the others.
    """

    def __init__(self, first_id: int) -> None:
        self.pending: dict[int, Update] = {}
        self.recent: deque[Update] = deque(maxlen=REMEMBERED)
        self.webhook: Webhook | None = None
        self.arrived = asyncio.Event()
        self._next_id = first_id
        self._allowed: set[str] | None = None
        self._poll: asyncio.Future[None] | None = None

    def push(self, kind: str, content: dict[str, Any]) -> Update | None:
        """Queue an update of that kind; None if the bot did not ask for it."""
        if self._allowed is not None and kind not in self._allowed:
            return None
        update = {"update_id": self._next_id, kind: content}
        self._next_id += 1
        self.push_raw(update)
        return update

    def push_raw(self, update: Update) -> None:
        """Queue an update as it is, however malformed, under its own `update_id` (or a fresh one)."""
        update_id = update.get("update_id") if isinstance(update, dict) else None
        key = update_id if isinstance(update_id, int) else self._next_id
        self._next_id = max(self._next_id, key + 1)
        self.pending[key] = update
        self.recent.append(update)
        self.arrived.set()

    def repeat(self, update_id: int) -> None:
        """Deliver an update again, as Telegram may."""
        self.push_raw(next(update for update in self.recent if update.get("update_id") == update_id))

    def take(self) -> list[Update]:
        """All waiting updates, confirmed at once: for tests that feed a dispatcher themselves."""
        taken = list(self.pending.values())
        self.pending.clear()
        return taken

    def confirm(self, update_id: int) -> None:
        self.pending.pop(update_id, None)

    def allow(self, kinds: list[str] | None) -> None:
        """Keep only these kinds from now on; None keeps the last word, [] means Telegram's default."""
        if kinds is None and self._allowed is not None:
            return
        every = set(bot_api()["types"]["Update"]["fields"]) - {"update_id"}
        self._allowed = (set(kinds or ()) & every) or every - NOT_BY_DEFAULT
        for key, update in list(self.pending.items()):
            if isinstance(update, dict) and not self._allowed & update.keys() and every & update.keys():
                del self.pending[key]

    @property
    def allowed(self) -> list[str]:
        return sorted(self._allowed or ())

    async def poll(
        self, offset: int = 0, limit: int = 100, timeout: int = 0, allowed_updates: list[str] | None = None
    ) -> list[Update]:
        """getUpdates: waits up to `timeout` seconds of real time. Raises ApiError 409."""
        if self.webhook:
            raise conflict(
                "can't use getUpdates method while webhook is active; use deleteWebhook to delete the webhook first"
            )
        self._end_poll("terminated by other getUpdates request; make sure that only one bot instance is running")
        self.allow(allowed_updates)
        self._confirm_below(offset)
        poll = self._poll = asyncio.get_running_loop().create_future()
        try:
            await self._wait(poll, min(timeout, LONGEST_POLL))
        finally:
            if self._poll is poll:
                self._poll = None
        return list(islice(self.pending.values(), max(1, min(limit, 100))))

    async def _wait(self, poll: asyncio.Future[None], timeout: float) -> None:
        self.arrived.clear()
        if self.pending or timeout <= 0:
            return
        arrival = asyncio.ensure_future(self.arrived.wait())
        try:
            await asyncio.wait({arrival, poll}, timeout=timeout, return_when=asyncio.FIRST_COMPLETED)
        finally:
            arrival.cancel()
        if poll.done():
            poll.result()

    def _confirm_below(self, offset: int) -> None:
        if offset < 0:
            offset = (list(self.pending) or [0])[offset:][0]
        for key in [key for key in self.pending if key < offset]:
            del self.pending[key]

    def _end_poll(self, why: str) -> None:
        if self._poll and not self._poll.done():
            self._poll.set_exception(conflict(why))

    def set_webhook(
        self,
        url: str,
        *,
        secret_token: str = "",
        max_connections: int = 40,
        allowed_updates: list[str] | None = None,
        drop_pending_updates: bool = False,
    ) -> None:
        if url and not re.match(r"https?://[^/\s]+", url):
            raise bad_request("bad webhook: An HTTPS URL must be provided for webhook")
        if not re.fullmatch(r"[A-Za-z0-9_-]{0,256}", secret_token):
            raise bad_request("secret token contains unallowed characters")
        if url:
            self._end_poll("terminated by setWebhook request")
            self.allow(allowed_updates)
        if drop_pending_updates:
            self.pending.clear()
        self.webhook = Webhook(url, secret_token, max_connections) if url else None
        self.arrived.set()
