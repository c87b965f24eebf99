"""The two channels: connecting, watching, alarms (C-CHAN-1..8, C-NOTE-2)."""

import pytest

from botcore import audit, channels, config, voice
from botcore.channels import ProbeFacts
from botcore.exceptions import Refused
from botcore.models import AuditEntry, Channel, Outbox
from tests.factories import HOUR, MINUTE, NOW, make_member

pytestmark = pytest.mark.django_db

SUPER = 1001
ALL = {"can_invite_users": True, "can_restrict_members": True, "can_post_messages": True}


def facts(chat_id=-100, **fields):
    return ProbeFacts(**{"chat_id": chat_id, "title": "El Diván", "bot_status": "administrator"} | ALL | fields)


def connect(kind="vip", now=NOW, **fields):
    return channels.connect_channel(kind=kind, facts=facts(**fields), actor=audit.SYSTEM, now=now)


def probe(now=NOW, owed=0, **fields):
    return channels.settle_probe("vip", facts(**fields), now=now, owed=owed)


def told(prefix):
    return list(Outbox.objects.filter(key__startswith=prefix).order_by("pk"))


@pytest.mark.parametrize(
    ("found", "missing"),
    [
        ({}, ()),
        ({"bot_status": "creator", "can_restrict_members": False}, ()),
        ({"reachable": False}, ("not_found",)),
        ({"bot_status": "kicked"}, ("not_member",)),
        ({"bot_status": "member"}, ("not_admin",)),
        ({"can_restrict_members": False}, ("can_restrict_members",)),
        ({"can_invite_users": False, "can_post_messages": False}, ("can_invite_users", "can_post_messages")),
        ({"can_post_messages": False, "chat_type": "supergroup"}, ()),
    ],
)
def test_what_is_missing(found, missing):
    """C-CHAN-3: all at once, each flag read."""
    assert channels.missing_rights(facts(**found)) == missing


@pytest.mark.parametrize(
    ("kind", "found", "warnings"),
    [
        ("vip", {"username": "divan"}, ("vip_public",)),
        ("free", {"username": "jardin"}, ("free_public",)),
        ("free", {"username": "jardin", "chat_type": "supergroup"}, ("free_no_approval",)),
        ("free", {"username": "jardin", "chat_type": "supergroup", "join_by_request": True}, ()),
        ("vip", {}, ()),
    ],
)
def test_what_is_warned_of(kind, found, warnings):
    """C-CHAN-5: does not block."""
    assert channels.warnings_of(kind, facts(**found)) == warnings


def test_connecting_stores_what_was_seen():
    made = connect()
    assert (made.changed, made.replaced) == (True, None)
    assert config.current().vip.title == "El Diván"
    assert AuditEntry.objects.get().verb == "connect_channel"


def test_the_same_channel_again_only_renews_the_checks():
    """C-CHAN-4."""
    connect()
    assert not connect(title="Otro nombre", now=NOW + HOUR).changed
    assert AuditEntry.objects.count() == 1
    assert Channel.objects.get().title == "Otro nombre"


def test_one_chat_cannot_be_both():
    """C-CHAN-4."""
    connect()
    with pytest.raises(Refused) as refusal:
        connect(kind="free")
    assert refusal.value.values["reasons"] == [("desk_channels.reason_same_chat", {})]


def test_a_chat_that_lacks_something_is_refused_with_all_of_it():
    """C-CHAN-1, C-CHAN-3."""
    with pytest.raises(Refused) as refusal:
        connect(can_invite_users=False, can_restrict_members=False)
    assert len(refusal.value.values["reasons"]) == 2
    with pytest.raises(Refused):
        connect(chat_type="private")
    assert not Channel.objects.exists()


def test_every_refusal_can_be_said():
    for found in ({"chat_type": "group"}, {"reachable": False}, {"bot_status": "left", "can_invite_users": False}):
        assert voice.render("desk_channels.set_up_refused", reasons=channels.refusals(facts(**found)))


def test_without_checks_it_is_stored_as_it_is():
    """set_channel --no-check."""
    unseen = ProbeFacts(chat_id=-200)
    channels.connect_channel(kind="vip", facts=unseen, actor=audit.SHELL, now=NOW, check=False)
    assert (Channel.objects.get().chat_id, Channel.objects.get().probed_at) == (-200, None)


def test_replacing_names_the_former_chat():
    """C-CHAN-6."""
    connect()
    channels.set_invite_link(kind="vip", url="https://t.me/+viejo", actor=audit.SYSTEM)
    assert connect(chat_id=-300).replaced == -100
    assert Channel.objects.get().invite_link == ""


def test_disconnecting_twice():
    """C-CHAN-9."""
    connect()
    assert [channels.disconnect_channel(kind="vip", actor=audit.SYSTEM) for _ in range(2)] == [True, False]
    assert config.current().vip is None


def test_the_bots_own_link_does_not_displace_a_pasted_one():
    """C-CHAN-7."""
    connect()
    channels.set_invite_link(kind="vip", url="https://t.me/+pegado", actor=audit.SYSTEM)
    assert not channels.set_invite_link(kind="vip", url="https://t.me/+propio", actor=audit.SYSTEM, only_if_none=True)
    with pytest.raises(Refused):
        channels.set_invite_link(kind="vip", url="http://otro.example", actor=audit.SYSTEM)
    assert Channel.objects.get().invite_link == "https://t.me/+pegado"


def test_rights_lost_are_told_at_once_and_every_six_hours():
    """C-NOTE-2."""
    connect()
    for minutes in (0, 5, 359, 360):
        probe(now=NOW + minutes * MINUTE, can_restrict_members=False)
    assert len(told("rights:")) == 2
    assert told("rights:")[0].chat_id == SUPER
    assert "expulsar" in told("rights:")[0].text


def test_rights_back_are_told_with_what_resumes():
    """C-NOTE-2: once; and a later loss is told again."""
    connect()
    probe(bot_status="left")
    for _ in range(2):
        probe(now=NOW + MINUTE, owed=7)
    assert len(told("recovered:")) == 1
    assert "7" in told("recovered:")[0].text
    probe(now=NOW + 2 * MINUTE, bot_status="left")
    assert len(told("rights:")) == 2


def test_a_migrated_chat_keeps_its_place_under_the_new_id():
    """C-CHAN-3."""
    connect()
    probe(chat_id=-1009, migrated_from=-100, chat_type="supergroup")
    assert Channel.objects.get().chat_id == -1009


def test_a_probe_of_a_replaced_chat_changes_nothing():
    connect(chat_id=-300)
    assert probe(chat_id=-100, reachable=False) == ()
    assert Channel.objects.get().missing == []


@pytest.mark.parametrize(
    ("detail", "missing"),
    [
        ("Bad Request: chat not found", ["not_found"]),
        ("Forbidden: bot was kicked from the channel chat", ["not_member"]),
        ("Bad Request: not enough rights to restrict/unrestrict chat member", ["can_restrict_members"]),
        ("Bad Request: not enough rights to manage chat invite link", ["can_invite_users"]),
        ("Bad Request: CHAT_ADMIN_REQUIRED", ["not_admin"]),
        ("Unauthorized", []),
    ],
)
def test_a_refused_call_marks_the_channel(detail, missing):
    """members.md §7: one alarm within the call, at most once per 6 h; a refused token ends the process instead."""
    connect()
    for _ in range(2):
        channels.note_configuration_error("vip", detail, now=NOW)
    assert Channel.objects.get().missing == missing
    assert len(told("rights:")) == len(missing)


def test_a_missing_channel_is_told_once_in_six_hours():
    """M-RITUAL-9: a link that cannot be made because none is set."""
    for minutes in (0, 1):
        channels.note_configuration_error("vip", "no VIP channel is set", now=NOW + minutes * MINUTE)
    assert len(told("unset:vip")) == 1


def test_a_former_channel_says_nothing_of_the_present_one():
    connect()
    channels.note_configuration_error("vip", "chat not found", now=NOW, chat_id=-999)
    assert Channel.objects.get().missing == []
    assert len(told("former:")) == 1


def test_all_reachable_custodians_are_told():
    """C-NOTE-6."""
    make_member(telegram_id=2002, is_custodian=True, unreachable_since=NOW)
    make_member(telegram_id=2003, is_custodian=True)
    connect()
    probe(reachable=False)
    assert sorted(row.chat_id for row in told("rights:")) == [SUPER, 2003]


def test_may_reads_the_rights():
    connect()
    assert channels.may(config.current().vip, channels.INVITE)
    probe(can_invite_users=False)
    assert not channels.may(config.current().vip, channels.INVITE)
    assert channels.may(config.current().vip, channels.RESTRICT)
    assert not channels.may(None, channels.INVITE)
