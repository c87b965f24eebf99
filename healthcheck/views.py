"""What the platform asks: is it alive, is it healthy (operations.md §5)."""

from django.http import HttpRequest, JsonResponse
from django.views.decorators.http import require_safe

from healthcheck import report

_NO_STORE = {"Cache-Control": "no-store"}


@require_safe
async def health(request: HttpRequest) -> JsonResponse:
    """The report; 503 while unhealthy or stopping, else 200 (O-HEALTH-1)."""
    found = await report.current()
    bad = found["status"] in (report.UNHEALTHY, report.STOPPING)
    return JsonResponse(found, status=503 if bad else 200, headers=_NO_STORE)


@require_safe
async def live(request: HttpRequest) -> JsonResponse:
    """The loop turns; asks nothing of any dependency (O-HEALTH-3)."""
    return JsonResponse({"status": "alive"}, headers=_NO_STORE)
