"""What every rule that places tags says, and when: the guesses, their lag, and what keeps a zone from flickering.

A rule takes sightings and is stepped once a second; all that follows takes Guesses and knows no rule.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

LAG_S = 3.0
LONGEST_LAG = 5
# A tag heard less often than this (advertisements a second) is answered for a second later, and less than that two.
_SLOW_HZ = (0.75, 0.45)
_RATE_S = 15.0
# How much likelier than the zone held another one must be to be told instead.
_HOLD = 0.05
# Below this the likeliest place is no answer: it is not known where the tag is.
_UNKNOWN = 0.2


class Guess(NamedTuple):
    """Where a tag was at `at`: a zone or, with None, in none of them or nobody knows; `heard` is when it was last
    heard.
    """

    tag: int
    at: float
    zone: str | None
    probability: float
    heard: float


class Lags:
    """How far back each tag is answered for: 3 s, up to 5 s for one that is heard seldom.

    A lag grows while a tag is there and never falls, so that no second is passed over.
    """

    def __init__(self, tags: int) -> None:
        self._rate = np.ones(tags)
        self.steps = np.full(tags, int(LAG_S))

    def step(self, n: NDArray[np.float64], there: NDArray[np.bool_]) -> None:
        """Takes in the readings (tags, scanners) of a second; tags that are not there begin anew."""
        best = n.max(axis=1, initial=0.0)
        self._rate = np.where(there, self._rate + (best - self._rate) / _RATE_S, 1.0)
        wanted = int(LAG_S) + sum(self._rate < hz for hz in _SLOW_HZ)
        self.steps = np.where(there, np.maximum(self.steps, wanted), int(LAG_S))


class Choice:
    """Which zone is told of each tag: the likeliest, once it is likelier by a twentieth than the one told before and
    the tag was heard again since.
    """

    def __init__(self, names: tuple[str | None, ...], tags: int) -> None:
        self._names = names
        self._held = np.full(tags, -1)

    def guesses(
        self, tags: NDArray[np.intp], at: NDArray[np.float64], shares: NDArray[np.float32], heard: NDArray[np.float64]
    ) -> list[Guess]:
        """One guess for each of `tags` about `at`, from the probabilities `shares` (tags, names)."""
        rows = np.arange(len(tags))
        held, best = self._held[tags], shares.argmax(axis=1)
        # A change is told once something heard after it says so too: a last word alone is often wrong.
        stays = (held >= 0) & ((shares[rows, best] <= shares[rows, held] + _HOLD) | (heard < at + 1))
        told = np.where(stays, held, best)
        self._held[tags] = told
        sure = np.minimum(shares[rows, told], 1.0)
        return [
            Guess(int(tag), float(when), self._names[zone] if share >= _UNKNOWN else None, float(share), float(last))
            for tag, when, zone, share, last in zip(tags, at, told, sure, heard, strict=True)
        ]

    def forget(self, gone: NDArray[np.bool_]) -> None:
        """Tags that went out of hearing hold nothing."""
        self._held[gone] = -1
