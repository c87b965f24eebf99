import pytest

from botcore import config
from botcore.models import Inbox, Member
from subscriptions import people
from tests.factories import (
    DAY,
    MINUTE,
    NOW,
    make_channels,
    make_link,
    make_member,
    make_reply,
    make_request,
    make_subscription,
    meet,
)
from tests.subscriptions.helpers import heard, keyboards

pytestmark = pytest.mark.django_db


def come(**facts):
    profile = {
        "telegram_id": 77,
        "username": "ana",
        "first_name": "Ana",
        "last_name": None,
        "language": "es",
        "now": NOW,
    }
    return people.meet_person(**profile | facts)


def test_a_stranger_becomes_a_member():
    """M-NAME-1: free = a row exists."""
    person = come()
    assert (person.member.username, person.member.search_text) == ("ana", "ana  ana")
    assert person.subscription is person.request is person.link is None


def test_a_missing_username_clears_the_stored_one():
    """M-CMD-10."""
    come()
    come(username=None, now=NOW + 2 * MINUTE)
    assert Member.objects.get(telegram_id=77).username == ""


def test_everything_is_read_in_one_query(django_assert_num_queries):
    """Issue: /start at most 4 statements, menus at most 2."""
    make_channels()
    subscription = make_subscription()
    link, request = make_link(subscription), make_request(subscription.member)
    meet(subscription.member)
    with django_assert_num_queries(1):
        person = meet(subscription.member)
    assert (person.subscription, person.link, person.request) == (subscription, link, request)


def test_only_open_rows_of_the_configured_channel_are_met():
    """M-FREE-2: requests of a replaced channel are not the person's place in this queue."""
    make_channels()
    subscription = make_subscription()
    make_link(subscription, state="dead")
    make_request(subscription.member, chat_id=-99)
    make_request(subscription.member, state="approved")
    person = meet(subscription.member)
    assert person.link is person.request is None


def test_the_first_start_greets_and_opens_the_chat():
    """M-START-2, S2: answered in its own transaction."""
    member = make_member(started_at=None, chat_open=False)
    reply = make_reply(member)
    assert people.press_start(meet(member), reply) is None
    member.refresh_from_db()
    assert (member.chat_open, member.started_at) == (True, NOW)
    assert keyboards(member) == ["menu"]
    assert Inbox.objects.get(update_id=reply.update_id).state == "done"


def test_a_later_start_changes_nothing_and_is_answered_directly():
    """M-START-3."""
    member = make_member()
    assert people.press_start(meet(member), make_reply(member)).keyboard == "menu"
    assert not heard(member)


def test_start_revives_who_had_blocked_the_bot():
    """M-BLOCK-4: the present situation, without the first greeting."""
    member = make_member(chat_open=False, unreachable_since=NOW - DAY, unreachable_reason="blocked_bot")
    people.press_start(meet(member), make_reply(member))
    member.refresh_from_db()
    assert member.is_reachable
    assert keyboards(member) == ["menu"]


def test_start_costs_at_most_four_statements(django_assert_max_num_queries):
    """Issue: /start ≤ 4."""
    make_channels()
    member = make_request().member
    reply = make_reply(member)
    config.current()
    with django_assert_max_num_queries(4):
        people.press_start(meet(member), reply)


@pytest.mark.parametrize(
    ("payload", "key"),
    [("fila", "queue.position"), ("estado", "start.status"), ("menu", "start.greeting"), ("enlace", "access.none_yet")],
)
def test_a_reserved_payload_opens_its_screen(payload, key):
    """M-CMD-9."""
    make_channels()
    member = make_request().member
    assert people.press_start(meet(member), make_reply(member), payload=payload).parts[0][0] == key


def test_announcements_are_switched_and_shown():
    """M-MENU-9."""
    member = make_member()
    people.switch_announcements(meet(member), make_reply(member), on=False)
    member.refresh_from_db()
    assert not member.announcements
    assert heard(member)[0].keyboard == {"name": "status", "arguments": {"announcements": False}}
