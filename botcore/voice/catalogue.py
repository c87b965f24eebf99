"""The catalogue: everything Lucien can say, read from TOML and validated before the first word (V-CAT-1)."""

import re
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from botcore.voice.periods import PERIODS

HERE = Path(__file__).parent
PROVIDERS = (
    "common", "start", "invitation", "ritual", "access", "queue", "menu", "content", "lifecycle",
    "desk", "desk_channels", "desk_people", "desk_content",
)  # fmt: skip
KINDS = ("screen", "notice", "line", "caption", "alert", "button", "command")
HEADED_KINDS = frozenset({"screen", "notice"})
PLAIN_KINDS = frozenset({"alert", "button", "command"})
AUDIENCES = ("any", "visitor", "free", "vip", "ended", "blocked", "custodian")
TYPES = ("text", "int", "money", "date", "datetime", "duration", "url", "mention", "list")
UNITS = ("days", "hours", "minutes")
DEFAULT_WEIGHTS = {1: (100,), 2: (60, 40), 3: (50, 30, 20), 4: (40, 30, 20, 10)}
PLACEHOLDER = re.compile(r"\{(\w*)\}")

RESERVED = ("person", "moment")  # arguments of render
VARIABLE_FIELDS = {"type", "max", "sample", "worst", "empty", "item", "zero", "unit", "multiline"}
MESSAGE_FIELDS = {
    "kind", "audience", "header", "variables", "optional", "max", "labels", "text", "variants",
}  # fmt: skip
VARIANT_FIELDS = {"text", "weight", "period"}


class InvalidCatalogue(Exception):
    """The catalogue cannot be used; the message names the key and the reason."""

    def __init__(self, key: str, reason: str):
        super().__init__(f"{key}: {reason}")


@dataclass(frozen=True, slots=True)
class Variable:
    """One value a text may carry. `items` are the line keys a list is rendered from, the first by default."""

    name: str
    type: str
    max: int
    sample: Any
    worst: Any = None
    empty: str | None = None
    items: tuple[str, ...] = ()
    zero: str | None = None
    unit: str | None = None
    multiline: bool = False


@dataclass(frozen=True, slots=True)
class Variant:
    text: str
    weight: int
    period: str | None
    pieces: tuple[str, ...]  # literal, variable name, literal, … : what re.split gives

    @property
    def placeholders(self) -> frozenset[str]:
        return frozenset(self.pieces[1::2])


@dataclass(frozen=True, slots=True)
class Message:
    key: str
    kind: str
    audience: str
    header: bool
    variants: tuple[Variant, ...]
    variables: Mapping[str, Variable]
    optional: frozenset[str]
    labels: tuple[tuple[str, ...], ...]

    @property
    def provider(self) -> str:
        return self.key.partition(".")[0]

    @property
    def is_plain(self) -> bool:
        return self.kind in PLAIN_KINDS

    @property
    def by_time(self) -> bool:
        return any(variant.period for variant in self.variants)


@dataclass(frozen=True, slots=True)
class Formats:
    """The words the renderer itself needs (formats.toml)."""

    header: str
    nothing: str
    months: list[str]
    date: str
    at_one: str
    at_hour: str
    joined: str
    instant: str
    names: dict[str, str]
    units: dict[str, list[str]]


@dataclass(frozen=True, slots=True)
class Catalogue:
    messages: Mapping[str, Message]
    formats: Formats

    def __getitem__(self, key: str) -> Message:
        return self.messages[key]

    def __iter__(self) -> Iterator[Message]:
        return iter(self.messages.values())

    def __contains__(self, key: str) -> bool:
        return key in self.messages


def load_catalogue(folder: Path = HERE / "catalogue") -> Catalogue:
    """Read and validate the 13 provider files of `folder`; raises InvalidCatalogue naming key and reason."""
    found = {path.stem for path in folder.glob("*.toml")}
    for name in found.symmetric_difference(PROVIDERS):
        raise InvalidCatalogue(name, "provider file missing" if name in PROVIDERS else "unknown provider")
    formats = Formats(**read_toml(HERE / "formats.toml"))
    shared = parse_variables("variables", read_toml(HERE / "variables.toml"))
    messages: dict[str, Message] = {}
    for provider in PROVIDERS:
        messages |= parse_provider(provider, read_toml(folder / f"{provider}.toml"), shared, formats)
    catalogue = Catalogue(messages, formats)
    validate(catalogue)
    return catalogue


def parse_provider(
    provider: str, document: dict[str, Any], shared: Mapping[str, Variable], formats: Formats
) -> dict[str, Message]:
    """Messages of one TOML document by full key. Its own `variables` table goes before the shared one."""
    document = dict(document)
    audience = document.pop("audience", "any")
    variables = {**shared, **parse_variables(provider, document.pop("variables", {}))}
    plain = {
        name: {"kind": kind, "text": text}
        for table, kind in (("buttons", "button"), ("commands", "command"))
        for name, text in document.pop(table, {}).items()
    }
    for name in plain.keys() & document.keys():
        raise InvalidCatalogue(f"{provider}.{name}", "declared twice")
    messages = {}
    for name, fields in (document | plain).items():
        key = f"{provider}.{name}"
        messages[key] = _parse_message(key, {"audience": audience} | fields, variables, formats)
    return messages


def validate(catalogue: Catalogue) -> None:
    """Raise InvalidCatalogue at the first message that could not be rendered."""
    for message in catalogue:
        for reason in _faults(message, catalogue):
            raise InvalidCatalogue(message.key, reason)


def read_toml(path: Path) -> dict[str, Any]:
    """The document at `path`; raises InvalidCatalogue when it is no TOML."""
    try:
        return tomllib.loads(path.read_text("utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise InvalidCatalogue(path.stem, str(error)) from error


def _reject_unknown(key: str, fields: Iterable[str], known: Iterable[str]) -> None:
    for field in sorted(set(fields) - set(known)):
        raise InvalidCatalogue(key, f"unknown field {field!r}")


def parse_variables(provider: str, declared: dict[str, dict[str, Any]]) -> dict[str, Variable]:
    """A table of variable declarations by name."""
    variables = {}
    for name, fields in declared.items():
        key = f"{provider}:{name}"
        _reject_unknown(key, fields, VARIABLE_FIELDS)
        if name in RESERVED:
            raise InvalidCatalogue(key, "the name is taken by an argument of render")
        if fields.get("type") not in TYPES:
            raise InvalidCatalogue(key, f"type must be one of {', '.join(TYPES)}")
        if "sample" not in fields:
            raise InvalidCatalogue(key, "no sample")
        if fields["type"] == "duration" and fields.get("unit") not in UNITS:
            raise InvalidCatalogue(key, f"a duration needs a unit: {', '.join(UNITS)}")
        if fields["type"] in ("text", "mention", "url", "list") and "max" not in fields:
            raise InvalidCatalogue(key, "no maximum")
        item = fields.get("item", [])
        variables[name] = Variable(
            name=name,
            items=(item,) if isinstance(item, str) else tuple(item),
            max=fields.get("max", 0),
            **{field: value for field, value in fields.items() if field not in ("item", "max")},
        )
    return variables


def _parse_message(key: str, fields: dict[str, Any], known: Mapping[str, Variable], formats: Formats) -> Message:
    _reject_unknown(key, fields, MESSAGE_FIELDS)
    optional = fields.get("optional", [])
    limits = fields.get("max", {})
    variables = {}
    for name in [*fields.get("variables", []), *optional]:
        if name not in known:
            raise InvalidCatalogue(key, f"variable {name!r} is declared nowhere")
        variables[name] = _with_limit(known[name], limits.get(name))
    _reject_unknown(key, limits, variables)
    kind = fields.get("kind")
    header = fields.get("header", kind in HEADED_KINDS)
    prefix = formats.header + "\n\n" if header else ""
    rows = fields.get("labels", [])
    return Message(
        key=key,
        kind=kind,
        audience=fields["audience"],
        header=header,
        variants=_parse_variants(key, fields, prefix),
        variables=variables,
        optional=frozenset(optional),
        labels=tuple((row,) if isinstance(row, str) else tuple(row) for row in rows),
    )


def _with_limit(variable: Variable, limit: int | None) -> Variable:
    if limit is None:
        return variable
    fields = {name: getattr(variable, name) for name in Variable.__slots__}
    return Variable(**fields | {"max": limit})


def _parse_variants(key: str, fields: dict[str, Any], prefix: str) -> tuple[Variant, ...]:
    if ("text" in fields) == ("variants" in fields):
        raise InvalidCatalogue(key, "needs either a text or variants")
    declared = fields.get("variants") or [{"text": fields["text"]}]
    for fields_of_one in declared:
        _reject_unknown(key, fields_of_one, VARIANT_FIELDS)
    variants = []
    for fields_of_one, weight in zip(declared, _weights(key, declared), strict=True):
        text = prefix + fields_of_one.get("text", "").strip("\n")
        variants.append(Variant(text, weight, fields_of_one.get("period"), tuple(PLACEHOLDER.split(text))))
    return tuple(variants)


def _weights(key: str, declared: list[dict[str, Any]]) -> list[int]:
    """Declared weights, or those of V-VAR-1 counted within each period."""
    if all("weight" in variant for variant in declared):
        return [variant["weight"] for variant in declared]
    if any("weight" in variant for variant in declared):
        raise InvalidCatalogue(key, "either every variant has a weight or none")
    periods = [variant.get("period") for variant in declared]
    weights = []
    for place, period in enumerate(periods):
        table = DEFAULT_WEIGHTS.get(periods.count(period))
        if table is None:
            raise InvalidCatalogue(key, "more than four variants need weights")
        weights.append(table[periods[:place].count(period)])
    return weights


def _faults(message: Message, catalogue: Catalogue) -> Iterable[str]:
    if message.kind not in KINDS:
        yield f"kind must be one of {', '.join(KINDS)}"
    if message.audience not in AUDIENCES:
        yield f"audience must be one of {', '.join(AUDIENCES)}"
    for label in (label for row in message.labels for label in row):
        if label not in catalogue or catalogue[label].kind != "button":
            yield f"label {label!r} is no button"
    yield from _variant_faults(message, catalogue.formats)
    for variable in message.variables.values():
        yield from _variable_faults(message, variable, catalogue)


def _variant_faults(message: Message, formats: Formats) -> Iterable[str]:
    known = message.variables.keys() | formats.names.keys()
    for number, variant in enumerate(message.variants, 1):
        for name in sorted(variant.placeholders - known):
            yield f"variant {number} uses {{{name}}}, which is not declared"
        if "{" in "".join(variant.pieces[::2]) or "}" in "".join(variant.pieces[::2]):
            yield f"variant {number} has a stray brace"
        if not "".join(variant.pieces[::2]).strip() and not variant.placeholders:
            yield f"variant {number} is empty"
        if not isinstance(variant.weight, int) or variant.weight <= 0:
            yield f"variant {number} has a weight that is no positive integer"
        if variant.period not in (None, *PERIODS):
            yield f"variant {number} has an unknown period {variant.period!r}"
    if message.by_time and {variant.period for variant in message.variants} != set(PERIODS):
        yield "a message by time needs variants for each period, and no others"


def _variable_faults(message: Message, variable: Variable, catalogue: Catalogue) -> Iterable[str]:
    if variable.type == "mention" and message.audience != "custodian":
        yield f"{variable.name}: a mention is for custodians only"
    if variable.type == "mention" and message.is_plain:
        yield f"{variable.name}: no mention in plain text"
    if variable.type == "list" and message.is_plain:
        yield f"{variable.name}: no list in plain text"
    if variable.type == "list" and not variable.items:
        yield f"{variable.name}: a list needs an item key"
    for item in variable.items:
        if item not in catalogue or catalogue[item].kind != "line":
            yield f"{variable.name}: item {item!r} is no line"
        elif any(inner.type == "list" for inner in catalogue[item].variables.values()):
            yield f"{variable.name}: item {item!r} holds a list itself"
    if variable.zero and (variable.zero not in catalogue or catalogue[variable.zero].variables):
        yield f"{variable.name}: zero wording {variable.zero!r} is no key without variables"
