"""The demo data of the trial, lived through the real bot; and the guard before its database is thrown away."""

import asyncio

import pytest

from botcore import clock, units
from botcore.models import Channel, Inbox, Member, Outbox
from botcore.redaction import digest_of
from botcore.sandbox import World, demo, house
from botcore.sandbox.session import WorldSession
from botcore.telegram.factory import make_bot
from content.models import ContentPackage
from subscriptions.models import FreeRequest, InvitationToken, Plan, Subscription


@pytest.fixture
def played(transactional_db):
    """The world after the demo, and what it tells."""
    world = World(token=house.TOKEN)

    async def play():
        told = await demo.play(world, make_bot(WorldSession(world), token=house.TOKEN))
        await asyncio.to_thread(units.shutdown)
        return told

    return world, asyncio.run(play())


def member(telegram_id: int) -> Member:
    return Member.objects.get(telegram_id=telegram_id)


def test_three_members_in_three_states(played):
    """O-PROC-9: waiting for Free, in the ritual, inside VIP."""
    assert FreeRequest.objects.get(member=member(demo.ANA)).state == FreeRequest.State.PENDING
    assert Subscription.objects.get(member=member(demo.BERTA)).ritual_stage == Subscription.Stage.CONFIRMATION
    carla = member(demo.CARLA)
    assert (carla.vip_presence, carla.subscription.ritual_stage) == ("in", Subscription.Stage.COMPLETED)
    assert not Member.objects.filter(telegram_id=demo.VISITOR).exists()


def test_channels_plans_packages_and_an_invitation(played):
    """O-PROC-9: two channels with all rights, something to sell, one invitation left."""
    world, told = played
    assert [channel.missing for channel in Channel.objects.order_by("kind")] == [[], []]
    assert Channel.objects.get(kind="free").invite_link
    assert (Plan.objects.count(), ContentPackage.objects.count()) == (3, 3)
    token = InvitationToken.objects.get(digest=digest_of(told.invitation.partition("start=")[2]))
    assert (token.is_used, token.redeem_by > clock.now()) == (False, True)
    assert set(told.notes) == set(world.people)


def test_everybody_was_answered(played):
    """Nothing waits when the page opens, and Telegram refused nothing."""
    world, _ = played
    assert not Inbox.objects.exclude(state=Inbox.State.DONE).exists()
    assert not Outbox.objects.filter(state__in=["pending", "held", "sending", "failed"]).exists()
    assert world.people[demo.BERTA].last.buttons
    assert world.flood.enabled


async def test_only_the_trial_may_throw_its_database_away(settings):
    """O-PROC-9: never DATABASE_URL; settings that were not read for the trial stop it before anything is touched."""
    settings.SANDBOX = False
    with pytest.raises(RuntimeError):
        await house.run_sandbox(None, version="0")
