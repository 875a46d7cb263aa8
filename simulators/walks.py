"""Walks over the floor: a path is a list of (time, x, y), straight and even between its points."""

import math

from msgspec import Struct

from simulators.shop import Point

Waypoint = tuple[float, float, float]


class Walk(Struct, frozen=True):
    """One person's way through the shop; `look` seeds the clothes, `height` is in metres."""

    id: int
    look: int
    height: float
    path: tuple[Waypoint, ...]


class Figure(Struct, frozen=True):
    """Where a person stands at one moment; `heading` in radians from east, `stride` in metres walked."""

    id: int
    look: int
    height: float
    x: float
    y: float
    heading: float
    walking: bool
    stride: float


class Route:
    """A path being made: go somewhere, stay until, and what time it is then."""

    def __init__(self, at: float, x: float, y: float, speed: float) -> None:
        self.points: list[Waypoint] = [(at, x, y)]
        self.speed = speed

    @property
    def at(self) -> float:
        return self.points[-1][0]

    @property
    def place(self) -> Point:
        return self.points[-1][1:]

    def go(self, x: float, y: float, pace: float = 1.0) -> float:
        """Walks there at `pace` times the own speed; returns the time of arrival."""
        at, x0, y0 = self.points[-1]
        at += math.hypot(x - x0, y - y0) / (self.speed * pace)
        self.points.append((at, x, y))
        return at

    def stay(self, until: float) -> float:
        """Stands until then; an earlier time than now means not at all."""
        if until > self.at:
            self.points.append((until, *self.place))
        return self.at

    def done(self) -> tuple[Waypoint, ...]:
        return tuple(self.points)


def figure(walk: Walk, at: float) -> Figure | None:
    """The person at `at`, swaying a little when standing; None before the first and after the last point."""
    path = walk.path
    if not path[0][0] <= at < path[-1][0]:
        return None
    i = _leg(path, at)
    (t0, x0, y0), (t1, x1, y1) = path[i], path[i + 1]
    part = (at - t0) / (t1 - t0) if t1 > t0 else 0.0
    x, y = x0 + (x1 - x0) * part, y0 + (y1 - y0) * part
    gone = math.hypot(x - x0, y - y0)
    walking, heading = (x0, y0) != (x1, y1), _heading(path, i)
    if not walking:
        # Standing people shift their weight every few seconds and turn to look about.
        own = walk.look % 97
        x += 0.05 * math.sin(0.43 * at + own) + 0.015 * math.sin(1.9 * at + 3 * own)
        y += 0.03 * math.sin(0.37 * at + 2.1 * own)
        heading += 0.7 * math.sin(0.17 * at + own) + 0.3 * math.sin(0.61 * at + 5 * own)
    return Figure(walk.id, walk.look, walk.height, x, y, heading, walking, gone + 0.37 * i)


def _leg(path: tuple[Waypoint, ...], at: float) -> int:
    low, high = 0, len(path) - 1
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if path[middle][0] <= at else (low, middle)
    return low


def _heading(path: tuple[Waypoint, ...], i: int) -> float:
    while i >= 0:
        (_, x0, y0), (_, x1, y1) = path[i], path[i + 1]
        if (x0, y0) != (x1, y1):
            return math.atan2(y1 - y0, x1 - x0)
        i -= 1
    return math.pi / 2


class Crowd:
    """Who is about, moment after moment; quick while time goes forward."""

    def __init__(self, walks: list[Walk]) -> None:
        self._walks = sorted(walks, key=lambda walk: walk.path[0][0])
        self._next, self._about, self._at = 0, list[Walk](), -math.inf

    def figures(self, at: float) -> list[Figure]:
        """Everybody on the floor or before the door at `at`."""
        if at < self._at:
            self._next, self._about = 0, []
        self._at = at
        while self._next < len(self._walks) and self._walks[self._next].path[0][0] <= at:
            self._about.append(self._walks[self._next])
            self._next += 1
        self._about = [walk for walk in self._about if walk.path[-1][0] > at]
        return [found for walk in self._about if (found := figure(walk, at))]
