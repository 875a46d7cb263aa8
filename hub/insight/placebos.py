"""Stores that begin one after another: their steps at the true first days, ranked among those at all possible ones.

The lot drew the true days from the possible ones, so under "nothing changed" their rank is as good as any other: no
assumption about seasons or weather is needed. What all stores share of a day is taken off beforehand.
"""

from itertools import permutations
from math import perm

import numpy as np
from numpy.typing import NDArray

from hub.insight.lots import Floats, outwards

_DRAWS = 10_000
_WEEK = 7


class Placebos:
    """The mean step of the stores for every lot; `change` is the step at the true days for one unit of change."""

    def __init__(self, steps: Floats, gains: Floats, own: NDArray[np.int64], drawn: NDArray[np.int64]) -> None:
        rows = np.arange(len(own))
        self._placebo, self._gain = steps[rows, drawn].mean(axis=1), gains[rows, drawn].mean(axis=1)
        self._own, self._own_gain = float(steps[rows, own].mean()), float(gains[rows, own].mean())
        self.lots, self.change = len(drawn), self._own / self._own_gain

    def chance(self, change: float) -> float:
        """The share of the lots, the true one with them, that step as far as it when `change` is taken off."""
        others = np.abs(self._placebo - change * self._gain)
        return float((others >= abs(self._own - change * self._own_gain) - 1e-12).mean())

    def interval(self) -> tuple[float, float]:
        """The changes that are not refused at 5 %."""
        return outwards(self.chance, self.change, float(np.ptp(self._placebo)))


def placebos(days: Floats, pool: list[int], own: NDArray[np.int64], span: int, seed: int) -> Placebos | None:
    """Steps of (days, stores) values at every day of the pool; None where a step has a side without any measured day.

    `own` is which day of the pool each of the first stores began on; later stores are only stood beside.
    """
    treated = np.zeros_like(days)
    for column, i in enumerate(own.tolist()):
        treated[pool[i] :, column] = 1.0
    steps, gains = (_steps(x, pool, span)[: len(own)] for x in (days, np.where(np.isnan(days), np.nan, treated)))
    if not (np.isfinite(steps).all() and np.isfinite(gains).all()):
        return None
    return Placebos(steps, gains, own, _lots(len(pool), own, seed))


def _lots(days: int, own: NDArray[np.int64], seed: int) -> NDArray[np.int64]:
    """All lots there are, or 10,000 with the true one: rows of the days that the stores draw, no two alike."""
    if perm(days, len(own)) <= _DRAWS:
        return np.array(list(permutations(range(days), len(own))), dtype=np.int64)
    # Any seed but the plan's own, which would draw the true days again.
    rng = np.random.default_rng([seed, 1])
    drawn = rng.permuted(np.tile(np.arange(days), (_DRAWS - 1, 1)), axis=1)[:, : len(own)]
    return np.concatenate([own[None, :], drawn])


def _steps(days: Floats, pool: list[int], span: int) -> Floats:
    """(stores, pool) means of the `span` days from each possible first day on, less those of as many before it."""
    usual = days.copy()
    for weekday in range(_WEEK):
        usual[weekday::_WEEK] -= _mean(days[weekday::_WEEK])
    known = np.isfinite(usual)
    others = np.where(known, usual, 0.0).sum(axis=1, keepdims=True) - np.where(known, usual, 0.0)
    many = known.sum(axis=1, keepdims=True) - known
    beside = usual - np.divide(others, many, out=np.zeros_like(usual), where=many > 0)
    return np.column_stack([_mean(beside[at : at + span]) - _mean(beside[at - span : at]) for at in pool])


def _mean(days: Floats) -> Floats:
    """The mean of each store's measured days; NaN where there is none."""
    known = np.isfinite(days)
    total, many = np.where(known, days, 0.0).sum(axis=0), known.sum(axis=0)
    return np.asarray(np.divide(total, many, out=np.full(total.shape, np.nan), where=many > 0))
