"""A small world: Ana and Berta, a VIP channel and a Free channel, a clock that the test moves."""

import pytest

from botcore.sandbox import ApiError, World

VIP, FREE = -1001, -1002
NOON = 1_800_000_000.0


class Clock:
    def __init__(self) -> None:
        self.moment = NOON

    def __call__(self) -> float:
        return self.moment

    def forward(self, seconds: float) -> None:
        self.moment += seconds


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def world(clock):
    world = World(now=clock, rate_limits=False)
    world.channel(VIP, "VIP", owner=world.person(1, "Diana"))
    world.channel(FREE, "Free", username="diana_free", owner=world.person(1))
    return world


@pytest.fixture
def ana(world):
    ana = world.person(5, "Ana", username="ana")
    ana.start()
    world.take_updates()
    return ana


@pytest.fixture
def berta(world):
    """Somebody who has never met the bot."""
    return world.person(6, "Berta")


@pytest.fixture
def refused(world):
    """Call a method that must fail; gives the code and the description."""

    async def call(method, **params):
        with pytest.raises(ApiError) as caught:
            await world.call(method, params)
        return caught.value.error_code, caught.value.description

    return call
