"""Crossings of lines.

A person takes a side of a line only beyond a hysteresis, so that swaying on the line counts nothing. A crossing
is a change of side whose zero crossing lies within the segment; its time is that of the zero crossing.
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from msgspec import Struct

from edge.measure.geometry import People, Point, along, signed_distance
from edge.plan import Line

Direction = Literal["+", "-"]


class Crossing(Struct, frozen=True, tag="crossing"):
    """Somebody crossed a line at `at`; `+` ends where (bx-ax)(py-ay)-(by-ay)(px-ax) > 0."""

    at: float
    line: str
    direction: Direction


class LineRules(Struct, frozen=True, kw_only=True):
    """When a crossing counts: distances in box heights (`_h`) so that near and far people are treated alike."""

    hysteresis_h: float = 0.15
    hysteresis: float | None = None
    """Set: this distance in the unit of the line instead of `hysteresis_h`."""
    flipflop_s: float = 1.0
    """The opposite crossing of the same line by the same person within this time takes the first back; 0: never."""
    newborn_h: float = 0.3
    newborn_s: float = 1.0
    """A track born within `newborn_h` of the line counts only once it has been seen for `newborn_s`; 0: at once."""
    forget_s: float = 20.0
    """A track not seen for so long is forgotten."""


@dataclass(slots=True)
class _Walk:
    """One track's way relative to one line."""

    born: float
    near: bool
    at: float = 0.0
    xy: Point = (0.0, 0.0)
    distance: float = 0.0
    side: int = 0
    zero: tuple[float, Point] | None = None
    """When and where it last passed the endless line."""


@dataclass(slots=True)
class _Held:
    """A crossing that may still be taken back."""

    crossing: Crossing
    walk: _Walk


class Footfall:
    """The crossings of one line."""

    def __init__(self, line: Line, rules: LineRules) -> None:
        self._line, self._rules = line, rules
        self._walks: dict[int, _Walk] = {}
        self._held: list[_Held] = []

    def step(self, people: People) -> list[Crossing]:
        """The crossings that are certain now, in the order they were found. Unobserved people do not move."""
        distances = signed_distance(people.xy, self._line.a, self._line.b)
        for i in people.observed.nonzero()[0]:
            height, xy = float(people.height[i]), (float(people.xy[i, 0]), float(people.xy[i, 1]))
            walk = self._walk(int(people.ids[i]), people.at, float(distances[i]), height)
            if direction := self._move(walk, people.at, xy, float(distances[i]), height):
                self._hold(walk, direction)
        for track in [i for i, w in self._walks.items() if people.at - w.at > self._rules.forget_s]:
            del self._walks[track]
        return list(self._release(people.at))

    def close(self) -> list[Crossing]:
        """The crossings still held back at the end; those of tracks that died at once near the line are not."""
        return list(self._release(math.inf))

    def _walk(self, track: int, at: float, distance: float, height: float) -> _Walk:
        if track not in self._walks:
            near = abs(distance) <= self._rules.newborn_h * height
            self._walks[track] = _Walk(at, near, at, distance=distance)
        return self._walks[track]

    def _move(self, walk: _Walk, at: float, xy: Point, distance: float, height: float) -> Direction | None:
        """Where the track crossed to with this sample, if it did."""
        if (distance > 0) != (walk.distance > 0):
            # The two differ in sign, so the divisor is not zero.
            k = walk.distance / (walk.distance - distance)
            x, y = walk.xy
            walk.zero = (walk.at + k * (at - walk.at), (x + k * (xy[0] - x), y + k * (xy[1] - y)))
        walk.at, walk.xy, walk.distance = at, xy, distance
        margin = self._rules.hysteresis
        margin = self._rules.hysteresis_h * height if margin is None else margin
        side = (distance > margin) - (distance < -margin)
        if not side or side == walk.side:
            return None
        before, walk.side = walk.side, side
        if not before or not walk.zero or not 0 <= along(walk.zero[1], self._line.a, self._line.b) <= 1:
            return None
        return "+" if side > 0 else "-"

    def _hold(self, walk: _Walk, direction: Direction) -> None:
        assert walk.zero
        at = walk.zero[0]
        for held in self._held if self._rules.flipflop_s else ():
            first = held.crossing
            if held.walk is walk and first.direction != direction and at - first.at <= self._rules.flipflop_s:
                self._held.remove(held)
                return
        self._held.append(_Held(Crossing(at, self._line.id, direction), walk))

    def _release(self, now: float) -> Iterator[Crossing]:
        waiting, self._held = self._held, []
        for held in waiting:
            walk = held.walk
            newborn = walk.near and walk.at - walk.born < self._rules.newborn_s
            dead = now - walk.at > max(2.0, self._rules.newborn_s)
            if newborn and dead:
                continue
            if not dead and (newborn or self._may_flip(held, now)):
                self._held.append(held)
            else:
                yield held.crossing

    def _may_flip(self, held: _Held, now: float) -> bool:
        """Whether the opposite crossing may still be found that takes this one back."""
        if not self._rules.flipflop_s:
            return False
        last = held.crossing.at + self._rules.flipflop_s
        zero, walk = held.walk.zero, held.walk
        turned = (walk.distance > 0) != (walk.side > 0) and zero is not None and held.crossing.at < zero[0] <= last
        return now <= last or turned
