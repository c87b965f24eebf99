"""The two channels: connecting them, what the bot may do there, and the alarms when it may no more (C-CHAN)."""

from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.db.models import Q

from botcore import audit, config, limits, notices
from botcore.exceptions import Refused
from botcore.models import Channel
from botcore.screens import Screen, screen

NOT_FOUND, NOT_MEMBER, NOT_ADMIN = "not_found", "not_member", "not_admin"
INVITE, RESTRICT, POST = "can_invite_users", "can_restrict_members", "can_post_messages"
LOST = frozenset({NOT_FOUND, NOT_MEMBER})

_REASONS = {
    NOT_FOUND: "desk_channels.reason_not_found",
    NOT_MEMBER: "desk_channels.reason_not_member",
    NOT_ADMIN: "desk_channels.reason_demoted",
    INVITE: "desk_channels.reason_no_invite",
    RESTRICT: "desk_channels.reason_no_restrict",
    POST: "desk_channels.reason_no_post",
    "private": "desk_channels.reason_private",
    "group": "desk_channels.reason_group",
}
_RIGHTS = {
    NOT_ADMIN: "desk.right_admin",
    INVITE: "desk.right_invite",
    RESTRICT: "desk.right_restrict",
    POST: "desk.right_post",
}
# Fragments of the descriptions of errors.py's configuration class, and what each says is missing; the rest says
# "not_admin".
_COMPLAINTS = (
    ("chat not found", NOT_FOUND),
    ("channel_private", NOT_FOUND),
    ("not a member", NOT_MEMBER),
    ("was kicked", NOT_MEMBER),
    ("restrict", RESTRICT),
    ("invite", INVITE),
    ("write_forbidden", POST),
)
_TOKEN_REFUSED = frozenset({"unauthorized", "not found"})


@dataclass(frozen=True)
class ProbeFacts:
    """What getChat and getChatMember (of the bot itself) said of a chat.

    `reachable` is False only when Telegram said that there is no such chat for us, never for a call that failed for
    its own reasons. `bot_status` is ChatMember.status. `migrated_from` is the id that was asked when Telegram
    answered with another.
    """

    chat_id: int
    reachable: bool = True
    chat_type: str = "channel"
    title: str = ""
    username: str = ""
    bot_status: str = "left"
    can_invite_users: bool = False
    can_restrict_members: bool = False
    can_post_messages: bool = False
    join_by_request: bool = False
    migrated_from: int | None = None


@dataclass(frozen=True)
class Connection:
    """How connecting went: `replaced` is the chat that served before, `changed` is False for the very same chat."""

    channel: Channel
    replaced: int | None
    changed: bool


def missing_rights(facts: ProbeFacts) -> tuple[str, ...]:
    """Everything the bot lacks in the chat, all at once; administrator does not imply any single right (C-CHAN-3)."""
    if not facts.reachable:
        return (NOT_FOUND,)
    if facts.bot_status == "creator":
        return ()
    needed = (INVITE, RESTRICT, POST) if facts.chat_type == "channel" else (INVITE, RESTRICT)
    lacking = tuple(right for right in needed if not getattr(facts, right))
    if facts.bot_status == "administrator":
        return lacking
    return (NOT_MEMBER if facts.bot_status in ("left", "kicked") else NOT_ADMIN, *lacking)


def warnings_of(kind: str, facts: ProbeFacts) -> tuple[str, ...]:
    """What does not block but by-passes the house: words of `desk_channels.warning_…` (C-CHAN-5)."""
    if not facts.username:
        return ()
    if kind == Channel.Kind.VIP:
        return ("vip_public",)
    if facts.chat_type == "channel":
        return ("free_public",)
    return () if facts.join_by_request else ("free_no_approval",)


def refusals(facts: ProbeFacts) -> list[tuple[str, dict]]:
    """Why the chat cannot serve, as items of the list variable `reasons`; empty when it can (C-CHAN-1, C-CHAN-3)."""
    unfit = [facts.chat_type] if facts.reachable and facts.chat_type not in ("channel", "supergroup") else []
    return [(_REASONS[word], {}) for word in unfit or missing_rights(facts)]


def checks(channel: Channel) -> list[tuple[str, dict]]:
    """The state of a channel as last probed, as items of the list variable `checks`; empty before the first probe."""
    found = [(_REASONS[word], {}) for word in channel.missing]
    found += [(f"desk_channels.warning_{word}", {}) for word in channel.warnings]
    return found or ([("desk_channels.check_ok", {})] if channel.probed_at else [])


def right_words(channel: Channel) -> list[str]:
    """Catalogue keys that name what is missing in a channel that can be reached."""
    return [_RIGHTS[word] for word in channel.missing if word in _RIGHTS]


def title_of(channel: Channel) -> str:
    """How the channel is called on screen: its title, or its id while none is known."""
    return channel.title or str(channel.chat_id)


def may(channel: Channel | config.ChannelFacts | None, right: str) -> bool:
    """Whether calls that need `right` can be made in the channel, as far as is known."""
    return channel is not None and not {NOT_FOUND, NOT_MEMBER, NOT_ADMIN, right} & set(channel.missing)


# --- connecting
# -------------------------------------------------------------------------------------------------------


def connect_channel(
    *, kind: str, facts: ProbeFacts, actor: audit.Actor, now: datetime, check: bool = True
) -> Connection:
    """Make the chat the `kind` channel; the one already set only has its checks renewed (C-CHAN-4).

    Raises Refused with `reasons` when the chat cannot serve (unless not `check`) or is the other channel.
    """
    if check and (reasons := refusals(facts)):
        raise Refused("desk_channels.set_up_refused", reasons=reasons)
    with transaction.atomic():
        if Channel.objects.filter(chat_id=facts.chat_id).exclude(kind=kind).exists():
            raise Refused("desk_channels.set_up_refused", reasons=[("desk_channels.reason_same_chat", {})])
        channel = Channel.objects.select_for_update().filter(kind=kind).first()
        before = channel.chat_id if channel else None
        if channel is None:
            channel = Channel.objects.create(kind=kind, chat_id=facts.chat_id, connected_at=now)
        elif before != facts.chat_id:
            _write(channel, chat_id=facts.chat_id, invite_link="", connected_at=now, title="", username="")
        if check:
            _store_facts(channel, facts, now)
        changed = before != facts.chat_id
        if changed:
            change = {"before": {"chat_id": before}, "after": {"chat_id": facts.chat_id}}
            audit.record(actor, "connect_channel", channel, **change)
    config.forget()
    return Connection(channel, before if changed else None, changed)


def disconnect_channel(*, kind: str, actor: audit.Actor) -> bool:
    """Forget the channel; what is owed there stays due (C-CHAN-9). False when none was set."""
    with transaction.atomic():
        channel = Channel.objects.filter(kind=kind).first()
        if channel is None:
            return False
        audit.record(actor, "disconnect_channel", channel, before={"chat_id": channel.chat_id})
        channel.delete()
    config.forget()
    return True


def set_invite_link(*, kind: str, url: str, actor: audit.Actor, only_if_none: bool = False) -> bool:
    """Store the link by which the channel is shown (C-CHAN-7); False when nothing was changed.

    `only_if_none` is for the link the bot made itself: one that a custodian pasted meanwhile stays. Raises Refused
    for a URL that is not https://t.me/….
    """
    if not url.startswith("https://t.me/") or len(url) > 255:
        raise Refused("desk.expected_link")
    with transaction.atomic():
        channel = Channel.objects.select_for_update().filter(kind=kind).first()
        if channel is None or channel.invite_link == url or (only_if_none and channel.invite_link):
            return False
        _write(channel, invite_link=url)
        audit.record(actor, "set_invite_link", channel)
    config.forget()
    return True


# --- watching
# ---------------------------------------------------------------------------------------------------------


def settle_probe(kind: str, facts: ProbeFacts, *, now: datetime, owed: int = 0) -> tuple[str, ...]:
    """Store what a probe found and tell custodians of rights lost or back; returns what is missing.

    `owed` is the number of obligations that resume when rights are back (C-NOTE-2). A probe of a chat that was
    replaced meanwhile changes nothing.
    """
    with transaction.atomic():
        asked = facts.migrated_from or facts.chat_id
        channel = Channel.objects.select_for_update().filter(kind=kind, chat_id=asked).first()
        if channel is None:
            return ()
        had = channel.missing
        _store_facts(channel, facts, now)
        if channel.missing:
            _alarm(channel, now)
        elif had:
            _write(channel, alarmed_at=None)
            back = screen("desk.alarm_recovered", channel=title_of(channel), count=owed)
            notices.tell_custodians(back, key=f"recovered:{channel.chat_id}:{now.isoformat()}", now=now)
    config.forget()
    return tuple(channel.missing)


def note_configuration_error(kind: str, detail: str, *, now: datetime, chat_id: int | None = None) -> None:
    """A call met the configuration class: mark what is missing and alarm custodians, at most once per 6 h.

    `detail` is Telegram's description, `chat_id` the chat it was about where that may be a former channel, which says
    nothing of the present one. A refused token marks nothing: the process itself ends over it.
    """
    if detail.lower() in _TOKEN_REFUSED:
        return
    with transaction.atomic():
        channel = Channel.objects.select_for_update().filter(kind=kind).first()
        if channel is None:
            return _alarm_without_row(screen("desk.alarm_unset", stops=_stops(kind)), f"unset:{kind}", now)
        if chat_id not in (None, channel.chat_id):
            lost = screen("desk.alarm_lost", channel=str(chat_id), stops=_stops(kind))
            return _alarm_without_row(lost, f"former:{chat_id}", now)
        word = _missing_by(detail)
        if word not in channel.missing:
            _write(channel, missing=[*channel.missing, word])
        _alarm(channel, now)
    config.forget()


def note_owner_change(kind: str, *, now: datetime) -> None:
    """The channel has another owner: custodians are told, nothing stops (C-NOTE-2)."""
    channel = Channel.objects.filter(kind=kind).first()
    if channel:
        told = screen("desk.alarm_owner", channel=title_of(channel))
        notices.tell_custodians(told, key=f"owner:{channel.chat_id}:{now.isoformat()}", now=now)


def _missing_by(detail: str) -> str:
    return next((word for fragment, word in _COMPLAINTS if fragment in detail.lower()), NOT_ADMIN)


def _store_facts(channel: Channel, facts: ProbeFacts, now: datetime) -> None:
    values: dict[str, object] = {"probed_at": now, "missing": list(missing_rights(facts))}
    if facts.reachable:
        values |= {
            "chat_id": facts.chat_id,
            "chat_type": facts.chat_type,
            "title": facts.title,
            "username": facts.username,
            "warnings": list(warnings_of(channel.kind, facts)),
        }
    _write(channel, **values)


def _alarm(channel: Channel, now: datetime) -> None:
    told_lately = Q(alarmed_at__gt=now - limits.CONFIGURATION_ALARM_EVERY)
    if not Channel.objects.filter(pk=channel.pk).exclude(told_lately).update(alarmed_at=now):
        return
    facts = {"channel": title_of(channel), "stops": _stops(channel.kind)}
    if LOST & set(channel.missing):
        alarm = screen("desk.alarm_lost", **facts)
    else:
        alarm = screen("desk.alarm_rights", **facts, missing=[(key, {}) for key in right_words(channel)])
    key = f"rights:{channel.chat_id}:{now.isoformat()}"
    notices.tell_custodians(alarm.on("recheck", kind=channel.kind), key=key, now=now)


def _alarm_without_row(alarm: Screen, key: str, now: datetime) -> None:
    """Without a row to remember the alarm by, its key carries the six hours it stands for."""
    period = int(now.timestamp() // limits.CONFIGURATION_ALARM_EVERY.total_seconds())
    notices.tell_custodians(alarm, key=f"{key}:{period}", now=now)


def _stops(kind: str) -> list[tuple[str, dict]]:
    return [(f"desk.stops_{kind}", {})]


def _write(channel: Channel, **values: object) -> None:
    for name, value in values.items():
        setattr(channel, name, value)
    channel.save(update_fields=list(values))
