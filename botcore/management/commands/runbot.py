"""`manage.py runbot`: the whole system in one process."""

import asyncio
import logging
import sys

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.utils.module_loading import import_string

from botcore import logs
from botcore.telegram.factory import make_bot
from botcore.telegram.process import CONFIGURATION, Process
from lucien import __version__, environment

log = logging.getLogger(__name__)


class Command(BaseCommand):
    help = "Run Lucien: ingress, lanes, sender, jobs and, unless --no-web, the web part on $PORT."
    requires_system_checks = ()
    requires_migrations_checks = False

    def add_arguments(self, parser):
        parser.add_argument("--no-web", action="store_true", help="without the web part (bot tier)")
        parser.add_argument("--sandbox", action="store_true", help="a trial without Telegram, in a throw-away database")

    def handle(self, *, no_web, sandbox, **options):
        environment.require()
        if settings.BOT_MODE != "polling":
            raise CommandError("BOT_MODE: this version receives updates by polling alone", returncode=CONFIGURATION)
        logs.set_up()
        for warning in settings.ENV_WARNINGS:
            log.warning(warning)
        log.info(
            "Lucien %s, %s, %s",
            __version__,
            settings.BOT_MODE,
            settings.DATABASES["default"]["ENGINE"].rpartition(".")[2],
        )
        sys.exit(asyncio.run(self._run(no_web=no_web, sandbox=sandbox)))

    async def _run(self, *, no_web, sandbox):
        app = None if no_web else import_string("lucien.asgi.application")
        if sandbox:
            from botcore.sandbox.house import run_sandbox

            return await run_sandbox(app, version=__version__)
        return await Process(make_bot(), app, version=__version__).run()
