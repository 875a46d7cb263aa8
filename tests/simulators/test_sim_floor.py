"""What perfect cameras state of the floor: every second in view once, visits as the device counts, ways by camera."""

from collections import Counter
from datetime import date

import numpy as np
import pytest

from edge.measure.heat import SIZES, Trodden, bounds
from simulators.facts import Outage, facts
from simulators.floor import steps, trodden
from simulators.shop import CAMERAS, FLOOR, MARKS, WATCHED_BY, Shop
from simulators.shoppers import Day, Passer, simulate
from simulators.walks import Walk

SHOP = Shop(visits=120)


@pytest.fixture(scope="module")
def day() -> Day:
    return simulate(SHOP, date(2026, 11, 20))


@pytest.fixture(scope="module")
def told(day: Day) -> list[Trodden]:
    return list(trodden(day))


def test_blocks_of_every_size_hold_the_same_seconds(told: list[Trodden]) -> None:
    for camera in CAMERAS:
        sums = Counter[int]()
        for fact in told:
            for size, _, _, _, seconds in fact.blocks if fact.sensor == camera.id else ():
                sums[size] += round(seconds)
        assert set(sums) == set(SIZES)
        assert len(set(sums.values())) == 1
        assert sums[1] > 3600


def test_nobody_is_in_more_places_than_seconds(day: Day, told: list[Trodden]) -> None:
    walked = sum(s.walk.path[-1][0] - s.walk.path[0][0] for s in (*day.shoppers, *day.passers))
    for camera in CAMERAS:
        seen = sum(b[4] for fact in told if fact.sensor == camera.id for b in fact.blocks if b[0] == 1)
        assert seen < walked


def test_a_visit_is_counted_once_a_person_and_cell(day: Day, told: list[Trodden]) -> None:
    visits = Counter[tuple[str, int, int]]()
    for fact in told:
        for size, column, row, n, _ in fact.blocks:
            visits[fact.sensor, column, row] += n if size == 1 else 0
    assert max(visits.values()) <= len(day.shoppers) + len(day.passers)
    assert max(visits.values()) > len(day.shoppers) / 2, "everybody comes through the door"


def test_cells_lie_on_the_floor_that_the_camera_speaks_for(told: list[Trodden]) -> None:
    for fact in told:
        box = bounds(tuple((0.0, 0.0, *mark) for mark in MARKS[fact.sensor]))
        corners = np.array([block[1:3] for block in fact.blocks if block[0] == 1]) * box.cell_m
        assert (corners >= np.array(box.low) - box.cell_m).all()
        assert (corners <= np.array(box.high)).all()
        assert corners[:, 0].max() <= FLOOR[0]


def test_ways_join_places_of_one_camera_once_a_person(day: Day) -> None:
    found = list(steps(day))
    assert found
    assert {WATCHED_BY[step.place] for step in found} == {WATCHED_BY[step.to] for step in found} == {"camera-2"}
    assert len([step for step in found if (step.place, step.to) == ("shelves", "tills")]) <= len(day.shoppers)


def test_a_camera_that_is_out_states_nothing_of_its_floor(day: Day) -> None:
    out = Outage("camera-2", day.opens, day.closes)
    found = [fact for fact in facts(SHOP, day, outages=[out]) if isinstance(fact, Trodden)]
    assert {fact.sensor for fact in found if fact.at < day.closes} == {"camera-1"}


def test_who_stands_and_never_leaves_a_block_is_no_visit_to_it() -> None:
    def told_of(*path: tuple[float, float, float]) -> set[tuple[int, int]]:
        passer = Passer(crossed=0.0, east=True, walk=Walk(1, 1, 1.7, path))
        one = Day(
            day=date(2026, 1, 5), start=0, end=9e4, opens=0, closes=9e4, shoppers=(), passers=(passer,), staff=()
        )
        return {(block[0], block[3]) for fact in trodden(one) if fact.sensor == "camera-2" for block in fact.blocks}

    assert told_of((0.0, 10.5, 4.5), (60.0, 10.5, 4.5)) == {(1, 0), (2, 0), (4, 0)}
    # Into the next cell of the same block of two: a visit to both cells, to no larger block.
    assert told_of((0.0, 10.5, 4.5), (60.0, 11.5, 4.5)) == {(1, 1), (2, 0), (4, 0)}
