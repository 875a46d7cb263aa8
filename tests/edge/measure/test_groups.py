"""Who comes in together: rules on drawn walks, and a day of the simulator as truth."""

import itertools
from datetime import date

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from edge.measure.geometry import people
from edge.measure.groups import Group
from edge.measure.places import Ground, Places
from edge.plan import Line
from simulators.shop import LINES, Shop
from simulators.shoppers import simulate
from simulators.walks import Crowd

DOOR = Line(id="door", sensor="cam", a=(0.0, 0.0), b=(10.0, 0.0))
GROUND = Ground("cam", lambda xy: xy)


def crossing(*walkers: tuple[float, float, float]) -> list[Group]:
    """Groups among people who each cross at (when, x) with a speed in metres a second, at 5 looks a second."""
    places = Places([DOOR], [], [], ground=GROUND)
    facts = []
    for i in range(200):
        at = i / 5
        rows = [(n, x, (at - when) * speed, 1.7) for n, (when, x, speed) in enumerate(walkers)]
        facts += places.step(people(at, [row for row in rows if abs(row[2]) < 4]))
    return [fact for fact in facts + places.close(40.0) if isinstance(fact, Group)]


@pytest.mark.parametrize(
    ("walkers", "groups"),
    [
        ([(10.0, 4.0, 1.2)], 0),
        ([(10.0, 4.0, 1.2), (10.4, 4.9, 1.2)], 1),
        ([(10.0, 4.0, 1.2), (10.4, 5.9, 1.2)], 0),
        ([(10.0, 4.0, 1.2), (11.8, 4.2, 1.2)], 0),
        ([(10.0, 4.0, 1.2), (10.1, 4.6, -1.2)], 0),
        ([(10.0, 4.0, 1.2), (10.1, 5.0, 1.2), (10.2, 6.0, 1.2)], 1),
        ([(10.0, 4.0, 1.2), (10.1, 4.8, 1.2), (14.0, 4.0, 1.2), (14.3, 4.8, 1.2)], 2),
        ([(10.0, 4.0, -1.2), (10.1, 4.8, -1.2)], 1),
    ],
)
def test_who_is_a_group(walkers: list[tuple[float, float, float]], groups: int) -> None:
    assert len(crossing(*walkers)) == groups


@given(st.lists(st.tuples(st.floats(5, 25), st.floats(0.5, 9.5), st.just(1.2)), max_size=8))
@settings(max_examples=40, deadline=None)
def test_never_more_groups_than_pairs_and_always_in_time(walkers: list[tuple[float, float, float]]) -> None:
    groups = crossing(*walkers)
    assert len(groups) <= len(walkers) // 2
    assert all(any(abs(group.at - when) < 0.5 for when, _, _ in walkers) for group in groups)


def test_without_a_floor_nobody_knows() -> None:
    places = Places([DOOR], [], [])
    rows = [(1, 4.0, -0.5, 1.7), (2, 4.5, -0.5, 1.7)]
    facts = places.step(people(0.0, rows)) + places.step(people(0.5, [(i, x, 0.5, h) for i, x, _, h in rows]))
    assert not [fact for fact in [*facts, *places.close(9.0)] if isinstance(fact, Group)]


def test_groups_of_a_simulated_day() -> None:
    """Three busy hours: pairs that come in together against chance neighbours, with 0.1 m of noise."""
    shop = Shop(visits=900.0, pairs=0.3)
    day = simulate(shop, date(2026, 3, 5))
    start, rng = day.opens + 3 * 3600, np.random.default_rng(5)
    end = start + 3 * 3600
    inside = [s for s in day.shoppers if start + 20 < s.entered < end - 20]
    true = sum(a.group == b.group for a, b in itertools.pairwise(inside))
    a, b = LINES["door"]
    places, crowd, facts = (
        Places([Line(id="door", sensor="cam", a=a, b=b)], [], [], ground=GROUND),
        Crowd(day.walks()),
        [],
    )
    for i in range(int((end - start) * 4)):
        at = start + i / 4
        here = [f for f in crowd.figures(at) if abs(f.y - a[1]) < 3 and f.x < 7]
        spots = np.array([[f.x, f.y] for f in here]).reshape(-1, 2) + rng.normal(0, 0.1, (len(here), 2))
        facts += places.step(people(at, [(f.id, x, y, 1.7) for f, (x, y) in zip(here, spots.tolist(), strict=True)]))
    found = [fact for fact in facts + places.close(end) if isinstance(fact, Group) and fact.direction == "+"]
    assert true > 40, len(found)
    assert abs(len(found) - true) <= max(2, 0.06 * true)
