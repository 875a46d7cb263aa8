"""Who was heard where in the last seconds, as sums: the memory of the radio side, all of it made beforehand.

Its size is tags x scanners x seconds whatever arrives; ten thousand advertisements a second only add to sums.
"""

import math

import numpy as np
from numpy.typing import NDArray

from edge.radio.adverts import Sighting

GONE_S = 30.0
LONGEST_S = 4 * 3600.0
# Powers are kept against that of this strength, so that they are near 1.
_MIDDLE_DBM = -70.0
_NEVER = np.iinfo(np.int64).min


class Readings:
    """Sums of power for each tag and scanner in each of the last `span` whole seconds."""

    def __init__(self, scanners: tuple[str, ...], tags: int, span: int) -> None:
        self.span = span
        self._column = {name: i for i, name in enumerate(scanners)}
        # Two slots more than asked for: the second under way and the one that begins while it is worked on.
        self._second = np.full(span + 2, _NEVER, dtype=np.int64)
        self._sum = np.zeros((span + 2, tags, len(scanners)), dtype=np.float32)
        self._n = np.zeros((span + 2, tags, len(scanners)), dtype=np.float32)
        self.first = np.full(tags, np.nan)
        self.heard = np.full(tags, np.nan)
        self.listened = np.full(len(scanners), np.nan)

    def listen(self, at: float, scanner: str) -> bool:
        """Notes that a scanner works: it passed on somebody's advertisement. False where it is not on the floor."""
        if (column := self._column.get(scanner)) is None:
            return False
        if not self.listened[column] >= at:  # also where it never spoke (NaN)
            self.listened[column] = at
        return True

    def hear(self, sighting: Sighting) -> None:
        """Adds a sighting; one of an unknown scanner, or older than what is kept, changes nothing."""
        column, second = self._column.get(sighting.scanner), math.floor(sighting.at)
        slot = second % len(self._second)
        if column is None or second < self._second[slot]:
            return
        self.listen(sighting.at, sighting.scanner)
        if second > self._second[slot]:
            self._second[slot], self._sum[slot], self._n[slot] = second, 0, 0
        self._sum[slot, sighting.tag, column] += 10 ** ((sighting.rssi_dbm - _MIDDLE_DBM) / 10)
        self._n[slot, sighting.tag, column] += 1
        if not self.first[sighting.tag] <= sighting.at:
            self.first[sighting.tag] = sighting.at
        if not self.heard[sighting.tag] >= sighting.at:
            self.heard[sighting.tag] = sighting.at

    def means(self, until: int, span: int) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """(dBm, number) over the seconds [until - span, until) by tag and scanner; NaN where none was heard.

        The mean is that of power: what a wave that meets itself takes away in some advertisements (deep fades) says
        less of the distance than what arrives in the others.
        """
        slots = (self._second >= until - span) & (self._second < until)
        n = self._n[slots].sum(axis=0, dtype=np.float64)
        total = self._sum[slots].sum(axis=0, dtype=np.float64)
        mean = np.divide(total, n, out=np.full(total.shape, np.nan), where=n > 0)
        return _MIDDLE_DBM + 10 * np.log10(mean), n

    def present(self, at: float) -> NDArray[np.bool_]:
        """Which tags are in hearing at `at`; the others are forgotten here, and all of them after four hours."""
        there = (at - self.heard <= GONE_S) & (at - self.first <= LONGEST_S)
        gone = ~there & ~np.isnan(self.heard)
        self._sum[:, gone], self._n[:, gone] = 0, 0
        self.first[gone] = self.heard[gone] = np.nan
        return there

    def silent(self, at: float, since: float) -> list[int]:
        """The scanners (by position) that passed on nothing for 30 s, counted from `since` if they never did."""
        return [int(i) for i in np.flatnonzero(at - np.fmax(self.listened, since) > GONE_S)]

    def working(self, at: float) -> NDArray[np.bool_]:
        """Which scanners passed on anything within 30 s: that the others hear nothing says nothing."""
        working: NDArray[np.bool_] = np.nan_to_num(self.listened, nan=-np.inf) >= at - GONE_S
        return working
