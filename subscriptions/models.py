"""Plans, invitations, memberships and the obligations towards Telegram that follow from them."""

from django.db import models
from django.db.models import F, Q
from django.utils import timezone

from botcore.models import Member

MONEY = {"max_digits": 10, "decimal_places": 2}


class TrackedCall(models.Model):
    """A call to Telegram that is owed: claimed with a lease, made once, settled; every crash leaves a row to resume."""

    attempts = models.PositiveIntegerField(default=0)
    next_try_at = models.DateTimeField(default=timezone.now)
    claimed_until = models.DateTimeField(null=True, blank=True)
    last_error = models.CharField(max_length=300, blank=True)

    class Meta:
        abstract = True


class Plan(models.Model):
    """What is sold. Invitations freeze its terms at issue, so editing it changes nothing for their holders."""

    name = models.CharField(max_length=100)
    folded_name = models.CharField(max_length=200, editable=False, help_text="without case and accents")
    days = models.PositiveIntegerField()
    price = models.DecimalField(**MONEY)
    currency = models.CharField(max_length=3, default="USD")
    is_active = models.BooleanField(default=True)
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [
            models.CheckConstraint(name="plan_days", condition=Q(days__gte=1, days__lte=3650)),
            models.CheckConstraint(name="plan_price", condition=Q(price__gte=0)),
            models.UniqueConstraint(name="plan_active_name", fields=["folded_name"], condition=Q(is_active=True)),
        ]

    def __str__(self) -> str:
        return self.name


class InvitationToken(models.Model):
    """One right to a membership. Only the SHA-256 digest of the token is kept (M-TOKEN-2)."""

    digest = models.CharField(max_length=64, unique=True)
    hint = models.CharField(max_length=4)
    plan = models.ForeignKey(Plan, models.PROTECT, null=True, blank=True, related_name="invitations")
    plan_name = models.CharField(max_length=100, blank=True)
    days = models.PositiveIntegerField(null=True, blank=True)
    price = models.DecimalField(**MONEY, null=True, blank=True)
    currency = models.CharField(max_length=3, blank=True)
    issued_by = models.ForeignKey(Member, models.SET_NULL, null=True, blank=True, related_name="issued_invitations")
    issued_at = models.DateTimeField(default=timezone.now)
    redeem_by = models.DateTimeField()
    batch = models.CharField(max_length=32, blank=True, db_index=True)
    note = models.CharField(max_length=200, blank=True)
    is_used = models.BooleanField(default=False)
    used_by = models.ForeignKey(Member, models.PROTECT, null=True, blank=True, related_name="used_invitations")
    used_at = models.DateTimeField(null=True, blank=True)
    revoked_by = models.ForeignKey(Member, models.SET_NULL, null=True, blank=True, related_name="+")
    revoked_at = models.DateTimeField(null=True, blank=True)
    revoked_reason = models.CharField(max_length=200, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(name="token_price", condition=Q(price=None) | Q(price__gte=0)),
            models.CheckConstraint(name="token_days", condition=Q(days=None) | Q(days__gte=1, days__lte=3650)),
            models.CheckConstraint(name="token_used_by_only_when_used", condition=Q(is_used=True) | Q(used_by=None)),
        ]

    def __str__(self) -> str:
        return f"{self.hint}…"


class Subscription(models.Model):
    """The VIP membership of a member, at most one row each; what `has_access` reads."""

    class EndReason(models.TextChoices):
        EXPIRED = "expired"
        EXPELLED = "expelled"

    class Stage(models.TextChoices):
        NONE = "none"
        CONFIRMATION = "confirmation"
        ALIGNMENT = "alignment"
        DELIVERY = "delivery"
        COMPLETED = "completed"
        CANCELLED = "cancelled"

    member = models.OneToOneField(Member, models.PROTECT, related_name="subscription")
    started_at = models.DateTimeField()
    expires_at = models.DateTimeField(db_index=True)
    ended_at = models.DateTimeField(null=True, blank=True)
    end_reason = models.CharField(max_length=8, choices=EndReason.choices, blank=True)
    exempt = models.BooleanField(default=False)
    ritual_stage = models.CharField(max_length=12, choices=Stage.choices, default=Stage.CONFIRMATION)
    ritual_stage_at = models.DateTimeField(default=timezone.now)
    ritual_completed_by = models.CharField(max_length=8, blank=True, help_text="button or join (M-RITUAL-5)")

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="subscription_stage",
                condition=Q(
                    ritual_stage__in=["none", "confirmation", "alignment", "delivery", "completed", "cancelled"]
                ),
            ),
            models.CheckConstraint(
                name="subscription_end_has_reason",
                condition=Q(ended_at=None, end_reason="")
                | Q(ended_at__isnull=False, end_reason__in=["expired", "expelled"]),
            ),
        ]
        indexes = [models.Index(name="subscription_running", fields=["expires_at"], condition=Q(ended_at=None))]

    def __str__(self) -> str:
        return f"subscription {self.pk}"


class LedgerEntry(models.Model):
    """Append-only: one credit or cut of time. The coverage rule over these rows is what `expires_at` must equal."""

    class Kind(models.TextChoices):
        SALE = "sale"
        GRANT = "grant"
        ADJUST = "adjust"
        EXPEL = "expel"
        READMIT = "readmit"
        OPENING = "opening"

    subscription = models.ForeignKey(Subscription, models.PROTECT, related_name="ledger")
    kind = models.CharField(max_length=7, choices=Kind.choices)
    token = models.OneToOneField(InvitationToken, models.PROTECT, null=True, blank=True, related_name="ledger_entry")
    plan = models.ForeignKey(Plan, models.PROTECT, null=True, blank=True, related_name="+")
    plan_name = models.CharField(max_length=100, blank=True)
    days = models.PositiveIntegerField(null=True, blank=True)
    amount = models.DecimalField(**MONEY, default=0)
    amount_minor = models.BigIntegerField(default=0, help_text="amount in integer hundredths, for exact sums")
    currency = models.CharField(max_length=3, blank=True)
    duration = models.DurationField()
    at = models.DateTimeField(db_index=True)
    is_renewal = models.BooleanField(default=False)

    class Meta:
        verbose_name_plural = "ledger"
        ordering = ["at", "id"]
        constraints = [
            models.CheckConstraint(name="ledger_amount", condition=Q(amount__gte=0)),
            models.CheckConstraint(
                name="ledger_kind", condition=Q(kind__in=["sale", "grant", "adjust", "expel", "readmit", "opening"])
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.duration}"


class Coverage(models.Model):
    """Derived from the ledger: the half-open interval [starts_at, ends_at) an entry paid for. Rebuilt, never edited."""

    subscription = models.ForeignKey(Subscription, models.CASCADE, related_name="coverage")
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    entry = models.ForeignKey(LedgerEntry, models.CASCADE, related_name="+")
    origin = models.ForeignKey(LedgerEntry, models.CASCADE, related_name="+", null=True)

    class Meta:
        verbose_name_plural = "coverage"
        constraints = [models.CheckConstraint(name="coverage_not_empty", condition=Q(starts_at__lt=F("ends_at")))]
        indexes = [models.Index(name="coverage_window", fields=["starts_at", "ends_at"])]

    def __str__(self) -> str:
        return f"{self.starts_at} – {self.ends_at}"


class RoleChange(models.Model):
    """Append-only log of derived role changes, in both directions (M-NAME-2)."""

    member = models.ForeignKey(Member, models.PROTECT, related_name="role_changes")
    at = models.DateTimeField(default=timezone.now)
    from_role = models.CharField(max_length=9)
    to_role = models.CharField(max_length=9)
    cause = models.CharField(max_length=40)
    actor_kind = models.CharField(max_length=9)
    actor_id = models.BigIntegerField(null=True, blank=True)

    class Meta:
        ordering = ["id"]

    def __str__(self) -> str:
        return f"{self.from_role} → {self.to_role}"


class Reminder(models.Model):
    """The record that a notice about this end was dealt with: once each per (subscription, kind, hours, expires_at)."""

    class Kind(models.TextChoices):
        BEFORE = "before"
        GRACE = "grace"
        WIN_BACK = "win_back"

    subscription = models.ForeignKey(Subscription, models.CASCADE, related_name="reminders")
    kind = models.CharField(max_length=8, choices=Kind.choices)
    hours = models.PositiveIntegerField(default=0)
    expires_at = models.DateTimeField()
    at = models.DateTimeField(default=timezone.now)
    sent = models.BooleanField(default=True, help_text="false = skipped")

    class Meta:
        constraints = [
            models.UniqueConstraint(name="reminder_once", fields=["subscription", "kind", "hours", "expires_at"])
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.hours} h"


class AccessLink(TrackedCall):
    """A personal link into the VIP channel. `issuing` is claimed before the call, so two workers never make two."""

    class State(models.TextChoices):
        ISSUING = "issuing"
        LIVE = "live"
        REVOKING = "revoking"
        DEAD = "dead"

    OPEN = (State.ISSUING, State.LIVE)

    subscription = models.ForeignKey(Subscription, models.PROTECT, related_name="links")
    chat_id = models.BigIntegerField(null=True, blank=True)
    name = models.CharField(max_length=32, blank=True)
    url = models.CharField(max_length=255, blank=True)
    issued_at = models.DateTimeField(default=timezone.now)
    expires_at = models.DateTimeField(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True)
    state = models.CharField(max_length=8, choices=State.choices, default=State.ISSUING)
    message_key = models.CharField(max_length=60, blank=True, help_text="catalogue key it is delivered with")
    edit_message_id = models.BigIntegerField(null=True, blank=True, help_text="the pressed message that becomes it")
    preparing_said = models.BooleanField(default=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                name="link_one_open", fields=["subscription"], condition=Q(state__in=["issuing", "live"])
            ),
            models.CheckConstraint(name="link_state", condition=Q(state__in=["issuing", "live", "revoking", "dead"])),
        ]
        indexes = [
            models.Index(name="link_owed", fields=["next_try_at"], condition=Q(state__in=["issuing", "revoking"]))
        ]

    def __str__(self) -> str:
        return f"{self.name or 'link'} ({self.state})"


class Brake(models.Model):
    """A run of removals that was held for a custodian's decision, which covers exactly its list (M-EXPIRY-6)."""

    class Reason(models.TextChoices):
        MASS = "mass"
        CLOCK = "clock"
        IMPORT = "import"

    class Decision(models.TextChoices):
        OPEN = ""
        PROCEED = "proceed"
        PUT_OFF = "put_off"

    reason = models.CharField(max_length=6, choices=Reason.choices, default=Reason.MASS)
    pulled_at = models.DateTimeField()
    count = models.PositiveIntegerField()
    limit = models.PositiveIntegerField()
    decision = models.CharField(max_length=8, choices=Decision.choices, blank=True)
    decided_by = models.ForeignKey(Member, models.SET_NULL, null=True, blank=True, related_name="+")
    decided_at = models.DateTimeField(null=True, blank=True)
    put_off_until = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(name="brake_one_open", fields=["decision"], condition=Q(decision="")),
        ]

    def __str__(self) -> str:
        return f"brake of {self.pulled_at:%Y-%m-%d %H:%M}: {self.count}"


class Removal(TrackedCall):
    """The obligation to take one person out of one channel, to bar, or to lift a bar."""

    class Kind(models.TextChoices):
        REMOVE = "remove"
        BAR = "bar"
        LIFT = "lift"

    class State(models.TextChoices):
        DUE = "due"
        HELD = "held"
        CLAIMED = "claimed"
        DONE = "done"
        CANCELLED = "cancelled"
        NOT_REMOVABLE = "not_removable"

    OPEN = (State.DUE, State.HELD, State.CLAIMED)

    member = models.ForeignKey(Member, models.PROTECT, related_name="removals")
    chat_id = models.BigIntegerField(null=True, blank=True, help_text="empty: the channel set when the call is made")
    channel = models.CharField(max_length=4, default="vip", help_text="vip or free")
    kind = models.CharField(max_length=6, choices=Kind.choices, default=Kind.REMOVE)
    state = models.CharField(max_length=13, choices=State.choices, default=State.DUE)
    due_at = models.DateTimeField()
    reason = models.CharField(max_length=40, blank=True)
    brake = models.ForeignKey(Brake, models.SET_NULL, null=True, blank=True, related_name="removals")
    created_at = models.DateTimeField(default=timezone.now)
    done_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                name="removal_one_open", fields=["member", "channel"], condition=Q(state__in=["due", "held", "claimed"])
            ),
            models.CheckConstraint(name="removal_kind", condition=Q(kind__in=["remove", "bar", "lift"])),
            models.CheckConstraint(
                name="removal_state",
                condition=Q(state__in=["due", "held", "claimed", "done", "cancelled", "not_removable"]),
            ),
        ]
        indexes = [
            models.Index(name="removal_owed", fields=["next_try_at", "id"], condition=Q(state__in=["due", "claimed"])),
            models.Index(name="removal_done", fields=["done_at"], condition=Q(state="done")),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.channel} ({self.state})"


class QueueJob(models.Model):
    """A bulk decision over Free requests frozen when it was confirmed (C-QUEUE-4)."""

    class Action(models.TextChoices):
        APPROVE = "approve"
        REJECT = "reject"

    action = models.CharField(max_length=7, choices=Action.choices)
    tell = models.BooleanField(default=False)
    created_by = models.ForeignKey(Member, models.SET_NULL, null=True, related_name="+")
    created_at = models.DateTimeField(default=timezone.now)
    stopped_at = models.DateTimeField(null=True, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return f"{self.action} job {self.pk}"


class FreeRequest(TrackedCall):
    """One request to enter the Free channel. Terminal rows are history and are never overwritten."""

    class State(models.TextChoices):
        PENDING = "pending"
        CLAIMED = "claimed"
        APPROVED = "approved"
        REJECTED = "rejected"
        WITHDRAWN = "withdrawn"
        FAILED = "failed"

    class Way(models.TextChoices):
        AUTOMATIC = "automatic"
        BY_HAND = "by_hand"
        BULK = "bulk"
        OUTSIDE = "outside"

    OPEN = (State.PENDING, State.CLAIMED)

    member = models.ForeignKey(Member, models.PROTECT, related_name="free_requests")
    chat_id = models.BigIntegerField()
    user_chat_id = models.BigIntegerField(help_text="may be written to for 5 minutes, until the decision")
    query_id = models.CharField(max_length=64, blank=True)
    requested_at = models.DateTimeField()
    refreshed_at = models.DateTimeField(help_text="Telegram's date of the latest repetition: opens the 5-minute window")
    due_at = models.DateTimeField()
    state = models.CharField(max_length=9, choices=State.choices, default=State.PENDING)
    decision = models.CharField(max_length=7, blank=True, help_text="approve or reject, once somebody decided")
    tell = models.BooleanField(default=False, help_text="a rejection is told to the person")
    reason = models.CharField(max_length=200, blank=True)
    undecided = models.BooleanField(default=False, help_text="sin decidir: left to a custodian")
    decided_at = models.DateTimeField(null=True, blank=True)
    decided_by = models.ForeignKey(Member, models.SET_NULL, null=True, blank=True, related_name="+")
    way = models.CharField(max_length=9, choices=Way.choices, blank=True)
    job = models.ForeignKey(QueueJob, models.SET_NULL, null=True, blank=True, related_name="requests")
    repeated_at = models.DateTimeField(null=True, blank=True, help_text="when queue.repeat was last said")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                name="free_request_one_open",
                fields=["member", "chat_id"],
                condition=Q(state__in=["pending", "claimed"]),
            ),
            models.CheckConstraint(
                name="free_request_state",
                condition=Q(state__in=["pending", "claimed", "approved", "rejected", "withdrawn", "failed"]),
            ),
        ]
        indexes = [
            models.Index(
                name="free_request_queue",
                fields=["requested_at", "id"],
                condition=Q(state__in=["pending", "claimed"]),
            ),
            models.Index(name="free_request_due", fields=["due_at"], condition=Q(state__in=["pending", "claimed"])),
            models.Index(name="free_request_finished", fields=["decided_at"]),
        ]

    def __str__(self) -> str:
        return f"request {self.pk} ({self.state})"


class VipRequest(TrackedCall):
    """A request to join the VIP channel and the decision owed to it (M-ACCESS-4)."""

    class State(models.TextChoices):
        PENDING = "pending"
        CLAIMED = "claimed"
        APPROVED = "approved"
        DECLINED = "declined"
        WITHDRAWN = "withdrawn"
        FAILED = "failed"

    OPEN = (State.PENDING, State.CLAIMED)

    member = models.ForeignKey(Member, models.PROTECT, related_name="vip_requests")
    chat_id = models.BigIntegerField()
    user_chat_id = models.BigIntegerField()
    query_id = models.CharField(max_length=64, blank=True)
    link = models.ForeignKey(AccessLink, models.SET_NULL, null=True, blank=True, related_name="+")
    requested_at = models.DateTimeField()
    state = models.CharField(max_length=9, choices=State.choices, default=State.PENDING)
    reason = models.CharField(max_length=200, blank=True)
    decided_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                name="vip_request_one_open", fields=["member", "chat_id"], condition=Q(state__in=["pending", "claimed"])
            ),
            models.CheckConstraint(
                name="vip_request_state",
                condition=Q(state__in=["pending", "claimed", "approved", "declined", "withdrawn", "failed"]),
            ),
        ]
        indexes = [
            models.Index(name="vip_request_owed", fields=["next_try_at"], condition=Q(state__in=["pending", "claimed"]))
        ]

    def __str__(self) -> str:
        return f"vip request {self.pk} ({self.state})"


class FailedCode(models.Model):
    """A code that opened nothing; ten in an hour close the door for the rest of it (M-TOKEN-9)."""

    member = models.ForeignKey(Member, models.CASCADE, related_name="failed_codes")
    at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(name="failed_code_recent", fields=["member", "at"])]

    def __str__(self) -> str:
        return f"failed code of member {self.member_id}"
