"""Text of an environment variable → checked value.

Every parser takes the stripped, non-empty text and raises `Invalid` with words of its own: the message of a
library may echo the value, and the value may be a secret.
"""

import os
import re
import zoneinfo
from collections.abc import Callable
from ipaddress import ip_address
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

import environ
from psycopg import ProgrammingError, conninfo

Parser = Callable[[str], Any]

LARGEST_TELEGRAM_ID = 2**52
REDIS_TIMEOUTS = {"socket_timeout": "0.25", "socket_connect_timeout": "0.25"}
SYSTEM_ZONES = Path("/usr/share/zoneinfo")

_BOOLEANS = dict.fromkeys(("1", "true", "yes", "on"), True) | dict.fromkeys(("0", "false", "no", "off"), False)
_HOST_NAME = re.compile(r"\.?[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?|\[[0-9A-Fa-f:.]+\]|\*")


class Invalid(ValueError):
    """What is wrong with a value, in words that do not contain it."""


def text(shortest: int = 1, longest: int = 4096) -> Parser:
    def parse(value: str) -> str:
        if not shortest <= len(value) <= longest:
            raise Invalid(f"has {len(value)} characters")
        return value

    return parse


def matching(pattern: str) -> Parser:
    """The text when it matches as a whole: the first group of `pattern`, without one all of it."""
    compiled = re.compile(pattern, re.ASCII)

    def parse(value: str) -> str:
        match = compiled.fullmatch(value)
        if match is None:
            raise Invalid("does not have the expected form")
        return match[match.lastindex or 0]

    return parse


def one_of(*choices: str) -> Parser:
    def parse(value: str) -> str:
        found = next((choice for choice in choices if choice.lower() == value.lower()), None)
        if found is None:
            raise Invalid("is not one of the choices")
        return found

    return parse


def boolean(value: str) -> bool:
    if value.lower() not in _BOOLEANS:
        raise Invalid("is not a yes or a no")
    return _BOOLEANS[value.lower()]


def whole(lowest: int, highest: int) -> Parser:
    def parse(value: str) -> int:
        if not re.fullmatch(r"[+-]?[0-9]{1,18}", value):
            raise Invalid("is not a whole number")
        if not lowest <= int(value) <= highest:
            raise Invalid("is out of range")
        return int(value)

    return parse


def telegram_ids(value: str) -> tuple[int, ...]:
    """Ids in their order, without repetitions; every bad item is named."""
    items = re.split(r"[,\s]+", value.strip(", \t\r\n"))
    bad = [
        item for item in items if not re.fullmatch(r"[0-9]{1,16}", item) or not 1 <= int(item) <= LARGEST_TELEGRAM_ID
    ]
    if bad:
        raise Invalid("has bad items: " + ", ".join(map(_shown, bad)))
    return tuple(dict.fromkeys(map(int, items)))


def _shown(item: str) -> str:
    """A bad item as it may be printed: a token pasted into the wrong line must not reach the log."""
    return repr(item) if len(item) <= 20 else f"one of {len(item)} characters"


def chat_id(value: str) -> int:
    number = whole(-(2**52), 2**52)(value)
    if number == 0:
        raise Invalid("is not the id of a chat")
    return number


def channel_id(value: str) -> int:
    return int(matching(r"-100[0-9]{5,13}")(value))


def secret_key(example: str) -> Parser:
    def parse(value: str) -> str:
        if value == example or value.startswith("django-insecure-"):
            raise Invalid("is an example")
        if len(value) < 50:
            raise Invalid("is too short")
        if len(set(value)) < 5:
            raise Invalid("repeats too few characters")
        return value

    return parse


def time_zone(value: str) -> str:
    try:
        zoneinfo.ZoneInfo(value)
    except Exception as error:  # the kinds differ by the shape of the name: ValueError, KeyError, OSError
        raise Invalid("is not a known time zone") from error
    if SYSTEM_ZONES.exists() and not (SYSTEM_ZONES / value).exists():  # Django itself refuses such a zone
        raise Invalid("is not among the time zones of this machine")
    return value


def writable_directory(value: str) -> Path:
    path = Path(value).expanduser()
    if not path.is_dir():
        raise Invalid("is not an existing directory")
    if not os.access(path, os.W_OK | os.X_OK):
        raise Invalid("is a directory that cannot be written to")
    return path


def hosts(value: str) -> tuple[str, ...]:
    names = tuple(filter(None, re.split(r"[,\s]+", value)))
    if not names or not all(_HOST_NAME.fullmatch(name) for name in names):
        raise Invalid("is not a list of host names (without scheme and port)")
    return names


def origins(value: str) -> tuple[str, ...]:
    items = tuple(filter(None, re.split(r"[,\s]+", value)))
    if not items or not all(re.fullmatch(r"https?://[^/?#@\s]+", item) for item in items):
        raise Invalid("is not a list of origins (scheme and host, no path)")
    return items


def url(value: str) -> str:
    """An http(s) URL without query and user, no slash at its end."""
    parts = _split(value, "http", "https")
    if parts.query or parts.fragment or "@" in parts.netloc:
        raise Invalid("must not have user, query or fragment")
    return value.rstrip("/")


def origin_url(value: str) -> str:
    """An http(s) URL that is only scheme, host and perhaps port."""
    if urlsplit(url(value)).path:
        raise Invalid("must not have a path")
    return value.rstrip("/")


def dsn(value: str) -> str:
    if not _split(value, "http", "https").username:
        raise Invalid("has no key")
    return value


def redis_url(value: str) -> str:
    """The URL with the short time-outs in its query, where every client of redis-py obeys them."""
    parts = _split(value, "redis", "rediss")
    if not re.fullmatch(r"(/[0-9]*)?", parts.path) or parts.fragment:
        raise Invalid("must end with the number of a database or nothing")
    return parts._replace(query=urlencode(dict(parse_qsl(parts.query)) | REDIS_TIMEOUTS)).geturl()


def database_url(base: Path) -> Parser:
    """Parser of a database URL into Django's connection settings; relative SQLite paths start at `base`."""

    def parse(value: str) -> dict[str, Any]:
        scheme, colon, rest = value.partition("://")
        scheme = scheme.lower().partition("+")[0]
        if not colon or scheme not in ("sqlite", "postgres", "postgresql"):
            raise Invalid("has a scheme that is not supported")
        reduced = f"{scheme}://{rest}"
        return _sqlite(reduced, base) if scheme == "sqlite" else _postgresql(reduced)

    return parse


def _sqlite(value: str, base: Path) -> dict[str, Any]:
    parts = _split(value, "sqlite", host=False)
    if parts.netloc or parts.query or parts.fragment or len(parts.path) < 2 or ":memory:" in value:
        raise Invalid("must name a file after three slashes (four for an absolute path)")
    config = environ.Env.db_url_config(value)
    return config | {"NAME": str(base / config["NAME"])}


def _postgresql(value: str) -> dict[str, Any]:
    parts = _split(value, "postgres", "postgresql", host=False)
    if len(parts.path) < 2 or parts.fragment:
        raise Invalid("names no database, or has a reserved character in its password (write it as %XX)")
    try:
        conninfo.make_conninfo(**dict(parse_qsl(parts.query)))
    except ProgrammingError as error:
        raise Invalid("has a parameter that PostgreSQL does not know") from error
    return environ.Env.db_url_config(value)


def _split(value: str, *schemes: str, host: bool = True):
    try:
        parts = urlsplit(value)
        assert parts.port is None or parts.port > 0
    except (ValueError, AssertionError) as error:
        raise Invalid("cannot be read as a URL") from error
    if parts.scheme not in schemes:
        raise Invalid("has a scheme that is not supported")
    if re.search(r"\s", value) or (host and not parts.hostname):
        raise Invalid("is not a complete URL")
    return parts


def is_public(address: str) -> bool:
    """Whether a URL leads to a host that is neither this machine nor a private network."""
    host = urlsplit(address).hostname or ""
    try:
        return ip_address(host).is_global
    except ValueError:
        return "." in host and not host.endswith((".localhost", ".local", ".internal", ".test"))
