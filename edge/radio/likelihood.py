"""How well what was heard in a second fits each square of the floor, whatever the strength of the tag.

All of it is products of small tables and the readings, because there are a hundred thousand squares and tags to weigh
each second. What the scanners hear differently from each other tells where a tag is; what they all hear tells how
strong it is.
"""

import numpy as np
from numpy.typing import NDArray

from edge.radio.filter import Belief, Floats, Second, Weights
from edge.radio.strength import Field

# A reading's spread; a body in the way costs more, so a reading far off counts as one from long tails (Student-t)
# would; and half, because readings that follow each other are not independent.
_SPREAD_DB, _TAILS, _TEMPER, _MOST_READINGS = 6.5, 6.0, 0.5, 4
# The map's own doubt counts a third: all of it would make spots far from the survey fit anything.
_DOUBT = 0.3
# How fast a tag's strength may change, as variance a second: who carries it turns round.
_DRIFT = 0.002
# Without a survey: how fast is learnt, for each tag, what all scanners hear more than expected, and what each does.
_LEARN_TAG, _LEARN_SCANNER, _MOST_OFF_DB = 0.02, 0.01, 15.0
# The least chance that an advertisement is missed, the edge of hearing, and what it counts that none came.
_MISSED, _EDGE_DB, _QUIET_TEMPER = 0.1, 4.0, 0.25
# That none came is tabled for tags so much stronger than surveyed.
_STRENGTHS = (-10.0, 0.0, 10.0)
# Numbers near nothing keep their digits.
_MIDDLE_DBM = -70.0


class Likelihood:
    """The tables of one floor: what each of S scanners should hear on each of N squares, as Gaussians."""

    quiet_s = 3

    def __init__(self, found: Field) -> None:
        scale = _SPREAD_DB**2 + _DOUBT * found.variance
        mean = found.mean - _MIDDLE_DBM
        self._size = len(mean)
        self._mean = found.mean.T.astype(np.float32)
        self._tables = np.concatenate([1 / scale, mean / scale, mean**2 / scale]).astype(np.float32)
        self._wide = (0.5 * np.log(scale)).astype(np.float32)
        self._quiet = np.concatenate([_quiet(found.mean + above, found.deaf) for above in _STRENGTHS])
        self.strength_db = found.strength_db

    def weigh(self, before: Belief, second: Second) -> tuple[Weights, Belief]:
        """How well (tags, N) a second fits, 1 where best, and what is known after it."""
        doubt = np.minimum(before.doubt + np.float32(_DRIFT), np.float32(self.strength_db**2))
        level = np.where(second.n > 0, second.means - before.off - _MIDDLE_DBM, 0.0).astype(np.float32)
        counts = self._counts(before, level, second.n)
        tables, size = self._tables, self._size
        weight = counts @ tables[:size]
        least = np.maximum(weight, np.float32(1e-6))
        off = np.hstack([counts * level, -counts]) @ tables[: 2 * size]
        square = np.hstack([counts * level**2, -2 * counts * level, counts]) @ tables
        # What all scanners hear more than expected speaks of the tag, the rest of the place.
        common = 1 + doubt * weight
        away = off - weight * before.above
        log = -0.5 * (square - off**2 / least + away**2 / (least * common) + np.log(common)) - counts @ self._wide
        if second.missed.any():
            log += self._missing(before, second)
        log -= log.max(axis=1, keepdims=True)
        fits: Weights = np.exp(log)
        known = before.known * fits
        total = known.sum(axis=1, keepdims=True)
        told = (known * weight).sum(axis=1, keepdims=True) / total
        learnt = before.off if self.strength_db else self._learnt(before.off, known / total, second)
        return fits, Belief(known, before.above + doubt * away / common, doubt / (1 + doubt * told), learnt)

    def _counts(self, before: Belief, level: Weights, n: Floats) -> Weights:
        """What each tag's readings of each scanner count: less the farther they lie from what is expected where the
        tag seems to be.
        """
        size, own = self._size, before.known * before.above
        precise, mean, square = np.split(before.known @ self._tables.T, 3, axis=1)
        above = own @ self._tables[: 2 * size].T
        own *= before.above
        off: Weights = level**2 * precise - 2 * level * mean + square
        off += own @ self._tables[:size].T + 2 * (above[:, size:] - level * above[:, :size])
        off /= before.known.sum(axis=1, keepdims=True)
        counts: Weights = (_TEMPER * np.minimum(n, _MOST_READINGS)).astype(np.float32)
        counts *= np.float32(_TAILS + 1) / (np.float32(_TAILS) + np.maximum(off, 0))
        return counts

    def _missing(self, before: Belief, second: Second) -> Weights:
        """The log likelihood that so much went unheard, between the tables of the strengths nearest to the tag's."""
        often = np.minimum(second.n.max(axis=1, keepdims=True), _MOST_READINGS)
        unheard = np.where(second.missed, often, 0.0).astype(np.float32)
        above = (before.known * before.above).sum(axis=1) / before.known.sum(axis=1)
        shares = [np.interp(above, _STRENGTHS, row).astype(np.float32)[:, None] for row in np.eye(len(_STRENGTHS))]
        missing: Weights = np.hstack([unheard * share for share in shares]) @ self._quiet
        return missing

    def _learnt(self, off: Floats, known: Weights, second: Second) -> Floats:
        """What each tag and scanner is off, learnt from what was not expected where the tag seems to be: where no
        survey says how strong tags are, how unlike the scanners and where walls stand.
        """
        some = second.n > 0
        left = np.where(some, second.means - known @ self._mean - off, 0.0)
        common = left.sum(axis=1, keepdims=True) / np.maximum(some.sum(axis=1, keepdims=True), 1)
        learnt: Floats = np.clip(off + _LEARN_TAG * common + _LEARN_SCANNER * left, -_MOST_OFF_DB, _MOST_OFF_DB)
        return learnt


def _quiet(mean: NDArray[np.float64], deaf: float) -> Weights:
    """Log likelihood, by scanner and square, that an advertisement goes unheard, tempered."""
    heard = (1 - _MISSED) / (1 + np.exp(-(mean - deaf) / _EDGE_DB))
    quiet: NDArray[np.float64] = _QUIET_TEMPER * np.log1p(-heard)
    return quiet.astype(np.float32)
