"""Level dp: counts an hour long and durations a day long, with noise that is paid for before it is drawn.

What one visit adds is bounded where its track is known (edge/measure/clamp.py): one entry, one exit, one passing and
three durations. Sensors do not know each other's visits, so the noise grows with the number of sensors that add to a
share. Whether a window is told depends on the clock and the ledger alone, never on who came: every hour and every day
is told, also an empty one.
"""

from collections.abc import Mapping
from fractions import Fraction
from typing import NamedTuple

from msgspec import Struct, field
from msgspec.structs import replace

from edge.budget import Charge, Purse
from edge.measure.clamp import MOST_STAYS
from edge.measure.days import day_bounds
from edge.measure.tallies import Of, kinds_of, sensors_of
from edge.messages import stamp
from edge.noise import Below, discrete_laplace
from edge.plan import Line, Plan
from edge.values import EDGES_S, STAY_S, AnyValue, Count, Quality, Stat

HOUR_S = 3600
_MINUTE_S = 60
_NONE = (0,) * (len(EDGES_S) + 1)
_SHARES: Mapping[str, tuple[str, ...]] = {"door": ("entries", "exits"), "passing": ("passers",)}


class _Hour(Struct):
    """What one line counted so far in an hour, by share."""

    observed_s: int = 0
    counts: dict[str, int] = field(default_factory=lambda: {"entries": 0, "exits": 0, "passers": 0})


class _Day(Struct):
    """The durations of one place and kind since `start`, on one local day."""

    start: int
    observed_s: int = 0
    bins: tuple[int, ...] = _NONE


class _Dice(NamedTuple):
    """Chance that was paid for, and the scale of the noise it is for."""

    below: Below
    scale: Fraction

    def blur(self, number: int) -> int:
        """The number with noise on it."""
        return number + discrete_laplace(self.scale, self.below)


class Noised:
    """The hours and days of one device that are not told yet."""

    def __init__(self, plan: Plan, after: int, purse: Purse | None) -> None:
        """`after`: the end of what was told before; without a purse everything is withheld."""
        self._plan, self._after, self._purse = plan, after, purse
        self._hours: dict[str, _Hour] = {}
        self._hour = self._day = 0
        self._days: dict[tuple[str, str], _Day] = {}
        sensors = sensors_of(plan)
        doors = [sensors[line.id] for line in plan.lines if line.role == "door"]
        passing = [sensors[line.id] for line in plan.lines if line.role == "passing"]
        stays = [sensors[place] for place in kinds_of(plan)]
        self._most = {
            "entries": len(set(doors)),
            "exits": len(set(doors)),
            "passers": len(set(passing)),
            "stays": MOST_STAYS * len(set(stays)),
        }
        """By how much one visit can change all numbers of a share together."""

    def add(self, value: AnyValue) -> None:
        """Take in one window as it was measured; what is no count and no duration is not told at this level."""
        start = int(value.start.timestamp())
        day, _, hour, _ = self._spans(start + 1)
        if isinstance(value, Count):
            if hour != self._hour:
                self._hour, self._hours = hour, {}
            sums = self._hours.setdefault(value.place, _Hour())
            sums.observed_s += value.observed_s
            for share in sums.counts:
                sums.counts[share] += getattr(value, share) or 0
        elif isinstance(value, Stat) and start >= self._after:
            if day != self._day:
                self._day, self._days = day, {}
            stays = self._days.setdefault((value.place, value.of), _Day(start))
            stays.observed_s += value.observed_s
            stays.bins = tuple(a + b for a, b in zip(stays.bins, value.bins or _NONE, strict=True))

    def close(self, end: int) -> list[AnyValue]:
        """What may be told at `end`: the hour's counts and the day's durations, where one ends then."""
        day, day_end, hour, hour_end = self._spans(end)
        told: list[AnyValue] = []
        if end == hour_end:
            hours, self._hours = self._hours if self._hour == hour else {}, {}
            told += self._counts(hours, day, hour, end)
        if end == day_end:
            days, self._days = self._days if self._day == day else {}, {}
            told += self._stays(days, day, end)
        return told

    def _spans(self, end: int) -> tuple[int, int, int, int]:
        """(start, end) of the local day and of its hour that hold the moment just before `end`.

        Hours are counted from the start of the day, so that none lies in two days; the last one may be shorter.
        """
        day, day_end = (int(at) for at in day_bounds(end - 1, self._plan.timezone, self._plan.day_starts))
        hour = day + (end - 1 - day) // HOUR_S * HOUR_S
        return day, day_end, hour, min(hour + HOUR_S, day_end)

    def _counts(self, hours: dict[str, _Hour], day: int, start: int, end: int) -> list[AnyValue]:
        looked = {line.role for line in self._plan.lines if line.id in hours and hours[line.id].observed_s > 0}
        shares = [share for role in sorted(looked) for share in _SHARES[role]]
        dice = {share: self._dice(share, day, start, end) for share in shares}
        return [_count(line, hours.get(line.id, _Hour()), start, end, dice) for line in self._plan.lines]

    def _stays(self, days: dict[tuple[str, str], _Day], day: int, end: int) -> list[AnyValue]:
        looked = [stays for stays in days.values() if stays.observed_s > 0]
        start = min((stays.start for stays in looked), default=day)
        dice = self._dice("stays", day, start, end) if looked else None
        told: list[AnyValue] = []
        for place, kinds in kinds_of(self._plan).items():
            for of in kinds:
                stays = days.get((place, of), _Day(end - STAY_S))
                told.append(_stat(place, of, stays, end, dice))
        return told

    def _dice(self, share: str, day: int, start: int, end: int) -> _Dice | None:
        if self._purse is None:
            return None
        epsilon = self._plan.dp.share
        below = self._purse.charge(Charge(share, day, start, end, epsilon))
        return None if below is None else _Dice(below, self._most[share] / epsilon)


def _count(line: Line, sums: _Hour, start: int, end: int, dice: Mapping[str, _Dice | None]) -> Count:
    """The count of an hour. No groups: a group is more than one visit, and has no share."""
    seen = _SHARES[line.role] if sums.observed_s > 0 else ()
    paid = {share: own for share in seen if (own := dice[share])}
    numbers = {share: own.blur(sums.counts[share]) for share, own in paid.items() if len(paid) == len(seen)}
    return Count(
        place=line.id, start=stamp(start), observed_s=_minutes(sums.observed_s, end - start),
        withheld=None if len(paid) == len(seen) else "budget", revision=0, groups=None,
        entries=numbers.get("entries"), exits=numbers.get("exits"), passers=numbers.get("passers"),
    )  # fmt: skip


def _stat(place: str, of: Of, stays: _Day, end: int, dice: _Dice | None) -> Stat:
    """The durations of a day: every bin with its noise, their sum as n. No sum of seconds and no `cut`: these would
    cost a budget of their own, and the sum is lost in the noise of the long bins.
    """
    looked = stays.observed_s > 0
    bins = tuple(dice.blur(n) for n in stays.bins) if looked and dice else None
    return Stat(
        place=place, of=of, start=stamp(stays.start), observed_s=_minutes(stays.observed_s, end - stays.start),
        withheld="budget" if looked and not dice else None, revision=0,
        n=None if bins is None else sum(bins), cut=None, sum_s=None, bins=bins,
    )  # fmt: skip


def coarse(value: Quality) -> Quality:
    """How well a sensor did, so coarsely that it does not say how busy the camera was with people."""
    looked = None if value.looked is None else round(value.looked, 1)
    return replace(value, looked=looked, observed_s=_minutes(value.observed_s, value.observed_s + _MINUTE_S))


def _minutes(seconds: int, length: int) -> int:
    """Coverage to the minute: how busy a camera was with people must not show in it."""
    return min(length, round(seconds / _MINUTE_S) * _MINUTE_S)
