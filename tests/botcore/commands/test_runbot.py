"""What `runbot` refuses before it touches network or database."""

import pytest
from django.core.management import CommandError, call_command


def test_a_mode_that_is_not_served_is_refused(settings):
    """O-ENV-1: exit code 2 and one line that names the variable, rather than another mode in silence."""
    settings.BOT_MODE = "webhook"
    with pytest.raises(CommandError, match="BOT_MODE") as refusal:
        call_command("runbot")
    assert refusal.value.returncode == 2
