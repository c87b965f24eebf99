"""Checks the shape of a call against `bot_api.json`: names, types, required fields, enumerations.

Stricter than Telegram in one way: Telegram ignores a parameter it does not know, here it is an error, because
in a test a misspelt name must not pass. Values may come as text (urlencoded, multipart) or as JSON; both come
out typed.
"""

import json
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

from botcore.sandbox.errors import ApiError, bad_request

Read = Callable[[Any], Any]

REQUIRED = {
    "chat_id": "chat_id is empty",
    "text": "message text is empty",
    "user_id": "invalid user_id specified",
    "callback_query_id": "query is too old and response timeout expired or query ID is invalid",
}
ARRAY = "Array of "
UNION_KEYS = ("type", "status", "source")


@cache
def bot_api() -> dict[str, Any]:
    """The Bot API description: `methods` and `types`, each with `fields` of {"t": types, "r": required}."""
    return json.loads(Path(__file__).with_name("bot_api.json").read_text("utf-8"))


def decode(method: str, params: dict[str, Any]) -> dict[str, Any]:
    """The parameters of one call, typed.

    Raises ApiError 404 for an unknown method, 400 for an unknown, missing or ill-typed parameter.
    """
    fields = _method(method)
    decoded = {}
    for name, value in params.items():
        if value is None:
            continue
        try:
            decoded[name] = fields[name][1](value)
        except KeyError:
            raise bad_request(f"unknown parameter {name}") from None
        except ValueError as error:
            raise bad_request(f"can't parse parameter {name}: {error}") from None
    for name, (required, _) in fields.items():
        if required and name not in decoded:
            raise bad_request(REQUIRED.get(name, f'parameter "{name}" is required'))
    return decoded


def check(type_name: str, value: Any) -> Any:
    """The value if it has the shape of that Bot API type. Raises ValueError that says what is wrong."""
    return _type(type_name)(value)


@cache
def _method(method: str) -> dict[str, tuple[bool, Read]]:
    try:
        fields = bot_api()["methods"][method].get("fields", {})
    except KeyError:
        raise ApiError(404, "Not Found") from None
    return {name: (field["r"], _top_level(field)) for name, field in fields.items()}


def _top_level(field: dict[str, Any]) -> Read:
    """A parameter may arrive as text: numbers and booleans spelled out, arrays and objects as JSON."""
    types = field["t"]
    read = _field(field)
    if types == ["Boolean"]:
        return _boolean_text
    if "String" in types or "InputFile" in types:
        return lambda value: read(str(value) if isinstance(value, int) and "Integer" not in types else value)
    return lambda value: read(_parse(value) if isinstance(value, str) else value)


def _parse(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        raise ValueError(f"{text[:40]!r} is neither JSON nor a number") from None


def _boolean_text(value: Any) -> bool:
    if isinstance(value, str):
        return value.strip().lower() in ("true", "yes", "1")
    return bool(value)


def _field(field: dict[str, Any]) -> Read:
    read = _types(field["t"])
    allowed = {field["const"]} if "const" in field else set(field.get("enum", ()))
    if not allowed:
        return read

    def read_enumerated(value: Any) -> Any:
        if value not in allowed:
            raise ValueError(f"{value!r} is not one of {sorted(allowed)}")
        return value

    return read_enumerated


def _types(names: list[str]) -> Read:
    """One of several types; several kinds of array mean one array that may hold any of them."""
    items = [name.removeprefix(ARRAY) for name in names if name.startswith(ARRAY)]
    if len(items) < 2:
        return _union([_type(name) for name in names])
    item = _subtypes(" or ".join(items), items)
    return lambda value: [item(one) for one in _expect(list, value)]


def _union(reads: list[Read]) -> Read:
    if len(reads) == 1:
        return reads[0]

    def read(value: Any) -> Any:
        problems = []
        for one in reads:
            try:
                return one(value)
            except ValueError as error:
                problems.append(str(error))
        raise ValueError(" or ".join(dict.fromkeys(problems)))

    return read


@cache
def _type(name: str) -> Read:
    if name.startswith(ARRAY):
        item = _type(name.removeprefix(ARRAY))
        return lambda value: [item(one) for one in _expect(list, value)]
    if name in SCALARS:
        return SCALARS[name]
    description = bot_api()["types"][name]
    if "subtypes" in description:
        return _subtypes(name, description["subtypes"])
    return _object(name)


def _object(name: str) -> Read:
    compiled: dict[str, tuple[bool, Read]] = {}

    def read(value: Any) -> dict[str, Any]:
        # Compiled at first use: types refer to each other in circles.
        if not compiled:
            fields = bot_api()["types"][name].get("fields", {})
            compiled.update({key: (field["r"], _field(field)) for key, field in fields.items()})
        found = {}
        for key, item in _expect(dict, value).items():
            if key not in compiled:
                raise ValueError(f"unknown field {key} in {name}")
            if item is not None:
                found[key] = compiled[key][1](item)
        for key, (required, _) in compiled.items():
            if required and key not in found:
                raise ValueError(f'field "{key}" of {name} is required')
        return found

    return read


def _subtypes(name: str, subtypes: list[str]) -> Read:
    types = bot_api()["types"]
    chosen_by = {
        (key, types[subtype]["fields"][key]["const"]): subtype
        for subtype in subtypes
        for key in UNION_KEYS
        if "const" in types[subtype].get("fields", {}).get(key, {})
    }
    if not chosen_by:
        return _union([_type(subtype) for subtype in subtypes])

    def read(value: Any) -> Any:
        for key in UNION_KEYS:
            subtype = chosen_by.get((key, _expect(dict, value).get(key)))
            if subtype:
                return _type(subtype)(value)
        raise ValueError(f"not a {name}")

    return read


def _expect(kind: type, value: Any) -> Any:
    if not isinstance(value, kind):
        raise ValueError(f"{'object' if kind is dict else 'array'} expected")
    return value


def _integer(value: Any) -> int:
    if isinstance(value, str) and value.removeprefix("-").isascii() and value.removeprefix("-").isdigit():
        value = int(value)
    if not isinstance(value, int) or isinstance(value, bool) or not -(2**63) <= value < 2**63:
        raise ValueError("must be of type Integer")
    return value


def _string(value: Any) -> str:
    if not isinstance(value, str):
        raise ValueError("must be of type String")
    return value


def _boolean(value: Any) -> bool:
    if not isinstance(value, bool):
        raise ValueError("must be of type Boolean")
    return value


def _float(value: Any) -> float:
    if not isinstance(value, int | float) or isinstance(value, bool):
        raise ValueError("must be of type Float")
    return float(value)


SCALARS: dict[str, Read] = {
    "Integer": _integer,
    "String": _string,
    "Boolean": _boolean,
    "Float": _float,
    "InputFile": _string,
}
