"""Who is inside the channels, as Telegram tells it (chat_member), and what follows from coming and going."""

from datetime import datetime

from django.db import transaction

from botcore import channels, config, notices, outbox, roles
from botcore.models import Channel, Member, Presence
from botcore.screens import screen
from subscriptions import free_queue, links, ritual, vip_door
from subscriptions.access import has_access
from subscriptions.models import Removal

OWNER = "creator"
_STAFF = (OWNER, "administrator")


def observe_membership(
    *, telegram_id: int, chat_id: int, status: str, now: datetime, at: datetime, is_inside: bool = False
) -> None:
    """Record a chat_member update about a person. The same update again, or an older one, changes nothing.

    `status` is the new ChatMember.status, `is_inside` its `is_member` (for `restricted`), `at` Telegram's date. Chats
    that are none of ours only close a Free request that is still open there (a former Free channel).
    """
    presence = _presence_of(status, is_inside)
    kind = _kind_of(chat_id)
    with transaction.atomic():
        if kind and status == OWNER:  # nobody becomes the owner but by a transfer
            channels.note_owner_change(kind, now=at)
        member = _known(telegram_id, create=kind == Channel.Kind.VIP and presence == Presence.IN)
        if member is None:
            return
        if presence == Presence.IN:
            free_queue.note_entry(member, chat_id, now=now)
            vip_door.note_entry(member, chat_id, now=now)
        if kind is None or _is_known(member, kind, presence, at):
            return
        entered = presence == Presence.IN and member.vip_presence != Presence.IN
        Member.objects.filter(pk=member.pk).update(**{f"{kind}_presence": presence, f"{kind}_presence_at": at})
        if kind == Channel.Kind.VIP and presence == Presence.IN:
            _note_inside(member, status, at, entered=entered, now=now)


def _presence_of(status: str, is_inside: bool) -> str:
    if status == "kicked":
        return Presence.BANNED
    inside = status in (*_STAFF, "member") or (status == "restricted" and is_inside)
    return Presence.IN if inside else Presence.OUT


def _kind_of(chat_id: int) -> str | None:
    settings = config.current()
    return next((c.kind for c in (settings.vip, settings.free) if c and c.chat_id == chat_id), None)


def _known(telegram_id: int, *, create: bool) -> Member | None:
    """Whoever enters VIP must be known, if only to be reported; other strangers are left unknown."""
    if create:
        Member.objects.get_or_create(telegram_id=telegram_id)
    members = Member.objects.select_for_update(of=["self"], no_key=True).select_related("subscription")
    return members.filter(telegram_id=telegram_id).first()


def _is_known(member: Member, kind: str, presence: str, at: datetime) -> bool:
    """This very update, or a later one, was worked already."""
    present, since = getattr(member, f"{kind}_presence"), getattr(member, f"{kind}_presence_at")
    return since is not None and (since > at or (since == at and present == presence))


def _note_inside(member: Member, status: str, at: datetime, *, entered: bool, now: datetime) -> None:
    """The link has served, a ritual at its last stage is completed, and there is one welcome per entry."""
    if not has_access(member, getattr(member, "subscription", None), now=now):
        return _report_inside(member, status, at, now)
    links.revoke_links(member.subscription, now=now)
    ritual.complete_by_join(member, now=now)
    if entered and member.is_reachable:
        shown = screen("access.welcome", name=member.first_name).on("menu_only")
        outbox.say(member.telegram_id, shown, key=f"welcome:{member.pk}:{int(at.timestamp())}", now=now)


def _report_inside(member: Member, status: str, at: datetime, now: datetime) -> None:
    """Inside without access and without an open removal: custodians are told, nobody acts by surprise (M-ACCESS-8)."""
    if status in _STAFF or roles.is_custodian(member):
        return
    if Removal.objects.filter(member=member, channel=Channel.Kind.VIP, state__in=Removal.OPEN).exists():
        return
    told = screen("desk.alarm_inside", visitor=(member.telegram_id, str(member)))
    notices.tell_custodians(told, key=f"inside:{member.pk}:{int(at.timestamp())}", now=now)
