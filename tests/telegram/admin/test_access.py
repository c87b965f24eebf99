"""Who is let into the custodians' room, and how the others are turned away (C-ACC)."""

import pytest
from django.apps import apps

from botcore.models import Member
from botcore.telegram.callbacks import (
    AskAgain,
    BrakeDecision,
    ChannelAct,
    Confirm,
    Flow,
    Panel,
    PlanField,
    Proposed,
    RedeemMine,
)
from botcore.telegram.handlers.admin import channels, confirmations
from botcore.telegram.handlers.admin.refusals import CUSTODIAN_DATA
from tests.factories import make_plan, make_subscription
from tests.telegram.admin.desk import Desk

BUTTONS = [
    *(Panel(screen=name, target=1) for name in ("home", "vip", "free", "plans", "plan", "new_plan", "issue", "brake")),
    *(ChannelAct(kind=kind, act=act) for kind in ("vip", "free") for act in channels.ACTS),
    *(Proposed(chat=-1001000000001, kind=kind) for kind in ("vip", "free", "nothing")),
    *(PlanField(plan=1, field=field) for field in ("name", "days", "price", "currency")),
    *(Flow(act=act, value="1") for act in ("back", "cancel", "keep", "page", "window")),
    *(Confirm(act=act, code="AAAAAAAAAAA") for act in [*confirmations.ACTS, channels.TELL]),
    *(AskAgain(act=act, code="AAAAAAAAAAA") for act in confirmations.ACTS),
    *(BrakeDecision(brake=1, act=act) for act in ("list", "ask", "proceed", "put_off")),
    RedeemMine(token=1),
]
ALLOWED = {"botcore.Inbox", "botcore.Member", "botcore.JobRun"}


def contents() -> dict[str, list]:
    """Every row of every table but those an update may always touch."""
    ours = {"botcore", "subscriptions", "content"}
    models = [
        model for model in apps.get_models() if model._meta.app_label in ours and model._meta.label not in ALLOWED
    ]
    return {model._meta.label: list(model.objects.order_by("pk").values()) for model in models}


def someone(house, kind: str) -> Desk:
    desk = Desk(house, house.person(501))
    member = house.member(desk.person)
    if kind == "vip":
        make_subscription(member)
    if kind == "withdrawn":
        Member.objects.filter(pk=member.pk).update(is_custodian=True)
        desk.says("/admin")
        Member.objects.filter(pk=member.pk).update(is_custodian=False)
    return desk


def test_every_kind_of_button_is_in_the_walk():
    """C-ACC-4: a new kind of button is refused to strangers from its first day."""
    assert {type(data) for data in BUTTONS} == set(CUSTODIAN_DATA)


@pytest.mark.parametrize("kind", ["stranger", "vip", "withdrawn"])
def test_others_are_refused_and_nothing_is_written(house, kind):
    """C-ACC-4, C-ACC-6: every command and button; an alert, nothing shown, nothing stored."""
    make_plan()
    desk = someone(house, kind)
    house.wait(minutes=1)
    before, shown = contents(), len(desk.person.messages)
    for data in BUTTONS:
        answer = desk.presses_data(data.pack())
        assert answer["show_alert"], data
        house.wait(seconds=30)
    assert len(desk.person.messages) == shown
    desk.says("/admin")
    assert len(desk.person.messages) == shown + 1
    assert "/ayuda" in desk.text
    assert contents() == before


def test_a_refusal_is_said_once_in_half_a_minute(house):
    """C-ACC-6: afterwards silence, for a press an empty answer."""
    desk = Desk(house, house.person(501))
    desk.says("/admin")
    shown = len(desk.person.messages)
    desk.says("/admin")
    assert len(desk.person.messages) == shown
    assert not desk.presses_data(Panel(screen="home").pack()).get("text")
    house.wait(seconds=30)
    assert desk.presses_data(Panel(screen="home").pack())["text"]


def test_withdrawal_is_felt_on_the_next_update(house):
    """C-ACC-5: an old button is refused and the running dialogue is cleared."""
    desk = Desk(house, house.person(501))
    Member.objects.filter(telegram_id=501).update(is_custodian=True)
    desk.says("/admin")
    desk.presses("👑 Planes", "👑 Crear un plan")
    assert desk.state()
    Member.objects.filter(telegram_id=501).update(is_custodian=False)
    assert desk.presses_data(Flow(act="cancel").pack())["show_alert"]
    assert desk.state() is None
    assert "/admin" not in desk.says("Luna llena")


def test_start_and_help_of_a_custodian_lead_to_the_panel(desk):
    """C-ACC-7, M-CMD."""
    desk.says("/start")
    desk.presses("🏠 A la antesala")
    assert "👑 Planes" in desk.labels
    assert "/admin" in desk.says("/ayuda")
