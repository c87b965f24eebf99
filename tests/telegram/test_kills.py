"""A process that dies between two steps of an act, then a new one: one effect, one answer (members.md §12)."""

import asyncio
import itertools
from datetime import timedelta

import pytest
from django.db import connection

from botcore import units
from subscriptions.models import AccessLink, FreeRequest, LedgerEntry, Removal, Subscription
from tests.telegram.people import someone
from tests.telegram.reading import heard

STEPS = range(0, 25, 4)


class Killed(BaseException):
    """The process is gone: nothing on the way catches this."""


@pytest.fixture
def killed(house, monkeypatch):
    """Run one round of `work` in which the unit `name` dies at its n-th statement; then a new process goes on."""
    guarded, deaths = units._guarded, []

    def kill(name, step, work):
        statements = itertools.count()

        def note(execute, sql, params, many, context):
            if next(statements) == step:
                deaths.append(step)
                raise Killed
            return execute(sql, params, many, context)

        def watched(unit, *args, **kwargs):
            if unit.__name__ != name:
                return guarded(unit, *args, **kwargs)
            with connection.execute_wrapper(note):
                return guarded(unit, *args, **kwargs)

        with monkeypatch.context() as patch:
            patch.setattr(units, "_guarded", watched)
            house.run(survived(work))
        house.restart()
        house.settle()

    yield kill
    assert deaths


async def survived(work):
    """Wait for `work` and all it started, dead or alive."""
    await asyncio.wait({asyncio.ensure_future(work)})
    while tasks := asyncio.all_tasks() - {asyncio.current_task()}:
        await asyncio.wait(tasks)


def keys(person, *wanted):
    """Those of the `wanted` keys that the person heard, in order, once for each message."""
    return [key for message in person.messages for key in wanted if key in heard(message)]


def test_redemption(house, killed):
    """M-TOKEN-5: used once, credited once, one receipt, then the stage."""
    for step in STEPS:
        ana = someone(house, "S3", id=600 + step)
        ana.start(house.invitation())
        house.fetch()
        killed("redeem_token", step, house.engine.lanes.step())
        assert keys(ana, "invitation.receipt", "ritual.confirmation") == ["invitation.receipt", "ritual.confirmation"]
    assert LedgerEntry.objects.count() == len(STEPS)


@pytest.mark.parametrize("unit", ["advance_ritual", "settle_link"])
def test_the_step_that_owes_the_link(house, killed, unit):
    """M-RITUAL-2, M-RITUAL-9: one transition, one link that works, handed over once."""
    for step in STEPS:
        ana = someone(house, "S5", id=600 + step)
        ana.start()
        house.settle()
        ana.press(ana.last, "Hago mía la regla")
        house.fetch()
        work = house.engine.lanes.step() if unit == "advance_ritual" else advance_and_link(house)
        killed(unit, step, work)
        house.wait(minutes=2)
        house.job("links")
        assert keys(ana, "ritual.delivery") == ["ritual.delivery"]
        assert AccessLink.objects.filter(subscription__member__telegram_id=ana.id, state="live").count() == 1


async def advance_and_link(house):
    await house.engine.lanes.drain()
    await house.engine.jobs.run_once("links")


@pytest.mark.parametrize("unit", ["claim_removals", "settle_removal"])
def test_removal(house, killed, unit):
    """M-EXPIRY-4, M-JOBS-9: out for certain, the call repeated at most once, one farewell."""
    house.settings(brake_min=1000)
    for step in STEPS:
        ana = someone(house, "S7 in", id=600 + step)
        Subscription.objects.filter(member__telegram_id=ana.id).update(expires_at=house.now())
        house.run(house.engine.jobs.run_once("expiry"))
        killed(unit, step, house.engine.jobs.run_once("removals"))
        house.wait(minutes=2)
        house.job("removals")
        calls = [call for call in house.world.called("unbanChatMember") if call.params["user_id"] == ana.id]
        assert 1 <= len(calls) <= 2
        assert keys(ana, "lifecycle.farewell") == ["lifecycle.farewell"]
    assert not Removal.objects.exclude(state="done").exists()


@pytest.mark.parametrize("unit", ["claim_approvals", "settle_decision", "receive_request"])
def test_approval(house, killed, unit):
    """M-FREE-6: let in, told once of each, however the process ends."""
    for step in STEPS:
        ana = someone(house, "S3", id=600 + step)
        ana.request_to_join(house.free)
        if unit == "receive_request":
            house.fetch()
            killed("_receive", step, house.engine.lanes.step())
        house.settle()
        house.loop.elapsed += timedelta(minutes=5).total_seconds()
        killed(unit, step, house.engine.jobs.run_once("free_queue"))
        house.wait(minutes=2)
        house.job("free_queue")
        assert keys(ana, "queue.received", "queue.approved") == ["queue.received", "queue.approved"]
    assert set(FreeRequest.objects.values_list("state", flat=True)) == {"approved"}
