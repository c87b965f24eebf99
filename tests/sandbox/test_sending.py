"""Methods that make a new message, and why Telegram refuses one."""

import pytest

from tests.sandbox.conftest import FREE, VIP


def keyboard(**button):
    return {"inline_keyboard": [[{"text": "Sí"} | button]]}


async def test_a_message_shows_in_the_chat(world, ana):
    sent = await world.call("sendMessage", {"chat_id": 5, "text": " <b>Hola</b> ", "parse_mode": "HTML"})
    assert (ana.last.text, ana.last.html) == ("Hola", "<b>Hola</b>")
    assert sent["entities"] == [{"type": "bold", "offset": 0, "length": 4}]


@pytest.mark.parametrize(
    ("params", "problem"),
    [
        ({"text": " <b> </b>\n"}, "message text is empty"),
        ({"text": "a" * 4097}, "message is too long"),
        ({"text": "🌹" * 2049}, "message is too long"),
        ({"text": "<b>a"}, "can't parse entities: Can't find end tag corresponding to start tag \"b\""),
        ({"text": "a", "parse_mode": "RTF"}, "unsupported parse_mode"),
        ({"text": "a", "reply_parameters": {"message_id": 99}}, "message to be replied not found"),
    ],
)
async def test_bad_texts(refused, ana, params, problem):
    assert await refused("sendMessage", chat_id=5, **({"parse_mode": "HTML"} | params)) == (
        400,
        f"Bad Request: {problem}",
    )


async def test_the_limit_counts_what_is_left_after_parsing(world, ana):
    await world.call("sendMessage", {"chat_id": 5, "text": f"<b>{'a' * 4096}</b>", "parse_mode": "HTML"})


@pytest.mark.parametrize(
    ("markup", "problem"),
    [
        (keyboard(callback_data=""), "BUTTON_DATA_INVALID"),
        (keyboard(callback_data="ñ" * 33), "BUTTON_DATA_INVALID"),
        (keyboard(url="http://localhost"), "BUTTON_URL_INVALID"),
        (keyboard(url="tg://user?id=6"), "BUTTON_USER_INVALID"),
        (keyboard(copy_text={"text": "a" * 257}), "BUTTON_COPY_TEXT_INVALID"),
        (keyboard(), "text buttons are unallowed in the inline keyboard"),
        (
            keyboard(url="https://t.me", callback_data="a"),
            "inline keyboard button has several actions: url, callback_data",
        ),
        (keyboard(text=" ", callback_data="a"), "inline keyboard button text must be non-empty"),
        ({"inline_keyboard": [[{"text": "a", "callback_data": "a"}]] * 101}, "reply markup is too long"),
        ({"inline_keyboard": [[{"text": "a", "callback_data": "a"}] * 9]}, "reply markup is too long"),
    ],
)
async def test_bad_keyboards(refused, ana, berta, markup, problem):
    assert await refused("sendMessage", chat_id=5, text="a", reply_markup=markup) == (400, f"Bad Request: {problem}")


async def test_a_button_to_a_person_who_does_not_want_it(world, refused, ana):
    ana.profile_links = False
    _, problem = await refused("sendMessage", chat_id=5, text="a", reply_markup=keyboard(url="tg://user?id=5"))
    assert problem == "Bad Request: BUTTON_USER_PRIVACY_RESTRICTED"
    assert (await world.call("getChat", {"chat_id": 5}))["has_private_forwards"]


async def test_people_who_cannot_be_reached(refused, ana, berta):
    ana.block_bot()
    assert await refused("sendMessage", chat_id=5, text="a") == (403, "Forbidden: bot was blocked by the user")
    ana.deactivate()
    assert await refused("sendMessage", chat_id=5, text="a") == (403, "Forbidden: user is deactivated")
    assert await refused("sendMessage", chat_id=6, text="a") == (400, "Bad Request: chat not found")
    assert await refused("sendMessage", chat_id=404, text="a") == (400, "Bad Request: chat not found")


async def test_start_opens_the_chat_again(world, ana):
    ana.block_bot()
    ana.start()
    await world.call("sendMessage", {"chat_id": 5, "text": "a"})


async def test_channels_that_cannot_be_reached(world, refused):
    world.set_bot_rights(VIP, ["can_invite_users"])
    problem = (400, "Bad Request: need administrator rights in the channel chat")
    assert await refused("sendMessage", chat_id=VIP, text="a") == problem
    world.set_bot_rights(VIP, None)
    problem = (403, "Forbidden: bot is not a member of the channel chat")
    assert await refused("sendMessage", chat_id=VIP, text="a") == problem
    world.set_bot_rights(FREE, None, kick=True)
    problem = (403, "Forbidden: bot was kicked from the channel chat")
    assert await refused("sendMessage", chat_id="@diana_free", text="a") == problem


async def test_media_by_id_url_and_upload(world, ana):
    photo = ana.send_photo()
    await world.call("sendPhoto", {"chat_id": 5, "photo": photo.file_id, "caption": "ella"})
    assert (ana.last.media, ana.last.text) == ("photo", "ella")
    await world.call("sendDocument", {"chat_id": 5, "document": "attach://f"}, {"f": ("a.csv", b"1,2")})
    file = await world.call("getFile", {"file_id": ana.last.file_id})
    assert file["file_size"] == 3
    await world.call("sendVideo", {"chat_id": 5, "video": "https://t.me/v.mp4"})


async def test_bad_media(world, refused, ana):
    voice = ana.send_voice().file_id
    wrong = (400, "Bad Request: wrong file identifier/HTTP URL specified")
    assert await refused("sendPhoto", chat_id=5, photo="AgAC") == wrong
    assert (await refused("sendPhoto", chat_id=5, photo=voice))[
        1
    ] == "Bad Request: can't use file of type Voice as Photo"
    assert (await refused("sendPhoto", chat_id=5, photo="attach://x"))[1] == "Bad Request: file must be non-empty"
    world.files.forget(voice)
    assert await refused("sendVoice", chat_id=5, voice=voice) == wrong
    gone = (400, "Bad Request: wrong file_id or the file is temporarily unavailable")
    assert await refused("getFile", file_id=voice) == gone
    photo = ana.send_photo().file_id
    too_long = (400, "Bad Request: message caption is too long")
    assert await refused("sendPhoto", chat_id=5, photo=photo, caption="a" * 1025) == too_long


async def test_an_album_is_one_group(world, refused, ana):
    photo = ana.send_photo().file_id
    media = [{"type": "photo", "media": photo, "caption": "uno"}, {"type": "photo", "media": photo}]
    sent = await world.call("sendMediaGroup", {"chat_id": 5, "media": media})
    assert len({message["media_group_id"] for message in sent}) == 1
    too_many = (400, "Bad Request: too many messages to send as an album")
    assert await refused("sendMediaGroup", chat_id=5, media=media * 6) == too_many
    mixed = [media[0], {"type": "document", "media": photo}]
    problem = (400, "Bad Request: can't use the media of the specified type in the album")
    assert await refused("sendMediaGroup", chat_id=5, media=mixed) == problem


async def test_copies_lose_their_origin_and_forwards_keep_it(world, ana):
    post = world.people[1].post(VIP, "Noticia")
    source = {"chat_id": 5, "from_chat_id": VIP, "message_id": post.id}
    await world.call("copyMessage", source)
    assert (ana.last.text, "forward_origin" in ana.last.body) == ("Noticia", False)
    await world.call("forwardMessage", source)
    assert ana.last.body["forward_origin"]["message_id"] == post.id
    source = {"chat_id": 5, "from_chat_id": VIP, "message_ids": [post.id, 99]}
    assert len(await world.call("copyMessages", source)) == 1
    assert len(await world.call("forwardMessages", source)) == 1


async def test_nothing_to_copy(refused, ana):
    assert await refused("copyMessage", chat_id=5, from_chat_id=VIP, message_id=99) == (
        400,
        "Bad Request: message to copy not found",
    )
    assert await refused("forwardMessages", chat_id=5, from_chat_id=VIP, message_ids=[99]) == (
        400,
        "Bad Request: there are no messages to forward",
    )


async def test_polls(world, refused, ana):
    poll = {"chat_id": 5, "question": "¿Cuál?", "options": [{"text": "Una"}, {"text": "Otra"}]}
    assert (await world.call("sendPoll", poll))["poll"]["question"] == "¿Cuál?"
    few = (400, "Bad Request: poll must have from 2 to 12 options")
    assert await refused("sendPoll", **poll | {"options": poll["options"][:1]}) == few


async def test_methods_the_world_does_not_know_fail_loudly(refused):
    assert (await refused("sendGame", chat_id=5, game_short_name="x"))[0] == 501
