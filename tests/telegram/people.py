"""People in every state of M-START, as Telegram and the tables know them."""

from datetime import timedelta

from botcore import members
from botcore.models import Member, Presence
from botcore.sandbox.chats import Membership
from botcore.sandbox.people import Person
from subscriptions.models import Subscription
from tests.factories import NOW, make_request, make_subscription
from tests.telegram.house import FREE, House

DAY = timedelta(days=1)
GRACE_DAYS = 3
STAGES = ("confirmation", "alignment", "delivery", "completed")

RUNNING = {"ends_in": 9 * DAY}
GRACE = {"ends_in": -DAY}
ENDED = {"ends_in": -9 * DAY, "ended_at": -9 * DAY, "end_reason": "expired"}
EXPELLED = ENDED | {"end_reason": "expelled"}

# name → what `make_subscription` takes; None = no membership. The name begins with the row of the table.
MEMBERSHIPS = {
    "S3": None,
    "S3 waiting": None,
    "S4": RUNNING | {"ritual_stage": "confirmation"},
    "S5": RUNNING | {"ritual_stage": "alignment"},
    "S6": RUNNING | {"ritual_stage": "delivery"},
    "S7 in": RUNNING,
    "S8 out": RUNNING,
    "S8 banned": RUNNING,
    "S8 unknown": RUNNING,
    **{f"S9 {stage}": GRACE | {"ritual_stage": stage} for stage in STAGES},
    "S9 completed in": GRACE,
    "S10 in": ENDED,
    "S10 out": ENDED,
    "S11": ENDED | {"ritual_stage": "cancelled"},
    "S12": EXPELLED,
    "S12 cancelled": EXPELLED | {"ritual_stage": "cancelled"},
    "S13 none": RUNNING | {"ritual_stage": "none"},
    "S13 cancelled": RUNNING | {"ritual_stage": "cancelled"},
    "S13 ended": ENDED | {"ritual_stage": "delivery"},
}
STATES = ("S0", "S0 vip", "S1", "S2", *MEMBERSHIPS)


def someone(house: House, state: str, *, id: int = 501, first_name: str = "Ana") -> Person:
    """A person who stands in `state`, with an open chat unless it is a visitor's; a custodian who can be written to."""
    custodian = house.custodian()
    custodian.started = custodian.seen = True
    if state == "S2":
        return house.person(id, first_name)
    person = custodian if state == "S1" else house.person(id, first_name)
    person.started = person.seen = True
    member = _known(house, person)
    if state.startswith("S0"):
        Member.objects.filter(pk=member.pk).update(blocked_at=house.now())
    if state == "S3 waiting":
        times = {"requested_at": house.now(), "refreshed_at": house.now(), "due_at": house.now() + DAY}
        make_request(member, chat_id=FREE, next_try_at=house.now(), **times)
        person.request_to_join(house.free)
        house.world.take_updates()
    membership = RUNNING if state == "S0 vip" else MEMBERSHIPS.get(state)
    if membership:
        subscribe(house, member, **membership)
    _place(house, person, state.rpartition(" ")[2])
    return person


def _known(house: House, person: Person) -> Member:
    facts = {"first_name": members.clean(person.first_name, 128), "started_at": house.now(), "chat_open": True}
    return Member.objects.update_or_create(telegram_id=person.id, defaults=facts)[0]


def subscribe(house: House, member: Member, *, ends_in: timedelta = 9 * DAY, **fields: object) -> Subscription:
    """A membership that ends `ends_in` from now; `ended_at` counts from now too."""
    if ends_in < timedelta(0):
        house.settings(grace_days=GRACE_DAYS)
    if "ended_at" in fields:
        fields["ended_at"] = house.now() + fields["ended_at"]
    return make_subscription(member, ends_in=house.now() - NOW + ends_in, **fields)


def _place(house: House, person: Person, presence: str) -> None:
    """Where Telegram and the tables see the person in VIP."""
    if presence not in Presence.values or presence == "unknown":
        return
    status = {"in": "member", "out": "left", "banned": "kicked"}[presence]
    house.vip.members[person.id] = Membership(status)
    facts = {"vip_presence": presence, "vip_presence_at": house.now()}
    Member.objects.filter(telegram_id=person.id).update(**facts)
