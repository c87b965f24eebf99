"""The one place that knows who has access to what: membership state and effective role (M-NAME-1)."""

from dataclasses import dataclass
from datetime import datetime
from functools import cached_property

from botcore import config, roles
from botcore.audit import Actor
from botcore.models import Member, Presence
from subscriptions.models import AccessLink, FreeRequest, RoleChange, Subscription

NONE, ACTIVE, GRACE, ENDED = "none", "active", "grace", "ended"
CUSTODIAN, VIP, FREE, VISITOR = "custodian", "vip", "free", "visitor"


def subscription_state(subscription: Subscription | None, *, now: datetime) -> str:
    """`none`, `active` (also exempt), `grace` or `ended`, derived from the dates alone."""
    if subscription is None:
        return NONE
    if subscription.ended_at is not None:
        return ENDED
    if subscription.exempt or now < subscription.expires_at:
        return ACTIVE
    return GRACE if now < subscription.expires_at + config.current().grace else ENDED


def in_time(subscription: Subscription, *, now: datetime) -> bool:
    """Whether the dates alone give access, the exempt flag aside: what makes a sale a renewal (C-STAT)."""
    return subscription.ended_at is None and now < subscription.expires_at + config.current().grace


def paired_stage(state: str, stage: str) -> str:
    """`stage` where it may stand beside the subscription state, else the one it is repaired to (M-NAME-3)."""
    if state == NONE:
        return Subscription.Stage.NONE
    if state == ENDED:
        return stage if stage == Subscription.Stage.COMPLETED else Subscription.Stage.CANCELLED
    unfit = stage in (Subscription.Stage.NONE, Subscription.Stage.CANCELLED)
    return Subscription.Stage.CONFIRMATION if unfit else stage


def has_access(member: Member, subscription: Subscription | None, *, now: datetime) -> bool:
    """Whether the member may enter and stay in VIP: running time or grace or exempt, and not blocked by staff."""
    return member.blocked_at is None and subscription_state(subscription, now=now) in (ACTIVE, GRACE)


def effective_role(member: Member | None, subscription: Subscription | None, *, now: datetime) -> str:
    """custodian > vip (has access) > free (a row exists) > visitor (no row)."""
    if member is None:
        return VISITOR
    if roles.is_custodian(member):
        return CUSTODIAN
    return VIP if has_access(member, subscription, now=now) else FREE


def log_role_change(member: Member, before: str, after: str, *, cause: str, actor: Actor, now: datetime) -> None:
    """Append to the role log when the derived role really changed (M-NAME-2)."""
    if before != after:
        RoleChange.objects.create(
            member=member,
            at=now,
            from_role=before,
            to_role=after,
            cause=cause,
            actor_kind=actor.kind,
            actor_id=actor.id,
        )


def subscription_of(member: Member) -> Subscription | None:
    """The member's subscription row, locked until the end of the transaction where the engine knows locks."""
    return Subscription.objects.select_for_update().filter(member=member).first()


@dataclass(frozen=True)
class Person:
    """What one update needs to know of who sent it; `request` and `link` are looked up by those who ask (in a unit)."""

    member: Member
    subscription: Subscription | None
    now: datetime

    @cached_property
    def request(self) -> FreeRequest | None:
        """The open request for the present Free channel, if any."""
        free = config.current().free
        mine = self.member.free_requests.filter(state__in=FreeRequest.OPEN)
        return mine.filter(chat_id=free.chat_id).first() if free else None

    @cached_property
    def link(self) -> AccessLink | None:
        """The VIP link that is live or being made, if any."""
        return self.subscription and self.subscription.links.filter(state__in=AccessLink.OPEN).first()

    @property
    def state(self) -> str:
        return subscription_state(self.subscription, now=self.now)

    @property
    def is_custodian(self) -> bool:
        return roles.is_custodian(self.member)

    @property
    def is_blocked(self) -> bool:
        """Blocked by staff; a custodian never counts as blocked (M-START S0)."""
        return self.member.blocked_at is not None and not self.is_custodian

    @property
    def has_access(self) -> bool:
        return has_access(self.member, self.subscription, now=self.now)

    @property
    def stage(self) -> str:
        stored = self.subscription.ritual_stage if self.subscription else Subscription.Stage.NONE
        return paired_stage(self.state, stored)

    @property
    def is_inside(self) -> bool:
        return self.member.vip_presence == Presence.IN

    @property
    def in_ritual(self) -> bool:
        """Access is there but the entry ritual is not finished: VIP screens show its stage instead."""
        return self.has_access and self.stage != Subscription.Stage.COMPLETED
