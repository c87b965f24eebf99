"""Rows for tests: plain functions with sensible defaults; keyword arguments go to the model."""

import itertools
from datetime import UTC, datetime, timedelta
from decimal import Decimal

from botcore import config
from botcore.models import Channel, Inbox, Member
from botcore.outbox import Reply
from botcore.redaction import digest_of
from subscriptions import ledger, people
from subscriptions.access import Person
from subscriptions.models import AccessLink, FreeRequest, InvitationToken, LedgerEntry, Plan, Subscription

NOW = datetime(2026, 5, 4, 18, 5, tzinfo=UTC)
DAY, HOUR, MINUTE = timedelta(days=1), timedelta(hours=1), timedelta(minutes=1)
VIP_CHAT, FREE_CHAT = -1001, -1002

_numbers = itertools.count(5000)


def make_member(**fields: object) -> Member:
    """A member who has pressed start."""
    number = next(_numbers)
    defaults = {
        "telegram_id": number,
        "first_name": f"Persona {number}",
        "search_text": f"persona {number}  ",
        "created_at": NOW,
        "started_at": NOW,
        "last_seen_at": NOW,
        "chat_open": True,
    }
    return Member.objects.create(**defaults | fields)


def make_channels() -> None:
    """Both channels connected, with all rights."""
    Channel.objects.create(kind="vip", chat_id=VIP_CHAT, title="El Diván")
    Channel.objects.create(kind="free", chat_id=FREE_CHAT, title="El jardín")
    config.forget()


def make_plan(**fields: object) -> Plan:
    defaults = {"name": "Luna llena", "days": 30, "price": Decimal("25.00"), "currency": "USD"}
    plan = Plan(**defaults | fields)
    plan.folded_name = f"{plan.name.lower()} {next(_numbers)}"
    plan.save()
    return plan


def make_token(clear: str = "Qm7xV2pLr9sT4kWz", **fields: object) -> InvitationToken:
    """An outstanding invitation whose clear text is `clear`."""
    defaults = {
        "digest": digest_of(clear),
        "hint": clear[:4],
        "plan_name": "Luna llena",
        "days": 30,
        "price": Decimal("25.00"),
        "currency": "USD",
        "issued_at": NOW - HOUR,
        "redeem_by": NOW + DAY,
    }
    return InvitationToken.objects.create(**defaults | fields)


def make_subscription(member: Member | None = None, *, ends_in: timedelta = 30 * DAY, **fields: object) -> Subscription:
    """A membership with its ledger: begun 30 days before NOW, or as long before its end; `ends_in` counts from NOW."""
    expires_at = NOW + ends_in
    started_at = min(NOW, expires_at) - 30 * DAY
    subscription = Subscription.objects.create(
        member=member or make_member(),
        **{"started_at": started_at, "expires_at": expires_at, "ritual_stage": "completed"} | fields,
    )
    ledger.append_entry(
        subscription,
        kind=LedgerEntry.Kind.SALE,
        duration=expires_at - started_at,
        at=started_at,
        plan_name="Luna llena",
        days=30,
        amount=Decimal("25.00"),
        currency="USD",
    )
    return subscription


def make_ended(member: Member | None = None, *, stage: str = "completed", reason: str = "expired") -> Subscription:
    """A membership that ended a day before NOW."""
    return make_subscription(member, ends_in=-DAY, ended_at=NOW - DAY, end_reason=reason, ritual_stage=stage)


def make_link(subscription: Subscription, **fields: object) -> AccessLink:
    """A live personal link."""
    defaults = {
        "chat_id": VIP_CHAT,
        "url": f"https://t.me/+link{next(_numbers)}",
        "state": AccessLink.State.LIVE,
        "issued_at": NOW - HOUR,
        "expires_at": NOW + 23 * HOUR,
        "next_try_at": NOW - HOUR,
    }
    return AccessLink.objects.create(subscription=subscription, **defaults | fields)


def make_request(member: Member | None = None, **fields: object) -> FreeRequest:
    """A pending request for the Free channel, due in four minutes."""
    member = member or make_member()
    defaults = {
        "chat_id": FREE_CHAT,
        "user_chat_id": member.telegram_id,
        "requested_at": NOW,
        "refreshed_at": NOW,
        "due_at": NOW + 4 * MINUTE,
        "next_try_at": NOW,
    }
    return FreeRequest.objects.create(member=member, **defaults | fields)


def meet(member: Member, *, now: datetime = NOW) -> Person:
    """The member as an update meets it: read anew, profile unchanged."""
    return people.meet_person(
        telegram_id=member.telegram_id,
        username=member.username,
        first_name=member.first_name,
        last_name=member.last_name,
        language=member.language,
        now=now,
    )


def make_reply(member: Member, *, edit: int | None = None) -> Reply:
    """The reply to a fresh stored update of the member."""
    update_id = next(_numbers)
    Inbox.objects.create(update_id=update_id, lane=member.telegram_id, raw="{}")
    return Reply(update_id, member.telegram_id, edit)
