"""V-PREV-1, V-PREV-2: what a writer sees."""

from io import StringIO

import pytest
from django.core.management import CommandError, call_command


def preview(*args):
    out = StringIO()
    call_command("preview_voice", *args, stdout=out)
    return out.getvalue()


def test_a_message_shows_all_that_a_writer_needs():
    """V-PREV-1"""
    text = preview("ritual.delivery")
    assert "ritual.delivery · screen · vip · variant 1 of 1 · weight 100" in text
    assert "🎩 **Lucien:**" in text
    assert "hours = 24" in text
    assert "[ Cruzar al Diván ] → ritual.cross" in text


def test_all_variants_or_those_of_an_hour():
    """V-PREV-1"""
    assert preview("start.first_greeting", "--all-variants").count("===") == 9
    at_night = preview("start.first_greeting", "--all-variants", "--at", "22:30")
    assert at_night.count("===") == at_night.count(" · night · ") == 3


def test_names_can_be_tried():
    """V-PREV-1"""
    text = preview("menu.free", "--name", "<b>Eva", "--creator", "Flor", "--seed", "1", "--html")
    assert "&lt;b&gt;Eva" in text
    assert "Flor 🌸" in text


def test_the_same_seed_gives_the_same_words():
    """V-PREV-1"""
    assert preview("menu", "--seed", "5") == preview("menu", "--seed", "5")


def test_worst_case_values():
    """V-PREV-1"""
    assert "𝕎" * 64 in preview("menu.free", "--worst")


def test_a_provider_or_an_audience():
    """V-PREV-1"""
    assert "menu.free" not in preview("ritual", "--list")
    assert "menu.free " not in preview("menu", "--audience", "vip", "--list")


def test_observed_shares():
    """V-PREV-2"""
    lines = preview("menu.free", "--random", "1000", "--seed", "1").strip().splitlines()
    assert len(lines) == 3
    assert all("without history" in line and "with history" in line for line in lines)


def test_an_unknown_target_is_refused():
    """V-PREV-1"""
    with pytest.raises(CommandError, match="no such provider or key"):
        preview("menu.nowhere")
