"""The chat page of the trial: what a person sees and can do, over ASGI, against a world of its own."""

import pytest
from django.test import AsyncClient

from botcore.sandbox import house
from botcore.sandbox.house import Trial
from tests.sandbox.conftest import FREE, VIP

BOT_LINK = "https://t.me/LucienSandboxBot?start=fila"
KEYBOARD = {
    "inline_keyboard": [
        [{"text": "Seguir", "callback_data": "go"}, {"text": "Fuera", "url": "https://example.com/"}],
        [{"text": "Copiar", "copy_text": {"text": "abc"}}],
    ]
}


@pytest.fixture
def page(world, ana, monkeypatch):
    """The page's own way of asking; the trial is `world`."""
    monkeypatch.setattr(house, "trial", Trial(world, BOT_LINK, {5: "de prueba"}))
    return Page()


class Page:
    def __init__(self) -> None:
        self.client = AsyncClient()

    async def state(self, person: int = 5, version: str = "") -> dict:
        return (await self.client.get("/sandbox/state", {"person": person, "version": version})).json()

    async def act(self, act: str, person: int = 5, **more: object) -> tuple[int, dict]:
        order = {"person": person, "act": act, **more}
        response = await self.client.post("/sandbox/act", order, content_type="application/json")
        return response.status_code, response.json()

    async def channel(self, id: int, person: int = 5) -> dict:
        return next(one for one in (await self.state(person))["channels"] if one["id"] == id)


pytestmark = pytest.mark.urls("tests.sandbox.urls")


async def send(world, **more):
    return await world.call("sendMessage", {"chat_id": 5, "text": "<b>Hola</b>", "parse_mode": "HTML", **more})


async def test_the_page_opens_without_login(page):
    """O-PROC-9: `/sandbox/` needs no login."""
    response = await page.client.get("/sandbox/")
    assert response.status_code == 200
    assert BOT_LINK in response.content.decode()


@pytest.mark.urls("lucien.urls")
async def test_it_exists_in_the_trial_only(page):
    """O-PROC-9: 404 elsewhere."""
    assert (await page.client.get("/sandbox/")).status_code == 404


async def test_it_is_not_there_while_standing_by(page, monkeypatch):
    """O-PROC-9: a second trial has nothing to show yet."""
    monkeypatch.setattr(house, "trial", None)
    assert (await page.client.get("/sandbox/state")).status_code == 404


async def test_an_act_needs_the_token_of_the_page(page, world):
    """Another site must not press buttons here: CSRF is checked."""
    client = AsyncClient(enforce_csrf_checks=True)
    order = {"person": 5, "act": "say", "text": "hola"}
    assert (await client.post("/sandbox/act", order, content_type="application/json")).status_code == 403
    assert world.updates == []
    await client.get("/sandbox/")
    token = client.cookies["csrftoken"].value
    sent = await client.post("/sandbox/act", order, content_type="application/json", headers={"x-csrftoken": token})
    assert (sent.status_code, len(world.updates)) == (200, 1)


async def test_a_message_with_its_keyboard(page, world):
    """Telegram's entities as HTML, the three kinds of buttons."""
    await send(world, reply_markup=KEYBOARD)
    shown = (await page.state())["messages"][-1]
    assert (shown["html"], shown["mine"]) == ("<b>Hola</b>", False)
    assert [[button["kind"] for button in row] for row in shown["keyboard"]] == [
        ["callback_data", "url"],
        ["copy_text"],
    ]


async def test_what_people_write_is_escaped(page):
    """A person's text is no HTML of the page."""
    await page.act("say", text="<script>alert(1)</script>")
    assert "<script>" not in (await page.state())["messages"][-1]["html"]


async def test_nothing_new_is_nothing_sent(page, world):
    """Polling with the version that is shown gets the version only."""
    version = (await page.state())["version"]
    assert await page.state(version=version) == {"version": version}
    await send(world)
    assert "messages" in await page.state(version=version)


async def test_pressing_and_its_answer(page, world):
    """A press reaches the bot; its alert reaches the page under the same query."""
    sent = await send(world, reply_markup=KEYBOARD)
    _, pressed = await page.act("press", message=sent["message_id"], button="go")
    assert world.updates[-1]["callback_query"]["data"] == "go"
    await world.call("answerCallbackQuery", {"callback_query_id": pressed["query"], "text": "Ya", "show_alert": True})
    answer = (await page.state())["answers"][pressed["query"]]
    assert (answer["text"], answer["show_alert"]) == ("Ya", True)


async def test_a_link_to_the_bot_starts_it(page, world):
    """`?start=` payloads, also after a block."""
    await page.act("block")
    assert (await page.act("follow", url=BOT_LINK)) == (200, {"opened": "chat"})
    assert world.updates[-1]["message"]["text"] == "/start fila"


async def test_a_personal_link_asks_to_enter(page, world):
    """Links that create requests ask, others let in at once."""
    asks = await world.call("createChatInviteLink", {"chat_id": VIP, "creates_join_request": True})
    opens = await world.call("createChatInviteLink", {"chat_id": FREE})
    await page.act("follow", url=asks["invite_link"])
    await page.act("follow", url=opens["invite_link"])
    assert (await page.channel(VIP))["asked"] is True
    assert (await page.channel(FREE))["inside"] is True


async def test_a_dead_link_is_refused(page, world):
    """What Telegram's apps would not do is 409 with the reason."""
    link = await world.call("createChatInviteLink", {"chat_id": VIP, "creates_join_request": True})
    await world.call("revokeChatInviteLink", {"chat_id": VIP, "invite_link": link["invite_link"]})
    status, told = await page.act("follow", url=link["invite_link"])
    assert (status, bool(told["error"])) == (409, True)


async def test_other_links_lead_outside(page, world):
    """The page says where they would lead; nothing is fetched."""
    assert (await page.act("follow", url="https://t.me/diana"))[1] == {"outside": "https://t.me/diana"}
    assert world.updates == []


async def test_asking_entering_and_leaving(page, world, ana):
    """Membership and pending requests as they are; posts are for those inside."""
    world.people[1].post(FREE, "Buenas noches")
    await page.act("ask", channel=FREE)
    asked = await page.channel(FREE)
    world.people[1].approve(FREE, ana)
    inside = await page.channel(FREE)
    await page.act("leave", channel=FREE)
    left = await page.channel(FREE)
    assert (asked["asked"], asked["posts"], inside["inside"], len(inside["posts"])) == (True, [], True, 1)
    assert (left["inside"], left["asked"]) == (False, False)


async def test_owners_post_and_posts_are_forwarded(page, world):
    """C-CHAN: a forwarded post names its channel; only the owner publishes."""
    assert (await page.act("post", channel=VIP, text="Esta noche"))[0] == 409
    await page.act("post", person=1, channel=VIP, text="Esta noche")
    post = (await page.channel(VIP, person=1))["posts"][-1]
    await page.act("forward", person=1, channel=VIP, message=post["id"])
    assert world.updates[-1]["message"]["forward_origin"]["chat"]["id"] == VIP


@pytest.mark.parametrize(("act", "kind"), [("photo", "photo"), ("sticker", "sticker")])
async def test_media(page, world, act, kind):
    await page.act(act)
    assert kind in world.updates[-1]["message"]
    assert (await page.state())["messages"][-1]["media"] == kind


async def test_a_document_can_be_opened(page, world):
    """C-TOKEN-4: the file of a bulk issue is there to look into."""
    uploads = {"file": ("invitaciones.txt", b"# Luna llena\n")}
    await world.call("sendDocument", {"chat_id": 5, "document": "attach://file"}, uploads)
    shown = (await page.state())["messages"][-1]
    response = await page.client.get(f"/sandbox/files/{shown['file']}")
    assert (shown["name"], response.content) == ("invitaciones.txt", b"# Luna llena\n")
    assert (await page.client.get("/sandbox/files/none")).status_code == 404


async def test_blocking(page, world):
    """Blocking the bot shows, and a blocked bot is not written to."""
    await page.act("block")
    assert (await page.state())["me"]["blocked"] is True
    assert (await page.act("say", text="hola"))[0] == 409
    await page.act("unblock")
    assert (await page.state())["me"]["blocked"] is False


async def test_somebody_new(page, world):
    """A visitor with a name, whom the bot has never met."""
    made = await page.client.post("/sandbox/people", {"name": " Zoe "}, content_type="application/json")
    state = await page.state(made.json()["id"])
    assert (state["me"]["name"], state["me"]["started"], world.updates) == ("Zoe", False, [])
    unnamed = await page.client.post("/sandbox/people", {"name": " "}, content_type="application/json")
    assert unnamed.status_code == 400


@pytest.mark.parametrize(
    "order",
    [
        b"",
        b"[]",
        b'{"person": 5}',
        b'{"person": 5, "act": "no"}',
        b'{"person": 5, "act": "press", "message": 99, "button": "x"}',
        b'{"person": 5, "act": "ask", "channel": "x"}',
        b'{"person": 5, "act": "say", "text": {}, "more": 1}',
    ],
)
async def test_senseless_orders_break_nothing(page, order):
    response = await page.client.post("/sandbox/act", order, content_type="application/json")
    assert response.status_code in (200, 400)
    assert (await page.state("nobody"))["me"]["id"]
