"""What all custodians are told: one outbox row each, never blocking whoever caused it (C-NOTE)."""

from datetime import datetime

from botcore import outbox, roles
from botcore.models import Member
from botcore.screens import Screen


def tell_custodians(screen: Screen, *, key: str, now: datetime | None = None) -> int:
    """Owe `screen` to every reachable custodian, once per `key` and person; returns how many rows were written."""
    lost = set(Member.objects.exclude(unreachable_since=None).values_list("telegram_id", flat=True))
    rows = [
        outbox.say(telegram_id, screen, key=f"{key}:{telegram_id}", now=now, remember=False)
        for telegram_id in roles.custodian_ids()
        if telegram_id not in lost
    ]
    return len([row for row in rows if row])
