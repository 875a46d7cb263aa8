"""What each privacy level costs: how far off its numbers are, and how many it withholds, by the size of the shop.

    python tests/benchmarks/bench_levels.py [--days 8] [--seed 1]

Days of an open-plan shop with one door and one zone that half of the visits enter, open from 9 to 19, simulated as
windows and let through the real door of every level; nobody is miscounted, so all error is the level's own. For
counts: the mean of |told - true| over the true mean, of the windows in opening hours; at dp a quarter of an hour is a
quarter of its hour. For durations: the median read from the published bins against the true one of the same hour or
day. The share in brackets is how many of these numbers are told at all.
"""

import argparse
import os
import platform
import random
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from statistics import fmean

import numpy as np

from edge.budget import Account, Charge
from edge.measure.windows import Closed
from edge.messages import stamp
from edge.noise import Below
from edge.plan import Plan, parse
from edge.privacy import Door
from edge.values import EDGES_S, Count, Stat
from hub.insight.durations import quantiles

DAY_S, HOUR_S, QUARTER_S, FIVE_S = 86_400, 3600, 900, 300
T0, OPENS, CLOSES = 20_500 * DAY_S, 9, 19
DWELL_MEAN, DWELL_SPREAD = 5.0, 0.8  # log-normal: median 148 s, 9 of 10 below 7 min
SIZES = (60, 150, 400, 1000)
LEVELS = ("strict", "standard", "dp")


class Purse:
    """A budget without a disk."""

    def __init__(self, plan: Plan, seed: int) -> None:
        self._account, self._random = Account(plan.dp.exact), random.Random(seed).random

    def charge(self, charge: Charge) -> Below | None:
        """As the ledger's."""
        if not self._account.allows(charge):
            return None
        self._account.note(charge)
        return lambda n: int(self._random() * n)


def plan(level: str) -> Plan:
    """One camera, one door, one zone."""
    return parse(
        {
            "site": "s", "device": "d", "timezone": "UTC", "day_starts": "00:00", "level": level,
            "sensors": [{"id": "cam", "kind": "camera", "source": "x"}],
            "lines": [{"id": "door", "sensor": "cam", "a": [0, 0], "b": [0, 9]}],
            "zones": [{"id": "shelf", "sensor": "cam", "polygon": [[0, 0], [9, 0], [9, 9]]}],
        }
    )  # fmt: skip


def day(rng: np.random.Generator, visits: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """(entry times, end times of stays, durations) in seconds of a day: busiest in the afternoon."""
    entries = (OPENS + (CLOSES - OPENS) * rng.beta(2.2, 1.8, rng.poisson(visits))) * HOUR_S
    stays = rng.random(entries.size) < 0.5
    lengths = rng.lognormal(DWELL_MEAN, DWELL_SPREAD, stays.sum())
    return entries, entries[stays] + 120 + lengths, lengths


def windows(first: int, entries: np.ndarray, ends: np.ndarray, lengths: np.ndarray) -> Iterator[Closed]:
    """The day as its windows close."""
    counts = np.bincount((entries // FIVE_S).astype(int), minlength=DAY_S // FIVE_S)
    for i, n in enumerate(counts.tolist(), start=1):
        end = first + i * FIVE_S
        common = {"revision": 0, "withheld": None}
        values: list[Count | Stat] = [
            Count(place="door", start=stamp(end - FIVE_S), observed_s=FIVE_S, entries=n, exits=n, groups=None,
                  passers=None, **common)
        ]  # fmt: skip
        if i % 3 == 0:
            own = lengths[(ends // QUARTER_S).astype(int) == i // 3 - 1]
            bins = histogram(own)
            values.append(
                Stat(place="shelf", of="dwell", start=stamp(end - QUARTER_S), observed_s=QUARTER_S, n=len(own), cut=0,
                     sum_s=round(own.sum()), bins=bins, **common)
            )  # fmt: skip
        yield Closed(end, tuple(values))


def histogram(lengths: np.ndarray) -> tuple[int, ...]:
    """Durations in the bins of the wire."""
    return tuple(np.bincount(np.searchsorted(EDGES_S, lengths, side="right"), minlength=22).tolist())


def told(door: Door, first: int, found: Iterator[Closed]) -> tuple[np.ndarray, list[tuple[int, Stat]]]:
    """(entries by quarter hour of the day, NaN where not told; the durations with their ends)."""
    quarters, seen = np.zeros(DAY_S // QUARTER_S), np.zeros(DAY_S // QUARTER_S)
    stats = []
    for window in found:
        for value in door.release(window) or ():
            at = int(value.start.timestamp()) - first
            if isinstance(value, Stat) and value.bins:
                stats.append((window.end - first, value))
            elif isinstance(value, Count) and value.entries is not None:
                length = window.end - first - at
                own = slice(at // QUARTER_S, -(-(at + length) // QUARTER_S))
                share = min(1.0, QUARTER_S / length)
                quarters[own] += value.entries * share
                seen[own] += min(length, QUARTER_S) / QUARTER_S
    return np.where(seen > 0.999, quarters, np.nan), stats


def errors(rng: np.random.Generator, level: str, visits: int, days: int, seed: int) -> dict[str, list[float]]:
    """The errors of one level in a shop of one size, by what they are of; NaN where nothing was told."""
    shop = plan(level)
    door, found = Door(shop, purse=Purse(shop, seed)), dict[str, list[float]]()
    hours = slice(OPENS * 4, CLOSES * 4)
    for i in range(days):
        first = T0 + i * DAY_S
        entries, ends, lengths = day(rng, visits)
        true = np.bincount((entries // QUARTER_S).astype(int), minlength=96)[hours].astype(float)
        counted, stats = told(door, first, windows(first, entries, ends, lengths))
        counted = counted[hours]
        for name, each in (("15 min", 1), ("hour", 4), ("day", true.size)):
            off = np.abs(counted.reshape(-1, each).sum(axis=1) - true.reshape(-1, each).sum(axis=1))
            found.setdefault(name, []).extend((off / (true.mean() * each)).tolist())
        for hour in range(OPENS, CLOSES):
            own = [one.bins for end, one in stats if hour * HOUR_S < end <= (hour + 1) * HOUR_S and one.bins]
            real = lengths[(ends // HOUR_S).astype(int) == hour]
            found.setdefault("median of an hour", []).append(_apart(own, real))
        found.setdefault("median of a day", []).append(_apart([one.bins for _, one in stats if one.bins], lengths))
    return found


def _apart(bins: list[tuple[int, ...]], real: np.ndarray) -> float:
    """How far the median of published bins is from that of the durations themselves, as a share of it."""
    if not bins or not real.size:
        return float("nan")
    return abs(float(quantiles(np.array([np.sum(bins, axis=0)]), 0.5)[0]) / float(np.median(real)) - 1)


def shown(found: list[float]) -> str:
    """The mean error, and how many of the numbers there are."""
    there = [one for one in found if one == one]
    share = len(there) / len(found)
    error = f"{100 * fmean(there):.1f} %" if there else "-"
    return error if share == 1 else f"{error} ({100 * share:.0f} %)" if there else "none"


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--days", type=int, default=8)
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    began, machine = (
        time.perf_counter(),
        f"{platform.machine()}, {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}",
    )
    print(f"{datetime.now(UTC):%Y-%m-%d}, {machine}, {given.days} days of 10 hours a row\n")
    names = ("15 min", "hour", "day", "median of an hour", "median of a day")
    print("| visits a day | level | entries: 15 min | hour | day | dwell: median of an hour | of a day |")
    print("|---|---|---|---|---|---|---|")
    for visits in SIZES:
        for level in LEVELS:
            rng = np.random.default_rng(given.seed)
            found = errors(rng, level, visits, given.days, given.seed)
            print(f"| {visits} | {level} | {' | '.join(shown(found[name]) for name in names)} |")
    print(f"\n{time.perf_counter() - began:.0f} s")


if __name__ == "__main__":
    main()
