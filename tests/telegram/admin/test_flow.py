"""The manners of every dialogue: every state, every way out, every wrong kind (C-FLOW)."""

import pytest

from botcore.telegram.handlers.admin import DIALOGUES
from subscriptions.desk import plans as desk_plans
from tests.factories import make_plan
from tests.telegram.house import VIP

NEW_PLAN = ["/admin", "👑 Planes", "👑 Crear un plan"]
ISSUE = ["/admin", "✉️ Emitir invitación"]
TO_STEP = {
    "Connect:chat": ["/admin", "👑 El Diván", "Cambiar de canal"],
    "Wait:minutes": ["/admin", "🚪 El vestíbulo", "⏳ Cambiar la espera"],
    "FreeLink:url": ["/admin", "🚪 El vestíbulo", "🗝️ Ver el enlace", "Usar otro enlace"],
    "NewPlan:name": NEW_PLAN,
    "NewPlan:days": [*NEW_PLAN, "«Sol»"],
    "NewPlan:price": [*NEW_PLAN, "«Sol»", "«30»"],
    "NewPlan:currency": [*NEW_PLAN, "«Sol»", "«30»", "«25»"],
    "NewPlan:review": [*NEW_PLAN, "«Sol»", "«30»", "«25»", "USD"],
    "EditPlan:name": ["/admin", "👑 Planes", "Luna llena · 30 días", "Nombre"],
    "EditPlan:days": ["/admin", "👑 Planes", "Luna llena · 30 días", "Días"],
    "EditPlan:price": ["/admin", "👑 Planes", "Luna llena · 30 días", "Precio"],
    "EditPlan:currency": ["/admin", "👑 Planes", "Luna llena · 30 días", "Moneda"],
    "Issue:plan": ISSUE,
    "Issue:window": [*ISSUE, "Luna llena · 30 días"],
    "Issue:note": [*ISSUE, "Luna llena · 30 días", "7 días"],
    "Issue:review": [*ISSUE, "Luna llena · 30 días", "7 días", "«para Ana»"],
}
STATES = sorted(TO_STEP)
COMMANDS_OUT = ["/admin", "/cancelar", "/cancel", "/start", "/menu"]
WAYS_OUT = [*COMMANDS_OUT, "f1:cancel:", "p1:home:0:1:0", "p1:plans:0:1:0", "m1:home"]


@pytest.fixture
def at(desk):
    """Leads the custodian to a step."""
    make_plan()

    def lead(state):
        for act in TO_STEP[state]:
            if act.startswith("«"):
                desk.says(act.strip("«»"))
            elif act.startswith("/"):
                desk.says(act)
            else:
                desk.presses(act)
        assert desk.state() == state
        return desk

    return lead


def test_every_state_is_walked():
    """C-FLOW-2: no step of a dialogue is left out of the tests below."""
    assert sorted(step.state.state for dialogue in DIALOGUES for step in dialogue.steps) == STATES


@pytest.mark.parametrize("state", STATES)
def test_every_way_out_leaves_no_state(at, state):
    """C-FLOW-2: commands, Cancelar and menu buttons clear the dialogue from every state and show a screen."""
    desk = at(state)
    answers = desk.answers()
    for escape in WAYS_OUT:
        desk.reopens(state, answers)
        desk.says(escape) if escape.startswith("/") else desk.presses_data(escape)
        assert desk.state() is None, escape
        assert desk.labels, escape


WRONG = {
    "photo": lambda person: person.send_photo(),
    "sticker": lambda person: person.send_sticker(),
    "voice": lambda person: person.send_voice(),
    "document": lambda person: person.send_document(),
    "contact": lambda person: person.send_contact(),
    "location": lambda person: person.send_location(),
    "poll": lambda person: person.send_poll(),
    "dice": lambda person: person.send_dice(),
    "album": lambda person: person.send_album(10),
    "unknown command": lambda person: person.send("/nada"),
    "forwarded text": lambda person: person.forward(person.post(VIP, "30")),
}


@pytest.mark.parametrize("state", STATES)
def test_every_wrong_kind_is_answered_once_and_the_state_stays(at, state):
    """C-FLOW-3: one sentence naming what is awaited, also for an album; nothing raises."""
    desk = at(state)
    for kind, send in WRONG.items():
        if (state, kind) == ("Connect:chat", "forwarded text"):
            continue  # that is what this step awaits
        before = len(desk.person.messages)
        send(desk.person)
        desk.house.settle()
        desk.house.wait(seconds=20)
        assert len(desk.person.messages) == before + 1, kind
        assert "guardo" in desk.text or "basta con un botón" in desk.text, kind
        assert desk.state() == state, kind


def test_buttons_only_steps_take_no_text(at):
    """C-FLOW-3: a number typed where a plan is chosen is no choice."""
    desk = at("Issue:plan")
    assert "basta con un botón" in desk.says("1")


def test_steps_are_counted_and_stepping_back_keeps_what_was_typed(at):
    """C-FLOW-5."""
    desk = at("NewPlan:currency")
    assert "Paso 4 de 5" in desk.text
    desk.presses("⬅️ Atrás")
    assert "Ya escrito: 25.00" in desk.text
    desk.presses("⬅️ Atrás")
    assert "Ya escrito: 30" in desk.text
    desk.presses("Conservar lo escrito", "Conservar lo escrito")
    assert desk.state() == "NewPlan:currency"
    assert "⬅️ Atrás" not in at("NewPlan:name").labels


@pytest.mark.parametrize(
    ("state", "text", "said"),
    [
        ("NewPlan:name", "x" * 101, ("100", "101")),
        ("NewPlan:name", " \u0000\u200b ", ("100",)),
        ("NewPlan:days", "3651", ("3650", "3651")),
        ("NewPlan:days", "1e3", ("3650", "1e3")),
        ("NewPlan:price", "1.000,50", ("1500.00",)),
        ("NewPlan:currency", "XYZ", ("USD", "XYZ")),
        ("Issue:window", "366", ("365", "366")),
        ("Issue:note", "x" * 201, ("200", "201")),
        ("Wait:minutes", "10081", ("10080", "10081")),
        ("FreeLink:url", "http://t.me/+abc", ("https://t.me/",)),
        ("EditPlan:days", "0", ("3650",)),
    ],
)
def test_errors_repeat_the_limit_and_what_was_given(at, state, text, said):
    """C-FLOW-4, C-FLOW-10, C-FLOW-11: the state stays."""
    desk = at(state)
    desk.says(text)
    assert all(word in desk.text for word in said)
    assert desk.state() == state


def test_a_dialogue_lapses_after_a_day_without_input(at):
    """C-FLOW-1."""
    desk = at("NewPlan:days")
    desk.house.wait(hours=23)
    desk.says("x")
    desk.house.wait(hours=23)
    desk.says("30")
    desk.house.wait(hours=25)
    assert "/admin" in desk.says("25")
    assert desk.state() is None


def test_after_a_restart_the_dialogue_is_gone_and_says_so(house, at):
    """C-FLOW-1, M-CMD-5: a text points to /admin, an old button is stale and shows the panel."""
    desk = at("NewPlan:days")
    house.restart()
    assert "/admin" in desk.says("30")
    desk = at("NewPlan:review")
    house.restart()
    answer = desk.presses_data("f1:back:")
    assert answer["show_alert"]
    assert "👑 Planes" in desk.labels
    assert desk.state() is None


def test_a_button_of_another_question_shows_the_open_one(at):
    """M-CMD-5: nothing is taken for an answer."""
    desk = at("NewPlan:days")
    answer = desk.presses_data("f1:window:7")
    assert answer["show_alert"]
    assert desk.state() == "NewPlan:days"
    assert "¿Cuántos días dura?" in desk.text


def test_a_name_of_sixteen_letters_is_a_name(at):
    """M-TOKEN-11: inside a dialogue a bare text is an answer, not an invitation."""
    desk = at("NewPlan:name")
    desk.says("PlanExtraSolLuna")
    assert desk.state() == "NewPlan:days"


def test_a_lapsed_confirmation_offers_to_ask_again(at):
    """C-FLOW-6."""
    desk = at("NewPlan:review")
    desk.house.wait(minutes=16)
    assert "caducado" in desk.presses("✅ Confirmar")
    assert desk_plans.Plan.objects.count() == 1
    desk.presses("Preparar de nuevo", "✅ Confirmar")
    assert desk_plans.Plan.objects.filter(name="Sol").exists()


def test_outside_a_dialogue_everything_points_to_the_panel(desk):
    """C-FLOW-1."""
    assert "/admin" in desk.says("hola")
    desk.person.send_photo()
    desk.rests()
    assert "/admin" in desk.text
