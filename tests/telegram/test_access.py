"""Into the VIP channel and back again (M-ACCESS)."""

from datetime import timedelta

import pytest

from subscriptions.models import AccessLink, Subscription, VipRequest
from tests.telegram.people import someone
from tests.telegram.reading import heard

LINK, NEW = "🗝️ Cruzar al Diván", "🗝️ Pedir una llave nueva"


def link_of(house, person, text="/enlace"):
    """Ask for a link; the URL that came."""
    person.send(text)
    house.settle()
    house.wait(seconds=2)
    return person.follow(person.last, LINK)


def test_in_by_ones_own_link(house):
    """M-ACCESS-1, -4, -5: made with a name, an end and a request; approved; revoked; one welcome."""
    ana = someone(house, "S8 out")
    ana.request_to_join(house.vip, link_of(house, ana))
    house.settle()
    (made,) = house.world.called("createChatInviteLink")
    assert made.params["creates_join_request"]
    assert len(made.params["name"]) <= 32
    assert made.params["expire_date"] - made.at == 24 * 3600
    assert house.vip.membership(ana.id).inside
    assert "access.welcome" in heard(ana.last)
    house.job("links")
    assert all(link.is_revoked for link in house.vip.links.values())
    assert house.refused() == []


def test_a_link_never_outlives_access(house):
    """M-ACCESS-1."""
    ana = someone(house, "S8 out")
    Subscription.objects.update(expires_at=house.now() + timedelta(hours=3))
    link_of(house, ana)
    (made,) = house.world.called("createChatInviteLink")
    assert made.params["expire_date"] <= Subscription.objects.get().expires_at.timestamp()


def test_a_stranger_on_a_personal_link(house):
    """M-ACCESS-4, C-NOTE-5: told first how an invitation is obtained, then declined; custodians hear whose link."""
    marcos, ana, eve = someone(house, "S1"), someone(house, "S8 out"), house.person(666, "Eva")
    eve.request_to_join(house.vip, link_of(house, ana))
    house.live(seconds=20)
    assert "access.declined" in heard(eve.last)
    assert not house.vip.membership(eve.id).inside
    methods = [c.method for c in house.world.calls if c.params.get("chat_id") == eve.id or "decline" in c.method]
    assert methods == ["sendMessage", "declineChatJoinRequest"]
    assert "Ana" in marcos.last.text
    assert "Eva" in marcos.last.text


def test_who_has_access_enters_whichever_link_was_used(house):
    """M-ACCESS-4: another's link, or none at all; custodians too."""
    ana, bea, marcos = someone(house, "S8 out"), someone(house, "S8 unknown", id=502), someone(house, "S1")
    url = link_of(house, ana)
    bea.request_to_join(house.vip, url)
    marcos.request_to_join(house.vip)
    house.settle()
    assert house.vip.membership(bea.id).inside
    assert house.vip.membership(marcos.id).inside


@pytest.mark.parametrize(("state", "inside"), [("S8 out", True), ("S3", False)])
def test_a_request_with_a_query_is_decided_by_its_answer(house, state, inside):
    """M-ACCESS-4: within 10 s, the text before it."""
    ana = someone(house, state)
    ana.request_to_join(house.vip, query_id=True)
    house.live(seconds=10)
    (answer,) = house.world.called("answerChatJoinRequestQuery")
    assert answer.params["result"] == ("approve" if inside else "decline")
    assert house.vip.membership(ana.id).inside is inside
    assert ("access.declined" in heard(ana.last)) is not inside
    assert house.world.called("approveChatJoinRequest") + house.world.called("declineChatJoinRequest") == []


def test_a_new_link_revokes_the_former(house):
    """M-ACCESS-3: the same within 60 s; then another, the former revoked."""
    ana = someone(house, "S8 out")
    first = link_of(house, ana)
    assert link_of(house, ana) == first
    house.wait(seconds=60)
    ana.press(ana.last, NEW)
    house.settle()
    second = ana.follow(ana.last, LINK)
    house.job("links")
    assert second != first
    assert [house.vip.links[url].is_revoked for url in (first, second)] == [True, False]


def test_ten_links_a_day(house):
    """M-ACCESS-3: then the live one is shown."""
    ana = someone(house, "S8 out")
    urls = []
    for _ in range(12):
        urls.append(link_of(house, ana))
        house.wait(minutes=2)
    assert len(set(urls)) == 10
    assert "access.limit_reached" in heard(ana.last)
    house.wait(days=1)
    assert link_of(house, ana) not in urls


def test_somebody_inside_is_told_so_and_may_insist(house):
    """M-ACCESS-3."""
    ana = someone(house, "S7 in")
    ana.send("/enlace")
    house.settle()
    assert "access.already_inside" in heard(ana.last)
    ana.press(ana.last, "l1:1")
    house.settle()
    assert ana.follow(ana.last, LINK)


@pytest.mark.parametrize(("state", "key"), [("S4", "ritual.confirmation"), ("S5", "ritual.alignment")])
def test_before_delivery_a_link_is_the_stage_of_the_ritual(house, state, key):
    """M-ACCESS-3."""
    ana = someone(house, state)
    for text in ("/enlace", "/start enlace"):
        ana.send(text)
        house.settle()
        assert key in heard(ana.last)
    assert not AccessLink.objects.exists()


def test_leaving_costs_nothing_and_the_way_back_is_open(house):
    """M-ACCESS-5, M-ACCESS-6: any number of times; one welcome per entry."""
    ana = someone(house, "S8 out")
    for _ in range(3):
        ana.request_to_join(house.vip, link_of(house, ana))
        house.settle()
        assert house.vip.membership(ana.id).inside
        shown = len(ana.messages)
        ana.leave(house.vip)
        house.settle()
        assert len(ana.messages) == shown
        house.wait(minutes=2)
    assert sum("access.welcome" in heard(message) for message in ana.messages) == 3
    assert house.member(ana).vip_presence == "out"


def test_banned_by_hand_the_bar_is_lifted_before_the_link(house):
    """M-ACCESS-7: when access returns; a failure of the lift is a link that comes later."""
    ana = someone(house, "S8 banned")
    url = link_of(house, ana)
    calls = [call.method for call in house.world.calls if "Chat" in call.method]
    assert calls == ["unbanChatMember", "createChatInviteLink"]
    ana.request_to_join(house.vip, url)
    house.settle()
    assert house.vip.membership(ana.id).inside


def test_inside_without_access_is_reported_not_acted_on(house):
    """M-ACCESS-8."""
    marcos, eve = someone(house, "S1"), house.person(666, "Eva")
    eve.join(house.vip)
    house.settle()
    house.job("removals")
    assert house.vip.membership(eve.id).inside
    assert "desk.alarm_inside" in heard(marcos.last)


def test_the_end_of_access_revokes_the_link(house):
    """M-ACCESS-8."""
    ana = someone(house, "S8 out")
    url = link_of(house, ana)
    Subscription.objects.update(expires_at=house.now())
    house.job("expiry")
    house.job("links")
    assert house.vip.links[url].is_revoked


def test_a_repeated_and_an_old_request_change_nothing(house):
    """M-CMD-7, M-ACCESS-4: the update once more, after the decision."""
    ana = someone(house, "S8 out")
    ana.request_to_join(house.vip)
    house.settle()
    ana.leave(house.vip)
    house.settle()
    house.deliver(house.world.queue.recent[0])
    assert VipRequest.objects.count() == 1
    assert not house.vip.membership(ana.id).inside
