"""One-use confirmations (C-FLOW-6): the first press wins, every later one shows the present result."""

import secrets
from datetime import datetime

from botcore import limits
from botcore.exceptions import Gone, Refused
from botcore.models import Member, Operation


def offer(member: Member, act: str, arguments: dict, *, now: datetime) -> str:
    """Prepare an act for confirmation; returns the code its button carries (11 characters, 15 minutes valid)."""
    code = secrets.token_urlsafe(8)
    Operation.objects.create(
        code=code, member=member, act=act, arguments=arguments, created_at=now, expires_at=now + limits.OPERATION_VALID
    )
    return code


def take(member: Member, act: str, code: str, *, now: datetime) -> tuple[Operation, bool]:
    """Claim a confirmation inside the transaction of its act; (operation, True) for the first press only.

    Raises Gone for a code that is foreign, of another act or unknown, Refused("desk.operation_lapsed") past 15 minutes.
    """
    operation = Operation.objects.filter(code=code, member=member, act=act).first()
    if operation is None:
        raise Gone()
    unused = Operation.objects.filter(pk=operation.pk, used_at=None)
    if operation.used_at is None and operation.expires_at <= now:
        raise Refused("desk.operation_lapsed")
    won = unused.update(used_at=now) == 1
    if not won:
        operation.refresh_from_db()
    return operation, won


def arguments_of(member: Member, act: str, code: str) -> dict | None:
    """What a confirmation was prepared with, also a lapsed one; None for a code that is foreign or of another act."""
    return Operation.objects.filter(code=code, member=member, act=act).values_list("arguments", flat=True).first()


def note_result(operation: Operation, result: dict) -> None:
    """Keep what the act brought about, so that a later press can show it."""
    Operation.objects.filter(pk=operation.pk).update(result=result)
