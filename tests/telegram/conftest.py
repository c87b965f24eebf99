"""Bot tests run on committed data: units work in their own threads."""

import pytest

from tests.telegram.house import House


@pytest.fixture
def house(transactional_db):
    """The bot with both channels connected and an empty database otherwise."""
    house = House()
    house.connect_channels()
    yield house
    house.close()
