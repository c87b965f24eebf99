"""Files Telegram knows: what was sent to the bot or uploaded by it, by file id."""

from dataclasses import dataclass
from typing import Any

from botcore.sandbox.errors import bad_request

Upload = tuple[str, bytes]
"""Name and content of a file that came with a call."""


@dataclass(frozen=True)
class StoredFile:
    id: str
    kind: str
    name: str
    content: bytes

    def as_json(self) -> dict[str, Any]:
        """The medium as it stands in a message (Photo: its one size)."""
        common = {"file_id": self.id, "file_unique_id": f"u{self.id}", "file_size": len(self.content)}
        match self.kind:
            case "photo":
                return common | {"width": 1280, "height": 960}
            case "sticker":
                return common | {
                    "type": "regular", "width": 512, "height": 512, "is_animated": False, "is_video": False,
                    "emoji": "🙂",
                }  # fmt: skip
            case "video" | "animation":
                return common | {"width": 1280, "height": 720, "duration": 5, "file_name": self.name}
            case "video_note":
                return common | {"length": 240, "duration": 5}
            case "audio":
                return common | {"duration": 5, "file_name": self.name}
            case "voice":
                return common | {"duration": 5, "mime_type": "audio/ogg"}
        return common | {"file_name": self.name}


class Files:
    def __init__(self) -> None:
        self._stored: dict[str, StoredFile] = {}

    def add(self, kind: str, name: str, content: bytes) -> StoredFile:
        stored = StoredFile(f"{kind.upper()}-{len(self._stored) + 1:06}", kind, name, content)
        self._stored[stored.id] = stored
        return stored

    def forget(self, file_id: str) -> None:
        """Make a file id invalid, as Telegram does with old ones; the id is not given again."""
        self._stored[file_id] = None

    def get(self, file_id: str) -> StoredFile:
        """Raises ApiError 400 for a file id that is not, or no longer, valid."""
        stored = self._stored.get(file_id)
        if stored is None:
            raise bad_request("wrong file_id or the file is temporarily unavailable")
        return stored

    def sent(self, kind: str, value: str, uploads: dict[str, Upload]) -> StoredFile:
        """What a sending method means by its file parameter: a file id, an http URL or `attach://…`."""
        if value.startswith("attach://"):
            if value.removeprefix("attach://") not in uploads:
                raise bad_request("file must be non-empty")
            return self.add(kind, *uploads[value.removeprefix("attach://")])
        if value.startswith(("http://", "https://")):
            return self.add(kind, value.rsplit("/", 1)[-1], value.encode())
        stored = self._stored.get(value)
        if stored is None:
            raise bad_request("wrong file identifier/HTTP URL specified")
        if stored.kind != kind:
            raise bad_request(f"can't use file of type {stored.kind.title()} as {kind.title()}")
        return stored
