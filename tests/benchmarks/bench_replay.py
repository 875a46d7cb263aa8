"""How well recordings are measured, in figures. By hand: `python tests/benchmarks/bench_replay.py DATA [MODEL]`.

DATA is the folder `vision` of the test data. First the clips as the product sees them, then truths with noise:
0.15 m (boxes: 0.05 box heights) a coordinate, each sample dropped with p = 0.1, 5 % of the tracks swap numbers
once with the nearest one within 1.5 m (0.9 box heights). Median and worst of 20 seeds, share of the true number.
"""

import sys
from collections.abc import Callable
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np
from msgspec.structs import replace

from edge import scene as scenes
from edge import truth as truths
from edge.measure.dwell import StayRules, Visit
from edge.measure.facts import Fact
from edge.measure.footfall import Crossing
from edge.measure.geometry import HEIGHT_M, People
from edge.measure.places import DEFAULT, Places, Rules
from edge.measure.queues import Served
from edge.replay import measure

CLIPS = (
    ("pets_a", "onnx", None),
    ("pets_a", "onnx", 3.5),
    ("pets_a", "blobs", None),
    ("shop1_corridor", "onnx", None),
    ("shop1_corridor", "onnx", 8.0),
    ("shop1_corridor", "onnx", 5.0),
    ("shop1_corridor", "blobs", None),
)
NOISE_M, NOISE_H, DROP, SWAP, REACH_M = 0.15, 0.05, 0.1, 0.05, 1.5
Table = np.ndarray[Any, np.dtype[np.float64]]


def clips(data: Path, model: Path) -> None:
    print(f"{'clip':16}{'detector':10}{'fps':>5}{'f1':>8}{'gross':>8}{'net':>8}{'frames/s':>10}")
    for name, detector, fps in CLIPS:
        got = measure(data / f"scenes/{name}.json", detector=detector, model=model, fps=fps)  # type: ignore[arg-type]
        figures = [got["lines"][key] for key in ("f1", "gross", "net")]
        print(f"{name:16}{detector:10}{fps or '':>5}" + "".join(f"{x:8.3f}" for x in figures), end="")
        print(f"{got['frames_per_s']:10}")


def table(moments: list[People]) -> Table:
    """One row a sample: t, id, x, y, height."""
    parts = [np.column_stack([np.full(len(m.ids), m.at), m.ids, m.xy, m.height]) for m in moments]
    return np.concatenate(parts)


def noisy(rows: Table, rng: np.random.Generator) -> Table:
    """The rows as a fair tracker would have found them."""
    rows = swapped(rows, rng)
    scale = np.where(rows[:, 4] == HEIGHT_M, NOISE_M, NOISE_H * rows[:, 4])
    rows[:, 2:4] += rng.normal(0, 1, (len(rows), 2)) * scale[:, None]
    return rows[rng.random(len(rows)) >= DROP]


def swapped(rows: Table, rng: np.random.Generator) -> Table:
    rows, out = rows.copy(), rows.copy()
    for track in np.unique(rows[:, 1]):
        if rng.random() < SWAP:
            own = rows[rows[:, 1] == track]
            t, _, x, y, height = own[rng.integers(len(own))]
            others = rows[(rows[:, 0] == t) & (rows[:, 1] != track)]
            away = np.hypot(others[:, 2] - x, others[:, 3] - y)
            if len(away) and away.min() <= REACH_M * height / HEIGHT_M:
                other = others[away.argmin(), 1]
                later = rows[:, 0] >= t
                out[later & (rows[:, 1] == track), 1] = other
                out[later & (rows[:, 1] == other), 1] = track
    return out


def count(scene: scenes.Scene, moments: list[People], rules: Rules) -> dict[str, float]:
    """Crossings, visits, person-seconds in zones, people served and the mean wait."""
    staff = frozenset(scene.staff_ids + scene.ignore_ids)
    places, facts = Places(*scenes.drawn(scene), rules, staff=staff), list[Fact]()
    for people in moments:
        facts += places.step(people)
    facts += places.close(moments[-1].at)
    visits, waits = [f for f in facts if isinstance(f, Visit)], [f for f in facts if isinstance(f, Served)]
    return {
        "crossings": float(sum(isinstance(f, Crossing) for f in facts)),
        "visits": float(len(visits)),
        "person_s": sum(v.at - v.start for v in visits),
        "served": float(len(waits)),
        "wait_s": sum(w.waited for w in waits) / max(1, len(waits)),
    }


def stays_of(scene: scenes.Scene) -> Rules:
    """The product's rules, but what a visit is as the scene says: else other things would be counted."""
    own = {
        place: StayRules(min_stay_s=rules.min_stay_s)
        for place, rules in scenes.truth_rules(scene).own.items()
        if isinstance(rules, StayRules)
    }
    return replace(DEFAULT, own=own)


def moments(rows: Table) -> list[People]:
    samples = sorted((float(t), int(i), float(x), float(y), float(h)) for t, i, x, y, h in rows)
    return list(truths.moments(samples))


def noise(data: Path, made: Callable[[scenes.Scene], Rules], label: str) -> None:
    print(f"\n{label}: share of the true number, median (worst) of 20 seeds")
    for path in sorted((data / "scenes").glob("*.json")):
        scene = scenes.parse(path.read_bytes())
        assert scene.truth
        walks = truths.read((data / scene.truth.file).read_text(), scene.truth)
        real, rows = count(scene, walks.moments, scenes.truth_rules(scene)), table(walks.moments)
        seeds = [count(scene, moments(noisy(rows, np.random.default_rng(s))), made(scene)) for s in range(20)]
        for key, true in real.items():
            if true:
                shares = [got[key] / true for got in seeds]
                worst = max(shares, key=lambda share: abs(share - 1))
                print(f"  {scene.name:16}{key:12}{true:9.1f}{median(shares):9.3f}{worst:9.3f}")


if __name__ == "__main__":
    folder = Path(sys.argv[1])
    clips(folder, Path(sys.argv[2]) if len(sys.argv) > 2 else folder / "models/yolox_nano_416x416.onnx")
    noise(folder, stays_of, "truth with noise, rules of the product; how long a stay must be as in the scene")
    noise(folder, scenes.truth_rules, "truth with noise, rules of the scene")
