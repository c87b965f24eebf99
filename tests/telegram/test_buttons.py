"""Presses: all are answered, old and foreign ones too, in the message they sit in where that works (M-CMD-4..7)."""

import pytest

from botcore.models import Inbox
from botcore.sandbox.contents import medium_json
from botcore.sandbox.errors import ApiError
from botcore.sandbox.people import INACCESSIBLE, INLINE
from tests.telegram.people import someone
from tests.telegram.reading import heard

NONSENSE = [
    "", "x", ":", "m1", "m1:", "m1:nowhere", "m1:menu:more", "m0:menu", "m2:menu", "menu", "r1:completed", "r1:none",
    "r1:", "l1:perhaps", "a1:", "i1:one:two", "c1:plan", "b1:x:ask", "🌸" * 16, "a" * 64, "../../etc", "%00", "m1:MENU",
]  # fmt: skip
HUGE = "9" * 30
FOREIGN = [
    "p1:home", "p1:plan:1", f"p1:plan:{HUGE}", f"p1:brake:{HUGE}", "p1:brake:-1", f"b1:{HUGE}:ask:1", "b1:7:proceed:1",
    f"b1:7:list:{HUGE}", f"t1:{HUGE}", f"h2:{HUGE}:vip", f"e1:{HUGE}:name", "c1:create_plan:AAAAAAAAAAA",
    "k1:create_plan:AAAAAAAAAAA", "c1:nothing:x", "k1:nothing:x", f"i1:{HUGE}:{HUGE}", f"p1:plans:0:{HUGE}",
    f"p1:vip:{HUGE}", "f1:page:x", f"f1:page:{HUGE}", "h1:vip:explode", "p1:nowhere", "p1:home:x", "b1:1:explode:1",
]  # fmt: skip


@pytest.fixture
def ana(house):
    """A Free member who has just been shown the menu."""
    ana = someone(house, "S3")
    ana.start()
    house.settle()
    return ana


def press(house, person, data, message=None):
    """One press, worked; returns the text of its one answer."""
    query = person.press_data(data, message)
    house.settle()
    house.wait(seconds=2)
    (answer,) = house.answers_to(query)
    return answer.params.get("text", "")


def test_nonsense_is_a_stale_button(house, ana):
    """M-CMD-5, §11: unknown, malformed or outdated data: the alert, and the present screen in the same message."""
    for data in NONSENSE:
        assert "common.stale_button" in heard(press(house, ana, data)), data
        assert "start.greeting" in heard(ana.last)
    assert len(ana.messages) == 1
    assert house.refused() == []


def test_a_press_without_data_is_stale_too(house, ana):
    """M-CMD-5: a game's button carries none."""
    query = ana.press_data("x")
    update = house.world.take_updates()[-1]
    del update["callback_query"]["data"]
    house.deliver(update)
    assert "common.stale_button" in heard(house.world.answers[query]["text"])


def test_foreign_and_huge_ids_reach_nobody(house, ana):
    """§11: custodians' data from a member, numbers out of range: answered, nothing shown, nothing broken."""
    for data in FOREIGN:
        press(house, ana, data)
        house.wait(minutes=1)
    assert len(ana.messages) == 1
    assert house.refused() == []


def test_a_custodian_with_hostile_data_is_answered(house):
    """§11: ids out of range, unknown acts and codes: a word in character, no failed update."""
    marcos = someone(house, "S1")
    marcos.start()
    house.settle()
    for data in FOREIGN:
        press(house, marcos, data)
    assert not Inbox.objects.exclude(state="done").exists()
    assert not any("common.trouble" in heard(message) for message in marcos.messages)


def test_a_screen_replaces_the_one_it_was_called_from(house, ana):
    """M-CMD-6: the same message, edited; pressed again "not modified" is success."""
    for data in ("m1:social", "m1:social", "m1:menu"):
        assert press(house, ana, data) == ""
    assert len(ana.messages) == 1
    assert "menu.free" in heard(ana.last)
    assert house.refused() == []


@pytest.mark.parametrize("where", ["deleted", "locked", INACCESSIBLE, "media"])
def test_what_cannot_be_edited_is_replaced_by_a_new_message(house, ana, where):
    """M-CMD-6, §11: deleted, not editable, inaccessible, with media."""
    message = ana.last
    if where == "deleted":
        del ana.chat.messages[message.id]
    if where == "locked":
        house.world.fail("editMessageText", ApiError(400, "Bad Request: message can't be edited"))
    if where == "media":
        photo = medium_json(house.world.files.add("photo", "foto.jpg", b"photo"))
        message = house.world.add_message(ana.chat, house.world.bot, photo, by_bot=True)
    press(house, ana, "m1:help", INACCESSIBLE if where == INACCESSIBLE else message)
    assert "start.help_free" in heard(ana.last)
    assert ana.last.id != message.id
    assert len(house.world.called("sendMessage")) == 2


def test_a_message_deleted_while_the_press_is_under_way(house, ana):
    """M-CMD-6: "message to edit not found" also where a use case answers through the outbox."""
    bea = someone(house, "S4", id=502)
    bea.start()
    house.settle()
    message = bea.last
    bea.press(message, "Avanzar por el corredor")
    ana.press(ana.last, "m1:help")
    del bea.chat.messages[message.id], ana.chat.messages[ana.last.id]
    house.settle()
    assert "ritual.alignment" in heard(bea.last)
    assert "start.help_free" in heard(ana.last)


def test_a_press_without_message_is_for_private_only(house, ana):
    """§11: inline."""
    assert "common.private_only" in heard(press(house, ana, "m1:menu", INLINE))
    assert len(ana.messages) == 1


def test_a_press_that_waited_long_is_done_and_answered_afresh(house):
    """M-CMD-7: over 10 minutes in the inbox, for screens and for changes of state alike."""
    ana, bea = someone(house, "S3"), someone(house, "S4", id=502)
    for person in (ana, bea):
        person.start()
    house.settle()
    ana.press(ana.last, "m1:help")
    bea.press(bea.last, "Avanzar por el corredor")
    house.fetch()
    house.wait(minutes=11)
    house.settle()
    assert [len(person.messages) for person in (ana, bea)] == [2, 2]
    assert "start.help_free" in heard(ana.last)
    assert "ritual.alignment" in heard(bea.last)


def test_an_answer_refused_as_too_old_is_no_error(house):
    """M-CMD-7: the press is executed, its words come as a fresh message, nothing is tried again."""
    ana, bea = someone(house, "S3"), someone(house, "S4", id=502)
    for person in (ana, bea):
        person.start()
    house.settle()
    ana.press_data("m1:membership", ana.last)
    bea.press(bea.last, "Avanzar por el corredor")
    house.wait(minutes=20)
    house.settle()
    assert any("common.vip_only" in heard(message) for message in ana.messages)
    assert "menu.free" in heard(ana.last)
    assert "ritual.alignment" in heard(bea.last)
    assert len(house.world.called("answerCallbackQuery")) == 2


def test_the_same_update_twice_has_one_effect(house, ana):
    """M-CMD-7, §11: messages and presses, also after a restart."""
    ana.press(ana.last, "m1:social")
    ana.send("hola")
    house.settle()
    made = len(house.world.calls)
    for update in list(house.world.queue.recent):
        house.deliver(update)
    house.restart()
    for update in reversed(house.world.queue.recent):
        house.deliver(update)
    assert [call.method for call in list(house.world.calls)[made:] if call.method not in ("getUpdates", "getMe")] == []


def test_presses_are_answered_before_slow_work(house, ana):
    """M-CMD-4: within a second although Telegram takes its time with the edit."""
    house.world.fail("editMessageText", 5.0)
    asked = house.now().timestamp()
    query = ana.press(ana.last, "m1:help")
    house.settle()
    (answer,) = house.answers_to(query)
    assert answer.at - asked < 1 + 1  # settle() itself lets a second pass first
    assert "start.help_free" in heard(ana.last)


def test_page_indicators_answer_with_a_toast(house, ana):
    """M-CMD-5."""
    query = ana.press_data("i1:2:5")
    house.settle()
    assert "2" in house.world.answers[query]["text"]
    assert not house.world.answers[query].get("show_alert")


def test_answers_queue_up_behind_those_that_wait(house, ana):
    """M-TOKEN-8: while earlier answers are still on their way, a later one does not overtake them."""
    house.world.fail("sendMessage", OSError("weather"))
    ana.start(house.invitation())
    ana.send("hola")
    house.live(seconds=30)
    said = [heard(message) for message in ana.messages[1:]]
    assert ["invitation.receipt" in said[0], "ritual.confirmation" in said[1], "common.unknown_text" in said[2]] == [
        True, True, True,
    ]  # fmt: skip
