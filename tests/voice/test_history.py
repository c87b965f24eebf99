"""V-VAR-1, V-VAR-4, V-VAR-5: weights, no repeats, bounded memory."""

import random
from collections import Counter
from itertools import pairwise

import pytest

from botcore.voice.history import MAX_ENTRIES, MEMORY_SECONDS, History
from botcore.voice.renderer import Voice
from tests.voice.house import REAL, catalogue, message


class Clock:
    now = 1000.0

    def __call__(self) -> float:
        return self.now


def voice_with(variants, clock=None):
    sample = message(variants=variants)
    history = History(clock=clock) if clock else History()
    return Voice(catalogue(sample), history=history, source=random.Random(7)), sample


def texts(count):
    return [{"text": f"texto {number}"} for number in range(count)]


@pytest.mark.parametrize("weights", [(100,), (60, 40), (50, 30, 20), (40, 30, 20, 10)])
def test_default_weights_give_their_shares_to_fresh_people(weights):
    """V-VAR-1: each share within 2 points over 10,000 draws."""
    voice, sample = voice_with(texts(len(weights)))
    drawn = Counter(voice.choose(sample, person=person).text for person in range(10_000))
    for number, weight in enumerate(weights):
        assert abs(drawn[f"texto {number}"] / 100 - weight) <= 2


def test_declared_weights_give_their_shares():
    """V-VAR-1"""
    voice, sample = voice_with([{"text": "a", "weight": 9}, {"text": "b", "weight": 1}])
    drawn = Counter(voice.choose(sample, person=person).text for person in range(10_000))
    assert abs(drawn["a"] / 100 - 90) <= 2


@pytest.mark.parametrize("count", [2, 3])
def test_the_last_variant_is_not_repeated(count):
    """V-VAR-4"""
    voice, sample = voice_with(texts(count))
    heard = [voice.choose(sample, person=1).text for _ in range(300)]
    assert all(one != other for one, other in pairwise(heard))


def test_from_four_variants_the_last_two_are_excluded():
    """V-VAR-4"""
    voice, sample = voice_with(texts(4))
    heard = [voice.choose(sample, person=1).text for _ in range(300)]
    assert all(len(set(heard[place : place + 3])) == 3 for place in range(len(heard) - 2))


def test_remaining_weights_are_renormalised():
    """V-VAR-4: after the heaviest of 50/30/20, the others come 60/40."""
    voice, sample = voice_with(texts(3))
    after_first = Counter()
    for person in range(10_000):
        voice.history.remember(person, sample.key, 0)
        after_first[voice.choose(sample, person=person).text] += 1
    assert abs(after_first["texto 1"] / 100 - 60) <= 2


def test_after_five_minutes_a_variant_may_return():
    """V-VAR-4"""
    clock = Clock()
    voice, sample = voice_with([{"text": "a", "weight": 10**9}, {"text": "b", "weight": 1}], clock)
    assert [voice.choose(sample, person=1).text for _ in range(2)] == ["a", "b"]
    clock.now += MEMORY_SECONDS
    assert voice.choose(sample, person=1).text == "a"


def test_a_single_variant_always_repeats():
    """V-VAR-4"""
    voice, sample = voice_with(texts(1))
    assert {voice.choose(sample, person=1).text for _ in range(5)} == {"texto 0"}


def test_without_a_person_the_history_is_left_alone():
    """V-VAR-6: previews and alerts to several custodians."""
    voice, _ = voice_with(texts(3))
    for _ in range(50):
        voice.render("common.sample")
    assert len(voice.history) == 0


def test_people_and_keys_do_not_disturb_each_other():
    """V-VAR-4"""
    history = History()
    history.remember(1, "menu.free", 0)
    assert history.recent(2, "menu.free") == history.recent(1, "menu.vip") == ()


def test_a_hundred_thousand_people_leave_ten_thousand_entries():
    """V-VAR-5"""
    voice = Voice(REAL, source=random.Random(1))
    for person in range(100_000):
        voice.choose(REAL["common.unknown_text"], person=person)
    assert len(voice.history) == MAX_ENTRIES
    assert voice.history.recent(99_999, "common.unknown_text")
    assert not voice.history.recent(0, "common.unknown_text")
