"""A plan with a place more, a place less or of other values; and what no plan outside its device may hold."""

import copy
from typing import Any

from dashboard.setup.plans import PARTS, Kind, Outline, Points, Table, redrawn

_SHAPES: dict[str, Points] = {
    "ends": ((-1.0, 0.0), (1.0, 0.0)),
    "polygon": ((-1.5, -1.0), (1.5, -1.0), (1.5, 1.0), (-1.5, 1.0)),
    "service": ((0.7, 0.2), (1.5, 0.2), (1.5, 1.0), (0.7, 1.0)),
}


def changed(plan: Table, kind: Kind, place: str, **values: Any) -> Table:
    """The plan with other values of one place; a value that is None is taken out."""
    found = copy.deepcopy(plan)
    one = next(one for one in found[kind] if one["id"] == place)
    one |= {key: value for key, value in values.items() if value is not None}
    for key in [key for key, value in values.items() if value is None]:
        one.pop(key, None)
    return found


def added(plan: Table, kind: Kind, place: str, sensor: str, around: tuple[float, float]) -> Table:
    """The plan with a new place of a plain shape around a point of the floor, to be drawn from there."""
    found = copy.deepcopy(plan)
    shapes = {part: tuple((x + around[0], y + around[1]) for x, y in _SHAPES[part]) for part in PARTS[kind]}
    blank: Table = {"id": place, "sensor": sensor}
    found[kind] = [*found.get(kind, ()), blank]
    for part, points in shapes.items():
        found = redrawn(found, Outline(kind, place, part, sensor, points))
    return found


def removed(plan: Table, kind: Kind, place: str) -> Table:
    """The plan without a place."""
    return {**plan, kind: [one for one in plan.get(kind, ()) if one["id"] != place]}


def addresses(plan: Table) -> list[str]:
    """The keys that hold a camera's address: they are passwords, and no plan that leaves the device may hold one."""
    sensors = plan.get("sensors", ())
    return [f"sensors[{i}].source" for i, sensor in enumerate(sensors) if "://" in str(sensor.get("source", ""))]
