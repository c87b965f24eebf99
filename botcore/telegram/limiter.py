"""The one pace of all outgoing calls (members.md §11): in all, per chat, and what a flood wait commands."""

import asyncio
import heapq
import itertools
from collections import OrderedDict, deque

from aiolimiter import AsyncLimiter

PRIVATE_BURST, PRIVATE_PERIOD_S = 3, 3.0
CHANNEL_SPACING_S = 3.0  # 20 per minute
KNOWN_CHATS = 5000
FLOODED_CHATS, FLOODED_WITHIN_S = 3, 10.0


class Turnstile:
    """Lets callers pass at `rate` per second, evenly, the most urgent first."""

    def __init__(self, rate: float) -> None:
        self._bucket = AsyncLimiter(1, 1 / rate)
        self._gate = asyncio.Lock()
        self._waiting: list[tuple[int, int, asyncio.Future[None]]] = []
        self._numbers = itertools.count()

    async def passage(self, priority: int) -> None:
        """Wait for a turn. Who holds the gate admits the most urgent of all who wait, not himself."""
        ticket = asyncio.get_running_loop().create_future()
        heapq.heappush(self._waiting, (priority, next(self._numbers), ticket))
        async with self._gate:
            await self._bucket.acquire()
            heapq.heappop(self._waiting)[2].set_result(None)
        await ticket


class Limiter:
    """Budgets of one process: `rate` new messages a second and as many calls on channels; chats one by one."""

    def __init__(self, rate: int = 28) -> None:
        self._messages = Turnstile(rate)
        self._calls = Turnstile(rate)
        self._fast = rate > 30  # a private Bot API server: its per-chat limits are not Telegram's
        self._chats: OrderedDict[int, AsyncLimiter] = OrderedDict()
        self._chat_until: dict[int, float] = {}
        self._all_until = 0.0
        self._floods: deque[tuple[float, int, float]] = deque(maxlen=FLOODED_CHATS)

    async def message(self, chat_id: int, priority: int, *, weight: int = 1) -> None:
        """Wait until a new message (an album weighs its items) may go to `chat_id`."""
        await self.quiet(chat_id)
        if not self._fast:
            await self._chat(chat_id).acquire()
        for _ in range(weight):
            await self._messages.passage(priority)
        await self.quiet(chat_id)

    async def call(self, priority: int = 2) -> None:
        """Wait until a call on a channel (approve, decline, ban, unban, link) may be made."""
        await self._calls.passage(priority)
        await self._sleep_until(self._all_until)

    async def quiet(self, chat_id: int) -> None:
        """Wait while a flood wait of this chat, or of the whole sender, lasts."""
        await self._sleep_until(max(self._all_until, self._chat_until.get(chat_id, 0)))

    def closed_chats(self) -> set[int] | None:
        """Chats whose flood wait lasts; None while nothing at all may be sent."""
        now = asyncio.get_running_loop().time()
        if self._all_until > now:
            return None
        return {chat for chat, until in self._chat_until.items() if until > now}

    def flooded(self, chat_id: int, retry_after: float) -> None:
        """Telegram refused `chat_id` for `retry_after` seconds; three chats within 10 s stop everything for the
        longest.
        """
        now = asyncio.get_running_loop().time()
        self._chat_until = {chat: until for chat, until in self._chat_until.items() if until > now}
        self._chat_until[chat_id] = now + retry_after
        self._floods = deque((f for f in self._floods if f[1] != chat_id), maxlen=FLOODED_CHATS)
        self._floods.append((now, chat_id, now + retry_after))
        if len(self._floods) == FLOODED_CHATS and now - self._floods[0][0] <= FLOODED_WITHIN_S:
            self._all_until = max(until for _, _, until in self._floods)

    def _chat(self, chat_id: int) -> AsyncLimiter:
        if chat_id not in self._chats:
            private = chat_id > 0
            self._chats[chat_id] = (
                AsyncLimiter(PRIVATE_BURST, PRIVATE_PERIOD_S) if private else AsyncLimiter(1, CHANNEL_SPACING_S)
            )
            if len(self._chats) > KNOWN_CHATS:
                self._chats.popitem(last=False)
        self._chats.move_to_end(chat_id)
        return self._chats[chat_id]

    @staticmethod
    async def _sleep_until(moment: float) -> None:
        while (left := moment - asyncio.get_running_loop().time()) > 0:
            await asyncio.sleep(left)
