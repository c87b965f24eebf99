"""A short sample of each long series of `make proof`."""

import os

import pytest

from tests.e2e.conftest import ENGINE, SERVER
from tests.proof import kills, malformed, races

ROUNDS = int(os.environ.get("LUCIEN_PROOF_ROUNDS", "2"))
PEOPLE = int(os.environ.get("LUCIEN_PROOF_PEOPLE", "40"))


@pytest.mark.parametrize("number", range(ROUNDS))
@pytest.mark.django_db(transaction=True)
def test_many_people_one_invitation(number):
    """M-TOKEN-5: one winner, a polite refusal for everybody else, one ledger row."""
    outcome = races.two_hundred_one_token(PEOPLE, first_id=100_000 + number * 1000)
    assert outcome == races.Round(winners=1, refused=PEOPLE - 1, ledger_rows=1, receipts=1)


@pytest.mark.parametrize("number", range(ROUNDS))
@pytest.mark.django_db(transaction=True)
def test_one_person_many_presses(number):
    """M-TOKEN-6: one credit, one receipt, however often and however quickly the link is opened."""
    outcome = races.one_person_many_presses(50, person=90_000 + number)
    assert (outcome.winners, outcome.ledger_rows, outcome.receipts) == (1, 1, 1)


@pytest.mark.slow
def test_killed_at_random_moments():
    """O-STOP-2: no update lost, no effect twice, at most one message repeated per slot and kill."""
    kills.run(ENGINE, kills=2, server=SERVER).check()


@pytest.mark.slow
def test_malformed_updates_among_good_ones():
    """members.md §11, O-PROC-6: the process stays up, the good are answered, the bad are dead letters."""
    malformed.run(ENGINE, count=200, server=SERVER).check()
