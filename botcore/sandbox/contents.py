"""What a message carries, in the Bot API's JSON: texts, media, polls."""

from typing import Any

from botcore.sandbox import html
from botcore.sandbox.files import StoredFile

CONTENT = (
    "text", "entities", "caption", "caption_entities", "animation", "audio", "contact", "dice", "document",
    "location", "photo", "poll", "sticker", "video", "video_note", "voice",
)  # fmt: skip


def typed_text(text: str) -> dict[str, Any]:
    """A text as a person types it, with the entities Telegram finds."""
    entities = html.detected(text)
    return {"text": text} | ({"entities": entities} if entities else {})


def caption_json(caption: str) -> dict[str, Any]:
    return {"caption": caption} if caption else {}


def medium_json(file: StoredFile) -> dict[str, Any]:
    """The part of a message that shows a stored file."""
    medium = file.as_json()
    return {file.kind: [medium] if file.kind == "photo" else medium}


def poll_json(poll_id: str, question: str, options: list[str], anonymous: bool = True) -> dict[str, Any]:
    return {
        "id": poll_id,
        "question": question,
        "options": [
            {"text": option, "voter_count": 0, "persistent_id": str(number)} for number, option in enumerate(options)
        ],
        "total_voter_count": 0,
        "is_closed": False,
        "is_anonymous": anonymous,
        "type": "regular",
        "allows_multiple_answers": False,
        "allows_revoting": True,
        "members_only": False,
    }
