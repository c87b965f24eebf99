"""The addresses of the trial, which the tests' own settings do not have."""

from django.urls import include, path

urlpatterns = [path("sandbox/", include("botcore.sandbox.urls"))]
