"""The staff site: every list and page opens, secrets stay masked, history stays history."""

from decimal import Decimal

import pytest
from django.apps import apps
from django.contrib import admin
from django.contrib.auth.models import User
from django.urls import reverse

from botcore.models import AuditEntry, Inbox, Member, Outbox
from content.models import ContentPackage
from subscriptions.models import Plan
from tests.admin import rows

OURS = [model for app in ("botcore", "subscriptions", "content") for model in apps.get_app_config(app).get_models()]
WRITABLE = {"plan", "contentpackage", "member"}


def address(model, page: str, *args: object) -> str:
    return reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_{page}", args=args)


@pytest.fixture
def filled(db):
    rows.make_all()


@pytest.mark.parametrize("model", OURS, ids=lambda model: model._meta.model_name)
def test_every_list_and_page_opens(admin_client, filled, model):
    """Issue point 9: all models, with search, one row each."""
    assert admin_client.get(address(model, "changelist")).status_code == 200
    if admin.site.get_model_admin(model).search_fields:
        assert admin_client.get(address(model, "changelist"), {"q": "501"}).status_code == 200
    assert admin_client.get(address(model, "change", model.objects.first().pk)).status_code == 200


@pytest.mark.parametrize(
    "model",
    [model for model in OURS if model._meta.model_name not in WRITABLE],
    ids=lambda model: model._meta.model_name,
)
def test_history_and_obligations_are_read_only(admin_client, filled, model):
    """C-AUDIT-1: nothing is added, changed or deleted around the use cases."""
    row = model.objects.first()
    assert admin_client.get(address(model, "add")).status_code == 403
    assert admin_client.post(address(model, "change", row.pk), {}).status_code == 403
    assert admin_client.post(address(model, "delete", row.pk), {"post": "yes"}).status_code == 403


def test_the_site_is_for_staff(client, db):
    """O-PROC-9: a stranger is sent to the login."""
    assert client.get(address(Member, "changelist")).status_code == 302


@pytest.mark.parametrize("model", OURS, ids=lambda model: model._meta.model_name)
def test_no_secret_is_shown(admin_client, filled, model):
    """O-PROC-6, O-LOG-2: invitations and personal links are masked in lists and pages alike."""
    pages = [address(model, "changelist"), address(model, "change", model.objects.first().pk)]
    shown = "".join(admin_client.get(page).content.decode() for page in pages)
    assert rows.TOKEN not in shown
    assert rows.PERSONAL_LINK not in shown
    assert "d" * 64 not in shown


@pytest.mark.parametrize(("model", "state"), [(Inbox, "new"), (Outbox, "pending")])
def test_a_dead_letter_is_replayed(admin_client, admin_user, filled, model, state):
    """O-PROC-6: shown and replayed, with a row in the audit trail."""
    row = model.objects.get()
    act(admin_client, model, "replay_dead", row)
    row.refresh_from_db()
    entry = AuditEntry.objects.get(verb__startswith="replay")
    assert (row.state, row.tries) == (state, 0)
    assert (entry.actor_kind, entry.surface, entry.actor_id) == ("staff", "web", admin_user.pk)


@pytest.mark.parametrize(("model", "state"), [(Inbox, "done"), (Outbox, "dropped")])
def test_a_dead_letter_is_dropped(admin_client, filled, model, state):
    """O-PROC-6: given up, with a row in the audit trail."""
    row = model.objects.get()
    act(admin_client, model, "drop_dead", row)
    row.refresh_from_db()
    assert row.state == state
    assert AuditEntry.objects.filter(verb__startswith="drop").count() == 1


def test_what_is_no_dead_letter_is_left_alone(admin_client, filled):
    """O-PROC-6: replaying a worked update would act twice."""
    Inbox.objects.update(state="done")
    act(admin_client, Inbox, "replay_dead", Inbox.objects.get())
    assert Inbox.objects.get().state == "done"


def test_staff_without_the_permission_cannot_replay(client, filled, django_user_model):
    """C-ACC-4: an undeclared permission is denied."""
    from django.contrib.auth.models import Permission

    reader = User.objects.create_user("lectora", password="x", is_staff=True)
    reader.user_permissions.add(Permission.objects.get(codename="view_inbox"))
    client.force_login(reader)
    act(client, Inbox, "replay_dead", Inbox.objects.get())
    assert Inbox.objects.get().state == "dead"


def test_a_plan_is_made_by_the_use_case(admin_client, db):
    """C-PLAN rules and the audit row hold on the web too."""
    terms = {"name": " Sol ", "days": 7, "price": "9.50", "currency": "USD"}
    admin_client.post(address(Plan, "add"), terms)
    plan = Plan.objects.get()
    assert (plan.name, plan.folded_name, plan.price) == ("Sol", "sol", Decimal("9.50"))
    assert AuditEntry.objects.get(verb="create_plan").surface == "web"


def test_a_plan_is_edited_by_the_use_case(admin_client, filled):
    """C-PLAN-2: before and after of what changed, nothing else."""
    plan = Plan.objects.get()
    terms = {"name": "Luna", "days": 60, "price": "25.00", "currency": "USD"}
    admin_client.post(address(Plan, "change", plan.pk), terms)
    entry = AuditEntry.objects.get(verb="edit_plan")
    assert (entry.before, entry.after) == ({"days": 30}, {"days": 60})


def test_a_refused_plan_says_why(admin_client, filled):
    """C-PLAN: the name of an active plan is taken, in whatever case; nothing is written."""
    terms = {"name": "LÚNA", "days": 7, "price": "9.50", "currency": "USD"}
    response = admin_client.post(address(Plan, "add"), terms, follow=True)
    assert Plan.objects.count() == 1
    assert [message.level_tag for message in response.context["messages"]] == ["error"]


def test_a_plan_is_withdrawn_and_offered_again(admin_client, filled):
    """C-PLAN-3, by action."""
    plan = Plan.objects.get()
    for action, active in (("deactivate", False), ("reactivate", True)):
        act(admin_client, Plan, action, plan)
        plan.refresh_from_db()
        assert plan.is_active is active


def test_only_the_note_of_a_member_is_written(admin_client, filled):
    """C-USER-5; C-AUDIT-1: the trail names the field and holds no personal value."""
    ana = Member.objects.get()
    forged = {"note": "Prefiere la tarde", "telegram_id": 9, "is_custodian": 1}
    inlines = formset("subscription", "free_requests", "removals", "role_changes")
    admin_client.post(address(Member, "change", ana.pk), forged | inlines)
    ana.refresh_from_db()
    entry = AuditEntry.objects.get(verb="edit_note")
    assert (ana.note, ana.telegram_id, ana.is_custodian) == ("Prefiere la tarde", 501, False)
    assert (entry.member_id, entry.before, entry.after) == (ana.pk, {}, {})


def test_a_package_is_edited_with_a_row_in_the_trail(admin_client, filled):
    """C-AUDIT-1 on the web."""
    package = ContentPackage.objects.get()
    terms = {
        "name": "Velos",
        "price": "12",
        "currency": "USD",
        "category": "vip",
        "kind": "standard",
        "is_active": "on",
    }
    admin_client.post(address(ContentPackage, "change", package.pk), terms | formset("media"))
    package.refresh_from_db()
    assert package.price == 12
    assert AuditEntry.objects.get(verb="edit_package").after == {"price": "12"}


def formset(*prefixes: str) -> dict[str, int]:
    return {f"{prefix}-{count}_FORMS": 0 for prefix in prefixes for count in ("TOTAL", "INITIAL")}


def act(client, model, action: str, row) -> None:
    data = {"action": action, "_selected_action": [row.pk]}
    assert client.post(address(model, "changelist"), data).status_code in (200, 302)
