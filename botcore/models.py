"""What the bot's core remembers: people, channels, configuration, updates in, calls out, and who did what."""

from django.db import models
from django.db.models import Q
from django.utils import timezone

LARGEST_TELEGRAM_ID = 2**52  # Bot API: "at most 52 significant bits"


class Presence(models.TextChoices):
    IN = "in"
    OUT = "out"
    BANNED = "banned"
    UNKNOWN = "unknown"


class Member(models.Model):
    """A person known to the bot, one row per Telegram id. The role is derived, never stored (M-NAME-1)."""

    class Unreachable(models.TextChoices):
        BLOCKED_BOT = "blocked_bot"
        DEACTIVATED = "deactivated"

    telegram_id = models.BigIntegerField(unique=True)
    username = models.CharField(max_length=64, blank=True)
    first_name = models.CharField(max_length=128, blank=True)
    last_name = models.CharField(max_length=128, blank=True)
    language = models.CharField(max_length=16, blank=True)
    search_text = models.CharField(max_length=400, blank=True, db_index=True)
    note = models.CharField(max_length=500, blank=True)
    created_at = models.DateTimeField(default=timezone.now)
    last_seen_at = models.DateTimeField(null=True, blank=True)
    started_at = models.DateTimeField("first /start", null=True, blank=True)
    chat_open = models.BooleanField(default=False)
    unreachable_since = models.DateTimeField(null=True, blank=True)
    unreachable_reason = models.CharField(max_length=16, choices=Unreachable.choices, blank=True)
    blocked_at = models.DateTimeField(null=True, blank=True)
    blocked_by = models.ForeignKey("self", models.SET_NULL, null=True, blank=True, related_name="+")
    blocked_reason = models.CharField(max_length=200, blank=True)
    refused_at = models.DateTimeField("last refusal said", null=True, blank=True)
    is_custodian = models.BooleanField(default=False)
    announcements = models.BooleanField(default=True)
    vip_presence = models.CharField(max_length=8, choices=Presence.choices, default=Presence.UNKNOWN)
    vip_presence_at = models.DateTimeField(null=True, blank=True)
    free_presence = models.CharField(max_length=8, choices=Presence.choices, default=Presence.UNKNOWN)
    free_presence_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="member_telegram_id_in_range",
                condition=Q(telegram_id__gte=1, telegram_id__lte=LARGEST_TELEGRAM_ID),
            ),
            models.CheckConstraint(name="member_vip_presence", condition=Q(vip_presence__in=Presence.values)),
            models.CheckConstraint(name="member_free_presence", condition=Q(free_presence__in=Presence.values)),
        ]

    def __str__(self) -> str:
        return self.first_name or (f"@{self.username}" if self.username else f"#{self.pk}")

    @property
    def is_reachable(self) -> bool:
        return self.chat_open and self.unreachable_since is None


class Channel(models.Model):
    """A connected channel or supergroup; no row = not set. `missing` names the lacking rights of the last probe."""

    class Kind(models.TextChoices):
        VIP = "vip"
        FREE = "free"

    kind = models.CharField(max_length=4, choices=Kind.choices, unique=True)
    chat_id = models.BigIntegerField(unique=True)
    chat_type = models.CharField(max_length=16, default="channel")
    title = models.CharField(max_length=255, blank=True)
    username = models.CharField(max_length=64, blank=True)
    invite_link = models.CharField(max_length=255, blank=True)
    connected_at = models.DateTimeField(default=timezone.now)
    probed_at = models.DateTimeField(null=True, blank=True)
    missing = models.JSONField(default=list, blank=True)
    warnings = models.JSONField(default=list, blank=True)
    alarmed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(name="channel_kind", condition=Q(kind__in=["vip", "free"])),
            models.CheckConstraint(name="channel_chat_id_negative", condition=Q(chat_id__lt=0)),
        ]

    def __str__(self) -> str:
        return f"{self.kind}: {self.title or self.chat_id}"


class Configuration(models.Model):
    """The settings of C-CONF-1, one row; NULL (or '') = never set, so the default of `config.py` or a seed holds."""

    creator_name = models.CharField(max_length=40, blank=True)
    creator_username = models.CharField(max_length=32, blank=True)
    bot_username = models.CharField(max_length=64, blank=True)
    instagram = models.CharField(max_length=64, blank=True)
    tiktok = models.CharField(max_length=64, blank=True)
    x = models.CharField(max_length=64, blank=True)
    free_wait_minutes = models.PositiveIntegerField(null=True, blank=True)
    free_auto_approve = models.BooleanField(null=True, blank=True)
    redemption_days = models.PositiveIntegerField(null=True, blank=True)
    default_currency = models.CharField(max_length=3, blank=True)
    currencies = models.JSONField(null=True, blank=True)
    reminder_hours = models.JSONField(null=True, blank=True)
    grace_days = models.PositiveIntegerField(null=True, blank=True)
    show_prices = models.BooleanField(null=True, blank=True)
    win_back_days = models.PositiveIntegerField(null=True, blank=True)
    protect_vip = models.BooleanField(null=True, blank=True)
    protect_free = models.BooleanField(null=True, blank=True)
    brake_min = models.PositiveIntegerField(null=True, blank=True)
    brake_percent = models.PositiveIntegerField(null=True, blank=True)
    digest_hour = models.PositiveIntegerField(null=True, blank=True)
    vip_reactions = models.JSONField(null=True, blank=True)
    free_reactions = models.JSONField(null=True, blank=True)
    paused = models.BooleanField(default=False)
    paused_jobs = models.BooleanField(default=False)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        constraints = [
            models.CheckConstraint(name="configuration_one_row", condition=Q(pk=1)),
            models.CheckConstraint(
                name="configuration_wait", condition=Q(free_wait_minutes=None) | Q(free_wait_minutes__lte=10080)
            ),
            models.CheckConstraint(name="configuration_grace", condition=Q(grace_days=None) | Q(grace_days__lte=30)),
            models.CheckConstraint(
                name="configuration_brake_percent",
                condition=Q(brake_percent=None) | Q(brake_percent__gte=1, brake_percent__lte=100),
            ),
        ]

    def __str__(self) -> str:
        return "configuration"


class Inbox(models.Model):
    """An incoming update, committed before it is confirmed to Telegram and worked on from here.

    `raw` is ASCII JSON text, not a JSONField: jsonb refuses NUL, lone surrogates and NaN, which people do send.
    """

    class State(models.TextChoices):
        NEW = "new"
        DONE = "done"
        DEAD = "dead"

    update_id = models.BigIntegerField(unique=True)
    lane = models.BigIntegerField(help_text="whose updates are worked on one at a time: person, else chat")
    raw = models.TextField()
    redacted = models.BooleanField(default=False, help_text="an invitation was replaced by its digest")
    state = models.CharField(max_length=4, choices=State.choices, default=State.NEW)
    tries = models.PositiveSmallIntegerField(default=0)
    received_at = models.DateTimeField(default=timezone.now)
    done_at = models.DateTimeField(null=True, blank=True)
    error = models.CharField(max_length=300, blank=True)

    class Meta:
        verbose_name_plural = "inbox"
        constraints = [models.CheckConstraint(name="inbox_state", condition=Q(state__in=["new", "done", "dead"]))]
        indexes = [
            models.Index(name="inbox_new", fields=["id"], condition=Q(state="new")),
            models.Index(name="inbox_dead", fields=["received_at"], condition=Q(state="dead")),
        ]

    def __str__(self) -> str:
        return f"update {self.update_id} ({self.state})"


class Outbox(models.Model):
    """An outgoing Telegram call, written in the transaction that causes it and made by the sender.

    `text` is rendered once, when the row is written, so that a retry repeats the very same words; `keyboard` is the
    name and the arguments of a keyboard, built at sending.
    """

    class State(models.TextChoices):
        PENDING = "pending"
        HELD = "held"
        SENDING = "sending"
        SENT = "sent"
        DROPPED = "dropped"
        FAILED = "failed"

    key = models.CharField(max_length=120, unique=True)
    topic = models.CharField(max_length=80, blank=True, help_text="what may be withdrawn together while pending")
    chat_id = models.BigIntegerField()
    method = models.CharField(max_length=40, default="sendMessage")
    text = models.TextField(blank=True)
    keyboard = models.JSONField(null=True, blank=True)
    payload = models.JSONField(default=dict, blank=True)
    secret = models.BooleanField(default=False, help_text="text and keyboard are emptied once sent")
    priority = models.PositiveSmallIntegerField(default=2)
    state = models.CharField(max_length=8, choices=State.choices, default=State.PENDING)
    not_after = models.DateTimeField(null=True, blank=True)
    next_try_at = models.DateTimeField(default=timezone.now)
    claimed_until = models.DateTimeField(null=True, blank=True)
    tries = models.PositiveSmallIntegerField(default=0)
    created_at = models.DateTimeField(default=timezone.now)
    done_at = models.DateTimeField(null=True, blank=True)
    message_id = models.BigIntegerField(null=True, blank=True)
    error = models.CharField(max_length=300, blank=True)

    class Meta:
        verbose_name_plural = "outbox"
        constraints = [
            models.CheckConstraint(
                name="outbox_state", condition=Q(state__in=["pending", "held", "sending", "sent", "dropped", "failed"])
            ),
        ]
        indexes = [
            models.Index(name="outbox_pending", fields=["priority", "id"], condition=Q(state="pending")),
            models.Index(name="outbox_sending", fields=["claimed_until"], condition=Q(state="sending")),
            models.Index(name="outbox_chat", fields=["chat_id"], condition=Q(state__in=["pending", "held", "sending"])),
            models.Index(name="outbox_topic", fields=["topic"], condition=Q(state__in=["pending", "held"])),
        ]

    def __str__(self) -> str:
        return f"{self.method} {self.key} ({self.state})"


class AuditEntry(models.Model):
    """One act that changed state (C-AUDIT-1). Append-only by trigger; people by internal key, no personal values."""

    class Actor(models.TextChoices):
        MEMBER = "member"
        CUSTODIAN = "custodian"
        STAFF = "staff"
        JOB = "job"
        IMPORT = "import"
        SYSTEM = "system"

    class Surface(models.TextChoices):
        CHAT = "chat"
        WEB = "web"
        JOB = "job"
        SHELL = "shell"
        IMPORT = "import"

    at = models.DateTimeField(default=timezone.now, db_index=True)
    actor_kind = models.CharField(max_length=9, choices=Actor.choices)
    actor_id = models.BigIntegerField(null=True, blank=True, help_text="internal key of a member or staff user")
    surface = models.CharField(max_length=6, choices=Surface.choices)
    verb = models.CharField(max_length=40, db_index=True)
    target_kind = models.CharField(max_length=40, blank=True)
    target_id = models.BigIntegerField(null=True, blank=True)
    member_id = models.BigIntegerField(null=True, blank=True, db_index=True, help_text="the person it is about")
    before = models.JSONField(default=dict, blank=True)
    after = models.JSONField(default=dict, blank=True)
    operation = models.CharField(max_length=32, blank=True)

    class Meta:
        verbose_name_plural = "audit trail"
        ordering = ["-id"]

    def __str__(self) -> str:
        return f"{self.verb} {self.target_kind} {self.target_id or ''}".strip()


class Operation(models.Model):
    """A one-use confirmation (C-FLOW-6): bound to a person, an act and a target, valid for 15 minutes."""

    code = models.CharField(max_length=16, unique=True)
    member = models.ForeignKey(Member, models.CASCADE, related_name="+")
    act = models.CharField(max_length=40)
    arguments = models.JSONField(default=dict)
    created_at = models.DateTimeField(default=timezone.now)
    expires_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True, blank=True)
    result = models.JSONField(null=True, blank=True)

    def __str__(self) -> str:
        return f"{self.act} ({'used' if self.used_at else 'open'})"


class JobRun(models.Model):
    """The last runs of one background job, for health and the dashboard."""

    name = models.CharField(max_length=40, unique=True)
    period_s = models.FloatField(default=0)
    succeeded_at = models.DateTimeField(null=True, blank=True)
    seconds = models.FloatField(default=0)
    failures = models.PositiveIntegerField(default=0)
    error = models.CharField(max_length=300, blank=True)

    def __str__(self) -> str:
        return self.name


class Heartbeat(models.Model):
    """A living process; the active one tells what it last heard from Telegram."""

    class Role(models.TextChoices):
        ACTIVE = "active"
        STANDBY = "standby"

    process = models.CharField(max_length=64, unique=True)
    role = models.CharField(max_length=8, choices=Role.choices)
    mode = models.CharField(max_length=8, default="polling")
    version = models.CharField(max_length=40, blank=True)
    started_at = models.DateTimeField(default=timezone.now)
    beat_at = models.DateTimeField(default=timezone.now, db_index=True)
    update_at = models.DateTimeField(null=True, blank=True)
    telegram_at = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return f"{self.process} ({self.role})"
