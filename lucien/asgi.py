"""The entry of the web tier: `gunicorn lucien.asgi:application -k uvicorn_worker.UvicornWorker`."""

import os

from django.core.asgi import get_asgi_application

from lucien import environment

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "lucien.settings")
environment.require()
application = get_asgi_application()
