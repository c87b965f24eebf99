"""Queries that wait for the bot's one answer."""

from dataclasses import dataclass, field

from botcore.sandbox.chats import Channel


@dataclass
class Query:
    """A button press, or a join request's query, that waits for its one answer."""

    user_id: int
    at: float
    answered: bool = False


@dataclass
class JoinQuery(Query):
    channel: Channel = field(kw_only=True)
