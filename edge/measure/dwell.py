"""Stays in zones and how many people are there.

A stay is a person's time within a polygon; holes up to `max_gap_s` (out of sight or a step outside) are bridged
and what is shorter than `min_stay_s` is none.
"""

import math
from dataclasses import dataclass

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from edge.measure.geometry import People

SEEN_S = 2.0
NEAR_S = 0.5


class Visit(Struct, frozen=True, tag="visit", omit_defaults=True):
    """One stay in a zone, from `start` to `at`; `cut` says that its start or its end was not seen.

    `again`: by somebody who is known to have stayed there before.
    """

    at: float
    zone: str
    start: float
    cut: bool
    again: bool = False


class Present(Struct, frozen=True, tag="present"):
    """A head count at one moment: everybody in the place but staff, and at a queue those being served."""

    at: float
    place: str
    people: int
    serving: int


class StayRules(Struct, frozen=True, kw_only=True):
    """When time in a polygon is a stay, in seconds."""

    max_gap_s: float = 2.0
    min_stay_s: float = 2.0


@dataclass(slots=True, eq=False)
class Stay:
    """One person's time within a polygon so far; `end` is the last moment seen inside."""

    track: int
    start: float
    end: float
    entered: bool
    """Seen outside shortly before; else the person came into sight inside."""
    left: bool = False
    """Seen outside since; else we lost sight of the person inside."""
    over: bool = False

    @property
    def length(self) -> float:
        """Seconds from the start to the last moment seen inside."""
        return self.end - self.start


class Stays:
    """The stays in one polygon, of all lengths: the minimum is for the reader to ask."""

    def __init__(self, max_gap_s: float) -> None:
        self._gap = max_gap_s
        self._outside: dict[int, float] = {}
        self.open: dict[int, Stay] = {}

    def step(self, people: People, within: NDArray[np.bool_]) -> tuple[list[Stay], list[Stay]]:
        """(begun, ended) with this moment; `within` (N,) says who is in the polygon. The unobserved are ignored."""
        begun: list[Stay] = []
        ended = self._expire(people.at)
        seen = people.observed
        for track in people.ids[seen & ~within].tolist():
            self._outside[track] = people.at
            if stay := self.open.get(track):
                stay.left = True
        for track in people.ids[seen & within].tolist():
            if stay := self.open.get(track):
                stay.end, stay.left = people.at, False
            else:
                self.open[track] = Stay(track, people.at, people.at, entered=track in self._outside)
                begun.append(self.open[track])
        return begun, ended

    def forget(self, track: int) -> None:
        """Drop an open stay as if it had never begun: it was no customer's."""
        self.open.pop(track, None)

    def close(self) -> list[Stay]:
        """The stays still open, now over."""
        return self._expire(math.inf)

    def _expire(self, at: float) -> list[Stay]:
        ended = [stay for stay in self.open.values() if at - stay.end > self._gap]
        for stay in ended:
            stay.over = True
            del self.open[stay.track]
        recent = max(self._gap, SEEN_S)
        self._outside = {track: last for track, last in self._outside.items() if at - last <= recent}
        return ended


class Heads:
    """Head counts at whole seconds, from everybody's sample nearest in time: within 0.5 s, the earlier on a tie."""

    def __init__(self) -> None:
        self._seconds: dict[int, dict[int, tuple[float, NDArray[np.bool_]]]] = {}

    def step(self, people: People, within: NDArray[np.bool_]) -> list[tuple[int, NDArray[np.int64]]]:
        """(second, counts) for every second that is certain now; `within` is (P, N): person N is in place P."""
        ready = self.ready(people.at, len(within))
        for second in {math.floor(people.at), math.ceil(people.at)}:
            away = abs(people.at - second)
            if away <= NEAR_S:
                near = self._seconds.setdefault(second, {})
                for i, track in enumerate(people.ids.tolist()):
                    if track not in near or away < near[track][0]:
                        near[track] = (away, within[:, i])
        return ready

    def ready(self, at: float, places: int) -> list[tuple[int, NDArray[np.int64]]]:
        """The seconds for which no nearer sample can come once it is `at`; infinity: all that were begun."""
        done = [second for second in sorted(self._seconds) if at - second > NEAR_S]
        return [(second, _sum(self._seconds.pop(second), places)) for second in done]


def _sum(near: dict[int, tuple[float, NDArray[np.bool_]]], places: int) -> NDArray[np.int64]:
    total = np.zeros(places, dtype=np.int64)
    for _, within in near.values():
        total += within
    return total
