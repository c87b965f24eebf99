from django.core.management.base import CommandError

from botcore import audit, channels, clock
from botcore.channels import ProbeFacts
from botcore.management.operator import OperatorCommand
from botcore.management.telegram import ask_telegram
from botcore.models import Channel
from botcore.telegram.probes import make_free_link, probe_chat
from lucien import environment, parsers
from subscriptions.channel_change import change_channel


class Command(OperatorCommand):
    help = "Make a chat the VIP or the Free channel, after looking whether the bot has the rights it needs there."

    def add_arguments(self, parser):
        super().add_arguments(parser)
        parser.add_argument("kind", choices=Channel.Kind.values)
        parser.add_argument("chat_id", type=parsers.channel_id, metavar="CHAT_ID", help="-100…")
        parser.add_argument(
            "--no-check", action="store_true", help="store it unseen (the bot cannot reach Telegram now)"
        )

    def work(self, *, kind, chat_id, no_check, **options):
        facts = ProbeFacts(chat_id=chat_id) if no_check else _probe(chat_id)
        made = change_channel(kind=kind, facts=facts, actor=audit.SHELL, now=clock.now(), check=not no_check)
        if kind == Channel.Kind.FREE and not no_check and not made.channel.invite_link:
            _make_link(facts.chat_id)
        channel = Channel.objects.get(pk=made.channel.pk)
        names = ("kind", "chat_id", "chat_type", "title", "username", "invite_link", "missing", "warnings")
        warnings = f"; warnings: {', '.join(channel.warnings)}" if channel.warnings else ""
        done = "set" if made.changed else "already set, looked at again"
        self.tell(
            f"{kind} channel {done}: {channel.title or channel.chat_id}{warnings}",
            **{n: getattr(channel, n) for n in names},
        )


def _probe(chat_id: int) -> ProbeFacts:
    environment.require("BOT_TOKEN")
    facts = ask_telegram(lambda api: probe_chat(api, chat_id))
    if facts is None:
        raise CommandError("Telegram gives no answer now; --no-check stores it unseen", returncode=1)
    return facts


def _make_link(chat_id: int) -> None:
    """The permanent link by which people ask to enter (C-CHAN-7); the bot makes it later if it cannot be had now."""
    if url := ask_telegram(lambda api: make_free_link(api, chat_id)):
        channels.set_invite_link(kind=Channel.Kind.FREE, url=url, actor=audit.SHELL, only_if_none=True)
