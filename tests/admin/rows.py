"""One row of every model, as the bot would have left it."""

from datetime import timedelta
from decimal import Decimal

from botcore import audit, clock
from botcore.models import Channel, Configuration, Heartbeat, Inbox, JobRun, Member, Operation, Outbox
from content.models import (
    Broadcast,
    BroadcastDelivery,
    ContentPackage,
    Interest,
    InterestAttention,
    PackageMedia,
)
from subscriptions.models import (
    AccessLink,
    Brake,
    Coverage,
    FailedCode,
    FreeRequest,
    InvitationToken,
    LedgerEntry,
    Plan,
    QueueJob,
    Reminder,
    Removal,
    RoleChange,
    Subscription,
    VipRequest,
)

VIP = -1001000000001
DAY = timedelta(days=1)
TOKEN = "abcdEFGHijklMNOP"
PERSONAL_LINK = "https://t.me/+s3cretSECRETs3cr"


def make_all() -> None:
    """Fill every table of the product."""
    now = clock.now()
    ana = Member.objects.create(telegram_id=501, first_name="Ana", search_text="ana")
    _core(ana, now)
    _memberships(ana, now)
    _content(ana, now)


def _core(ana: Member, now) -> None:
    Channel.objects.create(kind="vip", chat_id=VIP, title="El Diván", missing=["can_post_messages"])
    Configuration.objects.create(pk=1, creator_name="Diana")
    raw = f'{{"update_id": 7, "message": {{"text": "/start {TOKEN}"}}}}'
    Inbox.objects.create(update_id=7, lane=501, raw=raw, state="dead", tries=3, done_at=now)
    Outbox.objects.create(key="u7:0", chat_id=501, text=PERSONAL_LINK, keyboard={"url": PERSONAL_LINK}, state="failed")
    Operation.objects.create(code="c0de", member=ana, act="issue", expires_at=now + DAY)
    JobRun.objects.create(name="expiry", period_s=60, succeeded_at=now)
    Heartbeat.objects.create(process="one", role="active")
    audit.record(audit.SHELL, "create_plan", member=ana)


def _memberships(ana: Member, now) -> None:
    plan = Plan.objects.create(name="Luna", folded_name="luna", days=30, price=Decimal(25))
    token = InvitationToken.objects.create(
        digest="d" * 64, hint="abcd", plan=plan, plan_name="Luna", redeem_by=now + DAY, is_used=True, used_by=ana
    )
    subscription = Subscription.objects.create(member=ana, started_at=now, expires_at=now + DAY)
    entry = LedgerEntry.objects.create(subscription=subscription, kind="sale", token=token, duration=DAY, at=now)
    Coverage.objects.create(subscription=subscription, starts_at=now, ends_at=now + DAY, entry=entry, origin=entry)
    RoleChange.objects.create(member=ana, from_role="free", to_role="vip", cause="redeem", actor_kind="member")
    Reminder.objects.create(subscription=subscription, kind="before", hours=24, expires_at=now + DAY)
    AccessLink.objects.create(subscription=subscription, chat_id=VIP, name="L1-1", url=PERSONAL_LINK, state="live")
    brake = Brake.objects.create(pulled_at=now, count=500, limit=20)
    Removal.objects.create(member=ana, channel="vip", due_at=now, brake=brake)
    QueueJob.objects.create(action="approve", created_by=ana)
    FreeRequest.objects.create(
        member=ana, chat_id=VIP, user_chat_id=501, requested_at=now, refreshed_at=now, due_at=now + DAY
    )
    VipRequest.objects.create(member=ana, chat_id=VIP, user_chat_id=501, requested_at=now)
    FailedCode.objects.create(member=ana, at=now)


def _content(ana: Member, now) -> None:
    package = ContentPackage.objects.create(name="Velos", category="vip", price=Decimal(9))
    PackageMedia.objects.create(package=package, position=0, kind="photo", file_id="f", file_unique_id="u")
    interest = Interest.objects.create(member=ana, package=package)
    InterestAttention.objects.create(interest=interest, attended_at=now)
    cast = Broadcast.objects.create(
        author=ana, target="direct", source_chat_id=501, source_message_ids=[1], content_kind="text"
    )
    BroadcastDelivery.objects.create(broadcast=cast, chat_id=501, member=ana)
