"""Sample and worst-case values of a variable, for previews and for the linter."""

from datetime import UTC, datetime
from typing import Any

from botcore.voice.catalogue import Catalogue, Message, Variable

WIDE = "𝕎"  # one character, two UTF-16 units, which is what Telegram counts
LATEST = datetime(2029, 9, 23, 23, 59, tzinfo=UTC)  # septiembre is the longest month
WORST = {
    "int": 9_999_999,
    "money": ("999999.99", "USD"),
    "date": LATEST,
    "datetime": LATEST,
}
LONGEST = {"days": 3650, "hours": 8760, "minutes": 23 * 60 + 59}


def sample_values(message: Message, catalogue: Catalogue) -> dict[str, Any]:
    """Values for `render` from the declared samples."""
    return {name: _sample(variable, catalogue) for name, variable in message.variables.items()}


def worst_values(message: Message, catalogue: Catalogue) -> dict[str, Any]:
    """Values for `render` that give the longest text."""
    return {name: _worst(variable, catalogue) for name, variable in message.variables.items()}


def _sample(variable: Variable, catalogue: Catalogue) -> Any:
    if variable.type != "list":
        return variable.sample
    keys = [variable.items[place % len(variable.items)] for place in range(variable.sample)]
    return [(key, sample_values(catalogue[key], catalogue)) for key in keys]


def _worst(variable: Variable, catalogue: Catalogue) -> Any:
    if variable.worst is not None:
        return variable.worst
    if variable.type == "list":
        longest = max(variable.items, key=lambda key: _reach(catalogue[key]))
        return [(longest, worst_values(catalogue[longest], catalogue))] * variable.max
    if variable.type == "text":
        return WIDE * variable.max
    if variable.type == "mention":
        return (2**63 - 1, WIDE * variable.max)
    if variable.type == "url":
        return "https://".ljust(variable.max, "w")
    if variable.type == "duration":
        return LONGEST[variable.unit]
    return WORST[variable.type]


def _reach(item: Message) -> int:
    """Rough length of a line at its longest, enough to tell which of several item keys weighs most."""
    literal = max(len(variant.text) for variant in item.variants)
    return literal + sum(2 * (variable.max or 24) for variable in item.variables.values())
