"""Queue figures from points whose truth is known. By hand: `python tests/benchmarks/bench_queues.py DATA`.

DATA is the folder `vision` of the test data. The recorded queue goes through the rules of the product: as it is,
with noise (see bench_replay), and with numbers lost: a track ends after an exponential time with a mean of 60 s and
goes on a second later under a new number. Median and worst of 20 seeds.
"""

import platform
import sys
from datetime import UTC, datetime
from pathlib import Path
from statistics import median

import numpy as np
from bench_replay import Table, moments, noisy, table
from msgspec.structs import replace

from edge import scene as scenes
from edge import truth as truths
from edge.measure.audit import Entry, Waited, entries
from edge.measure.facts import Fact
from edge.measure.geometry import People
from edge.measure.places import DEFAULT, Places, Rules
from edge.measure.queues import Wait
from edge.measure.score import Report, pairs, queue, stays_apart

SEEDS, MEAN_S, GAP_S = 20, 60.0, 1.0
Input = tuple[list[People], frozenset[int]]


def broken(rows: Table, staff: frozenset[int], rng: np.random.Generator) -> tuple[Table, frozenset[int]]:
    """The rows with numbers lost, and the numbers that staff has then."""
    rows, spare, known = rows[np.argsort(rows[:, 0], kind="stable")].copy(), 10_000, set(staff)
    kept = np.ones(len(rows), np.bool_)
    for track in np.unique(rows[:, 1]):
        mine = np.flatnonzero(rows[:, 1] == track)
        lost = rows[mine[0], 0] + rng.exponential(MEAN_S)
        while lost < rows[mine[-1], 0]:
            later = mine[rows[mine, 0] >= lost]
            kept[later[rows[later, 0] < lost + GAP_S]] = False
            spare += 1
            rows[later, 1] = spare
            known |= {spare} if int(track) in staff else set()
            lost += GAP_S + rng.exponential(MEAN_S)
    return rows[kept], frozenset(known)


def played(scene: scenes.Scene, given: Input, rules: Rules, duration: float) -> list[Entry]:
    """What the code of the product makes of these people."""
    people, staff = given
    places, facts, waits = Places(*scenes.drawn(scene), rules, staff=staff), list[Fact](), list[Wait]()
    for moment in people:
        facts += places.step(moment)
        waits += places.waits
    facts += places.close(duration)
    names = {name: place for place, name in scenes.place_names(scene).items()}
    return entries(facts, waits + places.waits, duration, names, empty=True)


def figures(real: list[Entry], mine: list[Entry]) -> Report:
    """The errors of the one queue, and that of waits as a share: a wait that nobody measured is wrong as a whole."""
    served = [[e for e in some if isinstance(e, Waited) and e.served is not None] for some in (real, mine)]
    true_s = [(w.served or 0.0) - w.start for w in served[0]]
    found = {id(a): (b.served or 0.0) - b.start for a, b in pairs(*served, stays_apart)}
    off = [abs(found.get(id(w), 0.0) - s) for w, s in zip(served[0], true_s, strict=True)]
    return queue(real, mine) | {"wait_off": sum(off) / sum(true_s), "wait_mae_s": sum(off) / len(off)}


def show(name: str, runs: list[Report]) -> None:
    print(f"  {name}")
    for key in runs[0]:
        known = [run[key] for run in runs if run[key] is not None]
        if known:
            print(
                f"    {key:26}{median(known):9.3f}{max(known):9.3f}"
                if len(runs) > 1
                else f"    {key:26}{known[0]:9.3f}"
            )


def main(data: Path) -> None:
    print(f"{datetime.now(UTC):%Y-%m-%d}, {platform.machine()}, numpy {np.__version__}")
    scene = scenes.parse((data / "scenes/queue_part1.json").read_bytes())
    assert scene.truth
    walks = truths.read((data / scene.truth.file).read_text(), scene.truth)
    staff, rows = frozenset(scene.staff_ids + scene.ignore_ids), table(walks.moments)
    real = played(scene, (walks.moments, staff), scenes.truth_rules(scene), walks.duration)
    rngs = [np.random.default_rng(seed) for seed in range(SEEDS)]
    lost = [broken(rows, staff, rng) for rng in rngs]
    inputs: dict[str, list[Input]] = {
        "as recorded": [(walks.moments, staff)],
        "noise, drops, swaps": [(moments(noisy(rows, np.random.default_rng(s))), staff) for s in range(SEEDS)],
        "numbers lost every 60 s": [(moments(some), known) for some, known in lost],
    }
    print("\nqueue_part1: median and worst of the seeds")
    for name, given in inputs.items():
        show(name, [figures(real, played(scene, one, DEFAULT, walks.duration)) for one in given])
    alone = replace(DEFAULT, relay=None)
    name, given = "the same, were nobody carried on", inputs["numbers lost every 60 s"]
    show(name, [figures(real, played(scene, one, alone, walks.duration)) for one in given])


if __name__ == "__main__":
    main(Path(sys.argv[1]))
