"""The one place where the bot asks for the time, so that tests and simulations can put their own clock here."""

from collections.abc import Callable
from datetime import datetime

from django.utils import timezone

_source: Callable[[], datetime] = timezone.now


def now() -> datetime:
    """The present moment, aware, UTC."""
    return _source()


def use(source: Callable[[], datetime] | None) -> None:
    """Take the time from `source` (aware UTC), or from the machine again with None."""
    global _source
    _source = source or timezone.now
