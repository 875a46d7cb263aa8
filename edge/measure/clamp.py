"""What one visit may add to the numbers of level dp, held where its track is still known.

A visit is what one sensor follows under one number. It adds to one entry, one exit, one passing and three durations,
each of another place or kind: the first ones count. Only with such a bound does noise of a known size hide a visit.
"""

from collections.abc import Iterable

from edge.measure.footfall import Direction
from edge.plan import Line

MOST_STAYS = 3
FORGET_S = 120.0  # longer than any track is carried on, and than a fact takes to become certain


class Clamp:
    """What the visits of one sensor have added so far; a visit is forgotten 120 s after it was last seen."""

    def __init__(self, lines: Iterable[Line]) -> None:
        self._lines = {line.id: line for line in lines}
        self._seen: dict[int, float] = {}
        self._crossed: dict[int, set[str]] = {}
        self._stayed: dict[int, set[tuple[str, str]]] = {}

    def see(self, at: float, tracks: Iterable[int]) -> None:
        """These visits are there at `at`; those not seen for long are forgotten."""
        self._seen.update(dict.fromkeys(tracks, at))
        for track in [track for track, last in self._seen.items() if at - last > FORGET_S]:
            del self._seen[track]
            self._crossed.pop(track, None)
            self._stayed.pop(track, None)

    def crosses(self, track: int, line: str, direction: Direction) -> bool:
        """Whether this crossing is the first of its kind in the visit; from now on it counts as used."""
        door = self._lines[line]
        kind = "passers" if door.role == "passing" else "entries" if direction == door.entry else "exits"
        used = self._crossed.setdefault(track, set())
        if kind in used:
            return False
        used.add(kind)
        return True

    def stays(self, track: int, place: str, of: str) -> bool:
        """Whether this duration is among those of the visit that count; from now on it counts as used."""
        used = self._stayed.setdefault(track, set())
        if (place, of) in used or len(used) == MOST_STAYS:
            return False
        used.add((place, of))
        return True
