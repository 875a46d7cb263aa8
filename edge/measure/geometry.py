"""Who is where at one moment, and the plane geometry of lines and polygons. Points are picture px or metres."""

import functools
import math
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Point = tuple[float, float]
HEIGHT_M = 1.7


class People(NamedTuple):
    """Who is where at one moment; arrays of equal length N, and N may be 0: nobody is a finding too."""

    at: float
    """Seconds: Unix time in a running device, seconds from the first frame in a replay."""
    ids: NDArray[np.int64]
    """Track ids; they live in memory only."""
    xy: NDArray[np.float64]
    """(N, 2) anchors: the foot point in an oblique view, the box centre in an overhead one; y as in the source."""
    height: NDArray[np.float64]
    """(N,) height of the person's box in the unit of `xy`: the scale for hysteresis."""
    observed: NDArray[np.bool_]
    """(N,) seen in this very frame; False where the tracker only expects the person there."""


def people(at: float, rows: Sequence[tuple[int, float, float, float]]) -> People:
    """The people of (id, x, y, height) rows, all observed."""
    table = np.array([row[1:] for row in rows], dtype=np.float64).reshape(-1, 3)
    ids = np.array([row[0] for row in rows], dtype=np.int64)
    return People(at, ids, table[:, :2], table[:, 2], np.ones(len(rows), dtype=np.bool_))


def signed_distance(xy: NDArray[np.float64], a: Point, b: Point) -> NDArray[np.float64]:
    """(N,) distances of points from the endless line through a and b; above zero on its `+` side.

    `+` is where (bx-ax)(py-ay)-(by-ay)(px-ax) > 0: the right hand of a->b on a picture (y down), the left hand
    in metres (y up).
    """
    dx, dy = b[0] - a[0], b[1] - a[1]
    side: NDArray[np.float64] = (dx * (xy[:, 1] - a[1]) - dy * (xy[:, 0] - a[0])) / math.dist(a, b)
    return side


def along(point: Point, a: Point, b: Point) -> float:
    """Where on the segment the foot of `point` lies: 0 at a, 1 at b, outside that beyond its ends."""
    return ((point[0] - a[0]) * (b[0] - a[0]) + (point[1] - a[1]) * (b[1] - a[1])) / math.dist(a, b) ** 2


def inside(xy: NDArray[np.float64], polygon: Sequence[Point]) -> NDArray[np.bool_]:
    """(N,) which points lie in the polygon by the even-odd rule; a point on an edge falls on one side of it."""
    x1, y1, y0, run, rise = _edges(tuple(polygon))
    x, y = xy[:, 0, None], xy[:, 1, None]
    straddles = (y1 > y) != (y0 > y)
    odd: NDArray[np.bool_] = (straddles & (x < run * (y - y1) / rise + x1)).sum(axis=1) % 2 == 1
    return odd


@functools.lru_cache(maxsize=1024)
def _edges(polygon: tuple[Point, ...]) -> tuple[NDArray[np.float64], ...]:
    """Of every edge: its end's x and y, its start's y, and the way from the end back to the start in x and y."""
    corners = np.asarray(polygon, dtype=np.float64)
    x1, y1 = corners.T
    x0, y0 = np.roll(corners, 1, axis=0).T
    rise = y0 - y1
    # A level edge never straddles; its rise only must not divide by zero.
    return x1, y1, y0, x0 - x1, np.where(rise == 0, 1.0, rise)


def area(polygon: Sequence[Point]) -> float:
    """The area of a polygon that does not cross itself, by the shoelace formula; never below zero."""
    pairs = zip(polygon, [*polygon[1:], polygon[0]], strict=True)
    return abs(sum(ax * by - bx * ay for (ax, ay), (bx, by) in pairs)) / 2


def segments_cross(a: Point, b: Point, c: Point, d: Point) -> bool:
    """Whether the segments ab and cd share a point, their ends included."""
    o1, o2, o3, o4 = _turn(a, b, c), _turn(a, b, d), _turn(c, d, a), _turn(c, d, b)
    if o1 != o2 and o3 != o4:
        return True
    touching = ((o1, a, b, c), (o2, a, b, d), (o3, c, d, a), (o4, c, d, b))
    return any(turn == 0 and _between(p, q, r) for turn, p, q, r in touching)


def flaw(polygon: Sequence[Point]) -> str | None:
    """Why a polygon is the outline of no place, as an error may say it; None where it is one."""
    if len(set(polygon)) < 3:
        return "fewer than three different corners"
    if _crosses_itself(polygon):
        return "the polygon crosses itself"
    return None if area(polygon) else "all corners lie on one line"


def _crosses_itself(polygon: Sequence[Point]) -> bool:
    """Whether two edges of the polygon that are no neighbours touch; a corner given twice in a row is one corner."""
    corners = [point for i, point in enumerate(polygon) if point != polygon[i - 1]]
    n = len(corners)
    edges = [(corners[i], corners[(i + 1) % n]) for i in range(n)]
    return n < 3 or any(
        segments_cross(*edges[i], *edges[j]) for i in range(n) for j in range(i + 2, n) if (j + 1) % n != i
    )


def reaches(points: Sequence[Point], width: float, height: float) -> bool:
    """Whether a line (two points) or a polygon has any part in the picture [0, width] x [0, height]."""
    frame = [(0.0, 0.0), (width, 0.0), (width, height), (0.0, height)]
    if any(0 <= x <= width and 0 <= y <= height for x, y in points):
        return True
    if len(points) > 2 and bool(inside(np.array([frame[0]]), points)[0]):
        return True
    edges = zip(points, [*points[1:], points[0]], strict=True)
    return any(segments_cross(p, q, frame[i], frame[i - 1]) for p, q in edges for i in range(4))


def _turn(a: Point, b: Point, c: Point) -> int:
    """1 where a, b, c turn one way, -1 the other way, 0 on one line."""
    cross = (b[0] - a[0]) * (c[1] - a[1]) - (b[1] - a[1]) * (c[0] - a[0])
    return (cross > 0) - (cross < 0)


def _between(a: Point, b: Point, c: Point) -> bool:
    """Whether c, which lies on the line through a and b, lies between them."""
    return min(a[0], b[0]) <= c[0] <= max(a[0], b[0]) and min(a[1], b[1]) <= c[1] <= max(a[1], b[1])
