"""set_channel, create_plan, issue_tokens: a creator sets everything up without the chat."""

import json
from datetime import timedelta
from decimal import Decimal

import pytest
from django.core.management.base import CommandError
from django.utils.html import strip_tags

from botcore import clock, config, voice
from botcore.models import AuditEntry, Channel
from botcore.redaction import digest_of
from subscriptions.models import InvitationToken, Plan

VIP, FREE = -1001000000001, -1001000000002


def refused(run, *arguments: str) -> CommandError:
    with pytest.raises(CommandError) as caught:
        run(*arguments)
    return caught.value


@pytest.fixture
def luna(run):
    run("create_plan", "--name", "Luna llena", "--days", "30", "--price", "25")


# --- set_channel ------------------------------------------------------------------------------------------------------


def test_a_channel_is_looked_at_and_stored(run, world):
    """C-CHAN-3 by shell: what Telegram tells is stored, with an audit row of surface shell."""
    world.channel(VIP, "El Diván")
    told = run("set_channel", "vip", str(VIP), "--json").json
    channel = Channel.objects.get(kind="vip")
    assert (channel.chat_id, channel.title, channel.missing) == (VIP, "El Diván", [])
    assert (told["kind"], told["chat_id"], told["title"]) == ("vip", VIP, "El Diván")
    assert AuditEntry.objects.get(verb="connect_channel").surface == "shell"


def test_the_free_channel_gets_its_link(run, world):
    """C-CHAN-7: a permanent link by which people ask, made once."""
    world.channel(FREE, "El vestíbulo")
    run("set_channel", "free", str(FREE))
    run("set_channel", "free", str(FREE))
    (made,) = world.called("createChatInviteLink")
    assert made.params["creates_join_request"] is True
    assert Channel.objects.get(kind="free").invite_link == made.result["invite_link"]


def test_lacking_rights_are_refused_all_at_once(run, world):
    """C-CHAN-3: every missing item in one answer, exit 1, nothing stored."""
    world.channel(VIP, "El Diván", bot_rights=["can_post_messages"])
    error = refused(run, "set_channel", "vip", str(VIP))
    assert error.returncode == 1
    assert not Channel.objects.exists()
    reasons = [voice.render(f"desk_channels.reason_no_{right}") for right in ("invite", "restrict")]
    assert all(strip_tags(reason) in str(error) for reason in reasons)


def test_without_telegram_it_is_stored_unseen(run, settings):
    """`--no-check`: the bot cannot be reached at set-up time."""
    settings.TELEGRAM_API_URL = "http://127.0.0.1:9"
    assert refused(run, "set_channel", "vip", str(VIP)).returncode == 1
    run("set_channel", "vip", str(VIP), "--no-check")
    assert Channel.objects.get(kind="vip").chat_id == VIP


def test_the_same_chat_is_not_both(run):
    """C-CHAN-4, unchecked as well."""
    run("set_channel", "vip", str(VIP), "--no-check")
    assert refused(run, "set_channel", "free", str(VIP), "--no-check").returncode == 1


def test_an_id_that_is_none_is_bad_usage(run):
    """Exit 2 from a shell: argparse refuses it."""
    refused(run, "set_channel", "vip", "12345", "--no-check")
    assert not Channel.objects.exists()


# --- create_plan ------------------------------------------------------------------------------------------------------


def test_a_plan_is_created(run):
    """C-PLAN by shell, with the default currency; --json carries the field names of members.md."""
    told = run("create_plan", "--name", "Luna", "--days", "30", "--price", "9,5", "--json").json
    plan = Plan.objects.get()
    assert (plan.name, plan.days, plan.price, plan.currency) == ("Luna", 30, Decimal("9.50"), "USD")
    assert told == {"id": plan.pk, "name": "Luna", "days": 30, "price": "9.50", "currency": "USD"}
    assert AuditEntry.objects.get(verb="create_plan").surface == "shell"


@pytest.mark.parametrize(
    "terms",
    [("Luna llena", "30", "25"), ("Sol", "0", "25"), ("Sol", "30", "-1"), ("Sol", "30", "nan"), ("", "30", "1")],
)
def test_a_plan_against_the_rules_is_refused(run, luna, terms):
    """C-PLAN: exit 1 and the reason in words, nothing written."""
    name, days, price = terms
    error = refused(run, "create_plan", f"--name={name}", f"--days={days}", f"--price={price}")
    assert error.returncode == 1
    assert str(error)
    assert Plan.objects.count() == 1


# --- issue_tokens -----------------------------------------------------------------------------------------------------


def test_links_one_per_line_and_nothing_else(run, luna):
    """C-TOKEN-1: stdout is what a script pastes; only digests are kept (M-TOKEN-2)."""
    config.remember_bot("LucienBot")
    lines = run("issue_tokens", "--plan", "LUNA LLENA", "--count", "3", "--note", "feria").lines
    tokens = [line.removeprefix("https://t.me/LucienBot?start=") for line in lines]
    stored = set(InvitationToken.objects.values_list("digest", flat=True))
    assert {digest_of(token) for token in tokens} == stored
    assert len(stored) == 3
    assert AuditEntry.objects.get(verb="issue_invitations").surface == "shell"


def test_tokens_need_no_bot_name(run, luna, settings):
    """`--format token` mints without asking anybody."""
    settings.TELEGRAM_API_URL = "http://127.0.0.1:9"
    (token,) = run("issue_tokens", "--plan", str(Plan.objects.get().pk), "--format", "token").lines
    assert InvitationToken.objects.get().digest == digest_of(token)


def test_json_lines(run, luna):
    """The fields of the operator table, redeem-by included."""
    config.remember_bot("LucienBot")
    (line,) = run("issue_tokens", "--plan", "Luna llena", "--format", "json", "--valid-hours", "48").lines
    found = json.loads(line)
    assert set(found) == {"token", "link", "hint", "plan", "days", "redeem_by"}
    assert (found["plan"], found["days"], found["hint"]) == ("Luna llena", 30, found["token"][:4])
    assert abs(InvitationToken.objects.get().redeem_by - clock.now() - timedelta(hours=48)) < timedelta(minutes=1)


def test_the_bot_name_is_asked_before_minting(run, luna, world):
    """A bot that never ran here: getMe, and the name is kept."""
    (line,) = run("issue_tokens", "--plan", "Luna llena").lines
    assert line.startswith("https://t.me/LucienSandboxBot?start=")
    run("issue_tokens", "--plan", "Luna llena")
    assert len(world.called("getMe")) == 1


@pytest.mark.parametrize("format", ["link", "json"])
def test_without_the_name_nothing_is_minted(run, luna, settings, format):
    """Exit 1, nothing minted: a token nobody can link to would be lost."""
    settings.TELEGRAM_API_URL = "http://127.0.0.1:9"
    assert refused(run, "issue_tokens", "--plan", "Luna llena", "--format", format).returncode == 1
    assert not InvitationToken.objects.exists()


@pytest.mark.parametrize("wrong", [("--plan", "Sol"), ("--plan", "Luna llena", "--count", "51"),
                                   ("--plan", "Luna llena", "--valid-hours", "0")])  # fmt: skip
def test_wrong_orders_mint_nothing(run, luna, wrong):
    """C-TOKEN-1: unknown plan, too many, no time to redeem."""
    config.remember_bot("LucienBot")
    assert refused(run, "issue_tokens", *wrong).returncode == 1
    assert not InvitationToken.objects.exists()


def test_a_withdrawn_plan_is_not_sold(run, luna):
    """C-PLAN-3: not offered for new invitations, not even by its id."""
    config.remember_bot("LucienBot")
    Plan.objects.update(is_active=False)
    assert refused(run, "issue_tokens", "--plan", str(Plan.objects.get().pk)).returncode == 1
