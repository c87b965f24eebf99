"""The Bot API methods by name; each takes the world, the decoded parameters and the uploads."""

from collections.abc import Callable
from typing import Any

from botcore.sandbox.methods import bot, chats, deciding, editing, sending

METHODS: dict[str, Callable[..., Any]] = (
    bot.METHODS | chats.METHODS | deciding.METHODS | editing.METHODS | sending.METHODS
)
