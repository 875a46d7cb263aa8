"""How often a trial says "changed" on real footfall, with nothing changed and with a planted change.

By hand: `python tests/benchmarks/bench_trials.py DATA`, DATA being the folder `footfall` of the test data.

1,000 draws: a street, a date, a calendar by lot; shares with Wilson's interval of 95 %. Beside the product's
switchback stand the usual ways on the same streets and dates: the mean before against after (Welch's t on days), and
difference-in-differences against another street of the same town (t on days). A day without anybody in a street of
thousands is a dead sensor and counts as not measured.
"""

import argparse
import csv
import os
import platform
from collections import defaultdict
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from time import perf_counter
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from hub.insight.scores import share
from hub.insight.tails import t_tails
from hub.insight.trials import smallest_change, staggered, switchback
from hub.insight.verdicts import Verdict, of_staggered, of_switchback
from hub.insight.weeks import by_day

FILES = ("auckland_hourly_2022_2023.csv", "melbourne_hourly_2016_2017.csv")
WEEKS, HISTORY, WORST = 8, 8, 14  # days not measured that a window may have
Town = dict[str, dict[date, float | None]]


class Draw(NamedTuple):
    """A street of a town and the first day of a trial in it."""

    town: Town
    street: str
    starts: date
    seed: int


def towns(data: Path) -> list[Town]:
    """Daily sums of each street; None for a day with a missing hour or without anybody."""
    found = []
    for name in FILES:
        hours: dict[str, dict[date, list[str]]] = defaultdict(lambda: defaultdict(list))
        with (data / name).open(encoding="utf-8") as file:
            for row in csv.DictReader(file):
                hours[row["sensor"]][date.fromisoformat(row["local"][:10])].append(row["count"])
        found.append({street: {day: _sum(counts) for day, counts in days.items()} for street, days in hours.items()})
    return found


def _sum(counts: list[str]) -> float | None:
    # A day of the clocks' change has 23 hours.
    return None if len(counts) < 23 or "" in counts else sum(map(float, counts)) or None


def draws(found: list[Town], many: int) -> list[Draw]:
    """Streets and dates by lot, where the weeks before and after are measured well enough."""
    rng, out = np.random.default_rng(2026), list[Draw]()
    streets = [(town, street) for town in found for street in town]
    while len(out) < many:
        town, street = streets[int(rng.integers(len(streets)))]
        days = sorted(town[street])
        starts = days[0] + timedelta(days=int(rng.integers(7 * HISTORY, len(days) - 7 * WEEKS)))
        values = by_day(town[street], starts - timedelta(weeks=HISTORY), starts + timedelta(weeks=WEEKS))
        if np.isnan(values[: 7 * HISTORY]).sum() <= WORST >= np.isnan(values[7 * HISTORY :]).sum():
            out.append(Draw(town, street, starts, len(out)))
    return out


def switched(draw: Draw, change: float) -> Verdict:
    """The product's verdict on an 8-week switchback with that true change on the on days."""
    plan = switchback(draw.starts, WEEKS, draw.seed)
    truth = dict(draw.town[draw.street])
    for i, on in enumerate(plan.on):
        day = draw.starts + timedelta(days=i)
        if on and truth.get(day) is not None:
            truth[day] = (truth[day] or 0.0) * (1 + change)
    return of_switchback(plan, truth)


def promised(draw: Draw) -> float | None:
    """The change that the planner names as detectable, from the weeks before."""
    plan = switchback(draw.starts, WEEKS, draw.seed)
    return smallest_change(by_day(draw.town[draw.street], draw.starts - timedelta(weeks=HISTORY), draw.starts), plan)


def stepped(draw: Draw, change: float) -> Verdict:
    """The product's verdict on starts by lot in all streets of the town, of 8 possible Mondays."""
    pool = [draw.starts + timedelta(weeks=week) for week in range(8)]
    plan = staggered(sorted(draw.town), pool, draw.seed)
    values = {street: dict(days) for street, days in draw.town.items()}
    for street, begins in plan.begins.items():
        for day, value in values[street].items():
            values[street][day] = value if value is None or day < begins else value * (1 + change)
    return of_staggered(plan, values)


def before_after(draw: Draw, change: float, *, beside: bool) -> bool:
    """Whether the usual way would say "changed": 4 weeks against 4 weeks, alone or less another street."""
    middle = draw.starts + timedelta(weeks=4)
    own = np.log(by_day(draw.town[draw.street], draw.starts, draw.starts + timedelta(weeks=8)))
    own[28:] += np.log1p(change)
    if beside:
        other = next(street for street in sorted(draw.town) if street != draw.street)
        own = own - np.log(by_day(draw.town[other], draw.starts, middle + timedelta(weeks=4)))
    return welch(own[:28], own[28:]) < 0.05


def welch(before: NDArray[np.float64], after: NDArray[np.float64]) -> float:
    """The p-value of Welch's t test; 1 with fewer than 5 days on a side."""
    a, b = before[np.isfinite(before)], after[np.isfinite(after)]
    if min(len(a), len(b)) < 5:
        return 1.0
    va, vb = a.var(ddof=1) / len(a), b.var(ddof=1) / len(b)
    df = (va + vb) ** 2 / (va**2 / (len(a) - 1) + vb**2 / (len(b) - 1))
    return t_tails(float((b.mean() - a.mean()) / np.sqrt(va + vb)), float(df))


def said(hits: int, n: int) -> str:
    """A share with its interval."""
    low, high = share(hits, n)["wilson95"]
    return f"{100 * hits / n:5.1f} % ({100 * low:.1f} to {100 * high:.1f})"


def line(title: str, drawn: list[Draw], change: float) -> None:
    """One row of each method with this true change."""
    verdicts = [switched(draw, change) for draw in drawn]
    told = [v for v in verdicts if v.said != "cannot tell"]
    held = sum(v.low <= change <= v.high for v in told if v.low is not None and v.high is not None)
    print(f"{title}\n  switchback        {said(sum(v.said == 'changed' for v in verdicts), len(drawn))}", end="")
    print(f"   interval holds {said(held, len(told))}   cannot tell {len(drawn) - len(told)}")
    for name, beside in (("before/after", False), ("diff-in-diff", True)):
        print(f"  {name:17} {said(sum(before_after(d, change, beside=beside) for d in drawn), len(drawn))}")


def main() -> None:
    """Prints the figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", type=Path)
    parser.add_argument("--draws", type=int, default=1000)
    given = parser.parse_args()
    drawn, began = draws(towns(given.data), given.draws), perf_counter()
    where = f"{platform.machine()}, load {os.getloadavg()[0]:.1f}"
    print(f"{datetime.now(UTC):%Y-%m-%d %H:%M} UTC, {where}, {len(drawn)} draws")
    for title, change in (("nothing changed", 0.0), ("+5 %", 0.05), ("+10 %", 0.10), ("-10 %", -0.10)):
        line(title, drawn, change)
    named = [(draw, size) for draw in drawn if (size := promised(draw)) is not None]
    hits = sum(switched(draw, size).said == "changed" for draw, size in named)
    usual = 100 * np.median([size for _, size in named])
    print(f"at the change the planner names (median {usual:.1f} %): {said(hits, len(named))}")
    for title, change in (("nothing changed", 0.0), ("+10 %", 0.10)):
        verdicts = [stepped(draw, change) for draw in drawn[: given.draws // 4]]
        told = [v for v in verdicts if v.said != "cannot tell"]
        held = sum(v.low <= change <= v.high for v in told if v.low is not None and v.high is not None)
        print(f"staggered starts, {title}: {said(sum(v.said == 'changed' for v in told), max(len(told), 1))}", end="")
        print(f"   interval holds {said(held, max(len(told), 1))}   cannot tell {len(verdicts) - len(told)}")
    print(f"{perf_counter() - began:.0f} s")


if __name__ == "__main__":
    main()
