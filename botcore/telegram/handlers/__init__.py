"""One router per feature; the order matters: commands before dialogues, the answers to everything else last."""

from aiogram import Router

from botcore.telegram.handlers import access, admin, fallback, joining, menus, ritual, start


def make_router() -> Router:
    """A fresh tree of routers, for one dispatcher."""
    router = Router(name="lucien")
    first = (start, admin, menus, ritual, access, joining)
    router.include_routers(
        *(module.make_router() for module in first), start.make_pasted_router(), fallback.make_router()
    )
    return router
