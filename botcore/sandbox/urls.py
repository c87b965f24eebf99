"""The chat page; these addresses exist in the trial only."""

from django.urls import path

from botcore.sandbox import views

urlpatterns = [
    path("", views.page, name="sandbox"),
    path("state", views.state, name="sandbox-state"),
    path("act", views.act, name="sandbox-act"),
    path("people", views.new_person, name="sandbox-people"),
    path("files/<str:file_id>", views.file, name="sandbox-file"),
]
