"""The entry ritual (M-RITUAL): its stage lives in the database only, and each step is one conditional UPDATE."""

from dataclasses import replace
from datetime import datetime

from django.db import transaction

from botcore import audit
from botcore.exceptions import Gone
from botcore.models import Member
from botcore.outbox import Reply
from botcore.screens import Screen
from subscriptions import links, screens
from subscriptions.access import Person, paired_stage, subscription_state
from subscriptions.models import Subscription

Stage = Subscription.Stage
NEXT = {Stage.CONFIRMATION: Stage.ALIGNMENT, Stage.ALIGNMENT: Stage.DELIVERY, Stage.DELIVERY: Stage.COMPLETED}
BY_BUTTON, BY_JOIN = "button", "join"


def advance_ritual(person: Person, *, expected_stage: str, reply: Reply) -> Screen | None:
    """The press of a stage's button. None when it was answered through `reply` (or the link comes by itself).

    A lost or repeated press writes nothing and returns the screen of the present stage (at delivery it belongs in a new
    message: the pressed one holds the link); without access the answer is that of §3. Raises Gone for a stage that has
    no button.
    """
    if expected_stage not in NEXT:
        raise Gone()
    if not person.has_access:
        return screens.start_screen(person, opening=False)
    with transaction.atomic():
        if _move(person.subscription, expected_stage, NEXT[expected_stage], now=person.now, by=BY_BUTTON):
            _record(audit.Actor.member(person.member), person.member, person.subscription, expected_stage)
            _answer_step(_reread(person), reply)
            return None
    return resume(_reread(person), reply)


def complete_by_join(member: Member, *, now: datetime) -> bool:
    """The member was seen entering VIP: at delivery that completes the ritual (M-RITUAL-5). True if it did."""
    subscription = Subscription.objects.filter(member=member).first()
    if subscription is None:
        return False
    with transaction.atomic():
        completed = _move(subscription, Stage.DELIVERY, Stage.COMPLETED, now=now, by=BY_JOIN)
        if completed:
            _record(audit.SYSTEM, member, subscription, Stage.DELIVERY)
    return completed


def repair_pair(subscription: Subscription, *, now: datetime) -> None:
    """Mend a stage that cannot stand beside the subscription's state, also on the given instance (M-NAME-3)."""
    stored = subscription.ritual_stage
    fitting = paired_stage(subscription_state(subscription, now=now), stored)
    if fitting == stored:
        return
    with transaction.atomic():
        if _move(subscription, stored, fitting, now=now):
            change = {"before": {"ritual_stage": stored}, "after": {"ritual_stage": fitting}}
            audit.record(audit.SYSTEM, "repair_ritual", subscription, member=subscription.member, **change)
    subscription.ritual_stage = fitting


def current_screen(person: Person, reply: Reply, *, first: bool = False, opening: bool = True) -> Screen | None:
    """The answer of §3; at delivery a link is owed where none is live, then None: it comes by itself (M-START-3)."""
    if person.is_custodian or not person.has_access:
        return screens.start_screen(person, first=first, opening=opening)
    return resume(person, reply, first=first)


def resume(person: Person, reply: Reply, *, first: bool = False) -> Screen | None:
    """Where somebody with access stands: the stage of the ritual, or the VIP menu. None as in `current_screen`."""
    if person.stage == Stage.DELIVERY:
        return links.show_link(person, reply, message_key="ritual.delivery")
    return screens.member_screen(person, first=first)


def _answer_step(person: Person, reply: Reply) -> None:
    if person.stage == Stage.COMPLETED:
        # The pressed message holds the link and stays (M-RITUAL-5).
        reply.say(screens.member_screen(person), new=True)
    elif (shown := resume(person, reply)) is not None:
        reply.say(shown, secret=person.stage == Stage.DELIVERY)


def _move(subscription: Subscription, before: str, after: str, *, now: datetime, by: str = "") -> bool:
    values = {"ritual_stage": after, "ritual_stage_at": now}
    if after == Stage.COMPLETED:
        values["ritual_completed_by"] = by
    return Subscription.objects.filter(pk=subscription.pk, ritual_stage=before).update(**values) == 1


def _record(actor: audit.Actor, member: Member, subscription: Subscription, before: str) -> None:
    change = {"before": {"ritual_stage": before}, "after": {"ritual_stage": NEXT[before]}}
    audit.record(actor, "advance_ritual", subscription, member=member, **change)


def _reread(person: Person) -> Person:
    return replace(person, subscription=Subscription.objects.get(pk=person.subscription.pk))
