"""One-step ways between the places that one sensor knows: who stayed here went there next.

Only the last place of a track is remembered, and it is forgotten with the track; longer ways cannot be told.
"""

import heapq
from collections.abc import Iterable, Mapping

from msgspec import Struct

from edge.measure.dwell import Stay

Pair = tuple[str, str]
Node = tuple[int, str]
"""A row (0) or a column (1) of the table of pairs, and its place."""


class Step(Struct, frozen=True, tag="step"):
    """Somebody whose last stay was in `place` ended one in `to` at `at`."""

    at: float
    place: str
    to: str


class DayFlows(Struct, frozen=True, kw_only=True):
    """All pairs of places of one camera in one local day, as measured: for the privacy door alone."""

    start: int
    observed_s: int
    counts: Mapping[Pair, int]


class Steps:
    """The last place of every track of one sensor, and which ways it went: who goes one again is still one person."""

    def __init__(self, forget_s: float = 20.0) -> None:
        self._forget = forget_s
        self._last: dict[int, tuple[str, float]] = {}
        self._went: dict[int, set[Pair]] = {}

    def step(self, at: float, present: Iterable[int], ended: Iterable[tuple[str, Stay]]) -> list[Step]:
        """The steps that stays ended now complete; places that overlap make none, because nobody went.

        A track makes each step once: ten people are behind a flow of ten, not one who went to and fro. `present`
        are the tracks that are still known: the others are forgotten after a while.
        """
        found: list[Step] = []
        for place, stay in sorted(ended, key=lambda one: one[1].end):
            before, left = self._last.get(stay.track, (place, 0.0))
            if before != place and left <= stay.start and self._first(stay.track, (before, place)):
                found.append(Step(stay.end, before, place))
            if place == before or left <= stay.start:
                self._last[stay.track] = (place, stay.end)
        known = set(present)
        self._last = {
            track: last for track, last in self._last.items() if track in known or at - last[1] <= self._forget
        }
        self._went = {track: ways for track, ways in self._went.items() if track in self._last or track in known}
        return found

    def part(self, track: int, *, known: bool) -> None:
        """End the way of a track: what it does next begins a new one. `known`: it may still be the same person, who
        makes no step a second time.
        """
        self._last.pop(track, None)
        if not known:
            self._went.pop(track, None)

    def _first(self, track: int, way: Pair) -> bool:
        ways = self._went.setdefault(track, set())
        new = way not in ways
        ways.add(way)
        return new


def suppressed(counts: Mapping[Pair, int], least: int) -> dict[Pair, int | None]:
    """The same counts with None for those that must not be told.

    That is what is below `least`, nothing included, and besides each of these as many others as it takes that all
    totals from and to all places, if somebody had them, gave none of them back. In such a system a withheld number
    follows if and only if no closed chain of withheld numbers, row and column in turn, passes it (Gusfield 1988);
    so the chain with the fewest people in it is withheld too. Two places alone have no chain.
    """
    hidden = {pair for pair, n in counts.items() if n < least}
    lines: dict[Node, list[Pair]] = {}
    for pair in counts:
        for side in (0, 1):
            lines.setdefault((side, pair[side]), []).append(pair)
    for pair in sorted(hidden):
        hidden |= set(_chain(pair, lines, {other: 0 if other in hidden else n for other, n in counts.items()}))
    return {pair: None if pair in hidden else n for pair, n in counts.items()}


def _chain(pair: Pair, lines: Mapping[Node, list[Pair]], costs: Mapping[Pair, int]) -> tuple[Pair, ...]:
    """The pairs that close a chain with `pair` at the lowest cost; none where there is no such chain.

    `lines` are the pairs of each row (0, from a place) and each column (1, to a place); Dijkstra's shortest path.
    """
    ways: list[tuple[int, Node, tuple[Pair, ...]]] = [(0, (0, pair[0]), ())]
    done: set[Node] = set()
    while ways:
        cost, node, chain = heapq.heappop(ways)
        if node == (1, pair[1]):
            return chain
        if node in done:
            continue
        done.add(node)
        side = node[0]
        for other in lines[node]:
            if other != pair:
                heapq.heappush(ways, (cost + costs[other], (1 - side, other[1 - side]), (*chain, other)))
    return ()
