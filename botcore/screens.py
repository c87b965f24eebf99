"""What a person is shown, before it is rendered: parts of the catalogue and the name of a keyboard."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from botcore import clock, voice


@dataclass(frozen=True)
class Screen:
    """One message: `parts` are (catalogue key, variables) pairs shown one under another.

    `keyboard` is the name of a builder in `botcore.telegram.keyboards`, `arguments` its JSON-able keyword arguments.
    """

    parts: tuple[tuple[str, Mapping[str, object]], ...]
    keyboard: str = ""
    arguments: Mapping[str, object] = field(default_factory=dict)

    def plus(self, key: str, **values: object) -> "Screen":
        """This screen with one more part below."""
        return replace(self, parts=(*self.parts, (key, values)))

    def on(self, keyboard: str, **arguments: object) -> "Screen":
        """This screen with that keyboard."""
        return replace(self, keyboard=keyboard, arguments=arguments)

    def text(self, *, person: int | None = None) -> str:
        """Telegram HTML; `person` is the Telegram id for the no-repeat history (V-VAR-4)."""
        return voice.compose(self.parts, person=person, moment=clock.now())


def screen(key: str, **values: object) -> Screen:
    """A screen of one part, without keyboard."""
    return Screen(parts=((key, values),))
