"""The world over HTTP: calls, polling, webhook, control."""

import asyncio

import pytest
from aiogram import Bot
from aiogram.client.session.aiohttp import AiohttpSession
from aiogram.client.telegram import TelegramAPIServer
from aiogram.exceptions import TelegramNetworkError, TelegramRetryAfter
from aiogram.types import BufferedInputFile
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer

from botcore.sandbox.server import make_app

TOKEN = "42:TOKEN"


@pytest.fixture
async def client(world):
    async with TestClient(TestServer(make_app(world, retry_after=0.01))) as client:
        yield client


@pytest.fixture
async def bot(client):
    server = TelegramAPIServer.from_base(str(client.make_url("")).rstrip("/"))
    async with Bot(TOKEN, session=AiohttpSession(api=server)).context() as bot:
        yield bot


@pytest.fixture
async def hook():
    """A bot's webhook: refuses each update once, then takes it."""
    got = []

    async def take(request):
        update = await request.json()
        got.append((update["update_id"], request.headers.get("X-Telegram-Bot-Api-Secret-Token")))
        if [one for one, _ in got].count(update["update_id"]) == 1:
            return web.Response(status=503)
        return web.json_response({"method": "sendMessage", "chat_id": 5, "text": "desde la respuesta"})

    app = web.Application()
    app.router.add_post("/webhook", take)
    async with TestServer(app) as server:
        yield str(server.make_url("/webhook")), got


async def control(client, name, **body):
    response = await client.post(f"/control/{name}", json=body)
    return response.status, await response.json()


async def read(client, name, **query):
    return (await (await client.get(f"/control/{name}", params=query)).json())["result"]


async def test_an_aiogram_bot_talks_over_http(bot, world, ana):
    sent = await bot.send_document(5, BufferedInputFile(b"1,2", "a.csv"), caption="ñ")
    assert (sent.document.file_name, ana.last.text) == ("a.csv", "ñ")
    assert (await bot.download(sent.document)).read() == b"1,2"
    ana.send("Hola")
    assert (await bot.get_updates(timeout=1))[0].message.text == "Hola"


@pytest.mark.parametrize("how", [{"params": {"chat_id": 5, "text": "a"}}, {"json": {"chat_id": 5, "text": "a"}}])
async def test_query_and_json_calls(client, ana, how):
    response = await client.request("POST" if "json" in how else "GET", f"/bot{TOKEN}/sendMessage", **how)
    assert (await response.json())["result"]["text"] == "a"


async def test_refusals_are_json_with_their_http_status(client, world, ana):
    world.token = TOKEN
    response = await client.get("/bot42:WRONG/getMe")
    assert (response.status, await response.json()) == (
        401,
        {"ok": False, "error_code": 401, "description": "Unauthorized"},
    )
    assert (await client.get(f"/bot{TOKEN}/getLove")).status == 404


async def test_planted_faults_cross_the_wire(client, bot, ana):
    await control(client, "fail", method="sendMessage", error_code=429, description="Too Many", retry_after=3)
    with pytest.raises(TelegramRetryAfter):
        await bot.send_message(5, "a")
    await control(client, "fail", method="sendMessage", drop=True, after=True)
    with pytest.raises(TelegramNetworkError):
        await bot.send_message(5, "b")
    assert ana.last.text == "b"


async def test_a_webhook_gets_each_update_until_it_takes_it(client, world, ana, hook):
    url, got = hook
    await world.call("setWebhook", {"url": url, "secret_token": "s3cret"})
    ana.send("uno")
    ana.send("dos")
    async with asyncio.timeout(5):
        while len(ana.messages) < 2:
            await asyncio.sleep(0.01)
    assert len(got) == 4
    assert {secret for _, secret in got} == {"s3cret"}
    assert world.updates == []
    assert "503" in (await world.call("getWebhookInfo", {}))["last_error_message"]


async def test_people_are_moved_by_control(client, world):
    await control(client, "person", id=9, first_name="Clara")
    await control(client, "channel", id=-1009, title="Otro", bot_rights=["can_invite_users"], owner=9)
    _, started = await control(client, "act", person=9, act="start", args=["fila"])
    assert started["result"]["text"] == "/start fila"
    await world.call("sendMessage", {"chat_id": 9, "text": "Hola"})
    (shown,) = await read(client, "messages", chat=9)
    await control(client, "act", person=9, act="press_data", data="x", message=shown["message_id"])
    assert world.updates[-1]["callback_query"]["message"]["text"] == "Hola"
    (call,) = await read(client, "calls", method="sendMessage")
    assert call["params"] == {"chat_id": 9, "text": "Hola"}
    assert (await read(client, "state"))["pending_updates"] == 2


async def test_impossible_acts_are_refused(client, ana):
    assert (await control(client, "act", person=5, act="__init__"))[0] == 400
    assert (await control(client, "act", person=5, act="press", message=99, label_or_data="x"))[0] == 400


async def test_a_load_of_people(client, world):
    await control(client, "load", first_id=100, people=3, texts=["/start", "hola"], rate=1000, count=6)
    async with asyncio.timeout(5):
        while (await read(client, "state"))["loading"]:
            await asyncio.sleep(0.01)
    texts = [update["message"]["text"] for update in world.updates]
    assert texts == ["/start"] * 3 + ["hola"] * 3
