"""The shop: its floor in metres, its hours and customers, its cameras, and the plan that watches it.

x runs east and y north, the door is in the south wall at y = 0, the street lies south of it. Both cameras
hang under the ceiling and look south, so what has the smaller y is farther away from them.
"""

import math
from typing import Annotated, Any, Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import numpy as np
from msgspec import Meta, Struct
from numpy.typing import NDArray

from edge.values import Name

Floats = NDArray[np.float64]
Point = tuple[float, float]
Sign = Literal["+", "-"]
Share = Annotated[float, Meta(ge=0, le=1)]
_Points = Annotated[float, Meta(ge=-100, le=100)]
Clock = Annotated[str, Meta(pattern=r"^[0-3][0-9]:[0-5][0-9]$")]

FLOOR = (16.0, 10.0)
DOORWAY = (3.1, 6.1)
DOOR_Y = 1.2
ENTRY_X, EXIT_X = (4.9, 5.7), (3.5, 4.3)
STREET_X = 4.6
PROMO = ((0.5, 0.8), (2.5, 0.8), (2.5, 2.8), (0.5, 2.8))
SHELVES = ((7.5, 4.8), (13.5, 4.8), (13.5, 6.4), (7.5, 6.4))
QUEUE = ((6.3, 1.5), (15.8, 1.5), (15.8, 3.3), (6.3, 3.3))
SERVICE = ((12.5, 1.5), (15.8, 1.5), (15.8, 2.8), (12.5, 2.8))
# Cashiers are hidden up to the counter top: what is seen of them seems to stand behind the wall.
STAFF = ((12.0, -3.5), (16.2, -3.5), (16.2, 1.05), (12.0, 1.05))
COUNTER = (12.2, 15.9, 1.0, 1.3, 1.0)  # x, x, y, y, height
TILLS = ((13.3, 2.0), (15.0, 2.0))
SLOTS = tuple((11.7 - 0.8 * i, 2.6) for i in range(7))
LINES: dict[str, tuple[Point, Point]] = {
    "door": ((2.9, DOOR_Y), (6.3, DOOR_Y)),
    "street": ((STREET_X, -0.7), (STREET_X, -2.7)),
}
# Which camera answers for which place.
WATCHED_BY = {
    "door": "camera-1",
    "street": "camera-1",
    "promo": "camera-1",
    "shelves": "camera-2",
    "staff": "camera-2",
    "tills": "camera-2",
}
WEEKDAYS = (0.92, 0.90, 0.95, 1.0, 1.15, 1.35, 0.92)
HOURS = (*[0.3] * 8, 0.5, 0.7, 0.9, 1.1, 1.9, 1.6, 1.1, 1.0, 1.2, 1.8, 1.5, 0.9, 0.6, 0.4, 0.3, 0.3)


class Camera(Struct, frozen=True, kw_only=True):
    """A pinhole camera looking south and down at (x, aim_y, 0); lengths in metres, the focal length in px."""

    id: str
    x: float
    y: float
    z: float
    aim_y: float
    focal: float = 340.0
    width: int = 640
    height: int = 360


CAMERAS = (
    Camera(id="camera-1", x=3.9, y=5.6, z=4.0, aim_y=1.0),
    Camera(id="camera-2", x=11.2, y=9.0, z=4.0, aim_y=2.8),
)
# Marks on the floor whose place in the picture an installer would have measured.
MARKS: dict[str, tuple[Point, ...]] = {
    "camera-1": ((0.5, 0.5), (7.0, 0.5), (6.0, 3.0), (2.0, 3.0), (4.0, 1.5), (4.6, -1.5)),
    "camera-2": ((7.0, 1.6), (15.5, 1.6), (13.5, 6.0), (8.5, 6.0), (11.0, 3.5), (9.0, 4.5)),
}


class Shop(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One shop and its customers; `visits` is the mean number of shoppers a day, shares lie in 0..1.

    With `clerk` somebody of the staff, with a badge, works at the shelves among the customers.
    What its customers say: `rush_points` is the mood of the busiest hour with nobody waiting, `level_points` how this
    shop is liked, `apart_points` how far the shops of a fleet lie apart; the unhappy answer `bias` times as often.
    `closes` may be later than 24:00 (28:00 is 4 in the night), but not than the end of the business day.
    """

    seed: Annotated[int, Meta(ge=0, le=2**53)] = 1
    site: Name = "s001"
    device: Name = "cam-01"
    timezone: str = "Europe/Berlin"
    day_starts: Clock = "04:00"
    opens: Clock = "08:00"
    closes: Clock = "22:00"
    visits: Annotated[float, Meta(gt=0, le=20_000)] = 500.0
    pairs: Share = 0.25
    buyers: Share = 0.75
    tagged: Share = 0.10
    clerk: bool = False
    passers: Annotated[float, Meta(ge=0, le=100)] = 1.3
    answering: Share = 0.12
    points_a_minute: _Points = -4.5
    rush_points: _Points = 0.0
    level_points: _Points = 0.0
    apart_points: Annotated[float, Meta(ge=0, le=50)] = 0.0
    bias: Annotated[float, Meta(ge=1, le=20)] = 1.0
    service_s: Annotated[float, Meta(gt=0, le=3600)] = 80.0

    def __post_init__(self) -> None:
        first = minutes(self.day_starts)
        if not first <= minutes(self.opens) < minutes(self.closes) <= first + 1440:
            raise ValueError("opens, closes: not one after the other in a day that begins at day_starts")
        try:
            ZoneInfo(self.timezone)
        except (ZoneInfoNotFoundError, ValueError, OSError):
            raise ValueError("timezone: not a name of the IANA time zone database") from None


def minutes(clock: str) -> int:
    """Minutes since midnight of HH:MM; 24:00 is the end of the day."""
    return int(clock[:2]) * 60 + int(clock[3:])


def project(camera: Camera, points: Floats) -> tuple[Floats, Floats]:
    """(N,2) picture px and (N,) depth in metres of (N,3) points; a depth below 0.05 is behind the lens."""
    pitch = math.atan2(camera.z, camera.y - camera.aim_y)
    east, north, up = (points - np.array([camera.x, camera.y, camera.z])).T
    depth = -north * math.cos(pitch) - up * math.sin(pitch)
    down = -up * math.cos(pitch) + north * math.sin(pitch)
    safe = np.maximum(depth, 0.05)
    # Looking south, east is on the left.
    u = camera.width / 2 - camera.focal * east / safe
    v = camera.height / 2 + camera.focal * down / safe
    return np.column_stack([u, v]), depth


def on_floor(camera: Camera, points: tuple[Point, ...]) -> list[list[float]]:
    """Picture px of points on the floor, to a tenth, as a plan writes them."""
    raised = np.column_stack([np.array(points, dtype=np.float64), np.zeros(len(points))])
    return [[round(float(u), 1), round(float(v), 1)] for u, v in project(camera, raised)[0]]


def camera(name: str) -> Camera:
    """The camera of that name; ValueError where the shop has none."""
    for found in CAMERAS:
        if found.id == name:
            return found
    raise ValueError("camera: the shop has camera-1 and camera-2")


def entry_sign(a: list[float], b: list[float], inside: list[float]) -> Sign:
    """The sign of a crossing that ends on the side of `inside`."""
    cross = (b[0] - a[0]) * (inside[1] - a[1]) - (b[1] - a[1]) * (inside[0] - a[0])
    return "+" if cross > 0 else "-"


def plan_table(shop: Shop, url: str = "http://127.0.0.1:8554", level: str = "standard") -> dict[str, Any]:
    """The plan of the device that watches this shop through both cameras, served under `url`."""
    return {
        "site": shop.site,
        "device": shop.device,
        "timezone": shop.timezone,
        "day_starts": shop.day_starts,
        "level": level,
        "sensors": [_sensor(c, url) for c in CAMERAS],
        "lines": [_line("door", (4.6, 3.0), "door"), _line("street", (8.0, -1.7), "passing")],
        "zones": [
            {**_area("promo", PROMO), "role": "area"},
            {**_area("shelves", SHELVES), "role": "area"},
            {**_area("staff", STAFF), "role": "staff"},
        ],
        "queues": [
            {
                **_area("tills", QUEUE),
                "service": on_floor(camera("camera-2"), SERVICE),
                "promise_s": 180,
                "alert_length": 4,
            }
        ],
    }


def _sensor(seen: Camera, url: str) -> dict[str, Any]:
    marks = MARKS[seen.id]
    floor = [[*px, *map(float, m)] for px, m in zip(on_floor(seen, marks), marks, strict=True)]
    return {"id": seen.id, "kind": "camera", "source": f"{url}/{seen.id}.mjpg", "fps": 5.0, "floor": floor}


def _line(name: str, inside: Point, role: str) -> dict[str, Any]:
    a, b, towards = on_floor(camera(WATCHED_BY[name]), (*LINES[name], inside))
    return {
        "id": name,
        "sensor": WATCHED_BY[name],
        "a": a,
        "b": b,
        "entry": entry_sign(a, b, towards),
        "role": role,
    }


def _area(name: str, outline: tuple[Point, ...]) -> dict[str, Any]:
    return {"id": name, "sensor": WATCHED_BY[name], "polygon": on_floor(camera(WATCHED_BY[name]), outline)}
