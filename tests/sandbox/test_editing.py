"""Edits, deletions, reactions and answers to button presses."""

import pytest

from tests.sandbox.conftest import VIP

MARKUP = {"inline_keyboard": [[{"text": "Sí", "callback_data": "yes"}]]}
STALE = (400, "Bad Request: query is too old and response timeout expired or query ID is invalid")


@pytest.fixture
async def screen(world, ana):
    await world.call("sendMessage", {"chat_id": 5, "text": "Hola", "reply_markup": MARKUP})
    return {"chat_id": 5, "message_id": ana.last.id}


async def test_an_edit_replaces_text_and_keyboard(world, ana, screen):
    await world.call("editMessageText", screen | {"text": "Adiós"})
    assert (ana.last.text, ana.last.labels, len(ana.messages)) == ("Adiós", [], 1)


async def test_what_is_queued_keeps_what_it_said(world, ana, screen):
    ana.press(ana.last, "Sí")
    await world.call("editMessageText", screen | {"text": "Adiós"})
    assert world.updates[0]["callback_query"]["message"]["text"] == "Hola"


async def test_not_modified(refused, world, screen):
    code, problem = await refused(
        "editMessageText", **screen, text="<b></b>Hola", parse_mode="HTML", reply_markup=MARKUP
    )
    assert (code, problem.split(":")[1]) == (400, " message is not modified")
    await world.call("editMessageText", screen | {"text": "Adiós"})
    assert "message is not modified" in (await refused("editMessageText", **screen, text="Adiós"))[1]


async def test_what_cannot_be_edited(world, refused, ana, screen):
    async def problem(method="editMessageText", **params):
        return (await refused(method, **screen | params))[1].removeprefix("Bad Request: ")

    assert await problem(text="a", message_id=99) == "message to edit not found"
    assert await problem(text="a", message_id=ana.send("yo").id) == "message can't be edited"
    assert await problem("editMessageCaption", caption="a") == "there is no caption in the message to edit"
    photo = ana.send_photo().file_id
    sent = await world.call("sendPhoto", {"chat_id": 5, "photo": photo})
    assert await problem(text="a", message_id=sent["message_id"]) == "there is no text in the message to edit"
    assert (await refused("editMessageText", inline_message_id="x", text="a"))[1].endswith("MESSAGE_ID_INVALID")
    assert (await refused("editMessageText", text="a"))[1].endswith("message identifier is not specified")


async def test_captions_and_keyboards_are_edited_alone(world, ana):
    photo = ana.send_photo().file_id
    sent = await world.call("sendPhoto", {"chat_id": 5, "photo": photo, "caption": "uno"})
    message = {"chat_id": 5, "message_id": sent["message_id"]}
    await world.call("editMessageCaption", message | {"caption": "dos"})
    await world.call("editMessageReplyMarkup", message | {"reply_markup": MARKUP})
    assert (ana.last.text, ana.last.labels) == ("dos", ["Sí"])


async def test_deleting(world, refused, clock, ana, screen):
    assert (await refused("deleteMessage", chat_id=5, message_id=99))[1].endswith("message to delete not found")
    await world.call("deleteMessage", screen)
    assert ana.messages == []
    await world.call("sendMessage", {"chat_id": 5, "text": "a"})
    clock.forward(49 * 3600)
    late = await refused("deleteMessage", chat_id=5, message_id=ana.last.id)
    assert late == (400, "Bad Request: message can't be deleted for everyone")


async def test_deleting_several_skips_what_is_gone(world, ana, screen):
    await world.call("deleteMessages", {"chat_id": 5, "message_ids": [screen["message_id"], 99]})
    assert ana.messages == []


async def test_deleting_in_a_channel_needs_the_right(world, refused):
    post = world.people[1].post(VIP, "Noticia")
    world.set_bot_rights(VIP, ["can_post_messages"])
    problem = (400, "Bad Request: message can't be deleted")
    assert await refused("deleteMessage", chat_id=VIP, message_id=post.id) == problem


async def test_a_press_is_answered_once(world, refused, ana, screen):
    query = ana.press(ana.last, "yes")
    await world.call("answerCallbackQuery", {"callback_query_id": query, "text": "ya", "show_alert": True})
    assert world.answers[query] == {"text": "ya", "show_alert": True, "url": None}
    assert await refused("answerCallbackQuery", callback_query_id=query) == STALE


async def test_a_press_is_answered_in_time(refused, clock, ana, screen):
    query = ana.press(ana.last, "yes")
    clock.forward(901)
    assert await refused("answerCallbackQuery", callback_query_id=query) == STALE
    assert await refused("answerCallbackQuery", callback_query_id="nonsense") == STALE


async def test_answers_are_short(refused, ana, screen):
    query = ana.press(ana.last, "yes")
    long = await refused("answerCallbackQuery", callback_query_id=query, text="a" * 201)
    assert long == (400, "Bad Request: MESSAGE_TOO_LONG")


async def test_reactions(world, refused):
    post = world.people[1].post(VIP, "Noticia")
    target = {"chat_id": VIP, "message_id": post.id}
    heart, fire = {"type": "emoji", "emoji": "❤"}, {"type": "emoji", "emoji": "🔥"}
    await world.call("setMessageReaction", target | {"reaction": [heart]})
    assert post.reactions == ["❤"]
    many = await refused("setMessageReaction", **target, reaction=[heart, fire])
    assert many == (400, "Bad Request: REACTIONS_TOO_MANY")
    world.channels[VIP].available_reactions = ["🔥"]
    other = await refused("setMessageReaction", **target, reaction=[heart])
    assert other == (400, "Bad Request: REACTION_INVALID")
    missing = await refused("setMessageReaction", chat_id=VIP, message_id=99)
    assert missing == (400, "Bad Request: message to react not found")
