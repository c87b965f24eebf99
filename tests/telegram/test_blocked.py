"""People blocked by staff, and people who block the bot (M-BLOCK)."""

import pytest

from botcore.models import Member, Outbox
from subscriptions import blocking
from subscriptions.models import FreeRequest, InvitationToken, Removal, Subscription
from tests.telegram.people import someone
from tests.telegram.reading import heard


def block(house, person, allow=False):
    act = blocking.unblock_member if allow else blocking.block_member
    act(target=house.member(person), by=house.member(house.custodian()), now=house.now())
    house.settle()


@pytest.fixture
def marcos(house):
    return someone(house, "S1")


def test_a_blocked_person_hears_one_sentence_a_day(house):
    """M-BLOCK-1: whatever is written; presses get an alert; the invitation stays unused."""
    ana = someone(house, "S0")
    for text in ("/start", "/menu", "hola", f"/start {house.invitation()}", "/estado", "/admin"):
        ana.send(text)
        house.settle()
    assert [heard(message) for message in ana.messages] == [{"common.refusal"}]
    query = ana.press_data("m1:menu")
    house.settle()
    assert house.world.answers[query]["show_alert"]
    assert heard(house.world.answers[query]["text"]) == {"common.refusal_alert"}
    house.wait(hours=24)
    ana.send("hola")
    house.settle()
    assert len(ana.messages) == 2
    assert not InvitationToken.objects.get().is_used


@pytest.mark.parametrize("channel", ["free", "vip"])
def test_a_blocked_persons_request_is_declined_after_the_word_that_is_due(house, channel):
    """M-BLOCK-1, M-FREE-13: both channels, the sentence first, once per day."""
    ana = someone(house, "S0 vip")
    for _ in range(2):
        ana.request_to_join(getattr(house, channel))
        house.live(minutes=2)
    made = [call.method for call in house.world.calls if call.method in ("sendMessage", "declineChatJoinRequest")]
    assert made == ["sendMessage", "declineChatJoinRequest", "declineChatJoinRequest"]
    assert heard(ana.last) == {"common.refusal"}


def test_a_block_takes_effect_everywhere_at_once(house, marcos):
    """M-BLOCK-2: request declined, link revoked, barred from both channels; the time runs on."""
    ana = someone(house, "S8 out")
    ana.send("/enlace")
    ana.request_to_join(house.free)
    house.settle()
    expires_at = Subscription.objects.get().expires_at
    block(house, ana)
    house.job("links")
    house.live(minutes=1)
    assert [house.vip.membership(ana.id).status, house.free.membership(ana.id).status] == ["kicked", "kicked"]
    assert len(house.world.called("revokeChatInviteLink")) == 1
    assert FreeRequest.objects.get().state in ("rejected", "withdrawn")
    assert Subscription.objects.get().expires_at == expires_at
    assert "lifecycle.farewell" not in heard(ana.last)


def test_unblocking_lifts_the_bars_and_sends_a_link(house, marcos):
    """M-BLOCK-2: sent, not offered, and the way in is really open."""
    ana = someone(house, "S7 in")
    block(house, ana)
    assert house.vip.membership(ana.id).status == "kicked"
    block(house, ana, allow=True)
    assert house.vip.membership(ana.id).status == "left"
    assert "lifecycle.link_after_return" in heard(ana.last)
    ana.request_to_join(house.vip, ana.last.buttons[0]["url"])
    house.settle()
    assert house.vip.membership(ana.id).inside


def test_who_blocks_the_bot_is_not_written_to(house):
    """M-BLOCK-3: by my_chat_member; queued messages dropped, none attempted; the membership goes on."""
    ana = someone(house, "S7 in")
    ana.block_bot()
    house.settle()
    Subscription.objects.update(expires_at=house.now())
    house.job("reminders")
    house.job("expiry")
    house.job("removals")
    assert house.world.called("sendMessage") == []
    assert Removal.objects.get().state == "done"
    assert house.member(ana).unreachable_reason == "blocked_bot"


def test_a_block_met_while_sending_is_remembered(house):
    """M-BLOCK-3: 403; what else waits for that chat is dropped, also for a deactivated account."""
    ana, bea = someone(house, "S3"), someone(house, "S3", id=502)
    for person in (ana, bea):
        person.start(house.invitation())
    house.fetch()
    ana.blocked_bot, bea.deactivated = True, True
    house.settle()
    lost = Member.objects.exclude(unreachable_since=None).order_by("telegram_id")
    assert list(lost.values_list("unreachable_reason", flat=True)) == ["blocked_bot", "deactivated"]
    assert set(Outbox.objects.filter(chat_id__in=(501, 502)).values_list("state", flat=True)) == {"dropped"}
    assert len(house.refused()) == 2


def test_a_direct_answer_that_meets_a_block_is_no_failure(house):
    """M-BLOCK-3: nothing is retried, no dead letter."""
    ana = someone(house, "S3")
    ana.send("hola")
    house.fetch()
    ana.blocked_bot = True
    house.settle()
    assert len(house.refused()) == 1
    assert not house.member(ana).is_reachable


@pytest.mark.parametrize("way", ["start", "unblock_bot"])
def test_who_returns_is_alive_again_and_hears_the_present(house, way):
    """M-BLOCK-4: missed notices are not replayed."""
    ana = someone(house, "S7 in")
    ana.block_bot()
    house.settle()
    Subscription.objects.update(expires_at=house.now())
    house.job("expiry")
    getattr(ana, way)()
    house.settle()
    assert house.member(ana).is_reachable
    ana.start()
    house.settle()
    assert all("menu.free_ended" in heard(message) for message in ana.messages)


def test_letting_the_bot_back_in_opens_no_chat_that_never_was(house):
    """M-BLOCK-4: chat_open means that start was pressed."""
    ana = house.person()
    ana.request_to_join(house.free)
    house.settle()
    ana.block_bot()
    ana.unblock_bot()
    house.settle()
    assert not house.member(ana).chat_open
