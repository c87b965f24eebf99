"""The three periods of the house's day (V-VAR-3)."""

from datetime import datetime

from django.utils import timezone

PERIODS = ("morning", "afternoon", "night")


def period_at(moment: datetime) -> str:
    """Period of an aware `moment` by its hour in TIME_ZONE: one of PERIODS."""
    hour = moment.astimezone(timezone.get_default_timezone()).hour
    if 6 <= hour < 12:
        return "morning"
    return "afternoon" if 12 <= hour < 20 else "night"
