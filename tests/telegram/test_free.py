"""The Free channel's queue, from the request to the welcome (M-FREE)."""

from datetime import timedelta

import pytest

from botcore import audit, config
from botcore.models import Channel
from botcore.sandbox.errors import ApiError
from subscriptions import free_queue
from subscriptions.models import FreeRequest
from tests.telegram.house import FREE
from tests.telegram.people import someone
from tests.telegram.reading import heard

MINUTE = timedelta(minutes=1)


def words(person):
    """The queue's words to a person, in order."""
    keys = [heard(message) for message in person.messages]
    return [next((key for key in sorted(found) if key.startswith("queue.")), "") for found in keys]


def decided(house):
    names = ("approveChatJoinRequest", "declineChatJoinRequest")
    return [call for call in house.world.calls if call.method in names]


def test_a_newcomer_who_never_starts_the_bot(house):
    """M-FREE-2, -3, -6, -7: told at once, welcomed just before the approval, let in after the wait."""
    house.custodian().seen = True
    ana = house.person(501, user_chat_id=77_501)
    ana.request_to_join(house.free)
    house.live(minutes=5)
    assert words(ana) == ["queue.received", "queue.approved"]
    assert {call.params["chat_id"] for call in house.world.called("sendMessage")} == {77_501}
    (approval,) = decided(house)
    welcome = house.world.called("sendMessage")[-1]
    assert 240 <= approval.at - house.start.timestamp() < 275
    assert welcome.at < approval.at <= welcome.at + 10
    assert house.free.membership(ana.id).inside
    assert house.refused() == []
    assert ana.last.buttons[0]["url"] == "https://t.me/+vestibulo"


def test_an_open_chat_is_welcomed_after_the_approval(house):
    """M-FREE-7; a VIP member, a custodian and a returning member follow the same path (M-FREE-2)."""
    people = [someone(house, "S3"), someone(house, "S7 in", id=502), someone(house, "S1")]
    for person in people:
        person.request_to_join(house.free)
    house.live(minutes=5)
    for person in people:
        assert words(person) == ["queue.received", "queue.approved"]
        assert house.free.membership(person.id).inside


def test_the_wait_is_that_of_the_moment_of_the_request(house):
    """M-FREE-2: read from the settings, never moved afterwards."""
    house.settings(free_wait_minutes=60)
    ana = someone(house, "S3")
    ana.request_to_join(house.free)
    house.settle()
    house.settings(free_wait_minutes=0)
    bea = someone(house, "S3", id=502)
    bea.request_to_join(house.free)
    house.live(minutes=2)
    assert [house.free.membership(person.id).inside for person in (ana, bea)] == [False, True]
    house.wait(minutes=57)
    house.live(minutes=2)
    assert house.free.membership(ana.id).inside


def test_after_a_long_wait_a_stranger_is_let_in_without_a_word(house):
    """M-FREE-7: the window is closed, so nothing is attempted and nothing refused."""
    house.custodian().seen = True
    house.settings(free_wait_minutes=30)
    ana = house.person()
    ana.request_to_join(house.free)
    house.settle()
    house.wait(minutes=30)
    house.live(minutes=1)
    assert words(ana) == ["queue.received"]
    assert house.free.membership(ana.id).inside
    assert house.refused() == []


def test_asking_again_moves_nothing_and_is_answered_sparingly(house):
    """M-FREE-4: once per 5 minutes; the chat to write to is refreshed."""
    house.settings(free_wait_minutes=60)
    ana = house.person()
    for chat in (77_001, 77_002, 77_003):
        ana.user_chat_id = chat
        house.world.by_user_chat[chat] = ana
        ana.request_to_join(house.free)
        house.live(minutes=1)
    request = FreeRequest.objects.get()
    assert words(ana) == ["queue.received", "queue.repeat"]
    assert request.requested_at == house.start
    assert request.user_chat_id == 77_003


def test_after_a_decision_a_new_request_is_a_new_row(house):
    """M-FREE-5, M-FREE-12: leaving says nothing; the way back is a new request with its own clock."""
    ana = someone(house, "S3")
    ana.request_to_join(house.free)
    house.live(minutes=5)
    ana.leave(house.free)
    house.settle()
    assert words(ana) == ["queue.received", "queue.approved"]
    assert house.member(ana).free_presence == "out"
    ana.request_to_join(house.free)
    house.live(minutes=5)
    assert FreeRequest.objects.filter(state="approved").count() == 2
    assert house.free.membership(ana.id).inside


def test_position_and_estimate_where_they_are_asked_for(house):
    """M-FREE-8: /estado, the menu, ?start=fila; no time is promised while a right is missing or nobody approves."""
    house.settings(free_wait_minutes=60)
    for number in range(2):
        house.person(510 + number).request_to_join(house.free)
        house.settle()
    ana = someone(house, "S3")
    ana.request_to_join(house.free)
    house.settle()
    texts = {"/start fila": "queue.position", "/menu": "menu.free_waiting", "/estado": "start.status_request"}
    for text, key in texts.items():
        ana.send(text)
        house.settle()
        assert key in heard(ana.last)
        assert "3" in ana.last.text
        house.wait(seconds=3)
    house.settings(free_auto_approve=False)
    ana.send("/start fila")
    house.settle()
    assert "queue.paused" in heard(ana.last)


def test_rights_lost_and_returned(house):
    """M-FREE-6, §7: no request consumed, one alarm, and by itself on again when the right is back."""
    marcos, ana = someone(house, "S1"), someone(house, "S3")
    ana.request_to_join(house.free)
    house.settle()
    house.world.set_bot_rights(house.free.id, ["can_restrict_members", "can_post_messages"])
    house.live(minutes=10)
    assert FreeRequest.objects.get().state == "pending"
    assert sum(bool(heard(message) & {"desk.alarm_rights"}) for message in marcos.messages) == 1
    house.world.set_bot_rights(house.free.id, ["can_invite_users", "can_restrict_members", "can_post_messages"])
    house.live(minutes=1)
    assert house.free.membership(ana.id).inside
    assert words(ana)[-1] == "queue.approved"


def test_a_human_was_quicker(house):
    """M-FREE-9: entry observed without us closes the row; no call of ours."""
    owner, ana = house.person(1, "Dueña"), someone(house, "S3")
    ana.request_to_join(house.free)
    house.settle()
    owner.approve(house.free, ana)
    house.live(minutes=6)
    request = FreeRequest.objects.get()
    assert (request.state, request.reason) == ("approved", "already_inside")
    assert decided(house) == []


@pytest.mark.parametrize("tell", [True, False])
def test_a_rejection_is_told_only_if_the_custodian_chose_so(house, tell):
    """M-FREE-9, M-FREE-13: to a stranger before the decision."""
    ana = house.person()
    someone(house, "S1")
    ana.request_to_join(house.free)
    house.settle()
    request, by = FreeRequest.objects.get(), house.member(house.custodian())
    free_queue.decide_by_hand(request_id=request.pk, decision="reject", by=by, now=house.now(), tell=tell)
    house.live(seconds=20)
    assert words(ana) == ["queue.received", "queue.rejected"][: 1 + tell]
    (call,) = decided(house)
    assert call.method == "declineChatJoinRequest"
    assert call.at >= house.world.called("sendMessage")[-1].at


def test_a_query_is_answered_with_queue_in_time(house):
    """M-FREE-10, M-FREE-6: within 10 s; later the request itself is approved."""
    ana = house.person()
    ana.request_to_join(house.free, query_id=True)
    house.live(minutes=5)
    (answer,) = house.world.called("answerChatJoinRequestQuery")
    assert answer.params["result"] == "queue"
    assert answer.at - house.start.timestamp() <= 10
    assert house.free.membership(ana.id).inside


def test_other_chats_are_none_of_our_business(house):
    """M-FREE-10: no decline, no message; so is an unset Free channel."""
    other = house.world.channel(id=-1007, title="Otro")
    ana = house.person()
    ana.request_to_join(other)
    Channel.objects.filter(kind="free").delete()
    config.forget()
    ana.request_to_join(house.free)
    house.live(minutes=6)
    assert not FreeRequest.objects.exists()
    assert house.world.called("sendMessage") + decided(house) == []


def test_a_replaced_channel_still_decides_its_own_requests(house):
    """M-FREE-2: in its own chat; the new one has its own queue."""
    new = house.world.channel(id=-1008, title="Nuevo")
    ana, bea = someone(house, "S3"), someone(house, "S3", id=502)
    ana.request_to_join(house.free)
    house.settle()
    Channel.objects.filter(chat_id=FREE).update(chat_id=new.id, title="Nuevo", invite_link="")
    config.forget()
    bea.request_to_join(new)
    house.live(minutes=6)
    assert house.free.membership(ana.id).inside
    assert new.membership(bea.id).inside


def test_weather_is_waited_out_and_a_lost_answer_repeats_one_call(house):
    """M-FREE-6: the approval took effect, its answer was lost; the repetition meets "already" and counts as done."""
    ana = someone(house, "S3")
    house.world.fail("approveChatJoinRequest", OSError("weather"))
    house.world.fail("approveChatJoinRequest", OSError("weather"), after=True)
    ana.request_to_join(house.free)
    house.live(minutes=7)
    assert FreeRequest.objects.get().state == "approved"
    assert words(ana) == ["queue.received", "queue.approved"]


@pytest.mark.parametrize(
    ("trouble", "state", "said"),
    [("withdrawn", "withdrawn", []), ("too_many", "failed", ["queue.too_many_channels"]), ("gone", "withdrawn", [])],
)
def test_requests_that_cannot_be_granted_end_with_a_reason(house, trouble, state, said):
    """M-FREE-1, §7: gone and person."""
    ana = someone(house, "S3")
    ana.request_to_join(house.free)
    house.settle()
    ana.too_many_channels = trouble == "too_many"
    ana.deactivated = trouble == "gone"
    if trouble == "withdrawn":
        del house.free.requests[ana.id]
    house.live(minutes=6)
    assert FreeRequest.objects.get().state == state
    assert words(ana) == ["queue.received", *said]


def test_an_unknown_refusal_fails_after_five_tries_with_telegrams_words(house):
    """§7: unknown 400."""
    ana = someone(house, "S3")
    house.world.fail("approveChatJoinRequest", ApiError(400, "Bad Request: SOMETHING_NEW"), times=99)
    ana.request_to_join(house.free)
    house.elapse(MINUTE, hours=1)
    request = FreeRequest.objects.get()
    assert request.state == "failed"
    assert "SOMETHING_NEW" in request.reason
    assert len(decided(house)) == 5


def test_the_notice_of_receipt_carries_the_networks_and_the_start_button(house):
    """M-FREE-3: the button opens the chat with ?start=fila."""
    config.change(audit.SHELL, instagram="diana.rosa", x="diana")
    ana = house.person()
    ana.request_to_join(house.free)
    house.settle()
    assert ana.last.labels[:2] == ["Instagram", "X"]
    assert ana.last.buttons[-1]["url"] == "https://t.me/LucienSandboxBot?start=fila"
    assert "queue.received_networks" in heard(ana.last)
    ana.start("fila")
    house.settle()
    assert "queue.position" in heard(ana.last)


def test_a_notice_that_fails_never_touches_the_request(house):
    """M-FREE-3: whatever Telegram says to the message; too late it is not attempted."""
    house.world.fail("sendMessage", ApiError(400, "Bad Request: SOMETHING_NEW"), times=99)
    ana = house.person()
    ana.request_to_join(house.free)
    house.live(minutes=6)
    assert house.free.membership(ana.id).inside
