"""Which trolleys stand still: those whose strength at all scanners has stayed the same for ten minutes.

Where a tag is known to a zone says little, because somebody may shop in one zone for long. A tag that is carried a
metre changes its strength by several dB at some scanner; one that rests only trembles, and means over a minute do not
even that. Kept are ten means for each trolley and scanner, all of it made beforehand; those of a tag that is out of
hearing for a whole minute are forgotten.
"""

import numpy as np

from edge.plan import TagRole
from edge.radio.adverts import Sighting

MINUTES = 10
# Means of a minute of a tag at rest lie closer together than this (root mean square over the scanners that hear it),
# and a minute that lies so far from those before it says that it was moved.
REST_DB, MOVED_DB = 2.0, 3.0
_LEAST, _HEARD = 3, 9


class Still:
    """The trolleys and baskets that rest, by their index in the allow-list."""

    def __init__(self, scanners: tuple[str, ...], roles: tuple[TagRole, ...]) -> None:
        self._column = {name: i for i, name in enumerate(scanners)}
        self._pushed = np.array([role in ("trolley", "basket") for role in roles], dtype=np.bool_)
        shape = (len(roles), len(scanners))
        self._sum, self._n = np.zeros(shape), np.zeros(shape, dtype=np.int64)
        self._means = np.full((MINUTES, *shape), np.nan)
        self._minute: int | None = None
        self._since: dict[int, float] = {}

    def hear(self, sighting: Sighting) -> None:
        """Take in one sighting of the minute that lasts."""
        column = self._column.get(sighting.scanner)
        if column is not None and self._pushed[sighting.tag]:
            self._sum[sighting.tag, column] += sighting.rssi_dbm
            self._n[sighting.tag, column] += 1

    def step(self, at: float) -> dict[int, float]:
        """The tags at rest at `at`, and since when; to be called once a second."""
        minute = int(at // 60)
        if self._minute is None:
            self._minute = minute
        if minute != self._minute:
            self._close(minute)
            self._minute = minute
        return self._since

    def _close(self, minute: int) -> None:
        found = np.divide(self._sum, self._n, out=np.full(self._sum.shape, np.nan), where=self._n >= _LEAST)
        self._sum[:], self._n[:] = 0.0, 0
        for empty in range(minute - (self._minute or minute) - 1):
            if empty >= MINUTES:
                break
            self._means = np.roll(self._means, -1, axis=0)
            self._means[-1] = np.nan
        self._means = np.roll(self._means, -1, axis=0)
        self._means[-1] = found
        self._means[:, np.isnan(self._means[-1]).all(axis=1)] = np.nan
        still = self._still() & self._pushed
        began = (minute - MINUTES) * 60.0
        self._since = {int(tag): self._since.get(int(tag), began) for tag in np.flatnonzero(still)}

    def _still(self) -> np.ndarray:
        """(tags,) whether all that is known of the ten minutes is the same strength."""
        known = ~np.isnan(self._means)
        counted = known.sum(axis=0)
        often = (counted >= _HEARD) & known[0] & known[-1]
        means = np.where(known, self._means, 0.0)
        middle = means.sum(axis=0) / np.maximum(counted, 1)
        off = np.where(known, self._means - middle, 0.0) ** 2
        scanners = often.sum(axis=1)
        spread = np.where(often, off.sum(axis=0) / np.maximum(counted, 1), 0.0).sum(axis=1)
        last = np.where(often & known[-1], off[-1], 0.0).sum(axis=1)
        some = np.maximum(scanners, 1)
        quiet = (spread <= REST_DB**2 * some) & (last <= MOVED_DB**2 * some)
        return np.asarray((scanners > 0) & quiet)
