"""A scene with truth: of a rendered clip with the boxes of everybody to be seen, or of the floor in metres."""

from collections.abc import Iterable, Iterator
from typing import Any

from simulators.shop import (
    DOORWAY,
    LINES,
    PROMO,
    QUEUE,
    SERVICE,
    SHELVES,
    STAFF,
    WATCHED_BY,
    Camera,
    Point,
    Shop,
    plan_table,
)
from simulators.shoppers import STAFF_ID
from simulators.walks import Figure

Box = tuple[float, float, float, float]
LINE_PX, LINE_M, ZONE_GAP_S, ZONE_STAY_S, QUEUE_GAP_S, QUEUE_STAY_S = 4, 0.15, 1.0, 2.0, 10.0, 8.0

ZONE_RULES = {"max_gap_s": ZONE_GAP_S, "min_stay_s": ZONE_STAY_S}
QUEUE_RULES = {"max_gap_s": QUEUE_GAP_S, "min_stay_s": QUEUE_STAY_S}


def scene(
    shop: Shop, camera: Camera, name: str, clip: str, frames: int, fps: float, staff: Iterable[int]
) -> dict[str, Any]:
    """The table of SCENE.json for a clip of this camera; paths are relative to the folder above scenes/."""
    table = plan_table(shop)
    seen = next(sensor for sensor in table["sensors"] if sensor["id"] == camera.id)
    zones = [z for z in table["zones"] if z["role"] != "staff"]
    return {
        "name": name,
        "clip": clip,
        "width": camera.width,
        "height": camera.height,
        "fps": fps,
        "floor": seen["floor"],
        "truth": {"file": f"truth/{name}.csv", "format": "boxes", "fps": fps, "frames": frames},
        "staff_ids": sorted(staff),
        "lines": [_kept(x, ("id", "a", "b")) | {"hysteresis": LINE_PX} for x in _of(camera, table["lines"])],
        "zones": [_kept(x, ("id", "polygon")) | ZONE_RULES for x in _of(camera, zones)],
        "queues": [_kept(x, ("id", "polygon", "service")) | QUEUE_RULES for x in _of(camera, table["queues"])],
    }


def floor_scene(name: str, staff: Iterable[int]) -> dict[str, Any]:
    """The table of SCENE.json for everybody's places on the floor, in metres, in truth/NAME.csv."""
    areas: dict[str, tuple[Point, ...]] = {"promo": PROMO, "shelves": SHELVES}
    return {
        "name": name,
        "units": "metres",
        "truth": {"file": f"truth/{name}.csv", "format": "points"},
        "staff_ids": sorted(staff),
        "lines": [{"id": line, "a": a, "b": b, "hysteresis": LINE_M} for line, (a, b) in LINES.items()],
        "zones": [
            *({"id": zone, "polygon": polygon, **ZONE_RULES} for zone, polygon in areas.items()),
            {"id": "staff", "polygon": STAFF, "role": "staff"},
        ],
        "queues": [{"id": "tills", "polygon": QUEUE, "service": SERVICE, **QUEUE_RULES}],
    }


def point_rows(t: float, figures: Iterable[Figure]) -> Iterator[str]:
    """Lines `t,id,x,y` of everybody on the floor and before the door."""
    return (f"{t:.2f},{person.id},{person.x:.3f},{person.y:.3f}" for person in figures)


def _of(camera: Camera, places: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [place for place in places if WATCHED_BY[place["id"]] == camera.id]


def _kept(place: dict[str, Any], keys: tuple[str, ...]) -> dict[str, Any]:
    return {key: place[key] for key in keys}


def is_staff(person: int) -> bool:
    """Whether a walk's number is a cashier's."""
    return person >= STAFF_ID


def box_rows(frame: int, camera: Camera, figures: list[Figure], boxes: dict[int, Box]) -> Iterator[str]:
    """Lines `frame,id,x,y,w,h` of those whose feet are in the picture and not behind the wall."""
    for person in figures:
        if person.id not in boxes or behind_wall(camera, person):
            continue
        x, y, w, h = boxes[person.id]
        if w >= 8 and h >= 16 and y + h < camera.height - 1:
            yield f"{frame},{person.id},{x:.1f},{y:.1f},{w:.1f},{h:.1f}"


def behind_wall(camera: Camera, person: Figure) -> bool:
    """Whether the south wall hides somebody outside from the camera: the view passes it beside the doorway."""
    if person.y >= 0:
        return False
    share = camera.y / (camera.y - person.y)
    x = camera.x + (person.x - camera.x) * share
    return not DOORWAY[0] <= x <= DOORWAY[1]
