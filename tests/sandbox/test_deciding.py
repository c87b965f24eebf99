"""Join requests, bans and removals."""

import pytest

from tests.sandbox.conftest import FREE, VIP

GONE = (400, "Bad Request: HIDE_REQUESTER_MISSING")


def last_change(world):
    change = world.take_updates()[-1]["chat_member"]
    return change["old_chat_member"]["status"], change["new_chat_member"]["status"]


async def decide(world, what, person=6, chat=FREE):
    return await world.call(f"{what}ChatJoinRequest", {"chat_id": chat, "user_id": person})


async def test_an_approved_person_is_inside_and_the_bot_hears_of_it(world, berta):
    berta.request_to_join(FREE)
    assert await decide(world, "approve")
    change = world.take_updates()[-1]["chat_member"]
    assert (change["new_chat_member"]["status"], change["via_join_request"]) == ("member", True)
    assert berta.id in world.channels[FREE].inside


async def test_a_declined_person_may_ask_again(world, refused, berta):
    berta.request_to_join(FREE)
    await decide(world, "decline")
    assert await refused("declineChatJoinRequest", chat_id=FREE, user_id=6) == GONE
    berta.request_to_join(FREE)
    await decide(world, "approve")


async def test_requests_that_cannot_be_decided(world, refused, ana, berta):
    async def problem(person, method="approveChatJoinRequest"):
        return await refused(method, chat_id=FREE, user_id=person)

    assert await problem(6) == GONE
    assert await problem(404) == (400, "Bad Request: USER_ID_INVALID")
    ana.join(FREE)
    assert await problem(5) == (400, "Bad Request: USER_ALREADY_PARTICIPANT")
    berta.request_to_join(FREE)
    berta.too_many_channels = True
    assert await problem(6) == (400, "Bad Request: USER_CHANNELS_TOO_MUCH")
    berta.deactivate()
    assert await problem(6) == (403, "Forbidden: user is deactivated")


async def test_deciding_needs_the_right(world, refused, berta):
    berta.request_to_join(FREE)
    world.set_bot_rights(FREE, ["can_post_messages"])
    missing = (400, "Bad Request: not enough rights to manage chat invite link")
    assert await refused("approveChatJoinRequest", chat_id=FREE, user_id=6) == missing
    world.channels[FREE].members[world.bot["id"]].status = "member"
    plain = (400, "Bad Request: CHAT_ADMIN_REQUIRED")
    assert await refused("approveChatJoinRequest", chat_id=FREE, user_id=6) == plain


async def test_a_request_lets_the_bot_write_for_five_minutes(world, refused, clock, berta):
    world.person(6, user_chat_id=66)
    berta.request_to_join(FREE)
    cold = (403, "Forbidden: bot can't initiate conversation with a user")
    await world.call("sendMessage", {"chat_id": 66, "text": "Recibida"})
    assert berta.last.text == "Recibida"
    assert await refused("sendMessage", chat_id=6, text="a") == cold
    clock.forward(301)
    assert await refused("sendMessage", chat_id=66, text="a") == cold


async def test_a_decision_closes_the_window(world, refused, berta):
    berta.request_to_join(FREE)
    await decide(world, "approve")
    assert (await refused("sendMessage", chat_id=6, text="a"))[0] == 403


async def test_a_human_may_decide_instead(world, refused, berta):
    berta.request_to_join(FREE)
    world.people[1].approve(FREE, berta)
    assert world.take_updates()[-1]["chat_member"]["from"]["id"] == 1
    assert (await refused("approveChatJoinRequest", chat_id=FREE, user_id=6))[1].endswith("USER_ALREADY_PARTICIPANT")


@pytest.mark.parametrize(("result", "inside", "pending"), [("approve", 1, 0), ("decline", 0, 0), ("queue", 0, 1)])
async def test_the_query_of_a_request_is_answered_once(world, refused, berta, result, inside, pending):
    request = berta.request_to_join(FREE, query_id=True)
    answer = {"chat_join_request_query_id": request.query_id, "result": result}
    await world.call("answerChatJoinRequestQuery", answer)
    channel = world.channels[FREE]
    assert (6 in channel.inside, 6 in channel.requests) == (inside, pending)
    assert "query is too old" in (await refused("answerChatJoinRequestQuery", **answer))[1]


async def test_the_query_of_a_request_lives_ten_seconds(refused, clock, berta):
    request = berta.request_to_join(FREE, query_id=True)
    clock.forward(11)
    late = await refused("answerChatJoinRequestQuery", chat_join_request_query_id=request.query_id, result="queue")
    assert "query is too old" in late[1]


async def test_removal_leaves_the_person_free_to_return(world, ana):
    ana.join(VIP)
    await world.call("unbanChatMember", {"chat_id": VIP, "user_id": 5})
    assert last_change(world) == ("member", "left")
    await world.call("unbanChatMember", {"chat_id": VIP, "user_id": 5})
    assert world.updates == []
    ana.join(VIP)


async def test_only_if_banned_leaves_members_alone(world, ana):
    ana.join(VIP)
    lift = {"chat_id": VIP, "user_id": 5, "only_if_banned": True}
    await world.call("unbanChatMember", lift)
    assert 5 in world.channels[VIP].inside
    await world.call("banChatMember", {"chat_id": VIP, "user_id": 5})
    assert last_change(world) == ("member", "kicked")
    with pytest.raises(AssertionError, match="banned"):
        ana.join(VIP)
    await world.call("unbanChatMember", lift)
    ana.join(VIP)


async def test_a_ban_ends_the_request(world, berta, refused):
    berta.request_to_join(FREE)
    await world.call("banChatMember", {"chat_id": FREE, "user_id": 6})
    assert await refused("approveChatJoinRequest", chat_id=FREE, user_id=6) == GONE


async def test_who_cannot_be_removed(world, refused, ana):
    async def problem(person):
        return (await refused("unbanChatMember", chat_id=VIP, user_id=person))[1].removeprefix("Bad Request: ")

    assert await problem(1) == "can't remove chat owner"
    world.channels[VIP].members[5] = world.channels[VIP].members[world.bot["id"]]
    assert await problem(5) == "user is an administrator of the chat"
    assert await problem(404) == "USER_ID_INVALID"
    assert await problem(world.bot["id"]) == "can't restrict self"
    world.set_bot_rights(VIP, ["can_invite_users"])
    assert await problem(5) == "not enough rights to restrict/unrestrict chat member"
    assert (await refused("banChatMember", chat_id=5, user_id=5))[1].endswith("supergroup and channel chats only")
