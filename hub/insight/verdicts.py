"""Did it change anything? Only what was drawn by lot gets an answer, and only when it is over."""

from collections.abc import Mapping
from datetime import date
from typing import Literal

import numpy as np
from msgspec import Struct, structs

from hub.insight.lots import LEVEL, chance, middle, outwards
from hub.insight.placebos import placebos
from hub.insight.trials import FEWEST_PAIRS, Staggered, Switchback
from hub.insight.weeks import WEEK, Scale, by_day, pairs

Said = Literal["changed", "no change seen", "cannot tell"]
Values = Mapping[str, Mapping[date, float | None]]


class Verdict(Struct, frozen=True, kw_only=True):
    """What a trial says: the change with its interval of 95 % (a share for ratios, else in the value's unit).

    `chance` is how often the lot alone would give as much; `basis` is how many pairs or lots stand behind it.
    "No change seen" is no proof of none: the interval says what is still possible.
    """

    said: Said
    reason: str = ""
    change: float | None = None
    low: float | None = None
    high: float | None = None
    chance: float | None = None
    basis: int = 0


class Action(Struct, frozen=True, kw_only=True):
    """Something that somebody does about a finding: who, from when, where, how it is tried out, what came of it."""

    id: str
    what: str
    owner: str
    starts: date
    sites: tuple[str, ...]
    plan: Switchback | Staggered | None = None
    verdict: Verdict | None = None


def judged(action: Action, values: Values, today: date) -> Action:
    """The action with its verdict as of `today`; `values` are by site and business day, None where unknown."""
    return structs.replace(action, verdict=_verdict(action, values, today))


def _verdict(action: Action, values: Values, today: date) -> Verdict:
    plan = action.plan
    if plan is None:
        return _open("nothing was drawn by lot: before against after cannot be told from what else happened")
    if today < plan.ends:
        # Looking again and again until it says "changed" would make it say so sooner or later.
        return _open(f"runs until {plan.ends}")
    if isinstance(plan, Staggered):
        return of_staggered(plan, values)
    return of_switchback(plan, values.get(action.sites[0], {}))


def of_switchback(plan: Switchback, values: Mapping[date, float | None]) -> Verdict:
    """On days against off days as the lot arranged them, among all the ways in which it could have."""
    first = pairs(by_day(values, plan.starts, plan.ends), plan.run_days, plan.washout_days, plan.scale)
    on = np.array(plan.on).reshape(-1, 2, WEEK)[:, 0, :: plan.run_days]
    signs = np.where(on, 1, -1)
    on_over_off = (first * signs)[np.isfinite(first)]
    if len(on_over_off) < FEWEST_PAIRS:
        return _open(f"{len(on_over_off)} of {first.size} pairs were measured; {FEWEST_PAIRS} are the least")
    change = middle(on_over_off)
    scatter = float(np.median(np.abs(on_over_off - change)))
    ends = outwards(lambda supposed: chance(first - supposed * signs, signs), change, scatter)
    return _closed(change, ends, chance(first, signs), len(on_over_off), plan.scale)


def of_staggered(plan: Staggered, values: Values) -> Verdict:
    """The stores' steps at their own first days among those at all the days that the lot could have drawn."""
    days = np.column_stack([by_day(values.get(s, {}), plan.starts, plan.ends) for s in (*plan.begins, *plan.beside)])
    if plan.scale == "ratio":
        days = np.log(np.where(days > 0, days, np.nan))
    if np.isnan(days).mean(axis=0).max() > 0.5:
        return _open("a store was measured on less than half of the days")
    pool = [(day - plan.starts).days for day in plan.pool]
    own = np.array([plan.pool.index(day) for day in plan.begins.values()])
    test = placebos(days, pool, own, plan.span_days, plan.seed)
    if test is None:
        return _open("a whole side of a possible first day was not measured")
    return _closed(test.change, test.interval(), test.chance(0.0), test.lots, plan.scale)


def _open(reason: str) -> Verdict:
    return Verdict(said="cannot tell", reason=reason)


def _closed(change: float, ends: tuple[float, float], p: float, basis: int, scale: Scale) -> Verdict:
    shown = [float(np.expm1(x)) if scale == "ratio" else x for x in (change, *ends)]
    said: Said = "changed" if p <= LEVEL else "no change seen"
    return Verdict(said=said, change=shown[0], low=shown[1], high=shown[2], chance=p, basis=basis)
