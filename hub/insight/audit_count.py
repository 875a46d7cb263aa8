"""What a count by hand says about a sensor: its error with an interval, and the factor that would mend it.

The person's count is taken as the truth. What a sensor missed and what it counted too much within one window cancel
out and are not seen; so windows are short, and the interval is that of the errors which are seen.
"""

from collections.abc import Sequence
from math import sqrt
from typing import NamedTuple

from hub.insight.durations import Z95, wilson

FEW = 30


class Pair(NamedTuple):
    """The same window twice: people counted by a person, and by the sensor."""

    counted: int
    measured: int


class Error(NamedTuple):
    """By how much the sensor is wrong, as a share of the people there were (-0.1: it tells a tenth too few), with its
    95 % interval. `factor` times what it measured is what there was, with its interval. `verdict`: few (below 30
    people), none (the interval holds 0), under or over."""

    counted: int
    measured: int
    error: float
    low: float
    high: float
    factor: float | None
    factor_low: float | None
    factor_high: float | None
    verdict: str


def error_of(pairs: Sequence[Pair]) -> Error | None:
    """The error of a sensor over windows that a person counted too; None where nobody came, so that there is none.

    Missed are the people of windows with too few, extra those of windows with too many. Missed of counted is a share
    (Wilson's interval), extra for one counted is a rate (the score interval of a Poisson count); the interval of
    their difference is joined from both by MOVER: low = e - sqrt((x - x_low)^2 + (q_high - q)^2), and so on (Zou
    and Donner 2008, Statistics in Medicine 27). A factor is one over one plus the error, and has no upper end where
    the sensor may have seen nobody. ValueError for a negative count.
    """
    if any(min(pair) < 0 for pair in pairs):
        raise ValueError("counts are from 0 on")
    counted, measured = sum(pair.counted for pair in pairs), sum(pair.measured for pair in pairs)
    if counted == 0:
        return None
    missed = sum(max(0, pair.counted - pair.measured) for pair in pairs)
    extra = sum(max(0, pair.measured - pair.counted) for pair in pairs)
    q, x = missed / counted, extra / counted
    (q_low, q_high), (x_low, x_high) = wilson(q, counted), _rate(extra, counted)
    error = x - q
    low = max(-1.0, error - sqrt((x - x_low) ** 2 + (q_high - q) ** 2))
    high = error + sqrt((x_high - x) ** 2 + (q - q_low) ** 2)
    verdict = "few" if counted < FEW else "under" if high < 0 else "over" if low > 0 else "none"
    return Error(counted, measured, error, low, high, _inverse(error), _inverse(high), _inverse(low), verdict)


def _rate(extra: int, counted: int) -> tuple[float, float]:
    """The score interval of a Poisson count over an exposure: (x + z2/2 +- z sqrt(x + z2/4)) / exposure."""
    middle, spread = extra + Z95**2 / 2, Z95 * sqrt(extra + Z95**2 / 4)
    return max(0.0, middle - spread) / counted, (middle + spread) / counted


def _inverse(error: float) -> float | None:
    return 1 / (1 + error) if error > -1 else None
