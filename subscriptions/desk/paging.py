"""Lists by pages of ten; a page out of range shows the last one (C-PANEL-5)."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.db.models import Model, QuerySet

PER_PAGE = 10


@dataclass(frozen=True)
class Page:
    """`rows` of page `number` out of `count`; `first` is the running number of the first row. Pages count from 1."""

    rows: Sequence[Model]
    number: int
    count: int

    @property
    def first(self) -> int:
        return (self.number - 1) * PER_PAGE + 1


def page_of(rows: QuerySet, number: int) -> Page:
    """Two queries whatever the number of rows."""
    count = max(1, -(-rows.count() // PER_PAGE))
    number = min(max(1, number), count)
    return Page(rows[(number - 1) * PER_PAGE : number * PER_PAGE], number, count)
