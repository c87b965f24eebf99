"""Personal links into VIP (M-ACCESS-1..3, -7, -8): owed in a transaction, made and revoked by tracked calls."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Q, QuerySet

from botcore import channels, config, limits, outbox
from botcore.models import Channel, Presence
from botcore.outbox import CallResult, Outcome, Reply
from botcore.screens import Screen
from subscriptions import screens, tracked
from subscriptions.access import Person, has_access, subscription_of
from subscriptions.models import AccessLink, Subscription
from subscriptions.tracked import alarm_if_slow, put_back

State = AccessLink.State
OPEN = AccessLink.OPEN
ONE_DAY = timedelta(days=1)

# Answers after which a revocation has nothing left to do: the link, the chat or the right to it is no more.
_REVOKED = (Outcome.DONE, Outcome.ALREADY, Outcome.GONE, Outcome.PERSON)


@dataclass(frozen=True)
class LinkOrder:
    """createChatInviteLink to make, asking before it lets in; `lift_first`: Telegram id to unban first (M-ACCESS-7)."""

    link_id: int
    chat_id: int
    name: str
    expire_date: datetime
    lift_first: int | None = None


@dataclass(frozen=True)
class RevokeOrder:
    """revokeChatInviteLink to make."""

    link_id: int
    chat_id: int
    url: str


# --- owing and showing ------------------------------------------------------------------------------------------------


def owe_link(
    subscription: Subscription, *, message_key: str, now: datetime, edit: int | None = None
) -> AccessLink | None:
    """Owe a personal link, delivered as `message_key` (in place of message `edit`); None if one is live or being made.

    Belongs inside the transaction that causes it.
    """
    Subscription.objects.select_for_update().get(pk=subscription.pk)
    _mark_expired(subscription.links.all(), now)
    if subscription.links.filter(state__in=OPEN).exists():
        return None
    return AccessLink.objects.create(
        subscription=subscription, message_key=message_key, edit_message_id=edit, issued_at=now, next_try_at=now
    )


def show_link(person: Person, reply: Reply, *, message_key: str) -> Screen | None:
    """The screen of the live link, or of its making; None when one is on its way and comes by itself (M-ACCESS-2)."""
    link = person.link
    if link and link.state == State.LIVE and link.expires_at > person.now:
        return screens.link_screen(message_key, person.member, person.subscription, link, now=person.now)
    if link and link.state == State.ISSUING:
        return screens.preparing_screen() if link.preparing_said else None
    with transaction.atomic():
        owe_link(person.subscription, message_key=message_key, now=person.now, edit=reply.edit)
        reply.close()
    return None


def show_access(person: Person, reply: Reply) -> Screen | None:
    """What "my access" opens: inside already, the live link, or one that is made now. None as in `show_link`."""
    if (refused := _not_ready(person)) is not None:
        return refused
    if person.stage == Subscription.Stage.DELIVERY:
        return show_link(person, reply, message_key="ritual.delivery")
    if person.is_inside:
        return screens.already_inside_screen()
    return show_link(person, reply, message_key="access.link")


def renew_link(person: Person, reply: Reply, *, anyway: bool = False) -> Screen | None:
    """/enlace and the "new link" button: a new link, the former revoked (M-ACCESS-3). None as in `show_link`.

    `anyway` is the wish for a link although the person is inside.
    """
    if (refused := _not_ready(person)) is not None:
        return refused
    if person.is_inside and not anyway:
        return screens.already_inside_screen()
    with transaction.atomic():
        subscription = subscription_of(person.member)
        _mark_expired(subscription.links.all(), person.now)
        link = subscription.links.filter(state__in=OPEN).first()
        again_in = _wait_for_another(subscription, person.now)
        if link is None or (link.state == State.LIVE and not again_in and not _is_recent(link, person.now)):
            key = "access.link_renewed" if link else "access.link"
            renew_now(subscription, message_key=key, now=person.now, edit=reply.edit)
            reply.close()
            return None
    if link.state == State.ISSUING:
        return screens.preparing_screen() if link.preparing_said else None
    if again_in and not _is_recent(link, person.now):
        return screens.limit_screen(link, again_in=again_in)
    return screens.link_screen("access.link", person.member, subscription, link, now=person.now)


def renew_now(subscription: Subscription, *, message_key: str, now: datetime, edit: int | None = None) -> None:
    """Owe a fresh link although one may be live: that one is revoked. Belongs inside a transaction."""
    subscription.links.filter(state=State.LIVE).update(
        state=State.REVOKING, revoked_at=now, next_try_at=now, attempts=0
    )
    owe_link(subscription, message_key=message_key, now=now, edit=edit)


def revoke_links(subscription: Subscription, *, now: datetime) -> None:
    """Access ended or the person is inside: no open link stays. Belongs inside the transaction of that fact."""
    _mark_expired(subscription.links.all(), now)
    # Locked first: a link that turns live at this very moment would otherwise slip between the two updates.
    list(subscription.links.select_for_update().filter(state__in=OPEN))
    subscription.links.filter(state=State.LIVE).update(
        state=State.REVOKING, revoked_at=now, next_try_at=now, attempts=0
    )
    # A call that is in flight for this row is met in settle_link, which sees the row dead and revokes what was made.
    subscription.links.filter(state=State.ISSUING).update(state=State.DEAD, revoked_at=now)


# --- making -----------------------------------------------------------------------------------------------------------


def claim_links(*, now: datetime, limit: int) -> list[LinkOrder]:
    """Claim links that are owed. Without a VIP channel none can be made: people are told once, custodians too."""
    due = _due(State.ISSUING, now).select_related("subscription__member")
    return tracked.claim_all(due, _claim_link, now=now, limit=limit)


def _claim_link(link: AccessLink, now: datetime) -> LinkOrder | None:
    vip = config.current().vip
    with transaction.atomic():
        member, subscription = link.subscription.member, link.subscription
        if not has_access(member, subscription, now=now):
            AccessLink.objects.filter(pk=link.pk, state=State.ISSUING).update(state=State.DEAD, revoked_at=now)
            return None
        if not _claim(link, now):
            return None
        if vip is None:
            _postpone(link, CallResult(Outcome.CONFIGURATION, "no VIP channel is set"), now)
            return None
        AccessLink.objects.filter(pk=link.pk).update(chat_id=vip.chat_id)
    end = now + limits.LINK_VALID
    if not subscription.exempt:
        end = min(end, subscription.expires_at + config.current().grace)
    lift = member.telegram_id if member.vip_presence == Presence.BANNED else None
    return LinkOrder(link.pk, vip.chat_id, f"L{subscription.pk}-{link.pk}"[:32], end, lift)


def settle_link(order: LinkOrder, result: CallResult, *, now: datetime) -> None:
    """Record how the making went: deliver the link, or say once that it is being prepared and retry (M-RITUAL-9)."""
    with transaction.atomic():
        rows = AccessLink.objects.select_for_update(of=["self"]).select_related("subscription__member")
        link = rows.get(pk=order.link_id)
        if result.outcome is not Outcome.DONE:
            if link.state == State.ISSUING:
                _postpone(link, result, now)
            return
        wanted = link.state == State.ISSUING and has_access(link.subscription.member, link.subscription, now=now)
        made = {
            "state": State.LIVE if wanted else State.REVOKING,
            "url": str(result.value["invite_link"]),
            "name": order.name,
            "chat_id": order.chat_id,
            "expires_at": order.expire_date,
            "revoked_at": None if wanted else now,
        }
        retry = {"claimed_until": None, "attempts": 0, "next_try_at": now, "last_error": ""}
        AccessLink.objects.filter(pk=link.pk).update(**made, **retry)
        if wanted:
            link.url, link.expires_at = made["url"], made["expires_at"]
            _deliver(link, now)


def _deliver(link: AccessLink, now: datetime) -> None:
    member = link.subscription.member
    if member.unreachable_since is None:
        shown = screens.link_screen(link.message_key, member, link.subscription, link, now=now)
        _tell(link, shown, key=f"link:{link.pk}", now=now, secret=True)


def _postpone(link: AccessLink, result: CallResult, now: datetime) -> None:
    """Not now: the person reads once that the link is being prepared, custodians hear what stands in the way."""
    values = put_back(link, result, State.ISSUING, now=now) | {"edit_message_id": None}
    if result.outcome is Outcome.CONFIGURATION:
        values["next_try_at"] = now + limits.LEASE
        channels.note_configuration_error(Channel.Kind.VIP, result.detail, now=now)
    else:
        alarm_if_slow(AccessLink.objects.filter(state=State.ISSUING), link.issued_at, "vip", now=now)
    if not link.preparing_said and link.subscription.member.unreachable_since is None:
        values["preparing_said"] = True
        _tell(link, screens.preparing_screen(), key=f"link:{link.pk}:preparing", now=now)
    AccessLink.objects.filter(pk=link.pk).update(**values)


def _tell(link: AccessLink, shown: Screen, *, key: str, now: datetime, secret: bool = False) -> None:
    chat_id = link.subscription.member.telegram_id
    outbox.say(chat_id, shown, key=key, now=now, priority=outbox.INTERACTIVE, edit=link.edit_message_id, secret=secret)


# --- revoking and expiring --------------------------------------------------------------------------------------------


def claim_revocations(*, now: datetime, limit: int) -> list[RevokeOrder]:
    """Claim links whose revocation is owed."""
    return tracked.claim_all(_due(State.REVOKING, now), _claim_revocation, now=now, limit=limit)


def _claim_revocation(link: AccessLink, now: datetime) -> RevokeOrder | None:
    return RevokeOrder(link.pk, link.chat_id, link.url) if _claim(link, now) else None


def settle_revocation(order: RevokeOrder, result: CallResult, *, now: datetime) -> None:
    """Record how a revocation went; an unknown refusal is given up after five tries, for the link expires by itself."""
    link = AccessLink.objects.get(pk=order.link_id)
    values = put_back(link, result, State.REVOKING, now=now)
    given_up = result.outcome is Outcome.UNKNOWN and values["attempts"] >= limits.UNKNOWN_TRIES
    if result.outcome in _REVOKED or given_up:
        values["state"] = State.DEAD
    elif result.outcome is Outcome.CONFIGURATION:
        values["next_try_at"] = now + limits.LEASE
        channels.note_configuration_error(Channel.Kind.VIP, result.detail, now=now)
    AccessLink.objects.filter(pk=link.pk, state=State.REVOKING).update(**values)


def expire_links(*, now: datetime) -> int:
    """Mark links dead whose date has passed; returns how many."""
    return _mark_expired(AccessLink.objects.all(), now)


# --- parts ------------------------------------------------------------------------------------------------------------


def _not_ready(person: Person) -> Screen | None:
    """What somebody without access, or before the third stage of the ritual, is shown instead of a link."""
    if not person.has_access:
        return screens.no_access_screen()
    if person.stage in (Subscription.Stage.CONFIRMATION, Subscription.Stage.ALIGNMENT):
        return screens.ritual_screen(person)
    return None


def _is_recent(link: AccessLink, now: datetime) -> bool:
    return now - link.issued_at < limits.LINK_SAME_WITHIN


def _wait_for_another(subscription: Subscription, now: datetime) -> timedelta | None:
    """How long until a new link may be ordered; None while today's number is not used up."""
    today = subscription.links.filter(issued_at__gt=now - ONE_DAY).order_by("-issued_at")
    issued = list(today.values_list("issued_at", flat=True)[: limits.LINKS_PER_DAY])
    return issued[-1] + ONE_DAY - now if len(issued) == limits.LINKS_PER_DAY else None


def _mark_expired(links: QuerySet[AccessLink], now: datetime) -> int:
    expired = links.filter(state__in=[State.LIVE, State.REVOKING], expires_at__lte=now)
    return expired.update(state=State.DEAD, claimed_until=None)


def _due(state: str, now: datetime) -> QuerySet[AccessLink]:
    free = Q(claimed_until=None) | Q(claimed_until__lte=now)
    return AccessLink.objects.filter(free, state=state, next_try_at__lte=now).order_by("next_try_at", "id")


def _claim(link: AccessLink, now: datetime) -> bool:
    return _due(link.state, now).filter(pk=link.pk).order_by().update(claimed_until=now + limits.LEASE) == 1
