"""Takes invitations and other secrets out of what is stored, listed or logged."""

import hashlib
import re

TOKEN = re.compile(r"[A-Za-z0-9_-]{1,64}")
DIGEST = re.compile(r"sha256=([0-9a-f]{64})")
_START = re.compile(r"(/start(?:@\w+)?[ \t]+)([A-Za-z0-9_-]{1,64})(?![A-Za-z0-9_=-])")
_LINK = re.compile(r"([?&](?:start|text)=)([A-Za-z0-9_-]{1,64})(?![A-Za-z0-9_=-])")
_BARE = re.compile(r'("text"\s*:\s*"\s*)([A-Za-z0-9_-]{16})(\s*")')
_BOT_TOKEN = re.compile(r"\d{6,}:[A-Za-z0-9_-]{30,}")
_PERSONAL_LINK = re.compile(r"(t\.me/(?:\+|joinchat/))[A-Za-z0-9_-]+")
_URL_PASSWORD = re.compile(r"(\w+://[^\s:/@]*):[^\s@/]+@")


def digest_of(token: str) -> str:
    """The SHA-256 of an invitation in lower-case hexadecimal, the form that is stored (M-TOKEN-2)."""
    return hashlib.sha256(token.encode()).hexdigest()


def redact_update(raw: str, reserved: frozenset[str] = frozenset()) -> str:
    """The JSON text of an update with every invitation replaced by `sha256=<digest>`; `reserved` payloads stay."""

    def replace(match: re.Match[str]) -> str:
        if match[2] in reserved:
            return match[0]
        return f"{match[1]}sha256={digest_of(match[2])}{match[3] if match.lastindex == 3 else ''}"

    return _BARE.sub(replace, _LINK.sub(replace, _START.sub(replace, raw)))


def mask(text: str) -> str:
    """`text` fit for a log or a list: invitations keep 4 characters, tokens, passwords and personal links none."""
    text = _BOT_TOKEN.sub("[bot token]", text)
    text = _URL_PASSWORD.sub(r"\1:[password]@", text)
    text = _PERSONAL_LINK.sub(r"\1[link]", text)
    text = _START.sub(lambda m: f"{m[1]}{m[2][:4]}…", text)
    text = _LINK.sub(lambda m: f"{m[1]}{m[2][:4]}…", text)
    return _BARE.sub(lambda m: f"{m[1]}{m[2][:4]}…{m[3]}", text)
