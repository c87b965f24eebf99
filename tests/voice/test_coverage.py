"""V-LINT-13, and the whole catalogue under all rules with no ignore list."""

from io import StringIO
from pathlib import Path

import pytest
from django.conf import settings
from django.core.management import CommandError, call_command

from botcore.voice import coverage
from botcore.voice.linter import lint
from tests.voice.house import REAL


def test_the_catalogue_has_no_violation():
    """V-LINT-1..12 over every variant of every key."""
    assert [found for found in lint(REAL) if not found.warning] == []


def test_every_key_named_in_the_code_exists():
    """V-LINT-13"""
    assert coverage.missing_keys(coverage.source_files(settings.BASE_DIR), REAL) == []


def test_every_key_of_the_catalogue_is_used():
    """V-LINT-13"""
    assert coverage.unused_keys(coverage.source_files(settings.BASE_DIR), REAL) == []


def test_no_sentence_lives_in_the_code():
    """V-LINT-13"""
    assert coverage.sentences(settings.BASE_DIR) == []


def source(tmp_path: Path, text: str, place: str = "botcore/telegram/handlers/menus.py") -> list[Path]:
    path = tmp_path / place
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, "utf-8")
    return list(coverage.source_files(tmp_path))


@pytest.mark.parametrize("text", ['say("menu.nowhere")', 'X = "common.nothing_of_the_kind"', '{"desk.none": 1}'])
def test_an_absent_key_is_found(tmp_path, text):
    """V-LINT-13"""
    assert coverage.missing_keys(source(tmp_path, text), REAL)


@pytest.mark.parametrize(
    "text", ['say("menu.free")', '"""menu.nowhere"""', 'f"start.command_{name}"', 'X = "menu.Free"']
)
def test_present_keys_pass(tmp_path, text):
    """V-LINT-13"""
    assert not coverage.missing_keys(source(tmp_path, text), REAL)


def unused(tmp_path, text):
    return {found.key for found in coverage.unused_keys(source(tmp_path, text), REAL)}


def test_a_key_used_nowhere_is_found(tmp_path):
    """V-LINT-13"""
    assert {"menu.vip", "menu.plan_line", "start.command_menu"} & unused(tmp_path, 'say("menu.free")') == {
        "menu.vip", "start.command_menu",
    }  # fmt: skip


def test_named_keys_are_used(tmp_path):
    """V-LINT-13: by a literal, by the fixed part of an f-string, by a variable of another message."""
    text = 'say("menu.vip"); say(f"start.command_{name}")'
    assert not {"menu.vip", "start.command_menu", "invitation.courtesy_price"} & unused(tmp_path, text)


@pytest.mark.parametrize("text", ['say("Mañana")', 'say("<b>Hola</b>")', 'say(f"¿{x}?")'])
def test_a_sentence_in_the_code_is_found(tmp_path, text):
    """V-LINT-13"""
    source(tmp_path, text)
    assert coverage.sentences(tmp_path)


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ('say("menu.free")', "botcore/telegram/handlers/menus.py"),
        ('"""Mañana."""', "subscriptions/ritual.py"),
        ('name = "membresía"', "subscriptions/models.py"),
        ("# mañana", "content/jobs.py"),
    ],
)
def test_quiet_code_passes(tmp_path, text, place):
    """V-LINT-13"""
    source(tmp_path, text, place)
    assert not coverage.sentences(tmp_path)


def test_lint_voice_fails_on_an_unknown_key():
    """V-LINT: the command names what it cannot find."""
    with pytest.raises(CommandError, match="no such key"):
        call_command("lint_voice", "menu.nowhere")


def test_lint_voice_passes_on_a_clean_key():
    """V-LINT"""
    out = StringIO()
    call_command("lint_voice", "ritual.delivery", "--json", stdout=out)
    assert out.getvalue().strip() == "[]"
