"""Bad input (members.md §11): every row answered exactly as stated, never echoed, never an error at Telegram."""

import pytest

from botcore.models import Inbox, Member
from botcore.sandbox.errors import ApiError
from subscriptions import screens
from tests.telegram.people import someone
from tests.telegram.reading import heard

MEDIA = {
    "sticker": lambda p: p.send_sticker(),
    "photo": lambda p: p.send_photo("con texto"),
    "voice": lambda p: p.send_voice(),
    "video": lambda p: p.send_video(),
    "animation": lambda p: p.send_animation(),
    "audio": lambda p: p.send_audio(),
    "document": lambda p: p.send_document(),
    "contact": lambda p: p.send_contact(),
    "location": lambda p: p.send_location(),
    "poll": lambda p: p.send_poll(),
    "dice": lambda p: p.send_dice(),
    "album": lambda p: p.send_album(5, "con texto"),
}
HOSTILE = ["<b>&amp;\"'</i>", "\u202eevil\u202c", "💀" * 64, "\u200b", "a\x00\n\tb", "{name}", "<a href='x'>", "&lt;"]


def answered(house, person, act) -> set[str]:
    """Do `act`; the keys of the one answer it must get."""
    shown = len(person.messages)
    act(person)
    house.settle()
    house.wait(seconds=10)
    (answer,) = person.messages[shown:]
    return heard(answer)


def test_everything_that_is_no_text_gets_one_answer(house):
    """§11: an album one in all; a custodian is pointed to the panel instead."""
    ana, marcos = someone(house, "S3"), someone(house, "S1")
    for name, act in MEDIA.items():
        assert "common.unsupported_media" in answered(house, ana, act), name
        assert ana.last.labels == ["🏠 Abrir el menú"]
        assert "desk.pointer" in answered(house, marcos, act), name
    assert house.refused() == []


@pytest.mark.parametrize(
    "text", ["hola", "x" * 4096, "<b>", "💀" * 2000, "https://t.me/+abc", "123", "/ start", "a\nb", "start", "¿/start?"]
)
def test_text_is_answered_and_never_echoed(house, text):
    """§11: text that is no command, huge text."""
    ana, marcos = someone(house, "S3"), someone(house, "S1")
    assert "common.unknown_text" in answered(house, ana, lambda p: p.send(text)) or text.startswith("/")
    assert text not in ana.last.text or len(text) < 5
    assert answered(house, marcos, lambda p: p.send(text)) & {"desk.pointer", "common.unknown_command"}
    assert house.refused() == []


def test_unknown_commands_and_those_of_others(house):
    """§11: points to /ayuda; a custodian's command is refused (C-ACC-6)."""
    ana = someone(house, "S3")
    for text in ("/nada", "/Start2", "/", "/menu2 x", "/ñ", "/nada@LucienSandboxBot"):
        assert "common.unknown_command" in answered(house, ana, lambda p, text=text: p.send(text)), text
        assert "/ayuda" in ana.last.text
    assert "desk.refused_command" in answered(house, ana, lambda p: p.send("/admin"))


def test_edits_reactions_and_service_messages_are_ignored(house):
    """§11."""
    ana = someone(house, "S3")
    message = ana.send("hola")
    house.settle()
    shown = len(ana.messages)
    ana.edit(message, "/start")
    ana.react(ana.last, "👍")
    for service in ({"pinned_message": message.body}, {"new_chat_title": "x"}, {"write_access_allowed": {}}):
        content = {"message_id": 99, "date": 1, "chat": ana.chat.as_json(), "from": ana.as_json()}
        house.world.emit("message", content | service, ana)
    house.settle()
    assert len(ana.messages) == shown
    assert not Inbox.objects.exclude(state="done").exists()


def test_an_unreadable_update_is_a_dead_letter_and_stops_nobody(house):
    """§11: stored, alarm, later updates unaffected, also of the same person."""
    marcos, ana = someone(house, "S1"), someone(house, "S3")
    for number, broken in enumerate(({"message": {"from": {"id": ana.id}}}, {"message": 7}, {"callback_query": {}})):
        house.deliver({"update_id": 5_000 + number} | broken)
    assert "common.unknown_text" in answered(house, ana, lambda p: p.send("hola"))
    assert Inbox.objects.filter(state="dead").count() == 3
    assert sum("desk.alarm_dead_letter" in heard(message) for message in marcos.messages) == 1


@pytest.mark.parametrize("act", ["text", "press"])
def test_a_failing_handler_is_retried_then_told_once(house, monkeypatch, act):
    """§11: rolled back, tried three times, one word with a reference, dead letter; then business as usual."""
    ana = someone(house, "S3")
    ana.start()
    house.settle()
    shown, tries = len(ana.messages), []
    monkeypatch.setattr(screens, "with_contact", lambda screen: tries.append(screen) or 1 / 0)
    query = ana.press_data("m1:circle") if act == "press" else ana.send("/ayuda") and None
    house.settle()
    assert len(tries) == 3
    assert "common.trouble" in heard(ana.last)
    assert len(ana.messages) == shown + 1
    assert Inbox.objects.filter(state="dead").count() == 1
    if query:
        assert [call.error for call in house.answers_to(query)] == [None]
    monkeypatch.undo()
    assert "start.help_free" in answered(house, ana, lambda p: p.send("/ayuda"))


def test_a_failure_that_passes_is_not_told(house, monkeypatch):
    """§11: the second try succeeds; one answer, nothing else."""
    ana = someone(house, "S3")
    house.world.fail("sendMessage", ApiError(400, "Bad Request: SOMETHING_NEW"))
    assert "common.unknown_text" in answered(house, ana, lambda p: p.send("hola"))
    assert Inbox.objects.get().tries == 1


def test_a_direct_answer_waits_out_the_weather(house):
    """§11: nothing is lost; owed through the outbox and sent later."""
    ana = someone(house, "S3")
    house.world.fail("sendMessage", OSError("weather"))
    ana.send("/estado")
    house.live(seconds=20)
    assert "start.status" in heard(ana.last)
    assert len(ana.messages) == 1


def test_hostile_names_on_every_screen(house):
    """§11: escaped, cut, control characters removed, on the answers of every state and to custodians."""
    marcos, states = someone(house, "S1"), ("S3", "S4", "S7 in", "S10 out")
    for number, (name, state) in enumerate(zip(HOSTILE, states * 2, strict=True)):
        person = someone(house, state, id=600 + number, first_name=name)
        person.last_name, person.username = name, None
        for text in ("/start", "/estado", "hola", f"/start {house.invitation()}"):
            person.send(text)
            house.settle()
            house.wait(seconds=5)
    assert len(marcos.messages) == len(HOSTILE)
    assert house.refused() == []
    assert not Inbox.objects.exclude(state="done").exists()
    assert not any(
        set("\u202e\u200b\x00") & set(stored) for stored in Member.objects.values_list("first_name", flat=True)
    )


def test_the_very_largest_person_is_served(house):
    """§11: 52-bit ids."""
    ana = house.person(2**52 - 1, "Ana")
    ana.start()
    house.settle()
    assert "start.first_greeting" in heard(ana.last)
