"""The world: one bot, its people and channels, and `call()`, which answers as the Bot API would.

Every rule that decides an answer is Telegram's: https://core.telegram.org/bots/api, and for wording and order
of checks https://github.com/tdlib/telegram-bot-api (Client.cpp).
"""

import itertools
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from botcore.sandbox import faults, methods, schema
from botcore.sandbox.chats import (
    USUAL_RIGHTS,
    Channel,
    InviteLink,
    JoinRequest,
    Membership,
    PrivateChat,
    Rights,
)
from botcore.sandbox.errors import ApiError, bad_request
from botcore.sandbox.files import Files, Upload
from botcore.sandbox.limits import Flood
from botcore.sandbox.messages import Message
from botcore.sandbox.people import Person
from botcore.sandbox.queries import JoinQuery, Query
from botcore.sandbox.updates import Update, Updates

CALLBACK_LIFETIME = 900
FIRST_UPDATE_ID = 700_000_001


@dataclass
class Call:
    """One line of the call log. `result` and `error` are both None while the call hangs."""

    method: str
    params: dict[str, Any]
    at: float
    result: Any = None
    error: Exception | None = None


class World:
    """One bot's Telegram.

    now: gives the time as epoch seconds or aware datetime; long polls and injected delays use real time.
    token: the only token accepted; None accepts any.
    callback_lifetime: seconds for which a button press may be answered.
    call_log: how many calls `calls` remembers.
    """

    def __init__(
        self,
        *,
        now: Callable[[], float | datetime] = time.time,
        token: str | None = None,
        username: str = "LucienSandboxBot",
        name: str = "Lucien",
        rate_limits: bool = True,
        callback_lifetime: float = CALLBACK_LIFETIME,
        call_log: int = 10_000,
        first_update_id: int = FIRST_UPDATE_ID,
        join_request_queries: bool = False,
    ) -> None:
        self._now = now
        self.token = token
        self.token_revoked = False
        bot_id = int(token.split(":")[0]) if token else 7_000_000_001
        self.bot = {"id": bot_id, "is_bot": True, "first_name": name, "username": username}
        self.join_request_queries = join_request_queries
        self.callback_lifetime = callback_lifetime
        self.people: dict[int, Person] = {}
        self.channels: dict[int, Channel] = {}
        self.files = Files()
        self.flood = Flood(rate_limits)
        self.faults = faults.Faults()
        self.calls: deque[Call] = deque(maxlen=call_log)
        self.queries: dict[str, Query] = {}
        self.answers: dict[str, dict[str, Any]] = {}
        self.commands: dict[tuple[str, str], list[dict[str, str]]] = {}
        self.queue = Updates(first_update_id)
        self.by_user_chat: dict[int, Person] = {}
        self._ids = itertools.count(1)
        self._message_ids: dict[int, itertools.count] = {}

    # The Bot API

    async def call(self, method: str, params: dict[str, Any], uploads: dict[str, Upload] | None = None) -> Any:
        """Answer one Bot API call with its JSON-able result.

        params: as sent, values as text or JSON. uploads: name and content of attached files by field name.
        Raises ApiError as Telegram would refuse, or whatever a planted fault raises.
        """
        record = Call(method, params, self.now())
        self.calls.append(record)
        try:
            record.result = await self._answer(record, uploads or {})
        except Exception as error:
            record.error = error
            raise
        return record.result

    async def _answer(self, record: Call, uploads: dict[str, Upload]) -> Any:
        if self.token_revoked:
            raise ApiError(401, "Unauthorized")
        record.params = params = schema.decode(record.method, record.params)
        handler = methods.METHODS.get(record.method)
        if handler is None:
            raise ApiError(501, f"Not Implemented: the sandbox does not know {record.method}")
        fault = self.faults.take(record.method, params)
        return await faults.run(lambda: handler(self, params, uploads), fault)

    def check_token(self, token: str) -> None:
        """Raise ApiError 401 for a token that is not this bot's."""
        if self.token_revoked or self.token not in (None, token):
            raise ApiError(401, "Unauthorized")

    def revoke_token(self) -> None:
        """From now on every call is answered 401."""
        self.token_revoked = True

    def fail(
        self,
        method: str,
        what: Exception | float | str,
        *,
        times: int = 1,
        when: Callable[[dict[str, Any]], bool] | None = None,
        after: bool = False,
    ) -> None:
        """Plant a fault for the next `times` calls of `method` ("*": of any) whose decoded parameters satisfy
        `when`.

        what: an exception to raise (OSError for a broken network), seconds of delay, or HANG.
        after: the call takes effect first, only its answer is lost.
        """
        self.faults.plant(method, what, times=times, when=when, after=after)

    def called(self, method: str) -> list[Call]:
        """The remembered calls of that method, oldest first."""
        return [call for call in self.calls if call.method == method]

    # Time, updates, messages

    def now(self) -> float:
        """Epoch seconds."""
        moment = self._now()
        return moment.timestamp() if isinstance(moment, datetime) else float(moment)

    @property
    def updates(self) -> list[Update]:
        """Updates the bot has not confirmed yet."""
        return list(self.queue.pending.values())

    def take_updates(self) -> list[Update]:
        """Hand over and confirm all waiting updates, for tests that feed a dispatcher themselves."""
        return self.queue.take()

    def emit(self, kind: str, content: dict[str, Any], person: Person | None = None) -> Update | None:
        """Queue an update; the bot has then seen `person`. None if the bot did not ask for that kind."""
        if person:
            person.seen = True
        return self.queue.push(kind, content)

    def new_id(self) -> str:
        return str(next(self._ids))

    def add_message(
        self, chat: Channel | PrivateChat, author: dict[str, Any], content: dict[str, Any], *, by_bot: bool
    ) -> Message:
        """Put a message into a chat. Ids are counted per channel, and in common for all private chats."""
        key = 0 if chat.kind == "private" else chat.id
        number = next(self._message_ids.setdefault(key, itertools.count(1)))
        signed = {"sender_chat": chat.as_json()} if chat.kind == "channel" else {"from": author}
        body = {"message_id": number, **signed, "chat": chat.as_json(), "date": int(self.now()), **content}
        chat.messages[number] = message = Message(number, chat, body, by_bot)
        return message

    # People and chats

    def person(self, id: int, first_name: str = "", **attributes: Any) -> Person:
        """The person with that Telegram id, made on first mention.

        attributes: last_name, username, language_code, user_chat_id (if it should differ from the id),
        profile_links (False: tg://user buttons naming the person are refused), too_many_channels.
        """
        person = self.people.get(id)
        if person is None:
            person = self.people[id] = Person(self, id, first_name or f"Persona {id}")
        elif first_name:
            person.first_name = first_name
        for name, value in attributes.items():
            if name not in Person.ATTRIBUTES:
                raise TypeError(f"a person has no {name}")
            setattr(person, name, value)
        self.by_user_chat[person.user_chat_id] = person
        return person

    def channel(
        self,
        id: int,
        title: str = "Canal",
        *,
        username: str | None = None,
        kind: str = "channel",
        bot_rights: Rights | None = USUAL_RIGHTS,
        owner: Person | None = None,
        available_reactions: list[str] | None = None,
        has_protected_content: bool = False,
    ) -> Channel:
        """Make a channel or supergroup, silently (no update). bot_rights None: the bot is not in it."""
        made = Channel(id, title, username, kind, available_reactions, has_protected_content)
        self.channels[id] = made
        if owner:
            made.members[owner.id] = Membership("creator")
        if bot_rights is not None:
            made.members[self.bot["id"]] = Membership("administrator", made.rights(bot_rights))
        return made

    def set_bot_rights(
        self, channel_id: int, rights: Rights | None, by: Person | None = None, kick: bool = False
    ) -> None:
        """Change what the bot may do in a channel, with its my_chat_member update.

        rights None: the bot is put out (kick: and banned).
        """
        channel = self.channels[channel_id]
        if rights is None:
            new = Membership("kicked" if kick else "left")
        else:
            new = Membership("administrator", channel.rights(rights))
        self.set_member(channel, self.bot, new, by=by.as_json() if by else self.owner_json(channel))

    def owner_json(self, channel: Channel) -> dict[str, Any]:
        owner = next((user_id for user_id, member in channel.members.items() if member.status == "creator"), None)
        return self.user_json(owner) if owner else {"id": 777000, "is_bot": False, "first_name": "Telegram"}

    def user_json(self, user_id: int) -> dict[str, Any]:
        return self.bot if user_id == self.bot["id"] else self.people[user_id].as_json()

    def set_member(
        self,
        channel: Channel,
        user: dict[str, Any],
        new: Membership,
        *,
        by: dict[str, Any],
        via_join_request: bool = False,
    ) -> None:
        """Change a membership and tell the bot: always of itself, of others where it is administrator."""
        old = channel.membership(user["id"])
        channel.members[user["id"]] = new
        content = {
            "chat": channel.as_json(),
            "from": by,
            "date": int(self.now()),
            "old_chat_member": channel.member_json(user, old),
            "new_chat_member": channel.member_json(user, new),
        }
        if new.link:
            content["invite_link"] = self.link_json(channel, new.link)
        if via_join_request:
            content["via_join_request"] = True
        if user["id"] == self.bot["id"]:
            self.emit("my_chat_member", content)
        elif self.bot_membership(channel).status == "administrator":
            self.emit("chat_member", content, self.people.get(user["id"]))

    def bot_membership(self, channel: Channel) -> Membership:
        return channel.membership(self.bot["id"])

    def open_query(self, query_id: str, user_id: int) -> None:
        """Note a button press that waits for its answer."""
        self.queries[query_id] = Query(user_id, self.now())

    def open_join_query(self, channel: Channel, user_id: int) -> str:
        """Note a join request that waits for answerChatJoinRequestQuery; gives the query's id."""
        query_id = f"join{self.new_id()}"
        self.queries[query_id] = JoinQuery(user_id, self.now(), channel=channel)
        return query_id

    def answer_query(self, query_id: str, kind: type[Query], lifetime: float) -> Query:
        """Take a query's one answer. Raises ApiError 400 if unknown, answered, or older than `lifetime` s."""
        query = self.queries.get(query_id)
        if type(query) is not kind or query.answered or self.now() - query.at > lifetime:
            raise bad_request("query is too old and response timeout expired or query ID is invalid")
        query.answered = True
        return query

    def link_json(self, channel: Channel, link: InviteLink) -> dict[str, Any]:
        return channel.link_json(link, self.user_json(link.creator_id), self.bot["id"])

    def settle_request(self, channel: Channel, user_id: int, by: dict[str, Any], *, approve: bool) -> JoinRequest:
        """Close a pending join request; approving lets the person in."""
        request = channel.requests.pop(user_id)
        if approve:
            member = Membership("member", link=request.link)
            self.set_member(channel, self.user_json(user_id), member, by=by, via_join_request=True)
        return request
