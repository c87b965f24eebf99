"""The entry ritual in chat (M-RITUAL): three stages, each press one transition."""

from datetime import timedelta

import pytest

from botcore import config
from botcore.models import AuditEntry, Channel, Outbox
from botcore.sandbox.errors import ApiError
from subscriptions.models import AccessLink, Subscription
from tests.telegram.people import someone
from tests.telegram.reading import heard

CONTINUE, READY, DISCOVER, CROSS = (
    "Avanzar por el corredor", "Hago mía la regla", "Descubrir qué ha cambiado", "Cruzar al Diván",
)  # fmt: skip


@pytest.fixture
def ana(house):
    """Somebody at the first stage."""
    ana = someone(house, "S4")
    ana.start()
    house.settle()
    return ana


def press(house, person, *labels):
    for label in labels:
        person.press(person.last, label)
        house.settle()
        house.wait(seconds=2)


def stage():
    return Subscription.objects.get().ritual_stage


def test_the_whole_way_in_one_message_until_the_link(house, ana):
    """M-RITUAL-3, M-RITUAL-5: stages edit the message; the one with the link stays, the menu is a new message."""
    press(house, ana, CONTINUE)
    assert "ritual.alignment" in heard(ana.last)
    press(house, ana, READY)
    assert "ritual.delivery" in heard(ana.last)
    assert len(ana.messages) == 1
    link = ana.follow(ana.last, CROSS)
    assert house.vip.links[link].creates_join_request
    press(house, ana, DISCOVER)
    assert [("ritual.delivery" in heard(m), "menu.vip" in heard(m)) for m in ana.messages] == [
        (True, False), (False, True),
    ]  # fmt: skip
    assert Subscription.objects.get().ritual_completed_by == "button"
    assert house.refused() == []


def test_fifty_taps_are_one_transition(house, ana):
    """M-RITUAL-2: one transition, one log row, one link; every tap re-shows the present stage."""
    press(house, ana, CONTINUE)
    for _ in range(50):
        ana.press_data("r1:alignment")
        house.wait(seconds=1)
    house.settle()
    assert stage() == "delivery"
    assert AuditEntry.objects.filter(verb="advance_ritual").count() == 2
    assert len(house.world.called("createChatInviteLink")) == 1
    assert "ritual.delivery" in heard(ana.last)


@pytest.mark.parametrize("later", ["r1:alignment", "r1:delivery"])
def test_a_later_button_never_skips(house, ana, later):
    """M-RITUAL-4: reordered presses show the stage that is."""
    ana.press_data(later)
    house.settle()
    assert stage() == "confirmation"
    assert "ritual.confirmation" in heard(ana.last)


def test_it_survives_restarts_and_months(house, ana):
    """M-RITUAL-1, M-RITUAL-4: an old button resumes without a word on the gap."""
    Subscription.objects.update(expires_at=house.now() + timedelta(days=400))
    house.restart()
    house.wait(days=90)
    press(house, ana, CONTINUE)
    assert "ritual.alignment" in heard(ana.last)
    press(house, ana, READY)
    assert stage() == "delivery"


def test_a_stage_that_cannot_be_edited_is_sent(house, ana):
    """M-RITUAL-3: the shown stage equals the stored one."""
    house.world.fail("editMessageText", ApiError(400, "Bad Request: message can't be edited"))
    press(house, ana, CONTINUE)
    assert len(ana.messages) == 2
    assert "ritual.alignment" in heard(ana.last)


def test_without_access_every_button_leads_to_the_free_menu(house, ana):
    """M-RITUAL-6, M-RITUAL-7: the end of access cancels the ritual."""
    Subscription.objects.update(expires_at=house.now())
    press(house, ana, CONTINUE)
    assert "menu.free_ended" in heard(ana.last)
    house.job("expiry")
    assert stage() == "cancelled"


def test_completed_by_the_entry_that_was_seen(house, ana):
    """M-RITUAL-5: the join comes first; the final button is a polite alert from then on."""
    press(house, ana, CONTINUE, READY)
    message = ana.last
    ana.request_to_join(house.vip, ana.follow(message, CROSS))
    house.settle()
    assert stage() == "completed"
    assert Subscription.objects.get().ritual_completed_by == "join"
    query = ana.press(message, DISCOVER)
    house.settle()
    assert "menu.vip" in heard(ana.last)
    assert len(house.answers_to(query)) == 1


@pytest.mark.parametrize("trouble", ["unset", "rights", "weather"])
def test_a_link_that_cannot_be_made_comes_later(house, ana, trouble):
    """M-RITUAL-9: the stage is delivery all the same, said once; the job delivers as soon as it can be made."""
    press(house, ana, CONTINUE)
    if trouble == "weather":
        house.world.fail("createChatInviteLink", OSError("weather"))
    if trouble == "rights":
        house.world.set_bot_rights(house.vip.id, ["can_restrict_members", "can_post_messages"])
    if trouble == "unset":
        vip = Channel.objects.get(kind="vip")
        vip.delete()
        config.forget()
    press(house, ana, READY)
    assert stage() == "delivery"
    assert "access.preparing" in heard(ana.last)
    if trouble == "rights":
        house.world.set_bot_rights(house.vip.id, ["can_invite_users", "can_restrict_members", "can_post_messages"])
    if trouble == "unset":
        Channel.objects.create(kind="vip", chat_id=vip.chat_id, title=vip.title)
        config.forget()
    house.live(minutes=12)
    assert sum("access.preparing" in heard(message) for message in ana.messages) == 1
    assert "ritual.delivery" in heard(ana.last)
    assert ana.last.button(CROSS)
    assert AccessLink.objects.get().state == "live"


def test_the_link_is_emptied_from_the_outbox_once_sent(house, ana):
    """M-TOKEN-2 in spirit: what lets somebody in is not kept in clear."""
    press(house, ana, CONTINUE, READY)
    link = ana.follow(ana.last, CROSS)
    assert not any(link in f"{row.text} {row.keyboard}" for row in Outbox.objects.all())


def test_vip_buttons_during_the_ritual_show_its_stage(house, ana):
    """M-START: VIP screens pressed at S4–S6."""
    for data in ("m1:membership", "m1:plans", "m1:access", "m1:menu", "m1:home"):
        ana.press_data(data)
        house.settle()
        assert "ritual.confirmation" in heard(ana.last), data
        house.wait(seconds=2)
