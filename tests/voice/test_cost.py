"""V-COST-1: the figures of the benchmark hold in every run."""

from tests.benchmarks import render_voice


def test_a_text_costs_next_to_nothing():
    """V-COST-1"""
    figures = render_voice.measure()
    assert figures["median"] < render_voice.MEDIAN_MS
    assert figures["load"] < render_voice.LOAD_MS
