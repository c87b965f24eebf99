"""The chat page of the trial. Async throughout: the world belongs to the event loop, which is also the web's."""

import json
import zlib
from typing import Any

from django.core.serializers.json import DjangoJSONEncoder
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.views.decorators.csrf import ensure_csrf_cookie
from django.views.decorators.http import require_GET, require_POST

from botcore.sandbox import ApiError, house, scene
from botcore.sandbox.house import Trial
from botcore.sandbox.people import NotPossible, Person


@require_GET
@ensure_csrf_cookie
async def page(request: HttpRequest) -> HttpResponse:
    return render(request, "sandbox/page.html", {"invitation": _trial().invitation})


@require_GET
async def state(request: HttpRequest) -> JsonResponse:
    """What the person sees now; only the version where that is the one the page already shows."""
    trial = _trial()
    person = _person(trial, request.GET.get("person"))
    shown = scene.show(trial.world, person) | {"people": scene.people(trial.world, trial.notes)}
    version = str(zlib.crc32(json.dumps(shown, cls=DjangoJSONEncoder).encode()))
    if request.GET.get("version") == version:
        return _json({"version": version})
    return _json(shown | {"version": version})


@require_POST
async def act(request: HttpRequest) -> JsonResponse:
    """One act of one person, as `scene.ACTS` names them; 409 for what Telegram's apps would not let that person do."""
    trial = _trial()
    try:
        order = json.loads(request.body)
        done = scene.act(trial.world, _person(trial, order["person"]), order)
    except NotPossible as error:
        return _json({"error": str(error)}, status=409)
    except (KeyError, TypeError, ValueError):
        return _json({"error": "that makes no sense"}, status=400)
    return _json(done)


@require_POST
async def new_person(request: HttpRequest) -> JsonResponse:
    try:
        person = scene.add_person(_trial().world, json.loads(request.body)["name"])
    except (KeyError, TypeError, ValueError, AttributeError):
        return _json({"error": "a person needs a name"}, status=400)
    return _json({"id": person.id})


@require_GET
async def file(request: HttpRequest, file_id: str) -> HttpResponse:
    """A document the bot sent, to look into."""
    try:
        stored = _trial().world.files.get(file_id)
    except ApiError as error:
        raise Http404 from error
    return HttpResponse(stored.content, content_type="text/plain; charset=utf-8")


def _trial() -> Trial:
    if house.trial is None:
        raise Http404("no trial is running in this process")
    return house.trial


def _person(trial: Trial, id: Any) -> Person:
    try:
        return trial.world.people[int(id)]
    except (KeyError, TypeError, ValueError):
        return next(iter(trial.world.people.values()))


def _json(body: dict[str, Any], status: int = 200) -> JsonResponse:
    return JsonResponse(body, status=status, headers={"Cache-Control": "no-store"})
