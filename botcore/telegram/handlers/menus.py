"""The members' screens behind the root menu, and `/menu`, `/estado`, `/ayuda`, `/cancelar` (members.md §9)."""

from aiogram import F, Router
from aiogram.filters import Command
from aiogram.fsm.context import FSMContext
from aiogram.types import CallbackQuery, Message

from botcore import units
from botcore.outbox import Reply
from botcore.screens import screen
from botcore.telegram import commands
from botcore.telegram.answers import Answer
from botcore.telegram.callbacks import Announcements, Menu, PageIndicator
from subscriptions import links, people, ritual, screens
from subscriptions.access import Person

ROOTS = ("menu", "home")
VIP_SCREENS = {
    "membership": screens.membership_screen,
    "plans": lambda person: screens.circle_screen(back="membership"),
}
SCREENS = {
    "circle": lambda person: screens.circle_screen(),
    "social": lambda person: screens.social_screen(),
    "request": screens.request_screen,
    "help": screens.help_screen,
}


async def menu(message: Message, person: Person, answer: Answer, reply: Reply, state: FSMContext) -> None:
    await state.clear()
    await show_if_any(answer, await units.run(ritual.current_screen, person, reply))


async def status(message: Message, person: Person, answer: Answer) -> None:
    await answer.show(await units.run(screens.status_screen, person))


async def help_(message: Message, person: Person, answer: Answer) -> None:
    await answer.show(await units.run(screens.help_screen, person))


async def cancel(message: Message, answer: Answer, state: FSMContext) -> None:
    """Leaves an open dialogue; with none open there is nothing to interrupt."""
    open_dialogue = await state.get_state()
    await state.clear()
    await answer.show(screen("common.cancelled" if open_dialogue else "common.nothing_to_cancel").on("menu_only"))


async def press_root(query: CallbackQuery, person: Person, answer: Answer, reply: Reply, state: FSMContext) -> None:
    await state.clear()
    await show_if_any(answer, await units.run(ritual.current_screen, person, reply, opening=False))


async def press(query: CallbackQuery, callback_data: Menu, person: Person, answer: Answer) -> None:
    await answer.show(await units.run(SCREENS[callback_data.screen], person))


async def press_vip(query: CallbackQuery, callback_data: Menu, person: Person, answer: Answer, reply: Reply) -> None:
    """A screen of the circle: the role is checked now, not when the button was drawn (M-MENU-2)."""
    if not person.has_access:
        await answer.alert("common.vip_only")
        return await answer.show(await units.run(screens.start_screen, person, opening=False))
    if person.in_ritual:
        return await show_if_any(answer, await units.run(ritual.resume, person, reply))
    await answer.show(await units.run(VIP_SCREENS[callback_data.screen], person))


async def press_access(query: CallbackQuery, person: Person, answer: Answer, reply: Reply) -> None:
    if not person.has_access:
        await answer.alert("common.vip_only")
        return await answer.show(await units.run(screens.start_screen, person, opening=False))
    await show_if_any(answer, await units.run(links.show_access, person, reply))


async def switch_announcements(
    query: CallbackQuery, callback_data: Announcements, person: Person, answer: Answer, reply: Reply
) -> None:
    await units.run(people.switch_announcements, person, reply, on=callback_data.on)
    await answer.toast("common.announcements_on" if callback_data.on else "common.announcements_off")


async def page_indicator(query: CallbackQuery, callback_data: PageIndicator, answer: Answer) -> None:
    await answer.toast("common.page_indicator", page=callback_data.page, pages=callback_data.pages)


async def show_if_any(answer: Answer, shown) -> None:
    """Show what a use case returned; None means that the answer is owed already, or comes with the link."""
    if shown is not None:
        await answer.show(shown)


def make_router() -> Router:
    router = Router(name="menus")
    for handler, command in (
        (menu, commands.MENU),
        (status, commands.STATUS),
        (help_, commands.HELP),
        (cancel, commands.CANCEL),
    ):
        router.message.register(handler, Command(*commands.names(command)))
    router.callback_query.register(press_root, Menu.filter(F.screen.in_(ROOTS)))
    router.callback_query.register(press_vip, Menu.filter(F.screen.in_(VIP_SCREENS)))
    router.callback_query.register(press_access, Menu.filter(F.screen == "access"))
    router.callback_query.register(press, Menu.filter(F.screen.in_(SCREENS)))
    router.callback_query.register(switch_announcements, Announcements.filter())
    router.callback_query.register(page_indicator, PageIndicator.filter())
    return router
