"""People: the profile Telegram tells of them, and whether they can be written to."""

import re
import unicodedata
from datetime import datetime

from botcore import limits, outbox
from botcore.models import Member

_BREAKS = re.compile(r"[\t-\r\u0085\u2028\u2029]+")
_UNSEEN = re.compile(r"(?![\n\t])[\u0000-\u001f\u007f-\u009f\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]")


def clean(text: str | None, limit: int, *, multiline: bool = False) -> str:
    """`text` without control and direction characters, trimmed and cut to `limit` characters.

    Line breaks and tabs stay where `multiline` allows them; elsewhere each run of them is one space.
    """
    text = (text or "").replace("\r\n", "\n")
    return _UNSEEN.sub("", text if multiline else _BREAKS.sub(" ", text)).strip()[:limit]


def fold(text: str) -> str:
    """Lower case without accents: equal for texts that differ only in these, on both engines."""
    decomposed = unicodedata.normalize("NFKD", text.casefold())
    return "".join(char for char in decomposed if not unicodedata.combining(char))


def profile_of(*, username: str | None, first_name: str | None, last_name: str | None, language: str | None) -> dict:
    """The stored form of what Telegram says of a person; a missing username clears the stored one (M-CMD-10)."""
    profile = {
        "username": clean(username, 64),
        "first_name": clean(first_name, 128),
        "last_name": clean(last_name, 128),
        "language": clean(language, 16),
    }
    names = f"{profile['first_name']} {profile['last_name']} {profile['username']}"
    return profile | {"search_text": fold(names)[:400]}


def keep_profile(member: Member, profile: dict, *, now: datetime) -> None:
    """Write what changed of the profile; last-seen at most once a minute, so that most updates write nothing."""
    changed = {name: value for name, value in profile.items() if getattr(member, name) != value}
    if member.last_seen_at is None or now - member.last_seen_at >= limits.LAST_SEEN_EVERY:
        changed["last_seen_at"] = now
    if changed:
        Member.objects.filter(pk=member.pk).update(**changed)
        for name, value in changed.items():
            setattr(member, name, value)


def open_chat(member: Member, *, now: datetime) -> bool:
    """The person pressed start or came back (M-BLOCK-4). True for the first start of a life."""
    first = member.started_at is None
    changed = {
        "chat_open": True,
        "unreachable_since": None,
        "unreachable_reason": "",
        "started_at": member.started_at or now,
    }
    Member.objects.filter(pk=member.pk).update(**changed)
    for name, value in changed.items():
        setattr(member, name, value)
    return first


def lose_chat(telegram_id: int, reason: str, *, now: datetime) -> bool:
    """The person blocked the bot or is gone: nothing more is attempted, what waits is dropped (M-BLOCK-3)."""
    outbox.drop_for_chat(telegram_id, reason)
    lost = Member.objects.filter(telegram_id=telegram_id, unreachable_since=None)
    return bool(lost.update(chat_open=False, unreachable_since=now, unreachable_reason=reason))


def regain_chat(telegram_id: int, *, now: datetime) -> None:
    """The person let the bot in again; somebody who never pressed start stays without an open chat until then."""
    returned = Member.objects.filter(telegram_id=telegram_id).first()
    if returned and returned.started_at:
        open_chat(returned, now=now)


def due_for_refusal(member: Member, *, now: datetime) -> bool:
    """Claim the one refusal a blocked person hears per 24 h (M-BLOCK-1)."""
    unheard = Member.objects.filter(pk=member.pk).exclude(refused_at__gt=now - limits.REFUSAL_EVERY)
    return bool(unheard.update(refused_at=now))
