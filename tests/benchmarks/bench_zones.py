"""Right-zone share of the radio estimators on recorded tags with known places; run by hand.

    python tests/benchmarks/bench_zones.py ../shared/data/beacon/tetam_openplan

The answer for second t is what the estimator says at t + 3. Zones are those of six aisle halves (A6) and of
thirds by halves (Z6); scored are the rectangular tracks, on which nothing was tuned, and the straight ones.
"""

import csv
import itertools
import sys
from collections.abc import Iterator
from pathlib import Path

from edge.plan import Plan, Radio, Sensor, Zone
from edge.radio.audit import replay_adverts

X, Y = 20.66, 17.64


def grid(columns: list[float], rows: list[float]) -> tuple[Zone, ...]:
    """The zones between these cuts, named by column and row."""
    return tuple(
        Zone(id=f"z{i}{j}", sensor="radio", polygon=((a, c), (b, c), (b, d), (a, d)))
        for i, (a, b) in enumerate(itertools.pairwise(columns))
        for j, (c, d) in enumerate(itertools.pairwise(rows))
    )


LAYOUTS = {
    "A6": grid([-5, 8.7, X + 5], [-5, 6.3, 10.9, Y + 5]),
    "Z6": grid([-5, X / 3, 2 * X / 3, X + 5], [-5, Y / 2, Y + 5]),
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


def score(track: list[dict[str, str]], scanners: list[str], layout: str) -> tuple[int, int]:
    """(seconds right, seconds that have a truth); a second without an answer is wrong."""
    known = truth(track, layout)
    said = {round(p.t_s): p.zone for p in replay_adverts(events(track), plan(layout), scanners)}
    return sum(said.get(t) == zone for t, zone in known.items()), len(known)


def main(folder: Path) -> None:
    scanners = (folder / "scanners.csv").read_text(encoding="utf-8").splitlines()
    for layout in LAYOUTS:
        for kind in ("rectangular", "straight"):
            scored = [score(rows(t), scanners, layout) for t in sorted(folder.glob(f"track_{kind}*.csv"))]
            right, of = (sum(column) for column in zip(*scored, strict=True))
            each = " ".join(f"{100 * r / n:.0f}" for r, n in scored)
            print(f"{layout} {kind}: {100 * right / of:.1f} % of {of} s ({each})")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
