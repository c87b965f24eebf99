"""What members are shown: the table of M-START as one function, the ritual, and the pages of the menus."""

import enum
from datetime import datetime, timedelta

from botcore import config, voice
from botcore.models import Member, Presence
from botcore.screens import Screen, screen
from subscriptions import free_queue, plans
from subscriptions.access import ENDED, GRACE, NONE, Person, paired_stage, subscription_state
from subscriptions.desk.panel import matters
from subscriptions.models import AccessLink, LedgerEntry, Subscription

Stage = Subscription.Stage
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
# What is said of a waiting request: with its estimate, about to be let in, and where no time can be promised.
MENU_REQUEST = ("menu.free_waiting", "menu.free_waiting_imminent", "menu.free_waiting_untimed")
STATUS_REQUEST = ("start.status_request", "start.status_request_imminent", "start.status_request_untimed")


class Row(enum.Enum):
    """The rows of the table in M-START."""

    S0 = "blocked by staff"
    S1 = "custodian"
    S2 = "visitor"
    S3 = "free"
    S4 = "confirmation"
    S5 = "alignment"
    S6 = "delivery"
    S7 = "inside"
    S8 = "outside"
    S9 = "grace"
    S10 = "ended, ritual completed"
    S11 = "ended, ritual cancelled"
    S12 = "expelled"
    S13 = "forbidden pair"


_BY_STAGE = {Stage.CONFIRMATION: Row.S4, Stage.ALIGNMENT: Row.S5, Stage.DELIVERY: Row.S6}


def row_of(
    *, custodian: bool, blocked: bool, known: bool, state: str, expelled: bool, stage: str, presence: str
) -> Row:
    """The row a person stands in; exactly one for every combination (M-START-1).

    `known`: the bot has a row of the person; `state` and `stage` as stored, so that S13 is told apart.
    """
    if custodian:
        return Row.S1
    if blocked:
        return Row.S0
    if paired_stage(state, stage) != stage:
        return Row.S13
    if state == NONE:
        return Row.S3 if known else Row.S2
    if state == ENDED:
        return Row.S12 if expelled else Row.S10 if stage == Stage.COMPLETED else Row.S11
    if state == GRACE:
        return Row.S9
    return _BY_STAGE.get(stage) or (Row.S7 if presence == Presence.IN else Row.S8)


def row_of_person(person: Person) -> Row:
    """The row of a met person; a forbidden pair is read as the one it is repaired to, so never S13."""
    return row_of(
        custodian=person.is_custodian,
        blocked=person.is_blocked,
        known=person.member.started_at is not None,
        state=person.state,
        expelled=_is_expelled(person),
        stage=person.stage,
        presence=person.member.vip_presence,
    )


def start_screen(person: Person, *, first: bool = False, opening: bool = True) -> Screen:
    """The answer of §3 to who the person is now.

    `first` is the first /start of a life; `opening` says the salute of the hour in the Free menu (typed /start and
    /menu), without it the menu's own words stand (buttons that lead back).
    """
    match row_of_person(person):
        case Row.S0:
            return screen("common.refusal")
        case Row.S1:
            return screen("start.custodian", name=person.member.first_name, alarms=len(matters(now=person.now))).on(
                "custodian_start"
            )
        case Row.S4 | Row.S5 | Row.S6 | Row.S7 | Row.S8 | Row.S9:
            return member_screen(person, first=first)
        case _:
            return _free_menu(person, first=first, opening=opening)


def member_screen(person: Person, *, first: bool = False) -> Screen:
    """The answer of S4–S9 to somebody with access, custodian or not: the stage of the ritual, or the VIP menu."""
    return ritual_screen(person) if person.in_ritual else _vip_menu(person, first=first)


# --- ritual and links -------------------------------------------------------------------------------------------------


def ritual_screen(person: Person) -> Screen:
    """The current stage of the ritual; at delivery the live link, or that it is being prepared."""
    name, now = person.member.first_name, person.now
    if person.stage == Stage.DELIVERY:
        link = person.link
        if link is None or link.state != AccessLink.State.LIVE or link.expires_at <= now:
            return with_grace(preparing_screen(), person.subscription, now=now)
        return link_screen("ritual.delivery", person.member, person.subscription, link, now=now)
    shown = screen(f"ritual.{person.stage}", name=name)
    in_grace = person.state == GRACE
    return with_grace(shown, person.subscription, now=now).on("ritual", stage=person.stage, contact=in_grace)


def link_screen(
    message_key: str, member: Member, subscription: Subscription, link: AccessLink, *, now: datetime
) -> Screen:
    """The message that hands over a live link, in the words of `message_key`."""
    hours = _rounded_up(link.expires_at - now, HOUR)
    if message_key == "ritual.delivery":
        shown = with_grace(screen(message_key, name=member.first_name, hours=hours), subscription, now=now)
        in_grace = subscription_state(subscription, now=now) == GRACE
        return shown.on("ritual", stage=Stage.DELIVERY.value, url=link.url, contact=in_grace)
    if message_key == "lifecycle.link_after_return":
        return screen(message_key, hours=hours).on("access_link", url=link.url)
    return screen(message_key, hours=hours, expires_at=link.expires_at).on("access_link", url=link.url)


def preparing_screen() -> Screen:
    return screen("access.preparing").on("menu_only")


def limit_screen(link: AccessLink, *, again_in: timedelta) -> Screen:
    """Today's links are used up: the live one, and when another may be ordered."""
    return screen("access.limit_reached", hours=_rounded_up(again_in, HOUR)).on("access_link", url=link.url)


def already_inside_screen() -> Screen:
    return screen("access.already_inside").on("new_link")


def no_access_screen() -> Screen:
    """How an invitation is obtained, for whoever asks for a link without access."""
    return with_contact(screen("access.none_yet")).on("contact", menu=True)


# --- menus ------------------------------------------------------------------------------------------------------------


def _vip_menu(person: Person, *, first: bool) -> Screen:
    subscription, name = person.subscription, person.member.first_name
    if first:
        shown = _with_membership(screen("start.first_greeting", name=name), person)
    elif subscription.exempt:
        shown = screen("menu.vip_exempt", name=name)
    else:
        shown = screen("menu.vip", name=name, expires_on=subscription.expires_at)
    in_grace = person.state == GRACE
    shown = with_grace(shown, subscription, now=person.now)
    return shown.on("menu", role="vip", inside=person.is_inside, contact=in_grace)


def _free_menu(person: Person, *, first: bool, opening: bool) -> Screen:
    key = "start.first_greeting" if first else "start.greeting" if opening else "menu.free"
    shown = screen(key, name=person.member.first_name)
    if person.state == ENDED:
        shown = _with_end(shown, person)
    if person.request:
        shown = _with_request(shown, person, MENU_REQUEST)
    return shown.on("menu", role="free", waiting=person.request is not None)


def membership_screen(person: Person) -> Screen:
    """My membership (M-MENU-4), for somebody with access."""
    subscription = person.subscription
    plan, renewals = _terms(subscription)
    facts = {"plan": plan, "since": subscription.started_at, "renewals": renewals, "link_state": _link_state(person)}
    if subscription.exempt:
        shown = screen("menu.membership_exempt", **facts)
    else:
        shown = screen(
            "menu.membership",
            **facts,
            state=_state_word(person),
            expires_on=subscription.expires_at,
            days_left=_days_left(person),
        )
    return with_contact(with_grace(shown, subscription, now=person.now)).on(
        "page", back="menu", plans=True, contact=True
    )


def circle_screen(*, back: str = "menu") -> Screen:
    """What the circle is, the plans on offer and how one enters (M-MENU-5); `back` is the screen it was opened by."""
    lines = plans.plan_lines()
    shown = screen("menu.circle", plans=lines) if lines else screen("menu.circle_no_plans")
    return with_contact(shown).on("page", back=back, home=back != "menu", contact=True)


def social_screen() -> Screen:
    """The creator's networks as buttons, in their configured order (M-MENU-7)."""
    links = config.current().social_links
    return screen("menu.social" if links else "menu.social_none").on(
        "page", back="menu", links=[list(pair) for pair in links]
    )


def request_screen(person: Person) -> Screen:
    """My request: position and estimate; no time is promised while the queue cannot keep it (M-FREE-8)."""
    if person.request is None:
        return screen("queue.none").on("menu_only")
    position, minutes = free_queue.position_of(person.request, now=person.now)
    if minutes is None:
        shown = screen("queue.paused", position=position)
    elif minutes == 0:
        shown = screen("queue.imminent")
    else:
        shown = screen("queue.position", position=position, estimate=minutes)
    return shown.on("menu_only")


def status_screen(person: Person) -> Screen:
    """/estado: the lines that apply, and the switch for announcements (M-MENU-9)."""
    opening = screen("start.status", name=person.member.first_name)
    shown = _with_membership(opening, person)
    if person.has_access:
        shown = shown.plus("start.status_ritual", stage=voice.render_plain(f"start.stage_{person.stage}"))
        shown = shown.plus("start.status_link", link_state=_link_state(person))
    if person.request:
        shown = _with_request(shown, person, STATUS_REQUEST)
    if shown == opening:
        shown = shown.plus("start.status_nothing")
    return shown.on("status", announcements=person.member.announcements)


def help_screen(person: Person) -> Screen:
    """/ayuda of a member: the commands of the role and how an invitation is obtained."""
    known = person.member.started_at is not None
    key = "start.help_vip" if person.has_access else "start.help_free" if known else "start.help_visitor"
    names = ["start", "menu", "estado", *(["enlace"] if person.has_access else []), "ayuda"]
    commands = [{"command": f"/{name}", "description": voice.render(f"start.command_{name}")} for name in names]
    return with_contact(screen(key, commands=commands)).on("help")


# --- parts ------------------------------------------------------------------------------------------------------------


def with_contact(shown: Screen) -> Screen:
    """Where no contact is configured there is no button, so the text says who will write (M-MENU-6)."""
    return shown if config.current().contact_url else shown.plus("common.no_contact")


def with_grace(shown: Screen, subscription: Subscription, *, now: datetime) -> Screen:
    """The line of the days of grace where they run."""
    if subscription_state(subscription, now=now) != GRACE:
        return shown
    return with_contact(shown.plus("menu.vip_grace", until=subscription.expires_at + config.current().grace))


def _with_membership(shown: Screen, person: Person) -> Screen:
    subscription = person.subscription
    if subscription is None:
        return shown
    plan, _ = _terms(subscription)
    if person.state == ENDED:
        return shown.plus("start.status_membership_ended", plan=plan, ended_on=_ended_on(subscription))
    if subscription.exempt:
        return shown.plus("start.status_membership_exempt", plan=plan)
    return shown.plus(
        "start.status_membership",
        plan=plan,
        state=_state_word(person),
        expires_on=subscription.expires_at,
        days_left=_days_left(person),
    )


def _with_end(shown: Screen, person: Person) -> Screen:
    if _is_expelled(person):
        return shown.plus("menu.free_expelled")
    return with_contact(shown.plus("menu.free_ended", ended_on=_ended_on(person.subscription)))


def _with_request(shown: Screen, person: Person, keys: tuple[str, str, str]) -> Screen:
    timed, imminent, untimed = keys
    position, minutes = free_queue.position_of(person.request, now=person.now)
    if minutes is None:
        return shown.plus(untimed, position=position)
    if minutes == 0:
        return shown.plus(imminent, position=position)
    return shown.plus(timed, position=position, estimate=minutes)


def _terms(subscription: Subscription) -> tuple[str, int]:
    """The plan's name of the last term that had one, and the number of renewals."""
    rows = list(subscription.ledger.values_list("kind", "plan_name", "is_renewal"))
    names = [name for _, name, _ in rows if name]
    sales = [kind for kind, _, is_renewal in rows if kind == LedgerEntry.Kind.SALE and is_renewal]
    return (names[-1] if names else ""), len(sales)


def _link_state(person: Person) -> str:
    if person.is_inside:
        return voice.render_plain("start.link_inside")
    state = person.link.state if person.link else "none"
    if state == AccessLink.State.LIVE and person.link.expires_at <= person.now:
        state = "none"
    return voice.render_plain(f"start.link_{state}")


def _state_word(person: Person) -> str:
    return voice.render_plain(f"start.state_{person.state}")


def _days_left(person: Person) -> int:
    return max(0, _rounded_up(person.subscription.expires_at - person.now, DAY))


def _rounded_up(span: timedelta, unit: timedelta) -> int:
    return -(-span // unit)


def _is_expelled(person: Person) -> bool:
    return bool(person.subscription) and person.subscription.end_reason == Subscription.EndReason.EXPELLED


def _ended_on(subscription: Subscription) -> datetime:
    """The recorded end, or the date it fell on while the record is still on its way."""
    return subscription.ended_at or subscription.expires_at + config.current().grace
