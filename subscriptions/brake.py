"""The mass-removal brake (M-EXPIRY-6, C-SUBS-11): too many ends at once wait for a custodian's decision."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.db.models import QuerySet

from botcore import audit, config, limits, notices, outbox, roles
from botcore.exceptions import Gone
from botcore.models import Channel, Member
from botcore.screens import screen
from subscriptions.models import Brake, Removal, Subscription

Reason, Decision, State = Brake.Reason, Brake.Decision, Removal.State
ROWS_PER_PAGE = 10
AT_ONCE = 500


@dataclass(frozen=True)
class Ruling:
    """A brake after somebody pressed; `won` is False for the custodian who came second and is shown who decided."""

    brake: Brake
    won: bool


@dataclass(frozen=True)
class HeldPage:
    """One page of the list of a brake; `rows` are items of the list variable `members`. Pages count from 1."""

    brake: Brake
    rows: Sequence[dict]
    page: int
    pages: int
    count: int


def topic_of(subscription_id: int) -> str:
    """The outbox topic of all that is said about the end of a membership; withdrawn when time is given."""
    return f"end:{subscription_id}"


def weigh(due: QuerySet[Subscription], *, now: datetime, reason: str = "") -> None:
    """Decide, before a run ends the `due` subscriptions, whether their removals are held.

    The whole run counts, not a batch of it. `reason` (a Brake.Reason) holds whatever the count. While a brake waits for
    its decision, later ends are held as well, on no list yet; the first run after the decision weighs them anew.
    """
    with transaction.atomic():
        is_open = Brake.objects.filter(decision=Decision.OPEN).exists()
        is_open = is_open or _ask_again(now)
        fresh = _without_removal(due)
        count = len(fresh) + _unlisted().count()
        limit = brake_limit()
        if not count:
            return
        if is_open:
            _hold(fresh, None, now)
        elif reason or count + _others(now) > limit:
            brake = _pull(reason or Reason.MASS, count, limit, now)
            _unlisted().update(brake=brake)
            _hold(fresh, brake, now)
            _alarm(brake, now)
        else:
            _release(_unlisted(), now)


def brake_limit() -> int:
    """How many removals within 60 min are ordinary: a number, or a share of those with access if that is more."""
    settings = config.current()
    with_access = Subscription.objects.filter(ended_at=None, member__blocked_at=None).count()
    return max(settings.brake_min, with_access * settings.brake_percent // 100)


def decide_brake(*, brake_id: int, decision: str, by: Member, now: datetime) -> Ruling:
    """Proceed or put off for 24 h exactly the people of the list. The first decision holds; raises Gone, NotAllowed."""
    roles.require(by, "brake.decide")
    values: dict[str, object] = {"decision": decision, "decided_by": by, "decided_at": now}
    if decision == Decision.PUT_OFF:
        values["put_off_until"] = now + limits.BRAKE_PUT_OFF
    with transaction.atomic():
        won = Brake.objects.filter(pk=brake_id, decision=Decision.OPEN).update(**values) == 1
        brake = Brake.objects.select_related("decided_by").filter(pk=brake_id).first()
        if brake is None:
            raise Gone()
        if won:
            held = Removal.objects.filter(brake=brake, state=State.HELD)
            after = {"decision": decision, "count": held.count()}
            audit.record(audit.Actor.custodian(by), "decide_brake", brake, after=after)
            if decision == Decision.PROCEED:
                _release(held, now)
    return Ruling(brake, won)


def held_people(*, brake_id: int, page: int = 1) -> HeldPage:
    """One page of the people of a brake, 10 a page; a page out of range shows the nearest. Raises Gone."""
    brake = Brake.objects.select_related("decided_by").filter(pk=brake_id).first()
    if brake is None:
        raise Gone()
    count = brake.removals.count()
    pages = max(1, -(-count // ROWS_PER_PAGE))
    page = min(max(1, page), pages)
    return HeldPage(brake, _rows(brake, (page - 1) * ROWS_PER_PAGE), page, pages, count)


def _without_removal(due: QuerySet[Subscription]) -> list[int]:
    """Keys of the members whose end would cause a removal. Somebody blocked is barred already and not taken out.

    Told apart here: as an anti-join on tables that have just grown, PostgreSQL took 4 s for 10,000.
    """
    owed = Removal.objects.filter(channel=Channel.Kind.VIP, state__in=Removal.OPEN)
    known = set(owed.values_list("member_id", flat=True))
    ending = due.filter(member__blocked_at=None).order_by("expires_at", "id").values_list("member_id", flat=True)
    return [member_id for member_id in ending if member_id not in known]


def _unlisted() -> QuerySet[Removal]:
    return Removal.objects.filter(state=State.HELD, brake=None)


def _others(now: datetime) -> int:
    """Removals for ends by date, open or done in the preceding 60 min; an expulsion was somebody's decision."""
    removals = Removal.objects.filter(channel=Channel.Kind.VIP, kind=Removal.Kind.REMOVE).exclude(
        member__subscription__end_reason=Subscription.EndReason.EXPELLED
    )
    is_open = removals.filter(state__in=Removal.OPEN).exclude(state=State.HELD, brake=None)
    done = removals.filter(state=State.DONE, done_at__gt=now - limits.BRAKE_WINDOW)
    return is_open.count() + done.count()


def _pull(reason: str, count: int, limit: int, now: datetime) -> Brake:
    brake = Brake.objects.create(reason=reason, pulled_at=now, count=count, limit=limit)
    audit.record(audit.JOB, "pull_brake", brake, after={"reason": reason, "count": count, "limit": limit})
    return brake


def _hold(fresh: Sequence[int], brake: Brake | None, now: datetime) -> None:
    """The list is written before anybody's end is: a decision that comes while the run is at work covers all of it."""
    held = [
        Removal(
            member_id=member_id,
            state=State.HELD,
            due_at=now,
            next_try_at=now,
            reason=Subscription.EndReason.EXPIRED,
            brake=brake,
            created_at=now,
        )
        for member_id in fresh
    ]
    Removal.objects.bulk_create(held, batch_size=AT_ONCE, ignore_conflicts=True)


def _release(held: QuerySet[Removal], now: datetime) -> None:
    """Let the removals go, and the farewells that wait with them."""
    subscriptions = list(held.values_list("member__subscription", flat=True))
    held.update(state=State.DUE, due_at=now, next_try_at=now)
    for start in range(0, len(subscriptions), AT_ONCE):
        outbox.release(*map(topic_of, subscriptions[start : start + AT_ONCE]))


def _ask_again(now: datetime) -> bool:
    """A list that was put off is put to the custodians again after its 24 h, under a brake of its own."""
    put_off = Brake.objects.filter(decision=Decision.PUT_OFF, put_off_until__lte=now, removals__state=State.HELD)
    former = put_off.order_by("pk").first()
    if former is None:
        return False
    held = Removal.objects.filter(brake=former, state=State.HELD)
    brake = _pull(former.reason, held.count(), former.limit, now)
    held.update(brake=brake)
    _alarm(brake, now)
    return True


def _alarm(brake: Brake, now: datetime) -> None:
    facts = {"count": brake.count, "members": _rows(brake, 0)}
    if brake.reason == Reason.MASS:
        alarm = screen("desk.alarm_brake", limit=brake.limit, **facts)
    else:
        alarm = screen("desk.alarm_brake_clock", **facts)
    notices.tell_custodians(alarm.on("brake", brake=brake.pk), key=f"brake:{brake.pk}", now=now)


def _rows(brake: Brake, start: int) -> list[dict]:
    removals = brake.removals.select_related("member__subscription").order_by("pk")[start : start + ROWS_PER_PAGE]
    return [_row(number, removal.member) for number, removal in enumerate(removals, start + 1)]


def _row(number: int, member: Member) -> dict:
    visitor = (member.telegram_id, str(member))
    return {"number": number, "visitor": visitor, "expired_at": member.subscription.expires_at}
