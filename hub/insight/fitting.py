"""Least squares inside groups, with errors that allow for what answers of the same store and day share."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from hub.insight.tails import f_tail, t_quantile, t_tails

Floats = NDArray[np.float64]
Labels = NDArray[np.int64]


class Fit(NamedTuple):
    """`effect` of each column with its clustered `covariance`; `df` are the degrees that the clusters leave."""

    effect: Floats
    covariance: Floats
    df: int

    def error(self, i: int) -> float:
        """The standard error of effect i."""
        return float(np.sqrt(max(self.covariance[i, i], 0.0)))

    def interval(self, i: int) -> tuple[float, float]:
        """The t interval of 95 % of effect i."""
        half = t_quantile(0.975, self.df) * self.error(i)
        return float(self.effect[i]) - half, float(self.effect[i]) + half

    def chance(self, members: list[int]) -> float:
        """The p-value of "none of these has an effect": t for one, Hotelling's F for several.

        With few clusters the plain F of several effects finds too much; Hotelling's df of (q, df + 1 - q) do not.
        """
        if len(members) == 1:
            error = self.error(members[0])
            return t_tails(float(self.effect[members[0]]) / error, self.df) if error > 0 else 1.0
        rows = self.effect[members]
        inverse = np.linalg.pinv(self.covariance[np.ix_(members, members)], hermitian=True)
        q, wald = len(members), float(rows @ inverse @ rows)
        below = self.df + 1 - q
        return f_tail(wald * below / (q * self.df), q, below) if below > 0 else 1.0


def within(columns: Floats, factors: list[Labels]) -> tuple[Floats, int]:
    """What is left of (n, k) columns when every factor's own level is taken off, and how many levels that used up.

    Exactly the residuals of the regression on dummies of all factors together (Frisch, Waugh and Lovell), from the
    table of how often two levels meet, so that a million answers need no matrix of dummies.
    """
    codes, size = _stacked(factors)
    meet = _meetings(codes, size)
    centred = columns - columns.mean(axis=0)
    sums = np.column_stack([_summed(codes, column, size) for column in centred.T])
    # Levels of several factors always overlap by one (every answer has an hour and a store): the smallest solution.
    level = np.linalg.lstsq(meet, sums, rcond=1e-10)[0]
    return centred - np.asarray(np.sum([level[code] for code in codes], axis=0)), _rank(meet)


def levels(factors: list[Labels]) -> int:
    """How many levels the factors have together, those counted once that one factor has of another."""
    return _rank(_meetings(*_stacked(factors)))


def fit(score: Floats, columns: Floats, clusters: Labels, used: int, shared: int = 1) -> Fit:
    """Least squares of a score on columns from which `within` has taken `used` levels; clustered errors (CR1).

    CR1: the sandwich of cluster sums times G/(G-1) (n-1)/(n-k), and t with G-1 degrees (Liang and Zeger 1986;
    Cameron and Miller 2015). G-1 takes for granted that clusters give up one mean. Here whole clusters also give up
    a level for their weekday and their store, `shared` levels together, and G - shared is what is left of them: with
    20 days in one store 13, not 19. With `shared` of 1 equal to statsmodels' `cov_type="cluster", use_t=True`.
    """
    n, k = columns.shape
    bread = np.linalg.pinv(columns.T @ columns, hermitian=True)
    effect = bread @ (columns.T @ score)
    off = columns * (score - columns @ effect)[:, None]
    _, cluster = np.unique(clusters, return_inverse=True)
    groups = int(cluster.max()) + 1
    sums = np.column_stack([np.bincount(cluster, weights=column, minlength=groups) for column in off.T])
    small = groups / (groups - shared) * (n - 1) / (n - k - used)
    return Fit(effect, small * bread @ (sums.T @ sums) @ bread, groups - shared)


def inflation(columns: Floats) -> Floats:
    """The variance inflation of each column: 1 / (1 - R2) of it on the others; infinite where they make it up."""
    found = np.ones(columns.shape[1])
    scaled = columns / np.linalg.norm(columns, axis=0)
    for i in range(columns.shape[1]):
        others = np.delete(scaled, i, axis=1)
        if others.size:
            own = scaled[:, i] - others @ np.linalg.lstsq(others, scaled[:, i], rcond=1e-10)[0]
            rest = float(own @ own)
            found[i] = 1 / rest if rest > 1e-10 else np.inf
    return found


def _stacked(factors: list[Labels]) -> tuple[list[Labels], int]:
    """The factors' levels numbered through, one factor after the other, and how many there are."""
    codes, size = list[Labels](), 0
    for factor in factors:
        levels, code = np.unique(factor, return_inverse=True)
        codes.append(code.astype(np.int64) + size)
        size += len(levels)
    return codes, size


def _meetings(codes: list[Labels], size: int) -> Floats:
    """How many answers have both of two levels."""
    meet = np.zeros((size, size))
    for a in codes:
        for b in codes:
            meet += np.bincount(a * size + b, minlength=size * size).reshape(size, size)
    return meet


def _rank(meet: Floats) -> int:
    return int(np.linalg.matrix_rank(meet, tol=1e-8 * float(meet.max()), hermitian=True))


def _summed(codes: list[Labels], column: Floats, size: int) -> Floats:
    found = np.zeros(size)
    for code in codes:
        found += np.bincount(code, weights=column, minlength=size)
    return found
