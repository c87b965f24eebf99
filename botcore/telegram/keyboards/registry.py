"""Keyboards by name: an outbox row keeps the name and JSON arguments, the buttons are built when it is sent."""

from collections.abc import Callable

from aiogram.filters.callback_data import CallbackData
from aiogram.types import CopyTextButton, InlineKeyboardButton, InlineKeyboardMarkup

from botcore import voice

MOST_BUTTONS, MOST_PER_ROW, LONGEST_LABEL, LONGEST_DATA = 30, 3, 64, 64

Rows = list[list[InlineKeyboardButton]]
_builders: dict[str, Callable[..., Rows]] = {}


def keyboard(builder: Callable[..., Rows]) -> Callable[..., Rows]:
    """Register a builder under its function's name; it takes JSON-able keyword arguments and returns rows of
    buttons.
    """
    _builders[builder.__name__] = builder
    return builder


def build(name: str, **arguments: object) -> InlineKeyboardMarkup | None:
    """The markup of keyboard `name`; None when it has no button now. Raises ValueError beyond our own limits
    (members.md §11).
    """
    rows = [row for row in _builders[name](**arguments) if row]
    if sum(map(len, rows)) > MOST_BUTTONS or any(len(row) > MOST_PER_ROW for row in rows):
        raise ValueError(f"keyboard {name} is too large")
    return InlineKeyboardMarkup(inline_keyboard=rows) if rows else None


def names() -> list[str]:
    """All registered keyboards."""
    return sorted(_builders)


def button(key: str, data: CallbackData, *, danger: bool = False, **values: object) -> InlineKeyboardButton:
    """A callback button labelled by a catalogue key of kind `button`; `danger` paints it red (C-FLOW-7)."""
    packed = data.pack()
    if len(packed.encode()) > LONGEST_DATA:
        raise ValueError(f"callback data of {key} is too long")
    return InlineKeyboardButton(text=_label(key, values), callback_data=packed, style="danger" if danger else None)


def link(key: str, url: str, **values: object) -> InlineKeyboardButton:
    """A button that opens a URL."""
    return InlineKeyboardButton(text=_label(key, values), url=url)


def copy(key: str, text: str, **values: object) -> InlineKeyboardButton:
    """A button that copies `text` (at most 256 characters) to the clipboard."""
    return InlineKeyboardButton(text=_label(key, values), copy_text=CopyTextButton(text=text))


def _label(key: str, values: dict) -> str:
    label = voice.render(key, **values)
    return label if len(label) <= LONGEST_LABEL else label[: LONGEST_LABEL - 1] + "…"
