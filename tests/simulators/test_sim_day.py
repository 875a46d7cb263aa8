"""The simulated day: the same again for the same seed, everybody leaves, queues keep their order, Little's law."""

import itertools
import tomllib
from datetime import date, timedelta

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from edge.measure.days import day_start
from edge.plan import parse
from edge.toml import text
from simulators.fleet import shops
from simulators.shop import CAMERAS, LINES, QUEUE, SHELVES, WATCHED_BY, Shop, camera, plan_table, project
from simulators.shoppers import Day, Life, simulate
from simulators.walks import Crowd, figure

FRIDAY = date(2026, 11, 20)


@pytest.fixture(scope="module")
def friday() -> Day:
    return simulate(Shop(), FRIDAY)


def test_the_same_seed_gives_the_same_day(friday: Day) -> None:
    assert simulate(Shop(), FRIDAY) == friday
    assert simulate(Shop(seed=2), FRIDAY) != friday
    assert simulate(Shop(site="s002", device="x"), FRIDAY) == friday  # names change nobody's life


@settings(max_examples=12, deadline=None)
@given(seed=st.integers(0, 10_000), offset=st.integers(0, 400))
def test_everybody_who_enters_leaves_the_same_day(seed: int, offset: int) -> None:
    day = simulate(Shop(seed=seed), FRIDAY + timedelta(days=offset))
    assert day.shoppers
    for shopper in day.shoppers:
        assert day.opens <= shopper.entered < shopper.left < min(day.end, day.closes + 3600)
        path = np.array(shopper.walk.path)
        assert (np.diff(path[:, 0]) >= 0).all()
        steps = np.hypot(*np.diff(path[:, 1:], axis=0).T)
        assert (steps <= np.diff(path[:, 0]) * 1.5 + 1e-6).all()  # nobody flies
        for stay in shopper.stays:
            assert shopper.entered < stay.start < stay.end < shopper.left


def test_visits_follow_size_weekday_and_hour() -> None:
    found = [simulate(Shop(), FRIDAY - timedelta(days=i)) for i in range(28)]
    mean = np.mean([len(day.shoppers) for day in found])
    assert 450 < mean < 560
    saturdays = [len(d.shoppers) for d in found if d.day.weekday() == 5]
    mondays = [len(d.shoppers) for d in found if d.day.weekday() == 0]
    assert np.mean(saturdays) > 1.2 * np.mean(mondays)
    hours = np.concatenate([[(s.entered - d.opens) // 3600 for s in d.shoppers] for d in found])
    noon, morning = (hours == 4).sum(), (hours == 1).sum()
    assert noon > 2 * morning


def test_the_queue_serves_in_the_order_of_joining() -> None:
    for offset in range(10):
        day = simulate(Shop(), FRIDAY + timedelta(days=offset))
        waits = sorted((s.wait for s in day.shoppers if s.wait), key=lambda w: w.joined)
        for wait in waits:
            assert (wait.served is None) == (wait.done is None) != (wait.left is None)
            ended = wait.left if wait.served is None else wait.served
            assert ended is not None
            assert ended > wait.joined
        served = [w for w in waits if w.served is not None]
        for till in (0, 1):
            at_till = [(w.served, w.done) for w in served if w.till == till]
            assert at_till == sorted(at_till)
            assert all(b[0] > a[1] for a, b in itertools.pairwise(at_till))  # type: ignore[operator]


def test_littles_law_holds_in_the_queue(friday: Day) -> None:
    at = np.arange(friday.opens, friday.closes, 5.0)
    waits = [(s.wait.joined, s.wait.served or s.wait.left or 0.0) for s in friday.shoppers if s.wait]
    length = np.mean([sum(a <= t < b for a, b in waits) for t in at])
    rate, mean = len(waits) / (friday.closes - friday.opens), np.mean([b - a for a, b in waits])
    assert length == pytest.approx(rate * mean, rel=0.03)


def test_waits_are_worth_measuring() -> None:
    days = [simulate(Shop(), FRIDAY - timedelta(days=i)) for i in range(14)]
    waits = [s.wait for d in days for s in d.shoppers if s.wait]
    seconds = np.array([w.served - w.joined for w in waits if w.served is not None])
    assert 20 < seconds.mean() < 240
    assert np.percentile(seconds, 90) > 90
    assert any(w.left is not None for w in waits)
    assert 0.25 < len(waits) / sum(len(d.shoppers) for d in days) < 0.65


@pytest.mark.parametrize("day", [date(2026, 3, 29), date(2026, 10, 25), date(2026, 3, 28), date(2026, 10, 24)])
def test_days_of_23_and_25_hours(day: date) -> None:
    found = simulate(Shop(), day)
    assert found.start == day_start(day, "Europe/Berlin", "04:00")
    assert found.end == simulate(Shop(), day + timedelta(days=1)).start
    assert found.closes - found.opens == 14 * 3600


def test_a_shop_may_be_open_around_the_clock_but_not_before_its_day_begins() -> None:
    found = simulate(Shop(opens="04:00", closes="28:00"), FRIDAY)
    assert (found.opens, found.closes) == (found.start, found.end)
    assert max(s.left for s in found.shoppers) < found.end
    with pytest.raises(ValueError, match="opens, closes"):
        Shop(opens="03:00")
    with pytest.raises(ValueError, match="opens, closes"):
        Shop(opens="12:00", closes="11:00")


def test_positions_agree_with_the_truth(friday: Day) -> None:
    for shopper in friday.shoppers[:200]:
        at = figure(shopper.walk, shopper.entered)
        assert at is not None
        assert at.y == pytest.approx(1.2)
        for stay in shopper.stays:
            inside = figure(shopper.walk, (stay.start + stay.end) / 2)
            assert inside is not None
            if stay.zone == "shelves":
                assert SHELVES[0][0] - 0.05 <= inside.x <= SHELVES[1][0] + 0.05
                assert SHELVES[0][1] - 0.05 <= inside.y <= SHELVES[2][1] + 0.05
        if (wait := shopper.wait) and wait.served:
            for share in (0.05, 0.5, 0.95):
                queued = figure(shopper.walk, wait.joined + (wait.served - wait.joined) * share)
                assert queued is not None
                assert QUEUE[0][0] <= queued.x <= QUEUE[1][0]
                assert QUEUE[0][1] <= queued.y <= QUEUE[2][1] + 0.05


def test_the_crowd_is_the_same_forwards_and_backwards(friday: Day) -> None:
    moments = [friday.opens + 4 * 3600 + i * 7.0 for i in range(40)]
    crowd = Crowd(friday.walks())
    forwards = [crowd.figures(at) for at in moments]
    assert [crowd.figures(at) for at in reversed(moments)] == forwards[::-1]
    life = Life(Shop())
    assert [len(life.figures(at)) for at in moments] == [len(f) for f in forwards]


def test_the_plan_is_one_the_edge_accepts() -> None:
    plan = parse(tomllib.loads(text(plan_table(Shop(), "http://127.0.0.1:1"))))
    assert {s.id for s in plan.sensors} == {c.id for c in CAMERAS}
    assert {p.id for p in (*plan.lines, *plan.zones, *plan.queues)} == set(WATCHED_BY)
    door = next(line for line in plan.lines if line.id == "door")
    (ax, ay), (bx, by) = door.a, door.b
    inside = project(camera("camera-1"), np.array([[4.6, 3.0, 0.0]]))[0][0]
    cross = (bx - ax) * (inside[1] - ay) - (by - ay) * (inside[0] - ax)
    assert (cross > 0) == (door.entry == "+")


def test_people_are_large_enough_at_the_door_and_in_the_queue() -> None:
    for name, points in (("camera-1", LINES["door"]), ("camera-2", QUEUE)):
        for x, y in points:
            ends = project(camera(name), np.array([[x, y, 0.0], [x, y, 1.7]]))[0]
            assert np.hypot(*(ends[0] - ends[1])) >= 50


def test_a_fleet_is_many_different_shops() -> None:
    fleet = shops(Shop(), 20)
    assert fleet == shops(Shop(), 20)
    assert len({s.site for s in fleet}) == len({s.seed for s in fleet}) == 20
    assert len({s.visits for s in fleet}) > 10
    with pytest.raises(ValueError, match="count"):
        shops(Shop(), 0)
