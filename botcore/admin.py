"""The staff site's view of the core: updates in, calls out, who did what, which processes live.

What people and jobs write is history here and read-only; the few things staff may do go through the use cases.
"""

import json

from django.contrib import admin, messages
from django.contrib.auth.admin import GroupAdmin, UserAdmin
from django.contrib.auth.models import Group, User
from django.db.models import Model, QuerySet
from django.http import HttpRequest
from django.utils.html import strip_tags
from unfold.admin import ModelAdmin, TabularInline
from unfold.forms import AdminPasswordChangeForm, UserChangeForm, UserCreationForm

from botcore import audit, clock, inbox, outbox, redaction, voice
from botcore.exceptions import Refused
from botcore.models import AuditEntry, Channel, Configuration, Heartbeat, Inbox, JobRun, Operation, Outbox


def staff_actor(request: HttpRequest) -> audit.Actor:
    """Who acts through the staff site, for the audit trail."""
    return audit.Actor.staff(request.user.pk)


def tell_refusal(request: HttpRequest, refusal: Refused) -> None:
    """Show why a use case refused, in the words the chat has for it."""
    messages.error(request, strip_tags(voice.render(refusal.key, **refusal.values)))


class ReadOnly(ModelAdmin):
    """A list with search and filters, and a page per row: nothing can be added, changed or deleted here."""

    list_per_page = 50
    show_full_result_count = False

    def has_add_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False


class History(TabularInline):
    """Rows that belong to a page and are only looked at there."""

    extra = max_num = 0
    can_delete = False
    show_change_link = True

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False


class DeadLetters(ReadOnly):
    """A read-only list whose dead letters can be put back to work, or given up."""

    actions = ["replay_dead", "drop_dead"]

    def has_act_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm(f"{self.opts.app_label}.change_{self.opts.model_name}")

    @admin.action(description="Reintentar las cartas muertas elegidas", permissions=["act"])
    def replay_dead(self, request: HttpRequest, queryset: QuerySet) -> None:
        messages.success(request, f"Reintentadas: {self.replay(request, queryset)}")

    @admin.action(description="Descartar las cartas muertas elegidas", permissions=["act"])
    def drop_dead(self, request: HttpRequest, queryset: QuerySet) -> None:
        messages.success(request, f"Descartadas: {self.drop(request, queryset)}")


@admin.register(Inbox)
class InboxAdmin(DeadLetters):
    list_display = ["update_id", "state", "tries", "lane", "received_at", "done_at", "error"]
    list_filter = ["state", "redacted", "received_at"]
    search_fields = ["=update_id", "=lane", "error"]
    date_hierarchy = "received_at"
    ordering = ["-id"]
    exclude = ["raw"]
    readonly_fields = ["masked_raw"]

    @admin.display(description="update")
    def masked_raw(self, row: Inbox) -> str:
        return redaction.mask(row.raw)

    def replay(self, request: HttpRequest, rows: QuerySet[Inbox]) -> int:
        return inbox.replay(rows.values_list("update_id", flat=True), actor=staff_actor(request))

    def drop(self, request: HttpRequest, rows: QuerySet[Inbox]) -> int:
        return inbox.drop(rows.values_list("update_id", flat=True), actor=staff_actor(request), now=clock.now())


@admin.register(Outbox)
class OutboxAdmin(DeadLetters):
    list_display = ["id", "method", "chat_id", "state", "tries", "created_at", "done_at", "error"]
    list_filter = ["state", "method", "priority", "created_at"]
    search_fields = ["=chat_id", "key", "topic", "error"]
    date_hierarchy = "created_at"
    ordering = ["-id"]
    exclude = ["text", "keyboard", "payload"]
    readonly_fields = ["masked_text", "masked_keyboard", "masked_payload"]

    @admin.display(description="text")
    def masked_text(self, row: Outbox) -> str:
        return redaction.mask(row.text)

    @admin.display(description="keyboard")
    def masked_keyboard(self, row: Outbox) -> str:
        return redaction.mask(json.dumps(row.keyboard, ensure_ascii=False)) if row.keyboard else ""

    @admin.display(description="payload")
    def masked_payload(self, row: Outbox) -> str:
        return redaction.mask(json.dumps(row.payload, ensure_ascii=False)) if row.payload else ""

    def replay(self, request: HttpRequest, rows: QuerySet[Outbox]) -> int:
        return outbox.replay(rows.values_list("pk", flat=True), actor=staff_actor(request), now=clock.now())

    def drop(self, request: HttpRequest, rows: QuerySet[Outbox]) -> int:
        return outbox.drop(rows.values_list("pk", flat=True), actor=staff_actor(request), now=clock.now())


@admin.register(AuditEntry)
class AuditEntryAdmin(ReadOnly):
    list_display = ["at", "verb", "actor_kind", "actor_id", "surface", "target_kind", "target_id", "member_id"]
    list_filter = ["actor_kind", "surface", "verb", "at"]
    search_fields = ["verb", "=member_id", "=target_id", "operation"]
    date_hierarchy = "at"


@admin.register(Channel)
class ChannelAdmin(ReadOnly):
    list_display = ["kind", "title", "chat_id", "chat_type", "probed_at", "missing", "warnings"]
    search_fields = ["title", "username", "=chat_id"]


@admin.register(Configuration)
class ConfigurationAdmin(ReadOnly):
    list_display = ["__str__", "creator_name", "free_wait_minutes", "grace_days", "paused", "paused_jobs", "updated_at"]


@admin.register(Operation)
class OperationAdmin(ReadOnly):
    list_display = ["act", "member", "created_at", "expires_at", "used_at"]
    list_filter = ["act", "created_at"]
    list_select_related = ["member"]
    date_hierarchy = "created_at"
    exclude = ["code"]


@admin.register(JobRun)
class JobRunAdmin(ReadOnly):
    list_display = ["name", "period_s", "succeeded_at", "seconds", "failures", "error"]


@admin.register(Heartbeat)
class HeartbeatAdmin(ReadOnly):
    list_display = ["process", "role", "mode", "version", "started_at", "beat_at", "update_at", "telegram_at"]
    list_filter = ["role"]


admin.site.unregister(User)
admin.site.unregister(Group)


@admin.register(User)
class StaffUserAdmin(UserAdmin, ModelAdmin):
    form = UserChangeForm
    add_form = UserCreationForm
    change_password_form = AdminPasswordChangeForm


@admin.register(Group)
class StaffGroupAdmin(GroupAdmin, ModelAdmin):
    pass
