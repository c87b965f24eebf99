"""`manage.py migrate_locked`: migrate, one process at a time (O-MIG-2)."""

from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError

from botcore import locks
from lucien import environment

PATIENCE_S = 120


class Command(BaseCommand):
    help = "Migrate the database under a lock; a second one that starts meanwhile waits up to 120 s."
    requires_migrations_checks = False

    def handle(self, *, verbosity, **options):
        environment.require("DATABASE_URL")
        held = locks.lock(locks.MIGRATION)
        if not locks.wait_for(held, PATIENCE_S):
            raise CommandError("another process has been migrating for more than 120 s")
        try:
            call_command("migrate", interactive=False, verbosity=verbosity)
        finally:
            held.release()
