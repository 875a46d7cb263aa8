"""Stores beside each other: each score drawn towards the others by how little is known of it, limits, and the spread.

A small store is at the top or the bottom of a list more often than a large one by chance alone. So no list is ranked:
a store has an interval, limits that chance alone would keep it in, and a range of places that it may have.
The same goes for dayparts and touchpoints: `spread` is how consistent they are.
"""

import math
from collections.abc import Sequence
from itertools import combinations

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from hub.insight.scores import Z95
from hub.insight.several import holm
from hub.insight.tails import chi2_quantile, normal_tails

_Floats = NDArray[np.float64]
# Two in a thousand: limits that a chain of 50 stores leaves by chance once in ten looks (Spiegelhalter 2005).
_Z998 = 3.0902323061678132
_LEVEL = 0.05


class Measured(Struct, frozen=True):
    """A group's score and its standard error, which must be positive; see `of_nps`."""

    name: str
    n: int
    value: float
    se: float


class Spread(Struct, frozen=True, kw_only=True):
    """How far groups truly lie apart: the standard deviation between them, in points, with its interval of 95 %.

    `high` is None where the groups do not bound it. `share` is the part of what is seen between them that is not
    chance (I2). An interval that begins at 0 says that they may all be alike.
    """

    middle: float
    sd: float
    low: float
    high: float | None
    share: float


class Standing(Struct, frozen=True, kw_only=True):
    """One group among the others: its score drawn in, its interval of 95 %, and where it stands.

    `limits` are where chance alone would leave a group of this size (99.8 %); `beyond` says whether `value` lies
    `above` or `below` them. `first` to `last` are the places it may have: groups whose intervals overlap are not
    ranked among each other.
    """

    name: str
    n: int
    value: float
    drawn: float
    low: float
    high: float
    limits: tuple[float, float]
    beyond: str | None
    first: int
    last: int


class Difference(Struct, frozen=True, kw_only=True):
    """By how much b is above a, with its interval of 95 % alone and its p-value among all the pairs."""

    a: str
    b: str
    points: float
    low: float
    high: float
    chance: float
    apart: bool


def of_nps(name: str, promoters: int, detractors: int, n: int) -> Measured:
    """NPS of a group; its standard error is the adjusted one (Rocks 2016): ten equal answers are not certain."""
    p, d, m = promoters + 0.75, detractors + 0.75, n + 3
    return Measured(
        name, n, 100 * (promoters - detractors) / n, 100 * math.sqrt((p + d) / m - ((p - d) / m) ** 2) / math.sqrt(m)
    )


def spread(groups: Sequence[Measured]) -> Spread | None:
    """The spread between groups (DerSimonian and Laird 1986) with its Q-profile interval (Viechtbauer 2007).

    None with fewer than 3 groups: two numbers always lie apart, and by how much says nothing of a third.
    """
    if len(groups) < 3:
        return None
    values, weights, df = *_columns(groups), len(groups) - 1
    middle = float(np.average(values, weights=weights))
    q = float(weights @ (values - middle) ** 2)
    bend = float(weights.sum() - (weights**2).sum() / weights.sum())
    variance = max(0.0, (q - df) / bend)
    low, high = (_profile(values, weights, chi2_quantile(p, df)) for p in (0.975, 0.025))
    return Spread(
        middle=_middle(values, weights, variance),
        sd=math.sqrt(variance),
        low=math.sqrt(low or 0.0),
        high=None if high is None else math.sqrt(high),
        share=max(0.0, (q - df) / q) if q > 0 else 0.0,
    )


def standings(groups: Sequence[Measured]) -> list[Standing]:
    """Every group beside the others, by name; empirical Bayes with the spread above (Morris 1983).

    With fewer than 3 groups nothing is drawn in: nobody knows how far apart they may lie.
    """
    if not groups:
        return []
    values, weights = _columns(groups)
    found = spread(groups)
    drawn, half = (values, Z95 / np.sqrt(weights)) if found is None else _drawn(values, weights, found)
    low, high = drawn - half, drawn + half
    middle = float(np.average(values, weights=[group.n for group in groups]))
    reach = _Z998 / np.sqrt(weights)
    rows = [
        Standing(
            name=group.name,
            n=group.n,
            value=group.value,
            drawn=float(drawn[i]),
            low=float(low[i]),
            high=float(high[i]),
            limits=(middle - float(reach[i]), middle + float(reach[i])),
            beyond=_beyond(group.value - middle, float(reach[i])),
            first=1 + int((low > high[i]).sum()),
            last=len(groups) - int((high < low[i]).sum()),
        )
        for i, group in enumerate(groups)
    ]
    return sorted(rows, key=lambda row: row.name)


def differences(groups: Sequence[Measured]) -> list[Difference]:
    """Every two groups, b less a: `apart` where they differ even after all pairs were looked at (Holm)."""
    both = list(combinations(groups, 2))
    errors = [math.hypot(a.se, b.se) for a, b in both]
    chances = holm([normal_tails((b.value - a.value) / error) for (a, b), error in zip(both, errors, strict=True)])
    return [
        Difference(
            a=a.name,
            b=b.name,
            points=b.value - a.value,
            low=b.value - a.value - Z95 * error,
            high=b.value - a.value + Z95 * error,
            chance=p,
            apart=p <= _LEVEL,
        )
        for (a, b), error, p in zip(both, errors, chances.tolist(), strict=True)
    ]


def _columns(groups: Sequence[Measured]) -> tuple[_Floats, _Floats]:
    """The values and what each weighs, one over its variance."""
    return np.array([g.value for g in groups]), 1 / np.array([g.se for g in groups]) ** 2


def _middle(values: _Floats, weights: _Floats, variance: float) -> float:
    return float(np.average(values, weights=1 / (1 / weights + variance)))


def _drawn(values: _Floats, weights: _Floats, found: Spread) -> tuple[_Floats, _Floats]:
    """Each value drawn to the middle, and half of its interval.

    Morris' correction: the spread itself is an estimate, so a little less is drawn in and the interval grows by how
    much the drawing in would move if the spread were another.
    """
    k, variance = len(values), found.sd**2
    total = 1 / weights + variance
    inward = (k - 3) / (k - 1) * (1 / weights) / total
    middle_error = 1 / float((1 / total).sum())
    unsure = 2 / max(k - 3, 1) * inward**2 * (values - found.middle) ** 2
    error = np.sqrt((1 - inward) / weights + inward**2 * middle_error + unsure)
    return (1 - inward) * values + inward * found.middle, Z95 * error


def _beyond(off: float, reach: float) -> str | None:
    return "above" if off > reach else "below" if off < -reach else None


def _profile(values: _Floats, weights: _Floats, aim: float) -> float | None:
    """The variance between groups at which their weighted squares are `aim`; 0 where they are less without any."""

    def squares(variance: float) -> float:
        own = 1 / (1 / weights + variance)
        return float(own @ (values - np.average(values, weights=own)) ** 2)

    if squares(0.0) <= aim:
        return 0.0
    low, high = 0.0, 1.0
    while squares(high) > aim:
        high *= 2
        if high > 1e12:
            return None
    for _ in range(50):
        middle = (low + high) / 2
        low, high = (middle, high) if squares(middle) > aim else (low, middle)
    return (low + high) / 2
