"""Telegram's rules for inline keyboards, beyond their shape.

Source: InlineKeyboardButton in https://core.telegram.org/bots/api#inlinekeyboardbutton; error names from
https://core.telegram.org/method/messages.sendMessage and tdlib/td (ReplyMarkup.cpp).
"""

import re
from collections.abc import Callable
from typing import Any

from botcore.sandbox import html
from botcore.sandbox.errors import bad_request

MOST_BUTTONS, MOST_IN_ROW = 100, 8
ACTIONS = (
    "url", "callback_data", "web_app", "login_url", "switch_inline_query", "switch_inline_query_current_chat",
    "switch_inline_query_chosen_chat", "copy_text", "callback_game", "pay", "disabled",
)  # fmt: skip
MayLink = Callable[[int], bool | None]


def check(markup: dict[str, Any], may_link: MayLink) -> None:
    """Raise ApiError 400 unless Telegram would take this keyboard.

    `may_link` says of a Telegram id whether a tg://user button may name it: None when nobody has that id.
    """
    rows = markup.get("inline_keyboard", [])
    if sum(map(len, rows)) > MOST_BUTTONS or any(len(row) > MOST_IN_ROW for row in rows):
        raise bad_request("reply markup is too long")
    for row in rows:
        for button in row:
            _check_button(button, may_link)


def _check_button(button: dict[str, Any], may_link: MayLink) -> None:
    if not button["text"].strip():
        raise bad_request("inline keyboard button text must be non-empty")
    actions = [action for action in ACTIONS if action in button]
    if not actions:
        raise bad_request("text buttons are unallowed in the inline keyboard")
    if len(actions) > 1:
        raise bad_request(f"inline keyboard button has several actions: {', '.join(actions)}")
    if not 1 <= len(button.get("callback_data", "-").encode()) <= 64:
        raise bad_request("BUTTON_DATA_INVALID")
    if not 1 <= html.utf16_length(button.get("copy_text", {"text": "-"})["text"]) <= 256:
        raise bad_request("BUTTON_COPY_TEXT_INVALID")
    if "url" in button:
        _check_url(button["url"], may_link)


def _check_url(url: str, may_link: MayLink) -> None:
    person = re.fullmatch(r"tg://user\?id=(\d+)", url)
    if not person:
        if not html.checked_url(url):
            raise bad_request("BUTTON_URL_INVALID")
        return
    allowed = may_link(int(person[1]))
    if allowed is None:
        raise bad_request("BUTTON_USER_INVALID")
    if not allowed:
        raise bad_request("BUTTON_USER_PRIVACY_RESTRICTED")
