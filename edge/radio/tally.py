"""How many advertisements could not be used, and why: told in the log once an hour, numbers and nothing else."""

from collections import Counter
from typing import Literal

Trouble = Literal["strength", "malformed", "unplaced", "untimely", "jump"]
HOUR_S = 3600.0
_WORDS: dict[Trouble, str] = {
    "malformed": "were malformed",
    "strength": "had an impossible strength",
    "unplaced": "came from a scanner that radio.scanners does not name",
    "untimely": "had no time",
    "jump": "came after the clock jumped",
}


class Tally:
    """The troubles of one radio sensor: `total` since the start, the text of those since it was last told."""

    def __init__(self) -> None:
        self.total: Counter[Trouble] = Counter()
        self._fresh: Counter[Trouble] = Counter()
        self._told = float("-inf")

    def add(self, trouble: Trouble) -> None:
        """One more."""
        self.total[trouble] += 1
        self._fresh[trouble] += 1

    def text(self, at: float) -> str | None:
        """What to tell at `at`; None where there is nothing or it was told less than an hour ago."""
        if 0 <= at - self._told < HOUR_S or not self._fresh:
            return None
        parts = [f"{self._fresh[trouble]} {words}" for trouble, words in _WORDS.items() if self._fresh[trouble]]
        self._told, self._fresh = at, Counter()
        return ", ".join(parts)
