"""gunicorn reads this by itself. Its master checks: workers that end at import are started for ever."""

import os

from django.conf import settings

from lucien import environment

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "lucien.settings")
environment.require()
bind = f"{settings.HOST}:{settings.PORT}"
workers = settings.WEB_CONCURRENCY
graceful_timeout = settings.SHUTDOWN_S
control_socket_disable = True  # nobody here uses it, and the container may write only to /app/data and /tmp
