"""Texts and captions as a call gives them: parse mode, entities, emptiness, length."""

from typing import Any

from botcore.sandbox import html
from botcore.sandbox.errors import ApiError, bad_request

TEXT_LIMIT, CAPTION_LIMIT = 4096, 1024
Params = dict[str, Any]


def message_text(params: Params) -> Params:
    """`text` and `entities` of the message. Raises ApiError 400 if empty, too long or unparsable."""
    text, entities = formatted(params["text"], params.get("parse_mode"), params.get("entities"))
    if not text:
        raise bad_request("message text is empty")
    if html.utf16_length(text) > TEXT_LIMIT:
        raise bad_request("message is too long")
    return {"text": text} | ({"entities": entities} if entities else {})


def caption(params: Params) -> Params:
    """`caption` and `caption_entities`, or nothing. Raises ApiError 400 if too long or unparsable."""
    source = params.get("caption") or ""
    text, entities = formatted(source, params.get("parse_mode"), params.get("caption_entities"))
    if html.utf16_length(text) > CAPTION_LIMIT:
        raise bad_request("message caption is too long")
    return ({"caption": text} if text else {}) | ({"caption_entities": entities} if entities else {})


def formatted(text: str, parse_mode: str | None, entities: list[Params] | None) -> tuple[str, list[Params]]:
    """Text and entities after parsing, blanks at both ends cut as Telegram cuts them."""
    text = html.clean(text)
    match (parse_mode or "").lower():
        case "":
            entities = list(entities or [])
        case "html":
            text, entities = html.parse(text)
        case "markdown" | "markdownv2":
            raise ApiError(501, f"Not Implemented: the sandbox does not know parse_mode {parse_mode}")
        case _:
            raise bad_request("unsupported parse_mode")
    return _trimmed(text, entities)


def _trimmed(text: str, entities: list[Params]) -> tuple[str, list[Params]]:
    trimmed = text.strip()
    if len(trimmed) == len(text) or not entities:
        return trimmed, entities
    cut = html.utf16_length(text[: len(text) - len(text.lstrip())])
    end = html.utf16_length(trimmed)
    moved = []
    for entity in entities:
        first = max(entity["offset"] - cut, 0)
        length = min(entity["offset"] - cut + entity["length"], end) - first
        if length > 0:
            moved.append(entity | {"offset": first, "length": length})
    return trimmed, moved
