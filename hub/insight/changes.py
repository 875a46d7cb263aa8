"""Whether the newest day, or week, is unlike those before it: a prediction interval and its test.

The days before are compared within their weekday; how much they scatter around their weekday's mean is what a new day
may scatter by chance (a t-test for one new value: spread = s sqrt(1 + 1/m), Student's t with the days less the
weekdays as degrees of freedom). Days scatter more than single people do, so nothing is taken from Poisson or
binomial formulas but a floor: half of what people deciding alone would scatter. Shares are compared on the scale
2 asin sqrt p, people on that of logarithms.
"""

from math import exp, inf, lgamma, pi, sin, sqrt
from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from hub.insight.durations import wilson
from hub.insight.tails import t_quantile, t_tails

Figures = NDArray[np.float64]
Labels = NDArray[np.int64]
Scale = Literal["ratio", "share"]
Side = Literal[-1, 0, 1]


class Change(NamedTuple):
    """How far the newest value is from the usual one, with its interval of 95 %, and the chance of being as far by
    chance. On the scale `ratio` the effect is newest over usual, on `share` newest less usual. `n` is the people
    behind the newest value.
    """

    effect: float
    low: float
    high: float
    usual: float
    chance: float
    n: int


def change(
    values: Figures, people: Figures, groups: Labels, scale: Scale, side: Side = 0, least: tuple[int, int] = (6, 6)
) -> Change | None:
    """The last value beside those before it, nan where unknown; compared within the last one's group.

    `people` are those behind each value. `side` -1 or 1 looks for less or more only. None where the last is unknown,
    or with fewer than `least` known ones: in all, and in the group.
    """
    known = np.isfinite(values[:-1]) & (people[:-1] > 0) & ((values[:-1] > 0) | (scale == "share"))
    newest, newest_n = float(values[-1]), float(people[-1])
    same = known & (groups[:-1] == groups[-1])
    if not (np.isfinite(newest) and newest_n > 0) or known.sum() < least[0] or same.sum() < least[1]:
        return None
    y, of = _scaled(values[:-1][known], scale), groups[:-1][known]
    middles = {group: y[of == group].mean() for group in np.unique(of).tolist()}
    spare = len(y) - len(middles)
    scatter = float(np.sum((y - np.array([middles[group] for group in of.tolist()])) ** 2)) / spare
    alone = float(np.mean(1 / people[:-1][known]))
    varies = max(scatter, alone / 2) * (1 + 1 / same.sum()) + max(0.0, 1 / newest_n - alone)
    middle, spread = float(middles[int(groups[-1])]), sqrt(varies)
    half = t_quantile(0.975, spare) * spread
    off = float(_scaled(np.array([max(newest, 0.5) if scale == "ratio" else newest]), scale)[0]) - middle
    chance = _chance(off / spread, spare, side)
    return Change(*_effect(newest, middle, off, half, scale), chance, round(newest_n))


def _scaled(values: Figures, scale: Scale) -> Figures:
    return np.log(values) if scale == "ratio" else 2 * np.arcsin(np.sqrt(np.clip(values, 0, 1)))


def _chance(t: float, spare: float, side: Side) -> float:
    both = t_tails(abs(t), spare)
    if side == 0:
        return both
    return both / 2 if t * side > 0 else 1 - both / 2


def _effect(newest: float, middle: float, off: float, half: float, scale: Scale) -> tuple[float, float, float, float]:
    if scale == "ratio":
        return exp(off), exp(off - half), exp(off + half), exp(middle)
    low, usual, high = (_share(at) for at in (middle - half, middle, middle + half))
    return newest - usual, newest - high, newest - low, usual


def _share(at: float) -> float:
    return sin(min(max(at, 0.0), pi) / 2) ** 2


def two_shares(k: int, n: int, k0: int, n0: int) -> Change | None:
    """The share k of n beside k0 of n0 earlier: Fisher's exact chance of so many more, and Newcombe's interval (1998)
    of the difference. None where one of them is of nobody.
    """
    if not n or not n0:
        return None
    p, p0 = k / n, k0 / n0
    (low, high), (low0, high0) = wilson(p, n), wilson(p0, n0)
    lowest = p - p0 - sqrt((p - low) ** 2 + (high0 - p0) ** 2)
    highest = p - p0 + sqrt((high - p) ** 2 + (p0 - low0) ** 2)
    return Change(p - p0, lowest, highest, p0, fisher_more(k, n, k0, n0), n)


def fisher_more(k: int, n: int, k0: int, n0: int) -> float:
    """The chance of k or more of n, given k + k0 of n + n0 (hypergeometric)."""
    together = k + k0
    whole = _choose(n + n0, together)
    return min(
        1.0, sum(exp(_choose(n, i) + _choose(n0, together - i) - whole) for i in range(k, min(n, together) + 1))
    )


def _choose(n: int, k: int) -> float:
    """The logarithm of n over k, minus infinity where there is no way."""
    return lgamma(n + 1) - lgamma(k + 1) - lgamma(n - k + 1) if 0 <= k <= n else -inf
