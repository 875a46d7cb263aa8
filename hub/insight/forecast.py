"""What the next days will bring: the usual hour of that weekday, brought to the level of last week, with a band.

    usual   median of the same weekday and hour over the 8 newest such days that were no public holidays
    level   last week's people over what was usual for its hours, its square root: half of a busy week is chance
    holiday goes by the Sundays, the weekday on which shops open least like others
    band    quantiles of the errors that this very method made on the 8 weeks before, on a scale of square roots,
            widened as split conformal prediction does (Vovk 2005): the error of rank ceil((n + 1) q)

Hours are those of the shop's clock; the hour that a clock change takes away is missing, the one it doubles is the
caller's sum or mean. Missing is nan in and out, never 0. Needs no more than two weeks to say something.
"""

from collections.abc import Set
from datetime import date, timedelta
from math import ceil, floor, sqrt
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

WEEKS = 8
LEAST_DAYS = 14
LEAST_ERRORS = 40  # of an hour and its neighbours, for a band to mean something
_LEAST_HOURS = 24  # of last week, for a level to mean something
_SUNDAY = 6
_CALM = 30.0  # people

Hours = NDArray[np.float64]  # (days, 24): people in the local hour, nan where it is not known


class History(NamedTuple):
    """People by local hour from the day `first` on; `counts` is (days, 24), nan where nobody counted."""

    first: date
    counts: Hours


class Forecast(NamedTuple):
    """Expected people by local hour from the day `first` on; each (days, 24), nan where nothing can be said.

    Between `low` and `high` lie four of five hours. `error` is the sum of last week's misses over last week's
    people, had it been forecast a week ago; nan where that cannot be said.
    """

    first: date
    low: Hours
    middle: Hours
    high: Hours
    error: float


def forecast(history: History, holidays: Set[date], days: int = 7, share: float = 0.8) -> Forecast | None:
    """What to expect of the `days` after the history, `share` of the hours within the band; None below two weeks.

    `holidays` are the public holidays of the shop's place, past and to come.
    """
    counts = history.counts
    known = len(counts)
    if known < LEAST_DAYS:
        return None
    calendar = _calendar(history.first, known + days, holidays)
    middle = _expected(counts, calendar, known, days)
    earlier = [start for k in range(1, WEEKS + 1) if (start := known - 7 * k) >= LEAST_DAYS]
    guesses = {start: _expected(counts[:start], calendar, start, 7) for start in earlier}
    low, high = _band(middle, [(counts[at : at + 7], guess) for at, guess in guesses.items()], share)
    last = known - 7
    error = _error(counts[last:], guesses[last]) if last in guesses else float("nan")
    return Forecast(history.first + timedelta(days=known), low, middle, high, error)


def nowcast(expected: Hours, so_far: Hours) -> Hours:
    """The rest of a day in the light of its hours so far; both (24,), `so_far` nan where not yet or not counted.

    What is expected times the day's level: people so far over people expected so far, drawn towards 1 by as much as
    30 people who came as expected, for a morning of five says nothing. Hours that are known stay as they are.
    """
    seen = np.isfinite(so_far) & np.isfinite(expected)
    level = (so_far[seen].sum() + _CALM) / (expected[seen].sum() + _CALM)
    return np.where(np.isfinite(so_far), so_far, expected * level)


def _calendar(first: date, days: int, holidays: Set[date]) -> NDArray[np.int64]:
    """The kind of each day: its weekday (Monday 0), or 7 for a public holiday."""
    all_days = [first + timedelta(days=i) for i in range(days)]
    return np.array([7 if day in holidays else day.weekday() for day in all_days])


def _expected(counts: Hours, calendar: NDArray[np.int64], start: int, days: int) -> Hours:
    """What to expect of `days` days from `start` on, by all that was counted before."""
    usual = np.stack([_usual(counts, calendar[:start], weekday) for weekday in range(7)])
    kinds = np.where(calendar == 7, _SUNDAY, calendar)
    wanted: Hours = usual[kinds[start : start + days]] * _level(counts, usual, calendar[:start])
    return wanted


def _usual(counts: Hours, calendar: NDArray[np.int64], weekday: int) -> Hours:
    rows = counts[np.flatnonzero(calendar == weekday)[-WEEKS:]]
    middle = np.full(24, np.nan)
    some = np.isfinite(rows).any(axis=0)
    middle[some] = np.nanmedian(rows[:, some], axis=0)
    return middle


def _level(counts: Hours, usual: Hours, calendar: NDArray[np.int64]) -> float:
    days = np.flatnonzero(calendar[-7:] < 7) + max(0, len(calendar) - 7)
    seen, wanted = counts[days], usual[calendar[days]]
    both = np.isfinite(seen) & np.isfinite(wanted)
    people, expected = seen[both].sum(), wanted[both].sum()
    return sqrt(people / expected) if both.sum() >= _LEAST_HOURS and expected > 0 else 1.0


def _band(middle: Hours, tried: list[tuple[Hours, Hours]], share: float) -> tuple[Hours, Hours]:
    """Around each expected hour the band of the errors that were made at that hour of the day and its neighbours."""
    low, high = np.full_like(middle, np.nan), np.full_like(middle, np.nan)
    if not tried:
        return low, high
    # On a scale of square roots a count of people scatters alike at noon and at night.
    errors = np.concatenate([np.sqrt(seen) - np.sqrt(guess) for seen, guess in tried])
    for hour in range(24):
        near = errors[:, [(hour - 1) % 24, hour, (hour + 1) % 24]]
        near = np.sort(near[np.isfinite(near)])
        if len(near) >= LEAST_ERRORS:
            rank = (len(near) + 1) * (1 + share) / 2
            top, bottom = min(ceil(rank), len(near)) - 1, max(floor(len(near) + 1 - rank), 1) - 1
            root = np.sqrt(middle[:, hour])
            low[:, hour] = np.maximum(root + min(near[bottom], 0), 0) ** 2
            high[:, hour] = (root + max(near[top], 0)) ** 2
    return low, high


def _error(seen: Hours, guess: Hours) -> float:
    both = np.isfinite(seen) & np.isfinite(guess)
    people = seen[both].sum()
    return float(np.abs(seen - guess)[both].sum() / people) if people > 0 else float("nan")
