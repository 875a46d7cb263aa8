"""The days of a trial in twos of weeks, each weekday beside itself a week later."""

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from hub.insight.lots import Floats

WEEK = 7
Scale = Literal["ratio", "difference"]


def pairs(values: Floats, run_days: int, washout_days: int, scale: Scale) -> Floats:
    """(two weeks, runs) first week less second, of logarithms or values; NaN where unknown or nothing is counted.

    A weekday that is missing (or, for ratios, not above zero) in one of the two weeks is left out of both.
    """
    days = np.where(values > 0, values, np.nan) if scale == "ratio" else values
    weeks = days.reshape(-1, 2, WEEK)
    both: NDArray[np.bool_] = np.asarray(np.isfinite(weeks).all(axis=1))
    return np.column_stack([_against(weeks[:, :, run], both[:, run], scale) for run in _runs(run_days, washout_days)])


def _runs(run_days: int, washout_days: int) -> list[slice]:
    """The counted days of each run of a week; none where the last run of a week is no longer than the washout."""
    return [slice(first + washout_days, min(first + run_days, WEEK)) for first in range(0, WEEK, run_days)]


def _against(weeks: Floats, both: NDArray[np.bool_], scale: Scale) -> Floats:
    known = both.sum(axis=1)
    sums = np.where(both[:, None, :], weeks, 0.0).sum(axis=2)
    sums[known == 0] = np.nan
    if scale == "ratio":
        return np.asarray(np.log(sums[:, 0]) - np.log(sums[:, 1]))
    return np.asarray((sums[:, 0] - sums[:, 1]) / np.maximum(known, 1))


def by_day(values: Mapping[date, float | None], starts: date, ends: date) -> Floats:
    """The values of the days [starts, ends) in order, NaN where there is none."""
    days = [starts + timedelta(days=i) for i in range((ends - starts).days)]
    return np.array([np.nan if (value := values.get(day)) is None else value for day in days], dtype=np.float64)


def counted_runs(run_days: int, washout_days: int) -> int:
    """How many runs of a week have a day left when the washout is taken off."""
    return sum(run.start < run.stop for run in _runs(run_days, washout_days))
