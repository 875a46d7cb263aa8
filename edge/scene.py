"""A scene: a recording or a truth file with lines, zones and queues drawn on it, to judge accuracy by.

A scene file is JSON. Keys that are not known are passed over, because scenes carry notes; a known key with a
wrong value is an error that names the key. Rules (hysteresis, gaps, stays) apply to a truth only.
"""

import re
from collections.abc import Sequence
from itertools import chain
from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta, Struct

from edge.measure.dwell import StayRules
from edge.measure.footfall import LineRules
from edge.measure.geometry import flaw, reaches
from edge.measure.places import Rules
from edge.measure.queues import QueueRules
from edge.plan import Line, Point, Queue, Staff, Zone, fault

Corners = Annotated[tuple[Point, ...], Meta(min_length=3, max_length=64)]
Seconds = Annotated[float, Meta(ge=0)]
SENSOR = "camera"


class SceneError(ValueError):
    """The scene cannot be used; the text names the key and what is expected there."""


class Truth(Struct, frozen=True, kw_only=True):
    """Where the truth lies: boxes (frame,id,x,y,w,h), points (t,id,x,y) or dp3t (positions at 5 Hz)."""

    file: str
    format: Literal["boxes", "points", "dp3t"]
    fps: Annotated[float, Meta(gt=0)] | None = None
    frames: Annotated[int, Meta(ge=1)] | None = None
    first_frame: int = 0


class SceneLine(Struct, frozen=True, kw_only=True):
    """A line from a to b."""

    id: str
    a: Point
    b: Point
    hysteresis: Seconds | None = None


class SceneZone(Struct, frozen=True, kw_only=True):
    """A zone; one with the role staff is for the product only, a truth knows its staff by id."""

    id: str
    polygon: Corners
    role: Literal["area", "staff"] = "area"
    max_gap_s: Seconds | None = None
    min_stay_s: Seconds | None = None


class SceneQueue(Struct, frozen=True, kw_only=True):
    """A queue and its service polygon."""

    id: str
    polygon: Corners
    service: Corners
    max_gap_s: Seconds | None = None
    min_stay_s: Seconds | None = None


class Scene(Struct, frozen=True, kw_only=True):
    """A scene; `width`, `height` and `fps` belong to its clip."""

    name: str
    clip: str | None = None
    width: Annotated[int, Meta(ge=1)] | None = None
    height: Annotated[int, Meta(ge=1)] | None = None
    fps: Annotated[float, Meta(gt=0)] | None = None
    units: str = "pixels"
    view: Literal["oblique", "overhead"] = "oblique"
    floor: tuple[tuple[float, float, float, float], ...] = ()
    ignore: tuple[Corners, ...] = ()
    truth: Truth | None = None
    positions: Truth | None = None
    """Where people seemed to be, as points in the unit of the places: measured instead of a clip."""
    staff: Staff = Staff()
    staff_ids: tuple[int, ...] = ()
    ignore_ids: tuple[int, ...] = ()
    lines: tuple[SceneLine, ...] = ()
    zones: tuple[SceneZone, ...] = ()
    queues: tuple[SceneQueue, ...] = ()


def parse(text: bytes) -> Scene:
    """The scene in a JSON text; SceneError naming the key where it is wrong."""
    try:
        scene = msgspec.json.decode(text, type=Scene)
    except msgspec.ValidationError as error:
        raise SceneError(fault(str(error))) from None
    except msgspec.DecodeError:
        raise SceneError("file: no JSON") from None
    _check(scene)
    if scene.width and scene.height and scene.units != "metres":
        check_picture(scene, scene.width, scene.height)
    return scene


def _check(scene: Scene) -> None:
    if not scene.clip and not scene.truth:
        raise SceneError("clip: missing, and no truth either")
    if scene.clip and not scene.fps:
        raise SceneError("fps: missing, needed with a clip")
    if scene.floor and len(scene.floor) < 4:
        raise SceneError("floor: at least 4 points")
    for name, file in (("truth", scene.truth), ("positions", scene.positions)):
        for key in ("fps", "frames") if file and file.format == "boxes" else ():
            if getattr(file, key) is None:
                raise SceneError(f"{name}.{key}: missing, needed with boxes")
    for group, places in (("lines", scene.lines), ("zones", scene.zones), ("queues", scene.queues)):
        ids = [place.id for place in places]
        for i, name in enumerate(ids):
            if name in ids[:i]:
                raise SceneError(f"{group}[{i}].id: used twice")
    for i, line in enumerate(scene.lines):
        if line.a == line.b:
            raise SceneError(f"lines[{i}].b: a and b are the same point")
    for key, polygon in _polygons(scene):
        if wrong := flaw(polygon):
            raise SceneError(f"{key}: {wrong}")


def check_picture(scene: Scene, width: int, height: int) -> None:
    """SceneError where a line or polygon lies wholly outside a picture of this size; it may reach beyond it."""
    if (scene.width or width, scene.height or height) != (width, height):
        raise SceneError("width, height: not the size of the clip's pictures")
    drawn = ((f"lines[{i}]", (line.a, line.b)) for i, line in enumerate(scene.lines))
    for key, points in chain(drawn, _polygons(scene)):
        if not reaches(points, width, height):
            raise SceneError(f"{key}: wholly outside the picture")


def _polygons(scene: Scene) -> list[tuple[str, Sequence[Point]]]:
    drawn: list[tuple[str, Sequence[Point]]] = []
    drawn += [(f"zones[{i}].polygon", zone.polygon) for i, zone in enumerate(scene.zones)]
    drawn += [(f"queues[{i}].polygon", queue.polygon) for i, queue in enumerate(scene.queues)]
    drawn += [(f"queues[{i}].service", queue.service) for i, queue in enumerate(scene.queues)]
    return drawn + [(f"ignore[{i}]", polygon) for i, polygon in enumerate(scene.ignore)]


def normal(name: str) -> str:
    """The name in the characters that names of a plan may have; `x` where none is left."""
    return re.sub(r"[^a-z0-9_-]+", "-", name.lower()).strip("-_")[:32] or "x"


def place_names(scene: Scene) -> dict[tuple[str, str], str]:
    """(kind, id in the scene) -> the name of the place in plans and messages, unique over all kinds."""
    names: dict[tuple[str, str], str] = {}
    for kind, places in (("line", scene.lines), ("zone", scene.zones), ("queue", scene.queues)):
        for place in places:
            name, n = normal(place.id), 2
            while name in names.values():
                name, n = f"{normal(place.id)[:28]}-{n}", n + 1
            names[kind, place.id] = name
    return names


def drawn(scene: Scene, *, staff: bool = True) -> tuple[list[Line], list[Zone], list[Queue]]:
    """The lines, zones and queues of the scene as those of a plan; without `staff` its staff zones are left out."""
    names = place_names(scene)
    lines = [Line(id=names["line", x.id], sensor=SENSOR, a=x.a, b=x.b) for x in scene.lines]
    zones = [
        Zone(id=names["zone", x.id], sensor=SENSOR, polygon=x.polygon, role=x.role)
        for x in scene.zones
        if staff or x.role != "staff"
    ]
    queues = [
        Queue(id=names["queue", x.id], sensor=SENSOR, polygon=x.polygon, service=x.service) for x in scene.queues
    ]
    return lines, zones, queues


def truth_rules(scene: Scene) -> Rules:
    """The rules for the scene's truth: its own values and none of the product's; SceneError where one is missing."""
    names, forever = place_names(scene), float("inf")
    own: dict[str, LineRules | StayRules | QueueRules] = {}
    for i, line in enumerate(scene.lines):
        hysteresis = _given(line.hysteresis, f"lines[{i}].hysteresis")
        own[names["line", line.id]] = LineRules(
            hysteresis=hysteresis, flipflop_s=0.0, newborn_s=0.0, forget_s=forever
        )
    for i, zone in enumerate(scene.zones):
        if zone.role == "staff":
            continue
        gap, stay = _given(zone.max_gap_s, f"zones[{i}].max_gap_s"), _given(zone.min_stay_s, f"zones[{i}].min_stay_s")
        own[names["zone", zone.id]] = StayRules(max_gap_s=gap, min_stay_s=stay)
    for i, queue in enumerate(scene.queues):
        gap = _given(queue.max_gap_s, f"queues[{i}].max_gap_s")
        stay = _given(queue.min_stay_s, f"queues[{i}].min_stay_s")
        own[names["queue", queue.id]] = QueueRules(max_gap_s=gap, min_stay_s=stay, service_gap_s=gap)
    return Rules(own=own, relay=None, service_waits=False, forget_s=forever, settle_s=forever)


def plan_table(scene: Scene, clip: str) -> dict[str, Any]:
    """The TOML table of a plan that plays the clip over and over: site `replay`, the scene as device."""
    lines, zones, queues = drawn(scene)
    sensor: dict[str, Any] = {"id": SENSOR, "kind": "camera", "source": clip, "loop": True, "view": scene.view}
    sensor["fps"] = min(scene.fps or 5.0, 7.0)
    if scene.floor:
        sensor["floor"] = [list(point) for point in scene.floor]
    if scene.ignore:
        sensor["ignore"] = [[list(point) for point in polygon] for polygon in scene.ignore]
    table: dict[str, Any] = {
        "site": "replay",
        "device": normal(scene.name),
        "timezone": "UTC",
        "day_starts": "00:00",
        "level": "standard",
        "sensors": [sensor],
    }
    if scene.staff != Staff():
        table["staff"] = {k: v for k, v in msgspec.to_builtins(scene.staff).items() if v is not None}
    for key, places in (("lines", lines), ("zones", zones), ("queues", queues)):
        if places:
            built = msgspec.to_builtins(places)
            table[key] = [{k: v for k, v in place.items() if v is not None} for place in built]
    return table


def _given(value: float | None, key: str) -> float:
    if value is None:
        raise SceneError(f"{key}: missing, needed with a truth")
    return value
