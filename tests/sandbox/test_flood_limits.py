"""Telegram's flood limits."""

import pytest

from botcore.sandbox import ApiError
from botcore.sandbox.limits import Flood


def refused(flood, chat_id, now, messages=1):
    with pytest.raises(ApiError) as caught:
        flood.spend(chat_id, messages, now)
    assert caught.value.error_code == 429
    assert caught.value.description == f"Too Many Requests: retry after {caught.value.parameters['retry_after']}"
    return caught.value.parameters["retry_after"]


def send(flood, chat_ids, now):
    for chat_id in chat_ids:
        flood.spend(chat_id, 1, now)


def test_thirty_messages_a_second_in_all():
    flood = Flood()
    send(flood, range(1, 31), 100.0)
    assert refused(flood, 31, 100.5) == 1
    flood.spend(31, 1, 101.0)


def test_a_private_chat_takes_a_burst_of_five():
    flood = Flood()
    send(flood, [5] * 5, 100.0)
    assert refused(flood, 5, 100.9) == 2
    flood.spend(5, 1, 102.0)


def test_a_private_chat_takes_one_a_second_on_average():
    flood = Flood()
    for second in range(0, 12, 3):
        send(flood, [5] * 5, 100.0 + second)
    assert refused(flood, 5, 112.0) == 3


def test_a_channel_takes_twenty_a_minute():
    flood = Flood()
    for second in range(20):
        flood.spend(-5, 1, 100.0 + second)
    assert refused(flood, -5, 120.0) == 40


def test_an_album_weighs_its_items():
    flood = Flood()
    flood.spend(-5, 15, 100.0)
    assert refused(flood, -5, 101.0, messages=6) == 59


def test_refused_messages_do_not_count():
    flood = Flood()
    send(flood, [5] * 5, 100.0)
    refused(flood, 5, 101.0)
    flood.spend(5, 5, 102.0)


def test_limits_can_be_off():
    send(Flood(enabled=False), [5] * 100, 100.0)


async def test_the_world_answers_429():
    from botcore.sandbox import World

    world = World(now=lambda: 100.0)
    world.person(5, "Ana").start()
    for _ in range(5):
        await world.call("sendMessage", {"chat_id": 5, "text": "a"})
    with pytest.raises(ApiError, match="429"):
        await world.call("sendMessage", {"chat_id": 5, "text": "a"})
    assert len(world.people[5].messages) == 5
