"""Which chats have answers waiting in the outbox: what is said to them next queues up behind, so that order is kept."""

from collections import Counter

from botcore import outbox
from botcore.models import Outbox


class Lines:
    """Counts, per chat, the answers owed by this process or left by its predecessor (see `load`)."""

    def __init__(self) -> None:
        self._owed: Counter[int] = Counter()

    def load(self) -> None:
        """Count what an earlier process left behind."""
        self._owed = Counter(outbox.answers().values_list("chat_id", flat=True))

    def expect(self, chat_id: int, answers: int) -> None:
        """So many more answers to this chat were written."""
        self._owed[chat_id] += answers

    def settled(self, row: Outbox, *, final: bool) -> None:
        """A row was sent, dropped or failed for good (`final`), or will be tried again."""
        if final and row.key.startswith(outbox.ANSWER):
            self._owed[row.chat_id] -= 1
            if self._owed[row.chat_id] <= 0:
                del self._owed[row.chat_id]

    def waits(self, chat_id: int) -> bool:
        return chat_id in self._owed

    def forget(self, chat_id: int) -> None:
        """The chat is lost and so is what waited for it."""
        self._owed.pop(chat_id, None)
