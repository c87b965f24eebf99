"""Commands, where they are answered, and how often (M-CMD-1..3, -8..10)."""

import pytest

from botcore.models import Member
from subscriptions.models import InvitationToken
from tests.telegram.people import someone
from tests.telegram.reading import heard

MEMBER_LIST = ["start", "menu", "estado", "enlace", "ayuda"]


def test_command_lists_reach_their_scopes_through_the_outbox(house):
    """M-CMD-1, M-CMD-2: members' list for all private chats, the custodians' own for each; nothing by default."""
    ana, marcos = someone(house, "S3"), house.custodian()
    house.job("commands")
    assert [entry["command"] for entry in ana.commands] == MEMBER_LIST
    assert [entry["command"] for entry in marcos.commands] == ["admin", "cancelar", "ayuda"]
    assert {scope for scope, _ in house.world.commands} == {"all_private_chats", f"chat:{marcos.id}"}
    assert house.refused() == []


def test_a_custodian_unknown_to_telegram_stops_no_other_list(house):
    """M-CMD-2: the refusal is ignored and not repeated for ever."""
    house.job("commands")
    house.wait(hours=1)
    house.settle()
    assert [str(call.error) for call in house.refused()] == ["400 Bad Request: chat not found"]
    assert len(house.world.called("setMyCommands")) == 2


@pytest.mark.parametrize(
    ("texts", "key"),
    [
        (("/estado", "/status", "/estado@LucienSandboxBot", "/estado x"), "start.status"),
        (("/ayuda", "/help"), "start.help_free"),
        (("/enlace", "/link"), "access.none_yet"),
        (("/cancelar", "/cancel"), "common.nothing_to_cancel"),
        (("/menu", "/start"), "start.greeting"),
    ],
)
def test_commands_and_their_aliases(house, texts, key):
    """Commands table: one answer each, the same for the hidden alias."""
    ana = someone(house, "S3")
    for text in texts:
        ana.send(text)
        house.settle()
        assert key in heard(ana.last), text
    assert len(ana.messages) == len(texts)


@pytest.mark.parametrize(
    ("payload", "key", "custodians"),
    [
        ("fila", "queue.none", "queue.none"),
        ("menu", "start.greeting", "start.custodian"),
        ("estado", "start.status", "start.status"),
        ("enlace", "access.none_yet", "access.none_yet"),
    ],
)
def test_reserved_payloads_open_their_screen(house, payload, key, custodians):
    """M-CMD-9: also for a custodian."""
    ana, marcos = someone(house, "S3"), someone(house, "S1")
    ana.start(payload)
    marcos.start(payload)
    house.settle()
    assert key in heard(ana.last)
    assert custodians in heard(marcos.last)


def test_groups_and_channels_hear_nothing(house):
    """M-CMD-3: no command answered, no invitation redeemed; a press gets the alert."""
    group = house.world.channel(id=-1009, title="Tertulia", kind="supergroup")
    ana = someone(house, "S3")
    for text in ("/start", f"/start {house.invitation()}", "/estado@LucienSandboxBot", "hola", "/admin"):
        ana.post(group, text)
    post = ana.post(group, "hola")
    house.settle()
    assert house.world.called("sendMessage") == []
    assert not InvitationToken.objects.get().is_used
    query = ana.press_data("m1:menu", post)
    house.settle()
    assert "common.private_only" in heard(house.world.answers[query]["text"])
    assert ana.messages == []


def test_a_burst_is_slowed_down_once(house):
    """M-CMD-8: burst 8; beyond it one word per minute, then silence; later all is well again."""
    ana = someone(house, "S3")
    for _ in range(20):
        ana.send("hola")
    house.settle()
    slowed = ["common.slow_down" in heard(message) for message in ana.messages]
    assert slowed == [False] * 8 + [True]
    house.wait(seconds=30)
    ana.send("/estado")
    house.settle()
    assert "start.status" in heard(ana.last)


def test_a_burst_of_presses_gets_toasts_and_every_one_an_answer(house):
    """M-CMD-8, M-CMD-4."""
    ana = someone(house, "S3")
    ana.start()
    house.settle()
    house.wait(minutes=1)
    queries = [ana.press_data("m1:help" if n % 2 else "m1:social") for n in range(12)]
    house.settle()
    texts = [house.world.answers[query].get("text", "") for query in queries]
    assert [bool(heard(text) & {"common.slow_down_toast"}) for text in texts] == [False] * 8 + [True] * 4
    assert all(len(house.answers_to(query)) == 1 for query in queries)


def test_invitations_and_join_requests_are_exempt_from_the_throttle(house):
    """M-CMD-8."""
    ana = someone(house, "S3")
    for _ in range(9):
        ana.send("hola")
    ana.start(house.invitation())
    ana.request_to_join(house.free)
    house.settle()
    assert InvitationToken.objects.get().is_used
    assert any("queue.received" in heard(message) for message in ana.messages)


def test_messages_of_the_hours_the_bot_was_away_are_all_served(house):
    """M-CMD-7, M-CMD-8: what was written at a human pace is no burst because it is read at once."""
    ana = someone(house, "S3")
    for _ in range(12):
        ana.send("/estado")
        house.wait(minutes=5)
    house.settle()
    assert len(ana.messages) == 12


def test_the_profile_follows_every_update(house):
    """M-CMD-10: a missing username clears the stored one; a missing name shows as the catalogue's word."""
    ana = someone(house, "S3")
    ana.username, ana.last_name = "ana_luz", "Luz"
    ana.send("/estado")
    house.settle()
    assert (house.member(ana).username, house.member(ana).last_name) == ("ana_luz", "Luz")
    ana.username, ana.first_name = None, "\u202e\u200b"
    ana.send("/menu")
    house.settle()
    member = Member.objects.get(telegram_id=ana.id)
    assert (member.username, member.first_name) == ("", "")
    assert "start.greeting" in heard(ana.last)
    assert "visitante" in ana.last.text
