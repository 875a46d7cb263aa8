"""What the lot alone would have made of the differences, exactly: every arrangement it could have drawn is looked at.

The lot was really drawn (a trial's plan draws it), so the p-value needs no assumption about seasons, weather or how
days hang together. A pair counts by its difference, but none for more than the middle one: one mad day decides
nothing.
"""

from collections.abc import Callable
from functools import cache
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
LEVEL = 0.05
_GRID = 20  # scores are whole numbers up to this, so that their sums can be counted instead of sampled


@cache
def arrangements(runs: int) -> NDArray[np.int64]:
    """All ways in which half of the runs of a first week are on (1) and the others off (-1); of 7 either 3 or 4.

    The second week is the other way round. Half of a week: a good or a bad week then hits both sides alike.
    """
    halves = {runs // 2, runs - runs // 2}
    on = [set(chosen) for half in sorted(halves) for chosen in combinations(range(runs), half)]
    found = np.array([[1 if run in chosen else -1 for run in range(runs)] for chosen in on], dtype=np.int64)
    found.flags.writeable = False  # kept for the next caller
    return found


def chance(first: Floats, signs: NDArray[np.int64]) -> float:
    """The two-sided p-value of (two weeks, runs) differences, first week less second, NaN where unknown.

    `signs` are the arrangement that was drawn. 1 where nothing differs.
    """
    scores = _scores(first)
    if not scores.any():
        return 1.0
    possible = arrangements(first.shape[1])
    sums, lowest = np.ones(1), 0
    for block in scores:
        each = possible @ block
        sums = np.convolve(sums, np.bincount(each - each.min()) / len(each))
        lowest += int(each.min())
    drawn = int((scores * signs).sum())
    far = np.abs(np.arange(len(sums)) + lowest) >= abs(drawn)
    return float(min(1.0, sums[far].sum()))


def _scores(first: Floats) -> NDArray[np.int64]:
    known = np.where(np.isfinite(first), first, 0.0)
    sizes = np.abs(known[known != 0])
    most = float(np.median(sizes)) if sizes.size else 1.0
    return np.rint(np.clip(known / most, -1.0, 1.0) * _GRID).astype(np.int64)


def outwards(chance_of: Callable[[float], float], middle: float, step: float) -> tuple[float, float]:
    """The changes that a test does not refuse at 5 %, from the estimate to the first refused; infinite if none is."""
    return middle - _end(lambda x: chance_of(middle - x), step), middle + _end(lambda x: chance_of(middle + x), step)


def _end(chance_of: Callable[[float], float], step: float) -> float:
    kept, refused = 0.0, max(step, 1e-9)
    while chance_of(refused) > LEVEL:
        kept, refused = refused, refused * 2
        if refused > 1e9 * max(step, 1e-9):
            return float("inf")
    for _ in range(20):
        half = (kept + refused) / 2
        kept, refused = (kept, half) if chance_of(half) <= LEVEL else (half, refused)
    return refused


def middle(differences: Floats) -> float:
    """The shift that differences fit best: the median of the means of all pairs of them (Hodges and Lehmann 1963)."""
    return float(np.median(_means(differences)))


def detectable(differences: Floats, pairs: int) -> float | None:
    """The shift that so many pairs would find with probability 0.8, if they scatter like these; None if none is sure.

    Noether 1987: n = (z(0.975) + z(0.8))^2 / 3 (p - 1/2)^2 with p the probability that the mean of two differences is
    above zero; which shift has that p is read off the means of the given differences, taken with both signs.
    """
    needed = 0.5 + (1.959964 + 0.841621) / np.sqrt(3 * max(pairs, 1))
    if needed >= 1 or len(differences) < 2:
        return None
    return float(np.quantile(_means(np.concatenate([differences, -differences])), needed))


def _means(differences: Floats) -> Floats:
    i, j = np.triu_indices(len(differences))
    return np.asarray((differences[i] + differences[j]) / 2)
