"""What people do in Telegram; each act puts the update it causes into the bot's queue."""

from typing import TYPE_CHECKING, Any

from botcore.sandbox.chats import (
    USUAL_RIGHTS,
    Channel,
    InviteLink,
    JoinRequest,
    Membership,
    PrivateChat,
    Rights,
)
from botcore.sandbox.contents import CONTENT, caption_json, medium_json, poll_json, typed_text
from botcore.sandbox.messages import Button, Message

if TYPE_CHECKING:
    from botcore.sandbox.world import World

INLINE, INACCESSIBLE = "inline", "inaccessible"


class NotPossible(AssertionError):
    """Telegram's apps would not let a person do that: no such button, banned, link expired."""


class Person:
    """A Telegram user. Attributes may be changed at any time; they show in the next update."""

    ATTRIBUTES = (
        "first_name", "last_name", "username", "language_code", "user_chat_id", "profile_links",
        "too_many_channels",
    )  # fmt: skip
    ACTS = (
        "start", "send", "edit", "forward", "post", "react", "press", "press_data", "follow",
        "request_to_join", "join", "leave", "block_bot", "unblock_bot", "deactivate", "add_bot_admin",
        "remove_bot", "approve", "decline", "remove", "ban", "send_photo", "send_video", "send_animation",
        "send_audio", "send_voice", "send_document", "send_sticker", "send_album", "send_contact",
        "send_location", "send_poll", "send_dice",
    )  # fmt: skip

    def __init__(self, world: "World", id: int, first_name: str) -> None:
        self.world = world
        self.id = self.user_chat_id = id
        self.first_name = first_name
        self.last_name: str | None = None
        self.username: str | None = None
        self.language_code: str | None = "es"
        self.profile_links = True
        self.too_many_channels = False
        self.started = self.seen = self.blocked_bot = self.deactivated = False
        self.chat = PrivateChat(self)

    def as_json(self) -> dict[str, Any]:
        optional = {
            "last_name": self.last_name,
            "username": self.username,
            "language_code": self.language_code,
        }
        found = {"id": self.id, "is_bot": False, "first_name": self.first_name}
        return found | {key: value for key, value in optional.items() if value}

    # What the person sees

    @property
    def messages(self) -> list[Message]:
        """What the bot shows in the private chat now, oldest first."""
        return [message for message in self.chat.messages.values() if message.by_bot]

    @property
    def conversation(self) -> list[Message]:
        """The whole private chat, both sides, oldest first."""
        return list(self.chat.messages.values())

    @property
    def last(self) -> Message:
        """The bot's last message in the private chat."""
        if not self.messages:
            raise NotPossible(f"the bot has written nothing to {self.first_name}")
        return self.messages[-1]

    @property
    def commands(self) -> list[dict[str, str]]:
        """The command list this person's menu shows (scopes narrow to wide, then languages)."""
        scopes = (f"chat:{self.id}", "all_private_chats", "default")
        keys = [(scope, language) for scope in scopes for language in (self.language_code or "", "")]
        return next((self.world.commands[key] for key in keys if self.world.commands.get(key)), [])

    # Writing to the bot

    def start(self, payload: str | None = None) -> Message:
        """Press Start, or open a link with a payload; lifts the person's own block."""
        if self.blocked_bot:
            self.unblock_bot()
        return self.send("/start" if payload is None else f"/start {payload}")

    def send(self, text: str) -> Message:
        """Write a text to the bot, commands and links marked as Telegram marks them."""
        return self._say(typed_text(text))

    def edit(self, message: Message, text: str) -> Message:
        content = {key: value for key, value in message.body.items() if key not in ("text", "entities")}
        message.body = content | typed_text(text) | {"edit_date": int(self.world.now())}
        self.world.emit("edited_message", message.body, self)
        return message

    def forward(self, message: Message) -> Message:
        """Forward a message, usually a channel's post, to the bot."""
        if message.chat.kind == "channel":
            origin = {"type": "channel", "chat": message.chat.as_json(), "message_id": message.id}
        else:
            origin = {"type": "user", "sender_user": message.body["from"]}
        content = {key: message.body[key] for key in CONTENT if key in message.body}
        return self._say(content | {"forward_origin": origin | {"date": message.body["date"]}})

    def send_photo(self, caption: str = "", content: bytes = b"photo") -> Message:
        return self._medium("photo", caption, content)

    def send_video(self, caption: str = "", content: bytes = b"video") -> Message:
        return self._medium("video", caption, content)

    def send_animation(self, caption: str = "", content: bytes = b"animation") -> Message:
        return self._medium("animation", caption, content)

    def send_audio(self, caption: str = "", content: bytes = b"audio") -> Message:
        return self._medium("audio", caption, content)

    def send_voice(self, content: bytes = b"voice") -> Message:
        return self._medium("voice", "", content)

    def send_document(self, name: str = "documento.pdf", caption: str = "", content: bytes = b"document") -> Message:
        return self._medium("document", caption, content, name=name)

    def send_sticker(self) -> Message:
        return self._medium("sticker", "", b"sticker")

    def send_album(self, photos: int = 3, caption: str = "") -> list[Message]:
        group = self.world.new_id()
        return [
            self._medium("photo", "" if number else caption, b"photo", media_group_id=group) for number in range(photos)
        ]

    def send_contact(self, phone_number: str = "+34600000000") -> Message:
        return self._say({"contact": {"phone_number": phone_number, "first_name": self.first_name, "user_id": self.id}})

    def send_location(self, latitude: float = 40.4, longitude: float = -3.7) -> Message:
        return self._say({"location": {"latitude": latitude, "longitude": longitude}})

    def send_poll(self, question: str = "¿Sí o no?") -> Message:
        return self._say({"poll": poll_json(self.world.new_id(), question, ["Sí", "No"])})

    def send_dice(self, value: int = 6) -> Message:
        return self._say({"dice": {"emoji": "🎲", "value": value}})

    def _medium(self, kind: str, caption: str, content: bytes, name: str = "", **extra: Any) -> Message:
        file = self.world.files.add(kind, name or f"{kind}.bin", content)
        return self._say(medium_json(file) | caption_json(caption) | extra)

    def _say(self, content: dict[str, Any]) -> Message:
        self._able()
        if self.blocked_bot:
            raise NotPossible(f"{self.first_name} has blocked the bot")
        self.started = True
        message = self.world.add_message(self.chat, self.as_json(), content, by_bot=False)
        self.world.emit("message", message.body, self)
        return message

    def _able(self) -> None:
        if self.deactivated:
            raise NotPossible(f"the account of {self.first_name} is deactivated")

    # Buttons

    def press(self, message: Message, label_or_data: str) -> str:
        """Press a button of a message as it stands now.

        Returns the callback query's id; `world.answers[id]` is the bot's answer. Raises NotPossible without
        such a button.
        """
        button = self._button(message, label_or_data)
        if "callback_data" not in button:
            raise NotPossible(f"«{button['text']}» sends nothing to the bot; follow() it")
        return self.press_data(button["callback_data"], message)

    def follow(self, message: Message, label: str) -> str:
        """The address a URL button leads to, or the text a copy button copies."""
        button = self._button(message, label)
        return button["url"] if "url" in button else button["copy_text"]["text"]

    def press_data(self, data: str, message: Message | str | None = None) -> str:
        """Send callback data as a hostile client might: any data, under any message.

        message: a message of the bot (default: the last one), "inline" for none at all, "inaccessible" for
        one that Telegram no longer shows; a deleted message is inaccessible too. Returns the callback query's
        id.
        """
        self._able()
        query_id = f"{self.id}{int(self.world.new_id()):010}"
        query = {"id": query_id, "from": self.as_json(), "chat_instance": str(self.id), "data": data}
        if message == INLINE:
            query["inline_message_id"] = f"inline{self.world.new_id()}"
        else:
            query["message"] = self._pressed(message)
        self.world.open_query(query_id, self.id)
        self.world.emit("callback_query", query, self)
        return query_id

    def _pressed(self, message: Message | str | None) -> dict[str, Any]:
        if message == INACCESSIBLE:
            return {"chat": self.chat.as_json(), "message_id": 1, "date": 0}
        message = message or self.last
        if message.id not in message.chat.messages:
            return {"chat": message.chat.as_json(), "message_id": message.id, "date": 0}
        return message.body

    def _button(self, message: Message, wanted: str) -> Button:
        button = message.button(wanted) if message.id in message.chat.messages else None
        if button is None:
            raise NotPossible(f"no button {wanted!r} among {message.labels}")
        return button

    def react(self, message: Message, emoji: str) -> None:
        """React to a message; in a channel the bot hears only how many did."""
        chat, now = message.chat, int(self.world.now())
        reaction = {"type": "emoji", "emoji": emoji}
        content = {"chat": chat.as_json(), "message_id": message.id, "date": now}
        if chat.kind == "channel":
            counts = [{"type": reaction, "total_count": 1}]
            self.world.emit("message_reaction_count", content | {"reactions": counts})
        else:
            content |= {"user": self.as_json(), "old_reaction": [], "new_reaction": [reaction]}
            self.world.emit("message_reaction", content, self)

    # The bot itself

    def block_bot(self) -> None:
        self._own_chat("member", "kicked")
        self.blocked_bot = True

    def unblock_bot(self) -> None:
        self._own_chat("kicked", "member")
        self.blocked_bot = False

    def _own_chat(self, old: str, new: str) -> None:
        def member(status: str) -> dict[str, Any]:
            banned = {"until_date": 0} if status == "kicked" else {}
            return {"status": status, "user": self.world.bot} | banned

        content = {
            "chat": self.chat.as_json(),
            "from": self.as_json(),
            "date": int(self.world.now()),
            "old_chat_member": member(old),
            "new_chat_member": member(new),
        }
        self.world.emit("my_chat_member", content, self)

    def deactivate(self) -> None:
        """Delete the account; Telegram tells the bot nothing."""
        self.deactivated = True

    # Channels

    def request_to_join(self, channel: Channel | int, link: str | None = None, query_id: bool = False) -> JoinRequest:
        """Ask to be let in, by a link that creates requests or the channel's own button; may be repeated."""
        self._able()
        channel = self._channel(channel)
        invitation = self._usable(channel, link)
        if invitation and not invitation.creates_join_request:
            raise NotPossible("that link lets one in at once: join()")
        if channel.membership(self.id).inside or channel.membership(self.id).status == "kicked":
            raise NotPossible(f"{self.first_name} is in {channel.title} or banned there")
        now = self.world.now()
        request = JoinRequest(self.id, self.user_chat_id, now, invitation)
        channel.requests[self.id] = request
        content = {
            "chat": channel.as_json(),
            "from": self.as_json(),
            "user_chat_id": self.user_chat_id,
            "date": int(now),
        }
        if invitation:
            content["invite_link"] = self.world.link_json(channel, invitation)
        if query_id:
            content["query_id"] = request.query_id = self.world.open_join_query(channel, self.id)
        if "can_invite_users" in self.world.bot_membership(channel).rights:
            self.world.emit("chat_join_request", content, self)
        return request

    def join(self, channel: Channel | int, link: str | None = None) -> None:
        """Enter at once: by a link that needs no approval, or without one, as into a public channel."""
        self._able()
        channel = self._channel(channel)
        invitation = self._usable(channel, link)
        if invitation and invitation.creates_join_request:
            raise NotPossible("that link only lets one ask: request_to_join()")
        if channel.membership(self.id).inside or channel.membership(self.id).status == "kicked":
            raise NotPossible(f"{self.first_name} is in {channel.title} or banned there")
        channel.requests.pop(self.id, None)
        self._set(channel, self, Membership("member", link=invitation))

    def leave(self, channel: Channel | int) -> None:
        channel = self._channel(channel)
        if not channel.membership(self.id).inside:
            raise NotPossible(f"{self.first_name} is not in {channel.title}")
        self._set(channel, self, Membership("left"))

    def post(self, channel: Channel | int, text: str = "", photo: bool = False) -> Message:
        """Publish by hand in a channel."""
        channel = self._channel(channel)
        content = (
            medium_json(self.world.files.add("photo", "photo.jpg", b"photo")) | caption_json(text)
            if photo
            else typed_text(text)
        )
        message = self.world.add_message(channel, self.as_json(), content, by_bot=False)
        if self.world.bot_membership(channel).inside:
            self.world.emit("channel_post" if channel.kind == "channel" else "message", message.body)
        return message

    # As administrator of a channel

    def add_bot_admin(self, channel: Channel | int, rights: Rights = USUAL_RIGHTS) -> None:
        """Make the bot administrator, or change its rights."""
        self.seen = True
        self.world.set_bot_rights(self._channel(channel).id, rights, by=self)

    def remove_bot(self, channel: Channel | int, kick: bool = False) -> None:
        self.world.set_bot_rights(self._channel(channel).id, None, by=self, kick=kick)

    def approve(self, channel: Channel | int, person: "Person | int") -> None:
        """Let somebody in by hand."""
        self._settle(channel, person, approve=True)

    def decline(self, channel: Channel | int, person: "Person | int") -> None:
        self._settle(channel, person, approve=False)

    def remove(self, channel: Channel | int, person: "Person | int") -> None:
        self._set(self._channel(channel), self._person(person), Membership("left"))

    def ban(self, channel: Channel | int, person: "Person | int") -> None:
        self._set(self._channel(channel), self._person(person), Membership("kicked"))

    def _settle(self, channel: Channel | int, person: "Person | int", *, approve: bool) -> None:
        channel, person = self._channel(channel), self._person(person)
        if person.id not in channel.requests:
            raise NotPossible(f"{person.first_name} has not asked to enter {channel.title}")
        self.world.settle_request(channel, person.id, self.as_json(), approve=approve)

    def _set(self, channel: Channel, person: "Person", member: Membership) -> None:
        self.world.set_member(channel, person.as_json(), member, by=self.as_json())

    def _person(self, person: "Person | int") -> "Person":
        return person if isinstance(person, Person) else self.world.people[person]

    def _channel(self, channel: Channel | int) -> Channel:
        return channel if isinstance(channel, Channel) else self.world.channels[channel]

    def _usable(self, channel: Channel, link: str | None) -> InviteLink | None:
        if link is None:
            return None
        invitation = channel.links.get(link)
        if invitation is None or not channel.link_usable(invitation, self.world.now()):
            raise NotPossible("that link is unknown, revoked, expired or used up")
        return invitation
