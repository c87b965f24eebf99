from dataclasses import asdict

from django.core.management.base import BaseCommand, CommandError

from botcore.management import diagnosis
from botcore.management.operator import to_json

MARKS = {diagnosis.GREEN: "✓", diagnosis.AMBER: "!", diagnosis.RED: "✗"}


class Command(BaseCommand):
    help = "Look at everything Lucien stands on, one line each, with the remedy. Exit 1 if anything is red."
    requires_system_checks = ()
    requires_migrations_checks = False

    def add_arguments(self, parser):
        parser.add_argument("--json", action="store_true", help="one JSON object instead of words")

    def handle(self, *, json, **options):
        findings = []
        for finding in diagnosis.examine():
            findings.append(finding)
            if not json:
                self.stdout.write(line(finding))
        red = sum(finding.status == diagnosis.RED for finding in findings)
        if json:
            self.stdout.write(to_json({"ok": not red, "findings": [asdict(finding) for finding in findings]}))
        if red:
            raise CommandError(f"{red} to be mended", returncode=1)


def line(finding: diagnosis.Finding) -> str:
    remedy = f"  → {finding.remedy}" if finding.remedy else ""
    return f"{MARKS[finding.status]} {finding.check}: {finding.detail}{remedy}"
