"""Blocking a person and letting them back (M-BLOCK-1, M-BLOCK-2, C-USER-8). Their time runs on meanwhile."""

from datetime import datetime

from django.db import transaction

from botcore import audit, outbox, roles
from botcore.models import Channel, Member, Presence
from subscriptions import access, brake, links, removals
from subscriptions.free_queue import BLOCKED, REJECT
from subscriptions.models import FreeRequest, Removal, Subscription

REASON_LIMIT = 200


def block_member(
    *, target: Member, by: Member, now: datetime, reason: str = "", actor: audit.Actor | None = None
) -> bool:
    """Bar the person from both channels and from everything Lucien does; False if that was so already.

    `reason` (0–200 characters) is for custodians. Raises NotAllowed for a protected target (C-ACC-3).
    """
    roles.require(by, "members.block")
    with transaction.atomic():
        member = Member.objects.select_for_update(no_key=True).get(pk=target.pk)
        roles.guard_target(by, member)
        if member.blocked_at is not None:
            return False
        subscription, actor = access.subscription_of(member), actor or audit.Actor.custodian(by)
        role = access.effective_role(member, subscription, now=now)
        _write(member, blocked_at=now, blocked_by=by, blocked_reason=reason[:REASON_LIMIT])
        _owe_everywhere(member, Removal.Kind.BAR, removals.BLOCKED, now)
        FreeRequest.objects.filter(member=member, state=FreeRequest.State.PENDING).update(
            decision=REJECT, reason=BLOCKED, way=FreeRequest.Way.BY_HAND, decided_by=by, next_try_at=now
        )
        if subscription:
            links.revoke_links(subscription, now=now)
            outbox.withdraw(brake.topic_of(subscription.pk))
        _log(member, subscription, role, BLOCKED, actor, now)
        audit.record(actor, "block_member", member, member=member)
    return True


def unblock_member(*, target: Member, by: Member, now: datetime, actor: audit.Actor | None = None) -> bool:
    """Lift the bars; with time left a fresh link is sent, not offered (M-BLOCK-2). False if nobody was blocked."""
    roles.require(by, "members.block")
    with transaction.atomic():
        member = Member.objects.select_for_update(no_key=True).get(pk=target.pk)
        if member.blocked_at is None:
            return False
        subscription, actor = access.subscription_of(member), actor or audit.Actor.custodian(by)
        role = access.effective_role(member, subscription, now=now)
        _write(member, blocked_at=None, blocked_by=None, blocked_reason="", refused_at=None)
        _owe_everywhere(member, Removal.Kind.LIFT, removals.UNBLOCKED, now)
        if _leads_back(member, subscription, now):
            links.owe_link(subscription, message_key="lifecycle.link_after_return", now=now)
        _log(member, subscription, role, removals.UNBLOCKED, actor, now)
        audit.record(actor, "unblock_member", member, member=member)
    return True


def _owe_everywhere(member: Member, kind: str, reason: str, now: datetime) -> None:
    for channel in Channel.Kind.values:
        removals.owe_removal(member=member, channel=channel, kind=kind, due_at=now, reason=reason, now=now)


def _leads_back(member: Member, subscription: Subscription | None, now: datetime) -> bool:
    """In mid-ritual the link comes with its third stage."""
    if not access.has_access(member, subscription, now=now) or member.vip_presence == Presence.IN:
        return False
    return subscription.ritual_stage in (Subscription.Stage.DELIVERY, Subscription.Stage.COMPLETED)


def _log(
    member: Member, subscription: Subscription | None, role: str, cause: str, actor: audit.Actor, now: datetime
) -> None:
    after = access.effective_role(member, subscription, now=now)
    access.log_role_change(member, role, after, cause=cause, actor=actor, now=now)


def _write(member: Member, **values: object) -> None:
    for name, value in values.items():
        setattr(member, name, value)
    member.save(update_fields=list(values))
