from itertools import product

import pytest

from botcore import audit, config
from subscriptions import access, screens
from subscriptions.desk import panel
from subscriptions.models import AccessLink
from subscriptions.screens import Row, row_of
from tests.factories import (
    DAY,
    HOUR,
    NOW,
    make_channels,
    make_ended,
    make_link,
    make_member,
    make_plan,
    make_request,
    make_subscription,
    meet,
)

pytestmark = pytest.mark.django_db

STATES = ["none", "active", "grace", "ended"]
STAGES = ["none", "confirmation", "alignment", "delivery", "completed", "cancelled"]
PRESENCES = ["in", "out", "banned", "unknown"]
PRODUCT = list(product([True, False], [True, False], [True, False], STATES, [True, False], STAGES, PRESENCES))
FITTING = {
    "none": {"none"},
    "active": {"confirmation", "alignment", "delivery", "completed"},
    "grace": {"confirmation", "alignment", "delivery", "completed"},
    "ended": {"completed", "cancelled"},
}
HOSTILE = "<b>&\"' \u202e🌸"


def expected_rows(custodian, blocked, known, state, expelled, stage, presence):
    """The table of M-START, row by row, each with the condition of its columns."""
    plain, fits = not custodian and not blocked, stage in FITTING[state]
    active = plain and fits and state == "active"
    ended = plain and fits and state == "ended"
    table = {
        Row.S0: blocked and not custodian,
        Row.S1: custodian,
        Row.S2: plain and fits and state == "none" and not known,
        Row.S3: plain and fits and state == "none" and known,
        Row.S4: active and stage == "confirmation",
        Row.S5: active and stage == "alignment",
        Row.S6: active and stage == "delivery",
        Row.S7: active and stage == "completed" and presence == "in",
        Row.S8: active and stage == "completed" and presence != "in",
        Row.S9: plain and fits and state == "grace",
        Row.S10: ended and not expelled and stage == "completed",
        Row.S11: ended and not expelled and stage == "cancelled",
        Row.S12: ended and expelled,
        Row.S13: plain and not fits,
    }
    return [row for row, holds in table.items() if holds]


def test_every_combination_stands_in_exactly_one_row():
    """M-START-1: the full product."""
    for combination in PRODUCT:
        names = ("custodian", "blocked", "known", "state", "expelled", "stage", "presence")
        assert [row_of(**dict(zip(names, combination, strict=True)))] == expected_rows(*combination), combination


@pytest.mark.parametrize("state", STATES)
def test_every_combination_has_an_answer_that_renders(state):
    """M-START-1, M-START-2, S13; with a hostile name."""
    make_channels()
    config.change(audit.SHELL, grace_days=3)
    ends_in = {"active": 9 * DAY, "grace": -DAY, "ended": -9 * DAY}.get(state)
    for custodian, blocked, stage, presence, pending in product(
        [True, False], [True, False], STAGES, PRESENCES, [True, False]
    ):
        member = make_member(
            first_name=HOSTILE, is_custodian=custodian, blocked_at=NOW if blocked else None, vip_presence=presence
        )
        if state != "none":
            make_subscription(member, ends_in=ends_in, ritual_stage=stage)
        if pending:
            make_request(member)
        for first in (True, False):
            shown = screens.start_screen(meet(member), first=first)
            assert shown.text()
            assert shown.keyboard or blocked


def keys(screen):
    return [key for key, _ in screen.parts]


@pytest.mark.parametrize(
    ("first", "opening", "key"),
    [(True, True, "start.first_greeting"), (False, True, "start.greeting"), (False, False, "menu.free")],
)
def test_the_free_menu_opens_as_the_moment_asks(first, opening, key):
    """M-START-2, S2, S3."""
    shown = screens.start_screen(meet(make_member()), first=first, opening=opening)
    assert keys(shown) == [key]
    assert shown.arguments == {"role": "free", "waiting": False}


def test_a_pending_request_shows_position_and_estimate():
    """S3, M-FREE-8."""
    make_channels()
    shown = screens.start_screen(meet(make_request().member))
    assert shown.parts[1] == ("menu.free_waiting", {"position": 1, "estimate": 4})
    assert shown.arguments["waiting"] is True


@pytest.mark.parametrize(
    ("member", "line"),
    [({"reason": "expired"}, "menu.free_ended"), ({"reason": "expelled"}, "menu.free_expelled")],
)
def test_a_past_membership_is_told(member, line):
    """S10, S12: the neutral line carries no sales text."""
    config.change(audit.SHELL, creator_username="diana")
    assert keys(screens.start_screen(meet(make_ended(**member).member)))[1:] == [line]


@pytest.mark.parametrize(("presence", "inside"), [("in", True), ("out", False), ("banned", False), ("unknown", False)])
def test_my_access_is_hidden_while_inside(presence, inside):
    """S7, S8."""
    subscription = make_subscription(make_member(vip_presence=presence))
    shown = screens.start_screen(meet(subscription.member))
    assert shown.parts == (("menu.vip", {"name": subscription.member.first_name, "expires_on": NOW + 30 * DAY}),)
    assert shown.arguments == {"role": "vip", "inside": inside, "contact": False}


@pytest.mark.parametrize("stage", ["confirmation", "alignment", "completed"])
def test_grace_adds_its_line_and_the_contact(stage):
    """S9."""
    config.change(audit.SHELL, grace_days=3, creator_username="diana")
    shown = screens.start_screen(meet(make_subscription(ends_in=-DAY, ritual_stage=stage).member))
    assert shown.parts[-1] == ("menu.vip_grace", {"until": NOW + 2 * DAY})
    assert shown.arguments["contact"] is True


def test_an_exempt_member_is_told_there_is_no_end():
    """M-EXPIRY-9."""
    member = make_subscription(exempt=True, ends_in=-DAY).member
    assert keys(screens.start_screen(meet(member))) == ["menu.vip_exempt"]
    assert keys(screens.membership_screen(meet(member)))[0] == "menu.membership_exempt"


def test_a_first_start_with_a_membership_still_tells_the_end():
    """M-START-2, M-MENU-3: an imported member."""
    shown = screens.start_screen(meet(make_subscription().member), first=True)
    assert keys(shown) == ["start.first_greeting", "start.status_membership"]


def test_a_custodian_is_told_how_many_matters_wait():
    """S1, C-ACC-7: the panel's own count."""
    person = meet(make_member(is_custodian=True))
    shown = screens.start_screen(person)
    assert shown.parts[0][1]["alarms"] == len(panel.matters(now=NOW)) > 0
    assert shown.keyboard == "custodian_start"


def test_my_membership_tells_plan_state_and_renewals():
    """M-MENU-4."""
    subscription = make_subscription(make_member(vip_presence="in"), ends_in=36 * HOUR)
    subscription.ledger.create(kind="sale", plan_name="Luna nueva", duration=DAY, at=NOW, is_renewal=True)
    facts = dict(screens.membership_screen(meet(subscription.member)).parts)["menu.membership"]
    assert (facts["plan"], facts["renewals"], facts["days_left"]) == ("Luna nueva", 1, 2)
    assert screens.membership_screen(meet(subscription.member)).text()


def test_the_circle_lists_plans_with_or_without_prices():
    """M-MENU-5."""
    assert keys(screens.circle_screen())[0] == "menu.circle_no_plans"
    make_plan()
    assert "25.00 USD" in screens.circle_screen().text()
    config.change(audit.SHELL, show_prices=False)
    shown = screens.circle_screen().text()
    assert "25.00" not in shown
    assert "Luna llena" in shown


@pytest.mark.parametrize("contact", ["", "diana"])
def test_without_a_contact_the_text_says_who_will_write(contact):
    """M-MENU-6."""
    config.change(audit.SHELL, creator_username=contact)
    assert ("common.no_contact" in keys(screens.circle_screen())) is not bool(contact)


def test_social_links_are_those_of_the_settings_in_order():
    """M-MENU-7."""
    assert keys(screens.social_screen()) == ["menu.social_none"]
    config.change(audit.SHELL, x="diana", instagram="diana.rosa")
    links = screens.social_screen().arguments["links"]
    assert [label for label, _ in links] == ["Instagram", "X"]


def test_my_request():
    """M-FREE-8, `?start=fila`."""
    make_channels()
    assert keys(screens.request_screen(meet(make_member()))) == ["queue.none"]
    member = make_request().member
    assert keys(screens.request_screen(meet(member))) == ["queue.position"]
    assert keys(screens.request_screen(meet(member, now=NOW + HOUR))) == ["queue.imminent"]
    config.change(audit.SHELL, free_auto_approve=False)
    assert keys(screens.request_screen(meet(member))) == ["queue.paused"]


def test_status_of_a_stranger_is_a_blank_page():
    """/estado."""
    assert keys(screens.status_screen(meet(make_member()))) == ["start.status", "start.status_nothing"]


def test_status_tells_all_that_applies():
    """/estado."""
    make_channels()
    subscription = make_subscription()
    make_link(subscription)
    make_request(subscription.member)
    shown = screens.status_screen(meet(subscription.member))
    lines = ["membership", "ritual", "link", "request"]
    assert keys(shown)[1:] == [f"start.status_{line}" for line in lines]
    assert shown.text()


@pytest.mark.parametrize("state", [*AccessLink.State.values, "none", "inside"])
def test_status_has_a_word_for_every_link(state):
    """/estado: access link state."""
    member = make_member(vip_presence="in" if state == "inside" else "out")
    subscription = make_subscription(member)
    if state in AccessLink.State.values:
        make_link(subscription, state=state)
    assert screens.status_screen(meet(member)).text()


@pytest.mark.parametrize(
    ("make", "key"),
    [
        (lambda: make_member(started_at=None), "start.help_visitor"),
        (make_member, "start.help_free"),
        (lambda: make_subscription().member, "start.help_vip"),
    ],
)
def test_help_names_the_commands_of_the_role(make, key):
    """/ayuda."""
    shown = screens.help_screen(meet(make()))
    assert keys(shown)[0] == key
    assert ("/enlace" in shown.text()) is (key == "start.help_vip")


@pytest.mark.parametrize("stage", STAGES)
@pytest.mark.parametrize("state", STATES)
def test_a_met_persons_stage_always_fits(state, stage):
    """M-NAME-3."""
    fitting = access.paired_stage(state, stage)
    assert fitting in FITTING[state]
    assert fitting == stage or stage not in FITTING[state]
