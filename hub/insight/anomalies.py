"""Hours that do not look like the same weekday's hours before: a sensor that is ill, or a day that was special.

An hour is strange when one of these holds:

    missing   nobody counted, at an hour at which people are usual
    stuck     the very same number four hours in a row, at least 10, or 0 where people are usual
    high,low  on a scale of square roots, where counts scatter alike at noon and at night: one hour more than 5
              spreads from the median of the same weekday and hour of 8 weeks; or six hours by 2.8 on their mean; or
              the people of 24 hours, as a ratio to the usual, more than 3.5 of that ratio's own spreads

Spreads are medians of absolute deviations (times 1.4826) of the 8 weeks before, so one bad week does not hide the
next. Only what came before an hour judges it. Public holidays are compared with Sundays. Whether a strange stretch is
a fault or an event the other sensors of the shop say: what they all saw was the day, not the sensor.
"""

from collections.abc import Iterable, Set
from datetime import date, timedelta
from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from hub.insight.forecast import WEEKS, History, Hours

Kind = Literal["missing", "stuck", "high", "low"]

_HOUR_Z, _SIX_Z, _DAY_Z = 5.0, 2.8, 3.5
_STUCK_H = 4
_JOIN_H = 6  # strange hours no further apart than this are one episode
_USUAL_PEOPLE = 4.0  # from so many an hour on, nobody at all is strange
_REPEATED = 10.0  # smaller numbers come four times in a row by chance
_OFF_Z = 2.0  # an hour that belongs to a strange stretch
_DAY_H = 24
_LEAST_DAYS, _LEAST_WEEKDAYS = 20, 4
_LEAST_SPREAD, _LEAST_RATIO_SPREAD = 0.5, 0.08  # roots of counts scatter by a half even where nothing changes

_Flat = NDArray[np.float64]
_Flags = NDArray[np.bool_]


class Episode(NamedTuple):
    """A strange stretch: the local hours [start, end) counted from the history's first midnight, and what it is like.

    `ratio` is its people over the usual ones of its counted hours; nan where none was counted or none are usual.
    """

    start: int
    end: int
    kind: Kind
    ratio: float


def episodes(history: History, holidays: Set[date]) -> list[Episode]:
    """The strange stretches of a sensor's history, oldest first; from the first 20 days is only learned."""
    usual, z = _compared(history, holidays)
    counts, usual, z = history.counts.ravel(), usual.ravel(), z.ravel()
    flags: dict[Kind, _Flags] = {
        "missing": ~np.isfinite(counts) & (usual >= _USUAL_PEOPLE),
        "stuck": _stuck(counts, usual),
    }
    strange, upwards = _unusual(counts, usual, z)
    flags["high"], flags["low"] = strange & upwards, strange & ~upwards
    found = np.flatnonzero(np.logical_or.reduce(list(flags.values())))
    off = np.where(flags["missing"] | flags["stuck"], _HOUR_Z, np.abs(np.nan_to_num(z)))
    said: list[Episode] = []
    for hours in _runs(found):
        since = said[-1].end if said else 0
        said.append(_episode(_extent(hours, off, since), flags, counts, usual))
    return said


def shared(episode: Episode, others: Iterable[list[Episode]]) -> bool:
    """Whether most of the shop's other sensors had a strange stretch of the same direction at that time: then it was
    the day that was special, and no sensor ill. False without others: one sensor alone cannot tell."""
    said = [any(_agree(episode, other) for other in theirs) for theirs in others]
    return sum(said) * 2 > len(said)


def _agree(one: Episode, other: Episode) -> bool:
    return one.kind in ("high", "low") and one.kind == other.kind and one.start < other.end and other.start < one.end


def _compared(history: History, holidays: Set[date]) -> tuple[Hours, Hours]:
    """People that were usual at each hour, and how many spreads off the hour was; nan while there is too little."""
    days = [history.first + timedelta(days=i) for i in range(len(history.counts))]
    kinds = np.array([6 if day in holidays else day.weekday() for day in days])
    roots = np.sqrt(history.counts)
    middle = np.full_like(roots, np.nan)
    for kind in range(7):
        same = np.flatnonzero(kinds == kind)
        for i in range(_LEAST_WEEKDAYS, len(same)):
            middle[same[i]] = _median(roots[same[max(0, i - WEEKS) : i]])
    off = roots - middle
    spread = np.full_like(roots, np.nan)
    for day in range(_LEAST_DAYS, len(roots)):
        before = np.abs(off[max(0, day - 7 * WEEKS) : day])
        spread[day] = 1.4826 * _median(np.concatenate([np.roll(before, by, axis=1) for by in (-1, 0, 1)]))
    return middle**2, off / np.maximum(spread, _LEAST_SPREAD)


def _unusual(counts: _Flat, usual: _Flat, z: _Flat) -> tuple[_Flags, _Flags]:
    """Hours at which one of the three tests fires, and whether there were more people than usual."""
    six = _running_mean(z, 6, least=4)
    both = np.isfinite(counts) & np.isfinite(usual)
    day = _running_mean(np.where(both, counts, np.nan), 24, least=18)
    expected = _running_mean(np.where(both, usual, np.nan), 24, least=18)
    ratio = np.log(np.maximum(day, 0.1) / np.maximum(expected, 0.1))
    relative = ratio / np.maximum(_spread_before(ratio), _LEAST_RATIO_SPREAD)
    with np.errstate(invalid="ignore"):
        tests = (np.abs(z) > _HOUR_Z, np.abs(six) > _SIX_Z, np.abs(relative) > _DAY_Z)
    upwards = np.select(tests, [z > 0, six > 0, ratio > 0], default=False).astype(bool)
    return np.logical_or.reduce(tests), upwards


def _spread_before(values: _Flat) -> _Flat:
    """The spread of the 8 weeks before each day, around 0."""
    spread = np.full_like(values, np.nan)
    for at in range(_LEAST_DAYS * 24, len(values), 24):
        before = values[max(0, at - 7 * 24 * WEEKS) : at]
        spread[at : at + 24] = 1.4826 * _median(np.abs(before)[:, None])[0]
    return spread


def _stuck(counts: _Flat, usual: _Flat) -> _Flags:
    """Hours that end a run of four equal numbers: of 10 or more, or of 0 where people are usual in all four."""
    same = np.zeros(len(counts), dtype=bool)
    if len(counts) >= _STUCK_H:
        runs = np.lib.stride_tricks.sliding_window_view(counts, _STUCK_H)
        people = np.lib.stride_tricks.sliding_window_view(np.nan_to_num(usual), _STUCK_H).min(axis=1) >= _USUAL_PEOPLE
        same[_STUCK_H - 1 :] = (runs == runs[:, :1]).all(axis=1) & (
            (runs[:, 0] >= _REPEATED) | ((runs[:, 0] == 0) & people)
        )
    return same


def _runs(hours: NDArray[np.intp]) -> list[NDArray[np.intp]]:
    return [run for run in np.split(hours, np.flatnonzero(np.diff(hours) > _JOIN_H) + 1) if len(run)]


def _extent(hours: NDArray[np.intp], off: _Flat, since: int) -> tuple[int, int]:
    """The hours to name: means over a day fire late and go on when all is well. So, of the hours that they looked at
    and that no episode before has, from the first to the last run of single hours that are `off` by two
    strange hours together, or by a quarter of the run that is it most."""
    start = max(since, int(hours[0]) - _DAY_H + 1)
    single = start + np.flatnonzero(off[start : int(hours[-1]) + 1] > _OFF_Z)
    weights = [float(off[run].sum()) for run in _runs(single)]
    heavy = [
        run
        for run, weight in zip(_runs(single), weights, strict=True)
        if weight >= min(max(weights) / 4, 2 * _HOUR_Z)
    ]
    return (int(heavy[0][0]), int(heavy[-1][-1]) + 1) if heavy else (int(hours[0]), int(hours[-1]) + 1)


def _episode(extent: tuple[int, int], flags: dict[Kind, _Flags], counts: _Flat, usual: _Flat) -> Episode:
    start, end = extent
    often = {kind: int(flag[start:end].sum()) for kind, flag in flags.items()}
    kind: Kind = "stuck" if often["stuck"] else max(often, key=lambda name: often[name])
    seen = np.isfinite(counts[start:end]) & np.isfinite(usual[start:end])
    expected = usual[start:end][seen].sum()
    ratio = float(counts[start:end][seen].sum() / expected) if expected > 0 else float("nan")
    return Episode(start, end, kind, ratio)


def _running_mean(values: _Flat, hours: int, least: int) -> _Flat:
    """The mean of the finite ones of each hour and those before it, nan where fewer than `least` of them are."""
    known = np.isfinite(values)
    total = np.concatenate([[0.0], np.cumsum(np.where(known, values, 0.0))])
    n = np.concatenate([[0], np.cumsum(known)])
    mean = np.full(len(values), np.nan)
    if len(values) >= hours:
        of = n[hours:] - n[:-hours]
        mean[hours - 1 :] = np.where(of >= least, (total[hours:] - total[:-hours]) / np.maximum(of, 1), np.nan)
    return mean


def _median(rows: Hours) -> _Flat:
    """The median of each column without its nans; nan for a column that has nothing else."""
    if np.isfinite(rows).all() and len(rows):
        return np.asarray(np.median(rows, axis=0))
    middle = np.full(rows.shape[1], np.nan)
    some = np.isfinite(rows).any(axis=0)
    middle[some] = np.nanmedian(rows[:, some], axis=0)
    return middle
