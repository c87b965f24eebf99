"""`/start`, with and without a live invitation, in every row of M-START (the pure product: tests/subscriptions)."""

import pytest

from botcore.models import Member
from subscriptions.models import InvitationToken, Subscription
from tests.telegram.people import STATES, someone
from tests.telegram.reading import heard

RECEIPT, EXTENDED = "invitation.receipt", "invitation.receipt_extended"
STAGE_1, STAGE_2, STAGE_3 = "ritual.confirmation", "ritual.alignment", "ritual.delivery"
GRACE, LINK, MENU = "menu.vip_grace", "access.link", "menu.vip"
GREETING, ENDED, EXPELLED = "start.greeting", "menu.free_ended", "menu.free_expelled"

# state → (what /start says, the messages a live invitation brings, "" for one that is not consumed)
ROWS = {
    "S0": ({"common.refusal"}, []),
    "S0 vip": ({"common.refusal"}, []),
    "S1": ({"start.custodian"}, ["invitation.preview", RECEIPT]),
    "S2": ({"start.first_greeting"}, [RECEIPT, STAGE_1]),
    "S3": ({GREETING}, [RECEIPT, STAGE_1]),
    "S3 waiting": ({GREETING, "menu.free_waiting"}, [RECEIPT, STAGE_1]),
    "S4": ({STAGE_1}, [EXTENDED, STAGE_1]),
    "S5": ({STAGE_2}, [EXTENDED, STAGE_2]),
    "S6": ({STAGE_3}, [EXTENDED, STAGE_3]),
    "S7 in": ({MENU}, [EXTENDED, MENU]),
    "S8 out": ({MENU}, [EXTENDED, LINK]),
    "S8 banned": ({MENU}, [EXTENDED, LINK]),
    "S8 unknown": ({MENU}, [EXTENDED, LINK]),
    "S9 confirmation": ({STAGE_1, GRACE}, [EXTENDED, STAGE_1]),
    "S9 alignment": ({STAGE_2, GRACE}, [EXTENDED, STAGE_2]),
    "S9 delivery": ({STAGE_3, GRACE}, [EXTENDED, STAGE_3]),
    "S9 completed": ({MENU, GRACE}, [EXTENDED, LINK]),
    "S9 completed in": ({MENU, GRACE}, [EXTENDED, MENU]),
    "S10 in": ({GREETING, ENDED}, [RECEIPT, MENU]),
    "S10 out": ({GREETING, ENDED}, [RECEIPT, LINK]),
    "S11": ({GREETING, ENDED}, [RECEIPT, STAGE_1]),
    "S12": ({GREETING, EXPELLED}, [RECEIPT, LINK]),
    "S12 cancelled": ({GREETING, EXPELLED}, [RECEIPT, STAGE_1]),
    "S13 none": ({STAGE_1}, [EXTENDED, STAGE_1]),
    "S13 cancelled": ({STAGE_1}, [EXTENDED, STAGE_1]),
    "S13 ended": ({GREETING, ENDED}, [RECEIPT, STAGE_1]),
}
TOLD = {key for said, _ in ROWS.values() for key in said}


def test_every_state_has_its_row():
    """M-START-1."""
    assert set(ROWS) == set(STATES)


@pytest.mark.parametrize("state", STATES)
def test_start_answers_by_row(house, state):
    """M-START-1, M-START-2, S0–S13: one message, that of the row; /menu says the same; the grace line only in S9."""
    ana = someone(house, state)
    ana.start()
    house.settle()
    assert len(ana.messages) == 1
    assert heard(ana.last) & TOLD == ROWS[state][0]
    ana.send("/menu")
    house.settle()
    assert len(ana.messages) == (1 if state.startswith("S0") else 2)
    assert heard(ana.last) & TOLD == ({GREETING} if state == "S2" else ROWS[state][0])
    assert house.refused() == []


@pytest.mark.parametrize("state", STATES)
def test_a_live_invitation_is_honoured_by_row(house, state):
    """M-START S0–S13, M-TOKEN-8, M-RITUAL-8: the receipt first, then the stage, the menu or a link; the order holds."""
    ana = someone(house, state)
    ana.start(house.invitation())
    house.settle()
    expected = ["common.refusal"] if state.startswith("S0") else ROWS[state][1]
    assert len(ana.messages) == len(expected)
    assert all(key in heard(message) for key, message in zip(expected, ana.messages, strict=True))
    assert InvitationToken.objects.get().is_used is (state.split()[0] not in ("S0", "S1"))
    assert house.refused() == []


@pytest.mark.parametrize("state", ["S4", "S5", "S7 in", "S8 out", "S10 out", "S11", "S12"])
def test_start_changes_nothing(house, state):
    """M-START-3: pressed again and again, no row of the membership changes."""
    ana = someone(house, state)
    before = Subscription.objects.values().get()
    for _ in range(3):
        ana.start()
        house.settle()
    assert Subscription.objects.values().get() == before
    assert house.world.called("createChatInviteLink") == []


def test_at_delivery_start_shows_the_same_link_while_it_lives(house):
    """M-START-3, M-ACCESS-2, S6: made once, then shown again; a new one when it has expired."""
    ana = someone(house, "S6")
    for _ in range(3):
        ana.start()
        house.settle()
    assert len({ana.follow(message, "Cruzar al Diván") for message in ana.messages}) == 1
    house.wait(hours=25)
    ana.start()
    house.settle()
    assert len(house.world.called("createChatInviteLink")) == 2
    assert "ritual.delivery" in heard(ana.last)


def test_the_first_greeting_is_said_once_in_a_life(house):
    """M-START-2: /menu before any /start does not spend it."""
    ana = house.person()
    for text in ("/menu", "/start", "/start", "/menu"):
        ana.send(text)
        house.settle()
    greetings = ["start.first_greeting" in heard(message) for message in ana.messages]
    assert greetings == [False, True, False, False]


def test_a_forbidden_pair_is_repaired_on_contact(house):
    """M-NAME-3, S13."""
    someone(house, "S13 none").start()
    someone(house, "S13 ended", id=502).start()
    house.settle()
    assert list(Subscription.objects.order_by("id").values_list("ritual_stage", flat=True)) == [
        "confirmation", "cancelled",
    ]  # fmt: skip


def test_a_hostile_payload_names_nobody_elses_state(house):
    """M-START-1: two people side by side hear only of themselves."""
    someone(house, "S7 in", id=502, first_name="Berta").start()
    ana = someone(house, "S3")
    ana.send("/estado 502")
    house.settle()
    assert "Berta" not in ana.last.text
    assert "start.status_membership" not in heard(ana.last)
    assert Member.objects.count() == 2
