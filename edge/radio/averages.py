"""Strengths that a scanner has averaged already: they count less, because each says almost what the one before said.

ESPresense sends the mean of the last 15 seconds, as often as it likes. Taken like single readings, a dozen of them
would be as sure as a dozen independent ones. So of each tag and scanner one in three seconds is passed on.
"""

import numpy as np

from edge.radio.adverts import Sighting

APART_S = 3.0


class Averages:
    """When an average of each tag and scanner was last passed on."""

    def __init__(self, scanners: tuple[str, ...], tags: int) -> None:
        self._column = {name: i for i, name in enumerate(scanners)}
        self._last = np.full((tags, len(scanners)), -np.inf)
        self.scanners: set[int] = set()
        """The scanners, by their place in the file, that send averages."""

    def counts(self, sighting: Sighting) -> bool:
        """Whether a sighting says something new; one that is no average always does."""
        column = self._column.get(sighting.scanner)
        if not sighting.smoothed or column is None:
            return True
        self.scanners.add(column)
        if 0 <= sighting.at - self._last[sighting.tag, column] < APART_S:
            return False
        self._last[sighting.tag, column] = sighting.at
        return True

    def forget(self, at: float) -> None:
        """Forget what was passed on so long ago that it says nothing any more."""
        self._last[at - self._last > APART_S] = -np.inf
