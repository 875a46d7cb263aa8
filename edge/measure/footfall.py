"""Crossings of lines.

A person takes a side of a line only beyond a hysteresis, so that swaying on the line counts nothing. A crossing
is a change of side whose zero crossing lies within the segment; its time is that of the zero crossing.
Feet as a detector sees them tremble by a twentieth of a box height, so the places are smoothed first, to both sides
in time: a crossing becomes known two seconds late and is timed right.
"""

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Literal, NamedTuple

import numpy as np
from msgspec import Struct

from edge.measure.geometry import People, Point, along, signed_distance
from edge.plan import Line

Direction = Literal["+", "-"]
_Counts = Callable[[int, str, Direction], bool]

# From so many moments on a straight line goes through them, and a parabola.
FEW, ENOUGH = 3, 5


class Crossing(Struct, frozen=True, tag="crossing"):
    """Somebody crossed a line at `at`; `+` ends where (bx-ax)(py-ay)-(by-ay)(px-ax) > 0."""

    at: float
    line: str
    direction: Direction


class LineRules(Struct, frozen=True, kw_only=True):
    """When a crossing counts: distances in box heights (`_h`) so that near and far people are treated alike."""

    hysteresis_h: float = 0.1
    first_h: float = 0.04
    """This far off a track takes its first side; only a change of side is a crossing and needs the hysteresis."""
    smooth_s: float = 2.25
    """A place is the middle of a curve through the samples from so long before to so long after."""
    hysteresis: float | None = None
    """Set: this distance in the unit of the line instead of `hysteresis_h`, and every sample as it is."""
    flipflop_s: float = 0.5
    """The opposite crossing of the same line by the same person within this time takes the first back; 0: never."""
    newborn_h: float = 0.3
    newborn_s: float = 1.0
    """A track born within `newborn_h` of the line counts only once it has been seen for `newborn_s`; 0: at once."""
    forget_s: float = 20.0
    """A track not seen for so long is forgotten."""


class _Sample(NamedTuple):
    at: float
    xy: Point
    distance: float
    height: float


@dataclass(slots=True)
class _Walk:
    """One track's way relative to one line."""

    track: int
    born: float
    near: bool
    seen: float = 0.0
    samples: list[_Sample] = field(default_factory=list)
    """Those that smoothing still needs; the first `past` of them have been walked."""
    past: int = 0
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
    """The crossings of one line; with `counts` only those of which it says so, asked (track, line, direction)."""

    def __init__(self, line: Line, rules: LineRules, counts: _Counts | None = None) -> None:
        self._line, self._rules, self._counts = line, rules, counts
        self._walks: dict[int, _Walk] = {}
        self._held: list[_Held] = []

    def step(self, people: People) -> list[Crossing]:
        """The crossings that are certain now, in the order they were found. Unobserved people do not move."""
        distances = signed_distance(people.xy, self._line.a, self._line.b).tolist()
        for i in people.observed.nonzero()[0].tolist():
            x, y = people.xy[i].tolist()
            sample = _Sample(people.at, (x, y), distances[i], float(people.height[i]))
            walk = self._walk(int(people.ids[i]), sample)
            walk.seen = people.at
            walk.samples.append(sample)
        for track, walk in list(self._walks.items()):
            self._follow(walk, people.at)
            if people.at - walk.seen > self._rules.forget_s:
                del self._walks[track]
        return list(self._release(people.at))

    def close(self) -> list[Crossing]:
        """The crossings still held back at the end; those of tracks that died at once near the line are not."""
        for walk in self._walks.values():
            self._follow(walk, math.inf)
        return list(self._release(math.inf))

    @property
    def _lag(self) -> float:
        return 0.0 if self._rules.hysteresis is not None else self._rules.smooth_s

    def _walk(self, track: int, sample: _Sample) -> _Walk:
        if track not in self._walks:
            near = abs(sample.distance) <= self._rules.newborn_h * sample.height
            self._walks[track] = _Walk(track, sample.at, near, at=sample.at, distance=sample.distance)
        return self._walks[track]

    def _follow(self, walk: _Walk, now: float) -> None:
        """Walk the samples after which enough time has passed to smooth them."""
        while walk.past < len(walk.samples) and walk.samples[walk.past].at + self._lag <= now:
            sample = walk.samples[walk.past]
            # Far from the line no smoothing could change the side.
            if self._lag and abs(sample.distance) < 2 * sample.height:
                sample = _smoothed(walk.samples, sample, self._lag)
            walk.past += 1
            if direction := self._move(walk, sample.at, sample.xy, sample.distance, sample.height):
                self._hold(walk, direction)
        if walk.past:
            needed = walk.samples[walk.past - 1].at - self._lag
            drop = next(i for i, sample in enumerate(walk.samples) if sample.at >= needed)
            del walk.samples[:drop]
            walk.past -= drop

    def _move(self, walk: _Walk, at: float, xy: Point, distance: float, height: float) -> Direction | None:
        """Where the track crossed to with this sample, if it did."""
        if (distance > 0) != (walk.distance > 0):
            # The two differ in sign, so the divisor is not zero.
            k = walk.distance / (walk.distance - distance)
            x, y = walk.xy
            walk.zero = (walk.at + k * (at - walk.at), (x + k * (xy[0] - x), y + k * (xy[1] - y)))
        walk.at, walk.xy, walk.distance = at, xy, distance
        margin = self._rules.hysteresis
        if margin is None:
            margin = height * (self._rules.hysteresis_h if walk.side else self._rules.first_h)
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
            newborn = walk.near and walk.seen - walk.born < self._rules.newborn_s
            dead = now - walk.seen > max(2.0, self._rules.newborn_s, self._lag)
            if newborn and dead:
                continue
            if not dead and (newborn or self._may_flip(held, now)):
                self._held.append(held)
            elif self._counts is None or self._counts(walk.track, self._line.id, held.crossing.direction):
                yield held.crossing

    def _may_flip(self, held: _Held, now: float) -> bool:
        """Whether the opposite crossing may still be found that takes this one back."""
        if not self._rules.flipflop_s:
            return False
        last = held.crossing.at + self._rules.flipflop_s
        zero, walk = held.walk.zero, held.walk
        turned = (walk.distance > 0) != (walk.side > 0) and zero is not None and held.crossing.at < zero[0] <= last
        return now <= last + self._lag or turned


def _smoothed(samples: list[_Sample], middle: _Sample, reach: float) -> _Sample:
    """The middle sample where a curve through those within `reach` seconds is then; near ones weigh more.

    The curve is the parabola of least squares: a straight line would cut off the way of whoever steps over the line
    and turns back. Few samples give a straight line nevertheless.
    """
    table = np.array([(s.at - middle.at, *s.xy, s.distance) for s in samples])
    weights = 1 - np.abs(table[:, 0]) / reach
    table, weights = table[weights > 0], weights[weights > 0, None]
    moments = 1 + np.count_nonzero(np.diff(table[:, 0]))
    if moments < FEW:
        return middle
    basis = table[:, :1] ** np.arange(2 if moments < ENOUGH else 3)
    curve = np.linalg.solve((weights * basis).T @ basis, (weights * basis).T @ table[:, 1:])
    x, y, distance = curve[0].tolist()
    return _Sample(middle.at, (x, y), distance, middle.height)
