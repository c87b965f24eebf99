from django.conf import settings
from django.core.management.base import BaseCommand

from botcore.management.operator import to_json
from lucien import environment
from lucien.environment import BY_NAME


class Command(BaseCommand):
    help = "Print the configuration in force, where each value comes from, and what is wrong with it (then exit 2)."
    requires_system_checks = ()
    requires_migrations_checks = False

    def add_arguments(self, parser):
        parser.add_argument("--json", action="store_true", help="one JSON object instead of words")

    def handle(self, *, json, **options):
        shown = {name: {"value": _shown(name), "origin": settings.ENV.origins[name]} for name in BY_NAME}
        if json:
            problems = [str(problem) for problem in settings.ENV_PROBLEMS]
            self.stdout.write(to_json({"variables": shown, "warnings": settings.ENV_WARNINGS, "problems": problems}))
        else:
            for name, found in shown.items():
                self.stdout.write(f"{name} = {found['value']}  ({found['origin']})")
            for warning in settings.ENV_WARNINGS:
                self.stdout.write(f"warning: {warning}")
        environment.require()


def _shown(name: str) -> str:
    value = settings.ENV[name]
    if BY_NAME[name].secret:
        return "set" if value not in (None, "") and not settings.ENV.is_bad(name) else "missing"
    if isinstance(value, tuple | list):
        return ",".join(map(str, value))
    return "" if value is None else str(value)
