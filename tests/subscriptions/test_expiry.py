"""The end of access by date and by decision (M-EXPIRY-2, -3, -7, -9)."""

from datetime import timedelta

import pytest
from django.db import transaction

from botcore import audit, config
from botcore.exceptions import Gone, NotAllowed
from botcore.models import AuditEntry, Member, Outbox
from subscriptions import credits, expiry, removals
from subscriptions.models import AccessLink, LedgerEntry, Removal, RoleChange, Subscription
from tests.factories import DAY, HOUR, NOW, make_channels, make_link, make_member, make_subscription
from tests.subscriptions.helpers import all_at_once, heard, keyboards

pytestmark = pytest.mark.django_db

SUPER = 1001


def expire(now=NOW):
    return expiry.expire_due(now=now, limit=100)


def custodian():
    return make_member(telegram_id=SUPER)


def grace(days):
    config.change(audit.SYSTEM, grace_days=days)


def test_the_end_and_all_that_follows():
    """M-EXPIRY-3: one transaction, no channel needed."""
    subscription = make_subscription(ends_in=-timedelta(seconds=30))
    make_link(subscription)
    assert expire() == 1
    subscription.refresh_from_db()
    assert (subscription.ended_at, subscription.end_reason) == (subscription.expires_at, "expired")
    assert Removal.objects.get().state == "due"
    assert AccessLink.objects.get().state == "revoking"
    assert keyboards(subscription.member) == ["contact"]
    assert RoleChange.objects.filter(from_role="vip", to_role="free", cause="expired").count() == 1
    assert AuditEntry.objects.filter(verb="end_access", member_id=subscription.member_id).count() == 1


def test_ending_twice_changes_nothing():
    make_subscription(ends_in=-HOUR)
    assert (expire(), expire()) == (1, 0)
    assert Removal.objects.count() == Outbox.objects.count() == RoleChange.objects.count() == 1


@pytest.mark.parametrize("stage", ["confirmation", "alignment", "delivery"])
def test_an_unfinished_ritual_is_cancelled(stage):
    """M-RITUAL-7."""
    make_subscription(ends_in=-HOUR, ritual_stage=stage)
    expire()
    assert Subscription.objects.get().ritual_stage == "cancelled"


def test_a_completed_ritual_stays_completed():
    """M-RITUAL-7."""
    make_subscription(ends_in=-HOUR)
    expire()
    assert Subscription.objects.get().ritual_stage == "completed"


def test_grace_comes_before_the_end():
    """M-EXPIRY-2."""
    grace(2)
    subscription = make_subscription(ends_in=-DAY)
    assert expire() == 0
    assert expire(NOW + DAY) == 1
    subscription.refresh_from_db()
    assert subscription.ended_at == NOW + DAY


def test_exempt_never_ends():
    """M-EXPIRY-9."""
    make_subscription(ends_in=-DAY, exempt=True)
    assert expire() == 0


@pytest.mark.parametrize("unheard", [{"blocked_at": NOW}, {"chat_open": False}, {"unreachable_since": NOW}])
def test_no_farewell_for_who_cannot_or_must_not_hear_it(unheard):
    """M-EXPIRY-4, M-BLOCK-3: the end itself goes on unchanged."""
    subscription = make_subscription(make_member(**unheard), ends_in=-HOUR)
    assert expire() == 1
    assert heard(subscription.member) == []


def test_batches_are_bounded_and_resumable():
    """M-JOBS-9."""
    for _ in range(3):
        make_subscription(ends_in=-HOUR)
    assert [expiry.expire_due(now=NOW, limit=2) for _ in range(3)] == [2, 1, 0]


def test_expulsion_keeps_the_remaining_time_in_the_ledger():
    """M-EXPIRY-7, C-SUBS-6."""
    subscription = make_subscription(ends_in=10 * DAY, exempt=True)
    removal = expiry.expel_member(target=subscription.member, by=custodian(), now=NOW)
    subscription.refresh_from_db()
    assert (subscription.expires_at, subscription.ended_at, subscription.exempt) == (NOW, NOW, False)
    assert LedgerEntry.objects.get(kind="expel").duration == -10 * DAY
    assert (removal.kind, removal.state) == ("remove", "due")


def test_a_reason_is_told_only_where_one_was_typed():
    """M-EXPIRY-7."""
    plain, reasoned, silent = (make_subscription().member for _ in range(3))
    by = custodian()
    expiry.expel_member(target=plain, by=by, now=NOW)
    expiry.expel_member(target=reasoned, by=by, now=NOW, reason="se compartió <todo>")
    expiry.expel_member(target=silent, by=by, now=NOW, tell=False)
    assert "Motivo" not in heard(plain)[0].text
    assert "se compartió &lt;todo&gt;" in heard(reasoned)[0].text
    assert heard(silent) == []


def test_expelling_twice_is_refused():
    target, by = make_subscription().member, custodian()
    expiry.expel_member(target=target, by=by, now=NOW)
    with pytest.raises(Gone):
        expiry.expel_member(target=target, by=by, now=NOW)
    assert LedgerEntry.objects.filter(kind="expel").count() == 1


def test_custodians_are_protected():
    """C-ACC-3: checked inside the use case."""
    target = make_subscription(make_member(is_custodian=True)).member
    with pytest.raises(NotAllowed):
        expiry.expel_member(target=target, by=custodian(), now=NOW)
    with pytest.raises(NotAllowed):
        expiry.expel_member(target=target, by=make_member(), now=NOW)


def test_renewal_after_the_end_takes_it_all_back():
    """M-TOKEN-7, M-EXPIRY-5: the open removal and the farewell still waiting are withdrawn."""
    make_channels()
    subscription = make_subscription(ends_in=-HOUR)
    expire()
    credits.credit_time(subscription.member, kind="grant", duration=DAY, now=NOW, actor=audit.SYSTEM)
    assert removals.claim_removals(now=NOW, limit=10) == []
    assert heard(subscription.member)[0].state == "dropped"


@pytest.mark.django_db(transaction=True)
def test_two_runs_at_once_end_each_once():
    """M-JOBS-9: claims decide, the lock only avoids waste."""
    for _ in range(5):
        make_subscription(ends_in=-HOUR)
    ended = all_at_once(lambda _: expire(), range(4))
    assert sum(ended) == Removal.objects.count() == RoleChange.objects.count() == 5
    assert Member.objects.count() == Outbox.objects.count()


@pytest.mark.django_db(transaction=True)
def test_renewal_and_end_at_once_never_contradict():
    """M-EXPIRY-5: whoever comes first, at the end there is time and no removal is left to do."""
    subscriptions = [make_subscription(ends_in=-HOUR) for _ in range(4)]

    def renew(subscription):
        with transaction.atomic():
            member = Member.objects.select_for_update(no_key=True).get(pk=subscription.member_id)
            credits.credit_time(member, kind="grant", duration=DAY, now=NOW, actor=audit.SYSTEM)

    all_at_once(lambda work: work(), [expire, *[lambda s=s: renew(s) for s in subscriptions]])
    assert not Subscription.objects.exclude(ended_at=None).exists()
    assert not Removal.objects.filter(state__in=Removal.OPEN).exists()
