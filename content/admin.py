"""The staff site's view of packages, interest and broadcasts, and the page of one member, who is known to all apps."""

from django.contrib import admin
from django.forms import ModelForm
from django.http import HttpRequest
from unfold.admin import ModelAdmin

from botcore import audit, clock
from botcore.admin import History, ReadOnly, staff_actor
from botcore.models import Member
from content.models import (
    Broadcast,
    BroadcastDelivery,
    ContentPackage,
    Interest,
    InterestAttention,
    PackageMedia,
)
from subscriptions.access import effective_role, subscription_state
from subscriptions.models import FreeRequest, Removal, RoleChange, Subscription


class SubscriptionInline(History):
    model = Subscription
    fields = ["started_at", "expires_at", "ended_at", "end_reason", "exempt", "ritual_stage"]


class FreeRequestInline(History):
    model = FreeRequest
    fk_name = "member"
    fields = ["requested_at", "due_at", "state", "decided_at", "way"]


class RemovalInline(History):
    model = Removal
    fields = ["channel", "kind", "state", "due_at", "reason", "done_at"]


class RoleChangeInline(History):
    model = RoleChange
    fields = ["at", "from_role", "to_role", "cause", "actor_kind"]


@admin.register(Member)
class MemberAdmin(ReadOnly):
    """Everything about one person. Only the internal note is written here (C-USER-5)."""

    list_display = [
        "__str__",
        "username",
        "telegram_id",
        "role",
        "vip_presence",
        "free_presence",
        "created_at",
        "last_seen_at",
    ]
    list_filter = ["is_custodian", "vip_presence", "free_presence", "unreachable_reason", "announcements", "created_at"]
    list_select_related = ["subscription"]
    search_fields = ["search_text", "=telegram_id"]
    search_help_text = "nombre, @usuario o id de Telegram"
    date_hierarchy = "created_at"
    ordering = ["-id"]
    exclude = ["search_text", "refused_at"]
    inlines = [SubscriptionInline, FreeRequestInline, RemovalInline, RoleChangeInline]

    def has_change_permission(self, request: HttpRequest, obj: Member | None = None) -> bool:
        return ModelAdmin.has_change_permission(self, request, obj)

    def get_readonly_fields(self, request: HttpRequest, obj: Member | None = None) -> list[str]:
        stored = [field.name for field in Member._meta.fields if field.name not in ("id", "note", *self.exclude)]
        return ["role", "membership", *stored]

    @admin.display(description="role")
    def role(self, member: Member) -> str:
        return effective_role(member, _subscription(member), now=clock.now())

    @admin.display(description="membership")
    def membership(self, member: Member) -> str:
        return subscription_state(_subscription(member), now=clock.now())

    def save_model(self, request: HttpRequest, obj: Member, form: ModelForm, change: bool) -> None:
        if "note" in form.changed_data:
            obj.save(update_fields=["note"])
            audit.record(staff_actor(request), "edit_note", obj, member=obj)


def _subscription(member: Member) -> Subscription | None:
    return getattr(member, "subscription", None)


class MediaInline(History):
    model = PackageMedia
    fields = ["position", "kind", "file_unique_id", "broken_at"]


@admin.register(ContentPackage)
class ContentPackageAdmin(ModelAdmin):
    list_display = ["name", "category", "kind", "price", "currency", "is_active", "updated_at"]
    list_filter = ["category", "kind", "is_active"]
    search_fields = ["name", "description", "note"]
    fields = ["name", "description", "price", "currency", "category", "kind", "is_active", "note"]
    inlines = [MediaInline]

    def has_delete_permission(self, request: HttpRequest, obj: ContentPackage | None = None) -> bool:
        return False

    def save_model(self, request: HttpRequest, obj: ContentPackage, form: ModelForm, change: bool) -> None:
        if change:
            obj.save(update_fields=[*form.changed_data, "updated_at"])
        else:
            obj.save(force_insert=True)
        changed = {name: str(form.cleaned_data[name]) for name in form.changed_data}
        audit.record(staff_actor(request), "edit_package" if change else "create_package", obj, after=changed)


@admin.register(PackageMedia)
class PackageMediaAdmin(ReadOnly):
    list_display = ["package", "position", "kind", "broken_at"]
    list_filter = ["kind"]
    list_select_related = ["package"]
    search_fields = ["package__name"]


@admin.register(Interest)
class InterestAdmin(ReadOnly):
    list_display = ["member", "package", "first_at", "last_at", "times", "attended_at", "attended_by"]
    list_filter = ["package", "last_at"]
    list_select_related = ["member", "package", "attended_by"]
    search_fields = ["member__search_text", "=member__telegram_id", "package__name"]
    date_hierarchy = "last_at"
    ordering = ["-last_at"]


@admin.register(InterestAttention)
class InterestAttentionAdmin(ReadOnly):
    list_display = ["interest", "attended_at", "attended_by"]
    list_select_related = ["interest", "attended_by"]
    date_hierarchy = "attended_at"


@admin.register(Broadcast)
class BroadcastAdmin(ReadOnly):
    list_display = ["id", "target", "segment", "content_kind", "state", "author", "created_at", "finished_at"]
    list_filter = ["state", "target", "created_at"]
    list_select_related = ["author"]
    date_hierarchy = "created_at"
    ordering = ["-id"]


@admin.register(BroadcastDelivery)
class BroadcastDeliveryAdmin(ReadOnly):
    list_display = ["broadcast", "chat_id", "member", "state", "attempts", "sent_at", "reason"]
    list_filter = ["state"]
    list_select_related = ["broadcast", "member"]
    search_fields = ["=chat_id", "reason"]
    ordering = ["-id"]
