import os
import sys

from django.core.management.base import BaseCommand


class Command(BaseCommand):
    help = "Run the test-suite through pytest; every argument is pytest's."

    def run_from_argv(self, argv: list[str]) -> None:
        # A fresh process: this one has read the operator's settings already, and the suite has its own.
        os.execv(sys.executable, [sys.executable, "-m", "pytest", *argv[2:]])
