from datetime import timedelta

from django.core.management.base import CommandError

from botcore import audit, clock, config
from botcore.management.operator import OperatorCommand, to_json
from botcore.management.telegram import ask_telegram
from botcore.members import fold
from subscriptions import tokens
from subscriptions.models import Plan


class Command(OperatorCommand):
    help = "Issue invitations to a plan, one per line on stdout and nothing else there. They cannot be shown again."

    def add_arguments(self, parser):
        parser.add_argument("--plan", required=True, metavar="NAME_OR_ID")
        parser.add_argument("--count", type=int, default=1, help="1 to 50")
        parser.add_argument("--valid-hours", type=int, help="how long they may be redeemed; without it the setting")
        parser.add_argument("--note", default="", help="seen by custodians only, up to 200 characters")
        parser.add_argument("--format", choices=("link", "token", "json"), default="link")

    def work(self, *, plan, count, valid_hours, note, format, **options):
        if format != "token":
            know_bot_name()  # before minting: a token nobody can link to would be lost
        issued = tokens.issue_tokens(
            actor=audit.SHELL,
            plan_id=find_plan(plan).pk,
            amount=count,
            window=None if valid_hours is None else timedelta(hours=valid_hours),
            note=note,
            now=clock.now(),
        )
        for invitation in issued:
            self.stdout.write(LINES[format](invitation))


def find_plan(name_or_id: str) -> Plan:
    """The plan of that id, else the active one of that name whatever its case and accents."""
    found = Plan.objects.filter(pk=name_or_id).first() if name_or_id.isascii() and name_or_id.isdigit() else None
    found = found or Plan.objects.filter(is_active=True, folded_name=fold(name_or_id.strip())).first()
    if found is None:
        raise CommandError(f"there is no plan {name_or_id!r}", returncode=1)
    return found


def know_bot_name() -> None:
    """Make sure the bot's name is stored, asking Telegram if the bot never ran here."""
    if config.current().bot_username:
        return
    try:
        me = ask_telegram(lambda api: api.bot.me())
    except Exception as error:
        # Whatever the reason (weather, a refused token), without the name nothing may be minted.
        raise CommandError(f"the bot's name is unknown: getMe failed ({type(error).__name__})", returncode=1) from None
    config.remember_bot(me.username)


def _facts(issued: tokens.Issued) -> str:
    invitation = issued.invitation
    return to_json(
        {
            "token": issued.token,
            "link": tokens.invitation_url(issued.token),
            "hint": invitation.hint,
            "plan": invitation.plan_name,
            "days": invitation.days,
            "redeem_by": invitation.redeem_by,
        }
    )


LINES = {
    "link": lambda issued: tokens.invitation_url(issued.token),
    "token": lambda issued: issued.token,
    "json": _facts,
}
