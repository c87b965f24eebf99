"""How a typed value becomes text (V-CAT-3). Nothing here escapes: the renderer does, in one place."""

import re
from collections.abc import Callable
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from django.utils import timezone

from botcore.voice.catalogue import Formats, Variable

# Controls, lone surrogates (they cannot be sent), direction marks and other characters without width.
# The joiner U+200D stays: it holds emoji together.
_UNSEEN = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u00ad\u061c\u115f\u1160\u180e\u200b\u200c\u200e\u200f\u2028-\u202e"
    "\u2060-\u206f\u2800\u3164\ud800-\udfff\ufeff\uffa0\ufff9-\ufffb\U000e0001]"
)


class Unshowable(ValueError):
    """The value does not fit its declared type."""


def clean(text: str, *, multiline: bool = False) -> str:
    """Text without control and direction characters; line breaks survive only when `multiline`."""
    text = _UNSEEN.sub("", text.replace("\r\n", "\n"))
    if not multiline:
        text = " ".join(text.split())
    return text.strip("\u200d \n\t")


def cut(text: str, limit: int) -> str:
    """At most `limit` characters, the last one "…" when something was left out."""
    return text if len(text) <= limit else text[: limit - 1].rstrip("\u200d ") + "…"


def format_text(value: Any, variable: Variable, formats: Formats) -> str:
    return cut(clean(str(value), multiline=variable.multiline), variable.max)


def format_int(value: Any, variable: Variable, formats: Formats) -> str:
    if not isinstance(value, int):
        raise Unshowable("not an integer")
    return str(value)


def format_money(value: tuple[Decimal | int | str, str], variable: Variable, formats: Formats) -> str:
    amount, currency = value
    return f"{Decimal(amount):.2f} {currency}"


def format_date(value: date, variable: Variable, formats: Formats) -> str:
    return _date(_local(value) if isinstance(value, datetime) else value, formats)


def format_datetime(value: datetime, variable: Variable, formats: Formats) -> str:
    local = _local(value)
    pattern = formats.at_one if local.hour == 1 else formats.at_hour
    return pattern.format(date=_date(local, formats), hour=f"{local.hour}:{local.minute:02}")


def format_duration(value: timedelta | int, variable: Variable, formats: Formats) -> str:
    """An int counts the declared unit and is shown in it (minutes in the units that read best)."""
    if isinstance(value, timedelta):
        return _natural(value, formats)
    if variable.unit == "minutes":
        return _natural(timedelta(minutes=value), formats)
    return _count(value, variable.unit, formats)


def format_url(value: str, variable: Variable, formats: Formats) -> str:
    url = clean(value)
    if not url.startswith("https://") or len(url) > variable.max or " " in url:
        raise Unshowable("not an https address within its limit")
    return url


FORMATTERS: dict[str, Callable[[Any, Variable, Formats], str]] = {
    "text": format_text,
    "int": format_int,
    "money": format_money,
    "date": format_date,
    "datetime": format_datetime,
    "duration": format_duration,
    "url": format_url,
}


def _local(moment: datetime) -> datetime:
    if timezone.is_naive(moment):
        raise Unshowable("a moment without time zone")
    return moment.astimezone(timezone.get_default_timezone())


def _date(day: date, formats: Formats) -> str:
    return formats.date.format(day=day.day, month=formats.months[day.month - 1], year=day.year)


def _natural(span: timedelta, formats: Formats) -> str:
    """The two largest units that matter: days from 48 h on, minutes rounded up."""
    minutes = -(-span // timedelta(minutes=1))
    if minutes <= 0:
        return formats.instant
    hours, minutes = divmod(minutes, 60)
    days, rest = divmod(hours, 24)
    parts = [(days, "days"), (rest, "hours")] if hours >= 48 else [(hours, "hours"), (minutes, "minutes")]
    words = [_count(number, unit, formats) for number, unit in parts if number]
    return formats.joined.format(first=words[0], second=words[1]) if len(words) == 2 else words[0]


def _count(number: int, unit: str, formats: Formats) -> str:
    singular, plural = formats.units[unit]
    return f"{number} {singular if number == 1 else plural}"
