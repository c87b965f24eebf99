"""How fast one may send: Telegram's flood limits, answered with 429 and `retry_after`.

Source: https://core.telegram.org/bots/faq#my-bot-is-hitting-limits-how-do-i-avoid-this (about 30 messages a
second in all, one a second to one chat with short bursts, 20 a minute to one group). The exact burst is
Telegram's secret; here a private chat takes 5 messages within 2 s and 20 within 15 s.
"""

import math
from collections import deque

from botcore.sandbox.errors import too_many_requests

OVERALL = ((30, 1.0),)
PRIVATE = ((5, 2.0), (20, 15.0))
GROUP = ((20, 60.0),)


class Flood:
    """Counts new messages in sliding windows; a refused message does not count."""

    def __init__(self, enabled: bool = True) -> None:
        self.enabled = enabled
        self._sent: dict[int, deque[float]] = {}

    def spend(self, chat_id: int, messages: int, now: float) -> None:
        """Count `messages` new ones to a chat at `now` (epoch seconds), or raise ApiError 429."""
        if not self.enabled:
            return
        rules = {0: OVERALL, chat_id: PRIVATE if chat_id > 0 else GROUP}
        wait = max(self._wait(key, windows, messages, now) for key, windows in rules.items())
        if wait > 0:
            raise too_many_requests(math.ceil(wait))
        for key in rules:
            self._sent[key].extend([now] * messages)

    def _wait(self, key: int, windows: tuple[tuple[int, float], ...], messages: int, now: float) -> float:
        sent = self._sent.setdefault(key, deque())
        while sent and sent[0] <= now - windows[-1][1]:
            sent.popleft()
        # An album larger than the window would never fit: it may go when the window is empty.
        return max(self._over(sent, min(most, messages), most, seconds, now) for most, seconds in windows)

    @staticmethod
    def _over(sent: deque[float], messages: int, most: int, seconds: float, now: float) -> float:
        """Seconds until `messages` more fit into a window of `most`."""
        blocking = len(sent) + messages - most
        return 0.0 if blocking <= 0 else max(0.0, sent[blocking - 1] + seconds - now)
