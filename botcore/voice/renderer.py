"""The one choke point between data and what people read (V-CAT-3, V-CAT-5, V-VAR-1..4)."""

import random
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.conf import settings
from django.utils import timezone

from botcore.voice.catalogue import Catalogue, Message, Variable, Variant
from botcore.voice.formatting import FORMATTERS, Unshowable, clean, cut
from botcore.voice.history import History
from botcore.voice.periods import period_at

NAME_LIMIT = 40
_ESCAPES = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;"})

Part = tuple[str, Mapping[str, Any]]


class VoiceError(Exception):
    """A text was asked for with the wrong key or the wrong values: a fault of the caller."""


class Voice:
    """A catalogue that speaks.

    `source` makes the choice between variants reproducible; `mark` wraps every inserted value, so that the
    linter can tell Lucien's words from other people's.
    """

    def __init__(
        self,
        catalogue: Catalogue,
        *,
        history: History | None = None,
        source: random.Random | None = None,
        mark: Callable[[str], str] = str,
    ):
        self.catalogue = catalogue
        self.history = history or History()
        self._source = source or random.Random()
        self._mark = mark
        self._names: dict[str, str] = {}
        self.set_names(**catalogue.formats.names)

    def set_names(self, **names: str) -> None:
        """Replace any of creator, custodian, custodians, bot for every text from here on; "" means the default."""
        defaults = self.catalogue.formats.names
        for name in names.keys() - defaults.keys():
            raise VoiceError(f"{name!r} is none of the names of the house")
        given = {name: cut(clean(value), NAME_LIMIT) or defaults[name] for name, value in names.items()}
        self._names = {**self._names, **given}

    def render(self, key: str, /, *, person: int | None = None, moment: datetime | None = None, **values: Any) -> str:
        """Final text of `key`: Telegram HTML, or plain text for alerts, buttons and commands.

        `person` is the Telegram id whose history keeps variants from repeating (None leaves the history
        alone); `moment` the aware moment whose period of the day counts, now by default. Values by declared type:
        money is `(amount, currency)`, mention `(telegram_id, name)`, dates are aware datetimes, durations
        timedeltas or ints of the declared unit, a list is a sequence of dicts, or of `(key, dict)` where the
        declaration names several item keys. "" means empty on purpose: the declared empty wording is shown.
        None is an error under DEBUG and the empty wording otherwise. Raises VoiceError for an unknown key and
        for missing or unknown values.
        """
        message = self._message(key)
        return self.fill(message, self.choose(message, person=person, moment=moment), values)

    def render_plain(self, key: str, /, **values: Any) -> str:
        """Text of a `line` for a file: as `render`, but nothing is escaped."""
        message = self._message(key)
        return self.fill(message, self.choose(message), values, plain=True)

    def compose(self, parts: Sequence[Part], *, person: int | None = None, moment: datetime | None = None) -> str:
        """Texts of `(key, values)` in order, a blank line between them: a screen and its optional lines."""
        return "\n\n".join(self.render(key, person=person, moment=moment, **values) for key, values in parts)

    def choose(self, message: Message, *, person: int | None = None, moment: datetime | None = None) -> Variant:
        """A variant by weight, without those the person has just heard (V-VAR-4)."""
        candidates = list(enumerate(message.variants))
        if message.by_time:
            period = period_at(moment or timezone.now())
            candidates = [(n, variant) for n, variant in candidates if variant.period == period]
        if person is None:
            return self._draw(candidates)[1]
        banned = self.history.recent(person, message.key)[-2 if len(candidates) >= 4 else -1 :]
        fresh = [(n, variant) for n, variant in candidates if n not in banned]
        number, variant = self._draw(fresh or candidates)
        if len(candidates) > 1:
            self.history.remember(person, message.key, number)
        return variant

    def fill(self, message: Message, variant: Variant, values: Mapping[str, Any], *, plain: bool = False) -> str:
        """Text of one variant with its values."""
        if values.keys() != message.variables.keys():
            raise VoiceError(f"{message.key}: takes {sorted(message.variables)}, was given {sorted(values)}")
        plain = plain or message.is_plain
        pieces = list(variant.pieces)
        for place in range(1, len(pieces), 2):
            pieces[place] = self._mark(self._show(message, pieces[place], values, plain))
        return "".join(pieces).strip()

    def _message(self, key: str) -> Message:
        try:
            return self.catalogue[key]
        except KeyError:
            raise VoiceError(f"no such key: {key}") from None

    def _draw(self, candidates: list[tuple[int, Variant]]) -> tuple[int, Variant]:
        if len(candidates) == 1:
            return candidates[0]
        weights = [variant.weight for _, variant in candidates]
        return self._source.choices(candidates, weights)[0]

    def _show(self, message: Message, name: str, values: Mapping[str, Any], plain: bool) -> str:
        variable = message.variables.get(name)
        if variable is None:
            return self._escape(self._names[name], plain)
        value = values[name]
        try:
            if value is None:
                raise Unshowable("None")
            text = self._format(variable, value, plain) if value != "" else ""
        except (Unshowable, TypeError, ValueError, ArithmeticError) as error:
            if settings.DEBUG:
                raise VoiceError(f"{message.key}: {name} cannot be shown: {error}") from error
            text = ""
        return text or self._escape(self._empty(variable), plain)

    def _format(self, variable: Variable, value: Any, plain: bool) -> str:
        if variable.type == "list":
            return "\n".join(self._item(variable, item, plain) for item in value)
        if variable.type == "mention":
            telegram_id, name = value
            name = self._escape(cut(clean(name), variable.max) or self._empty(variable), plain)
            return name if plain else f'<a href="tg://user?id={int(telegram_id)}">{name}</a>'
        if variable.zero and Decimal(value[0]) == 0:
            zero = self.catalogue[variable.zero]
            return self.fill(zero, self.choose(zero), {}, plain=plain)
        return self._escape(FORMATTERS[variable.type](value, variable, self.catalogue.formats), plain)

    def _item(self, variable: Variable, item: Mapping[str, Any] | Part, plain: bool) -> str:
        key, values = (variable.items[0], item) if isinstance(item, Mapping) else item
        if key not in variable.items:
            raise VoiceError(f"{key} is no item of {variable.name}")
        message = self.catalogue[key]
        return self.fill(message, self.choose(message), values, plain=plain)

    def _empty(self, variable: Variable) -> str:
        return self.catalogue.formats.nothing if variable.empty is None else variable.empty

    @staticmethod
    def _escape(text: str, plain: bool) -> str:
        return text if plain else text.translate(_ESCAPES)
