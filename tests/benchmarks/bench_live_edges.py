"""How many comings and goings does occupancy, rounded to 5 and shown once a minute, give to the minute?

    python tests/benchmarks/bench_live_edges.py [VISITS ...]

Prints, for the simulated shelves over 6 days each: how many steps in and out of the zone there were, in how many
minutes the figure shown changed, and in how many of those one single step was all that happened.
"""

import platform
import sys
from datetime import UTC, date, datetime
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from simulators.shop import Shop
from simulators.shoppers import simulate

DAYS, EVERY_S = 6, 60.0


def edges(visits: float) -> tuple[int, int, int]:
    """(steps in and out, minutes with another figure, those with one step alone)."""
    steps = changed = alone = 0
    for seed in range(DAYS):
        day = simulate(Shop(visits=visits, seed=seed), date(2026, 3, 5))
        stays = [stay for shopper in day.shoppers for stay in shopper.stays if stay.zone == "shelves"]
        starts, ends = np.sort([stay.start for stay in stays]), np.sort([stay.end for stay in stays])
        at = np.arange(day.opens, day.closes, EVERY_S)
        people = np.searchsorted(starts, at, "right") - np.searchsorted(ends, at, "right")
        moved = np.histogram(np.concatenate([starts, ends]), at)[0]
        flips = np.flatnonzero(np.diff(np.round(people / 5)))
        steps, changed, alone = steps + 2 * len(stays), changed + len(flips), alone + int(np.sum(moved[flips] == 1))
    return steps, changed, alone


if __name__ == "__main__":
    print(f"{datetime.now(UTC):%Y-%m-%d}, {platform.machine()}, Python {platform.python_version()}")
    for visits in [float(text) for text in sys.argv[1:]] or [60.0, 150.0, 400.0, 1000.0]:
        steps, changed, alone = edges(visits)
        print(f"{visits:6.0f} visits a day: {steps} steps, {changed} changes, {alone} alone ({alone / steps:.1%})")
