"""The custodians' room: one door for messages and callbacks alike, one router per panel behind it (C-ACC-4)."""

from aiogram import Router

from botcore.telegram.filters import custodian_only
from botcore.telegram.handlers.admin import (
    brake,
    channels,
    confirmations,
    flow,
    invitations,
    panel,
    plans,
    refusals,
)  # fmt: skip
from botcore.telegram.handlers.fallback import Albums

DIALOGUES = (*channels.DIALOGUES, *plans.DIALOGUES, *invitations.DIALOGUES)


def make_router() -> Router:
    """The room behind its door, whoever meets the door closed, and what channels tell by themselves."""
    router = Router(name="admin")
    router.include_routers(_room(), refusals.make_router(), channels.make_watch_router())
    return router


def _room() -> Router:
    """Commands first, then buttons, the open dialogues last (C-FLOW-2)."""
    albums = Albums()
    room = Router(name="custodians only")
    for observer in (room.message, room.callback_query):
        observer.filter(custodian_only)
        observer.middleware(refusals.explain)
    panels = (panel.make_router(), plans.make_router(), invitations.make_router(), brake.make_router())
    dialogues = flow.make_router(flow.by_state(*DIALOGUES), albums)
    room.include_routers(*panels, channels.make_router(albums), confirmations.make_router(), dialogues)
    return room
