"""What custodians type where a figure or a name is awaited (C-FLOW-4, C-FLOW-10, C-FLOW-11). Pure: no database."""

import re
from collections.abc import Sequence
from decimal import Decimal

from botcore.exceptions import Refused
from botcore.members import clean

NAME_LIMIT = 100
NOTE_LIMIT = 200
DAYS = (1, 3650)
REDEMPTION_DAYS = (1, 365)
INVITATIONS = (1, 50)
HIGHEST_PRICE = Decimal("999999.99")

# One sign or code may stand before or after the figure; anything else stays with it and is refused.
_MONEY_SIGN = r"(?:[$€£¥₡₲₱₹₺₩₴₪₫]|[A-Za-z]{3}(?![A-Za-z]))"
_DRESSED = re.compile(rf"({_MONEY_SIGN})?(.*?)((?<![A-Za-z]){_MONEY_SIGN})?", re.DOTALL)


def parse_price(text: str) -> Decimal:
    """A price of 0 to 999999.99 with at most two decimals, `.` or `,` between; raises Refused with the reason."""
    bare = "".join(text.split())
    before, figure, after = _DRESSED.fullmatch(bare).groups()
    if not bare:
        raise Refused("desk_channels.price_empty")
    if not figure or (before and after):
        raise Refused("desk_channels.price_not_a_figure", present=text)
    if figure.startswith(("-", "−")):
        raise Refused("desk_channels.price_negative", present=text)
    if len(re.findall(r"[.,]", figure)) > 1:
        raise Refused("desk_channels.price_two_separators", present=text)
    if not re.fullmatch(r"(?=.*[0-9])[0-9]*[.,]?[0-9]*", figure):
        raise Refused("desk_channels.price_not_a_figure", present=text)
    return check_price(Decimal(figure.replace(",", ".")))


def check_price(price: Decimal) -> Decimal:
    """`price` if it is a price of C-FLOW-10, else Refused."""
    if not price.is_finite():
        raise Refused("desk_channels.price_not_a_figure", present=str(price))
    if price < 0:
        raise Refused("desk_channels.price_negative", present=str(price))
    if -price.as_tuple().exponent > 2:
        raise Refused("desk_channels.price_decimals", limit=2, present=str(price))
    if price > HIGHEST_PRICE:
        raise Refused("desk_channels.price_too_high", limit=str(HIGHEST_PRICE), present=str(price))
    return price.quantize(Decimal("0.01"))


def parse_integer(text: str, between: tuple[int, int]) -> int:
    """A whole number in ASCII digits within `between` (both ends included); raises Refused with the range."""
    bare = text.strip()
    if not re.fullmatch(r"[0-9]{1,9}", bare):
        raise Refused("desk_channels.not_an_integer", lowest=between[0], highest=between[1], present=text)
    return check_integer(int(bare), between)


def check_integer(number: int, between: tuple[int, int]) -> int:
    """`number` if it lies within `between`, else Refused with the range."""
    if not between[0] <= number <= between[1]:
        raise Refused("desk_channels.out_of_range", lowest=between[0], highest=between[1], present=number)
    return number


def parse_days(text: str) -> int:
    """The length of a plan: 1 to 3650 days."""
    return parse_integer(text, DAYS)


def parse_text(text: str, limit: int, *, at_least: int = 1, multiline: bool = False) -> str:
    """Text as `clean` leaves it, of `at_least` to `limit` characters; raises Refused with both lengths."""
    cleaned = clean(text, len(text), multiline=multiline)
    if len(cleaned) < at_least:
        raise Refused("desk_channels.text_empty", limit=limit)
    if len(cleaned) > limit:
        raise Refused("desk_channels.text_too_long", limit=limit, present=len(cleaned))
    return cleaned


def parse_name(text: str) -> str:
    """The name of a plan: 1 to 100 characters."""
    return parse_text(text, NAME_LIMIT)


def parse_note(text: str) -> str:
    """The note of an invitation: 0 to 200 characters, on as many lines as were typed."""
    return parse_text(text, NOTE_LIMIT, at_least=0, multiline=True)


def parse_currency(text: str, among: Sequence[str]) -> str:
    """One of the configured ISO codes, in any case; raises Refused naming them."""
    code = text.strip().upper()
    if code not in among:
        raise Refused("desk_channels.currency_unknown", present=text, currencies=", ".join(among))
    return code
