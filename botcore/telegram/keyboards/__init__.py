"""Keyboards by name; see `registry`."""

from botcore.telegram.keyboards import custodians, members
from botcore.telegram.keyboards.registry import build, names

__all__ = ["build", "custodians", "members", "names"]
