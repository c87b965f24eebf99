"""Connecting or replacing a channel, with what that means for those who have business there (C-CHAN-6)."""

from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from botcore import audit, channels, config
from botcore.channels import Connection, ProbeFacts
from botcore.models import Channel, Member, Presence
from subscriptions import links
from subscriptions.models import AccessLink, FreeRequest, Removal, Subscription, VipRequest

Stage = Subscription.Stage


@dataclass(frozen=True)
class Stakes:
    """What hangs on the channels: subscriptions with access, open personal links, pending Free requests."""

    subscriptions: int
    links: int
    requests: int


def stakes(*, now: datetime) -> Stakes:
    """The counts a custodian reads before replacing a channel."""
    return Stakes(
        _with_access(now).count(),
        AccessLink.objects.filter(state__in=links.OPEN).count(),
        FreeRequest.objects.filter(state__in=FreeRequest.OPEN).count(),
    )


def change_channel(
    *, kind: str, facts: ProbeFacts, actor: audit.Actor, now: datetime, tell: bool = False, check: bool = True
) -> Connection:
    """Connect the chat as `kind`; replacing another one revokes its personal links and forgets who was inside.

    With `tell` every subscriber past the ritual is owed a link to the new VIP channel. Pending Free requests keep
    their own chat. Raises Refused as `channels.connect_channel`.
    """
    with transaction.atomic():
        connection = channels.connect_channel(kind=kind, facts=facts, actor=actor, now=now, check=check)
        if connection.replaced is not None:
            _forget_presence(kind)
        if connection.replaced is not None and kind == Channel.Kind.VIP:
            _replace_links(now, tell=tell)
    return connection


def owed_through(kind: str) -> int:
    """How many obligations wait for calls in the channel: what resumes when rights are back (C-NOTE-2)."""
    owed = Removal.objects.filter(channel=kind, state__in=[Removal.State.DUE, Removal.State.CLAIMED]).count()
    if kind == Channel.Kind.FREE:
        return owed + FreeRequest.objects.filter(state__in=FreeRequest.OPEN).count()
    unmade = AccessLink.objects.filter(state__in=[AccessLink.State.ISSUING, AccessLink.State.REVOKING])
    return owed + unmade.count() + VipRequest.objects.filter(state__in=VipRequest.OPEN).count()


def _forget_presence(kind: str) -> None:
    """Nobody is known to be inside a channel that is new to us."""
    field = f"{kind}_presence"
    Member.objects.exclude(**{field: Presence.UNKNOWN}).update(**{field: Presence.UNKNOWN, f"{field}_at": None})


def _replace_links(now: datetime, *, tell: bool) -> None:
    holders = Subscription.objects.filter(links__state__in=links.OPEN).distinct()
    for subscription in holders:
        links.revoke_links(subscription, now=now)
    if tell:
        for subscription in _with_access(now).filter(ritual_stage__in=[Stage.DELIVERY, Stage.COMPLETED]):
            links.owe_link(subscription, message_key="access.link", now=now)


def _with_access(now: datetime):
    running = Subscription.objects.filter(ended_at=None, member__blocked_at=None)
    in_time = running.filter(expires_at__gt=now - config.current().grace)
    return in_time | running.filter(exempt=True)
