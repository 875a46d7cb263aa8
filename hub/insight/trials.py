"""Planning a change so that afterwards one can tell: by lot, day against day or store after store.

Before against after is no answer: on real streets where nothing was changed it says "changed" for one date in four,
because a season, a festival or a fault of a sensor comes in between. What was drawn by lot beforehand can be told
apart from all of that. The lot is a seed from the system's random source, kept with the plan; nobody can choose it
afterwards, and the calendar can be drawn again from it.
"""

from collections.abc import Sequence
from datetime import date, timedelta
from math import perm

import numpy as np
from msgspec import Struct

from hub.insight.lots import Floats, arrangements, detectable
from hub.insight.weeks import WEEK, Scale, counted_runs, pairs

# Of fewer lots even the most telling one is no rarer than 5 %; with on and off its mirror image counts too.
_FEWEST_LOTS, _FEWEST_DATES = 40, 20
FEWEST_PAIRS = 6


class Switchback(Struct, frozen=True, kw_only=True, tag=True):
    """On and off by lot in one store: `on` says it for each day from `starts`.

    Weeks go in twos: each run of `run_days` is on in one of them and off in the other, and the lot says in which,
    with half of the runs of a week on. So every weekday is on as often as off, and no week has all of it. The first
    `washout_days` of each run are lived through and not counted.
    """

    starts: date
    weeks: int
    run_days: int
    washout_days: int
    seed: int
    on: tuple[bool, ...]
    scale: Scale = "ratio"

    @property
    def ends(self) -> date:
        """The first day after it."""
        return self.starts + timedelta(days=len(self.on))


class Staggered(Struct, frozen=True, kw_only=True, tag=True):
    """A change that stays, begun in one store after another: who begins when is drawn by lot from `pool`, no two at
    once.

    The `span_days` before and after it are compared, beside stores that begin at other times or (in `beside`) never.
    """

    pool: tuple[date, ...]
    span_days: int
    seed: int
    begins: dict[str, date]
    beside: tuple[str, ...] = ()
    scale: Scale = "ratio"

    @property
    def starts(self) -> date:
        """The first day that is looked at."""
        return min(self.pool) - timedelta(days=self.span_days)

    @property
    def ends(self) -> date:
        """The first day after it."""
        return max(self.pool) + timedelta(days=self.span_days)


def switchback(
    starts: date, weeks: int, seed: int, *, run_days: int = 1, washout_days: int = 0, scale: Scale = "ratio"
) -> Switchback:
    """The calendar that this seed draws. ValueError where it could not come to a verdict, with what it would need."""
    if weeks < 2 or weeks % 2:
        raise ValueError("weeks: an even number, as each weekday is once on and once off in two weeks")
    if not 1 <= run_days <= WEEK or not 0 <= washout_days < run_days:
        raise ValueError("run_days: 1 to 7, and more than washout_days")
    runs = -(-WEEK // run_days)
    ways = arrangements(runs)
    many, lots = weeks // 2 * counted_runs(run_days, washout_days), len(ways) ** (weeks // 2)
    if many < FEWEST_PAIRS or lots < _FEWEST_LOTS:
        raise ValueError(f"weeks: {many} pairs and {lots} lots can prove nothing; {FEWEST_PAIRS} and {_FEWEST_LOTS}")
    first = ways[np.random.default_rng(seed).integers(0, len(ways), weeks // 2)] > 0
    days = first[:, np.arange(WEEK) // run_days]
    on = np.stack([days, ~days], axis=1).ravel()
    return Switchback(
        starts=starts,
        weeks=weeks,
        run_days=run_days,
        washout_days=washout_days,
        seed=seed,
        on=tuple(on.tolist()),
        scale=scale,
    )


def staggered(
    stores: Sequence[str],
    pool: Sequence[date],
    seed: int,
    *,
    beside: Sequence[str] = (),
    span_days: int = 28,
    scale: Scale = "ratio",
) -> Staggered:
    """Each store's first day as this seed draws it. ValueError where it could not come to a verdict."""
    days = sorted(set(pool))
    if not stores or set(stores) & set(beside) or len(set(stores)) < len(stores):
        raise ValueError("stores: at least one, each once, and none that is also beside")
    if perm(len(days), len(stores)) < _FEWEST_DATES:
        raise ValueError(f"pool: {len(days)} days for {len(stores)} stores can prove nothing; more days")
    if span_days < WEEK or span_days % WEEK:
        raise ValueError("span_days: whole weeks, so that both sides have the same weekdays")
    drawn = np.random.default_rng(seed).permutation(len(days))[: len(stores)].tolist()
    begins = {store: days[i] for store, i in zip(stores, drawn, strict=True)}
    return Staggered(
        pool=tuple(days), span_days=span_days, seed=seed, begins=begins, beside=tuple(beside), scale=scale
    )


def smallest_change(history: Floats, plan: Switchback) -> float | None:
    """The change that this plan would find with probability 0.8: a share for ratios, else in the value's unit.

    `history` are the values of the days before, in order, NaN where nothing was measured; at least four weeks. None
    where the plan is too short to promise anything or too few days were measured.
    """
    weeks = len(history) // (2 * WEEK) * 2
    if weeks < 4:
        return None
    recent = history[-weeks * WEEK :]
    off = pairs(recent, plan.run_days, plan.washout_days, plan.scale)
    many = plan.weeks // 2 * counted_runs(plan.run_days, plan.washout_days)
    shift = detectable(off[np.isfinite(off)], many)
    return float(np.expm1(shift)) if shift is not None and plan.scale == "ratio" else shift
