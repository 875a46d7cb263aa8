"""Whether draws come from a distribution: chi-square, with the limit at which 1 of 100 honest samples would fail."""

import math
from collections import Counter
from collections.abc import Callable, Sequence
from fractions import Fraction

Z99 = 2.3263478740408408
LEAST = 25  # expected in a cell; rarer values are put together


def pmf(scale: Fraction) -> Callable[[int], float]:
    """Discrete Laplace: P(y) = (1 - a) / (1 + a) * a^|y| with a = exp(-1 / scale)."""
    a = math.exp(-1 / float(scale))
    return lambda y: (1 - a) / (1 + a) * a ** abs(y)


def limit(freedom: int) -> float:
    """The 99 % point of chi-square (Wilson and Hilferty 1931; within 0.5 % from 3 degrees of freedom on)."""
    return float(freedom * (1 - 2 / (9 * freedom) + Z99 * math.sqrt(2 / (9 * freedom))) ** 3)


def surprising(draws: Sequence[int], expected: Callable[[int], float]) -> bool:
    """Whether these draws are less like `expected` than 99 of 100 samples of it would be."""
    n, seen = len(draws), Counter(draws)
    inner = [y for y in range(min(draws), max(draws) + 1) if n * expected(y) >= LEAST]
    low, high = min(inner), max(inner)
    tail = (1 - sum(expected(y) for y in range(low, high + 1))) / 2
    cells = [(seen[y], n * expected(y)) for y in range(low, high + 1)]
    for found in (sum(k for y, k in seen.items() if y < low), sum(k for y, k in seen.items() if y > high)):
        cells.append((found, n * tail))
    statistic = sum((found - due) ** 2 / due for found, due in cells if due > 0)
    return statistic > limit(len(cells) - 1)


def different(one: Sequence[int], other: Sequence[int]) -> bool:
    """Whether two samples of the same size differ more than 99 of 100 pairs of one distribution would."""
    assert len(one) == len(other)
    a, b = Counter(one), Counter(other)
    common = sorted(y for y in a | b if a[y] + b[y] >= 2 * LEAST)
    low, high = common[0], common[-1]
    cells = [(a[y], b[y]) for y in range(low, high + 1)]
    for beyond in (lambda y: y < low, lambda y: y > high):
        cells.append(tuple(sum(k for y, k in seen.items() if beyond(y)) for seen in (a, b)))  # type: ignore[arg-type]
    statistic = sum((x - y) ** 2 / (x + y) for x, y in cells if x + y)
    return statistic > limit(len(cells) - 1)
