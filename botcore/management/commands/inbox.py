from botcore import audit, clock, inbox, redaction
from botcore.management.letters import LettersCommand
from botcore.models import Inbox


class Command(LettersCommand):
    help = "List incoming updates (invitations masked); replay or drop dead letters."
    rows = Inbox
    key = "update_id"
    dead = Inbox.State.DEAD

    def describe(self, row):
        return {
            "update_id": row.update_id,
            "state": row.state,
            "tries": row.tries,
            "received_at": row.received_at,
            "error": row.error,
            "raw": redaction.mask(row.raw),
        }

    def replay(self, update_ids):
        return inbox.replay(update_ids, actor=audit.SHELL)

    def drop(self, update_ids):
        return inbox.drop(update_ids, actor=audit.SHELL, now=clock.now())
