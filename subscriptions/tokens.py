"""Invitations: minted once in clear, kept as digests, honoured once (M-TOKEN, C-TOKEN-1, -2, -10)."""

import re
import secrets
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from decimal import Decimal

from django.db import transaction

from botcore import audit, config, limits, members, notices, operations, redaction, roles, voice
from botcore.exceptions import Gone, Refused
from botcore.inbox import RESERVED_PAYLOADS
from botcore.models import Member
from botcore.outbox import Reply
from botcore.redaction import digest_of
from botcore.screens import Screen, screen
from subscriptions import amounts, credits, links, ritual, screens
from subscriptions.access import Person
from subscriptions.models import FailedCode, InvitationToken, LedgerEntry, Plan, Subscription

HOUR, MINUTE = timedelta(hours=1), timedelta(minutes=1)
REDEEM_FOR_SELF = "redeem_for_self"

_COMMAND = re.compile(r"/start(?:@\w+)?\s+(.+)", re.DOTALL)
_LINK = re.compile(r"(?:(?:t|telegram)\.me/\w+|tg://resolve)\?(?:[^\s#]*&)?start=([^\s&#]+)", re.IGNORECASE)
_BARE = re.compile(r"[A-Za-z0-9_-]{16}")


# --- issuing ----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Issued:
    """A new invitation; `token` is its clear text, which nothing else will ever show again."""

    token: str
    invitation: InvitationToken


def mint() -> str:
    """A fresh token: 96 random bits as 16 characters of URL-safe base64."""
    return secrets.token_urlsafe(12)


def invitation_url(token: str) -> str:
    """The link that presents `token` to the bot; raises Refused while the bot's name is unknown."""
    bot = config.current().bot_username
    if not bot:
        raise Refused("desk_channels.bot_name_unknown")
    return f"https://t.me/{bot}?start={token}"


def issue_tokens(
    *,
    actor: audit.Actor,
    plan_id: int,
    now: datetime,
    amount: int = 1,
    window: timedelta | None = None,
    note: str = "",
    issuer: Member | None = None,
    operation: str = "",
) -> list[Issued]:
    """Mint `amount` (1–50) invitations with the plan's present terms, to be presented within `window` (1 h–365 d).

    All or none; without `window` the setting holds. Raises Gone for a plan that is not there, Refused for one that is
    not active and for bad values.
    """
    window = timedelta(days=config.current().redemption_days) if window is None else window
    amounts.check_integer(amount, amounts.INVITATIONS)
    amounts.check_integer(window // HOUR, (1, amounts.REDEMPTION_DAYS[1] * 24))
    note = amounts.parse_note(note)
    with transaction.atomic():
        plan = Plan.objects.select_for_update().filter(pk=plan_id).first()
        if plan is None:
            raise Gone()
        if not plan.is_active:
            raise Refused("desk_channels.plan_not_active", plan=plan.name)
        clear = [mint() for _ in range(amount)]
        batch = secrets.token_hex(8) if amount > 1 else ""
        common = {"issued_by": issuer, "issued_at": now, "redeem_by": now + window, "note": note, "batch": batch}
        rows = InvitationToken.objects.bulk_create(_frozen(plan, token, common) for token in clear)
        facts = {"plan": plan.pk, "amount": amount, "batch": batch}
        audit.record(actor, "issue_invitations", rows[0], after=facts, operation=operation)
    return [Issued(token, row) for token, row in zip(clear, rows, strict=True)]


def _frozen(plan: Plan, token: str, common: dict[str, object]) -> InvitationToken:
    return InvitationToken(
        digest=digest_of(token),
        hint=token[:4],
        plan=plan,
        plan_name=plan.name,
        days=plan.days,
        price=plan.price,
        currency=plan.currency,
        **common,
    )


# --- recognising ------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Invitation:
    """What a message presents: `digest` is '' for a malformed code, `bare` tells a text that may be no code at all."""

    digest: str
    bare: bool = False


def find_invitation(text: str, *, redacted: bool = False) -> Invitation | None:
    """The invitation a private text carries: `/start <code>`, a pasted link, or 16 token characters alone (M-TOKEN-11).

    None for any other text and for reserved payloads. A digest in place of the code counts only where the stored update
    was `redacted`, else whoever learnt a digest could present it.
    """
    text = text.strip()
    if match := _COMMAND.fullmatch(text) or _LINK.search(text):
        return None if match[1].strip() in RESERVED_PAYLOADS else Invitation(_digest(match[1].strip(), redacted))
    if _BARE.fullmatch(text) or (redacted and redaction.DIGEST.fullmatch(text)):
        return Invitation(_digest(text, redacted), bare=True)
    return None


def _digest(code: str, redacted: bool) -> str:
    if redacted and (match := redaction.DIGEST.fullmatch(code)):
        return match[1]
    return digest_of(code) if redaction.TOKEN.fullmatch(code) else ""


# --- presenting -------------------------------------------------------------------------------------------------------


def redeem_token(person: Person, *, invitation: Invitation, reply: Reply) -> None:
    """Honour an invitation or decline it kindly, in one transaction with all that follows from it (M-TOKEN-4..12).

    A custodian's is not consumed: see `preview_token`. Answered through `reply`.
    """
    with transaction.atomic():
        person = _held(person)
        if person.is_blocked:
            _refuse(person, reply)
        elif wait := _shut_out_for(person):
            reply.say(screen("invitation.too_many", minutes=wait))
        elif token := _claim(person, digest=invitation.digest):
            _honour(person, token, reply)
        else:
            _decline(person, invitation, reply)


def preview_token(*, invitation: Invitation, now: datetime) -> list[Screen]:
    """A custodian sees the card, then the receipt as its recipient would read it (M-TOKEN-10). Nothing changes."""
    token = InvitationToken.objects.select_related("issued_by").filter(digest=invitation.digest).first()
    if token is None:
        return [screen("desk.pointer").on("panel_only") if invitation.bare else screen("invitation.unknown")]
    live = _situation(token, None, now) == ""
    card = screen(
        "invitation.preview",
        plan=token.plan_name,
        days=_or_empty(token.days),
        price=_price(token),
        state=voice.render_plain(f"invitation.state_{_situation(token, None, now) or 'live'}"),
        redeem_by=token.redeem_by,
        issuer=token.issued_by.first_name if token.issued_by else "",
        note=token.note,
    ).on("invitation_card", token=token.pk, redeemable=live)
    return [card, _receipt(token, now + timedelta(days=token.days))] if token.days else [card]


def ask_redeem_for_self(person: Person, *, token_id: int) -> Screen:
    """Ask a custodian before redeeming; the button carries a one-use code. Raises Gone, NotAllowed."""
    roles.require(person.member, "invitations.redeem_for_self")
    token = InvitationToken.objects.filter(pk=token_id).first()
    if token is None or _situation(token, None, person.now):
        raise Gone()
    code = operations.offer(person.member, REDEEM_FOR_SELF, {"token": token.pk}, now=person.now)
    return screen("invitation.redeem_confirm", plan=token.plan_name, days=token.days).on("redeem_confirm", code=code)


def redeem_for_self(person: Person, *, code: str, reply: Reply) -> bool:
    """A custodian's confirmed redemption; False for a press that comes too late, and says why.

    Raises Gone, NotAllowed, Refused (lapsed).
    """
    roles.require(person.member, "invitations.redeem_for_self")
    with transaction.atomic():
        person = _held(person)
        operation, _ = operations.take(person.member, REDEEM_FOR_SELF, code, now=person.now)
        token_id = operation.arguments["token"]
        if token := _claim(person, pk=token_id):
            _honour(person, token, reply, operation=code)
        else:
            reply.say(_refusal(InvitationToken.objects.get(pk=token_id), person))
    return token is not None


# --- parts ------------------------------------------------------------------------------------------------------------


def _held(person: Person) -> Person:
    """The person with the member's row locked, so that two codes of one person are worked one after the other."""
    member = Member.objects.select_for_update(no_key=True).get(pk=person.member.pk)
    if not member.is_reachable or member.started_at is None:
        members.open_chat(member, now=person.now)
    return replace(person, member=member)


def _claim(person: Person, **which: object) -> InvitationToken | None:
    """The one conditional UPDATE that decides who an invitation belongs to (M-TOKEN-5)."""
    redeemable = InvitationToken.objects.filter(
        **which, is_used=False, revoked_at=None, redeem_by__gt=person.now, days__isnull=False
    )
    if redeemable.update(is_used=True, used_by=person.member, used_at=person.now) != 1:
        return None
    return InvitationToken.objects.get(**which)


def _honour(person: Person, token: InvitationToken, reply: Reply, *, operation: str = "") -> None:
    member, now = person.member, person.now
    actor = audit.Actor.member(member)
    credit = credits.credit_time(
        member,
        kind=LedgerEntry.Kind.SALE,
        duration=timedelta(days=token.days),
        now=now,
        actor=actor,
        token=token,
        plan_id=token.plan_id,
        plan_name=token.plan_name,
        days=token.days,
        amount=token.price or Decimal(0),
        currency=token.currency,
    )
    FailedCode.objects.filter(member=member).delete()
    audit.record(actor, "redeem_invitation", token, member=member, after={"days": token.days}, operation=operation)
    reply.say(_receipt(token, credit.subscription.expires_at, previous=credit.previous_end))
    _lead_in(person, credit.subscription, reply)
    arrival = voice.render_plain(f"desk_channels.arrival_{'extended' if credit.previous_end else 'new'}")
    visitor = (member.telegram_id, member.first_name)
    sold = screen("desk_channels.new_member", visitor=visitor, plan=token.plan_name, arrival=arrival)
    notices.tell_custodians(sold, key=f"sale:{token.pk}", now=now)


def _lead_in(person: Person, subscription: Subscription, reply: Reply) -> None:
    """After the receipt: the stage of the ritual, the VIP menu, or a fresh link at once (M-RITUAL-8)."""
    person = replace(person, subscription=subscription)
    if person.stage == Subscription.Stage.COMPLETED and not person.is_inside:
        links.renew_now(subscription, message_key="access.link", now=person.now)
    elif (shown := ritual.resume(person, reply)) is not None:
        reply.say(shown, secret=person.stage == Subscription.Stage.DELIVERY)


def _decline(person: Person, invitation: Invitation, reply: Reply) -> None:
    token = InvitationToken.objects.filter(digest=invitation.digest).first()
    if token and _situation(token, person.member, person.now) == "already_yours":
        reply.say(screen("invitation.already_yours"))
        if (shown := ritual.current_screen(person, reply)) is not None:
            reply.say(shown)
        return
    FailedCode.objects.create(member=person.member, at=person.now)
    if token is None and invitation.bare:
        reply.say(screen("common.unknown_text", name=person.member.first_name).on("menu_only"))
    else:
        reply.say(_refusal(token, person))


def _refusal(token: InvitationToken | None, person: Person) -> Screen:
    if token is None:
        return screen("invitation.unknown")
    situation = _situation(token, person.member, person.now)
    values = {"since": token.redeem_by} if situation == "expired" else {}
    refused = screen(f"invitation.{situation}", **values)
    return refused if situation == "already_yours" else screens.with_contact(refused).on("contact")


def _situation(token: InvitationToken, member: Member | None, now: datetime) -> str:
    """The first that applies of the table of §4: '' for one that can be redeemed."""
    if token.is_used:
        return "already_yours" if member and token.used_by_id == member.pk else "used"
    if token.revoked_at or token.days is None:
        return "revoked"
    return "expired" if token.redeem_by <= now else ""


def _receipt(token: InvitationToken, expires_on: datetime, *, previous: datetime | None = None) -> Screen:
    facts = {"plan": token.plan_name, "days": token.days, "price": _price(token), "expires_on": expires_on}
    if previous:
        return screen("invitation.receipt_extended", previous=previous, **facts)
    return screen("invitation.receipt", **facts)


def _price(token: InvitationToken) -> Sequence[object] | str:
    return "" if token.price is None else (token.price, token.currency)


def _or_empty(value: object) -> object:
    return "" if value is None else value


def _refuse(person: Person, reply: Reply) -> None:
    if members.due_for_refusal(person.member, now=person.now):
        reply.say(screen("common.refusal"))
    else:
        reply.close()


def _shut_out_for(person: Person) -> int:
    """Minutes until the person may try codes again after too many that opened nothing; 0 = now (M-TOKEN-9)."""
    since = person.now - limits.FAILED_CODES_WITHIN
    recent = FailedCode.objects.filter(member=person.member, at__gt=since).order_by("-at").values_list("at", flat=True)
    failed = list(recent[: limits.FAILED_CODES])
    if len(failed) < limits.FAILED_CODES:
        return 0
    return -(-(failed[-1] + limits.FAILED_CODES_WITHIN - person.now) // MINUTE)
