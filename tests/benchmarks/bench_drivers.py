"""How often drivers are found where none is, and missed where one is.

By hand: `python tests/benchmarks/bench_drivers.py`.

1,000 simulated data sets (seeds 0 to 999) of each kind; shares with Wilson's interval of 95 %. Beside the product:
the correlation of score and wait, tested as if answers were alone in the world. `--sets 200` for a quick look.
"""

import argparse
import os
import platform
from datetime import UTC, datetime
from time import perf_counter

import numpy as np

from hub.insight.drivers import Answers, Condition, Drivers, drivers
from hub.insight.scores import share
from hub.insight.tails import t_tails
from simulators.voices import Voices, World, voices

UNITS = {
    "wait": "minute",
    "people": "10 people",
    "ratio": "visitor for one at work",
    "tills": "till",
    "warmth": "degree",
}


def asked(found: Voices) -> Drivers:
    """What the product says about a data set."""
    score = np.where(found.recommend >= 9, 100.0, np.where(found.recommend <= 6, -100.0, 0.0))
    conditions = [Condition(name, UNITS[name], values) for name, values in found.conditions.items()]
    return drivers(Answers(score, found.store, found.day, found.hour), conditions)


def plainly(found: Voices) -> bool:
    """Whether a plain correlation of score and wait would be called one at 5 %."""
    score = np.where(found.recommend >= 9, 100.0, np.where(found.recommend <= 6, -100.0, 0.0))
    r, n = float(np.corrcoef(score, found.conditions["wait"])[0, 1]), len(score)
    return t_tails(r * np.sqrt((n - 2) / (1 - r * r)), n - 2) < 0.05


def said(hits: int, n: int) -> str:
    """A share with its interval."""
    low, high = share(hits, n)["wilson95"]
    return f"{100 * hits / n:5.1f} % ({100 * low:.1f} to {100 * high:.1f})"


def nothing(title: str, world: World, sets: int) -> None:
    """A world in which nothing moves the score but the hour, the store and the day."""
    data = [voices(world, seed) for seed in range(sets)]
    answers = [asked(one) for one in data]
    wrong = sum(any(e.verdict == "driver" for e in a.effects) for a in answers)
    grouped = sum(any(group.found for group in a.groups) for a in answers)
    held = [e.low <= 0 <= e.high for a in answers for e in a.effects if e.low is not None and e.high is not None]
    print(f"{title:34} any driver {said(wrong, sets)}   any group {said(grouped, sets)}")
    plain = said(sum(map(plainly, data)), sets)
    print(f"{'':34} plain correlation {plain}   intervals hold 0 {said(sum(held), len(held))}")


def planted(title: str, world: World, sets: int) -> None:
    """A world in which a minute of waiting costs `wait_points`."""
    answers = [asked(voices(world, seed)) for seed in range(sets)]
    waits = [next(e for e in a.effects if e.name == "wait") for a in answers]
    shown = [e for e in waits if e.effect is not None and e.low is not None and e.high is not None]
    found = sum(e.verdict == "driver" for e in waits)
    held = sum((e.low or 0) <= world.wait_points <= (e.high or 0) for e in shown)
    wrong = sum(e.verdict == "driver" and (e.effect or 0) > 0 for e in waits)
    apart = sum(e.verdict == "cannot tell these apart" for e in waits)
    silent = sum(e.verdict == "not enough data" for e in waits)
    others = sum(any(e.verdict == "driver" and e.name != "wait" for e in a.effects) for a in answers)
    print(f"{title:34} wait found {said(found, sets)}   cannot tell apart {apart}   not enough data {silent}")
    if shown:
        middle = np.mean([e.effect for e in shown])
        print(
            f"{'':34} interval holds {said(held, len(shown))}   mean effect {middle:.2f}   sign wrong {wrong}", end=""
        )
        print(f"   another driver reported {said(others, sets)}")


def main() -> None:
    """Prints the figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sets", type=int, default=1000)
    sets = parser.parse_args().sets
    where = f"{platform.machine()}, load {os.getloadavg()[0]:.1f}"
    print(f"{datetime.now(UTC):%Y-%m-%d %H:%M} UTC, {where}, {sets} data sets each")
    began = perf_counter()
    nothing("nothing planted, n=1500", World(), sets)
    nothing("the same, 20 store days", World(stores=1, days=20, answers=1500), sets)
    nothing("the same, 100 stores", World(stores=100, days=28), sets)
    nothing("the same, the unhappy answer 3x", World(bias=3.0), sets)
    planted("-4.5 points a minute, n=1500", World(wait_points=-4.5), sets)
    planted("-4.5 points a minute, n=400", World(wait_points=-4.5, answers=400), sets)
    planted("-4.5 points a minute, n=100", World(wait_points=-4.5, answers=100), sets)
    planted("-2.4 points a minute, n=4000", World(wait_points=-2.4, answers=4000), sets)
    print(f"{perf_counter() - began:.0f} s")


if __name__ == "__main__":
    main()
