"""Milliseconds a step of the tracker takes; run by hand: python tests/benchmarks/bench_tracker.py"""

import statistics
import time

import numpy as np
from ingest_load import machine

from edge.sight.tracking import Tracker


def median_ms(people: int, looks: int = 200) -> float:
    """Median over looks at so many people who walk about in a picture of 1920 x 1080."""
    rng = np.random.default_rng(people)
    place, speed = rng.uniform([0, 200], [1900, 1080], (people, 2)), rng.normal(0, 60, (people, 2))
    tracker, spent = Tracker(), []
    for i in range(looks):
        place += speed / 5
        foot = place + rng.normal(0, 2, place.shape)
        boxes = np.column_stack([foot - np.array([25, 120]), foot + np.array([25, 0]), rng.uniform(0.3, 1, people)])
        start = time.thread_time()
        tracker.step(i / 5, boxes)
        spent.append(time.thread_time() - start)
    return 1000 * statistics.median(spent)


if __name__ == "__main__":
    print(machine())
    for count in (3, 10, 30, 100):
        print(f"{count:4d} people  {median_ms(count):6.2f} ms a look")
