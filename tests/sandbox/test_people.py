"""What people do arrives as updates that aiogram understands."""

import pytest
from aiogram.types import Update

from botcore.sandbox import NotPossible, schema
from tests.sandbox.conftest import FREE, VIP

MARKUP = {
    "inline_keyboard": [
        [{"text": "Sí", "callback_data": "yes"}, {"text": "Abrir", "url": "https://t.me/x"}],
        [{"text": "Copiar", "copy_text": {"text": "abc"}}],
    ]
}


def received(world):
    """The one update waiting, shaped as the Bot API says, as aiogram reads it."""
    (update,) = world.take_updates()
    assert schema.check("Update", update) == update
    return Update.model_validate(update)


async def say(world, person, markup=MARKUP):
    await world.call("sendMessage", {"chat_id": person.id, "text": "Hola", "reply_markup": markup})
    return person.last


def test_start_carries_its_payload_and_the_profile(world, berta):
    berta.username = "berta"
    berta.start("fila")
    message = received(world).message
    assert (message.text, message.from_user.username, message.chat.id) == ("/start fila", "berta", 6)
    assert message.entities[0].type == "bot_command"


@pytest.mark.parametrize(
    "kind",
    ["photo", "video", "animation", "audio", "voice", "document", "sticker", "contact", "location", "poll", "dice"],
)
def test_every_kind_of_message(world, ana, kind):
    getattr(ana, f"send_{kind}")()
    assert received(world).message.content_type == kind


def test_an_album_is_several_messages_of_one_group(world, ana):
    ana.send_album(3, "mira")
    messages = [update["message"] for update in world.take_updates()]
    assert len({message["media_group_id"] for message in messages}) == 1
    assert [message.get("caption") for message in messages] == ["mira", None, None]


def test_edits(world, ana):
    message = ana.send("Hola")
    world.take_updates()
    ana.edit(message, "Adiós")
    assert received(world).edited_message.text == "Adiós"


def test_a_forwarded_post_names_its_channel(world, ana):
    post = world.people[1].post(VIP, "Noticia", photo=True)
    world.take_updates()
    ana.forward(post)
    message = received(world).message
    assert (message.forward_origin.chat.id, message.caption) == (VIP, "Noticia")


def test_posts_by_hand(world):
    world.people[1].post(VIP, "Noticia")
    assert received(world).channel_post.text == "Noticia"


async def test_pressing_finds_the_button_by_label_or_data(world, ana):
    message = await say(world, ana)
    assert world.answers.get(ana.press(message, "Sí")) is None
    query = received(world).callback_query
    assert (query.data, query.message.text, query.from_user.id) == ("yes", "Hola", 5)
    ana.press(message, "yes")


async def test_buttons_that_send_nothing_are_followed(world, ana):
    message = await say(world, ana)
    assert ana.follow(message, "Abrir") == "https://t.me/x"
    assert ana.follow(message, "Copiar") == "abc"
    for label in ("Abrir", "No está"):
        with pytest.raises(NotPossible):
            ana.press(message, label)


async def test_hostile_presses(world, ana):
    message = await say(world, ana)
    ana.press_data("x" * 64, message)
    assert received(world).callback_query.message.text == "Hola"
    ana.press_data("x", "inline")
    assert received(world).callback_query.inline_message_id
    ana.press_data("x", "inaccessible")
    assert received(world).callback_query.message.date == 0
    await world.call("deleteMessage", {"chat_id": 5, "message_id": message.id})
    ana.press_data("x", message)
    assert received(world).callback_query.message.date == 0


def test_blocking_and_coming_back(world, ana):
    ana.block_bot()
    assert received(world).my_chat_member.new_chat_member.status == "kicked"
    with pytest.raises(NotPossible):
        ana.send("Hola")
    ana.start()
    kinds = [Update.model_validate(update).event_type for update in world.take_updates()]
    assert kinds == ["my_chat_member", "message"]


def test_a_deactivated_account_does_nothing(world, ana):
    ana.deactivate()
    assert world.updates == []
    with pytest.raises(NotPossible):
        ana.start()


def test_asking_again_renews_the_request(world, clock, berta):
    berta.request_to_join(FREE)
    clock.forward(60)
    berta.request_to_join(FREE)
    first, second = (Update.model_validate(update).chat_join_request for update in world.take_updates())
    assert (second.date - first.date).total_seconds() == 60
    assert len(world.channels[FREE].requests) == 1


def test_requests_reach_only_a_bot_that_may_invite(world, berta):
    world.set_bot_rights(FREE, ["can_post_messages"])
    world.take_updates()
    berta.request_to_join(FREE)
    assert world.updates == []


def test_coming_and_going(world, ana):
    ana.join(VIP)
    assert received(world).chat_member.new_chat_member.status == "member"
    ana.leave(VIP)
    assert received(world).chat_member.new_chat_member.status == "left"


def test_nobody_enters_or_leaves_twice(world, ana):
    ana.join(VIP)
    with pytest.raises(NotPossible):
        ana.join(VIP)
    ana.leave(VIP)
    with pytest.raises(NotPossible):
        ana.leave(VIP)


async def test_a_link_that_lets_in_takes_no_requests(world, ana):
    link = await world.call("createChatInviteLink", {"chat_id": VIP})
    with pytest.raises(NotPossible):
        ana.request_to_join(VIP, link["invite_link"])


def test_the_bot_gains_and_loses_rights(world):
    diana = world.people[1]
    world.channel(-1003, "Otro", bot_rights=None, owner=diana)
    diana.add_bot_admin(-1003, {"can_invite_users": True})
    member = received(world).my_chat_member.new_chat_member
    assert (member.status, member.can_invite_users, member.can_restrict_members) == ("administrator", True, False)
    diana.remove_bot(-1003, kick=True)
    assert received(world).my_chat_member.new_chat_member.status == "kicked"


def test_reactions(world, ana):
    ana.react(ana.send("Hola"), "❤")
    post = world.people[1].post(VIP, "Noticia")
    ana.react(post, "🔥")
    kinds = [Update.model_validate(update).event_type for update in world.take_updates()]
    assert kinds == ["message", "message_reaction", "channel_post", "message_reaction_count"]


async def test_each_person_sees_the_commands_of_the_narrowest_scope(world, ana, berta):
    def commands(*names):
        return [{"command": name, "description": "x"} for name in names]

    private = {"commands": commands("menu"), "scope": {"type": "all_private_chats"}}
    await world.call("setMyCommands", private)
    await world.call("setMyCommands", {"commands": commands("admin"), "scope": {"type": "chat", "chat_id": 5}})
    assert (ana.commands, berta.commands) == (commands("admin"), commands("menu"))
    await world.call("deleteMyCommands", {"scope": {"type": "chat", "chat_id": 5}})
    assert ana.commands == await world.call("getMyCommands", {"scope": {"type": "all_private_chats"}})


@pytest.mark.parametrize(
    ("command", "problem"),
    [
        ({"command": "Menú", "description": "x"}, "BOT_COMMAND_INVALID"),
        ({"command": "menu", "description": "x" * 257}, "BOT_COMMAND_DESCRIPTION_INVALID"),
    ],
)
async def test_bad_commands(refused, command, problem):
    assert await refused("setMyCommands", commands=[command]) == (400, f"Bad Request: {problem}")
    scope = {"type": "chat", "chat_id": 404}
    assert await refused("setMyCommands", commands=[], scope=scope) == (400, "Bad Request: chat not found")
