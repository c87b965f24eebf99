"""What a run prints holds no secret, whatever happens to it (O-LOG-2)."""

import pytest

from tests.e2e.conftest import ANA
from tests.e2e.processes import TOKEN, VIP, eventually

pytestmark = pytest.mark.slow


def test_nothing_secret_is_ever_printed(house):
    """A start, a redemption, personal links, a failing and an unreadable update, a rejected token: nowhere."""
    bot = house.bot(LOG_LEVEL="DEBUG", SEND_RATE="1000")
    house.world.post("channel", id=VIP, title="El Diván")
    made = bot.manage(
        f"set_channel vip {VIP}",
        "create_plan --name Mensual --days 30 --price 20",
        "issue_tokens --plan Mensual --count 3 --format token",
    )
    used, failed, unread = made.split()[-3:]
    bot.start()
    house.seconds_to_answer(f"/start {used}")
    walk_the_ritual(house)
    house.world.post("update", update=unreadable(900_000_000, unread))
    house.world.post("update", update=failing(900_000_001, failed))
    eventually(lambda: "900000001 failed" in bot.says() and "900000000 is a dead letter" in bot.says())
    house.world.post("revoke_token")
    house.world.act(ANA, "send", "/estado")
    assert bot.wait() == 4
    secrets = [TOKEN, TOKEN.partition(":")[2], bot.environment["SECRET_KEY"], used, failed, unread, *links(house)]
    assert [secret for secret in secrets if secret in bot.says()] == []


def unreadable(update_id: int, token: str) -> dict:
    return {"update_id": update_id, "message": {"text": f"/start {token}"}}


def failing(update_id: int, token: str) -> dict:
    """From a person whose id no database can hold."""
    person = {"id": 2**70, "is_bot": False, "first_name": "P"}
    chat = {"id": 2**70, "type": "private"}
    text = {"text": f"/start {token}", "entities": [{"type": "bot_command", "offset": 0, "length": 6}]}
    return {
        "update_id": update_id,
        "message": {"message_id": 1, "date": 1_800_000_000, "chat": chat, "from": person, **text},
    }


def walk_the_ritual(house) -> None:
    """Two presses and the personal link is there."""
    for stage in ("r1:confirmation", "r1:alignment"):
        last = eventually(lambda stage=stage: next((m for m in house.world.messages(ANA) if stage in str(m)), None))
        house.world.act(ANA, "press", message=last["message_id"], label_or_data=stage)
    eventually(lambda: links(house))


def links(house) -> list[str]:
    made = house.world.get("calls", method="createChatInviteLink")
    return [call["result"]["invite_link"] for call in made if call["result"]]
