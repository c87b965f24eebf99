"""What the custodians' screens cost (C-PANEL-4) and show when all is well or many things are not (C-PANEL-1, -2)."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from botcore.exceptions import NotAllowed
from botcore.models import Channel
from botcore.outbox import Reply
from subscriptions.access import Person
from subscriptions.desk import brake, channels, invitations, panel, plans
from subscriptions.models import Brake, Removal
from tests.factories import DAY, MINUTE, NOW, make_channels, make_member, make_plan, make_subscription, make_token

MOST = 12


@pytest.fixture
def person(db):
    return Person(make_member(telegram_id=1001), None, NOW)


@pytest.fixture
def busy_house(person):
    """Many rows of everything a panel reads."""
    make_channels()
    held = Brake.objects.create(pulled_at=NOW, count=25, limit=1)
    for number in range(25):
        plan = make_plan(name=f"Plan {number}", days=number + 1)
        make_token(f"{number:016}", plan=plan)
        member = make_subscription().member
        Removal.objects.create(member=member, due_at=NOW - DAY, state="held", brake=held)
    return plan


def test_every_screen_keeps_its_budget_whatever_the_rows(person, busy_house):
    """C-PANEL-4: at most 12 queries."""
    answers = {"plan": busy_house.pk, "window": 7, "note": "", "kind": "free"}
    looks = {
        "panel": lambda: panel.panel_screen(person),
        "vip": lambda: channels.channel_screen(person, kind="vip"),
        "free": lambda: channels.channel_screen(person, kind="free"),
        "plans": lambda: plans.list_screen(person, page=2),
        "plan": lambda: plans.plan_screen(person, plan_id=busy_house.pk),
        "choose": lambda: invitations.ask_plan(person, answers),
        "review": lambda: invitations.review(person, answers),
        "wait": lambda: channels.ask_wait(person, answers),
        "brake": lambda: brake.list_screen(person, brake_id=Brake.objects.first().pk),
    }
    for name, look in looks.items():
        with CaptureQueriesContext(connection) as queries:
            assert look().text()
        assert len(queries) <= MOST, name


def test_matters_are_red_first_and_three_at_most(person):
    """C-PANEL-2: each with the button of the screen that mends it."""
    make_channels()
    Channel.objects.filter(kind="vip").update(probed_at=NOW, missing=["can_invite_users", "can_restrict_members"])
    Channel.objects.filter(kind="free").update(probed_at=NOW - 11 * MINUTE)
    shown = panel.panel_screen(person)
    text = shown.text()
    assert "🔴" in text
    assert text.count("\n· ") == 3
    assert shown.arguments["mend"] == [["vip", 0], ["plans", 0]]


def test_colours_of_a_channel(person):
    """C-PANEL-2, C-DASH: unset and unreachable are red, an old probe and a warning amber."""
    make_plan()
    make_channels()
    channel = Channel.objects.filter(kind="vip")
    Channel.objects.update(probed_at=NOW)
    assert not panel.matters(now=NOW)
    assert not panel.matters(now=NOW + 11 * MINUTE)[0].red
    channel.update(warnings=["vip_public"])
    assert [matter.red for matter in panel.matters(now=NOW)] == [False]
    channel.update(missing=["not_found"])
    assert [matter.key for matter in panel.matters(now=NOW)] == ["desk.matter_channel_lost"]
    channel.delete()
    assert [matter.key for matter in panel.matters(now=NOW)] == ["desk.matter_vip_unset"]


def test_late_removals_turn_amber_then_red(person):
    """C-DASH: older than 5 and than 60 minutes."""
    make_plan()
    make_channels()
    Channel.objects.update(probed_at=NOW)
    Removal.objects.create(member=make_member(), due_at=NOW - 6 * MINUTE)
    assert [matter.red for matter in panel.matters(now=NOW)] == [False]
    Removal.objects.update(due_at=NOW - 61 * MINUTE)
    assert [matter.red for matter in panel.matters(now=NOW)] == [True]


def test_acts_check_the_permission_themselves(person):
    """C-ACC-4: also behind the router."""
    stranger, reply = Person(make_member(), None, NOW), Reply(update_id=1, chat_id=1)
    for act in (
        lambda: plans.create(stranger, code="x", reply=reply),
        lambda: invitations.issue(stranger, code="x", reply=reply),
        lambda: channels.connect(stranger, code="x", tell=False, link="", reply=reply),
        lambda: channels.disconnect(stranger, kind="vip", reply=reply),
        lambda: channels.switch_approval(stranger, automatic=False, reply=reply),
        lambda: brake.decide(stranger, brake_id=1, decision="proceed", reply=reply),
    ):
        with pytest.raises(NotAllowed):
            act()
