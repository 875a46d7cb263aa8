"""A picture with what was found and what is drawn on it, as JPEG in memory: for the installer's eyes only."""

from collections.abc import Iterable
from typing import cast

import cv2
import numpy as np
from numpy.typing import NDArray

from edge.plan import Plan, Point
from edge.sight.detection import Image
from edge.sight.eye import Boxed

_WIDE, _QUALITY = 960, 80
_FONT, _SIZE = cv2.FONT_HERSHEY_SIMPLEX, 0.5
_PERSON, _LINE, _ZONE, _QUEUE, _SERVICE, _IGNORED = (
    (0, 158, 230), (178, 114, 0), (115, 158, 0), (167, 121, 204), (233, 180, 86), (96, 96, 96)
)  # fmt: skip


def overlay(image: Image, boxed: Boxed, plan: Plan, sensor: str) -> bytes:
    """JPEG of a BGR image, 960 wide, with boxes (thin where a person is only expected), lines with an arrow
    towards the inside, zones, queues and what is ignored. Empty where it cannot be coded.
    """
    scale = _WIDE / image.shape[1]
    way = cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR
    shown = cast(Image, cv2.resize(image, None, fx=scale, fy=scale, interpolation=way))
    _places(shown, scale, plan, sensor)
    for box, observed in zip((boxed.boxes * scale).astype(int).tolist(), boxed.observed.tolist(), strict=True):
        cv2.rectangle(shown, box[:2], box[2:], _PERSON, 2 if observed else 1, cv2.LINE_AA)
    done, coded = cv2.imencode(".jpg", shown, [cv2.IMWRITE_JPEG_QUALITY, _QUALITY])
    return coded.tobytes() if done else b""


def _places(shown: Image, scale: float, plan: Plan, sensor: str) -> None:
    for one in (one for one in plan.sensors if one.id == sensor):
        for polygon in one.ignore:
            _outline(shown, _pixels(polygon, scale), _IGNORED, "ignored")
    for zone in (zone for zone in plan.zones if zone.sensor == sensor):
        _outline(shown, _pixels(zone.polygon, scale), _ZONE, zone.id)
    for queue in (queue for queue in plan.queues if queue.sensor == sensor):
        _outline(shown, _pixels(queue.polygon, scale), _QUEUE, queue.id)
        _outline(shown, _pixels(queue.service, scale), _SERVICE, "service")
    for line in (line for line in plan.lines if line.sensor == sensor):
        a, b = _pixels((line.a, line.b), scale)
        cv2.line(shown, a.tolist(), b.tolist(), _LINE, 2, cv2.LINE_AA)
        # On a picture, where y grows downwards, the right hand of a -> b is its direction turned by 90 degrees.
        inside = np.array([a[1] - b[1], b[0] - a[0]]) / 6 * (1 if line.entry == "+" else -1)
        middle = (a + b) // 2
        cv2.arrowedLine(
            shown, middle.tolist(), (middle + inside).astype(int).tolist(), _LINE, 2, cv2.LINE_AA, tipLength=0.4
        )
        _name(shown, a, line.id, _LINE)


def _pixels(points: Iterable[Point], scale: float) -> NDArray[np.int32]:
    return np.round(np.array(list(points)) * scale).astype(np.int32)


def _outline(shown: Image, points: NDArray[np.int32], colour: tuple[int, ...], name: str) -> None:
    cv2.polylines(shown, [points], True, colour, 2, cv2.LINE_AA)
    _name(shown, points[0], name, colour)


def _name(shown: Image, at: NDArray[np.int32], name: str, colour: tuple[int, ...]) -> None:
    (wide, high), below = cv2.getTextSize(name, _FONT, _SIZE, 1)
    x, y = int(at[0]), max(int(at[1]), high + below)
    cv2.rectangle(shown, (x, y - high - below), (x + wide + 6, y + below // 2), colour, cv2.FILLED)
    cv2.putText(shown, name, (x + 3, y - below // 2), _FONT, _SIZE, (255, 255, 255), 1, cv2.LINE_AA)
