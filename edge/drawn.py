"""A plan's table with the places of one camera as somebody drew them, and those places as a page may know them.

A page is told where places lie and what they are called, never where the camera or the broker is.
"""

from collections.abc import Mapping
from typing import Any

import msgspec
from msgspec import Struct

from edge.plan import Line, Plan, PlanError, Queue, Zone, fault, parse

KINDS: Mapping[str, type[Struct]] = {"lines": Line, "zones": Zone, "queues": Queue}
_OF_SENSOR = ("floor", "ignore")
Table = dict[str, Any]


def places(plan: Plan, sensor: str) -> Table:
    """The lines, zones, queues, floor points and ignored areas of one camera, as `redrawn` takes them."""
    own = next(one for one in plan.sensors if one.id == sensor)
    found: Table = {key: msgspec.to_builtins(getattr(own, key)) for key in _OF_SENSOR}
    for kind in KINDS:
        found[kind] = [_plain(place) for place in getattr(plan, kind) if place.sensor == sensor]
    return found


def read(body: bytes) -> Table:
    """What a page sent; PlanError where it is not of the form that `places` has."""
    try:
        given = msgspec.json.decode(body, type=dict[str, list[Any]])
    except msgspec.MsgspecError:
        raise PlanError("drawing: not as the page sends it") from None
    if given.keys() != {*KINDS, *_OF_SENSOR}:
        raise PlanError("drawing: not as the page sends it")
    return given


def redrawn(table: Table, sensor: str, given: Table) -> tuple[Table, Plan]:
    """The table of a plan with what was drawn for one camera in place of what it had, and the plan that it is.

    PlanError names the key where that is no plan; the index is the one in the whole plan.
    """
    fresh = dict(table)
    for kind, struct in KINDS.items():
        others = [place for place in table.get(kind, ()) if place.get("sensor") != sensor]
        own = [_checked(place, struct, sensor, f"{kind}[{len(others) + i}]") for i, place in enumerate(given[kind])]
        fresh[kind] = [*others, *own]
        if not fresh[kind]:
            del fresh[kind]
    fresh["sensors"] = [_sensor(one, given) if one.get("id") == sensor else one for one in table.get("sensors", ())]
    return fresh, parse(fresh)


def _sensor(table: Table, given: Table) -> Table:
    kept = {key: value for key, value in table.items() if key not in _OF_SENSOR}
    return kept | {key: given[key] for key in _OF_SENSOR if given[key]}


def _checked(place: Any, kind: type[Struct], sensor: str, where: str) -> Table:
    """The place as TOML can hold it: whoever draws for one camera names no other, and null is left out."""
    if not isinstance(place, dict):
        raise PlanError(f"{where}: not a place")
    try:
        return _plain(msgspec.convert(place | {"sensor": sensor}, kind))
    except msgspec.ValidationError as error:
        raise PlanError(f"{where}.{fault(str(error))}") from None


def _plain(place: Struct) -> Table:
    return {key: value for key, value in msgspec.to_builtins(place).items() if value is not None}
