from decimal import Decimal

import pytest

from botcore import audit
from botcore.exceptions import Gone, Refused
from botcore.models import AuditEntry
from subscriptions import plans
from subscriptions.models import Plan
from tests.factories import DAY, NOW, make_plan, make_subscription, make_token

pytestmark = pytest.mark.django_db

TERMS = {"name": "Luna llena", "days": 30, "price": Decimal("25.00"), "currency": "USD"}


def create(**terms):
    return plans.create_plan(actor=audit.SHELL, now=NOW, **TERMS | terms)


def test_a_created_plan_is_active_and_audited():
    """C-PLAN wizard."""
    plan = create()
    assert Plan.objects.get().is_active
    assert AuditEntry.objects.get(verb="create_plan").target_id == plan.pk


def test_a_name_is_unique_among_active_plans_whatever_case_and_accents():
    """C-PLAN: unique ignoring case and accents."""
    create(name="Círculo")
    with pytest.raises(Refused) as refusal:
        create(name="CIRCULO")
    assert refusal.value.key == "desk_channels.plan_name_taken"


def test_the_name_of_an_inactive_plan_is_free_until_it_comes_back():
    """C-PLAN-3."""
    former = create()
    plans.deactivate_plan(actor=audit.SHELL, plan_id=former.pk)
    create()
    with pytest.raises(Refused):
        plans.reactivate_plan(actor=audit.SHELL, plan_id=former.pk)


def test_editing_writes_and_audits_only_what_changed():
    """C-PLAN-2."""
    plan = create()
    plans.edit_plan(actor=audit.SHELL, plan_id=plan.pk, days=60, price=Decimal("25"))
    entry = AuditEntry.objects.get(verb="edit_plan")
    assert (entry.before, entry.after) == ({"days": 30}, {"days": 60})


def test_editing_to_the_same_value_writes_nothing():
    """C-PLAN-2."""
    plan = create()
    plans.edit_plan(actor=audit.SHELL, plan_id=plan.pk, name="Luna llena")
    assert not AuditEntry.objects.filter(verb="edit_plan").exists()


def test_invitations_keep_the_terms_of_their_issue():
    """C-PLAN-2, M-TOKEN-3."""
    plan = create()
    token = make_token(plan=plan)
    plans.edit_plan(actor=audit.SHELL, plan_id=plan.pk, name="Otra", price=Decimal(40))
    token.refresh_from_db()
    assert (token.plan_name, token.price) == ("Luna llena", Decimal("25.00"))


def test_deactivating_twice_is_done_once():
    """C-PLAN-3."""
    plan = create()
    for _ in range(2):
        plans.deactivate_plan(actor=audit.SHELL, plan_id=plan.pk)
    assert AuditEntry.objects.filter(verb="deactivate_plan").count() == 1


def test_a_plan_nothing_refers_to_is_deleted():
    """C-PLAN-4."""
    plans.delete_plan(actor=audit.SHELL, plan_id=create().pk)
    assert not Plan.objects.exists()


@pytest.mark.parametrize("refer", ["invitation", "ledger"])
def test_a_plan_in_use_is_not_deleted(refer):
    """C-PLAN-4."""
    plan = make_plan()
    if refer == "invitation":
        make_token(plan=plan)
    else:
        subscription = make_subscription()
        subscription.ledger.create(kind="grant", duration=DAY, at=NOW, plan=plan)
    with pytest.raises(Refused) as refusal:
        plans.delete_plan(actor=audit.SHELL, plan_id=plan.pk)
    assert refusal.value.key == "desk_channels.plan_in_use"
    assert not AuditEntry.objects.filter(verb="delete_plan").exists()


def test_a_plan_that_is_gone_is_said_to_be_gone():
    with pytest.raises(Gone):
        plans.edit_plan(actor=audit.SHELL, plan_id=77, days=3)


def test_the_list_counts_sold_and_outstanding_in_one_query(django_assert_num_queries):
    """C-PLAN-1."""
    plan = make_plan()
    make_token("a" * 16, plan=plan, is_used=True)
    make_token("b" * 16, plan=plan)
    make_token("c" * 16, plan=plan, redeem_by=NOW)
    make_token("d" * 16, plan=plan, revoked_at=NOW)
    with django_assert_num_queries(1):
        (row,) = plans.list_plans(now=NOW)
    assert (row.sold, row.outstanding) == (1, 1)


def test_plans_on_offer_are_ordered_by_days_then_price():
    """M-MENU-5."""
    make_plan(name="c", days=60, price=1)
    make_plan(name="b", days=30, price=9)
    make_plan(name="a", days=30, price=3)
    make_plan(name="x", days=1, is_active=False)
    assert [plan.name for plan in plans.active_plans()] == ["a", "b", "c"]
