"""The panel: a greeting, the state of the house in a line, the matters that wait, the doors to the rest (C-PANEL)."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.db.models import Count, Min, Q

from botcore import channels, config, voice
from botcore.models import Channel
from botcore.screens import Screen, screen
from subscriptions import plans
from subscriptions.access import Person
from subscriptions.models import Brake, FreeRequest, Removal

LATE, VERY_LATE = timedelta(minutes=5), timedelta(minutes=60)
PROBE_FRESH = timedelta(minutes=10)
MANY_WAITING = 50
MATTERS_SHOWN = 3
COMMANDS = (
    ("/admin", "desk.command_admin"),
    ("/cancelar", "desk.command_cancelar"),
    ("/ayuda", "start.command_ayuda"),
)


@dataclass(frozen=True)
class Matter:
    """Something a custodian can mend; `target` is the panel's screen where that is done, `number` what it is about."""

    key: str
    target: str
    red: bool = True
    values: dict[str, object] = field(default_factory=dict)
    number: int = 0


def panel_screen(person: Person) -> Screen:
    """`/admin`: at most three matters, most severe first, each with the button that mends it (C-PANEL-1, -2)."""
    found = matters(now=person.now)
    name = person.member.first_name
    lines = [(matter.key, matter.values) for matter in found[:MATTERS_SHOWN]]
    doors = list(dict.fromkeys((matter.target, matter.number) for matter in found[:MATTERS_SHOWN]))
    shown = screen("desk.panel", name=name, status=[_status(found)], alarms=lines)
    return shown.on("panel", mend=[list(door) for door in doors])


def help_screen() -> Screen:
    """/ayuda of a custodian."""
    commands = [{"command": command, "description": voice.render(key)} for command, key in COMMANDS]
    return screen("desk.help", commands=commands).on("panel_only")


def matters(*, now: datetime) -> list[Matter]:
    """All that waits for a custodian, red ones first."""
    connected = {channel.kind: channel for channel in Channel.objects.all()}
    found = [
        *_of_channel(Channel.Kind.VIP, connected.get(Channel.Kind.VIP), now),
        *_of_channel(Channel.Kind.FREE, connected.get(Channel.Kind.FREE), now),
        *_of_stock(),
        *_of_brakes(),
        *_of_removals(now),
        *_of_queue(now),
    ]
    return sorted(found, key=lambda matter: not matter.red)


def _status(found: list[Matter]) -> tuple[str, dict]:
    if not found:
        return "desk.status_ok", {}
    return ("desk.status_red" if found[0].red else "desk.status_amber"), {"count": len(found)}


def _of_channel(kind: str, channel: Channel | None, now: datetime) -> list[Matter]:
    if channel is None:
        return [Matter(f"desk.matter_{kind}_unset", kind)]
    title = {"channel": channel.title or str(channel.chat_id)}
    if channels.LOST & set(channel.missing):
        return [Matter("desk.matter_channel_lost", kind, values=title)]
    if channel.missing:
        words = [voice.render_plain(key) for key in channels.right_words(channel)]
        return [Matter("desk.matter_right", kind, values=title | {"right": word}) for word in words]
    if channel.warnings:
        return [Matter("desk.matter_channel_open", kind, red=False, values=title)]
    if channel.probed_at is None or now - channel.probed_at > PROBE_FRESH:
        return [Matter("desk.matter_probe_old", kind, red=False, values=title)]
    return []


def _of_stock() -> list[Matter]:
    return [] if plans.active_plans().exists() else [Matter("desk.matter_no_plan", "plans")]


def _of_brakes() -> list[Matter]:
    undecided = Brake.objects.filter(decision=Brake.Decision.OPEN).order_by("pk")
    return [Matter("desk.matter_brake", "brake", values={"count": b.count}, number=b.pk) for b in undecided]


def _of_removals(now: datetime) -> list[Matter]:
    due = Q(state=Removal.State.DUE, due_at__lte=now - LATE)
    overdue = Removal.objects.aggregate(late=Count("pk", filter=due), oldest=Min("due_at", filter=due))
    if not overdue["late"]:
        return []
    red = now - overdue["oldest"] > VERY_LATE
    key = "desk.matter_removals_stuck" if red else "desk.matter_removals_late"
    return [Matter(key, Channel.Kind.VIP, red=red, values={"count": overdue["late"]})]


def _of_queue(now: datetime) -> list[Matter]:
    """What automatic approval should have decided, and a queue that grows long."""
    is_open = Q(state__in=FreeRequest.OPEN)
    late = is_open & Q(due_at__lte=now - LATE, job=None, undecided=False)
    queue = FreeRequest.objects.aggregate(
        waiting=Count("pk", filter=is_open), late=Count("pk", filter=late), oldest=Min("due_at", filter=late)
    )
    if queue["late"] and config.current().free_auto_approve:
        red = now - queue["oldest"] > VERY_LATE
        return [Matter("desk.matter_queue_stopped", Channel.Kind.FREE, red=red, values={"count": queue["waiting"]})]
    if queue["waiting"] > MANY_WAITING:
        return [Matter("desk.matter_queue_long", Channel.Kind.FREE, red=False, values={"count": queue["waiting"]})]
    return []
