"""Which rule tells zones best: ours beside known rules, on the same recordings, in the same run; run by hand.

    python tests/benchmarks/bench_zones.py ../shared/data/beacon [DRAWS]

The answer of every rule for second t is what it says at t + 3. Recorded: an open room with zones of six aisle halves
(A6) and of thirds by halves (Z6), scored on the rectangular tracks, on which nothing was tuned, and on the straight
ones; a vestibule with twelve tags, one left out at a time. Simulated: a flat with walls and a door.
"""

import os

# As in the processes of a device (edge.__main__); numpy reads it when it is loaded.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import csv
import gzip
import itertools
import random
import statistics
import sys
import time
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np

from edge.plan import Zone
from edge.radio.adverts import Sighting
from edge.radio.audit import replay_adverts
from edge.radio.estimator import placing
from edge.radio.floor import Scanners, read_scanners
from edge.radio.grid import over_floor
from edge.radio.squares import squares
from simulators.rooms import DOOR, FLAT, Place, recording
from tests.benchmarks.known_rules import RULES, Second, neighbours, visits

X, Y, LATE = 20.66, 17.64, 3
HEADING = "t_s,scanner,tag,rssi_dbm"


class Case(NamedTuple):
    """One recording: its lines, who stands where, the zones (none: those of the survey), the truth by second."""

    events: list[str]
    scanners: list[str]
    zones: tuple[Zone, ...]
    truth: list[str | None]


class Told(NamedTuple):
    """What a rule says of each second, and how surely (None: it does not say)."""

    zones: list[str | None]
    sure: list[float] | None = None


def grid(columns: list[float], rows: list[float]) -> tuple[Zone, ...]:
    """The zones between these cuts, named by column and row."""
    return tuple(
        Zone(id=f"z{i}{j}", sensor="radio", polygon=((a, c), (b, c), (b, d), (a, d)))
        for i, (a, b) in enumerate(itertools.pairwise(columns))
        for j, (c, d) in enumerate(itertools.pairwise(rows))
    )


LAYOUTS = {
    "A6": grid([-0.5, 8.7, X + 0.5], [-0.5, 6.3, 10.9, Y + 0.5]),
    "Z6": grid([-0.5, X / 3, 2 * X / 3, X + 0.5], [-0.5, Y / 2, Y + 0.5]),
}


def ours(case: Case, survey: list[str] | None, named: bool = False) -> Told:
    """Our estimator; without `named` the scanners' own zones are kept from it."""
    scanners = case.scanners if named else [",".join(line.split(",")[:4]) for line in case.scanners]
    names = read_scanners(scanners, case.zones).names
    judge = placing(case.zones, (), 1, scanners, survey)
    said = {int(p.t_s): p for p in replay_adverts(case.events, judge, names, ["T1"], Counter())}
    seconds = range(len(case.truth))
    return Told(
        [said[t].zone if t in said else None for t in seconds],
        [said[t].probability if t in said else 0.0 for t in seconds],
    )


def known(case: Case, rule: str) -> Told:
    """A known rule: the zone in which the scanner it believes nearest stands."""
    stand = read_scanners(case.scanners, case.zones)
    zone = dict(zip(stand.names, stand.zones, strict=True))
    said = RULES[rule](_seconds(case))
    return _late([zone.get(name or "") for name in said], len(case.truth))


def stronger(case: Case, off: int) -> Case:
    """The same of a tag so many dB stronger than the surveyed one."""
    heading, *events = case.events
    rows = [line.rsplit(",", 1) for line in events]
    return case._replace(events=[heading, *(f"{row},{min(-1, int(float(dbm)) + off)}" for row, dbm in rows)])


def nearest(case: Case, survey: list[str]) -> Told:
    """The k nearest spots of the survey, which names the zone of each."""
    spots: dict[tuple[str, str, str], Second] = {}
    for row in csv.DictReader(survey):
        spots.setdefault((row["zone"], row["x_m"], row["y_m"]), {}).setdefault(row["scanner"], []).append(
            float(row["rssi_dbm"])
        )
    by_zone: dict[str, list[Second]] = {}
    for (zone, *_), spot in spots.items():
        by_zone.setdefault(zone, []).append(spot)
    return _late(neighbours(_seconds(case), by_zone), len(case.truth))


def _late(said: list[str | None], length: int) -> Told:
    """What was said at the end of second t + 2, that is at t + 3, about t."""
    return Told([said[min(t + LATE - 1, len(said) - 1)] for t in range(length)])


def _seconds(case: Case) -> list[Second]:
    found: list[Second] = [{} for _ in range(len(case.truth) + 1)]
    for row in csv.DictReader(case.events):
        level, second = float(row["rssi_dbm"]), int(float(row["t_s"]))
        if -120 <= level < 0 and second < len(found):
            found[second].setdefault(row["scanner"].lower(), []).append(level)
    return found


def figures(cases: Sequence[Case], told: Sequence[Told]) -> str:
    """Right zone in percent, stays told wrongly a minute, stays missed, changes, calibration error."""
    pairs = [
        (zone == said, sure)
        for case, one in zip(cases, told, strict=True)
        for zone, said, sure in zip(case.truth, one.zones, one.sure or [0.0] * len(case.truth), strict=True)
        if zone is not None
    ]
    stays = [visits(case.truth, one.zones) for case, one in zip(cases, told, strict=True)]
    ghosts, missed, true = (sum(getattr(v, name) for v in stays) for name in ("ghosts", "missed", "true"))
    changes, real = sum(v.changes for v in stays), true - len(stays)
    text = (
        f"right {100 * sum(r for r, _ in pairs) / len(pairs):5.1f} %, ghosts {60 * ghosts / len(pairs):4.2f} a min,"
        f" missed {missed} of {true}, changes {changes} (true {real})"
    )
    return text + (f", ECE {unsure(pairs):.3f}" if told[0].sure else "")


def unsure(pairs: Iterable[tuple[bool, float]]) -> float:
    """Expected calibration error over ten bins of probability: how far said and true shares lie apart."""
    bins: dict[int, list[tuple[bool, float]]] = defaultdict(list)
    for right, probability in pairs:
        bins[min(9, int(probability * 10))].append((right, probability))
    total = sum(len(b) for b in bins.values())
    return sum(abs(sum(r for r, _ in b) - sum(p for _, p in b)) for b in bins.values()) / total


def tracks(folder: Path, kind: str, layout: str) -> list[Case]:
    """The recorded tracks of the open room."""
    stand = (folder / "scanners.csv").read_text(encoding="utf-8").splitlines()
    cases = []
    for path in sorted(folder.glob(f"track_{kind}*.csv")):
        rows = list(csv.DictReader(path.open(encoding="utf-8")))
        events = [HEADING, *(f"{r['t_s']},{r['scanner']},T1,{r['rssi_dbm']}" for r in rows)]
        cases.append(Case(events, stand, LAYOUTS[layout], _truth(rows, LAYOUTS[layout])))
    return cases


def _truth(rows: list[dict[str, str]], zones: tuple[Zone, ...]) -> list[str | None]:
    """The zone at each whole second, from the reading nearest to it."""
    best: dict[int, tuple[float, str]] = {}
    for row in rows:
        t, x, y = float(row["t_s"]), float(row["x_m"]), float(row["y_m"])
        if abs(t - round(t)) < best.get(round(t), (1.0, ""))[0]:
            best[round(t)] = (abs(t - round(t)), _at(x, y, zones))
    return [best[t][1] if t in best else None for t in range(max(best) + 1)]


def _at(x: float, y: float, zones: tuple[Zone, ...]) -> str:
    return next(
        z.id for z in zones if z.polygon[0][0] <= x < z.polygon[1][0] and z.polygon[0][1] <= y < z.polygon[2][1]
    )


def draw(folder: Path, points: int, seed: int, zones: tuple[Zone, ...]) -> list[str]:
    """The first 30 s of so many spots of the survey, drawn at random."""
    with gzip.open(folder / "survey_set1_60s.csv.gz", "rt", encoding="utf-8") as lines:
        survey = list(csv.DictReader(lines))
    drawn = set(random.Random(seed).sample(sorted({(r["x_m"], r["y_m"]) for r in survey}), points))
    kept = [
        r for r in survey if (r["x_m"], r["y_m"]) in drawn and float(r["t_s"]) < 30 and -120 < int(r["rssi_dbm"]) < 0
    ]
    lines = [f"{r['x_m']},{r['y_m']},{r['scanner']},{r['rssi_dbm']}" for r in kept]
    where = [_at(float(r["x_m"]), float(r["y_m"]), zones) for r in kept]
    return ["x_m,y_m,scanner,rssi_dbm,zone", *(f"{a},{b}" for a, b in zip(lines, where, strict=True))]


def walked(folder: Path) -> list[str]:
    """A survey walked along the straight tracks, each place taken as on an even walk from one end to the other."""
    lines = ["x_m,y_m,scanner,rssi_dbm"]
    for path in sorted(folder.glob("track_straight*.csv")):
        rows = [row for row in csv.DictReader(path.open(encoding="utf-8")) if -120 < float(row["rssi_dbm"]) < 0]
        at = np.array([float(row["t_s"]) for row in rows])
        xy = np.array([(float(row["x_m"]), float(row["y_m"])) for row in rows])
        left, short = (np.linalg.norm(xy - xy[end], axis=1) > 0.3 for end in (0, -1))
        on = np.flatnonzero(np.maximum.accumulate(left) & np.maximum.accumulate(short[::-1])[::-1])
        begin, lasts = at[on[0]], at[on[-1]] - at[on[0]]
        for i in on:
            x, y = xy[on[0]] + (xy[on[-1]] - xy[on[0]]) * min(1.0, (np.floor(at[i] - begin) + 0.5) / lasts)
            lines.append(f"{x:.2f},{y:.2f},{rows[i]['scanner']},{rows[i]['rssi_dbm']}")
    return lines


def open_room(folder: Path, draws: int) -> None:
    for kind, layout in itertools.product(("rectangular", "straight"), LAYOUTS):
        cases = tracks(folder, kind, layout)
        print(f"open room, {layout}, {kind} tracks, {sum(len(c.truth) for c in cases)} s")
        for rule in RULES:
            print(f"  {rule:28} {figures(cases, [known(case, rule) for case in cases])}")
        surveys = [draw(folder, 12, seed, LAYOUTS[layout]) for seed in range(draws)]
        print(f"  {'ours, no survey':28} {figures(cases, [ours(case, None) for case in cases])}")
        if kind == "rectangular":
            print(f"  {'ours, survey walked':28} {figures(cases, [ours(case, walked(folder)) for case in cases])}")
        rules = [("kNN, 12 random spots", nearest, 0), ("ours, 12 random spots", ours, 0)]
        rules += [(f"{name}, tag {off:+} dB", rule, off) for off in (-6, 6) for name, rule, _ in rules[:2]]
        for name, rule, off in rules:
            told = [[rule(stronger(case, off), survey) for case in cases] for survey in surveys]
            shares = sorted(
                100
                * statistics.fmean(
                    a == b for c, t in zip(cases, one, strict=True) for a, b in zip(c.truth, t.zones, strict=True)
                )
                for one in told
            )
            spread = f"median {statistics.median(shares):.1f} %, {shares[0]:.1f} to {shares[-1]:.1f}"
            print(f"  {name:33} {spread}; {figures(cases * draws, [t for one in told for t in one])}")


def vestibule(path: Path) -> None:
    """Leave one tag out; windows by their commonest answer."""
    rows = list(csv.DictReader(path.open(encoding="utf-8")))
    stand = ["scanner,x_m,y_m,z_m", "s1,0,0,2", "s2,5,0,2"]
    area = {row["tag"]: row["area"] for row in rows}
    windows: dict[int, list[tuple[str, str]]] = {1: [], 10: [], 60: []}
    pairs = []
    for tag in sorted(area):
        readings = [(r, k) for r in rows for k in "12"]
        survey = [f"s{k},{r[f'rssi_scanner{k}']},{r['area']}" for r, k in readings if r["tag"] != tag]
        events = [f"{r['t_s']},s{k},{tag},{r[f'rssi_scanner{k}']}" for r, k in readings if r["tag"] == tag]
        judge = placing((), (), 1, stand, ["scanner,rssi_dbm,zone", *survey])
        said = list(replay_adverts([HEADING, *events], judge, ["s1", "s2"], [tag], Counter()))
        pairs += [(p.zone == area[tag], p.probability) for p in said]
        for size, found in windows.items():
            for _, group in itertools.groupby(said, lambda p: int(p.t_s) // size):  # noqa: B023
                found.append((area[tag], Counter(str(p.zone) for p in group).most_common(1)[0][0]))
    for size, found in windows.items():
        outside, share = [b for a, b in found if a == "OUTSIDE"], statistics.fmean(a == b for a, b in found)
        print(
            f"vestibule, one tag left out, {size:2} s: right {100 * share:.1f} %,"
            f" passers-by counted inside {100 * outside.count('INSIDE') / len(outside):.2f} %"
        )
    print(f"vestibule, ECE {unsure(pairs):.3f}")


def rooms(name: str, place: Place, seeds: int) -> None:
    made = [recording(place, 100 + seed) for seed in range(seeds)]
    zones = tuple(
        Zone(id=n, sensor="radio", polygon=((a, b), (c, b), (c, d), (a, d)))
        for n, (a, b, c, d) in place.rooms.items()
    )
    cases = [Case(one.events, one.scanners, zones, list(one.truth)) for one in made]
    bare = [case._replace(zones=()) for case in cases]
    print(f"simulated {name}, {seeds} recordings of 360 s")
    for rule in RULES:
        print(f"  {rule:28} {figures(cases, [known(case, rule) for case in cases])}")
    print(
        f"  {'kNN, 18 spots':28} {figures(cases, [nearest(c, m.survey) for c, m in zip(cases, made, strict=True)])}"
    )
    only = [[line.split(",", 2)[2] for line in one.survey] for one in made]
    ways = {
        "ours, polygons and 18 spots": [ours(c, m.survey) for c, m in zip(cases, made, strict=True)],
        "ours, zones of the spots": [ours(c, m.survey) for c, m in zip(bare, made, strict=True)],
        "ours, zone-only survey": [ours(c, survey) for c, survey in zip(bare, only, strict=True)],
        "ours, scanners' own zones": [ours(c, None, named=True) for c in bare],
        "ours, polygons only": [ours(c, None) for c in cases],
    }
    for way, told in ways.items():
        print(f"  {way:28} {figures(cases, told)}")


def pace() -> None:
    """Prints the processor time of one second of data: 12 scanners, two readings each of every tag."""
    zones, places = LAYOUTS["A6"], np.random.default_rng(1).uniform((0, 0, 2), (X, Y, 3), (12, 3))
    stand = Scanners(tuple(f"s{i}" for i in range(12)), places, (None,) * 12, tuple(range(12)))
    floor = squares(stand, zones, None)
    for tags in (20, 100, 200, 400):
        judge, spent = over_floor(stand, floor, tags, None), []
        for second in range(30):
            for n in range(tags * 24):
                judge.hear(Sighting(second + 0.5, f"s{n % 12}", n // 24, -60.0 - n % 37, False))
            began = time.process_time()
            judge.step(second + 1.0)
            spent.append(time.process_time() - began)
        print(
            f"{tags} tags, 12 scanners, {len(floor.centres)} squares: {1000 * statistics.median(spent):.1f} ms a step"
        )


def main(folder: Path, draws: int) -> None:
    pace()
    open_room(folder / "tetam_openplan", draws)
    vestibule(folder / "uci586_vestibule/filtered_rssi.csv")
    rooms("flat with walls", FLAT, 8)
    rooms("door", DOOR, 8)


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else 12)
