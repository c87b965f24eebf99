"""What each person has lately heard, so that Lucien does not repeat himself (V-VAR-4, V-VAR-5)."""

import time
from collections import OrderedDict
from collections.abc import Callable
from threading import Lock

MEMORY_SECONDS = 300
MAX_ENTRIES = 10_000


class History:
    """Bounded memory of the last two variants per (person, key); shared by all threads of the process."""

    def __init__(self, *, max_entries: int = MAX_ENTRIES, clock: Callable[[], float] = time.monotonic):
        self._max_entries = max_entries
        self._clock = clock
        self._heard: OrderedDict[tuple[int, str], tuple[tuple[int, float], ...]] = OrderedDict()
        self._lock = Lock()

    def __len__(self) -> int:
        return len(self._heard)

    def recent(self, person: int, key: str) -> tuple[int, ...]:
        """Variants heard within the last 5 minutes, oldest first, at most two."""
        horizon = self._clock() - MEMORY_SECONDS
        heard = self._heard.get((person, key), ())
        return tuple(variant for variant, moment in heard if moment > horizon)

    def remember(self, person: int, key: str, variant: int) -> None:
        with self._lock:
            earlier = self._heard.pop((person, key), ())
            self._heard[person, key] = (*earlier, (variant, self._clock()))[-2:]
            if len(self._heard) > self._max_entries:
                self._heard.popitem(last=False)
