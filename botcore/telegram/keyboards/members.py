"""The keyboards members meet."""

from collections.abc import Sequence

from aiogram.types import InlineKeyboardButton

from botcore import config
from botcore.telegram.callbacks import Announcements, Menu, NewLink, Ritual
from botcore.telegram.keyboards.registry import Rows, button, keyboard, link

MY_REQUEST = "fila"  # one of inbox.RESERVED_PAYLOADS


def contact_row() -> list[InlineKeyboardButton]:
    """The button that writes to the creator; empty when no contact is set (M-MENU-6)."""
    url = config.current().contact_url
    return [link("common.contact", url)] if url else []


def social_row(links: Sequence[Sequence[str]]) -> list[InlineKeyboardButton]:
    """The networks side by side, labels as configured (M-MENU-7)."""
    return [InlineKeyboardButton(text=label, url=url) for label, url in links]


@keyboard
def menu(role: str, waiting: bool = False, inside: bool = False, contact: bool = False) -> Rows:
    """The root menu of a Free member or of a VIP member; `contact` in grace."""
    return [*(_vip_menu(inside) if role == "vip" else _free_menu(waiting)), contact_row() if contact else []]


def _vip_menu(inside: bool) -> Rows:
    return [
        [button("menu.to_membership", Menu(screen="membership"))],
        [] if inside else [button("menu.to_access", Menu(screen="access"))],
        [button("menu.to_help", Menu(screen="help"))],
    ]


def _free_menu(waiting: bool) -> Rows:
    return [
        [button("menu.to_circle", Menu(screen="circle"))],
        [button("menu.to_social", Menu(screen="social"))],
        [button("menu.to_request", Menu(screen="request"))] if waiting else [],
        [button("menu.to_help", Menu(screen="help"))],
    ]


@keyboard
def menu_only() -> Rows:
    return [[button("common.menu", Menu(screen="home"))]]


@keyboard
def page(
    back: str, home: bool = False, plans: bool = False, contact: bool = False, links: Sequence[Sequence[str]] = ()
) -> Rows:
    """A screen below the root: what it offers, then back to its parent and, two levels deep, home (M-MENU-1)."""
    way_back = [button("common.back", Menu(screen=back))]
    return [
        social_row(links),
        [button("menu.to_plans", Menu(screen="plans"))] if plans else [],
        contact_row() if contact else [],
        [*way_back, button("common.home", Menu(screen="menu"))] if home else way_back,
    ]


@keyboard
def contact(menu: bool = False, plans: bool = False) -> Rows:
    """The contact button, the plans and the way to the menu."""
    return [
        contact_row(),
        [button("menu.to_plans", Menu(screen="circle"))] if plans else [],
        [button("common.menu", Menu(screen="home"))] if menu else [],
    ]


@keyboard
def help() -> Rows:
    return [contact_row(), [button("common.back", Menu(screen="menu"))]]


@keyboard
def status(announcements: bool) -> Rows:
    """The switch for announcements (M-MENU-9) and the way back."""
    label = "common.announcements_stop" if announcements else "common.announcements_resume"
    return [[button(label, Announcements(on=not announcements))], [button("common.back", Menu(screen="menu"))]]


@keyboard
def social_start() -> Rows:
    """Under the receipt of a request: the networks, then the button that opens the chat so that notices can arrive."""
    settings = config.current()
    start = link("queue.start", f"https://t.me/{settings.bot_username}?start={MY_REQUEST}")
    return [social_row(settings.social_links), [start] if settings.bot_username else []]


@keyboard
def enter_channel(url: str = "") -> Rows:
    return [[link("queue.open_channel", url)] if url else [], [button("common.menu", Menu(screen="home"))]]


@keyboard
def ritual(stage: str, url: str = "", contact: bool = False) -> Rows:
    """One step of the entry ritual, at delivery with the personal link; `contact` in grace."""
    labels = {"confirmation": "ritual.continue", "alignment": "ritual.ready", "delivery": "ritual.discover"}
    return [
        [link("ritual.cross", url)] if url else [],
        [button(labels[stage], Ritual(stage=stage))],
        contact_row() if contact else [],
    ]


@keyboard
def access_link(url: str) -> Rows:
    return [
        [link("access.open", url)],
        [button("access.renew", NewLink(anyway=False))],
        [button("common.menu", Menu(screen="home"))],
    ]


@keyboard
def new_link() -> Rows:
    """Already inside: a new link all the same (M-ACCESS-3)."""
    return [[button("access.issue_anyway", NewLink(anyway=True))], [button("common.menu", Menu(screen="home"))]]
