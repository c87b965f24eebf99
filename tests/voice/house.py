"""Small catalogues for tests of the machinery: the real one with one message added."""

from typing import Any

from botcore.voice.catalogue import HERE, Catalogue, Message, load_catalogue, parse_provider, parse_variables, read_toml

REAL = load_catalogue()
SHARED = parse_variables("variables", read_toml(HERE / "variables.toml"))


def message(*, provider: str = "common", declare: dict[str, Any] | None = None, **fields: Any) -> Message:
    """`<provider>.sample` with the fields of its TOML table; `declare` is the [variables] table of its file."""
    document = {"sample": {"kind": "line"} | fields, "variables": declare or {}}
    return parse_provider(provider, document, SHARED, REAL.formats)[f"{provider}.sample"]


def catalogue(*messages: Message) -> Catalogue:
    """The real catalogue with these messages added."""
    return Catalogue(dict(REAL.messages) | {one.key: one for one in messages}, REAL.formats)
