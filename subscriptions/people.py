"""Who sent an update, and what /start changes about that person."""

from datetime import datetime

from django.db import transaction

from botcore import members
from botcore.models import Member
from botcore.outbox import Reply
from botcore.screens import Screen
from subscriptions import links, ritual, screens
from subscriptions.access import Person


def meet_person(
    *,
    telegram_id: int,
    username: str | None,
    first_name: str | None,
    last_name: str | None,
    language: str | None,
    now: datetime,
) -> Person:
    """The person behind an update, profile refreshed; a row is made for a new one (also by two updates at once).

    One query for somebody known whose profile has not changed. A forbidden ritual stage is mended on the way
    (M-NAME-3).
    """
    person = _known_person(telegram_id, now)
    profile = members.profile_of(username=username, first_name=first_name, last_name=last_name, language=language)
    if person is None:
        member, created = Member.objects.get_or_create(
            telegram_id=telegram_id, defaults={**profile, "created_at": now, "last_seen_at": now}
        )
        person = Person(member, None, now) if created else _known_person(telegram_id, now)
    members.keep_profile(person.member, profile, now=now)
    if person.subscription:
        ritual.repair_pair(person.subscription, now=now)
    return person


def press_start(person: Person, reply: Reply, *, payload: str = "") -> Screen | None:
    """/start without invitation: the screen to show, or None when it was answered through `reply`.

    `payload` is '' or a reserved one (M-CMD-9). Only a first start, or one after the chat was lost, changes something
    and is answered in its transaction (M-START-2, M-BLOCK-4).
    """
    if person.member.is_reachable and person.member.started_at:
        return _opened(person, reply, payload)
    with transaction.atomic():
        first = members.open_chat(person.member, now=person.now)
        shown = _opened(person, reply, payload, first=first)
        if shown is not None:
            reply.say(shown)
    return None


def _opened(person: Person, reply: Reply, payload: str, *, first: bool = False) -> Screen | None:
    match payload:
        case "fila":
            return screens.request_screen(person)
        case "estado":
            return screens.status_screen(person)
        case "enlace":
            return links.renew_link(person, reply)
        case _:
            return ritual.current_screen(person, reply, first=first)


def switch_announcements(person: Person, reply: Reply, *, on: bool) -> None:
    """The person wants, or wants no more, broadcasts and win-back notices; answered with the state of affairs."""
    with transaction.atomic():
        Member.objects.filter(pk=person.member.pk).update(announcements=on)
        person.member.announcements = on
        reply.say(screens.status_screen(person))


def _known_person(telegram_id: int, now: datetime) -> Person | None:
    try:
        member = Member.objects.select_related("subscription").get(telegram_id=telegram_id)
    except Member.DoesNotExist:
        return None
    return Person(member, getattr(member, "subscription", None), now)
