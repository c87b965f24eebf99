"""Recognises Lucien's words: which messages of the catalogue a shown text is made of."""

import html
import re
from functools import cache

from botcore import voice
from botcore.sandbox.messages import Message
from botcore.voice.catalogue import Variant

SHORTEST = 10  # letters of its own that a text needs to be told apart from others


def heard(shown: Message | str) -> set[str]:
    """The catalogue keys whose words stand in a message or an answer to a press, whatever the variant."""
    text = shown if isinstance(shown, str) else shown.text
    return {key for key, pattern in _patterns() if pattern.search(text)}


@cache
def _patterns() -> list[tuple[str, re.Pattern[str]]]:
    catalogue = voice.load().catalogue
    return [(m.key, _pattern(v)) for m in catalogue for v in m.variants if len(_own_words(v)) >= SHORTEST]


def _own_words(variant: Variant) -> str:
    return "".join(re.findall(r"\w", "".join(map(_plain, variant.pieces[::2]))))


def _pattern(variant: Variant) -> re.Pattern[str]:
    literals = [re.escape(_plain(piece)) for piece in variant.pieces[::2]]
    literals[0], literals[-1] = literals[0].lstrip("\\\n"), literals[-1].rstrip("\\\n")
    return re.compile(".*?".join(literals), re.DOTALL)


def _plain(piece: str) -> str:
    return html.unescape(re.sub(r"<[^>]*>", "", piece))
