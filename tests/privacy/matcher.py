"""Who of today is who of yesterday? A matcher that learns from regulars whose visits it is told.

A regular has habits: when, where, how long. A candidate of the second day is compared with what is known of the
first; each comparison falls into a class, and how much more often a true pair falls into it than any pair is its
weight (naive Bayes). The best candidate is the guess; of several alike one is picked.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

Classes = NDArray[np.int64]


class Matcher:
    """Learns from pairs of which it is known who is who. `features` are the numbers of classes of each comparison."""

    def __init__(self, features: Sequence[int]) -> None:
        self._same = [np.ones(size) for size in features]
        self._any = [np.ones(size) for size in features]

    def learn(self, classes: Classes, truth: int) -> None:
        """One regular: (candidates, features) classes of all candidates, and which one is the same person."""
        for i, (same, anybody) in enumerate(zip(self._same, self._any, strict=True)):
            same[classes[truth, i]] += 1
            anybody += np.bincount(classes[:, i], minlength=len(anybody))

    def success(self, classes: Classes, truths: NDArray[np.bool_], people: NDArray[np.int64]) -> float:
        """How likely the guess is right: candidates may stand for several `people` who cannot be told apart, and
        `truths` says which of them hold the right one.
        """
        score = np.zeros(len(classes))
        for i, (same, anybody) in enumerate(zip(self._same, self._any, strict=True)):
            weight = np.log(same / same.sum()) - np.log(anybody / anybody.sum())
            score += weight[classes[:, i]]
        best = np.flatnonzero(score >= score.max() - 1e-9)
        return float(np.sum(truths[best] / people[best]) / len(best))


def classes_of(values: NDArray[np.float64], edges: Sequence[float]) -> Classes:
    """The class of each value: how many edges lie at or below it."""
    return np.searchsorted(np.array(edges), values, "right").astype(np.int64)
