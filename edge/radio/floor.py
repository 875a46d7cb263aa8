"""The radio's floor: where the scanners stand and which zone a point in metres lies in."""

import math
from collections.abc import Collection, Iterable, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from edge.measure.geometry import inside
from edge.plan import Plan, PlanError, Point, Zone
from edge.radio.columns import rows
from edge.radio.dialects import scanner_name

_FARTHEST_M = 10_000


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


def floor_zones(plan: Plan, sensor: str | None = None) -> tuple[Zone, ...]:
    """Those of them that are places on the floor: the one that stands for the whole visit is none."""
    return tuple(zone for zone in radio_zones(plan, sensor) if not zone.whole)


def read_scanners(lines: Iterable[str], zones: Sequence[Zone], others: Collection[str] = ()) -> Scanners:
    """The scanners in a file with the columns scanner,x_m,y_m,z_m and perhaps zone; PlanError naming the line.

    A scanner without a zone of its own stands in the zone whose polygon holds it, or in none; so does one in a
    zone of `others`, which another sensor counts. Without any zones the file may name what it likes. The same line
    twice is one scanner, the same name at another place an error.
    """
    known = {zone.id for zone in zones}
    found: dict[str, tuple[tuple[float, float, float], str, int]] = {}
    for number, cells in rows(lines, "radio.scanners", ("scanner", "x_m", "y_m", "z_m"), ("zone",)):
        where = f"radio.scanners line {number}"
        name, place, zone = _scanner(cells, where)
        if name in found and found[name][:2] != (place, zone):
            raise PlanError(f"{where}: this scanner stands on an earlier line too")
        if zone and zones and zone not in known and zone not in others:
            raise PlanError(f"{where}: zone: the plan has no such zone")
        found.setdefault(name, (place, zone, number))
    if not found:
        raise PlanError("radio.scanners: no scanner in the file")
    stand = [
        (zone if zone in known or not zones else None) if zone else zone_of(place[:2], zones)
        for place, zone, _ in found.values()
    ]
    places = np.array([place for place, _, _ in found.values()], dtype=np.float64)
    named = any(zone for _, zone, _ in found.values())
    return Scanners(tuple(found), places, tuple(stand), tuple(number for *_, number in found.values()), named)


def zone_of(point: Point, zones: Iterable[Zone]) -> str | None:
    """The first zone whose polygon holds the point, None where there is none."""
    xy = np.array([point], dtype=np.float64)
    return next((zone.id for zone in zones if len(zone.polygon) > 2 and inside(xy, zone.polygon)[0]), None)


def _scanner(cells: list[str], where: str) -> tuple[str, tuple[float, float, float], str]:
    if not all(cells[:4]):
        raise PlanError(f"{where}: expected scanner,x_m,y_m,z_m and perhaps a zone")
    try:
        x, y, z = (float(cell) for cell in cells[1:4])
    except ValueError:
        raise PlanError(f"{where}: x_m, y_m and z_m must be numbers") from None
    if not all(math.isfinite(value) and abs(value) < _FARTHEST_M for value in (x, y, z)):
        raise PlanError(f"{where}: x_m, y_m and z_m must be metres on one floor")
    return scanner_name(cells[0]), (x, y, z), cells[4]
