"""Carrying on: a track that is born where another was lost a moment ago is the same person.

Trackers lose people behind others and find them again under a new number. Only time and place decide, nothing
about a person's looks; and only the newest number is kept.
"""

import math
from typing import NamedTuple

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from edge.measure.geometry import People, Point, inside


class RelayRules(Struct, frozen=True, kw_only=True):
    """How long after, in seconds, and how far away, in box heights, a new track may carry on a lost one."""

    gap_s: float = 2.0
    reach_h: float = 0.5
    queue_gap_s: float = 10.0
    """Longer where both were in the same queue: there people stand, and one after the other."""
    pace_s: float = 0.5
    """Over about so long the pace is taken at which somebody is expected to have gone on."""
    forget_s: float = 20.0


class _Sight(NamedTuple):
    """Where somebody was seen last, and the pace a second then."""

    at: float
    xy: Point
    pace: Point

    def after(self, gap: float) -> Point:
        """Where the person is by now, going on alike."""
        return self.xy[0] + self.pace[0] * gap, self.xy[1] + self.pace[1] * gap


class Relay:
    """The numbers under which people carry on."""

    def __init__(self, rules: RelayRules, queues: list[tuple[Point, ...]]) -> None:
        self._rules, self._queues = rules, queues
        self._names: dict[int, int] = {}
        self._holders: dict[int, int] = {}
        self._last: dict[int, _Sight] = {}
        self._spare = 0

    def step(self, people: People) -> People:
        """The same people; those whose track carries on a lost one have the number of that."""
        names, tracks = self._names, people.ids.tolist()
        for track in tracks:
            self._take_back(track)
        here = {names[track] for track in tracks if track in names and self._holders[names[track]] == track}
        for i, track in enumerate(tracks):
            if track in names and self._holders[names[track]] == track:
                continue
            name = self._predecessor(people, i, here) if people.observed[i] else None
            names[track] = self._fresh(track) if name is None else name
            self._holders[names[track]] = track
            here.add(names[track])
        ids = np.array([names[track] for track in tracks], dtype=np.int64)
        self._remember(people, ids)
        return people._replace(ids=ids)

    def _take_back(self, track: int) -> None:
        """Give a track that was not lost after all its number again; who carried that on was somebody else."""
        name = self._names.get(track)
        if name is not None and (other := self._holders[name]) != track:
            self._holders[name] = track
            self._names[other] = fresh = self._fresh(other)
            self._holders[fresh] = other

    def _fresh(self, track: int) -> int:
        """The track's own number; below zero where another carries that on, because the two must not mix."""
        if self._holders.get(track, track) == track:
            return track
        self._spare -= 1
        return self._spare

    def _predecessor(self, people: People, i: int, here: set[int]) -> int | None:
        """The nearest person lost lately within reach of person i, or None."""
        best, nearest = None, self._rules.reach_h * float(people.height[i])
        x, y = people.xy[i].tolist()
        for name, seen in self._last.items():
            gap = people.at - seen.at
            if name in here or gap > self._rules.queue_gap_s:
                continue
            away = math.dist((x, y), seen.xy)
            if gap <= self._rules.gap_s:
                away = min(away, math.dist((x, y), seen.after(gap)))
            elif not self._same_queue((x, y), seen.xy):
                continue
            if away <= nearest:
                best, nearest = name, away
        return best

    def _same_queue(self, a: Point, b: Point) -> bool:
        return any(bool(inside(np.array([a, b]), polygon).all()) for polygon in self._queues)

    def _remember(self, people: People, ids: NDArray[np.int64]) -> None:
        for i, seen in enumerate(people.observed.tolist()):
            if not seen and int(ids[i]) in self._last:
                continue
            x, y = people.xy[i].tolist()
            self._last[int(ids[i])] = self._sight(self._last.get(int(ids[i])), people.at, (x, y))
        gone = [name for name, last in self._last.items() if people.at - last.at > self._rules.forget_s]
        for name in gone:
            del self._last[name]
        self._names = {track: name for track, name in self._names.items() if name in self._last}
        self._holders = {name: track for name, track in self._holders.items() if name in self._last}

    def _sight(self, before: _Sight | None, at: float, xy: Point) -> _Sight:
        if before is None or at <= before.at:
            return _Sight(at, xy, (0.0, 0.0))
        passed = at - before.at
        new = 1.0 - math.exp(-passed / self._rules.pace_s)
        x, y = ((a - b) / passed for a, b in zip(xy, before.xy, strict=True))
        return _Sight(
            at, xy, (before.pace[0] + new * (x - before.pace[0]), before.pace[1] + new * (y - before.pace[1]))
        )
