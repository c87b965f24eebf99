"""The settings in force: what a custodian stored, else the seed of the environment, else the default."""

import asyncio
import time
from dataclasses import dataclass, fields
from datetime import timedelta

from django.conf import settings
from django.db import transaction

from botcore import audit, voice
from botcore.models import Channel, Configuration

_HELD_FOR_S = 2.0
_held: tuple[float, "Settings", int] | None = None
_version = 0


@dataclass(frozen=True)
class ChannelFacts:
    """A connected channel as last seen; `missing` names lacking rights, empty = all is well."""

    kind: str
    chat_id: int
    chat_type: str
    title: str
    username: str
    invite_link: str
    missing: tuple[str, ...]

    @property
    def url(self) -> str:
        """Where a button can open the channel; '' when neither a link nor a public name is known."""
        return self.invite_link or (f"https://t.me/{self.username}" if self.username else "")


@dataclass(frozen=True)
class Settings:
    """A snapshot; field names and units are those of `Configuration`, defaults those of C-CONF-1."""

    creator_name: str = "Diana"
    creator_username: str = ""
    bot_username: str = ""
    instagram: str = ""
    tiktok: str = ""
    x: str = ""
    free_wait_minutes: int = 4
    free_auto_approve: bool = True
    redemption_days: int = 1
    default_currency: str = "USD"
    currencies: tuple[str, ...] = ("USD",)
    reminder_hours: tuple[int, ...] = (72, 24)
    grace_days: int = 0
    show_prices: bool = True
    win_back_days: int = 0
    protect_vip: bool = True
    protect_free: bool = False
    brake_min: int = 20
    brake_percent: int = 10
    digest_hour: int = 9
    vip_reactions: tuple[str, ...] = ()
    free_reactions: tuple[str, ...] = ()
    paused: bool = False
    paused_jobs: bool = False
    vip: ChannelFacts | None = None
    free: ChannelFacts | None = None

    @property
    def grace(self) -> timedelta:
        return timedelta(days=self.grace_days)

    @property
    def contact_url(self) -> str:
        """Where to write to the creator; '' when no contact is set (M-MENU-6)."""
        return f"https://t.me/{self.creator_username}" if self.creator_username else ""

    @property
    def social_links(self) -> tuple[tuple[str, str], ...]:
        """(label, https URL) of the configured networks in their order (M-MENU-7)."""
        links = (
            ("Instagram", "https://www.instagram.com/", self.instagram),
            ("TikTok", "https://www.tiktok.com/@", self.tiktok),
            ("X", "https://x.com/", self.x),
        )
        return tuple((label, base + handle) for label, base, handle in links if handle)

    def channel(self, kind: str) -> ChannelFacts | None:
        return self.vip if kind == Channel.Kind.VIP else self.free


def current() -> Settings:
    """The settings in force. Held for two seconds in the process; every write in this process renews them at once.

    On the event loop the held snapshot is returned as it is: only threads may ask the database, and every unit leaves a
    fresh one behind (`renew`).
    """
    if _on_event_loop():
        if _held is None:
            raise RuntimeError("the settings have not been read yet")
        return _held[1]
    renew(older_than_s=_HELD_FOR_S)
    return _held[1]


def renew(*, older_than_s: float = float("inf")) -> None:
    """Read the settings again if they were forgotten or are older than that."""
    global _held
    if _held is None or _held[2] != _version or time.monotonic() - _held[0] > older_than_s:
        version = _version  # what is forgotten while we read must be read once more
        _held = (time.monotonic(), _load(), version)


def forget() -> None:
    """The tables may say something else now: the next reader in a thread looks."""
    global _version
    _version += 1


def change(actor: audit.Actor, **values: object) -> None:
    """Store settings (names of `Configuration`), with one audit row for what really changed; effective at once here."""
    with transaction.atomic():
        row, _ = Configuration.objects.get_or_create(pk=1)
        before = {name: getattr(row, name) for name, value in values.items() if getattr(row, name) != value}
        if before:
            Configuration.objects.filter(pk=1).update(**values)
            audit.record(actor, "change_settings", row, before=before, after={n: values[n] for n in before})
    transaction.on_commit(forget)
    forget()


def remember_bot(username: str) -> None:
    """Keep the bot's name as getMe told it; links to invitations are made with it."""
    row, _ = Configuration.objects.get_or_create(pk=1)
    Configuration.objects.filter(pk=row.pk).exclude(bot_username=username).update(bot_username=username)
    forget()


def seed() -> None:
    """Fill settings nobody has set from the environment; a stored value is never overridden (C-CONF-2)."""
    seeds = {
        "creator_name": settings.CREATOR_NAME,
        "creator_username": settings.CREATOR_USERNAME or "",
        "free_wait_minutes": settings.FREE_WAIT_MINUTES,
        "brake_min": settings.KICK_BRAKE_MIN,
        "brake_percent": settings.KICK_BRAKE_PERCENT,
        "digest_hour": settings.DIGEST_HOUR,
    }
    with transaction.atomic():
        row, _ = Configuration.objects.get_or_create(pk=1)
        empty = {name: value for name, value in seeds.items() if getattr(row, name) in (None, "")}
        Configuration.objects.filter(pk=1).update(**empty)
        _seed_channel(Channel.Kind.VIP, settings.VIP_CHANNEL_ID)
        _seed_channel(Channel.Kind.FREE, settings.FREE_CHANNEL_ID, settings.FREE_CHANNEL_INVITE_LINK or "")
    forget()


def _seed_channel(kind: str, chat_id: int | None, invite_link: str = "") -> None:
    if chat_id and not Channel.objects.filter(chat_id=chat_id).exists():
        Channel.objects.get_or_create(kind=kind, defaults={"chat_id": chat_id, "invite_link": invite_link})


def _on_event_loop() -> bool:
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return False
    return True


def _load() -> Settings:
    row = Configuration.objects.filter(pk=1).first() or Configuration()
    stored = {}
    for field in fields(Settings):
        value = getattr(row, field.name, None)
        if value not in (None, ""):
            stored[field.name] = tuple(value) if isinstance(value, list) else value
    for channel in Channel.objects.all():
        stored[channel.kind] = ChannelFacts(
            channel.kind,
            channel.chat_id,
            channel.chat_type,
            channel.title,
            channel.username,
            channel.invite_link,
            tuple(channel.missing),
        )
    held = Settings(**stored)
    voice.set_names(creator=held.creator_name, bot=held.bot_username)
    return held
