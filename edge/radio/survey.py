"""The survey: what the scanners heard of a tag at known spots, or in known zones.

A survey is a person with a tag who stands some 30 s at a dozen spots. Where nobody noted the spots, only the zones,
it says how each zone sounds.
"""

import math
from collections.abc import Iterable
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from edge.plan import PlanError
from edge.radio.columns import rows
from edge.radio.dialects import scanner_name
from edge.radio.floor import Scanners

Floats = NDArray[np.float64]
WEAKEST_DBM = -120.0
# More spots than this are joined with their neighbours: a robot's survey has thousands.
_MOST_SPOTS, _FINEST_M = 150, 0.25


class Survey(NamedTuple):
    """What was heard: by spot and scanner, and by zone and scanner.

    `spots` (N, 2) in metres; `levels` (N, S) mean dBm, NaN where a scanner was not heard; `n` (N, S) readings;
    `at` (N,) the zone said for each spot, None where none was; `zones` their names. `mean`, `spread` and `heard`
    (Z, S) are those of the readings said to be in a zone: dBm, dB, number. `floor` is the weakest reading in dBm.
    `unused` counts by reason the lines that say nothing.
    """

    spots: Floats
    levels: Floats
    n: Floats
    at: tuple[str | None, ...]
    zones: tuple[str, ...]
    mean: Floats
    spread: Floats
    heard: Floats
    floor: float
    unused: dict[str, int]


def read_survey(lines: Iterable[str], scanners: Scanners) -> Survey:
    """The survey in lines with the columns scanner and rssi_dbm, and x_m and y_m, or zone, or all three.

    Lines without a usable strength, of a scanner that is not on the floor, or without a place are counted and left
    out. PlanError: a column is missing, or no line can be used.
    """
    column = {name: i for i, name in enumerate(scanners.names)}
    spots: dict[tuple[float, float], _Sums] = {}
    zones: dict[str, _Sums] = {}
    said: dict[tuple[float, float], str] = {}
    unused: dict[str, int] = {}
    floor = 0.0
    table = rows(lines, "radio.survey", ("scanner", "rssi_dbm"), ("x_m", "y_m", "zone"))
    for _, (scanner, strength, x_m, y_m, zone) in table:
        rssi, spot = _number(strength), (_number(x_m), _number(y_m))
        place = column.get(scanner_name(scanner))
        if why := _flaw(rssi, place, spot, zone):
            unused[why] = unused.get(why, 0) + 1
            continue
        assert place is not None
        floor = min(floor, rssi)
        if math.isfinite(spot[0] + spot[1]):
            spots.setdefault(spot, _Sums(len(column))).add(place, rssi)
            said.setdefault(spot, zone)
        if zone:
            zones.setdefault(zone, _Sums(len(column))).add(place, rssi)
    if not spots and not zones:
        raise PlanError("radio.survey: no line with a strength below 0 dBm of a known scanner at a spot or in a zone")
    return _survey(_joined(spots, said), zones, len(column), floor, unused)


class _Sums:
    """Number, sum and sum of squares by scanner."""

    def __init__(self, scanners: int) -> None:
        self.sums = np.zeros((3, scanners))

    def add(self, scanner: int, rssi: float) -> None:
        self.sums[:, scanner] += (1, rssi, rssi * rssi)


def _survey(
    spots: list[tuple[tuple[float, float], str | None, Floats]],
    zones: dict[str, _Sums],
    scanners: int,
    floor: float,
    unused: dict[str, int],
) -> Survey:
    heard = np.array([sums for _, _, sums in spots]).reshape(len(spots), 3, scanners)
    by_zone = np.array([one.sums for one in zones.values()]).reshape(len(zones), 3, scanners)
    n, mean = by_zone[:, 0], _mean(by_zone)
    spread = np.sqrt(np.maximum(by_zone[:, 2] / np.maximum(n, 1) - np.nan_to_num(mean) ** 2, 0))
    return Survey(
        np.array([spot for spot, _, _ in spots]).reshape(-1, 2), _mean(heard), heard[:, 0],
        tuple(zone for _, zone, _ in spots), tuple(zones), mean, spread, n, floor, unused,
    )  # fmt: skip


def _mean(sums: Floats) -> Floats:
    mean: Floats = np.divide(sums[:, 1], sums[:, 0], out=np.full(sums[:, 0].shape, np.nan), where=sums[:, 0] > 0)
    return mean


def _joined(
    spots: dict[tuple[float, float], _Sums], said: dict[tuple[float, float], str]
) -> list[tuple[tuple[float, float], str | None, Floats]]:
    """The spots with their zone and sums; where they are too many, those in one square (and zone) as one."""
    square = 0.0
    groups: dict[object, list[tuple[float, float]]] = {spot: [spot] for spot in spots}
    while len(groups) > _MOST_SPOTS:
        square, groups = max(_FINEST_M, square * 1.5), {}
        for x, y in spots:
            groups.setdefault((round(x / square), round(y / square), said[x, y]), []).append((x, y))
    joined = []
    for group in groups.values():
        x, y = np.mean(group, axis=0).tolist()
        joined.append(((x, y), said[group[0]] or None, np.sum([spots[spot].sums for spot in group], axis=0)))
    return joined


def _number(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        return math.nan


def _flaw(rssi: float, scanner: int | None, spot: tuple[float, float], zone: str) -> str | None:
    if not WEAKEST_DBM <= rssi < 0:
        return "no usable strength"
    if scanner is None:
        return "unknown scanner"
    return None if zone or math.isfinite(spot[0] + spot[1]) else "no place"
