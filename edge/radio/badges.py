"""Where staff badges are: numbers by zone, for taking staff off what the cameras count.

A badge that is not heard stays where it was last for 20 minutes, because bodies and shelves hide it; then nobody
knows. Else one that was left in a locker would be taken off all day.
"""

from collections import Counter
from collections.abc import Collection, Iterable

from edge.measure.heard import Badges
from edge.radio.position import Guess

UNKNOWN_S = 1200.0


class Presence:
    """The zones of the badges heard in the last 20 minutes."""

    def __init__(self, zones: Collection[str]) -> None:
        """`zones`: those that are told of."""
        self._zones = sorted(zones)
        self._where: dict[int, tuple[str | None, float]] = {}

    def step(self, at: float, guesses: Iterable[Guess]) -> list[Badges]:
        """How many badges each zone has at `at`; the guesses are those of badges."""
        for guess in guesses:
            self._where[guess.tag] = (guess.zone, guess.heard)
        self._where = {tag: seen for tag, seen in self._where.items() if at - seen[1] <= UNKNOWN_S}
        there = Counter(zone for zone, _ in self._where.values())
        return [Badges(at, zone, there[zone]) for zone in self._zones]
