from botcore import audit, clock, outbox, redaction
from botcore.management.letters import LettersCommand
from botcore.models import Outbox


class Command(LettersCommand):
    help = "List outgoing calls (invitations and personal links masked); replay or drop those that failed for good."
    rows = Outbox
    key = "id"
    dead = Outbox.State.FAILED

    def describe(self, row):
        return {
            "id": row.pk,
            "state": row.state,
            "method": row.method,
            "chat_id": row.chat_id,
            "tries": row.tries,
            "created_at": row.created_at,
            "error": row.error,
            "text": redaction.mask(row.text),
        }

    def replay(self, ids):
        return outbox.replay(ids, actor=audit.SHELL, now=clock.now())

    def drop(self, ids):
        return outbox.drop(ids, actor=audit.SHELL, now=clock.now())
