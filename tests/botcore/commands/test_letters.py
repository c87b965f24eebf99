"""manage.py inbox and outbox: list, replay, drop dead letters."""

import pytest
from django.core.management.base import CommandError

from botcore import clock
from botcore.models import AuditEntry, Inbox, Outbox

TOKEN = "abcdEFGHijklMNOP"
LINK = "https://t.me/+s3cretSECRETs3cr"


@pytest.fixture
def dead_update(db):
    raw = f'{{"update_id": 7, "message": {{"text": "/start {TOKEN}"}}}}'
    return Inbox.objects.create(update_id=7, lane=501, raw=raw, state="dead", tries=3, done_at=clock.now())


@pytest.fixture
def dead_call(db):
    return Outbox.objects.create(key="u7:0", chat_id=501, text=LINK, state="failed", tries=5, done_at=clock.now())


def test_dead_letters_are_listed_masked(run, dead_update, dead_call):
    """O-PROC-6: invitations and personal links are masked."""
    shown = run("inbox").out + run("outbox", "list").out
    assert "abcd…" in shown
    assert TOKEN not in shown
    assert LINK not in shown


def test_the_list_as_json(run, dead_update):
    """`--json`: one object; other states on demand."""
    assert [row["update_id"] for row in run("inbox", "--json").json["rows"]] == [7]
    assert run("inbox", "list", "--state", "new", "--json").json == {"rows": []}


@pytest.mark.parametrize(("act", "state"), [("replay", "new"), ("drop", "done")])
def test_an_update_is_decided(run, dead_update, act, state):
    """O-PROC-6, with an audit row of surface shell."""
    assert run("inbox", act, "7", "--json").json["done"] == 1
    assert Inbox.objects.get().state == state
    assert AuditEntry.objects.get(verb=f"{act}_update").surface == "shell"


@pytest.mark.parametrize(("act", "state"), [("replay", "pending"), ("drop", "dropped")])
def test_a_call_is_decided(run, dead_call, act, state):
    """The same for what could not be sent; `--all` takes every dead letter."""
    run("outbox", act, "--all")
    assert Outbox.objects.get().state == state
    assert AuditEntry.objects.get(verb=f"{act}_message").surface == "shell"


def test_what_was_emptied_for_secrecy_is_not_said_again(run, dead_call):
    """C-TOKEN-4: a stored copy without its text would arrive empty."""
    Outbox.objects.update(secret=True, text="")
    with pytest.raises(CommandError) as caught:
        run("outbox", "replay", str(dead_call.pk))
    assert (caught.value.returncode, Outbox.objects.get().state) == (1, "failed")


def test_only_dead_letters_are_replayed(run, dead_update):
    """A worked update must not act twice."""
    Inbox.objects.update(state="done")
    with pytest.raises(CommandError) as caught:
        run("inbox", "replay", "7")
    assert (caught.value.returncode, Inbox.objects.get().state) == (1, "done")


@pytest.mark.parametrize("arguments", [("inbox", "replay"), ("outbox", "drop", "1", "--all")])
def test_saying_nothing_or_both_is_bad_usage(run, arguments):
    """Exit 2."""
    with pytest.raises(CommandError) as caught:
        run(*arguments)
    assert caught.value.returncode == 2
