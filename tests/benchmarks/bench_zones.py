"""Right-zone share of the radio estimators on recorded tags with known places; run by hand.

    python tests/benchmarks/bench_zones.py ../shared/data/beacon/tetam_openplan

The answer for second t is what the estimator says at t + 3. Zones are those of six aisle halves (A6) and of
thirds by halves (Z6); scored are the rectangular tracks, on which nothing was tuned, and the straight ones.
"""

import csv
import gzip
import itertools
import random
import statistics
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from edge.plan import Plan, Radio, Sensor, Zone
from edge.radio.adverts import Sighting
from edge.radio.audit import replay_adverts
from edge.radio.floor import Scanners
from edge.radio.grid import Grid

X, Y = 20.66, 17.64


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


def plan(layout: str) -> Plan:
    return Plan(
        site="s",
        device="d",
        timezone="UTC",
        level="standard",
        sensors=(Sensor(id="radio", kind="gateway"),),
        zones=LAYOUTS[layout],
        radio=Radio(scanners="", tags={"T1": "trolley"}),
    )


def rows(track: Path) -> list[dict[str, str]]:
    with track.open(encoding="utf-8") as lines:
        return list(csv.DictReader(lines))


def truth(track: list[dict[str, str]], layout: str) -> dict[int, str]:
    """The zone at each whole second, from the reading nearest to it."""
    nearest: dict[int, tuple[float, str]] = {}
    for row in track:
        t, x, y = float(row["t_s"]), float(row["x_m"]), float(row["y_m"])
        zone = next(z.id for z in LAYOUTS[layout] if _inside(x, y, z))
        far = abs(t - round(t))
        if far < nearest.get(round(t), (1.0, ""))[0]:
            nearest[round(t)] = (far, zone)
    return {t: zone for t, (_, zone) in nearest.items()}


def _inside(x: float, y: float, zone: Zone) -> bool:
    (left, low), _, (right, high), _ = zone.polygon
    return left <= x < right and low <= y < high


def events(track: list[dict[str, str]]) -> Iterator[str]:
    yield from (f"{row['t_s']},{row['scanner']},T1,{row['rssi_dbm']}" for row in track)


def draw(survey: list[dict[str, str]], points: int, seed: int) -> list[str]:
    """The first 30 s of so many spots of a survey, drawn at random."""
    spots = sorted({(row["x_m"], row["y_m"]) for row in survey})
    drawn = set(random.Random(seed).sample(spots, points))
    kept = [r for r in survey if (r["x_m"], r["y_m"]) in drawn and float(r["t_s"]) < 30]
    return ["x_m,y_m,scanner,rssi_dbm", *(f"{r['x_m']},{r['y_m']},{r['scanner']},{r['rssi_dbm']}" for r in kept)]


def score(
    track: list[dict[str, str]], scanners: list[str], layout: str, survey: list[str] | None
) -> list[tuple[bool, float]]:
    """(right, probability) of each second that has a truth; a second without an answer is wrong."""
    known = truth(track, layout)
    said = {round(p.t_s): p for p in replay_adverts(events(track), plan(layout), scanners, survey)}
    return [(said[t].zone == zone, said[t].probability) if t in said else (False, 0.0) for t, zone in known.items()]


def share(scored: list[tuple[bool, float]]) -> float:
    """Right answers in percent."""
    return 100 * sum(right for right, _ in scored) / len(scored)


def unsure(scored: list[tuple[bool, float]]) -> float:
    """Expected calibration error over ten bins of probability: how far said and true shares lie apart."""
    bins: dict[int, list[tuple[bool, float]]] = {}
    for right, probability in scored:
        bins.setdefault(min(9, int(probability * 10)), []).append((right, probability))
    return sum(abs(sum(r for r, _ in b) - sum(p for _, p in b)) for b in bins.values()) / len(scored)


def main(folder: Path, draws: int) -> None:
    scanners = (folder / "scanners.csv").read_text(encoding="utf-8").splitlines()
    with gzip.open(folder / "survey_set1_60s.csv.gz", "rt", encoding="utf-8") as lines:
        points = list(csv.DictReader(lines))
    surveys = [draw(points, 12, seed) for seed in range(draws)]
    for kind in ("rectangular", "straight"):
        tracks = [rows(track) for track in sorted(folder.glob(f"track_{kind}*.csv"))]
        for layout in LAYOUTS:
            named = [scanners[0], *(f"{line},{_stands(line, layout)}" for line in scanners[1:])]
            strongest = [second for track in tracks for second in score(track, named, layout, None)]
            blind = [second for track in tracks for second in score(track, scanners, layout, None)]
            drawn = [[s for track in tracks for s in score(track, scanners, layout, one)] for one in surveys]
            shares = sorted(share(scored) for scored in drawn)
            print(
                f"{layout} {kind}, {len(blind)} s: strongest {share(strongest):.1f} %; grid without survey"
                f" {share(blind):.1f} % (ECE {unsure(blind):.3f}); with 12 random spots median"
                f" {statistics.median(shares):.1f} %, {shares[0]:.1f} to {shares[-1]:.1f}"
                f" (ECE {unsure([s for scored in drawn for s in scored]):.3f})"
            )
    pace()


def _stands(line: str, layout: str) -> str:
    _, x, y, _ = line.split(",")
    return next(z.id for z in LAYOUTS[layout] if _inside(float(x), float(y), z))


def pace() -> None:
    """Prints the time of one second of data: 200 tags, 12 scanners, two readings each."""
    zones = LAYOUTS["A6"]
    places = np.random.default_rng(1).uniform((0, 0, 2), (X, Y, 3), (12, 3))
    judge = Grid(
        Scanners(tuple(f"s{i}" for i in range(12)), places, (None,) * 12, tuple(range(12))), zones, 200, None
    )
    spent = []
    for second in range(20):
        for n in range(200 * 12 * 2):
            judge.hear(Sighting(second + 0.5, f"s{n % 12}", n % 200, -60.0 - n % 37, False))
        began = time.perf_counter()
        judge.step(second + 1.0)
        spent.append(time.perf_counter() - began)
    print(f"200 tags, 12 scanners, {judge._share.shape[0]} squares: {1000 * statistics.median(spent):.1f} ms a step")


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else 12)
