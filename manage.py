#!/usr/bin/env python
"""The operator's entry: `python manage.py help`."""

import os
import sys

from django.core.exceptions import ImproperlyConfigured
from django.core.management import execute_from_command_line

from lucien import environment


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "lucien.settings")
    if "runbot" in sys.argv and "--sandbox" in sys.argv:
        os.environ[environment.SANDBOX_SWITCH] = "1"  # before settings load: the trial has a database of its own
    try:
        execute_from_command_line(sys.argv)
    except ImproperlyConfigured:
        environment.require("DATABASE_URL")  # with a bad one there is no database at all, never a default (O-ENV-1)
        raise


if __name__ == "__main__":
    main()
