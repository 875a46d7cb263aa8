"""Several tests at once: what each of them may still claim when all of them were looked at."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray


def benjamini_hochberg(chances: Sequence[float] | NDArray[np.float64]) -> NDArray[np.float64]:
    """The p-values adjusted so that of what is claimed at q a share of at most q is wrong (1995).

    Holds for independent and for positively dependent tests; in the order given, never above 1.
    """
    p = np.asarray(chances, dtype=np.float64)
    if not p.size:
        return p
    falling = np.argsort(-p, kind="stable")
    places = np.arange(p.size, 0, -1)
    adjusted = np.empty_like(p)
    adjusted[falling] = np.minimum(np.minimum.accumulate(p[falling] * p.size / places), 1.0)
    return adjusted


def holm(chances: Sequence[float] | NDArray[np.float64]) -> NDArray[np.float64]:
    """The p-values adjusted so that with probability 1 - q nothing claimed at q is wrong (1979).

    Whatever depends on what; in the order given, never above 1.
    """
    p = np.asarray(chances, dtype=np.float64)
    if not p.size:
        return p
    rising = np.argsort(p, kind="stable")
    adjusted = np.empty_like(p)
    adjusted[rising] = np.minimum(np.maximum.accumulate(p[rising] * np.arange(p.size, 0, -1)), 1.0)
    return adjusted
