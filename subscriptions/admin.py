"""The staff site's view of memberships. Plans are changed through their use cases; all else is history or owed."""

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.forms import ModelForm
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from unfold.admin import ModelAdmin

from botcore import clock, redaction
from botcore.admin import History, ReadOnly, staff_actor, tell_refusal
from botcore.exceptions import Refused
from subscriptions import plans
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

MEMBER_SEARCH = ["member__search_text", "=member__telegram_id"]
SUBSCRIBER_SEARCH = ["subscription__member__search_text", "=subscription__member__telegram_id"]


@admin.register(Plan)
class PlanAdmin(ModelAdmin):
    list_display = ["name", "days", "price", "currency", "is_active", "sold", "outstanding", "created_at"]
    list_filter = ["is_active", "currency"]
    search_fields = ["name", "folded_name"]
    fields = list(plans.EDITABLE)
    actions = ["deactivate", "reactivate"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Plan]:
        return plans.list_plans(now=clock.now())

    @admin.display(ordering="sold")
    def sold(self, plan: Plan) -> int:
        return plan.sold

    @admin.display(ordering="outstanding")
    def outstanding(self, plan: Plan) -> int:
        return plan.outstanding

    def has_delete_permission(self, request: HttpRequest, obj: Plan | None = None) -> bool:
        return False

    def changeform_view(self, request: HttpRequest, *args: object, **kwargs: object) -> HttpResponse:
        try:
            return super().changeform_view(request, *args, **kwargs)
        except Refused as refusal:
            tell_refusal(request, refusal)
            return HttpResponseRedirect(request.get_full_path())

    def save_model(self, request: HttpRequest, obj: Plan, form: ModelForm, change: bool) -> None:
        values = {name: form.cleaned_data[name] for name in plans.EDITABLE}
        if change:
            plans.edit_plan(actor=staff_actor(request), plan_id=obj.pk, **values)
        else:
            obj.pk = plans.create_plan(actor=staff_actor(request), now=clock.now(), **values).pk

    @admin.action(description="Retirar de la oferta", permissions=["change"])
    def deactivate(self, request: HttpRequest, queryset: QuerySet[Plan]) -> None:
        self._each(request, queryset, plans.deactivate_plan)

    @admin.action(description="Volver a ofrecer", permissions=["change"])
    def reactivate(self, request: HttpRequest, queryset: QuerySet[Plan]) -> None:
        self._each(request, queryset, plans.reactivate_plan)

    def _each(self, request: HttpRequest, queryset: QuerySet[Plan], use_case) -> None:
        for plan in queryset:
            try:
                use_case(actor=staff_actor(request), plan_id=plan.pk)
                messages.success(request, plan.name)
            except Refused as refusal:
                tell_refusal(request, refusal)


@admin.register(InvitationToken)
class InvitationTokenAdmin(ReadOnly):
    list_display = ["hint", "plan_name", "days", "price", "currency", "redeem_by", "is_used", "used_by", "revoked_at"]
    list_filter = ["is_used", "plan", "issued_at", "redeem_by"]
    list_select_related = ["used_by"]
    search_fields = ["hint", "note", "batch", "used_by__search_text"]
    date_hierarchy = "issued_at"
    ordering = ["-id"]
    exclude = ["digest"]


class LedgerInline(History):
    model = LedgerEntry
    fields = ["at", "kind", "plan_name", "days", "amount", "currency", "duration", "is_renewal"]


@admin.register(Subscription)
class SubscriptionAdmin(ReadOnly):
    list_display = ["member", "started_at", "expires_at", "ended_at", "end_reason", "exempt", "ritual_stage"]
    list_filter = ["ritual_stage", "end_reason", "exempt", "expires_at"]
    list_select_related = ["member"]
    search_fields = MEMBER_SEARCH
    date_hierarchy = "expires_at"
    ordering = ["-id"]
    inlines = [LedgerInline]


@admin.register(LedgerEntry)
class LedgerEntryAdmin(ReadOnly):
    list_display = ["at", "subscription", "kind", "plan_name", "amount", "currency", "duration", "is_renewal"]
    list_filter = ["kind", "currency", "is_renewal", "at"]
    list_select_related = ["subscription"]
    search_fields = [*SUBSCRIBER_SEARCH, "plan_name"]
    date_hierarchy = "at"
    ordering = ["-id"]


@admin.register(Coverage)
class CoverageAdmin(ReadOnly):
    list_display = ["subscription", "starts_at", "ends_at", "entry", "origin"]
    list_select_related = ["subscription", "entry", "origin"]
    search_fields = SUBSCRIBER_SEARCH
    date_hierarchy = "starts_at"


@admin.register(RoleChange)
class RoleChangeAdmin(ReadOnly):
    list_display = ["at", "member", "from_role", "to_role", "cause", "actor_kind"]
    list_filter = ["from_role", "to_role", "actor_kind", "at"]
    list_select_related = ["member"]
    search_fields = [*MEMBER_SEARCH, "cause"]
    date_hierarchy = "at"
    ordering = ["-id"]


@admin.register(Reminder)
class ReminderAdmin(ReadOnly):
    list_display = ["subscription", "kind", "hours", "expires_at", "at", "sent"]
    list_filter = ["kind", "sent", "at"]
    list_select_related = ["subscription"]
    search_fields = SUBSCRIBER_SEARCH
    date_hierarchy = "at"


@admin.register(AccessLink)
class AccessLinkAdmin(ReadOnly):
    list_display = ["name", "subscription", "state", "issued_at", "expires_at", "revoked_at", "attempts", "last_error"]
    list_filter = ["state", "issued_at"]
    list_select_related = ["subscription"]
    search_fields = ["name", *SUBSCRIBER_SEARCH]
    date_hierarchy = "issued_at"
    ordering = ["-id"]
    exclude = ["url"]
    readonly_fields = ["masked_url"]

    @admin.display(description="url")
    def masked_url(self, link: AccessLink) -> str:
        return redaction.mask(link.url)


@admin.register(Brake)
class BrakeAdmin(ReadOnly):
    list_display = ["pulled_at", "reason", "count", "limit", "decision", "decided_by", "decided_at", "put_off_until"]
    list_filter = ["reason", "decision"]
    list_select_related = ["decided_by"]
    date_hierarchy = "pulled_at"


@admin.register(Removal)
class RemovalAdmin(ReadOnly):
    list_display = ["member", "channel", "kind", "state", "due_at", "reason", "attempts", "done_at", "last_error"]
    list_filter = ["state", "kind", "channel", "due_at"]
    list_select_related = ["member"]
    search_fields = [*MEMBER_SEARCH, "reason"]
    date_hierarchy = "due_at"
    ordering = ["-id"]


@admin.register(QueueJob)
class QueueJobAdmin(ReadOnly):
    list_display = ["id", "action", "tell", "created_by", "created_at", "stopped_at", "finished_at"]
    list_filter = ["action"]
    list_select_related = ["created_by"]
    date_hierarchy = "created_at"


@admin.register(FreeRequest)
class FreeRequestAdmin(ReadOnly):
    list_display = [
        "member",
        "chat_id",
        "state",
        "requested_at",
        "due_at",
        "decided_at",
        "way",
        "undecided",
        "attempts",
    ]
    list_filter = ["state", "way", "undecided", "requested_at"]
    list_select_related = ["member"]
    search_fields = MEMBER_SEARCH
    date_hierarchy = "requested_at"
    ordering = ["-id"]


@admin.register(VipRequest)
class VipRequestAdmin(ReadOnly):
    list_display = ["member", "chat_id", "state", "reason", "requested_at", "decided_at", "attempts", "last_error"]
    list_filter = ["state", "reason", "requested_at"]
    list_select_related = ["member"]
    search_fields = MEMBER_SEARCH
    date_hierarchy = "requested_at"
    ordering = ["-id"]


@admin.register(FailedCode)
class FailedCodeAdmin(ReadOnly):
    list_display = ["member", "at"]
    list_select_related = ["member"]
    search_fields = MEMBER_SEARCH
    date_hierarchy = "at"
