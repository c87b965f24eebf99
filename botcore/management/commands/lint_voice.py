"""Reads the whole catalogue as people will and lists what breaks the rules of the voice (voice.md §5)."""

import json
from argparse import ArgumentParser
from dataclasses import asdict
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from botcore import voice
from botcore.voice import coverage
from botcore.voice.linter import Violation, lint


class Command(BaseCommand):
    help = "Check the catalogue of texts: exit 1 on any violation. With keys: only those, and not the code."
    requires_system_checks = ()  # texts need neither a bot nor a database

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("key", nargs="*")
        parser.add_argument("--json", action="store_true", help="one JSON list instead of lines")

    def handle(self, *args: Any, **options: Any) -> None:
        found = _violations(options["key"])
        if options["json"]:
            self.stdout.write(json.dumps([asdict(violation) for violation in found], ensure_ascii=False, indent=2))
        else:
            for violation in found:
                self.stdout.write(_line(violation))
        failures = sum(not violation.warning for violation in found)
        if failures:
            raise CommandError(f"{failures} violations", returncode=1)


def _violations(keys: list[str]) -> list[Violation]:
    catalogue = voice.load().catalogue
    for key in keys:
        if key not in catalogue:
            raise CommandError(f"no such key: {key}")
    found = lint(catalogue, keys)
    if not keys:
        files = list(coverage.source_files(settings.BASE_DIR))
        found += coverage.missing_keys(files, catalogue)
        found += coverage.unused_keys(files, catalogue)
        found += coverage.sentences(settings.BASE_DIR)
    return found


def _line(violation: Violation) -> str:
    mark = " (warning)" if violation.warning else ""
    return f"{violation.key}  variant {violation.variant}  {violation.rule}{mark}  {violation.excerpt}"
