"""The steps of the custodians' dialogues. Members need none: their ritual lives in the database."""

from aiogram.fsm.state import State, StatesGroup


class Connect(StatesGroup):
    chat = State()


class FreeLink(StatesGroup):
    url = State()


class Wait(StatesGroup):
    minutes = State()


class NewPlan(StatesGroup):
    name = State()
    days = State()
    price = State()
    currency = State()
    review = State()


class EditPlan(StatesGroup):
    name = State()
    days = State()
    price = State()
    currency = State()


class Issue(StatesGroup):
    plan = State()
    window = State()
    note = State()
    review = State()
