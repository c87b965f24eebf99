"""Telegram's HTML: the text a reader sees, its entities, and the errors Telegram gives.

Source: https://core.telegram.org/bots/api#html-style and `parse_html` in tdlib/td
(td/telegram/MessageEntity.cpp), which this follows tag for tag and error for error. Offsets in errors are
UTF-8 bytes, in entities UTF-16 units.
"""

import re
from html import escape
from typing import Any

from botcore.sandbox.errors import bad_request

Entity = dict[str, Any]

TYPES = {
    "b": "bold", "strong": "bold",
    "i": "italic", "em": "italic",
    "u": "underline", "ins": "underline",
    "s": "strikethrough", "strike": "strikethrough", "del": "strikethrough",
    "tg-spoiler": "spoiler", "span": "spoiler",
    "a": "text_link", "tg-emoji": "custom_emoji",
    "code": "code", "pre": "pre", "blockquote": "blockquote",
}  # fmt: skip
NAMED = {"lt": "<", "gt": ">", "amp": "&", "quot": '"'}
CHARACTER = re.compile(r"&(?:#x([0-9a-fA-F]+)|#([0-9]+)|([a-zA-Z]+));?")
TAG_NAME = re.compile(r"[^\s>]*")
ATTRIBUTE = re.compile(r"\s*([^\s=>/\"']*)\s*")
TOKEN = re.compile(r"[A-Za-z0-9.-]*")
USER_LINK = re.compile(r"tg://user/?\?id=(\d+)$", re.IGNORECASE)
REMOVED = dict.fromkeys((13, *range(8232, 8239)))
CLEANED = REMOVED | dict.fromkeys((*range(0, 9), 11, 12, *range(14, 32)), " ")


def utf16_length(text: str) -> int:
    """Length as Telegram counts it: characters outside the basic plane count twice."""
    return len(text) + sum(char > "\uffff" for char in text)


def clean(text: str) -> str:
    """Text as Telegram stores it: control characters become blanks, direction overrides go."""
    return text.translate(CLEANED)


def parse(source: str) -> tuple[str, list[Entity]]:
    """The plain text and the entities of a message sent with `parse_mode=HTML`.

    Raises ApiError 400 "Bad Request: can't parse entities: …".
    """
    return _Parser(source).run()


class _Parser:
    def __init__(self, source: str) -> None:
        self.source = source
        self.position = 0
        self.text: list[str] = []
        self.length = 0
        self.open: list[tuple[str, str, int, int]] = []
        self.entities: list[Entity] = []

    def run(self) -> tuple[str, list[Entity]]:
        while self.position < len(self.source):
            char = self.source[self.position]
            if char == "<":
                self._tag()
            else:
                self._append(self._character() if char == "&" else self._plain())
        if self.open:
            self._fail(f'can\'t find end tag corresponding to start tag "{self.open[-1][0]}"')
        self.entities.sort(key=lambda entity: (entity["offset"], -entity["length"]))
        return self._joined(), self.entities

    def _plain(self) -> str:
        end = re.compile("[<&]").search(self.source, self.position)
        start, self.position = self.position, end.start() if end else len(self.source)
        return self.source[start : self.position]

    def _append(self, text: str) -> None:
        self.text.append(text)
        self.length += utf16_length(text)

    def _character(self) -> str:
        """The character a reference stands for; one that is not understood stays as it is written."""
        found = CHARACTER.match(self.source, self.position)
        decoded = _referenced(found) if found else None
        if decoded is None:
            self.position += 1
            return "&"
        self.position = found.end()
        return decoded

    def _joined(self) -> str:
        text = "".join(self.text)
        try:
            return text.encode("utf-16", "surrogatepass").decode("utf-16")
        except UnicodeDecodeError:
            self._fail("text contains invalid Unicode characters after decoding HTML entities")

    def _tag(self) -> None:
        start = self.position
        self.position += 1
        if self.source[self.position : self.position + 1] == "/":
            self._close(start)
        else:
            self._open(start)

    def _open(self, start: int) -> None:
        name = self._take(TAG_NAME).lower()
        if self.position >= len(self.source):
            self._fail(f"unclosed start tag at byte offset {self._byte(start)}")
        if name not in TYPES:
            self._fail(f'unsupported start tag "{name}" at byte offset {self._byte(start)}')
        argument = self._attributes(name, start)
        if name == "span" and argument != "spoiler":
            self._fail(f'tag "span" must have class "tg-spoiler" at byte offset {self._byte(start)}')
        self.open.append((name, argument, self.length, len(self.text)))

    def _attributes(self, tag: str, start: int) -> str:
        argument = ""
        while True:
            attribute = self._take(ATTRIBUTE, group=1)
            if self._peek() == ">" and not attribute:
                self.position += 1
                return argument
            if not attribute:
                self._fail(f'empty attribute name in the tag "{tag}" at byte offset {self._byte(start)}')
            argument = _argument(tag, attribute, self._value(tag, attribute, start)) or argument

    def _value(self, tag: str, attribute: str, start: int) -> str:
        if (tag, attribute) == ("blockquote", "expandable") and self._peek() != "=":
            return ""
        if self._peek() != "=":
            self._fail(
                f'expected equal sign in declaration of an attribute of the tag "{tag}" '
                f"at byte offset {self._byte(start)}"
            )
        self.position += 1
        self._take(re.compile(r"\s*"))
        quote = self._peek()
        if quote not in ("'", '"'):
            return self._token()
        end = self.source.find(quote, self.position + 1)
        if end < 0 or end + 1 >= len(self.source):
            self._fail(f"unclosed start tag at byte offset {self._byte(start)}")
        value = self.source[self.position + 1 : end]
        self.position = end + 1
        return CHARACTER.sub(lambda found: _referenced(found) or found.group(), value)

    def _token(self) -> str:
        start = self.position
        value = self._take(TOKEN).lower()
        if self._peek() != ">" and not self._peek().isspace():
            self._fail(f"unexpected end of name token at byte offset {self._byte(start)}")
        return value

    def _close(self, start: int) -> None:
        if not self.open:
            self._fail(f"unexpected end tag at byte offset {self._byte(start)}")
        self.position += 1
        found = self._take(TAG_NAME).lower()
        self._take(re.compile(r"\s*"))
        if self._peek() != ">":
            self._fail(f"unclosed end tag at byte offset {self._byte(start)}")
        self.position += 1
        name, argument, offset, first_part = self.open.pop()
        if found and found != name:
            self._fail(
                f'unmatched end tag at byte offset {self._byte(start)}, expected "</{name}>", found "</{found}>"'
            )
        if self.length > offset:
            self._entity(name, argument, offset, "".join(self.text[first_part:]))

    def _entity(self, name: str, argument: str, offset: int, inner: str) -> None:
        entity: Entity = {"type": TYPES[name], "offset": offset, "length": self.length - offset}
        if name == "a":
            entity |= _link(argument or inner)
        elif name == "tg-emoji":
            if not argument.isdigit():
                self._fail("invalid custom emoji identifier specified")
            entity["custom_emoji_id"] = argument
        elif name == "blockquote" and argument:
            entity["type"] = "expandable_blockquote"
        elif name in ("pre", "code") and self._merged_with_last(entity, argument):
            return
        elif name == "code" and argument:
            entity["language"] = argument
        if entity["type"] != "text_link" or entity.get("url"):
            self.entities.append(entity)

    def _merged_with_last(self, entity: Entity, language: str) -> bool:
        """`<pre><code class="language-…">` and its reverse make one entity with a language."""
        last = self.entities[-1] if self.entities else {}
        same = (last.get("offset"), last.get("length")) == (entity["offset"], entity["length"])
        if not same or {last["type"], entity["type"]} != {"pre", "code"}:
            return False
        language = last.get("language") or language
        if not language:
            return False
        last |= {"type": "pre", "language": language}
        return True

    def _take(self, pattern: re.Pattern[str], group: int = 0) -> str:
        found = pattern.match(self.source, self.position)
        self.position = found.end()
        return found.group(group)

    def _peek(self) -> str:
        return self.source[self.position : self.position + 1]

    def _byte(self, position: int) -> int:
        return len(self.source[:position].encode("utf-8", "surrogatepass"))

    def _fail(self, problem: str) -> None:
        raise bad_request(f"can't parse entities: {problem[0].upper()}{problem[1:]}")


def _referenced(found: re.Match[str]) -> str | None:
    hexadecimal, decimal, name = found.groups()
    if name:
        return NAMED.get(name)
    code = int(hexadecimal, 16) if hexadecimal else int(decimal)
    too_long = found.end() - found.start() - found.group().endswith(";") >= 10
    return None if code == 0 or code >= 0x10FFFF or too_long else chr(code)


def _argument(tag: str, attribute: str, value: str) -> str:
    match tag, attribute:
        case ("a", "href") | ("tg-emoji", "emoji-id"):
            return value
        case ("code", "class"):
            return value.removeprefix("language-") if value.startswith("language-") else ""
        case ("span", "class"):
            return value.removeprefix("tg-") if value.startswith("tg-") else ""
        case ("blockquote", "expandable"):
            return "expandable"
    return ""


def _link(url: str) -> Entity:
    user = USER_LINK.match(url)
    if user:
        return {"type": "text_mention", "user": {"id": int(user[1]), "is_bot": False, "first_name": ""}}
    return {"url": checked_url(url)}


def checked_url(url: str) -> str:
    """The URL as Telegram keeps it, or "" for one it does not accept as a link."""
    url = url.strip()
    scheme, separator, rest = url.partition("://")
    if not separator:
        scheme, rest = "http", url
    host = re.split(r"[/?#]", rest, maxsplit=1)[0]
    if not rest or re.search(r"\s", url) or scheme.lower() not in ("http", "https", "tg", "ton", "tonsite"):
        return ""
    if scheme.lower() in ("http", "https") and not re.fullmatch(r"(?:[^@/]*@)?[^\s@]+\.[^\s@.]+\.?(?::\d+)?", host):
        return ""
    return url if separator else f"http://{url}/" if host == url else f"http://{url}"


def detected(text: str) -> list[Entity]:
    """The commands, links and mentions Telegram finds by itself in what a person types."""
    return [
        {
            "type": DETECTED[found.lastgroup],
            "offset": utf16_length(text[: found.start()]),
            "length": utf16_length(found.group()),
        }
        for found in DETECTABLE.finditer(text)
    ]


DETECTED = {"command": "bot_command", "url": "url", "mention": "mention"}
DETECTABLE = re.compile(
    r"(?P<url>https?://[^\s<>\"]+|\bt\.me/[^\s<>\"]+)"
    r"|(?P<command>(?<![\w/])/[A-Za-z0-9_]{1,64}(?:@\w+)?)"
    r"|(?P<mention>(?<!\w)@[A-Za-z][A-Za-z0-9_]{3,31})"
)
SHOWN = {
    "bold": "b", "italic": "i", "underline": "u", "strikethrough": "s", "code": "code", "pre": "pre",
    "blockquote": "blockquote", "expandable_blockquote": "blockquote", "spoiler": "mark", "text_link": "a",
}  # fmt: skip


def shown(text: str, entities: list[Entity]) -> str:
    """The message as a browser shows it: escaped, with the entities as plain HTML tags."""
    units = text.encode("utf-16-le", "surrogatepass")
    opening: dict[int, list[str]] = {}
    closing: dict[int, list[str]] = {}
    for entity in entities:
        tag = SHOWN.get(entity["type"])
        if not tag:
            continue
        link = f' href="{escape(entity["url"])}" target="_blank" rel="noopener"' if tag == "a" else ""
        opening.setdefault(entity["offset"], []).append(f"<{tag}{link}>")
        closing.setdefault(entity["offset"] + entity["length"], []).insert(0, f"</{tag}>")
    parts, last = [], 0
    for edge in sorted({*opening, *closing, len(units) // 2}):
        parts.append(escape(units[last * 2 : edge * 2].decode("utf-16-le", "replace")))
        parts += closing.get(edge, []) + opening.get(edge, [])
        last = edge
    return "".join(parts)
