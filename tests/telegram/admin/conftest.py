import pytest

from tests.telegram.admin.desk import Desk


@pytest.fixture
def desk(house):
    """The custodian's conversation, both channels connected."""
    return Desk(house)
