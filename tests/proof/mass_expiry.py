"""Many memberships end in one minute (M-EXPIRY-6, M-EXPIRY-8): brake, decision, removals, in virtual time."""

from collections import Counter
from dataclasses import dataclass
from datetime import timedelta

from botcore.models import Member, Presence
from botcore.sandbox.chats import Membership
from botcore.sandbox.world import Call
from subscriptions.brake import decide_brake
from subscriptions.models import Brake, Removal, Subscription
from tests.telegram.house import CUSTODIAN, House

FIRST_ID = 100_000
DAY = timedelta(days=1)
FASTEST = 28


@dataclass
class Figures:
    """`seconds` from the decision to the last removal; `per_second` the busiest second of each budget."""

    count: int
    early: int
    removed: int
    seconds: float
    removals_per_second: int
    farewells: int
    farewells_per_second: int
    banned: int

    def check(self) -> None:
        assert (self.early, self.banned) == (0, 0), self
        assert (self.removed, self.farewells) == (self.count, self.count), self
        assert max(self.removals_per_second, self.farewells_per_second) <= FASTEST, self
        assert self.seconds <= self.count / 10_000 * 7 * 60 + 30, self


def run(count: int) -> Figures:
    """Let `count` memberships end at once in an empty database, decide *proceed*, and count what Telegram is asked.

    All services run as in `runbot`. The bound on time is 7 minutes for 10,000 (and half a minute for the few).
    """
    house = House(call_log=count * 10 + 10_000)
    try:
        house.connect_channels()
        house.settings(reminder_hours=[])
        fill(house, count, ends_at=house.now() + timedelta(seconds=30))
        house.live(minutes=3)
        early = len(house.world.called("unbanChatMember") + farewells_of(house))
        decided_at = proceed(house)
        house.live(seconds=count / 10_000 * 7 * 60 + 60)
        return figures(house, count, early, decided_at)
    finally:
        house.close()


def fill(house: House, count: int, *, ends_at) -> None:
    """`count` members inside VIP whose time ends at `ends_at`, known to Telegram and to the tables."""
    now, ids = house.now(), range(FIRST_ID, FIRST_ID + count)
    common = {"started_at": now, "chat_open": True, "vip_presence": Presence.IN, "vip_presence_at": now}
    Member.objects.bulk_create((Member(telegram_id=id, first_name=f"P{id}", **common) for id in ids), batch_size=1000)
    terms = {"started_at": now - 30 * DAY, "expires_at": ends_at, "ritual_stage": "completed"}
    members = Member.objects.filter(telegram_id__gte=FIRST_ID)
    Subscription.objects.bulk_create((Subscription(member=member, **terms) for member in members), batch_size=1000)
    for id in ids:
        person = house.person(id, f"P{id}")
        person.started = person.seen = True
        house.vip.members[id] = Membership("member")


def proceed(house: House) -> float:
    """The custodian's decision; returns its moment in epoch seconds."""
    by, _ = Member.objects.get_or_create(telegram_id=CUSTODIAN)
    decide_brake(brake_id=Brake.objects.get().pk, decision=Brake.Decision.PROCEED, by=by, now=house.now())
    return house.now().timestamp()


def figures(house: House, count: int, early: int, decided_at: float) -> Figures:
    removals = house.world.called("unbanChatMember")
    farewells = farewells_of(house)
    return Figures(
        count=count,
        early=early,
        removed=Removal.objects.filter(state=Removal.State.DONE).count(),
        seconds=round(max(call.at for call in removals) - decided_at, 1) if removals else 0,
        removals_per_second=busiest(removals),
        farewells=len(farewells),
        farewells_per_second=busiest(farewells),
        banned=len(house.world.called("banChatMember")),
    )


def farewells_of(house: House) -> list[Call]:
    return [call for call in house.world.called("sendMessage") if call.params["chat_id"] >= FIRST_ID]


def busiest(calls: list[Call]) -> int:
    return max(Counter(int(call.at) for call in calls).values(), default=0)
