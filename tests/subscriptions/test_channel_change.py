"""Replacing a channel and what hangs on it (C-CHAN-6)."""

import pytest

from botcore import audit
from botcore.channels import ProbeFacts
from botcore.models import Member
from subscriptions import channel_change, removals
from subscriptions.models import AccessLink, FreeRequest
from tests.factories import FREE_CHAT, HOUR, NOW, make_channels, make_link, make_member, make_request, make_subscription

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _channels():
    make_channels()


def replace(kind="vip", **fields):
    rights = {"can_invite_users": True, "can_restrict_members": True, "can_post_messages": True}
    facts = ProbeFacts(chat_id=-9000, title="Nuevo", bot_status="administrator", **rights)
    return channel_change.change_channel(kind=kind, facts=facts, actor=audit.SYSTEM, now=NOW, **fields)


def test_the_stakes_are_counted():
    make_link(make_subscription())
    make_subscription(ends_in=-HOUR)
    make_subscription(ends_in=-HOUR, exempt=True)
    make_subscription(make_member(blocked_at=NOW))
    make_request()
    assert channel_change.stakes(now=NOW) == channel_change.Stakes(subscriptions=2, links=1, requests=1)


def test_old_links_are_revoked_and_presence_is_forgotten():
    subscription = make_subscription(make_member(vip_presence="in"))
    make_link(subscription)
    assert replace().replaced is not None
    assert AccessLink.objects.get().state == "revoking"
    assert Member.objects.get().vip_presence == "unknown"


def test_subscribers_are_told_only_if_chosen():
    make_subscription()
    make_subscription(ritual_stage="alignment")
    replace(tell=True)
    assert AccessLink.objects.get(state="issuing").message_key == "access.link"


def test_the_same_channel_again_disturbs_nobody():
    """C-CHAN-4."""
    replace()
    make_link(make_subscription())
    replace(tell=True)
    assert AccessLink.objects.get().state == "live"


def test_pending_free_requests_keep_their_chat():
    make_request()
    replace(kind="free")
    assert FreeRequest.objects.get().chat_id == FREE_CHAT


def test_what_waits_for_rights_is_counted():
    """C-NOTE-2."""
    member = make_request().member
    removals.owe_removal(member=member, channel="free", kind="remove", due_at=NOW, reason="expelled", now=NOW)
    make_link(make_subscription(), state="issuing")
    assert (channel_change.owed_through("free"), channel_change.owed_through("vip")) == (2, 1)
