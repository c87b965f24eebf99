"""What the tests of this package look at."""

import threading
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from django.db import connections

from botcore.models import Member, Outbox

T = TypeVar("T")


def heard(member: Member) -> list[Outbox]:
    """The messages owed to a member, in order."""
    return list(Outbox.objects.filter(chat_id=member.telegram_id).order_by("id"))


def keyboards(member: Member) -> list[str]:
    """The keyboard of each of those messages; a ritual's with its stage."""
    return [_name(row.keyboard) for row in heard(member)]


def _name(keyboard: dict | None) -> str:
    if not keyboard:
        return ""
    return ":".join([keyboard["name"], *([keyboard["arguments"]["stage"]] if keyboard["name"] == "ritual" else [])])


def all_at_once(work: Callable[..., T], items: Iterable[object]) -> list[T]:
    """Run `work(item)` for all items, each in a thread of its own that starts at the same moment."""
    items = list(items)
    gate = threading.Barrier(len(items))

    def enter(item: object) -> T:
        gate.wait()
        try:
            return work(item)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(len(items)) as pool:
        return list(pool.map(enter, items))
