"""Attacks on level dp: who knows everybody else guesses whether one visit took place. Each also on a planted leak."""

import math
import os
import random
from collections.abc import Callable, Iterator
from fractions import Fraction
from statistics import fmean
from typing import Any

import numpy as np
import pytest

from edge.measure.clamp import Clamp
from edge.measure.facts import Fact, Seen
from edge.measure.geometry import People
from edge.measure.places import Places
from edge.measure.windows import Windows
from edge.plan import Line, Plan, Queue, Zone
from edge.privacy import Door
from edge.values import AnyValue, Count, Stat
from tests.privacy.noisy import DAY_S, HOUR_S, T0, Purse, closed, count, plan, stat

PAIRS = 10_000
WHOLE = int(os.environ.get("INSTORE_PAIRS", "1500"))  # 10,000 by hand: a minute and a half
POINT = 0.01


def best(epsilon: float) -> float:
    """How often the best guess about one visit can be right at most: e^eps / (1 + e^eps)."""
    return math.exp(epsilon) / (1 + math.exp(epsilon))


def hourly(shop: Plan, purse: Purse, member: int, n: int = PAIRS, draws: int = 1) -> Iterator[float]:
    """An hour with 20 entries of others for every pair, and `member` more of the one; a leak draws more than once."""
    doors = [Door(shop, purse=purse)] + [Door(shop, purse=Purse(shop, 100 + i)) for i in range(1, draws)]
    for i in range(1, n + 1):
        end = T0 + i * HOUR_S
        told = [door.release(closed(end, count(end, 20 + member))) or () for door in doors]
        yield fmean(value.entries for (value,) in told if isinstance(value, Count) and value.entries is not None)


def success(without: Iterator[float], with_one: Iterator[float], border: float) -> float:
    """The share of right guesses of who says yes above `border`; both happen equally often."""
    right = [*(found < border for found in without), *(found > border for found in with_one)]
    return fmean(right)


def test_one_entry_is_guessed_no_better_than_its_share_of_epsilon_allows_and_no_worse() -> None:
    """The border is the best there is, so the bound is reached: noise that is too wide would show as well."""
    shop = plan()
    guessed = success(hourly(shop, Purse(shop, 1), 0), hourly(shop, Purse(shop, 2), 1), 20.5)
    assert best(0.5) - POINT <= guessed <= best(0.5) + POINT


def test_planted_a_visitor_who_is_not_bounded_is_found() -> None:
    shop = plan()
    assert (
        success(hourly(shop, Purse(shop, 1), 0, 1000), hourly(shop, Purse(shop, 2), 5, 1000), 22.5) > best(0.5) + 0.1
    )


def test_planted_noise_that_is_drawn_again_for_a_repeat_is_averaged_away() -> None:
    shop = plan()
    one, other = hourly(shop, Purse(shop, 1), 0, 500, draws=10), hourly(shop, Purse(shop, 2), 1, 500, draws=10)
    assert success(one, other, 20.5) > best(0.5) + 0.05


SHELVES = ("fruit", "wine", "bread")


def daily(shop: Plan, seed: int, member: bool) -> Iterator[float]:
    """Log of how much likelier each day's numbers are with the visit than without it, from all that it changes."""
    door, one = Door(shop, purse=Purse(shop, seed)), int(member)
    for i in range(WHOLE):
        end = T0 + (i + 1) * DAY_S
        shelves = (stat(end, 30 + one, place=place) for place in SHELVES)
        told = door.release(
            closed(end, count(end, 20 + one, 9 + one), count(end, 70 + one, place="street"), *shelves)
        )
        yield sum(likelier(value) for value in told or ())


def likelier(value: AnyValue) -> float:
    """(|y - n| - |y - n - 1|) / scale, for every number y that the visit changes from n to n + 1."""
    found: list[tuple[int | None, int, float]] = []
    if isinstance(value, Count):
        found = [(value.entries, 20, 2), (value.exits, 9, 2), (value.passers, 70, 2)]
    elif isinstance(value, Stat) and value.bins:
        found = [(value.bins[0], 30, 6)]
    return sum((abs(y - n) - abs(y - n - 1)) / scale for y, n, scale in found if y is not None)


def guessed(shop: Plan) -> float:
    """How often the best guess from all numbers of a day is right."""
    logs = [*daily(shop, 1, False), *(-log for log in daily(shop, 2, True))]
    return fmean(1.0 if log < -1e-9 else 0.5 if log < 1e-9 else 0.0 for log in logs)


def test_a_whole_visit_is_guessed_no_better_than_all_it_spends_allows() -> None:
    """In by the door and out, past the street line, and three stays: all four shares, epsilon 2 together."""
    assert 0.63 < guessed(plan(("door", "street"), SHELVES)) <= best(2.0) + POINT


def test_three_stays_are_guessed_no_better_than_the_share_of_stays_allows() -> None:
    """With noise for one stay instead of three it would be 68 %; the margin is two deviations of so many days."""
    assert 0.55 < guessed(plan((), SHELVES)) <= best(0.5) + 1 / math.sqrt(2 * WHOLE)


# What a visit adds is bounded where its track is known: real places, windows and door, with and without one person.

LINES = [Line(id="door", sensor="cam", a=(0, 0), b=(0, 10)), Line(id="back", sensor="cam", a=(100, 0), b=(100, 10))]
LINES += [Line(id="street", sensor="cam", a=(-20, 0), b=(-20, 10), role="passing")]
ZONES = [
    Zone(id=f"z{i}", sensor="cam", polygon=((x, 0), (x + 10, 0), (x + 10, 10), (x, 10)))
    for i, x in enumerate((10, 25, 40, 55, 70))
]
TILL = Queue(
    id="till",
    sensor="cam",
    polygon=((82, 0), (88, 0), (88, 10), (82, 10)),
    service=((89, 0), (95, 0), (95, 10), (89, 10)),
)
SHOP = plan(
    lines=[{"id": n.id, "sensor": "cam", "a": n.a, "b": n.b, "role": n.role} for n in LINES],
    zones=[{"id": n.id, "sensor": "cam", "polygon": n.polygon} for n in ZONES],
    queues=[{"id": "till", "sensor": "cam", "polygon": TILL.polygon, "service": TILL.service}],
)  # fmt: skip
FPS = 3.0
Way = Callable[[float], float | None]
"""Where along the shop somebody is, or None when not there."""


def to_and_fro(first: float, turns: int, chance: random.Random) -> Way:
    """Somebody who walks through everything again and again, faster and slower, and stands now and then."""
    stops, at, x = [(first, -30.0)], first, -30.0
    for _ in range(turns):
        for target in (*sorted(chance.sample(range(-28, 108), 4)), *sorted(chance.sample(range(-28, 108), 4))[::-1]):
            at += abs(target - x) / 4 + 0.1
            stops.append((at, target))
            at, x = at + chance.choice((0, 3, 14)), target
            stops.append((at, target))
    times, places = zip(*stops, strict=True)
    return lambda t: float(np.interp(t, times, places)) if times[0] <= t <= times[-1] else None


def facts(ways: list[tuple[int, Way, float]], clamp: Clamp | None, until: float) -> Iterator[Fact]:
    """What one camera states of these people; (track, way, y) each."""
    places = Places(LINES, ZONES, [TILL], clamp=clamp)
    for i in range(int(until * FPS)):
        at = i / FPS
        here = [(track, x, y) for track, way, y in ways if (x := way(at)) is not None]
        ids = np.array([track for track, _, _ in here], dtype=np.int64)
        xy = np.array([(x, y) for _, x, y in here], dtype=np.float64).reshape(-1, 2)
        n = len(here)
        yield from places.step(People(T0 + at, ids, xy, np.full(n, 1.7), np.ones(n, dtype=np.bool_)))
        yield Seen(T0 + at, "cam")
    yield from places.close(T0 + until)


def told(ways: list[tuple[int, Way, float]], clamp: Clamp | None) -> dict[tuple[Any, ...], int | None]:
    """Every number that leaves, by what it is of; the noise is that of one seed, the same for every crowd."""
    until = 800
    windows, door = Windows(SHOP, T0), Door(SHOP, purse=Purse(SHOP, 9))
    ended = [found for fact in facts(ways, clamp, until) for found in windows.add(fact)]
    ended += windows.add(Seen(T0 + DAY_S + 60, "cam", since=T0 + until))
    numbers: dict[tuple[Any, ...], int | None] = {}
    for found in ended:
        for value in door.release(found) or ():
            key = (found.end, value.place, value.start, value.observed_s, value.withheld)
            if isinstance(value, Count):
                own: dict[str, int | None] = {
                    "entries": value.entries,
                    "exits": value.exits,
                    "passers": value.passers,
                }
                numbers |= {(*key, name): number for name, number in own.items()}
            elif isinstance(value, Stat):
                numbers |= {(*key, value.of, i): n for i, n in enumerate(value.bins or ())}
    return numbers


def changed(seed: int, clamp: Callable[[], Clamp | None]) -> dict[str, int]:
    """By how much one visit changes all numbers of each share together."""
    chance = random.Random(seed)
    crowd = [(i, to_and_fro(chance.uniform(0, 200), 1, chance), 1.0 + i) for i in range(1, 4)]
    visitor = (99, to_and_fro(chance.uniform(0, 60), 4, chance), 8.5)
    without, with_one = told(crowd, clamp()), told([*crowd, visitor], clamp())
    assert without.keys() == with_one.keys()  # which numbers there are says nothing about who came
    total = dict.fromkeys(("entries", "exits", "passers", "stays"), 0)
    for key, number in without.items():
        share = key[-1] if key[-1] in total else "stays"
        total[share] += abs((with_one[key] or 0) - (number or 0))
    return total


@pytest.mark.parametrize("seed", range(3))
def test_one_visit_changes_each_share_by_no_more_than_its_noise_is_made_for(seed: int) -> None:
    total = changed(seed, lambda: Clamp(LINES))
    assert total["entries"] <= 1
    assert total["exits"] <= 1
    assert total["passers"] <= 1
    assert total["stays"] <= 3
    assert sum(total.values()) >= 4  # somebody who walks through everything was seen


def test_planted_without_the_bound_one_visit_changes_far_more() -> None:
    total = changed(0, lambda: None)
    assert total["entries"] > 1
    assert total["stays"] > 3


def test_a_visit_forgotten_is_another_visit() -> None:
    clamp = Clamp(LINES)
    clamp.see(0.0, [1])
    assert clamp.crosses(1, "door", "+")
    assert not clamp.crosses(1, "back", "+")
    assert clamp.crosses(1, "back", "-")
    assert [clamp.stays(1, f"z{i}", "dwell") for i in (0, 0, 1, 2, 3)] == [True, False, True, True, False]
    clamp.see(119.0, [2])
    assert not clamp.crosses(1, "door", "+")
    clamp.see(121.0, [2])
    assert clamp.crosses(1, "door", "+")


def test_the_scale_of_the_noise_is_the_most_a_visit_adds_by_its_share() -> None:
    assert SHOP.dp.share == Fraction(1, 2)
    assert best(float(SHOP.dp.share)) == pytest.approx(0.622, abs=0.001)
