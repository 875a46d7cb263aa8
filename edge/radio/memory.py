"""What the filter remembers of the tags that are there: one row each, made when needed and used again."""

import numpy as np
from numpy.typing import NDArray

_AT_FIRST = 16


class Memory:
    """The last `depth` seconds of two values a place, for each tag that is there: what was known, and how well what
    was heard in that second fits. And `above`, by row and place: how much stronger than expected it would be there.

    Its size follows the number of tags that are there at once, not the length of the allow-list.
    """

    def __init__(self, tags: int, depth: int, size: int) -> None:
        self._row = np.full(tags, -1)
        self._free: list[int] = []
        self._known = np.zeros((depth, 0, size), dtype=np.float32)
        self._fits = np.zeros((depth, 0, size), dtype=np.float32)
        self.above = np.zeros((0, size), dtype=np.float32)
        self._now = 0

    def turn(self, there: NDArray[np.bool_]) -> NDArray[np.intp]:
        """Moves on by a second; the rows of the tags that are there. A new tag may be anywhere, one gone is wiped;
        once nobody is there nothing is left.
        """
        gone = np.flatnonzero(~there & (self._row >= 0))
        self._free += self._row[gone].tolist()
        rows = self._row[gone]
        self._known[:, rows], self._fits[:, rows], self.above[rows] = 0, 0, 0
        self._row[gone] = -1
        if not there.any():
            # Not even how many were here at once is kept.
            self._known, self._fits, self._free = self._known[:, :0].copy(), self._fits[:, :0].copy(), []
            self.above = self.above[:0].copy()
        new = np.flatnonzero(there & (self._row < 0))
        self._grow(len(new))
        for tag in new:
            row = self._row[tag] = self._free.pop()
            self._known[:, row], self._fits[:, row] = 1 / self._known.shape[2], 1
        self._now = (self._now + 1) % len(self._known)
        return self._row[there]

    def keep(self, rows: NDArray[np.intp], known: NDArray[np.float32], fits: NDArray[np.float32]) -> None:
        """Notes this second's values."""
        self._known[self._now, rows], self._fits[self._now, rows] = known, fits

    def known(self, rows: NDArray[np.intp], back: int) -> NDArray[np.float32]:
        """What was known `back` seconds ago; 0 is this second."""
        found: NDArray[np.float32] = self._known[(self._now - back) % len(self._known), rows]
        return found

    def fits(self, rows: NDArray[np.intp], back: int) -> NDArray[np.float32]:
        """How well what was heard `back` seconds ago fits."""
        found: NDArray[np.float32] = self._fits[(self._now - back) % len(self._fits), rows]
        return found

    def _grow(self, wanted: int) -> None:
        have = self._known.shape[1]
        if wanted <= len(self._free):
            return
        more = max(wanted - len(self._free), have, _AT_FIRST)
        wider = ((0, 0), (0, more), (0, 0))
        self._known, self._fits = np.pad(self._known, wider), np.pad(self._fits, wider)
        self.above = np.pad(self.above, wider[1:])
        self._free += range(have, have + more)
