"""How well recordings are measured, in figures. By hand: `python tests/benchmarks/bench_replay.py DATA`.

DATA is the folder `vision` of the test data. First the clips as the product sees them. Then lines drawn at random, so
that not the rules' luck with a few lines is seen: 60 on each clip, at several rates and from other first frames. Last
truths with noise: 0.15 m (boxes: 0.05 box heights) a coordinate, each sample dropped with p = 0.1, 5 % of the tracks
swap numbers once with the nearest one within 1.5 m (boxes: one box height). Median and worst of 20 seeds, share of
the true number. `--detector` and `--part` print less.
"""

import argparse
import tempfile
from collections.abc import Callable, Iterable
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np
from bench_blobs import one_by_one
from ingest_load import machine
from msgspec.structs import replace

from edge import scene as scenes
from edge import truth as truths
from edge.measure.audit import Crossed
from edge.measure.dwell import StayRules, Visit
from edge.measure.facts import Fact
from edge.measure.footfall import Crossing, Footfall, LineRules
from edge.measure.geometry import HEIGHT_M, People
from edge.measure.places import DEFAULT, Places, Rules
from edge.measure.queues import Served
from edge.measure.score import lines as errors
from edge.plan import Line, Sensor
from edge.replay import measure
from edge.sight.camera import recorded
from edge.sight.eye import Eye

CLIPS = {"pets_a": (7.0, 5.0, 3.5), "shop1_corridor": (25.0, 8.0, 5.0)}
STARTS = (0, 1)
RANDOM_LINES, SEED = 60, 7
NOISE_M, NOISE_H, DROP, SWAP, REACH_M = 0.15, 0.05, 0.1, 0.05, 1.5
Table = np.ndarray[Any, np.dtype[np.float64]]


def clips(data: Path, model: Path, detectors: Iterable[str]) -> None:
    """The lines that the scenes draw, through the whole program."""
    print(f"{'clip':16}{'detector':10}{'fps':>5}{'f1':>8}{'gross':>8}{'net':>8}{'frames/s':>10}")
    for name, rates in CLIPS.items():
        for detector in detectors:
            for fps in rates:
                got = measure(data / f"scenes/{name}.json", detector=detector, model=model, fps=fps)  # type: ignore[arg-type]
                figures = [got["lines"][key] for key in ("f1", "gross", "net")]
                print(f"{name:16}{detector:10}{fps:5g}" + "".join(f"{x:8.3f}" for x in figures), end="")
                print(f"{got['frames_per_s']:10}", flush=True)
    visits(data, model, detectors)


def visits(data: Path, model: Path, detectors: Iterable[str]) -> None:
    """Six people one after another at a table: their stays, the worst start or end, the error of the mean stay."""
    print(f"\n{'one_by_one':16}{'detector':10}{'fps':>5}{'true':>6}{'stays':>6}{'worst s':>9}{'mean off':>10}")
    with tempfile.TemporaryDirectory() as folder:
        scene = one_by_one(data, Path(folder))
        for detector, fps in [(detector, fps) for detector in detectors for fps in (10.0, 5.0)]:
            found = measure(scene, detector=detector, model=model, fps=fps)  # type: ignore[arg-type]
            (got,) = found["zones"].values()
            print(f"{'':16}{detector:10}{fps:5g}{got['true']:6}{got['measured']:6}", end="")
            print(f"{got['worst_s']:9.2f}{got['dwell_error']:10.3f}", flush=True)


def anywhere(data: Path, model: Path, detectors: Iterable[str]) -> None:
    """Lines drawn at random over where people walk: what to expect of a line that nobody has looked at."""
    print(f"\n{RANDOM_LINES} random lines a clip")
    print(f"{'clip':16}{'detector':10}{'fps':>5}{'start':>6}{'true':>6}{'found':>6}{'f1':>8}{'gross':>8}")
    for name, rates in CLIPS.items():
        scene, walks = _scene(data / f"scenes/{name}.json", data)
        drawn = random_lines(table(walks), np.random.default_rng(SEED))
        own = LineRules(hysteresis=scene.lines[0].hysteresis, flipflop_s=0.0, newborn_s=0.0, forget_s=float("inf"))
        real = crossed(drawn, walks, own)
        for detector in detectors:
            for fps in rates:
                for start in STARTS:
                    seen = watched(scene, data, model.read_bytes(), detector, fps, start)
                    got = errors(real, crossed(drawn, seen, LineRules()))
                    print(f"{name:16}{detector:10}{fps:5g}{start:6}{got['true']:6}{got['measured']:6}", end="")
                    print(f"{got['f1']:8.3f}{got['gross']:8.3f}", flush=True)


def random_lines(rows: Table, rng: np.random.Generator) -> list[Line]:
    """Lines of a fifth of the scene at least, their ends anywhere in the box around all truth."""
    low, high = rows[:, 2:4].min(axis=0), rows[:, 2:4].max(axis=0)
    lines: list[Line] = []
    while len(lines) < RANDOM_LINES:
        a, b = rng.uniform(low, high, (2, 2)).tolist()
        if np.hypot(*np.subtract(a, b)) >= 0.2 * np.hypot(*(high - low)):
            lines.append(Line(id=f"r{len(lines)}", sensor=scenes.SENSOR, a=tuple(a), b=tuple(b)))
    return lines


def watched(scene: scenes.Scene, data: Path, model: bytes, detector: str, fps: float, start: int) -> list[People]:
    """What the eye makes of a clip at a rate, from another first frame on."""
    assert scene.clip
    assert scene.fps
    sensor = Sensor(id=scenes.SENSOR, kind="camera", source="clip", detector=detector, view=scene.view)  # type: ignore[arg-type]
    eye, wanted, seen = Eye(sensor, model), 0.0, list[People]()
    for index, image in recorded(str(data / scene.clip), scene.fps, None):
        if index - start >= round(wanted * scene.fps / fps):
            seen.append(eye.look(index / scene.fps, image))
            wanted += 1
    return seen


def crossed(lines: Iterable[Line], seen: list[People], rules: LineRules) -> list[Crossed]:
    found: list[Crossing] = []
    for line in lines:
        footfall = Footfall(line, rules)
        for people in seen:
            found += footfall.step(people)
        found += footfall.close()
    return [Crossed(c.line, c.at, c.direction) for c in found]


def _scene(path: Path, data: Path) -> tuple[scenes.Scene, list[People]]:
    scene = scenes.parse(path.read_bytes())
    assert scene.truth
    return scene, truths.read((data / scene.truth.file).read_text(), scene.truth).moments


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
            if len(away) and away.min() <= (REACH_M if height == HEIGHT_M else height):
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
        scene, walks = _scene(path, data)
        real, rows = count(scene, walks, scenes.truth_rules(scene)), table(walks)
        seeds = [count(scene, moments(noisy(rows, np.random.default_rng(s))), made(scene)) for s in range(20)]
        for key, true in real.items():
            if true:
                shares = [got[key] / true for got in seeds]
                worst = max(shares, key=lambda share: abs(share - 1))
                print(f"  {scene.name:16}{key:12}{true:9.1f}{median(shares):9.3f}{worst:9.3f}")


def main() -> None:
    """Print the parts that were asked for."""
    reader = argparse.ArgumentParser(description=(__doc__ or "").split(chr(10), 1)[0])
    reader.add_argument("data", type=Path)
    reader.add_argument("model", type=Path, nargs="?")
    reader.add_argument("--detector", choices=("onnx", "blobs"))
    reader.add_argument("--part", choices=("clips", "random", "noise"))
    given = reader.parse_args()
    model = given.model or given.data / "models/yolox_nano_416x416.onnx"
    detectors = [given.detector] if given.detector else ["onnx", "blobs"]
    print(machine())
    if given.part in (None, "clips"):
        clips(given.data, model, detectors)
    if given.part in (None, "random"):
        anywhere(given.data, model, detectors)
    if given.part in (None, "noise"):
        noise(given.data, stays_of, "truth with noise, rules of the product; how long a stay must be as in the scene")
        noise(given.data, scenes.truth_rules, "truth with noise, rules of the scene")


if __name__ == "__main__":
    main()
