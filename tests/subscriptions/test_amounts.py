from decimal import Decimal

import pytest

from botcore.exceptions import Refused
from subscriptions import amounts


@pytest.mark.parametrize(
    ("text", "price"),
    [
        ("25", "25.00"),
        ("0", "0.00"),
        ("19,9", "19.90"),
        ("$ 25.50", "25.50"),
        ("25 USD", "25.00"),
        ("1 000", "1000.00"),
        ("999999.99", "999999.99"),
    ],
)
def test_a_price_is_read(text, price):
    """C-FLOW-10."""
    assert amounts.parse_price(text) == Decimal(price)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "price_empty"),
        ("USD", "price_not_a_figure"),
        ("abc", "price_not_a_figure"),
        ("-5", "price_negative"),
        ("nan", "price_not_a_figure"),
        ("inf", "price_not_a_figure"),
        ("1e3", "price_not_a_figure"),
        ("٢٥", "price_not_a_figure"),
        ("$25USD", "price_not_a_figure"),
        ("1,000.00", "price_two_separators"),
        ("25.001", "price_decimals"),
        ("1000000", "price_too_high"),
    ],
)
def test_a_price_is_refused_with_its_reason(text, reason):
    """C-FLOW-10."""
    with pytest.raises(Refused) as refusal:
        amounts.parse_price(text)
    assert refusal.value.key == f"desk_channels.{reason}"


@pytest.mark.parametrize("text", ["", "0", "3651", "1.5", "1e2", "+3", "٣", "1 0"])
def test_days_are_refused_with_their_range(text):
    """C-FLOW-11."""
    with pytest.raises(Refused) as refusal:
        amounts.parse_days(text)
    assert (refusal.value.values["lowest"], refusal.value.values["highest"]) == (1, 3650)


def test_a_refused_name_tells_the_limit_and_the_present_length():
    """C-FLOW-4."""
    with pytest.raises(Refused) as refusal:
        amounts.parse_name("x" * 101)
    assert refusal.value.values == {"limit": 100, "present": 101}


def test_a_name_is_trimmed_and_freed_of_control_characters():
    """C-FLOW-4."""
    assert amounts.parse_name("  Luna\x00 llena ") == "Luna llena"


def test_a_line_break_in_a_name_is_one_space():
    """C-FLOW-4: what stands between two words never glues them together."""
    assert amounts.parse_name("Luna\r\n\tllena  y sol") == "Luna llena  y sol"


def test_a_note_keeps_its_lines():
    """C-FLOW-4."""
    assert amounts.parse_note(" para\tLuna\x00,\r\nla del jueves\n") == "para\tLuna,\nla del jueves"
