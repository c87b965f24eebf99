"""What is thrown away in time (M-JOBS-8)."""

import pytest

from subscriptions import housekeeping
from subscriptions.models import AccessLink, FreeRequest
from tests.factories import DAY, NOW, make_link, make_request, make_subscription

pytestmark = pytest.mark.django_db

OLD, RECENT = NOW - 181 * DAY, NOW - 179 * DAY


def clean_up(limit=10):
    return housekeeping.clean_up(now=NOW, limit=limit)


def test_finished_requests_go_after_180_days():
    for decided_at in (OLD, RECENT):
        make_request(state="approved", decided_at=decided_at)
    assert (clean_up(), clean_up()) == (1, 0)
    assert FreeRequest.objects.get().decided_at == RECENT


def test_pending_and_imported_requests_stay():
    make_request(requested_at=OLD)
    make_request(state="withdrawn", reason="imported", decided_at=OLD)
    assert clean_up() == 0


def test_dead_links_go_after_180_days():
    subscription = make_subscription()
    for issued_at in (OLD, RECENT):
        make_link(subscription, state="dead", issued_at=issued_at)
    make_link(subscription, issued_at=OLD)
    assert clean_up() == 1
    assert AccessLink.objects.count() == 2


def test_batches_are_bounded():
    for _ in range(3):
        make_request(state="approved", decided_at=OLD)
    assert [clean_up(limit=2) for _ in range(3)] == [2, 1, 0]
