"""The audit trail: one append-only row per act that changed state, written in the transaction of the act."""

from collections.abc import Mapping
from dataclasses import dataclass

from django.db import models

from botcore import clock
from botcore.models import AuditEntry, Member


@dataclass(frozen=True)
class Actor:
    """Who acts and from where. `id` is the internal key of a member (chat) or of a staff user (web)."""

    kind: str
    surface: str
    id: int | None = None

    @classmethod
    def member(cls, member: Member) -> "Actor":
        return cls(AuditEntry.Actor.MEMBER, AuditEntry.Surface.CHAT, member.pk)

    @classmethod
    def custodian(cls, member: Member) -> "Actor":
        return cls(AuditEntry.Actor.CUSTODIAN, AuditEntry.Surface.CHAT, member.pk)

    @classmethod
    def staff(cls, user_id: int) -> "Actor":
        return cls(AuditEntry.Actor.STAFF, AuditEntry.Surface.WEB, user_id)


JOB = Actor(AuditEntry.Actor.JOB, AuditEntry.Surface.JOB)
SHELL = Actor(AuditEntry.Actor.SYSTEM, AuditEntry.Surface.SHELL)
SYSTEM = Actor(AuditEntry.Actor.SYSTEM, AuditEntry.Surface.JOB)


def record(
    actor: Actor,
    verb: str,
    target: models.Model | None = None,
    *,
    member: Member | None = None,
    before: Mapping[str, object] | None = None,
    after: Mapping[str, object] | None = None,
    operation: str = "",
) -> None:
    """Write one audit row. `before` and `after` hold changed fields only: no secret, no token, no personal value."""
    AuditEntry.objects.create(
        at=clock.now(),
        actor_kind=actor.kind,
        actor_id=actor.id,
        surface=actor.surface,
        verb=verb,
        target_kind=target._meta.model_name if target else "",
        target_id=target.pk if target else None,
        member_id=member.pk if member else None,
        before=dict(before or {}),
        after=dict(after or {}),
        operation=operation,
    )
