"""The whole graph of buttons through the real dispatcher: none without a handler, no handler without a button."""

import inspect
import re
from collections import deque

import pytest
from aiogram import Router
from aiogram.filters.callback_data import CallbackData

from botcore.telegram import callbacks, keyboards
from botcore.telegram.handlers.fallback import stale_button
from subscriptions.models import InvitationToken, Subscription
from tests.telegram.people import STATES, someone, subscribe
from tests.telegram.reading import heard

RESTARTED = ("S3 waiting", "S4", "S6", "S7 in", "S8 out", "S10 out")
BIGGEST = {int: 2**63 - 1, bool: False}


class Walk:
    """Presses every kind of button that appears, twice each; remembers what was emitted and which handlers ran."""

    def __init__(self, house, person) -> None:
        self.house, self.person = house, person
        self.seen: set[str] = set()
        self.handled: set[str] = set()
        self.stale: list[str] = []
        self.listen()

    def listen(self) -> None:
        async def note(handler, event, data):
            self.handled.add(name_of(data["handler"].callback))
            if data["handler"].callback is stale_button:
                self.stale.append(event.data)
            return await handler(event, data)

        self.house.engine.lanes.dispatcher.callback_query.middleware(note)

    def run(self, *, restart: bool = False) -> None:
        queue = deque(self._new())
        while queue:
            message, data = queue.popleft()
            if restart:
                self.house.restart()
                self.listen()
            for _ in range(2):
                self.press(message, data)
            queue.extend(self._new())

    def press(self, message, data) -> None:
        query = self.person.press_data(data, message)
        self.house.settle()
        self.house.wait(seconds=5)
        assert len(self.house.answers_to(query)) == 1, data

    def _new(self):
        for message in self.person.messages:
            for button in message.buttons:
                data = button.get("callback_data")
                if data and kind_of(data) not in self.seen:
                    self.seen.add(kind_of(data))
                    yield message, data


def kind_of(data: str) -> str:
    """Buttons that differ only in numbers and one-use codes are one kind."""
    return re.sub(r":\d+|:[\w-]{11}(?=:|$)", ":#", data)


def name_of(callback) -> str:
    return f"{callback.__module__}.{callback.__qualname__}"


def registered(router: Router) -> set[str]:
    """The handlers of presses in a tree of routers."""
    own = {name_of(handler.callback) for handler in router.callback_query.handlers}
    return own.union(*(registered(child) for child in router.sub_routers))


@pytest.fixture
def furnished(house):
    """A house in which every screen has something to show: contact, networks, plans."""
    house.settings(creator_username="diana", instagram="diana", tiktok="diana", x="diana")
    house.plan()
    return house


@pytest.mark.parametrize(
    ("state", "restart"),
    [*((state, False) for state in STATES if state.split()[0] not in ("S0", "S1")), *((s, True) for s in RESTARTED)],
)
def test_every_button_a_member_meets_leads_somewhere(furnished, state, restart):
    """M-CMD-4, M-CMD-5, M-MENU-1: each twice, also after a restart; answered once, handled, and a way back."""
    house, ana = furnished, someone(furnished, state)
    for text in ("/start", "/estado", "/ayuda", "/enlace", "hola"):
        ana.send(text)
        house.settle()
        house.wait(seconds=5)
    walk = Walk(house, ana)
    walk.run(restart=restart)
    assert walk.stale == []
    assert house.refused() == []
    for message in ana.messages:
        ways = {button.get("callback_data") for button in message.buttons}
        assert ways & {"m1:home", "m1:menu"} or heard(message) & ROOTS, message.text


ROOTS = {
    "menu.vip", "menu.free", "start.greeting", "start.first_greeting", "ritual.confirmation", "ritual.alignment",
    "ritual.delivery",
}  # fmt: skip


@pytest.mark.slow
def test_every_handler_has_an_emitter(furnished):
    """DESIGN §3.8: walked as a member in each situation and as a custodian with a house to look after."""
    house, handled = furnished, set()
    for number, state in enumerate(("S3 waiting", "S4", "S7 in", "S8 out")):
        walk = Walk(house, someone(house, state, id=600 + number))
        for text in ("/start", "/estado", "/enlace"):
            walk.person.send(text)
            house.settle()
            house.wait(seconds=5)
        walk.run()
        handled |= walk.handled
    handled |= custodians_walk(house).handled
    missing = registered(house.engine.lanes.dispatcher) - handled
    assert {name.rpartition(".")[2] for name in missing} <= ONLY_ELSEWHERE


# Met by strangers and by old buttons, or only in a dialogue: tests/telegram/admin and test_buttons.py press these.
ONLY_ELSEWHERE = {"stale_button", "button"}


def custodians_walk(house) -> Walk:
    for number in range(12):
        house.plan(name=f"Plan {number}")
        subscribe(house, house.member(someone(house, "S3", id=700 + number)))
    house.settings(brake_min=1, brake_percent=1)
    Subscription.objects.filter(member__telegram_id__gte=700).update(expires_at=house.now())
    marcos = someone(house, "S1")
    house.job("expiry")
    house.world.channel(id=-1006, title="Otro", bot_rights=None)
    marcos.add_bot_admin(-1006)
    walk = Walk(house, marcos)
    for text in ("/admin", f"/start {house.invitation()}"):
        marcos.send(text)
        house.settle()
        house.wait(seconds=5)
    walk.run()
    house.invitation()
    walk.press(marcos.last, f"t1:{InvitationToken.objects.latest('pk').pk}")
    lapsed = next(button["callback_data"] for button in marcos.last.buttons if button["callback_data"][:3] == "c1:")
    house.wait(minutes=16)
    walk.press(marcos.last, lapsed)
    walk.run()
    return walk


def test_callback_data_fits_with_the_largest_ids():
    """§11: 1–64 bytes, 64-bit ids."""
    kinds = [kind for _, kind in inspect.getmembers(callbacks, inspect.isclass) if issubclass(kind, CallbackData)]
    for kind in kinds:
        if kind is CallbackData:
            continue
        values = {name: BIGGEST.get(field.annotation, "x" * 11) for name, field in kind.model_fields.items()}
        assert 1 <= len(kind(**values).pack().encode()) <= 64, kind


def test_every_keyboard_is_registered_once():
    """Names are what outbox rows keep: they must not be lost."""
    assert len(keyboards.names()) == len(set(keyboards.names())) > 20
