"""Tail probabilities and quantiles of Student's t, F and chi-square, without scipy: numpy is all the hub needs.

Formulas: NIST Digital Library of Mathematical Functions, chapter 8 (DLMF). Relative error about 1e-11 for up to
10,000 degrees of freedom, which is more than any claim made here can use.
"""

import math
from collections.abc import Callable
from statistics import NormalDist

_NORMAL = NormalDist()
_TINY, _STEPS = 1e-300, 10_000


def normal_tails(z: float) -> float:
    """P(|Z| > |z|) of the standard normal distribution."""
    return math.erfc(abs(z) / math.sqrt(2.0))


def t_tails(t: float, df: float) -> float:
    """P(|T| > |t|) of Student's t with df > 0 degrees of freedom."""
    return _beta_share(df / 2, 0.5, df / (df + t * t), t * t / (df + t * t)) if math.isfinite(t) else 0.0


def f_tail(f: float, above: float, below: float) -> float:
    """P(F > f) with `above` and `below` degrees of freedom; 1 where f is not positive."""
    whole = below + above * f
    return _beta_share(below / 2, above / 2, below / whole, above * f / whole) if f > 0 else 1.0


def chi2_tail(x: float, df: float) -> float:
    """P(X > x) of chi-square with df > 0 degrees of freedom; 1 where x is not positive."""
    return _gamma_share(df / 2, x / 2) if x > 0 else 1.0


def chi2_quantile(p: float, df: float) -> float:
    """The x below which chi-square with df degrees of freedom lies with probability p (0 < p < 1)."""
    high = df + 10.0
    while chi2_tail(high, df) > 1 - p:
        high *= 2
    return _root(lambda x: 1 - p - chi2_tail(x, df), 0.0, high)


def t_quantile(p: float, df: float) -> float:
    """The p-quantile (0.5 < p < 1) of Student's t with df degrees of freedom, to about 1e-12.

    Up to 1000 degrees by Newton's steps from below, where the distribution function bends so that they cannot
    overshoot; above, the expansion 26.7.5 of Abramowitz and Stegun is exact to the fifth power of 1/df.
    """
    z = _NORMAL.inv_cdf(p)
    if df > 1000:
        return z + sum(term / df**power for power, term in enumerate(_expansion(z), start=1))
    log_c = math.lgamma((df + 1) / 2) - math.lgamma(df / 2) - 0.5 * math.log(df * math.pi)
    t = z
    for _ in range(200):
        density = math.exp(log_c - (df + 1) / 2 * math.log1p(t * t / df))
        step = (t_tails(t, df) / 2 - (1 - p)) / density
        t += step
        if abs(step) < 1e-14 * t:
            break
    return t


def _expansion(z: float) -> tuple[float, float, float, float]:
    return (
        (z**3 + z) / 4,
        (5 * z**5 + 16 * z**3 + 3 * z) / 96,
        (3 * z**7 + 19 * z**5 + 17 * z**3 - 15 * z) / 384,
        (79 * z**9 + 776 * z**7 + 1482 * z**5 - 1920 * z**3 - 945 * z) / 92160,
    )


def _root(rising: Callable[[float], float], low: float, high: float) -> float:
    """Where a rising function crosses zero between low and high, by halving."""
    for _ in range(200):
        middle = (low + high) / 2
        if middle in (low, high):
            break
        low, high = (low, middle) if rising(middle) > 0 else (middle, high)
    return (low + high) / 2


def _beta_share(a: float, b: float, x: float, y: float) -> float:
    """The regularised incomplete beta function of x = 1 - y, DLMF 8.17.22, from the side that converges fast."""
    if x <= 0 or y <= 0:
        return float(y <= 0)
    if x > (a + 1) / (a + b + 2):
        return 1 - _beta_share(b, a, y, x)
    scale = math.lgamma(a + b) - math.lgamma(a) - math.lgamma(b) + a * math.log(x) + b * math.log(y)

    def numerator(step: int) -> float:
        m = step // 2
        if step % 2:
            return -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1))
        return m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m))

    return math.exp(scale) / (a * _fraction(1.0, numerator, lambda _: 1.0))


def _gamma_share(a: float, x: float) -> float:
    """The upper regularised incomplete gamma function: DLMF 8.11.4 as a series below the mean, else 8.9.2."""
    scale = math.exp(a * math.log(x) - x - math.lgamma(a))
    if x >= a + 1:
        return scale / _fraction(x + 1 - a, lambda n: n * (a - n), lambda n: x + 2 * n + 1 - a)
    term = total = 1 / a
    step = 1
    while term > total * 1e-17:
        term *= x / (a + step)
        total += term
        step += 1
    return 1 - scale * total


def _fraction(first: float, numerator: Callable[[int], float], denominator: Callable[[int], float]) -> float:
    """first + n(1) / (d(1) + n(2) / (d(2) + ...)), by Lentz's recurrence (DLMF 3.10.iii)."""
    value = c = first
    d = 0.0
    for step in range(1, _STEPS):
        d = denominator(step) + numerator(step) * d
        d = 1 / (d if d else _TINY)
        c = denominator(step) + numerator(step) / c
        c = c if c else _TINY
        value *= c * d
        if abs(c * d - 1) < 1e-15:
            break
    return value
