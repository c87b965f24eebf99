"""V-VAR-3: the periods of the day, in TIME_ZONE."""

from datetime import UTC, datetime

import pytest

from botcore.voice.periods import period_at


@pytest.mark.parametrize(
    ("hour", "minute", "period"),
    [
        (5, 59, "night"), (6, 0, "morning"), (11, 59, "morning"),
        (12, 0, "afternoon"), (19, 59, "afternoon"), (20, 0, "night"), (0, 0, "night"),
    ],
)  # fmt: skip
def test_borders(hour, minute, period, settings):
    """V-VAR-3"""
    settings.TIME_ZONE = "UTC"
    assert period_at(datetime(2026, 5, 3, hour, minute, tzinfo=UTC)) == period


def test_the_hour_is_that_of_the_house(settings):
    """V-VAR-3"""
    settings.TIME_ZONE = "America/Bogota"  # five hours behind
    assert period_at(datetime(2026, 5, 3, 12, 0, tzinfo=UTC)) == "morning"
