"""One-step ways between the places that one camera sees: who stayed here went there next.

Only the last place of a track is remembered, and it is forgotten with the track; longer ways cannot be told.
"""

from collections.abc import Iterable, Mapping

from msgspec import Struct

from edge.measure.dwell import Stay

Pair = tuple[str, str]


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
    """The last place of every track of one sensor."""

    def __init__(self, forget_s: float = 20.0) -> None:
        self._forget = forget_s
        self._last: dict[int, tuple[str, float]] = {}

    def step(self, at: float, present: Iterable[int], ended: Iterable[tuple[str, Stay]]) -> list[Step]:
        """The steps that stays ended now complete; places that overlap make none, because nobody went.

        `present` are the tracks that are still known: the others are forgotten after a while.
        """
        found: list[Step] = []
        for place, stay in sorted(ended, key=lambda one: one[1].end):
            before, left = self._last.get(stay.track, (place, 0.0))
            if before != place and left <= stay.start:
                found.append(Step(stay.end, before, place))
            if place == before or left <= stay.start:
                self._last[stay.track] = (place, stay.end)
        known = set(present)
        self._last = {
            track: last for track, last in self._last.items() if track in known or at - last[1] <= self._forget
        }
        return found


def suppressed(counts: Mapping[Pair, int], least: int) -> dict[Pair, int | None]:
    """The same counts with None for those that must not be told.

    That is what is below `least`, nothing included, and, where it is the only one from its place or to its
    place, the smallest other one too: a total known from elsewhere then gives neither back.
    """
    hidden = {pair for pair, n in counts.items() if n < least}
    rows = [
        [pair for pair in counts if pair[side] == place] for side in (0, 1) for place in {p[side] for p in counts}
    ]
    while more := {_second(row, hidden, counts) for row in rows} - {None}:
        hidden |= {pair for pair in more if pair}
    return {pair: None if pair in hidden else n for pair, n in counts.items()}


def _second(row: list[Pair], hidden: set[Pair], counts: Mapping[Pair, int]) -> Pair | None:
    """The pair that has to be hidden besides the only hidden one of a row or column."""
    told = [pair for pair in row if pair not in hidden]
    if len(told) != len(row) - 1 or not told:
        return None
    return min(told, key=lambda pair: (counts[pair], pair))
