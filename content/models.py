"""What the creator offers: packages, the interest people show in them, and messages to many."""

from django.db import models
from django.db.models import Q
from django.utils import timezone

from botcore.models import Member


class ContentPackage(models.Model):
    class Category(models.TextChoices):
        FREE = "free"
        VIP = "vip"
        PREMIUM = "premium"

    class Kind(models.TextChoices):
        STANDARD = "standard"
        BUNDLE = "bundle"
        COLLECTION = "collection"

    name = models.CharField(max_length=200)
    description = models.CharField(max_length=500, blank=True)
    price = models.DecimalField(max_digits=10, decimal_places=2, null=True, blank=True)
    currency = models.CharField(max_length=3, default="USD")
    category = models.CharField(max_length=7, choices=Category.choices)
    kind = models.CharField(max_length=10, choices=Kind.choices, default=Kind.STANDARD)
    is_active = models.BooleanField(default=True)
    note = models.CharField(max_length=500, blank=True)
    created_at = models.DateTimeField(default=timezone.now)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        constraints = [
            models.CheckConstraint(name="package_price", condition=Q(price=None) | Q(price__gte=0)),
            models.CheckConstraint(name="package_category", condition=Q(category__in=["free", "vip", "premium"])),
        ]
        indexes = [models.Index(name="package_list", fields=["category", "price", "name", "id"])]

    def __str__(self) -> str:
        return self.name


class PackageMedia(models.Model):
    """One item of a package, kept as Telegram's file_id in its order (0–9)."""

    class Kind(models.TextChoices):
        PHOTO = "photo"
        VIDEO = "video"
        DOCUMENT = "document"

    package = models.ForeignKey(ContentPackage, models.CASCADE, related_name="media")
    position = models.PositiveSmallIntegerField()
    kind = models.CharField(max_length=8, choices=Kind.choices)
    file_id = models.CharField(max_length=255)
    file_unique_id = models.CharField(max_length=64)
    broken_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["position"]
        verbose_name_plural = "package media"
        constraints = [
            models.UniqueConstraint(name="media_position", fields=["package", "position"]),
            models.CheckConstraint(name="media_at_most_ten", condition=Q(position__lte=9)),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.position + 1}"


class Interest(models.Model):
    member = models.ForeignKey(Member, models.PROTECT, related_name="interests")
    package = models.ForeignKey(ContentPackage, models.PROTECT, related_name="interests")
    first_at = models.DateTimeField(default=timezone.now)
    last_at = models.DateTimeField(default=timezone.now)
    times = models.PositiveIntegerField(default=1)
    attended_at = models.DateTimeField(null=True, blank=True)
    attended_by = models.ForeignKey(Member, models.SET_NULL, null=True, blank=True, related_name="+")

    class Meta:
        constraints = [models.UniqueConstraint(name="interest_one_per_pair", fields=["member", "package"])]
        indexes = [models.Index(name="interest_pending", fields=["-last_at"], condition=Q(attended_at=None))]

    def __str__(self) -> str:
        return f"interest {self.pk}"


class InterestAttention(models.Model):
    """An earlier attention to an interest that was reopened since (M-INTEREST-3)."""

    interest = models.ForeignKey(Interest, models.CASCADE, related_name="attentions")
    attended_at = models.DateTimeField()
    attended_by = models.ForeignKey(Member, models.SET_NULL, null=True, blank=True, related_name="+")

    def __str__(self) -> str:
        return f"attention of interest {self.interest_id}"


class Broadcast(models.Model):
    """One message to many: a channel post, or a copy to each member of a segment (C-CAST)."""

    class State(models.TextChoices):
        SCHEDULED = "scheduled"
        QUEUED = "queued"
        RUNNING = "running"
        PAUSED = "paused"
        FINISHED = "finished"
        CANCELLED = "cancelled"

    author = models.ForeignKey(Member, models.SET_NULL, null=True, related_name="broadcasts")
    target = models.CharField(max_length=6, help_text="vip, free, both or direct")
    segment = models.CharField(max_length=20, blank=True)
    segment_argument = models.BigIntegerField(null=True, blank=True)
    include_custodians = models.BooleanField(default=False)
    source_chat_id = models.BigIntegerField()
    source_message_ids = models.JSONField()
    content_kind = models.CharField(max_length=16)
    protect = models.BooleanField(default=False)
    silent = models.BooleanField(default=False)
    reaction = models.CharField(max_length=16, blank=True)
    state = models.CharField(max_length=9, choices=State.choices, default=State.QUEUED)
    pause_reason = models.CharField(max_length=40, blank=True)
    scheduled_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(default=timezone.now)
    started_at = models.DateTimeField(null=True, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(name="broadcast_target", condition=Q(target__in=["vip", "free", "both", "direct"]))
        ]

    def __str__(self) -> str:
        return f"broadcast {self.pk} ({self.state})"


class BroadcastDelivery(models.Model):
    """The ledger of one broadcast, a row per recipient or channel; `sending` is committed before the call
    (C-CAST-4).
    """

    class State(models.TextChoices):
        PENDING = "pending"
        SENDING = "sending"
        SENT = "sent"
        SKIPPED = "skipped"
        FAILED = "failed"
        UNCONFIRMED = "unconfirmed"

    broadcast = models.ForeignKey(Broadcast, models.CASCADE, related_name="deliveries")
    chat_id = models.BigIntegerField()
    member = models.ForeignKey(Member, models.PROTECT, null=True, blank=True, related_name="+")
    state = models.CharField(max_length=11, choices=State.choices, default=State.PENDING)
    reason = models.CharField(max_length=200, blank=True)
    message_ids = models.JSONField(default=list, blank=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    next_try_at = models.DateTimeField(default=timezone.now)
    sent_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name_plural = "broadcast deliveries"
        constraints = [models.UniqueConstraint(name="delivery_once", fields=["broadcast", "chat_id"])]
        indexes = [models.Index(name="delivery_pending", fields=["broadcast", "id"], condition=Q(state="pending"))]

    def __str__(self) -> str:
        return f"delivery {self.pk} ({self.state})"
