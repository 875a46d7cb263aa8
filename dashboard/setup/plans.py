"""A device's plan as a table: its outlines in floor metres, and the same plan with one of them drawn anew.

A plan is in picture pixels where a camera looks, and in metres where scanners listen. Drawn is in metres, over the
shop's floor plan, so a camera's outlines go through the plane that its `floor` points fix.
"""

import copy
from typing import Any, Literal, NamedTuple

import numpy as np

from edge.measure.plane import Floor, picture

Table = dict[str, Any]
Kind = Literal["lines", "zones", "queues"]
Points = tuple[tuple[float, float], ...]
PARTS: dict[str, tuple[str, ...]] = {"lines": ("ends",), "zones": ("polygon",), "queues": ("polygon", "service")}


class Outline(NamedTuple):
    """One drawn part of a place; `points` in floor metres, None where its camera knows no floor."""

    kind: Kind
    place: str
    part: str
    sensor: str
    points: Points | None


def outlines(plan: Table) -> list[Outline]:
    """Every line, zone and queue of a plan that has been checked."""
    return [
        Outline(kind, place["id"], part, place["sensor"], _metres(plan, place["sensor"], _drawn(place, part)))
        for kind in ("lines", "zones", "queues")
        for place in plan.get(kind, ())
        for part in PARTS[kind]
    ]


def redrawn(plan: Table, outline: Outline) -> Table:
    """The plan with the outline's points in place of those it had; ValueError where the camera knows no floor."""
    found = copy.deepcopy(plan)
    place = next(one for one in found[outline.kind] if one["id"] == outline.place)
    pixels = _pixels(plan, outline.sensor, outline.points or ())
    if outline.part == "ends":
        place["a"], place["b"] = pixels
    else:
        place[outline.part] = pixels
    return found


def _drawn(place: Table, part: str) -> Points:
    found = (place["a"], place["b"]) if part == "ends" else place[part]
    return tuple((float(x), float(y)) for x, y in found)


def _floor(plan: Table, sensor: str) -> Any:
    """The sensor's floor points; an empty tuple for a camera without, None for what hears and does not see."""
    found: Table = next((one for one in plan.get("sensors", ()) if one["id"] == sensor), {})
    return tuple(map(tuple, found.get("floor", ()))) if found.get("kind") == "camera" else None


def _metres(plan: Table, sensor: str, points: Points) -> Points | None:
    floor = _floor(plan, sensor)
    if floor is None:
        return points
    return _through(Floor(floor), points) if floor else None


def _pixels(plan: Table, sensor: str, points: Points) -> list[list[float]]:
    floor = _floor(plan, sensor)
    if floor is None:
        return [list(point) for point in points]
    if not floor:
        raise ValueError("this camera knows no floor")
    found = _through(picture(floor), points)
    if found is None:
        raise ValueError("this camera cannot see there")
    return [[round(x, 1), round(y, 1)] for x, y in found]


def _through(plane: Floor, points: Points) -> Points | None:
    """The points on the other side of the plane; None where one of them lies at or beyond the horizon."""
    found = plane.metres(np.array(points, dtype=np.float64).reshape(-1, 2))
    return tuple((float(x), float(y)) for x, y in found) if np.isfinite(found).all() else None
