"""Exact draws from the discrete Laplace distribution: whole numbers only, no float anywhere.

After Canonne, Kamath and Steinke, "The Discrete Gaussian for Differential Privacy" (2020), algorithms 1 and 2. Noise
made of floats has gaps at which the exact value can be read off (Mironov 2012); here every probability is a fraction.
"""

from collections.abc import Callable
from fractions import Fraction

Below = Callable[[int], int]
"""A source of chance: below(n) is uniform on 0 .. n - 1. What leaves a device is only ever drawn from `secrets`."""


def discrete_laplace(scale: Fraction, below: Below) -> int:
    """A whole number y with probability proportional to exp(-|y| / scale); `scale` is above zero.

    Added to a count that one visit changes by at most d, it gives epsilon = d / scale.
    """
    t, s = scale.as_integer_ratio()
    while True:
        u = below(t)
        if not bernoulli_exp(u, t, below):
            continue
        whole = 0
        while bernoulli_exp(1, 1, below):
            whole += 1
        size = (u + t * whole) // s
        negative = below(2) == 1
        if not (negative and size == 0):  # else zero would be twice as likely as it should be
            return -size if negative else size


def bernoulli_exp(x: int, y: int, below: Below) -> bool:
    """True with probability exp(-x / y), for 0 <= x <= y.

    The first k at which a draw of probability x / (k y) fails is odd with just that probability: the series of exp.
    """
    k = 1
    while below(k * y) < x:
        k += 1
    return k % 2 == 1
