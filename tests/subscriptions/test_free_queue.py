"""The queue of the Free channel (M-FREE)."""

from datetime import timedelta

import pytest

from botcore import audit, config
from botcore.exceptions import NotAllowed
from botcore.models import Channel, Member, Outbox
from botcore.outbox import CallResult, Outcome
from subscriptions import free_queue
from subscriptions.models import FreeRequest, QueueJob
from tests.factories import FREE_CHAT, HOUR, MINUTE, NOW, make_channels, make_member, make_request, make_subscription
from tests.subscriptions.helpers import all_at_once, heard, keyboards

pytestmark = pytest.mark.django_db

SUPER = 1001
SECOND = timedelta(seconds=1)
DUE = NOW + 4 * MINUTE


@pytest.fixture(autouse=True)
def _channels():
    make_channels()


def stranger(**fields):
    """Somebody who has never pressed start."""
    return make_member(**{"chat_open": False, "started_at": None} | fields)


def ask(member, *, at=NOW, now=None, chat_id=FREE_CHAT, **fields):
    return free_queue.receive_request(
        member=member,
        chat_id=chat_id,
        user_chat_id=member.telegram_id,
        requested_at=at,
        now=now or at,
        **fields,
    )


def claim(now=DUE):
    return free_queue.claim_approvals(now=now, limit=50)


def settle(outcome, *, order=None, now=DUE, **result):
    return free_queue.settle_decision(order or claim(now)[0], CallResult(outcome, **result), now=now)


def request():
    return FreeRequest.objects.get()


def deliver(member):
    Outbox.objects.filter(chat_id=member.telegram_id).update(state=Outbox.State.SENT)


# --- taking in


def test_a_request_is_answered_at_once():
    """M-FREE-2, M-FREE-3: why, how long; before everything else; dropped when the window closes."""
    member = stranger()
    ask(member)
    assert (request().due_at, request().state) == (DUE, "pending")
    (row,) = heard(member)
    assert "4 minutos" in row.text
    assert (row.priority, row.not_after) == (0, NOW + timedelta(minutes=4, seconds=50))
    assert keyboards(member) == ["social_start"]


def test_an_open_chat_has_no_deadline():
    """M-FREE-3."""
    member = make_member()
    ask(member)
    assert heard(member)[0].not_after is None


def test_networks_are_named_where_there_are_any():
    """M-FREE-3, M-MENU-7."""
    config.change(audit.SYSTEM, instagram="diana", x="diana")
    member = stranger()
    ask(member)
    assert "Instagram, X" in heard(member)[0].text


def test_the_same_update_again_changes_nothing():
    """M-CMD-7: redelivered, also after the decision."""
    member = make_member()
    ask(member)
    ask(member)
    settle(Outcome.DONE)
    ask(member, now=NOW + HOUR)
    assert (FreeRequest.objects.count(), len(heard(member))) == (1, 2)


def test_a_repeat_keeps_the_place_and_is_answered_once_in_five_minutes():
    """M-FREE-4."""
    config.change(audit.SYSTEM, free_wait_minutes=30)
    member = stranger()
    ask(member)
    for minutes in (1, 2, 7):
        ask(member, at=NOW + minutes * MINUTE)
    assert request().requested_at == NOW
    assert request().refreshed_at == NOW + 7 * MINUTE
    _, first, second = heard(member)
    assert "29 minutos" in first.text
    assert "23 minutos" in second.text


def test_a_new_request_after_the_end_has_a_new_clock():
    """M-FREE-5: history is never overwritten."""
    member = make_member()
    ask(member)
    settle(Outcome.GONE)
    ask(member, at=NOW + HOUR)
    assert list(FreeRequest.objects.order_by("pk").values_list("state", flat=True)) == ["withdrawn", "pending"]


def test_a_later_change_of_the_wait_moves_nothing():
    """M-FREE-2, C-CHAN-10."""
    ask(make_member())
    config.change(audit.SYSTEM, free_wait_minutes=600)
    assert len(claim()) == 1


@pytest.mark.parametrize("channel", [{"chat_id": -999}, {}])
def test_chats_that_are_not_managed_are_ignored(channel):
    """M-FREE-10: also when no Free channel is set."""
    if not channel:
        Channel.objects.filter(kind="free").delete()
        config.forget()
    member = stranger()
    assert ask(member, query_id="q", **channel) is None
    assert not FreeRequest.objects.exists()
    assert heard(member) == []


def test_a_query_is_answered_with_queue():
    """M-FREE-10."""
    answer = ask(stranger(), query_id="q1")
    assert (answer.query_id, answer.result) == ("q1", "queue")


def test_no_time_is_promised_while_none_can_be_kept():
    """M-FREE-8: automatic approval off, or a right missing."""
    config.change(audit.SYSTEM, free_auto_approve=False)
    member = stranger()
    ask(member)
    assert "minutos" not in heard(member)[0].text
    assert free_queue.position_of(request(), now=NOW) == (1, None)


def test_position_and_estimate():
    """M-FREE-8: place by (asked, id), minutes rounded up, 0 = imminent."""
    first, second = make_request(), make_request(requested_at=NOW + SECOND)
    assert free_queue.position_of(second, now=NOW + 10 * SECOND) == (2, 4)
    assert free_queue.position_of(first, now=DUE) == (1, 0)


def test_nobody_who_cannot_be_written_to_is():
    """M-BLOCK-3: a failure to write never affects the request."""
    member = stranger(unreachable_since=NOW)
    ask(member)
    assert heard(member) == []
    assert len(claim()) == 1


# --- deciding


def test_only_due_requests_are_claimed_and_only_once():
    """M-FREE-6: oldest first, with a lease."""
    late, early = make_request(requested_at=NOW + SECOND), make_request()
    assert claim(DUE - SECOND) == []
    assert [order.request_id for order in claim()] == [early.pk, late.pk]
    assert claim() == []
    assert len(claim(DUE + MINUTE)) == 2


def test_frozen_and_undecided_requests_are_left_alone():
    """M-FREE-6, C-QUEUE-4, C-QUEUE-5."""
    make_request(job=QueueJob.objects.create(action="approve"))
    make_request(undecided=True)
    assert claim() == []


def test_automatic_approval_off_decides_nothing():
    """C-CHAN-10."""
    make_request()
    config.change(audit.SYSTEM, free_auto_approve=False)
    assert claim() == []


def test_a_disconnected_channel_stops_the_queue():
    """C-CHAN-9."""
    make_request()
    Channel.objects.filter(kind="free").delete()
    config.forget()
    assert claim() == []


def test_with_the_chat_open_the_welcome_follows():
    """M-FREE-7."""
    Channel.objects.filter(kind="free").update(invite_link="https://t.me/+jardin")
    config.forget()
    member = make_request().member
    (order,) = claim()
    assert heard(member) == []
    settle(Outcome.DONE, order=order)
    assert keyboards(member) == ["enter_channel"]
    assert heard(member)[0].keyboard["arguments"] == {"url": "https://t.me/+jardin"}
    assert (request().state, request().way, request().decided_at) == ("approved", "automatic", DUE)


def test_without_a_link_the_text_says_where():
    """M-FREE-7."""
    member = make_request().member
    settle(Outcome.DONE)
    assert "lista de conversaciones" in heard(member)[0].text


def test_a_newcomer_is_welcomed_before_the_approval():
    """M-FREE-7: the approval waits for the text, and no longer than 10 s."""
    member = stranger()
    make_request(member)
    assert claim() == []
    assert free_queue.next_look(now=DUE) == DUE + SECOND
    assert claim(DUE + SECOND) == []
    deliver(member)
    assert len(claim(DUE + 2 * SECOND)) == 1
    assert len(heard(member)) == 1


def test_the_approval_waits_ten_seconds_at_most():
    """M-FREE-13."""
    make_request(stranger())
    assert claim() == claim(DUE + 9 * SECOND) == []
    assert len(claim(DUE + 10 * SECOND)) == 1


def test_outside_the_window_nothing_is_attempted():
    """M-FREE-7: less than 15 s left."""
    member = stranger()
    make_request(member)
    settle(Outcome.DONE, now=NOW + timedelta(minutes=4, seconds=46))
    assert heard(member) == []
    assert request().state == "approved"


def test_a_former_channel_is_decided_in_its_own_chat():
    """M-FREE-2, C-CHAN-6."""
    make_request(chat_id=-777)
    assert claim()[0].chat_id == -777


# --- settling


def test_settling_twice_changes_nothing():
    member = make_request().member
    (order,) = claim()
    settle(Outcome.DONE, order=order)
    settle(Outcome.GONE, order=order, now=DUE + MINUTE)
    assert (request().state, len(heard(member))) == ("approved", 1)


def test_already_inside_counts_as_admitted():
    """members.md §7."""
    make_request()
    settle(Outcome.ALREADY, detail="USER_ALREADY_PARTICIPANT")
    assert (request().state, request().reason) == ("approved", "already_inside")


@pytest.mark.parametrize("outcome", [Outcome.GONE, Outcome.DEACTIVATED])
def test_gone_is_withdrawn(outcome):
    """members.md §7."""
    make_request()
    settle(outcome, detail="HIDE_REQUESTER_MISSING")
    assert (request().state, request().reason) == ("withdrawn", "gone")


def test_gone_after_a_join_that_was_seen_is_an_approval():
    """M-FREE-6: what a crash repeated."""
    make_request(make_member(free_presence="in", free_presence_at=NOW + MINUTE))
    settle(Outcome.GONE)
    assert request().state == "approved"


def test_too_many_channels_is_explained():
    """members.md §7: person → failed with reason."""
    member = make_request().member
    settle(Outcome.PERSON, detail="Bad Request: USER_CHANNELS_TOO_MUCH")
    assert (request().state, "USER_CHANNELS_TOO_MUCH" in request().reason) == ("failed", True)
    assert "tantos canales" in heard(member)[0].text


def test_configuration_consumes_nothing_and_stops():
    """members.md §7: one alarm; the queue goes on when the right is back."""
    make_request()
    assert not settle(Outcome.CONFIGURATION, detail="not enough rights")
    assert (request().state, request().attempts, claim()) == ("pending", 0, [])
    assert Outbox.objects.filter(key__startswith="rights:").count() == 1
    Channel.objects.update(missing=[])
    config.forget()
    assert len(claim()) == 1


def test_a_lost_former_channel_does_not_stop_the_present_one():
    """C-CHAN-6."""
    former = make_request(chat_id=-777)
    make_request()
    order = next(order for order in claim() if order.request_id == former.pk)
    assert settle(Outcome.CONFIGURATION, order=order, detail="chat not found")
    assert Channel.objects.get(kind="free").missing == []
    assert [order.chat_id for order in claim(DUE + MINUTE)] == [FREE_CHAT]


def test_flood_waits_uncounted():
    make_request()
    settle(Outcome.FLOOD, retry_after=30)
    assert (request().attempts, request().next_try_at) == (0, DUE + 30 * SECOND)


def test_transient_is_never_terminal():
    make_request()
    for hours in range(8):
        settle(Outcome.TRANSIENT, now=DUE + hours * 4 * HOUR)
    assert request().state == "pending"
    assert Outbox.objects.filter(key__startswith="slow:freerequest").count() == 1


def test_unknown_fails_after_five_tries():
    """members.md §7: with Telegram's text as reason."""
    make_request()
    for hours in range(5):
        settle(Outcome.UNKNOWN, now=DUE + hours * HOUR, detail="Bad Request: strange")
    assert (request().state, request().reason) == ("failed", "Bad Request: strange")


# --- by hand, by others, and blocked people


def custodian():
    return make_member(telegram_id=SUPER)


def test_approved_by_hand_ignores_the_wait():
    """C-QUEUE-3, C-QUEUE-9: same welcome, even with automatic approval off."""
    config.change(audit.SYSTEM, free_auto_approve=False)
    pending, by = make_request(), custodian()
    assert free_queue.decide_by_hand(request_id=pending.pk, decision="approve", by=by, now=NOW).won
    settle(Outcome.DONE, now=NOW)
    assert (request().state, request().way, request().decided_by) == ("approved", "by_hand", by)
    assert keyboards(pending.member) == ["enter_channel"]


@pytest.mark.parametrize(("tell", "said"), [(True, 1), (False, 0)])
def test_a_rejection_is_told_only_if_chosen(tell, said):
    """M-FREE-9, C-QUEUE-9."""
    pending = make_request()
    free_queue.decide_by_hand(request_id=pending.pk, decision="reject", by=custodian(), tell=tell, now=NOW)
    settle(Outcome.DONE, now=NOW)
    assert (request().state, len(heard(pending.member))) == ("rejected", said)


def test_a_rejection_is_told_first_where_the_chat_is_closed():
    """M-FREE-13."""
    pending = make_request(stranger())
    free_queue.decide_by_hand(request_id=pending.pk, decision="reject", by=custodian(), tell=True, now=NOW)
    assert claim(NOW) == []
    deliver(pending.member)
    assert claim(NOW + SECOND)[0].decision == "reject"


def test_the_custodian_reads_when_nothing_can_be_told():
    """M-FREE-13: «sin aviso posible»."""
    pending = make_request(stranger())
    choice = {"decision": "reject", "by": custodian(), "tell": True}
    assert not free_queue.decide_by_hand(request_id=pending.pk, now=NOW + HOUR, **choice).can_tell


def test_a_decided_request_shows_its_result():
    """C-QUEUE-3."""
    pending = make_request()
    settle(Outcome.DONE)
    decided = free_queue.decide_by_hand(request_id=pending.pk, decision="reject", by=custodian(), now=DUE)
    assert (decided.won, decided.request.state) == (False, "approved")


def test_only_custodians_decide():
    with pytest.raises(NotAllowed):
        free_queue.decide_by_hand(request_id=make_request().pk, decision="approve", by=make_member(), now=NOW)


def test_an_entry_without_us_closes_the_request():
    """M-FREE-9: a human approved."""
    member = make_request().member
    assert free_queue.note_entry(member, FREE_CHAT, now=NOW)
    assert (request().state, request().reason, request().way) == ("approved", "already_inside", "outside")
    assert heard(member) == []


def test_an_entry_while_our_approval_is_on_its_way_is_its_success():
    """M-FREE-6: the welcome is not lost in a crash, nor said twice."""
    member = make_request().member
    (order,) = claim()
    free_queue.note_entry(member, FREE_CHAT, now=DUE)
    settle(Outcome.GONE, order=order)
    assert (request().state, request().way, len(heard(member))) == ("approved", "automatic", 1)


def test_a_blocked_person_is_declined_after_one_refusal():
    """M-BLOCK-1: the text first, the wait ignored; within 24 h silence."""
    member = stranger(blocked_at=NOW)
    ask(member)
    assert claim(NOW) == []
    deliver(member)
    settle(Outcome.DONE, now=NOW + SECOND)
    assert (request().state, request().reason, len(heard(member))) == ("rejected", "blocked", 1)
    ask(member, at=NOW + HOUR)
    assert claim(NOW + HOUR)[0].decision == "reject"
    assert len(heard(member)) == 1


def test_a_lifted_block_gives_the_request_its_place_back():
    member = stranger(blocked_at=NOW)
    ask(member)
    Member.objects.filter(pk=member.pk).update(blocked_at=None)
    assert claim(NOW) == []
    assert request().decision == ""
    claim(DUE)
    deliver(member)
    assert claim(DUE + SECOND)[0].decision == "approve"


def test_members_and_custodians_follow_the_same_path():
    """M-FREE-2."""
    for member in (make_subscription().member, custodian()):
        ask(member)
    assert FreeRequest.objects.filter(due_at=DUE, state="pending").count() == 2


@pytest.mark.django_db(transaction=True)
def test_one_request_many_times_at_once_is_one_row():
    """M-FREE-1: one pending row per member and chat."""
    member = stranger()
    all_at_once(lambda _: ask(member), range(6))
    assert (FreeRequest.objects.count(), len(heard(member))) == (1, 1)


@pytest.mark.django_db(transaction=True)
def test_no_two_workers_claim_one_request():
    """M-FREE-6."""
    for _ in range(6):
        make_request()
    claimed = all_at_once(lambda _: claim(), range(4))
    assert len([order for orders in claimed for order in orders]) == 6
