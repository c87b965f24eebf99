"""How updates wait and are confirmed, and how faults are planted."""

import asyncio

import pytest

from botcore.sandbox import HANG, ApiError, World


def ids(updates):
    return [update["update_id"] for update in updates]


async def poll(world, **params):
    return await world.call("getUpdates", params)


async def test_updates_come_again_until_confirmed(world, ana):
    for text in "abc":
        ana.send(text)
    first = ids(await poll(world))
    assert ids(await poll(world, limit=1)) == first[:1]
    assert ids(await poll(world, offset=first[1])) == first[1:]
    assert ids(await poll(world, offset=-1)) == first[-1:]
    assert await poll(world, offset=first[-1] + 1) == []


async def test_a_poll_waits_for_an_update(world, ana):
    waiting = asyncio.create_task(poll(world, timeout=5))
    await asyncio.sleep(0)
    ana.send("a")
    assert len(await waiting) == 1
    assert await poll(world, offset=ids(world.updates)[-1] + 1) == []


async def test_a_second_poller_ends_the_first(world):
    first = asyncio.create_task(poll(world, timeout=5))
    await asyncio.sleep(0.01)
    await poll(world)
    with pytest.raises(ApiError, match="409 Conflict: terminated by other getUpdates request"):
        await first


async def test_no_polling_beside_a_webhook(world, refused):
    waiting = asyncio.create_task(poll(world, timeout=5))
    await asyncio.sleep(0.01)
    await world.call("setWebhook", {"url": "https://x.org/webhook", "max_connections": 7})
    with pytest.raises(ApiError, match="409 Conflict: terminated by setWebhook request"):
        await waiting
    assert (await refused("getUpdates"))[0] == 409
    info = await world.call("getWebhookInfo", {})
    assert (info["url"], info["max_connections"]) == ("https://x.org/webhook", 7)
    await world.call("deleteWebhook", {})
    assert await poll(world) == []


async def test_bad_webhooks(refused):
    bad = await refused("setWebhook", url="x.org")
    assert bad == (400, "Bad Request: bad webhook: An HTTPS URL must be provided for webhook")
    bad = await refused("setWebhook", url="https://x.org", secret_token="ñ")
    assert bad == (400, "Bad Request: secret token contains unallowed characters")


async def test_pending_updates_are_dropped_only_on_demand(world, ana):
    ana.send("a")
    await world.call("deleteWebhook", {})
    assert len(world.updates) == 1
    await world.call("deleteWebhook", {"drop_pending_updates": True})
    assert world.updates == []


async def test_member_changes_come_only_when_asked_for(world, ana):
    ana.join(-1001)
    ana.send("a")
    assert [list(update)[1] for update in await poll(world)] == ["message"]
    await poll(world, allowed_updates=["chat_member"])
    ana.leave(-1001)
    ana.send("b")
    assert [list(update)[1] for update in await poll(world)] == ["chat_member"]


async def test_an_update_may_come_twice_or_malformed(world, ana):
    ana.send("a")
    (update,) = world.take_updates()
    world.queue.repeat(update["update_id"])
    world.queue.push_raw({"update_id": "x", "message": 5})
    assert world.take_updates() == [update, {"update_id": "x", "message": 5}]


async def test_planted_refusals_strike_as_often_as_told(world, refused, ana):
    world.fail("sendMessage", ApiError(500, "Internal Server Error"), times=2, when=lambda p: p["text"] == "a")
    await world.call("sendMessage", {"chat_id": 5, "text": "b"})
    for _ in range(2):
        assert await refused("sendMessage", chat_id=5, text="a") == (500, "Internal Server Error")
    await world.call("sendMessage", {"chat_id": 5, "text": "a"})
    assert [message.text for message in ana.messages] == ["b", "a"]


async def test_an_answer_may_be_lost_after_the_effect(world, ana):
    world.fail("*", ConnectionResetError(), after=True)
    with pytest.raises(ConnectionResetError):
        await world.call("sendMessage", {"chat_id": 5, "text": "a"})
    assert ana.last.text == "a"


async def test_calls_may_be_slow_or_hang(world):
    world.fail("getMe", 0.01)
    assert (await world.call("getMe", {}))["username"] == "LucienSandboxBot"
    world.fail("getMe", HANG)
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(world.call("getMe", {}), 0.01)


async def test_the_call_log_tells_what_happened_and_forgets(clock):
    world = World(now=clock, call_log=2)
    for text in "abc":
        with pytest.raises(ApiError):
            await world.call("sendMessage", {"chat_id": "404", "text": text})
    assert [call.params["text"] for call in world.called("sendMessage")] == ["b", "c"]
    assert (world.calls[0].params["chat_id"], world.calls[0].error.error_code) == (404, 400)


async def test_wrong_and_revoked_tokens(world):
    world.token = "42:right"
    with pytest.raises(ApiError, match="401 Unauthorized"):
        world.check_token("42:wrong")
    world.check_token("42:right")
    world.revoke_token()
    with pytest.raises(ApiError, match="401 Unauthorized"):
        await world.call("getMe", {})


@pytest.mark.parametrize("action", ["typing", "dancing"])
async def test_chat_actions(world, ana, action):
    call = world.call("sendChatAction", {"chat_id": 5, "action": action})
    if action == "typing":
        assert await call
    else:
        with pytest.raises(ApiError, match="wrong parameter action in request"):
            await call
