"""What a survey promises: where to stand for one, and how often each part of it is told right by the others."""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

import numpy as np

from edge.plan import Point, Zone
from edge.radio.adverts import Sighting
from edge.radio.columns import rows
from edge.radio.dialects import scanner_name
from edge.radio.filter import Filter
from edge.radio.floor import Scanners, zone_of
from edge.radio.grid import over_floor
from edge.radio.position import LAG_S
from edge.radio.squares import squares
from edge.radio.survey import read_survey

_LATTICE_M, _WALL_M = 0.5, 0.7
_FEWEST_PARTS = 4


class Rehearsed(NamedTuple):
    """How often a spot, or a way from `begin` to `end`, was told right by a survey without it: seconds of seconds."""

    begin: Point
    end: Point
    right: int
    seconds: int


class _Row(NamedTuple):
    """One reading of a survey."""

    at: float
    place: Point
    scanner: str
    rssi_dbm: float


def spots(zones: Sequence[Zone], number: int) -> list[Point]:
    """So many spots spread evenly over drawn zones, each zone's middle among them first; in an order to walk them.

    Fewer where the zones hold no more; none without a zone.
    """
    drawn = [np.array(zone.polygon) for zone in zones if len(zone.polygon) > 2]
    if not drawn:
        return []
    low, high = np.min([z.min(axis=0) for z in drawn], axis=0), np.max([z.max(axis=0) for z in drawn], axis=0)
    axes = [np.arange(low[i] + _WALL_M, high[i] - _WALL_M + 1e-9, _LATTICE_M) for i in (0, 1)]
    lattice = np.stack(np.meshgrid(*axes), axis=-1).reshape(-1, 2)
    lattice = lattice[[zone_of((float(x), float(y)), zones) is not None for x, y in lattice]]
    if not len(lattice):
        return []
    found = [int(((lattice - zone.mean(axis=0)) ** 2).sum(axis=1).argmin()) for zone in drawn]
    found = list(dict.fromkeys(found))[:number]
    while len(found) < min(number, len(lattice)):
        # The point that is farthest from all that were chosen and, half as much, from the walls.
        far = np.sqrt(((lattice[:, None] - lattice[found][None]) ** 2).sum(axis=2)).min(axis=1)
        edge = 2 * np.minimum(lattice - low, high - lattice).min(axis=1)
        found.append(int(np.minimum(far, edge + 1e-6 * far).argmax()))
    return _walked([(float(x), float(y)) for x, y in lattice[sorted(set(found))]])


def rehearse(lines: Sequence[str], scanners: Scanners, zones: Sequence[Zone]) -> list[Rehearsed]:
    """Each spot or way of a survey with the columns x_m, y_m, scanner, t_s, rssi_dbm, told by the others.

    None if they are too few. The readings are played as they came; where t_s falls, another spot or way begins. A tag
    that walks is told right less often than one that stands.
    """
    parts = _parts(lines)
    if len(parts) < _FEWEST_PARTS:
        return []
    found = []
    for own in parts:
        others = [row for part in parts if part is not own for row in part]
        told = [f"{row.place[0]},{row.place[1]},{row.scanner},{row.rssi_dbm}" for row in others]
        survey = read_survey(["x_m,y_m,scanner,rssi_dbm", *told], scanners)
        judge = over_floor(scanners, squares(scanners, zones, survey), 1, survey)
        where = {int(row.at): zone_of(row.place, zones) for row in own}
        said = [where[second] == zone for second, zone in _played(judge, own) if second in where]
        found.append(Rehearsed(own[0].place, own[-1].place, sum(said), len(said)))
    return found


def _played(judge: Filter, readings: Iterable[_Row]) -> list[tuple[int, str | None]]:
    told: list[tuple[int, str | None]] = []
    tick = 1
    last = 0.0
    for row in sorted(readings):
        while row.at >= tick:
            told += [(int(guess.at), guess.zone) for guess in judge.step(float(tick))]
            tick += 1
        judge.hear(Sighting(row.at, row.scanner, 0, row.rssi_dbm, False))
        last = row.at
    while tick <= last + LAG_S:
        told += [(int(guess.at), guess.zone) for guess in judge.step(float(tick))]
        tick += 1
    return told


def _parts(lines: Iterable[str]) -> list[list[_Row]]:
    parts: list[list[_Row]] = []
    for _, (x, y, name, at, rssi) in rows(lines, "radio.survey", ("x_m", "y_m", "scanner", "t_s", "rssi_dbm")):
        row = _Row(float(at), (float(x), float(y)), scanner_name(name), float(rssi))
        if not parts or row.at < parts[-1][-1].at:
            parts.append([])
        parts[-1].append(row)
    return parts


def _walked(points: list[Point]) -> list[Point]:
    """The same points, each followed by the nearest one left."""
    path = [points.pop(0)] if points else []
    while points:
        nearest = min(points, key=lambda p: (p[0] - path[-1][0]) ** 2 + (p[1] - path[-1][1]) ** 2)
        points.remove(nearest)
        path.append(nearest)
    return path
