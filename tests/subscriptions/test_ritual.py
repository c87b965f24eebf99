import pytest

from botcore.exceptions import Gone
from botcore.models import AuditEntry, Inbox, Outbox
from subscriptions import ritual
from subscriptions.models import AccessLink, Subscription
from tests.factories import DAY, NOW, make_ended, make_link, make_member, make_reply, make_subscription, meet
from tests.subscriptions.helpers import heard, keyboards

pytestmark = pytest.mark.django_db


def at(stage, **fields):
    return make_subscription(ritual_stage=stage, **fields).member


def press(member, stage, *, edit=70):
    return ritual.advance_ritual(meet(member), expected_stage=stage, reply=make_reply(member, edit=edit))


def stage_of(member):
    return Subscription.objects.get(member=member).ritual_stage


def test_continue_leads_to_alignment_in_the_pressed_message():
    """M-RITUAL-3."""
    member = at("confirmation")
    assert press(member, "confirmation") is None
    assert (stage_of(member), keyboards(member)) == ("alignment", ["ritual:alignment"])
    assert (heard(member)[0].method, heard(member)[0].payload) == ("editMessageText", {"message_id": 70})


def test_ready_owes_the_link_that_takes_the_place_of_the_message():
    """M-RITUAL-9, M-ACCESS-1: the stage is delivery before the link exists."""
    member = at("alignment")
    assert press(member, "alignment") is None
    link = AccessLink.objects.get()
    assert (stage_of(member), link.state, link.message_key) == ("delivery", "issuing", "ritual.delivery")
    assert link.edit_message_id == 70
    assert not Inbox.objects.exclude(state="done").exists()


def test_the_last_button_completes_and_leaves_the_message_with_the_link():
    """M-RITUAL-5: the menu is a new message; which way it was completed is recorded."""
    member = at("delivery")
    press(member, "delivery")
    subscription = Subscription.objects.get()
    assert (subscription.ritual_stage, subscription.ritual_completed_by) == ("completed", "button")
    assert (heard(member)[0].method, keyboards(member)) == ("sendMessage", ["menu"])


@pytest.mark.parametrize("stage", ["confirmation", "alignment", "completed"])
def test_a_button_of_another_stage_writes_nothing_and_shows_the_present_one(stage):
    """M-RITUAL-2, M-RITUAL-4: a later button never skips."""
    member = at(stage)
    shown = press(member, "delivery")
    assert stage_of(member) == stage
    assert shown.keyboard == ("menu" if stage == "completed" else "ritual")
    assert not Outbox.objects.exists()


def test_a_repeated_tap_while_the_link_is_made_says_nothing_more():
    """M-RITUAL-2: the link comes by itself, once."""
    member = at("alignment")
    assert [press(member, "alignment") for _ in range(2)] == [None, None]
    assert AccessLink.objects.count() == 1
    assert AuditEntry.objects.filter(verb="advance_ritual").count() == 1


def test_an_unknown_stage_is_a_stale_button():
    """M-CMD-5."""
    with pytest.raises(Gone):
        press(at("confirmation"), "completed")


@pytest.mark.parametrize("reason", ["expired", "expelled"])
def test_without_access_a_press_answers_with_the_free_menu(reason):
    """M-RITUAL-6."""
    member = make_ended(stage="cancelled", reason=reason).member
    shown = press(member, "confirmation")
    assert (shown.keyboard, shown.arguments["role"]) == ("menu", "free")
    assert stage_of(member) == "cancelled"


def test_a_seen_join_completes_only_delivery():
    """M-RITUAL-5."""
    waiting, early = at("delivery"), at("alignment")
    assert [ritual.complete_by_join(member, now=NOW) for member in (waiting, early, make_member())] == [
        True,
        False,
        False,
    ]
    assert (stage_of(waiting), stage_of(early)) == ("completed", "alignment")
    assert Subscription.objects.get(member=waiting).ritual_completed_by == "join"


@pytest.mark.parametrize("stage", ["none", "cancelled"])
def test_an_active_membership_without_stage_begins_at_confirmation(stage):
    """M-NAME-3, S13: repaired on first contact."""
    member = at(stage)
    assert meet(member).stage == "confirmation"
    assert stage_of(member) == "confirmation"


@pytest.mark.parametrize("stage", ["none", "confirmation", "alignment", "delivery"])
def test_an_ended_membership_in_mid_ritual_is_cancelled(stage):
    """M-NAME-3, S13."""
    member = make_ended(stage=stage).member
    meet(member)
    assert stage_of(member) == "cancelled"
    assert AuditEntry.objects.filter(verb="repair_ritual").count() == 1


def test_a_fitting_pair_is_left_alone():
    """M-NAME-3."""
    for member in (at("delivery"), at("completed"), make_ended(stage="completed").member):
        before = stage_of(member)
        meet(member)
        assert stage_of(member) == before
    assert not AuditEntry.objects.exists()


def test_the_stage_survives_months():
    """M-RITUAL-1, M-RITUAL-4."""
    member = at("alignment", ends_in=300 * DAY)
    shown = ritual.current_screen(meet(member, now=NOW + 200 * DAY), make_reply(member))
    assert shown.arguments["stage"] == "alignment"


def test_start_at_delivery_reuses_the_live_link():
    """M-ACCESS-2, S6."""
    member = at("delivery")
    link = make_link(member.subscription)
    shown = ritual.current_screen(meet(member), make_reply(member))
    assert shown.arguments["url"] == link.url
    assert AccessLink.objects.count() == 1


def test_start_at_delivery_makes_a_link_only_if_none_is_live():
    """M-START-3, S6."""
    member = at("delivery")
    make_link(member.subscription, expires_at=NOW)
    assert ritual.current_screen(meet(member), make_reply(member)) is None
    assert sorted(AccessLink.objects.values_list("state", flat=True)) == ["dead", "issuing"]


@pytest.mark.parametrize("step", ["botcore.audit.record", "subscriptions.links.owe_link", "botcore.outbox.Reply.close"])
def test_a_failure_at_any_step_of_a_transition_leaves_the_stage(monkeypatch, step):
    """§12: kill between any two steps of the ritual."""
    member = at("alignment")

    def fail(*args, **kwargs):
        raise RuntimeError

    monkeypatch.setattr(step, fail)
    with pytest.raises(RuntimeError):
        press(member, "alignment")
    assert stage_of(member) == "alignment"
    assert not AccessLink.objects.exists()
