"""Groups that cross a line together: a figure of its own beside the count of people.

A group are two or more who cross the same line in the same direction, each within 1.5 s of the first and at most
1.2 m along the line from where another of them crossed. Who goes to and fro is in a group once, else five groups
could be one pair. Without floor metres nobody knows, and nothing is said.
"""

import math
from bisect import bisect_left
from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from edge.measure.footfall import Crossing, Direction
from edge.measure.geometry import People, signed_distance
from edge.plan import Line

TOGETHER_S, APART_M = 1.5, 1.2
# A crossing may still be found for so long after it happened; only then is a group complete.
CERTAIN_S = 6.0
# A crossing belongs to whoever was on the line at its time, to this part of a box height.
ON_LINE_H = 0.5
FORGET_S = 15.0

Floats = NDArray[np.float64]
Metres = Callable[[Floats], Floats]
"""(N, 2) floor metres of (N, 2) anchors; not a number where there is no floor."""


class Group(Struct, frozen=True, tag="group"):
    """Two or more people crossed a line together; `at` is when the first did."""

    at: float
    line: str
    direction: Direction


@dataclass(slots=True)
class _Way:
    """Where one track was lately: times, anchors and floor metres."""

    height: float
    at: list[float] = field(default_factory=list)
    xy: list[tuple[float, float]] = field(default_factory=list)
    metres: list[tuple[float, float]] = field(default_factory=list)


@dataclass(slots=True)
class _Crosser:
    crossing: Crossing
    track: int
    metres: tuple[float, float]
    member: bool = False


class Groups:
    """The groups over all lines of one sensor."""

    def __init__(self, lines: list[Line], metres: Metres) -> None:
        self._lines, self._metres = {line.id: line for line in lines}, metres
        self._ways: dict[int, _Way] = {}
        self._waiting: list[_Crosser] = []
        self._grouped: dict[int, set[tuple[str, Direction]]] = {}

    def step(self, people: People, crossings: list[Crossing]) -> list[Group]:
        """The groups that are complete now; `crossings` are those that became certain with these people."""
        self._remember(people)
        self._join(crossings)
        return self._complete(people.at)

    def close(self, crossings: list[Crossing]) -> list[Group]:
        """The groups left at the end, with the last crossings."""
        self._join(crossings)
        return self._complete(float("inf"))

    def _remember(self, people: People) -> None:
        metres = self._metres(people.xy)
        for i in people.observed.nonzero()[0].tolist():
            way = self._ways.setdefault(int(people.ids[i]), _Way(float(people.height[i])))
            way.height = float(people.height[i])
            way.at.append(people.at)
            way.xy.append((float(people.xy[i, 0]), float(people.xy[i, 1])))
            way.metres.append((float(metres[i, 0]), float(metres[i, 1])))
            old = bisect_left(way.at, people.at - FORGET_S - 1.0)
            del way.at[:old], way.xy[:old], way.metres[:old]
        for track in [i for i, way in self._ways.items() if people.at - way.at[-1] > FORGET_S]:
            del self._ways[track]
            self._grouped.pop(track, None)

    def _join(self, crossings: list[Crossing]) -> None:
        for crossing in crossings:
            if (track := self._who(crossing)) is not None:
                way = self._ways[track]
                if (metres := _at(way.at, way.metres, crossing.at)) is not None:
                    self._waiting.append(_Crosser(crossing, track, metres))
        self._waiting.sort(key=lambda one: one.crossing.at)

    def _who(self, crossing: Crossing) -> int | None:
        """The track nearest to the line at the moment of a crossing that is not known to have crossed just then."""
        line, best, nearest = self._lines[crossing.line], None, float("inf")
        taken = {
            one.track
            for one in self._waiting
            if (one.crossing.line, one.crossing.direction) == (crossing.line, crossing.direction)
            and abs(one.crossing.at - crossing.at) <= TOGETHER_S
        }
        for track, way in self._ways.items():
            if track in taken or (place := _at(way.at, way.xy, crossing.at)) is None:
                continue
            away = abs(float(signed_distance(np.array([place]), line.a, line.b)[0]))
            if away < nearest and away <= ON_LINE_H * way.height:
                best, nearest = track, away
        return best

    def _complete(self, now: float) -> list[Group]:
        found: list[Group] = []
        while self._waiting and now - self._waiting[0].crossing.at > TOGETHER_S + CERTAIN_S:
            first = self._waiting.pop(0)
            if first.member:
                continue
            members = self._members(first)
            if len(members) > 1 and self._new(members):
                found.append(Group(first.crossing.at, first.crossing.line, first.crossing.direction))
        return found

    def _new(self, members: list[_Crosser]) -> bool:
        """Whether none of them was in a group that crossed this line this way; from now on all of them were."""
        way = members[0].crossing.line, members[0].crossing.direction
        before = [self._grouped.setdefault(one.track, set()) for one in members]
        new = not any(way in ways for ways in before)
        for ways in before:
            ways.add(way)
        return new

    def _members(self, first: _Crosser) -> list[_Crosser]:
        own = first.crossing
        near = [
            one
            for one in self._waiting
            if not one.member
            and (one.crossing.line, one.crossing.direction) == (own.line, own.direction)
            and one.crossing.at - own.at <= TOGETHER_S
            and one.track != first.track
        ]
        members = [first]
        while more := [
            one for one in near if not one.member and any(math.dist(one.metres, m.metres) <= APART_M for m in members)
        ]:
            for one in more:
                one.member = True
            members += more
        return members


def _at(times: list[float], places: list[tuple[float, float]], at: float) -> tuple[float, float] | None:
    """Where somebody was at a moment, between two sightings; at most 1 s after the last the last one stands."""
    i = bisect_left(times, at)
    if i == len(times):
        return places[-1] if times and at - times[-1] <= 1.0 else None
    if times[i] == at or i == 0:
        return places[i] if times[i] - at <= 1e-6 else None
    k = (at - times[i - 1]) / (times[i] - times[i - 1])
    (x0, y0), (x1, y1) = places[i - 1], places[i]
    return x0 + k * (x1 - x0), y0 + k * (y1 - y0)
