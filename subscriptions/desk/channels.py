"""The two channels as custodians connect, look after and leave them (C-CHAN)."""

import re
from dataclasses import asdict
from datetime import datetime

from django.db import transaction

from botcore import channels, config, notices, operations, outbox, roles, voice
from botcore.audit import JOB, Actor
from botcore.channels import ProbeFacts
from botcore.exceptions import Gone, Refused
from botcore.models import Channel
from botcore.outbox import Reply
from botcore.screens import Screen, screen
from subscriptions import amounts, channel_change
from subscriptions.access import Person

CONNECT = "connect"
KINDS = tuple(Channel.Kind.values)
WAIT_PRESETS = (0, 4, 30, 60, 720, 1440)
WAIT = (0, 10080)
_NAME = re.compile(r"(?:https?://)?(?:t\.me/|@)([A-Za-z][A-Za-z0-9_]{3,31})/?")
_NUMBER = re.compile(r"-?[0-9]{1,15}")
Answers = dict[str, object]


# --- looking ----------------------------------------------------------------------------------------------------------


def channel_screen(person: Person, *, kind: str) -> Screen:
    """A channel with its checks, the age of the last probe and all that can be done; or that none is set (C-CHAN-8)."""
    channel = _connected(kind)
    if channel is None:
        return screen("desk_channels.channel_unset", place=place(kind)).on("channel_unset", kind=kind)
    age = person.now - channel.probed_at if channel.probed_at else ""
    stakes = channel_change.stakes(now=person.now)
    shown = screen(
        f"desk_channels.channel_{kind}",
        channel=channels.title_of(channel),
        checks=channels.checks(channel),
        probed=age,
        **({"members": stakes.subscriptions} if kind == Channel.Kind.VIP else _queue_facts(channel, stakes)),
    )
    return shown.on("channel", kind=kind, automatic=config.current().free_auto_approve)


def _queue_facts(channel: Channel, stakes: channel_change.Stakes) -> dict[str, object]:
    settings = config.current()
    approval = voice.render_plain(f"desk_channels.approval_{'on' if settings.free_auto_approve else 'off'}")
    return {
        "wait": settings.free_wait_minutes,
        "pending": stakes.requests,
        "approval": approval,
        "free_link": channel.invite_link,
    }


def place(kind: str) -> str:
    """The word for what the channel is in the house."""
    return voice.render_plain(f"desk_channels.word_{kind}")


def _connected(kind: str) -> Channel | None:
    if kind not in KINDS:
        raise Gone()
    return Channel.objects.filter(kind=kind).first()


def _must_be_connected(kind: str) -> Channel:
    channel = _connected(kind)
    if channel is None:
        raise Gone()
    return channel


# --- connecting -------------------------------------------------------------------------------------------------------


def ask_chat(person: Person, answers: Answers) -> Screen:
    """What to send, and the buttons that add the bot to a channel or a supergroup."""
    return screen("desk_channels.set_up_prompt", place=place(answers["kind"])).on("connect")


def awaits_chat() -> Screen:
    return screen("desk.expected_forward")


def read_chat(text: str) -> int | str:
    """The id or `@name` that was typed. Raises Refused for a person's id and for anything else."""
    text = text.strip()
    if match := _NAME.fullmatch(text):
        return f"@{match[1]}"
    if not _NUMBER.fullmatch(text):
        raise Refused("desk.expected_forward")
    if int(text) >= 0:
        raise _refused("user")
    return int(text)


def refuse(reason: str) -> None:
    """Raise the refusal of a chat for one of the words of `desk_channels.reason_…`."""
    raise _refused(reason)


def _refused(reason: str, **values: object) -> Refused:
    return Refused("desk_channels.set_up_refused", reasons=[(f"desk_channels.reason_{reason}", values)])


def propose(person: Person, *, kind: str, facts: ProbeFacts) -> Screen:
    """What connecting the chat would mean, with the button that does it; the channel already set is only checked again.

    Raises Refused with all that is missing (C-CHAN-1, -3, -4).
    """
    roles.require(person.member, "channels.manage")
    present = _connected(kind)
    if present and present.chat_id in (facts.chat_id, facts.migrated_from):
        channels.settle_probe(kind, facts, now=person.now, owed=channel_change.owed_through(kind))
        present.refresh_from_db()
        checks = channels.checks(present)
        shown = screen("desk_channels.already_set", channel=channels.title_of(present), checks=checks)
        return shown.on("to_channel", kind=kind)
    if reasons := channels.refusals(facts):
        raise Refused("desk_channels.set_up_refused", reasons=reasons)
    if Channel.objects.filter(chat_id=facts.chat_id).exists():
        raise _refused("same_chat")
    return review(person, {"kind": kind, "facts": asdict(facts)})


def review(person: Person, arguments: Answers) -> Screen:
    """The question before a channel is connected or replaced, with its warnings and counts (C-CHAN-5, -6)."""
    kind, facts = arguments["kind"], ProbeFacts(**arguments["facts"])
    code = operations.offer(person.member, CONNECT, {"kind": kind, "facts": asdict(facts)}, now=person.now)
    warnings = [(f"desk_channels.warning_{word}", {}) for word in channels.warnings_of(kind, facts)]
    title, present = facts.title or str(facts.chat_id), _connected(kind)
    if present is None:
        warnings = warnings or [("desk_channels.check_ok", {})]
        shown = screen("desk_channels.set_up_confirm", channel=title, place=place(kind), warnings=warnings)
        return shown.on("connect_confirm", kind=kind, code=code)
    shown = _replacing(person, kind, channels.title_of(present), title)
    for key, values in warnings:
        shown = shown.plus(key, **values)
    return shown.on("connect_confirm", kind=kind, code=code, replacing=True)


def _replacing(person: Person, kind: str, previous: str, title: str) -> Screen:
    stakes = channel_change.stakes(now=person.now)
    if kind == Channel.Kind.FREE:
        counts = {"pending": stakes.requests}
    else:
        counts = {"members": stakes.subscriptions, "links": stakes.links}
    return screen(f"desk_channels.replace_confirm_{kind}", previous=previous, channel=title, **counts)


def chat_without_link(person: Person, *, code: str) -> int | None:
    """The Free channel this confirmation connects, where the bot shall make a link first; else None.

    Raises Gone for a foreign code.
    """
    arguments = operations.arguments_of(person.member, CONNECT, code)
    if arguments is None:
        raise Gone()
    kind, facts = arguments["kind"], ProbeFacts(**arguments["facts"])
    present = _connected(kind)
    stored = present is not None and present.chat_id == facts.chat_id and present.invite_link
    return facts.chat_id if kind == Channel.Kind.FREE and not stored else None


def connect(person: Person, *, code: str, tell: bool, link: str, reply: Reply) -> None:
    """The confirmed connection; `link` is the one the bot made for a Free channel, `tell` owes subscribers new ones.

    A later press shows the channel as it is. Raises Refused, Gone, NotAllowed.
    """
    roles.require(person.member, "channels.manage")
    actor = Actor.custodian(person.member)
    with transaction.atomic():
        operation, won = operations.take(person.member, CONNECT, code, now=person.now)
        kind, facts = operation.arguments["kind"], ProbeFacts(**operation.arguments["facts"])
        if not won:
            reply.say(channel_screen(person, kind=kind))
            return
        connection = channel_change.change_channel(kind=kind, facts=facts, actor=actor, now=person.now, tell=tell)
        if link:
            channels.set_invite_link(kind=kind, url=link, actor=actor, only_if_none=True)
        connection.channel.refresh_from_db()
        reply.say(_connected_screen(connection.channel))


def _connected_screen(channel: Channel) -> Screen:
    title = channels.title_of(channel)
    shown = screen("desk_channels.set_up_done", channel=title, place=place(channel.kind))
    if channel.kind != Channel.Kind.FREE:
        return shown.on("to_channel", kind=channel.kind)
    return shown.plus("desk_channels.link_of_free", free_link=channel.invite_link).on(
        "free_link", url=channel.invite_link
    )


# --- looking after ----------------------------------------------------------------------------------------------------


def settle_recheck(person: Person, *, kind: str, facts: ProbeFacts | None) -> Screen:
    """What a probe by hand found; None = Telegram did not answer."""
    if facts is not None:
        channels.settle_probe(kind, facts, now=person.now, owed=channel_change.owed_through(kind))
    shown = channel_screen(person, kind=kind)
    return shown if facts is not None else shown.plus("desk_channels.reason_unreachable")


def settle_probe(kind: str, facts: ProbeFacts, *, now: datetime) -> tuple[str, ...]:
    """What a probe by itself found, with the number of obligations that resume where rights are back."""
    return channels.settle_probe(kind, facts, now=now, owed=channel_change.owed_through(kind))


def keep_made_link(url: str) -> None:
    """The link the bot made for the Free channel by itself; one that was pasted meanwhile stays."""
    channels.set_invite_link(kind=Channel.Kind.FREE, url=url, actor=JOB, only_if_none=True)


def ask_disconnect(person: Person, *, kind: str) -> Screen:
    channel = _must_be_connected(kind)
    shown = screen("desk_channels.disconnect_confirm", channel=channels.title_of(channel), place=place(kind))
    return shown.plus("desk_channels.left_owed", count=channel_change.owed_through(kind)).on(
        "disconnect_confirm", kind=kind
    )


def disconnect(person: Person, *, kind: str, reply: Reply) -> None:
    """Forget the channel; pressed again it shows that none is set (C-CHAN-9)."""
    roles.require(person.member, "channels.manage")
    with transaction.atomic():
        channels.disconnect_channel(kind=kind, actor=Actor.custodian(person.member))
        reply.say(channel_screen(person, kind=kind))


def switch_approval(person: Person, *, automatic: bool, reply: Reply) -> None:
    """Automatic approval on or off (C-CHAN-10)."""
    roles.require(person.member, "channels.manage")
    with transaction.atomic():
        config.change(Actor.custodian(person.member), free_auto_approve=automatic)
        reply.say(channel_screen(person, kind=Channel.Kind.FREE))


def ask_wait(person: Person, answers: Answers) -> Screen:
    """The present wait, how many are waiting, and the usual choices."""
    minutes, pending = config.current().free_wait_minutes, channel_change.stakes(now=person.now).requests
    presets = [[f"desk_channels.wait_{number}", "minutes", str(number), {}] for number in WAIT_PRESETS]
    shown = screen("desk_channels.wait_prompt", wait=minutes, pending=pending)
    return shown.on("dialogue", choices=[presets[:3], presets[3:]])


def read_wait(text: str) -> int:
    return amounts.parse_integer(text, WAIT)


def awaits_wait() -> Screen:
    return screen("desk.expected_number", low=WAIT[0], high=WAIT[1])


def save_wait(person: Person, answers: Answers, reply: Reply) -> None:
    """The wait of requests from now on; what was promised is not moved (M-FREE-2)."""
    roles.require(person.member, "channels.manage")
    with transaction.atomic():
        config.change(Actor.custodian(person.member), free_wait_minutes=answers["minutes"])
        pending = channel_change.stakes(now=person.now).requests
        shown = screen("desk_channels.wait_saved", wait=answers["minutes"], pending=pending)
        reply.say(shown.on("to_channel", kind=Channel.Kind.FREE))


def link_screen(person: Person) -> Screen:
    """The link of the Free channel, with the button that copies it (C-CHAN-7)."""
    url = _must_be_connected(Channel.Kind.FREE).invite_link
    return screen("desk_channels.free_link", free_link=url).on("free_link", url=url, change=True)


def ask_link(person: Person, answers: Answers) -> Screen:
    return screen("desk_channels.free_link_prompt").on("dialogue")


def awaits_link() -> Screen:
    return screen("desk.expected_link")


def read_link(text: str) -> str:
    """A pasted `https://t.me/…` link. Raises Refused."""
    if not re.fullmatch(r"https://t\.me/\S{1,180}", text.strip()):
        raise Refused("desk.expected_link")
    return text.strip()


def save_link(person: Person, answers: Answers, reply: Reply) -> None:
    """The custodian's own link takes the place of the bot's."""
    roles.require(person.member, "channels.manage")
    with transaction.atomic():
        _must_be_connected(Channel.Kind.FREE)
        channels.set_invite_link(kind=Channel.Kind.FREE, url=answers["url"], actor=Actor.custodian(person.member))
        reply.say(screen("desk_channels.free_link_saved", free_link=answers["url"]).on("free_link", url=answers["url"]))


# --- watching ---------------------------------------------------------------------------------------------------------


def chat_id_of(kind: str) -> int | None:
    """The chat that serves as `kind`, if one does."""
    channel = _connected(kind)
    return channel.chat_id if channel else None


def kind_of(chat_id: int) -> str | None:
    """What the chat serves as, if it is connected."""
    return Channel.objects.filter(chat_id=chat_id).values_list("kind", flat=True).first()


def offer_promoted(
    person: Person, *, chat_id: int, title: str, waiting_for: str, facts: ProbeFacts | None, key: str
) -> None:
    """The bot became administrator somewhere (C-CHAN-2); `key` names the update, so that it is said once.

    To a custodian who waits for it the chat is proposed, any other custodian is asked what it shall be, and what a
    stranger did is only reported.
    """
    if not roles.may(person.member, "channels.manage"):
        visitor = (person.member.telegram_id, person.member.first_name)
        report = screen("desk_channels.promoted_foreign", channel=title, visitor=visitor)
        notices.tell_custodians(report, key=key, now=person.now)
        return
    asked = screen("desk_channels.promoted", channel=title).on("proposed", chat=chat_id)
    if waiting_for and facts is not None:
        try:
            asked = propose(person, kind=waiting_for, facts=facts)
        except Refused as refusal:
            asked = screen(refusal.key, **refusal.values)
    outbox.say(person.member.telegram_id, asked, key=key, now=person.now, priority=outbox.INTERACTIVE)
