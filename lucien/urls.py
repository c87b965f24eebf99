"""What the web side answers; `/health` (healthcheck.middleware) and `/webhook` are answered before."""

from django.conf import settings
from django.contrib import admin
from django.urls import include, path

admin.autodiscover()
urlpatterns = [
    path("admin/", admin.site.urls),
]
if settings.SILK_ENABLED:
    urlpatterns.append(path("silk/", include("silk.urls", namespace="silk")))
if settings.SANDBOX:
    urlpatterns.append(path("sandbox/", include("botcore.sandbox.urls")))
