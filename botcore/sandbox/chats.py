"""Channels and supergroups: who is in them, what the bot may do there, invite links and join requests."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from botcore.sandbox.messages import Message
    from botcore.sandbox.people import Person

COMMON_RIGHTS = (
    "can_manage_chat", "can_delete_messages", "can_manage_video_chats", "can_restrict_members",
    "can_promote_members", "can_change_info", "can_invite_users", "can_post_stories", "can_edit_stories",
    "can_delete_stories",
    "can_send_welcome_messages",
)  # fmt: skip
CHANNEL_RIGHTS = ("can_post_messages", "can_edit_messages", "can_manage_direct_messages")
SUPERGROUP_RIGHTS = ("can_pin_messages", "can_manage_topics", "can_manage_tags")
USUAL_RIGHTS = (
    "can_manage_chat", "can_invite_users", "can_restrict_members", "can_post_messages", "can_edit_messages",
    "can_delete_messages",
)  # fmt: skip
Rights = Iterable[str] | Mapping[str, bool]


@dataclass
class Membership:
    """One row of a chat's member list, as a ChatMember of the Bot API says it."""

    status: str = "left"
    rights: frozenset[str] = frozenset()
    until_date: int = 0
    link: "InviteLink | None" = None

    @property
    def inside(self) -> bool:
        return self.status in ("creator", "administrator", "member", "restricted")


@dataclass
class InviteLink:
    url: str
    creator_id: int
    name: str = ""
    expire_date: int | None = None
    member_limit: int | None = None
    creates_join_request: bool = False
    is_primary: bool = False
    is_revoked: bool = False


@dataclass
class JoinRequest:
    user_id: int
    user_chat_id: int
    date: float
    link: InviteLink | None = None
    query_id: str | None = None


@dataclass(eq=False)
class Channel:
    """A channel or supergroup. `available_reactions` None: all of Telegram's; otherwise a list of emoji."""

    id: int
    title: str
    username: str | None = None
    kind: str = "channel"
    available_reactions: list[str] | None = None
    has_protected_content: bool = False
    members: dict[int, Membership] = field(default_factory=dict)
    links: dict[str, InviteLink] = field(default_factory=dict)
    requests: dict[int, JoinRequest] = field(default_factory=dict)
    messages: "dict[int, Message]" = field(default_factory=dict)

    def membership(self, user_id: int) -> Membership:
        return self.members.get(user_id) or Membership()

    def rights(self, granted: Rights) -> frozenset[str]:
        """The rights that exist in this kind of chat out of those granted."""
        if isinstance(granted, Mapping):
            granted = [name for name, given in granted.items() if given]
        unknown = set(granted) - {*COMMON_RIGHTS, *CHANNEL_RIGHTS, *SUPERGROUP_RIGHTS}
        if unknown:
            raise ValueError(f"no such administrator rights: {sorted(unknown)}")
        return frozenset(granted) & frozenset(self.right_names) | {"can_manage_chat"}

    @property
    def right_names(self) -> tuple[str, ...]:
        return COMMON_RIGHTS + (CHANNEL_RIGHTS if self.kind == "channel" else SUPERGROUP_RIGHTS)

    @property
    def inside(self) -> list[int]:
        """Telegram ids of everybody who is in, the bot included."""
        return [user_id for user_id, member in self.members.items() if member.inside]

    @property
    def posts(self) -> "list[Message]":
        return list(self.messages.values())

    def as_json(self) -> dict[str, Any]:
        username = {"username": self.username} if self.username else {}
        return {"id": self.id, "type": self.kind, "title": self.title} | username

    def member_json(self, user: dict[str, Any], member: Membership) -> dict[str, Any]:
        """A ChatMember of the Bot API."""
        found = {"status": member.status, "user": user}
        match member.status:
            case "creator":
                found |= {"is_anonymous": False}
            case "administrator":
                found |= {"can_be_edited": False, "is_anonymous": False}
                found |= {right: right in member.rights for right in self.right_names}
            case "kicked":
                found |= {"until_date": member.until_date}
        return found

    def link_usable(self, link: InviteLink, now: float) -> bool:
        if link.is_revoked or (link.expire_date and link.expire_date <= now):
            return False
        if not link.member_limit:
            return True
        return sum(member.inside and member.link is link for member in self.members.values()) < link.member_limit

    def link_json(self, link: InviteLink, creator: dict[str, Any], viewer_id: int) -> dict[str, Any]:
        """A ChatInviteLink; of another administrator's link only the beginning is shown."""
        url = link.url if link.creator_id == viewer_id else link.url[: len(link.url) // 2] + "..."
        pending = sum(request.link is link for request in self.requests.values())
        optional = {
            "name": link.name,
            "expire_date": link.expire_date,
            "member_limit": link.member_limit,
            "pending_join_request_count": pending if link.creates_join_request else None,
        }
        return {
            "invite_link": url,
            "creator": creator,
            "creates_join_request": link.creates_join_request,
            "is_primary": link.is_primary,
            "is_revoked": link.is_revoked,
        } | {key: value for key, value in optional.items() if value}


@dataclass(eq=False)
class PrivateChat:
    """The conversation of one person with the bot."""

    person: "Person"
    messages: "dict[int, Message]" = field(default_factory=dict)
    kind = "private"

    @property
    def id(self) -> int:
        return self.person.id

    def as_json(self) -> dict[str, Any]:
        user = self.person.as_json()
        names = {key: user[key] for key in ("first_name", "last_name", "username") if key in user}
        return {"id": self.id, "type": "private"} | names
