"""What is thrown away in time (M-JOBS-8): finished Free requests and dead links. Tokens, ledgers and logs never are."""

from datetime import datetime

from django.db.models import QuerySet

from botcore import limits
from subscriptions.models import AccessLink, FreeRequest

IMPORTED = "imported"


def clean_up(*, now: datetime, limit: int) -> int:
    """Delete up to `limit` rows of each kind that are past their time; returns how many. Call it until it returns 0."""
    finished = FreeRequest.objects.exclude(state__in=FreeRequest.OPEN).exclude(reason=IMPORTED)
    requests = finished.filter(decided_at__lt=now - limits.FINISHED_REQUESTS_KEPT)
    dead = AccessLink.objects.filter(state=AccessLink.State.DEAD, issued_at__lt=now - limits.DEAD_LINKS_KEPT)
    return _delete(requests, limit) + _delete(dead, limit)


def _delete(rows: QuerySet, limit: int) -> int:
    some = list(rows.order_by("pk").values_list("pk", flat=True)[:limit])
    return rows.model.objects.filter(pk__in=some).delete()[1].get(rows.model._meta.label, 0)
