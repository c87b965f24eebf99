"""Chats, their members and their invite links."""

import pytest

from botcore.sandbox import NotPossible
from tests.sandbox.conftest import FREE, NOON, VIP


async def make_link(world, **params):
    return (await world.call("createChatInviteLink", {"chat_id": VIP} | params))["invite_link"]


async def test_a_chat_says_what_the_bot_may_know(world, ana):
    world.channels[VIP].available_reactions = ["❤"]
    chat = await world.call("getChat", {"chat_id": VIP})
    assert (chat["title"], chat["available_reactions"]) == ("VIP", [{"type": "emoji", "emoji": "❤"}])
    assert (await world.call("getChat", {"chat_id": "@Diana_free"}))["id"] == FREE
    assert (await world.call("getChat", {"chat_id": 5}))["first_name"] == "Ana"


async def test_members_and_rights(world, refused, ana):
    me = await world.call("getChatMember", {"chat_id": VIP, "user_id": world.bot["id"]})
    assert (me["status"], me["can_invite_users"], me["can_promote_members"]) == ("administrator", True, False)
    ana.join(VIP)
    assert (await world.call("getChatMember", {"chat_id": VIP, "user_id": 5}))["status"] == "member"
    assert await world.call("getChatMemberCount", {"chat_id": VIP}) == 3
    administrators = await world.call("getChatAdministrators", {"chat_id": VIP})
    assert [member["status"] for member in administrators] == ["creator", "administrator"]
    assert await refused("getChatMember", chat_id=VIP, user_id=404) == (400, "Bad Request: user not found")


async def test_the_member_list_of_a_channel_is_for_administrators(world, refused):
    world.set_bot_rights(FREE, None)
    problem = (400, "Bad Request: CHAT_ADMIN_REQUIRED")
    assert await refused("getChatMember", chat_id=FREE, user_id=1) == problem
    problem = (400, "Bad Request: member list is inaccessible")
    assert await refused("getChatAdministrators", chat_id=FREE) == problem


async def test_the_bot_can_leave(world, refused):
    await world.call("leaveChat", {"chat_id": VIP})
    assert world.take_updates()[-1]["my_chat_member"]["new_chat_member"]["status"] == "left"
    assert (await refused("getChat", chat_id=VIP))[0] == 403


async def test_a_link_that_asks_for_approval(world, ana):
    url = await make_link(world, creates_join_request=True, name="L1-1")
    with pytest.raises(NotPossible):
        ana.join(VIP, url)
    ana.request_to_join(VIP, url)
    link = world.take_updates()[-1]["chat_join_request"]["invite_link"]
    assert (link["invite_link"], link["name"], link["pending_join_request_count"]) == (url, "L1-1", 1)


async def test_a_link_for_one_works_again_after_that_one_left(world, ana, berta):
    url = await make_link(world, member_limit=1)
    ana.join(VIP, url)
    with pytest.raises(NotPossible):
        berta.join(VIP, url)
    ana.leave(VIP)
    berta.join(VIP, url)


async def test_expired_and_revoked_links_lead_nowhere(world, clock, ana):
    expiring = await make_link(world, expire_date=int(NOON) + 60)
    revoked = await make_link(world)
    answer = await world.call("revokeChatInviteLink", {"chat_id": VIP, "invite_link": revoked})
    assert answer["is_revoked"]
    assert await world.call("revokeChatInviteLink", {"chat_id": VIP, "invite_link": revoked}) == answer
    clock.forward(61)
    for url in (expiring, revoked):
        with pytest.raises(NotPossible):
            ana.join(VIP, url)


@pytest.mark.parametrize(
    ("params", "problem"),
    [
        ({"name": "a" * 33}, "invite link name is too long"),
        ({"expire_date": int(NOON)}, "EXPIRE_DATE_INVALID"),
        ({"member_limit": 100_000}, "USAGE_LIMIT_INVALID"),
        (
            {"member_limit": 1, "creates_join_request": True},
            "member limit can't be specified for links requiring administrator approval",
        ),
    ],
)
async def test_bad_links(refused, params, problem):
    assert await refused("createChatInviteLink", chat_id=VIP, **params) == (400, f"Bad Request: {problem}")


async def test_editing_a_link_resets_what_is_not_given(world, refused):
    url = await make_link(world, name="uno", member_limit=3)
    edited = await world.call("editChatInviteLink", {"chat_id": VIP, "invite_link": url, "name": "dos"})
    assert (edited["name"], "member_limit" in edited) == ("dos", False)
    unknown = await refused("editChatInviteLink", chat_id=VIP, invite_link="https://t.me/+x")
    assert unknown == (400, "Bad Request: INVITE_HASH_EXPIRED")


async def test_the_primary_link_replaces_the_one_before(world):
    old = await world.call("exportChatInviteLink", {"chat_id": VIP})
    new = await world.call("exportChatInviteLink", {"chat_id": VIP})
    assert world.channels[VIP].links[old].is_revoked
    assert (await world.call("getChat", {"chat_id": VIP}))["invite_link"] == new


async def test_links_need_their_right(world, refused):
    world.set_bot_rights(VIP, ["can_post_messages"])
    missing = (400, "Bad Request: not enough rights to manage chat invite link")
    assert await refused("createChatInviteLink", chat_id=VIP) == missing
    assert await refused("revokeChatInviteLink", chat_id=VIP, invite_link="x") == missing
