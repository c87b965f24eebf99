"""`manage.py inbox` and `outbox`: the same three acts on the two tables."""

from typing import Any

from django.core.management.base import CommandError, CommandParser
from django.db.models import Model

from botcore.management.operator import OperatorCommand

SHOWN_CHARACTERS = 120


class LettersCommand(OperatorCommand):
    """Subclasses name the model, the field rows are called by, the state of a dead letter, and the use cases."""

    rows: type[Model]
    key: str
    dead: str

    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("act", nargs="?", choices=("list", "replay", "drop"), default="list")
        parser.add_argument("ids", nargs="*", type=int, metavar=self.key, help="which ones to replay or drop")
        parser.add_argument("--all", action="store_true", help="replay or drop every dead letter")
        parser.add_argument("--state", choices=[*self.rows.State.values, "all"], default=self.dead, help="what to list")
        parser.add_argument("--limit", type=int, default=50, help="how many rows to list, the newest first")

    def work(self, *, act: str, ids: list[int], state: str, limit: int, **options: Any) -> None:
        if act == "list":
            self._list(state, limit)
        else:
            self._decide(act, ids, everything=options["all"])

    def _list(self, state: str, limit: int) -> None:
        rows = self.rows.objects.order_by("-id")
        shown = [self.describe(row) for row in (rows if state == "all" else rows.filter(state=state))[: max(0, limit)]]
        lines = ["  ".join(str(value)[:SHOWN_CHARACTERS] for value in row.values()) for row in shown]
        self.tell("\n".join(lines) or "nothing there", rows=shown)

    def _decide(self, act: str, ids: list[int], *, everything: bool) -> None:
        if everything == bool(ids):
            raise CommandError(f"name what to {act}, or say --all", returncode=2)
        if everything:
            ids = list(self.rows.objects.filter(state=self.dead).values_list(self.key, flat=True))
        done = {"replay": self.replay, "drop": self.drop}[act](ids)
        if ids and not done:
            raise CommandError("none of these is a dead letter that can be taken up", returncode=1)
        self.tell(f"{act}: {done} of {len(ids)}", act=act, done=done, asked=len(ids))

    def describe(self, row: Model) -> dict[str, object]:
        """What a list shows of a row, without any secret."""
        raise NotImplementedError

    def replay(self, ids: list[int]) -> int:
        raise NotImplementedError

    def drop(self, ids: list[int]) -> int:
        raise NotImplementedError
