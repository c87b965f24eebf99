"""What all operator commands share: `--json`, the exit codes, and how a refusal of the domain is told."""

import json
from html import unescape
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.core.serializers.json import DjangoJSONEncoder
from django.utils.html import strip_tags

from botcore import voice
from botcore.exceptions import Refused
from lucien import environment


class OperatorCommand(BaseCommand):
    """Exit 0 done, 1 refused (the reason on stderr), 2 usage or configuration. Subclasses write `work`."""

    needs: tuple[str, ...] = ("DATABASE_URL",)
    requires_migrations_checks = False

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--json", action="store_true", help="one JSON object instead of words")

    def handle(self, *args: Any, **options: Any) -> None:
        environment.require(*self.needs)
        self.as_json = options.pop("json", False)
        try:
            self.work(**options)
        except Refused as refusal:
            raise CommandError(reason_of(refusal), returncode=1) from None

    def work(self, **options: Any) -> None:
        """The command itself; raises Refused or CommandError."""
        raise NotImplementedError

    def tell(self, words: str, **facts: object) -> None:
        """Print what was done: `words`, or `facts` with --json."""
        self.stdout.write(to_json(facts) if self.as_json else words)


def to_json(facts: object) -> str:
    return json.dumps(facts, cls=DjangoJSONEncoder, ensure_ascii=False)


def reason_of(refusal: Refused) -> str:
    """The refusal as the chat would say it, without markup."""
    return unescape(strip_tags(voice.render(refusal.key, **refusal.values)))
