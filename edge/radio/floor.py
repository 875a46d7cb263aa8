"""The radio's floor: where the scanners stand and which zone a point in metres lies in."""

import csv
import math
from collections.abc import Iterable
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from edge.measure.geometry import inside
from edge.plan import Plan, PlanError, Point, Zone
from edge.radio.dialects import scanner_name


class Scanners(NamedTuple):
    """Scanners in the order of their file: name as compared, place in metres, zone they stand in, line there;
    `named` says that the file itself names zones.
    """

    names: tuple[str, ...]
    xyz: NDArray[np.float64]
    zones: tuple[str | None, ...]
    lines: tuple[int, ...]
    named: bool = False


def radio_zones(plan: Plan, sensor: str | None = None) -> tuple[Zone, ...]:
    """The zones that are told by tags: those of one radio sensor, or of all of them."""
    radio = {s.id for s in plan.sensors if s.kind != "camera" and sensor in (None, s.id)}
    return tuple(zone for zone in plan.zones if zone.sensor in radio)


def read_scanners(lines: Iterable[str], plan: Plan, sensor: str | None = None) -> Scanners:
    """The scanners in a file `scanner,x_m,y_m,z_m[,zone]`; PlanError naming the line.

    A scanner without a zone of its own stands in the zone whose polygon holds it, or in none. A zone that
    another sensor counts is none for this one.
    """
    own = radio_zones(plan, sensor)
    known, mine = {zone.id for zone in plan.zones}, {zone.id for zone in own}
    names: list[str] = []
    places, zones, numbers, named = [], [], [], False
    for number, row in _rows(lines):
        where = f"radio.scanners line {number}"
        name, xyz, zone = _scanner(row, where)
        if name in names:
            raise PlanError(f"{where}: this scanner stands on an earlier line too")
        if zone and zone not in known:
            raise PlanError(f"{where}: zone: the plan has no such zone")
        names.append(name)
        places.append(xyz)
        zones.append((zone if zone in mine else None) if zone else zone_of(xyz[:2], own))
        numbers.append(number)
        named = named or bool(zone)
    if not names:
        raise PlanError("radio.scanners: no scanner in the file")
    return Scanners(tuple(names), np.array(places, dtype=np.float64), tuple(zones), tuple(numbers), named)


def zone_of(point: Point, zones: Iterable[Zone]) -> str | None:
    """The first zone whose polygon holds the point, None where there is none."""
    xy = np.array([point], dtype=np.float64)
    return next((zone.id for zone in zones if inside(xy, zone.polygon)[0]), None)


def _rows(lines: Iterable[str]) -> Iterable[tuple[int, list[str]]]:
    for number, row in enumerate(csv.reader(lines), 1):
        cells = [cell.strip() for cell in row]
        if any(cells) and not cells[0].startswith("#") and (number > 1 or cells[:2] != ["scanner", "x_m"]):
            yield number, cells


def _scanner(row: list[str], where: str) -> tuple[str, tuple[float, float, float], str]:
    if len(row) not in (4, 5) or not row[0]:
        raise PlanError(f"{where}: expected scanner,x_m,y_m,z_m and perhaps a zone")
    try:
        x, y, z = (float(cell) for cell in row[1:4])
    except ValueError:
        raise PlanError(f"{where}: x_m, y_m and z_m must be numbers") from None
    if not all(math.isfinite(value) and abs(value) < 10_000 for value in (x, y, z)):
        raise PlanError(f"{where}: x_m, y_m and z_m must be metres on one floor")
    return scanner_name(row[0]), (x, y, z), row[4] if len(row) == 5 else ""
