"""V-COST-1: what one text costs. Run `python -m tests.benchmarks.render_voice`; exit 1 over budget."""

import os
import statistics
import sys
import time

import django

from botcore.voice.catalogue import load_catalogue
from botcore.voice.renderer import Voice
from botcore.voice.samples import sample_values

ROUNDS = 60
MEDIAN_MS, P99_MS, LOAD_MS = 0.2, 1.0, 300.0


def measure() -> dict[str, float]:
    """Milliseconds: catalogue load, and the median and p99 of one rendering over the whole catalogue."""
    started = time.perf_counter()
    speaker = Voice(load_catalogue())
    load = time.perf_counter() - started
    work = [(message.key, sample_values(message, speaker.catalogue)) for message in speaker.catalogue]
    spent = []
    for person in range(ROUNDS):
        for key, values in work:
            started = time.perf_counter()
            speaker.render(key, person=person % 20, **values)
            spent.append(time.perf_counter() - started)
    return {
        "load": load * 1000,
        "median": statistics.median(spent) * 1000,
        "p99": statistics.quantiles(spent, n=100)[98] * 1000,
    }


def main() -> int:
    figures = measure()
    print(f"catalogue load {figures['load']:.0f} ms (budget {LOAD_MS:.0f})")
    print(f"one text: median {figures['median']:.4f} ms (budget {MEDIAN_MS}), p99 {figures['p99']:.4f} ms ({P99_MS})")
    return int(figures["load"] > LOAD_MS or figures["median"] > MEDIAN_MS or figures["p99"] > P99_MS)


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.settings")
    django.setup()
    sys.exit(main())
