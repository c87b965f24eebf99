"""The linter of the voice (V-LINT-1..12): it reads rendered messages, as people will, and knows which words
are Lucien's own and which were inserted."""

import re
import tomllib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from difflib import SequenceMatcher
from itertools import combinations

from botcore.voice.catalogue import HERE, PERIODS, PLACEHOLDER, Catalogue, Message, Variant
from botcore.voice.history import History
from botcore.voice.renderer import NAME_LIMIT, Voice
from botcore.voice.samples import WIDE, sample_values, worst_values

WORDS = tomllib.loads((HERE / "lint_words.toml").read_text("utf-8"))
OPEN, CLOSE = "\ue000", "\ue001"  # private-use characters around every inserted value
VALUE = "\ufffc"  # what the word rules see in place of a value

TEXT_LIMITS = {"caption": 1024, "alert": 200, "command": 256}
TEXT_LIMIT, TEXT_WARNING = 4096, 3500
LABEL_LIMIT, LABEL_WARNING = 64, 40
CALLBACK_BYTES = 64
RUN_LIMIT = 400
ALIKE = 0.9
ALLOWED_TAGS = {"b", "i", "u", "s", "a", "code", "blockquote", "tg-spoiler"}

_TAG = re.compile(r"<[^<>]*>")
_TAG_PARTS = re.compile(r"<(/?)([a-z-]+)((?:\s[^<>]*)?)>")
_HREF = re.compile(r'\s+href="(https://[^"<>]+|tg://user\?id=\d+)"')
_ENTITY = re.compile(r"&(?:amp|lt|gt|quot|#\d+|#x[0-9a-f]+);", re.I)
_MARKED = re.compile(f"{OPEN}[^{OPEN}{CLOSE}]*{CLOSE}")
_CODE = re.compile(r"<code>.*?</code>", re.S)
_COMMAND = re.compile(r"(?<![\w/])/[a-z_]+\b")
_SENTENCE_START = r"(?:^|[.!?…:;\n]\s*|[¿¡«“(—]\s*)"
_EMOJI = re.compile(
    "(?:[\U0001f1e6-\U0001f1ff]{2}|[\U0001f000-\U0001faff\u2600-\u27bf\u2b00-\u2bff\u231a-\u23ff\u25aa-\u25fe"
    "\u2194-\u2199\u21a9\u21aa\u2934\u2935\u3030\u303d\u3297\u3299\u203c\u2049\u2139\u24c2]|[0-9#*]\ufe0f?\u20e3)"
    "(?:\ufe0f|[\U0001f3fb-\U0001f3ff]|\u200d[\U0001f000-\U0001faff\u2600-\u27bf]\ufe0f?)*"
)
_NARRATIVE = re.compile(r"^<i>(.+?)</i>$", re.S)
_HEADER = re.compile(rf"🎩 <b>(?:{OPEN}[^{CLOSE}]*{CLOSE}|[^<]+):</b>\n\n")


@dataclass(frozen=True, slots=True)
class Violation:
    key: str
    variant: int  # 1-based; 0 = the message as a whole
    rule: str
    excerpt: str
    warning: bool = False


@dataclass(frozen=True, slots=True)
class Reading:
    """One variant as it will be read, and the views of it that the rules need."""

    message: Message
    marked: str  # rendered, every value between OPEN and CLOSE

    @property
    def html(self) -> str:
        return self.marked.replace(OPEN, "").replace(CLOSE, "")

    @property
    def body(self) -> str:
        """Without the header."""
        return _HEADER.sub("", self.marked, count=1) if self.message.header else self.marked

    @property
    def own(self) -> str:
        """Lucien's words with their tags: every value is one neutral sign."""
        text = self.body
        while OPEN in text:  # list items hold marked values of their own
            text = _MARKED.sub(VALUE, text)
        return text

    @property
    def prose(self) -> str:
        """Lucien's words alone: no values, no code, no commands, no tags."""
        text = _CODE.sub(VALUE, self.own)
        return _COMMAND.sub(VALUE, _untag(text) if not self.message.is_plain else text)

    @property
    def is_for_custodians(self) -> bool:
        return self.message.audience == "custodian"


def lint(catalogue: Catalogue, keys: Iterable[str] = ()) -> list[Violation]:
    """Every violation of V-LINT-1..12 in the catalogue, or in the given keys of it."""
    chosen = set(keys)
    return [
        violation
        for message in catalogue
        if not chosen or message.key in chosen
        for violation in lint_message(message, catalogue)
    ]


def lint_message(message: Message, catalogue: Catalogue) -> list[Violation]:
    """Violations of one message, read with the samples and the worst case of its variables."""
    found = [
        Violation(message.key, number, rule, excerpt)
        for rule, check in MESSAGE_RULES.items()
        for number, excerpt in check(message, catalogue)
    ]
    if any(violation.rule == "V-LINT-6" for violation in found):
        return found  # cannot be rendered faithfully
    for number, variant in enumerate(message.variants, 1):
        sample, worst = readings(message, variant, catalogue)
        for rule, check in READING_RULES.items():
            found += [Violation(message.key, number, rule, excerpt) for excerpt in check(sample)]
        for excerpt in check_tags(worst):
            found.append(Violation(message.key, number, "V-LINT-4", excerpt))
        found += check_length(worst, number)
    return found + check_labels(message, catalogue)


def readings(message: Message, variant: Variant, catalogue: Catalogue) -> tuple[Reading, Reading]:
    """The variant with sample values, and with the longest values and the longest names of the house."""
    voice = Voice(catalogue, history=History(), mark=lambda value: f"{OPEN}{value}{CLOSE}")
    sample = Reading(message, voice.fill(message, variant, sample_values(message, catalogue)))
    voice.set_names(**dict.fromkeys(catalogue.formats.names, WIDE * NAME_LIMIT))
    return sample, Reading(message, voice.fill(message, variant, worst_values(message, catalogue)))


def utf16_length(text: str) -> int:
    """Length as Telegram counts it."""
    return len(text.encode("utf-16-le")) // 2


def _untag(text: str) -> str:
    text = _TAG.sub("", text)
    for entity, sign in (("&lt;", "<"), ("&gt;", ">"), ("&quot;", '"'), ("&amp;", "&")):
        text = text.replace(entity, sign)
    return text


def _visible(reading: Reading) -> str:
    return reading.html if reading.message.is_plain else _untag(reading.html)


def _excerpt(text: str, start: int, end: int) -> str:
    return text[max(0, start - 20) : end + 20].replace("\n", " ").strip()


def _find(pattern: re.Pattern[str], text: str) -> Iterator[str]:
    return (_excerpt(text, *match.span()) for match in pattern.finditer(text))


def _whole_words(words: Iterable[str]) -> re.Pattern[str]:
    return re.compile(rf"(?<![\w@])(?:{'|'.join(map(re.escape, words))})(?![\w@])", re.I)


# --- V-LINT-1, 2, 12: words -------------------------------------------------------------------------------------

_TUTEO = _whole_words(WORDS["tuteo"]["words"])
_TUTEO_OPENER = re.compile(rf"{_SENTENCE_START}(?:{'|'.join(WORDS['tuteo']['openers'])})\b(?!\s+usted\b)", re.I | re.M)
_JARGON = _whole_words(WORDS["jargon"]["members"])
_JARGON_CUSTODIANS = _whole_words(WORDS["jargon"]["custodians"])
_GENDER = re.compile(r"\w+(?:[oa]s?|or)[/@][oa]s?\b", re.I)
_GENDER_FORMS = _whole_words(WORDS["gender"]["forms"])
_GENDER_WORDS = _whole_words(WORDS["gender"]["words"])
_WELCOME = re.compile(
    r"(?<!\w)" + "".join(rf"(?<!\b{word} )" for word in WORDS["gender"]["welcome_after"]) + r"bienvenida\b", re.I
)
_GENDER_OPENER = re.compile(rf"{_SENTENCE_START}(?:{'|'.join(WORDS['gender']['openers'])})\b(?!\s*:)", re.I | re.M)


def check_tuteo(reading: Reading) -> Iterator[str]:
    yield from _find(_TUTEO, reading.prose)
    yield from _find(_TUTEO_OPENER, reading.prose)


def check_jargon(reading: Reading) -> Iterator[str]:
    yield from _find(_JARGON_CUSTODIANS if reading.is_for_custodians else _JARGON, reading.prose)


def check_gender(reading: Reading) -> Iterator[str]:
    for pattern in (_GENDER, _GENDER_FORMS, _GENDER_WORDS, _WELCOME, _GENDER_OPENER):
        yield from _find(pattern, reading.prose)


# --- V-LINT-3, 4, 5: form ---------------------------------------------------------------------------------------


def check_header(reading: Reading) -> Iterator[str]:
    hats = reading.marked.count("🎩")
    if reading.message.kind in ("screen", "notice"):
        if not _HEADER.match(reading.marked):
            yield "no header"
        elif hats > 1:
            yield "a second hat"
    elif hats:
        yield f"a header in a {reading.message.kind}"


def check_tags(reading: Reading) -> Iterator[str]:
    text = reading.html
    if reading.message.is_plain:
        yield from _find(re.compile(r"</?[a-z][^<>]*>"), text)
        return
    bare = _ENTITY.sub("", _TAG.sub("", text))
    yield from _find(re.compile("[<>&]"), bare)
    yield from _find(re.compile(r"<([a-z-]+)[^<>]*>\s*</\1>"), text)
    stack: list[str] = []
    for match in _TAG.finditer(text):
        parts = _TAG_PARTS.fullmatch(match[0])
        if not parts or parts[2] not in ALLOWED_TAGS or not _attributes_fit(parts):
            yield match[0]
        elif not parts[1]:
            stack.append(parts[2])
        elif not stack or stack.pop() != parts[2]:
            yield f"{match[0]} closes nothing"
    for name in stack:
        yield f"<{name}> is never closed"


def _attributes_fit(parts: re.Match[str]) -> bool:
    closing, name, attributes = parts.groups()
    if name == "a" and not closing:
        return bool(_HREF.fullmatch(attributes))
    return not attributes


def check_narrative(reading: Reading) -> Iterator[str]:
    kind = reading.message.kind
    if reading.message.is_plain:
        return
    paragraphs = reading.own.split("\n\n")
    narrative = any(_NARRATIVE.match(paragraph.strip()) for paragraph in paragraphs)
    if kind in ("screen", "notice") and not narrative and not reading.is_for_custodians:
        yield "no narrative in italics"
    if kind in ("line", "caption") and narrative:
        yield f"a narrative in a {kind}"
    for run in re.split(r"<[^<>]*>|\n\n", reading.own):
        if len(run) > RUN_LIMIT:
            yield f"{run[:40]}… runs on for {len(run)} characters"


# --- V-LINT-10, 11: emoji and typography ------------------------------------------------------------------------

_BARE = str.maketrans("", "", "\ufe0f")
_EVERYWHERE = {emoji.translate(_BARE) for emoji in WORDS["emoji"]["everywhere"]}
_CUSTODIANS = {emoji.translate(_BARE) for emoji in WORDS["emoji"]["custodians"]}
_PAGING = set(WORDS["emoji"]["paging"])


def check_emoji(reading: Reading) -> Iterator[str]:
    """The header is taken as read (V-LINT-3); values are other people's."""
    text = reading.own
    allowed = set() if reading.message.provider == "ritual" else set(_EVERYWHERE)
    if reading.is_for_custodians:
        allowed |= _CUSTODIANS
    if reading.message.kind == "button":
        allowed |= _PAGING
    for emoji in _EMOJI.findall(text):
        if emoji.translate(_BARE) not in allowed:
            yield f"{emoji} has no place here"
    for paragraph in text.split("\n\n"):
        parts = [paragraph] if _NARRATIVE.match(paragraph.strip()) else paragraph.split("\n")
        for part in parts:
            if len(_EMOJI.findall(part)) > 1:
                yield f"several emoji: {_untag(part)[:40]}"


_TYPOGRAPHY = tuple(
    re.compile(pattern, re.M)
    for pattern in (
        r"\.\.\.",
        r'"',
        r"\S(?: {2,})(?=\S)",
        r" ,",
        rf"\$(?!\s?[\d{VALUE}])",
    )
)


def check_typography(reading: Reading) -> Iterator[str]:
    text = reading.prose
    for pattern in _TYPOGRAPHY:
        yield from _find(pattern, text)
    yield from _unpaired_marks(text)
    for sentence in re.split(r"[.!?…\n]", text):
        words = re.findall(r"[^\W\d_]+", sentence)
        if len(words) >= 2 and all(word.isupper() for word in words):
            yield f"all in capitals: {sentence.strip()}"


def _unpaired_marks(text: str) -> Iterator[str]:
    for opening, closing in ("¿?", "¡!"):
        open_at = None
        for match in re.finditer(f"[{opening}{closing}]", text):
            if match[0] == opening:
                if open_at is not None:
                    yield _excerpt(text, open_at, open_at)
                open_at = match.start()
            elif open_at is None:
                yield _excerpt(text, *match.span())
            else:
                open_at = None
        if open_at is not None:
            yield _excerpt(text, open_at, open_at)


# --- V-LINT-6, 9: declarations and variants ---------------------------------------------------------------------


def check_variables(message: Message, catalogue: Catalogue) -> Iterator[tuple[int, str]]:
    facts = message.variables.keys() - message.optional
    used: set[str] = set()
    for number, variant in enumerate(message.variants, 1):
        placeholders = set(PLACEHOLDER.findall(variant.text))
        used |= placeholders
        for name in sorted(placeholders - message.variables.keys() - catalogue.formats.names.keys()):
            yield number, f"{{{name}}} is not declared"
        for name in sorted(facts - placeholders):
            yield number, f"the fact {{{name}}} is missing"
    for name in sorted(message.optional - used):
        yield 0, f"{{{name}}} is declared and never used"


def check_variants(message: Message, catalogue: Catalogue) -> Iterator[tuple[int, str]]:
    rules = WORDS["variants"]
    needed = 3 if message.key in rules["three"] else 2 if message.key in rules["two"] else 1
    for period in PERIODS if message.by_time else (None,):
        count = sum(variant.period == period for variant in message.variants)
        if count < needed:
            yield 0, f"{count} of {needed} variants{f' for {period}' if period else ''}"
    if message.key in rules["one"] and len(message.variants) > 1:
        yield 0, "exactly one variant, on purpose"
    for number, variant in enumerate(message.variants, 1):
        if not isinstance(variant.weight, int) or variant.weight <= 0:
            yield number, "the weight is no positive integer"
    for (first, one), (second, other) in combinations(enumerate(message.variants, 1), 2):
        if _alike(one.text, other.text):
            yield second, f"like variant {first}"


def _alike(one: str, other: str) -> bool:
    matcher = SequenceMatcher(None, one, other, autojunk=False)
    return matcher.quick_ratio() > ALIKE and matcher.ratio() > ALIKE


# --- V-LINT-7, 8: lengths and labels ----------------------------------------------------------------------------


def check_length(worst: Reading, number: int) -> list[Violation]:
    kind = worst.message.kind
    length = len(worst.html) if kind == "button" else utf16_length(_visible(worst))
    if kind == "button":
        rule, limit, warning = "V-LINT-8", LABEL_LIMIT, LABEL_WARNING
    else:
        limit = TEXT_LIMITS.get(kind, TEXT_LIMIT)
        rule, warning = "V-LINT-7", min(limit, TEXT_WARNING)
    if length > limit:
        return [Violation(worst.message.key, number, rule, f"{length} of {limit} at worst")]
    if length > warning:
        return [Violation(worst.message.key, number, rule, f"{length} of {limit} at worst", warning=True)]
    return []


def check_labels(message: Message, catalogue: Catalogue) -> list[Violation]:
    """Labels of one screen as its keyboard will show them."""
    voice = Voice(catalogue, history=History())
    labels = [voice.render(key, **sample_values(catalogue[key], catalogue)) for row in message.labels for key in row]
    return [Violation(message.key, 0, "V-LINT-8", excerpt) for excerpt in check_keyboard(labels)]


def check_keyboard(labels: Iterable[str], callback_data: Iterable[str] = ()) -> Iterator[str]:
    """Faults of a keyboard: empty, duplicate or too long labels, callback data of more than 64 bytes."""
    seen: set[str] = set()
    for label in labels:
        if not label.strip():
            yield "an empty label"
        if label in seen:
            yield f"two buttons say {label!r}"
        if len(label) > LABEL_LIMIT:
            yield f"{label!r} has {len(label)} characters"
        seen.add(label)
    for data in callback_data:
        if len(data.encode()) > CALLBACK_BYTES:
            yield f"callback data {data!r} has {len(data.encode())} bytes"


READING_RULES: dict[str, Callable[[Reading], Iterable[str]]] = {
    "V-LINT-1": check_tuteo,
    "V-LINT-2": check_jargon,
    "V-LINT-3": check_header,
    "V-LINT-4": check_tags,
    "V-LINT-5": check_narrative,
    "V-LINT-10": check_emoji,
    "V-LINT-11": check_typography,
    "V-LINT-12": check_gender,
}
MESSAGE_RULES: dict[str, Callable[[Message, Catalogue], Iterable[tuple[int, str]]]] = {
    "V-LINT-6": check_variables,
    "V-LINT-9": check_variants,
}
