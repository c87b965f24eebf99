"""Lucien's voice: name a key, pass typed values, get the final text. No Spanish lives outside `catalogue/`."""

from collections.abc import Sequence
from datetime import datetime
from functools import cache
from typing import Any

from botcore.voice.catalogue import InvalidCatalogue, load_catalogue
from botcore.voice.renderer import Part, Voice, VoiceError

__all__ = [
    "InvalidCatalogue", "VoiceError", "compose", "load", "render", "render_plain", "set_names",
]  # fmt: skip


@cache
def load() -> Voice:
    """The voice of this process. Call it at start-up: InvalidCatalogue must prevent the start."""
    return Voice(load_catalogue())


def render(key: str, /, *, person: int | None = None, moment: datetime | None = None, **values: Any) -> str:
    """Final text of one message; see `Voice.render` for the types of values, result and errors."""
    return load().render(key, person=person, moment=moment, **values)


def render_plain(key: str, /, **values: Any) -> str:
    """Text of a `line` for a file, unescaped."""
    return load().render_plain(key, **values)


def compose(parts: Sequence[Part], *, person: int | None = None, moment: datetime | None = None) -> str:
    """Texts of `(key, values)` in order, a blank line between them."""
    return load().compose(parts, person=person, moment=moment)


def set_names(**names: str) -> None:
    """Set any of creator, custodian, custodians, bot (the username) for this process; "" = the default."""
    load().set_names(**names)
