"""Attack 3: a regular of yesterday cannot be found in what is told of today.

400 visits a day, 60 of them by regulars who keep their hour (a standard deviation of 30 minutes), their zones and
their pace. Whoever attacks learns from half of the regulars and is told, of the others, which numbers of the first
day hold them. `PRIVACY_LINK_S=60,300,900,1800,3600` prints what is left for regulars that are more punctual.
"""

import os
import sys
from bisect import bisect_right
from functools import cache
from typing import NamedTuple

import numpy as np
import pytest
from numpy.typing import NDArray

from edge.values import EDGES_S, Count, Stat
from tests.privacy.matcher import Classes, Matcher, classes_of
from tests.privacy.visitors import OPENS, Told, Visitor, facts, told

VISITS, REGULARS, DAYS, OPEN_S = 400, 60, int(os.environ.get("PRIVACY_LINK_DAYS", "6")), 12 * 3600.0
USUAL_S = 1800.0
MORE = 0.02
ZONES = "abc"


class Habit(NamedTuple):
    """When somebody uses to come, how likely they stay in each zone, and for how long."""

    at: float
    likes: NDArray[np.float64]
    pace: NDArray[np.float64]


class Days(NamedTuple):
    """Some days: the regulars' visits in their order, and what was told of everybody."""

    regulars: list[list[Visitor]]
    everybody: list[list[Visitor]]
    values: list[Told]


def habit(rng: np.random.Generator) -> Habit:
    return Habit(OPENS + rng.uniform(1800, OPEN_S - 3600), rng.beta(0.5, 0.5, 3), rng.lognormal(4.5, 0.8, 3))


def visit(rng: np.random.Generator, one: Habit, spread: float) -> Visitor:
    entered = float(np.clip(one.at + rng.normal(0, spread), OPENS + 60, OPENS + OPEN_S))
    here, stays = entered + 20, []
    for zone, likes, pace in zip(ZONES, one.likes, one.pace, strict=True):
        if rng.random() < likes:
            long = float(pace * rng.lognormal(0, 0.3)) + 3
            stays.append((zone, here, here + long))
            here += long + 10
    return Visitor(entered, here + 10, tuple(stays))


@cache
def days(spread: float, seed: int = 0) -> Days:
    rng = np.random.default_rng([3, seed])
    regular = [habit(rng) for _ in range(REGULARS)]
    came, all_of_them, values = [], [], []
    for _ in range(DAYS):
        known = [visit(rng, one, spread) for one in regular]
        strangers = [visit(rng, habit(rng), spread) for _ in range(VISITS - REGULARS)]
        came.append(known)
        all_of_them.append(known + strangers)
        values.append(told("standard", facts(known + strangers)))
    return Days(came, all_of_them, values)


# A system that tells each visit, with a new random number each day -------------------------------------------------


def by_records(one: Visitor, candidates: list[Visitor]) -> Classes:
    """Arrival to the hour, time in the shop to ten minutes, and the zones: what such records hold."""
    hours = [abs(one.entered // 3600 - other.entered // 3600) for other in candidates]
    long = [abs((one.left - one.entered) // 600 - (other.left - other.entered) // 600) for other in candidates]
    zones = [len({s[0] for s in one.stays} ^ {s[0] for s in other.stays}) for other in candidates]
    apart = [_pace_apart(one, other) for other in candidates]
    return np.column_stack([np.minimum(np.array(some), 5).astype(np.int64) for some in (hours, long, zones, apart)])


def _pace_apart(one: Visitor, other: Visitor) -> int:
    mine, theirs = ({zone: bisect_right(EDGES_S, end - start) for zone, start, end in v.stays} for v in (one, other))
    return sum(min(2, abs(mine[zone] - theirs[zone])) for zone in mine.keys() & theirs.keys())


def linked_by_records(known: Days) -> float:
    matcher, right = Matcher([6, 6, 6, 6]), []
    for today in range(1, DAYS):
        for i, one in enumerate(known.regulars[today - 1]):
            classes = by_records(one, known.everybody[today])
            if i % 2:
                matcher.learn(classes, i)
    for today in range(1, DAYS):
        for i, one in enumerate(known.regulars[today - 1]):
            if i % 2 == 0:
                classes = by_records(one, known.everybody[today])
                alone = np.ones(len(classes), np.int64)
                right.append(matcher.success(classes, np.arange(len(classes)) == i, alone))
    return float(np.mean(right))


# What this device tells ---------------------------------------------------------------------------------------------


class Shown(NamedTuple):
    """What is told of a day, as arrays: entries and exits by 5 min, and for each zone how often each bin by 5 min."""

    entries: NDArray[np.int64]
    exits: NDArray[np.int64]
    stays: dict[str, NDArray[np.int64]]


SLOTS = int(OPEN_S + 3 * 3600) // 300
EDGES_SLOTS = (1, 2, 3, 4, 6, 8, 12, 18, 24, 36)


def slot(at: float) -> int:
    return min(SLOTS - 1, max(0, int((at - OPENS) // 300)))


def shown(values: Told) -> Shown:
    found = Shown(
        np.zeros(SLOTS, np.int64),
        np.zeros(SLOTS, np.int64),
        {zone: np.zeros((SLOTS, len(EDGES_S) + 1), np.int64) for zone in ZONES},
    )
    for end, some in values:
        for value in some:
            first, last = slot(value.start.timestamp()), slot(end - 1)
            if isinstance(value, Count) and end > OPENS and value.entries is not None and value.exits is not None:
                found.entries[first] += value.entries
                found.exits[first] += value.exits
            elif isinstance(value, Stat) and value.bins and value.place in found.stays:
                found.stays[value.place][first : last + 1] = value.bins
    return found


def by_slots(one: Visitor, today: Shown) -> Classes:
    """Each 5 minutes of the second day compared with a visit of the first: as many minutes earlier or later, as many
    who left so long after, and in how many zones somebody stayed about as long.
    """
    slots = np.arange(SLOTS)
    apart = classes_of(np.abs(slots - slot(one.entered)).astype(float), EDGES_SLOTS)
    after = slot(one.left) - slot(one.entered)
    padded = np.pad(today.exits, (1, SLOTS + 1))
    left = padded[slots + after] + padded[slots + after + 1] + padded[slots + after + 2]
    alike = np.zeros(SLOTS, np.int64)
    for zone, start, end in one.stays:
        i, later = bisect_right(EDGES_S, end - start), slot(end) - slot(one.entered)
        near = today.stays[zone][:, max(0, i - 1) : i + 2].sum(axis=1)
        alike += np.pad(near, (0, SLOTS))[slots + later] > 0
    return np.column_stack([apart, np.minimum(left, 5), np.minimum(alike, 3)])


def linked_by_messages(known: Days, features: int = 3) -> float:
    """With one feature of the three only the entries are looked at, which a turnstile tells as well."""
    matcher, right = Matcher([len(EDGES_SLOTS) + 1, 6, 4][:features]), []
    seen = [shown(values) for values in known.values]
    for trains in (True, False):
        for today in range(1, DAYS):
            people = seen[today].entries
            came = np.flatnonzero(people)
            for i, one in enumerate(known.regulars[today - 1]):
                if bool(i % 2) != trains:
                    continue
                classes = by_slots(one, seen[today])[came, :features]
                truths = came == slot(known.regulars[today][i].entered)
                if trains:
                    matcher.learn(np.repeat(classes, people[came], axis=0), _first(people[came], truths))
                else:
                    right.append(matcher.success(classes, truths, people[came]))
    return float(np.mean(right))


def _first(people: NDArray[np.int64], truths: NDArray[np.bool_]) -> int:
    """The row of the right candidate where each of the people in a slot has one."""
    return int(people[: int(np.flatnonzero(truths)[0])].sum())


def test_a_regular_is_not_found_again() -> None:
    assert linked_by_messages(days(USUAL_S)) <= 1 / VISITS + MORE


def test_of_punctual_regulars_no_more_is_told_than_by_a_turnstile() -> None:
    """Entries in 5 minutes have no threshold: whoever comes on the minute is in them. All the rest adds nothing."""
    punctual = days(300.0)
    assert linked_by_messages(punctual) <= linked_by_messages(punctual, features=1) + MORE


def test_the_attack_finds_regulars_in_records_of_visits() -> None:
    assert linked_by_records(days(USUAL_S)) > 1 / VISITS + MORE
    assert linked_by_records(days(300.0)) > 1 / VISITS + 2 * MORE


@pytest.mark.skipif("PRIVACY_LINK_S" not in os.environ, reason="by hand: what punctual regulars risk")
def test_figures_by_how_punctual_regulars_are() -> None:
    for spread in map(float, os.environ.get("PRIVACY_LINK_S", "").split(",")):
        some = days(spread)
        by = {"messages": linked_by_messages(some), "turnstile": linked_by_messages(some, features=1)}
        by |= {"records": linked_by_records(some)}
        sys.stdout.write(f"\n{spread:5.0f} s: " + ", ".join(f"{name} {share:.4f}" for name, share in by.items()))
