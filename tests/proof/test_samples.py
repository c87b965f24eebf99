"""A short sample of each long series of `make proof`."""

import os

import pytest

from tests.proof import races

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
