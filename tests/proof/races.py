"""Many people, one invitation; one person, many presses: one winner, one credit, one receipt."""

import threading
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal

from django.db import connection, connections

from botcore import audit, clock, config
from botcore.models import Inbox, Member, Outbox
from botcore.outbox import Reply
from subscriptions import people, plans, tokens
from subscriptions.models import LedgerEntry

THREADS = 8


@dataclass
class Round:
    winners: int
    refused: int
    ledger_rows: int
    receipts: int


def two_hundred_one_token(people_count: int = 200, first_id: int = 100_000) -> Round:
    """`people_count` fresh people present one new token at once."""
    link = _new_token(first_id)
    ids = list(range(first_id, first_id + people_count))
    before = LedgerEntry.objects.count()
    _at_once([lambda person=person: _present(person, link, person) for person in ids])
    answers = Counter(_answers(ids))
    return Round(
        winners=Member.objects.filter(telegram_id__in=ids, used_invitations__isnull=False).count(),
        refused=people_count - answers["won"],
        ledger_rows=LedgerEntry.objects.count() - before,
        receipts=answers["won"],
    )


def one_person_many_presses(presses: int = 50, person: int = 90_000) -> Round:
    """One person presents the same token `presses` times at once."""
    link = _new_token(person)
    before = LedgerEntry.objects.count()
    _at_once([lambda number=number: _present(person, link, person * 1000 + number) for number in range(presses)])
    sales = Outbox.objects.filter(chat_id=person, key__startswith="answer:", text__contains="Mensual")
    receipts = sales.filter(text__contains="30").exclude(text__contains="renov").count()
    used = Member.objects.filter(telegram_id=person, used_invitations__isnull=False).count()
    return Round(winners=used, refused=presses - 1, ledger_rows=LedgerEntry.objects.count() - before, receipts=receipts)


def _new_token(seed: int) -> tokens.Invitation:
    config.remember_bot("LucienBot")
    now = clock.now()
    plan = plans.create_plan(
        actor=audit.SHELL, name=f"Mensual {seed}", days=30, price=Decimal(20), currency="USD", now=now
    )
    issued = tokens.issue_tokens(actor=audit.SHELL, plan_id=plan.pk, now=now, window=timedelta(days=1))
    return tokens.find_invitation(f"/start {issued[0].token}")


def _present(telegram_id: int, invitation: tokens.Invitation, update_id: int) -> None:
    now = clock.now()
    Inbox.objects.create(update_id=update_id, lane=telegram_id, raw="{}")
    facts = {"username": None, "first_name": f"P{telegram_id}", "last_name": None, "language": "es"}
    person = people.meet_person(telegram_id=telegram_id, now=now, **facts)
    tokens.redeem_token(person, invitation=invitation, reply=Reply(update_id=update_id, chat_id=telegram_id))


def _answers(ids: list[int]) -> list[str]:
    """Who was told what: two rows (receipt, stage) for the winner, one refusal for everybody else."""
    rows = Counter(Outbox.objects.filter(chat_id__in=ids).values_list("chat_id", flat=True))
    return ["won" if rows[person] == 2 else "refused" if rows[person] == 1 else "odd" for person in ids]


def _at_once(works: list[Callable[[], None]]) -> None:
    """All works through threads that begin together; SQLite's writers queue up behind one another."""
    gate = threading.Barrier(min(THREADS, len(works)))
    errors: list[BaseException] = []

    def carry(share: list[Callable[[], None]]) -> None:
        try:
            connection.ensure_connection()
            gate.wait()
            for work in share:
                work()
        except BaseException as error:
            errors.append(error)
        finally:
            connections.close_all()

    shares = [works[number :: gate.parties] for number in range(gate.parties)]
    threads = [threading.Thread(target=carry, args=[share]) for share in shares]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if errors:
        raise errors[0]
