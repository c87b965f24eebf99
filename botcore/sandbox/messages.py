"""A message as the world keeps it: the Bot API's own JSON, and what a test or a chat page asks of it."""

from dataclasses import dataclass, field
from typing import Any

from botcore.sandbox import html
from botcore.sandbox.chats import Channel, PrivateChat

MEDIA = ("animation", "audio", "document", "photo", "sticker", "video", "video_note", "voice")

Button = dict[str, Any]


@dataclass(eq=False)
class Message:
    """`body` is never changed in place: an edit replaces it, and an update already queued says what was."""

    id: int
    chat: Channel | PrivateChat
    body: dict[str, Any]
    by_bot: bool
    reactions: list[str] = field(default_factory=list)

    @property
    def text(self) -> str:
        """The text, or the caption of a medium; "" for neither."""
        return self.body.get("text") or self.body.get("caption") or ""

    @property
    def entities(self) -> list[html.Entity]:
        return self.body.get("entities") or self.body.get("caption_entities") or []

    @property
    def html(self) -> str:
        """The text as a browser may show it."""
        return html.shown(self.text, self.entities)

    @property
    def media(self) -> str | None:
        return next((kind for kind in MEDIA if kind in self.body), None)

    @property
    def keyboard(self) -> list[list[Button]]:
        return self.body.get("reply_markup", {}).get("inline_keyboard", [])

    @property
    def buttons(self) -> list[Button]:
        return [button for row in self.keyboard for button in row]

    @property
    def labels(self) -> list[str]:
        return [button["text"] for button in self.buttons]

    @property
    def file_id(self) -> str | None:
        medium = self.body.get(self.media or "")
        return (medium[-1] if isinstance(medium, list) else medium)["file_id"] if medium else None

    def button(self, wanted: str) -> Button | None:
        """The button with that label, callback data or URL."""
        return next(
            (
                button
                for button in self.buttons
                if wanted in (button["text"], button.get("callback_data"), button.get("url"))
            ),
            None,
        )
