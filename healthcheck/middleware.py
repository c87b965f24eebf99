"""Health answers come before every other middleware: whatever the Host header says, without redirect or session."""

from asgiref.sync import async_to_sync, iscoroutinefunction
from django.utils.decorators import sync_and_async_middleware

from healthcheck import views

VIEWS = {"/health": views.health, "/health/live": views.live}


@sync_and_async_middleware
def answer_health(get_response):
    """Must stand first in MIDDLEWARE: CommonMiddleware refuses a wrong host, SecurityMiddleware redirects to TLS."""
    if iscoroutinefunction(get_response):

        async def middleware(request):
            view = VIEWS.get(request.path_info)
            return await view(request) if view else await get_response(request)
    else:

        def middleware(request):
            view = VIEWS.get(request.path_info)
            return async_to_sync(view)(request) if view else get_response(request)

    return middleware
