"""Prints messages as they will be read, with sample or worst-case values (voice.md §6). Needs no bot, no database."""

import random
import re
from argparse import ArgumentParser
from collections import Counter
from datetime import datetime, time
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from botcore import voice
from botcore.voice.catalogue import AUDIENCES, PROVIDERS, Message, Variant
from botcore.voice.linter import LABEL_LIMIT, TEXT_LIMIT, TEXT_LIMITS, utf16_length
from botcore.voice.periods import period_at
from botcore.voice.renderer import Voice
from botcore.voice.samples import sample_values, worst_values

_MARKS = {"b": "**", "i": "_", "code": "`", "u": "__", "s": "~~"}
_ENTITIES = {"&lt;": "<", "&gt;": ">", "&quot;": '"', "&amp;": "&"}
PERSON = 1  # whose history --random follows


class Command(BaseCommand):
    help = "Show what Lucien says: a provider, a key, or everything."
    requires_system_checks = ()  # texts need neither a bot nor a database

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("target", nargs="?", help="provider or key")
        parser.add_argument("--list", action="store_true", help="all keys with their variant counts")
        parser.add_argument("--all-variants", action="store_true", help="every variant, not one drawn by weight")
        parser.add_argument("--audience", choices=AUDIENCES)
        parser.add_argument("--at", type=time.fromisoformat, metavar="HH:MM", help="hour in TIME_ZONE")
        parser.add_argument("--name", help="first name of the visitor")
        parser.add_argument("--creator", help="name of the creator")
        parser.add_argument("--worst", action="store_true", help="longest values instead of samples")
        parser.add_argument("--seed", type=int)
        parser.add_argument("--html", action="store_true", help="tags as they are sent")
        parser.add_argument("--random", type=int, metavar="N", help="observed shares over N draws of one key")

    def handle(self, *args: Any, **options: Any) -> None:
        speaker = Voice(voice.load().catalogue, source=random.Random(options["seed"]))
        if options["creator"]:
            speaker.set_names(creator=options["creator"])
        messages = _selected(speaker, options["target"], options["audience"])
        if options["list"]:
            for message in messages:
                self.stdout.write(f"{message.key}  {message.kind}  {len(message.variants)} variants")
        elif options["random"]:
            self._shares(speaker, messages, options["random"], _moment(options["at"]))
        else:
            for message in messages:
                self._show(speaker, message, options)

    def _show(self, speaker: Voice, message: Message, options: dict[str, Any]) -> None:
        moment = _moment(options["at"])
        chosen = message.variants if options["all_variants"] else [speaker.choose(message, moment=moment)]
        if options["all_variants"] and options["at"] and message.by_time:
            chosen = [variant for variant in chosen if variant.period == period_at(moment)]
        make_values = worst_values if options["worst"] else sample_values
        values = make_values(message, speaker.catalogue)
        if options["name"] is not None and "name" in values:
            values["name"] = options["name"]
        for variant in chosen:
            text = speaker.fill(message, variant, values)
            self.stdout.write(_head(message, variant, text))
            self.stdout.write(text if options["html"] else _as_read(text))
            self._foot(speaker, message, values)

    def _foot(self, speaker: Voice, message: Message, values: dict[str, Any]) -> None:
        for name, value in values.items():
            self.stdout.write(f"    {name} = {value}")
        for row in message.labels:
            labels = (
                (key, speaker.render(key, **sample_values(speaker.catalogue[key], speaker.catalogue))) for key in row
            )
            self.stdout.write("    " + "  ".join(f"[ {label} ] → {key}" for key, label in labels))
        self.stdout.write("")

    def _shares(self, speaker: Voice, messages: list[Message], draws: int, moment: datetime) -> None:
        if len(messages) != 1:
            raise CommandError("--random needs one key")
        (message,) = messages
        without = Counter(speaker.choose(message, moment=moment) for _ in range(draws))
        with_history = Counter(speaker.choose(message, moment=moment, person=PERSON) for _ in range(draws))
        for number, variant in enumerate(message.variants, 1):
            if variant in without:
                self.stdout.write(
                    f"{message.key}  variant {number}  weight {variant.weight}"
                    f"  without history {without[variant] / draws:.1%}"
                    f"  with history {with_history[variant] / draws:.1%}"
                )


def _selected(speaker: Voice, target: str | None, audience: str | None) -> list[Message]:
    if target and target not in PROVIDERS and target not in speaker.catalogue:
        raise CommandError(f"no such provider or key: {target}")
    return [
        message
        for message in speaker.catalogue
        if target in (None, message.provider, message.key) and audience in (None, message.audience)
    ]


def _moment(hour: time | None) -> datetime:
    now = timezone.localtime(timezone=timezone.get_default_timezone())
    return now.replace(hour=hour.hour, minute=hour.minute) if hour else now


def _head(message: Message, variant: Variant, text: str) -> str:
    number = message.variants.index(variant) + 1
    limit = LABEL_LIMIT if message.kind == "button" else TEXT_LIMITS.get(message.kind, TEXT_LIMIT)
    facts = [
        message.key, message.kind, message.audience, f"variant {number} of {len(message.variants)}",
        f"weight {variant.weight}", *([variant.period] if variant.period else []),
        f"{utf16_length(_as_read(text, marks={}))} of {limit}",
    ]  # fmt: skip
    return f"=== {' · '.join(facts)}"


def _as_read(text: str, marks: dict[str, str] = _MARKS) -> str:
    text = re.sub(r"</?([a-z-]+)[^<>]*>", lambda tag: marks.get(tag[1], ""), text)
    for entity, sign in _ENTITIES.items():
        text = text.replace(entity, sign)
    return text
