from datetime import timedelta

import pytest
from django.db import transaction

from botcore import audit, config, voice
from botcore.models import Outbox
from botcore.outbox import CallResult, Outcome
from subscriptions import links
from subscriptions.models import AccessLink, Subscription
from tests.factories import (
    DAY,
    HOUR,
    MINUTE,
    NOW,
    VIP_CHAT,
    make_channels,
    make_ended,
    make_link,
    make_member,
    make_reply,
    make_subscription,
    meet,
)
from tests.subscriptions.helpers import heard, keyboards

pytestmark = pytest.mark.django_db

URL = "https://t.me/+fresh"
MADE = CallResult(Outcome.DONE, value={"invite_link": URL})
NO_RIGHT = CallResult(Outcome.CONFIGURATION, "Bad Request: not enough rights to manage chat invite link")
DOWN = CallResult(Outcome.TRANSIENT, "Bad Gateway")


@pytest.fixture
def subscription():
    make_channels()
    return make_subscription(ritual_stage="delivery")


def owe(subscription, key="ritual.delivery", **fields):
    with transaction.atomic():
        return links.owe_link(subscription, message_key=key, now=NOW, **fields)


def claim(now=NOW):
    return links.claim_links(now=now, limit=10)


def the_link():
    return AccessLink.objects.latest("id")


# --- owing and making -------------------------------------------------------------------------------------------------


def test_one_open_link_per_subscriber(subscription):
    """M-ACCESS-1."""
    assert owe(subscription) is not None
    assert owe(subscription) is None
    assert AccessLink.objects.count() == 1


def test_the_order_names_no_person_and_ends_after_a_day(subscription):
    """M-ACCESS-1."""
    link = owe(subscription)
    (order,) = claim()
    assert (order.chat_id, order.name) == (VIP_CHAT, f"L{subscription.pk}-{link.pk}")
    assert (order.expire_date, order.lift_first) == (NOW + DAY, None)


@pytest.mark.parametrize(("grace", "ends"), [(0, 5 * HOUR), (1, DAY)])
def test_a_link_never_outlives_access(grace, ends):
    """M-ACCESS-1: never later than the end of access, grace included."""
    make_channels()
    config.change(audit.SHELL, grace_days=grace)
    owe(make_subscription(ends_in=5 * HOUR))
    assert claim()[0].expire_date == NOW + ends


def test_an_exempt_member_has_a_whole_day(subscription):
    """M-EXPIRY-9."""
    owe(make_subscription(ends_in=-DAY, exempt=True))
    assert claim()[0].expire_date == NOW + DAY


def test_who_is_banned_in_the_channel_is_lifted_first():
    """M-ACCESS-7."""
    make_channels()
    subscription = make_subscription(make_member(vip_presence="banned"))
    owe(subscription)
    assert claim()[0].lift_first == subscription.member.telegram_id


def test_a_claimed_link_is_not_claimed_again_before_its_lease_ends(subscription):
    """M-ACCESS-1."""
    owe(subscription)
    assert len(claim()) == 1
    assert claim() == []
    assert len(claim(NOW + MINUTE)) == 1


def test_a_made_link_is_delivered_in_the_pressed_message(subscription):
    """Ritual §5, delivery."""
    owe(subscription, edit=70)
    links.settle_link(claim()[0], MADE, now=NOW)
    (row,) = heard(subscription.member)
    assert (row.method, row.payload, row.secret) == ("editMessageText", {"message_id": 70}, True)
    assert row.keyboard == {"name": "ritual", "arguments": {"stage": "delivery", "url": URL, "contact": False}}
    assert (the_link().state, the_link().url, the_link().expires_at) == ("live", URL, NOW + DAY)


@pytest.mark.parametrize("key", ["access.link", "access.link_renewed", "lifecycle.link_after_return"])
def test_other_links_are_handed_over_with_a_button(subscription, key):
    """M-ACCESS-3, M-BLOCK-2."""
    owe(subscription, key)
    links.settle_link(claim()[0], MADE, now=NOW)
    assert heard(subscription.member)[0].keyboard == {"name": "access_link", "arguments": {"url": URL}}


def test_access_that_ended_meanwhile_revokes_the_link_unsaid(subscription):
    """M-ACCESS-8."""
    owe(subscription)
    (order,) = claim()
    Subscription.objects.update(ended_at=NOW, end_reason="expired")
    links.settle_link(order, MADE, now=NOW)
    assert the_link().state == "revoking"
    assert not heard(subscription.member)


def test_a_link_revoked_while_it_was_made_is_revoked_at_telegram(subscription):
    """M-ACCESS-8."""
    owe(subscription)
    (order,) = claim()
    links.revoke_links(subscription, now=NOW)
    links.settle_link(order, MADE, now=NOW)
    assert (the_link().state, the_link().url) == ("revoking", URL)


def test_no_link_is_made_for_who_has_no_access(subscription):
    """M-NAME-1."""
    owe(subscription)
    Subscription.objects.update(ended_at=NOW, end_reason="expired")
    assert claim() == []
    assert the_link().state == "dead"


# --- what cannot be made ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("result", [NO_RIGHT, DOWN, CallResult(Outcome.UNKNOWN, "?")])
def test_a_link_that_cannot_be_made_is_said_to_be_prepared_once(subscription, result):
    """M-RITUAL-9."""
    owe(subscription, edit=70)
    for minutes in (0, 5):
        links.settle_link(claim(NOW + minutes * MINUTE)[0], result, now=NOW + minutes * MINUTE)
    (row,) = heard(subscription.member)
    assert (row.text, row.payload) == (voice.render("access.preparing"), {"message_id": 70})


def test_it_is_delivered_as_soon_as_it_can_be_made(subscription):
    """M-RITUAL-9: in a message of its own, for the pressed one said that it is being prepared."""
    owe(subscription, edit=70)
    links.settle_link(claim()[0], NO_RIGHT, now=NOW)
    later = NOW + 5 * MINUTE
    links.settle_link(claim(later)[0], MADE, now=later)
    assert [row.method for row in heard(subscription.member)] == ["editMessageText", "sendMessage"]
    assert keyboards(subscription.member)[1] == "ritual:delivery"


def test_a_missing_right_counts_nothing_and_alarms_custodians_once(subscription):
    """§7, configuration."""
    owe(subscription)
    for minutes in range(3):
        links.settle_link(claim(NOW + minutes * MINUTE)[0], NO_RIGHT, now=NOW + minutes * MINUTE)
    assert the_link().attempts == 0
    assert Outbox.objects.filter(chat_id=1001).count() == 1


def test_without_a_channel_the_person_and_the_custodians_are_told():
    """M-RITUAL-9: channel not set."""
    first, second = make_subscription(), make_subscription()
    owe(first)
    owe(second)
    assert links.claim_links(now=NOW, limit=1) == []
    assert [heard(one.member)[0].text for one in (first, second)] == [voice.render("access.preparing")] * 2
    assert Outbox.objects.filter(chat_id=1001).count() == 1
    make_channels()
    assert len(claim(NOW + MINUTE)) == 2


def test_a_flood_waits_as_told_and_is_not_counted(subscription):
    """§7, flood."""
    owe(subscription)
    links.settle_link(claim()[0], CallResult(Outcome.FLOOD, retry_after=30), now=NOW)
    assert (the_link().next_try_at, the_link().attempts) == (NOW + timedelta(seconds=30), 0)


# --- my access and new links ------------------------------------------------------------------------------------------


def member_with(presence="out", stage="completed", **link):
    subscription = make_subscription(make_member(vip_presence=presence), ritual_stage=stage)
    if link:
        make_link(subscription, **link)
    return subscription.member


def access(member, now=NOW):
    return links.show_access(meet(member, now=now), make_reply(member))


def renew(member, now=NOW, **choice):
    return links.renew_link(meet(member, now=now), make_reply(member), **choice)


def test_my_access_shows_the_live_link():
    """M-ACCESS-2."""
    assert access(member_with(url=URL)).arguments == {"url": URL}


def test_my_access_makes_a_link_only_if_none_is_live():
    """M-ACCESS-2."""
    assert access(member_with()) is None
    assert the_link().message_key == "access.link"


@pytest.mark.parametrize("ask", [access, renew])
def test_inside_already(ask):
    """M-ACCESS-3."""
    assert ask(member_with("in")).keyboard == "new_link"


@pytest.mark.parametrize("ask", [access, renew])
@pytest.mark.parametrize("stage", ["confirmation", "alignment"])
def test_before_delivery_the_stage_is_shown(ask, stage):
    """M-ACCESS-3."""
    assert ask(member_with(stage=stage)).arguments["stage"] == stage
    assert not AccessLink.objects.exists()


@pytest.mark.parametrize("ask", [access, renew])
@pytest.mark.parametrize("make", [make_member, lambda: make_ended().member])
def test_without_access_one_is_told_how_it_is_obtained(ask, make):
    """§2, /enlace."""
    assert ask(make()).parts[0][0] == "access.none_yet"


def test_a_new_link_revokes_the_former():
    """M-ACCESS-3."""
    assert renew(member_with(url=URL)) is None
    states = AccessLink.objects.order_by("id").values_list("state", "message_key")
    assert list(states) == [("revoking", ""), ("issuing", "access.link_renewed")]


def test_inside_one_may_have_a_link_anyway():
    """M-ACCESS-3."""
    assert renew(member_with("in"), anyway=True) is None
    assert the_link().state == "issuing"


def test_within_a_minute_the_same_link_is_shown():
    """M-ACCESS-3: 60 s."""
    member = member_with(url=URL, issued_at=NOW - timedelta(seconds=59))
    assert renew(member).arguments == {"url": URL}
    assert renew(member, now=NOW + timedelta(seconds=1)) is None


def test_after_ten_links_a_day_the_live_one_is_shown():
    """M-ACCESS-3."""
    member = member_with(url=URL)
    for hours in range(2, 11):
        make_link(member.subscription, state="dead", issued_at=NOW - hours * HOUR)
    shown = renew(member)
    assert (shown.parts[0], shown.arguments) == (("access.limit_reached", {"hours": 14}), {"url": URL})
    assert renew(member, now=NOW + 14 * HOUR) is None


def test_a_failed_link_is_spoken_of_until_it_is_made(subscription):
    """M-RITUAL-9: asked again, the answer is that it is being prepared."""
    owe(subscription)
    links.settle_link(claim()[0], DOWN, now=NOW)
    assert [ask(subscription.member).parts[0][0] for ask in (access, renew)] == ["access.preparing"] * 2


# --- revoking and expiring --------------------------------------------------------------------------------------------


def test_the_end_of_access_revokes_the_live_link(subscription):
    """M-ACCESS-8."""
    make_link(subscription, url=URL)
    links.revoke_links(subscription, now=NOW)
    (order,) = links.claim_revocations(now=NOW, limit=5)
    assert (order.chat_id, order.url) == (VIP_CHAT, URL)
    links.settle_revocation(order, CallResult(Outcome.DONE), now=NOW)
    assert the_link().state == "dead"


@pytest.mark.parametrize(
    ("result", "attempts", "state"),
    [(DOWN, 1, "revoking"), (NO_RIGHT, 0, "revoking"), (CallResult(Outcome.GONE), 1, "dead")],
)
def test_a_revocation_is_tried_until_it_is_done(subscription, result, attempts, state):
    """M-ACCESS-3: tracked, retried."""
    make_link(subscription, state="revoking")
    links.settle_revocation(links.claim_revocations(now=NOW, limit=1)[0], result, now=NOW)
    assert (the_link().state, the_link().attempts) == (state, attempts)
    assert links.claim_revocations(now=NOW, limit=1) == []


def test_links_past_their_date_are_dead(subscription):
    """M-JOBS-5."""
    make_link(subscription, expires_at=NOW)
    assert links.expire_links(now=NOW) == 1
    assert the_link().state == "dead"
