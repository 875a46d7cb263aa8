import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge.measure.footfall import Crossing, Footfall, LineRules
from edge.measure.geometry import people
from edge.plan import Line

# Going down the picture (y grows) ends at (bx-ax)(py-ay) > 0: that is `+`.
DOOR = Line(id="door", sensor="c", a=(0.0, 100.0), b=(200.0, 100.0))
PLAIN = LineRules(hysteresis=4.0, flipflop_s=0.0, newborn_s=0.0)


def walk(ys: list[float], rules: LineRules = PLAIN, x: float = 100.0, step: float = 0.2) -> list[Crossing]:
    footfall, found = Footfall(DOOR, rules), list[Crossing]()
    for i, y in enumerate(ys):
        found += footfall.step(people(i * step, [(1, x, y, 100.0)]))
    return found + footfall.close()


def test_time_is_that_of_the_zero_crossing() -> None:
    (crossing,) = walk([70, 90, 110, 130])
    assert crossing == Crossing(pytest.approx(0.3), "door", "+")
    assert [c.direction for c in walk([130, 110, 90, 70])] == ["-"]


def test_swaying_within_the_hysteresis_is_nothing() -> None:
    assert walk([90, 101, 99, 103, 98, 90]) == []


def test_the_last_zero_crossing_counts_when_the_side_flips_late() -> None:
    (crossing,) = walk([90, 101, 99, 101, 103, 110])
    assert crossing.at == pytest.approx(0.5)


def test_beyond_the_ends_is_nothing() -> None:
    assert walk([80, 120], x=-1.0) == []
    assert walk([80, 120], x=201.0) == []
    assert len(walk([80, 120], x=200.0)) == 1


def test_coming_into_sight_on_a_side_is_no_crossing() -> None:
    assert walk([120, 130, 140]) == []
    assert walk([100, 130, 140]) == []


def test_the_opposite_crossing_at_once_takes_back_both() -> None:
    rules = LineRules(hysteresis=4.0, flipflop_s=1.0, newborn_s=0.0)
    assert walk([80, 110, 90, 80], rules) == []
    # A third one stands alone.
    assert [c.direction for c in walk([80, 110, 90, 110, 120], rules)] == ["+"]
    assert len(walk([80, 90, 110, *[120] * 10, 110, 90, 80], rules)) == 2


def test_hysteresis_grows_with_the_person() -> None:
    rules = LineRules(newborn_s=0.0, flipflop_s=0.0, hysteresis_h=0.15, smooth_s=0.0)
    assert walk([80, 114, 80], rules) == []
    assert len(walk([80, 116, 80], rules)) == 2


def test_a_track_born_on_the_line_that_dies_at_once_never_counts() -> None:
    rules = LineRules(hysteresis=4.0, flipflop_s=0.0, newborn_h=0.3, newborn_s=1.0)
    assert walk([90, 110, 120], rules) == []
    assert len(walk([90, 110, 120, 130, 140, 150, 160], rules)) == 1
    assert len(walk([60, 110, 120], rules)) == 1


def test_nothing_is_known_of_a_track_that_was_away_for_long() -> None:
    footfall = Footfall(DOOR, PLAIN)
    footfall.step(people(0.0, [(1, 100.0, 80.0, 100.0)]))
    assert footfall.step(people(21.0, ())) == []
    assert footfall.step(people(22.0, [(1, 100.0, 120.0, 100.0)])) == []


def test_the_expected_do_not_cross() -> None:
    footfall = Footfall(DOOR, PLAIN)
    footfall.step(people(0.0, [(1, 100.0, 80.0, 100.0)]))
    ghost = people(0.2, [(1, 100.0, 120.0, 100.0)])
    assert footfall.step(ghost._replace(observed=~ghost.observed)) == []


@given(st.lists(st.floats(0, 200), max_size=40))
def test_crossings_of_one_track_alternate(ys: list[float]) -> None:
    for rules in (PLAIN, LineRules()):
        ways = [c.direction for c in walk(ys, rules)]
        assert all(a != b for a, b in itertools.pairwise(ways))


@given(st.lists(st.floats(0, 200), max_size=40))
def test_crossings_are_certain_in_time(ys: list[float]) -> None:
    footfall = Footfall(DOOR, LineRules())
    for i, y in enumerate(ys):
        for crossing in footfall.step(people(i * 0.2, [(1, 100.0, y, 60.0)])):
            assert crossing.at <= i * 0.2


def test_trembling_feet_beside_the_line_do_not_cross_and_a_slow_walk_does() -> None:
    trembling = [96.0 + 9.0 * (-1) ** i for i in range(40)]
    assert walk(trembling, LineRules()) == []
    assert len(walk([70.0 + 2.0 * i for i in range(40)], LineRules())) == 1


def test_a_step_over_the_line_and_back_is_an_entry_and_an_exit() -> None:
    # A sixth of a height beyond the line and back within 1.6 s: a straight line through all of it never gets there.
    turn = [100.0 + 16.0 - 40.0 * (0.2 * i) ** 2 for i in range(-8, 9)]
    assert [c.direction for c in walk(turn, LineRules())] == ["+", "-"]
    at = sorted(c.at for c in walk(turn, LineRules()))
    assert at == pytest.approx([1.6 - 0.632, 1.6 + 0.632], abs=0.1)


def test_the_way_back_within_half_a_second_is_a_flip() -> None:
    rules = LineRules(hysteresis=4.0, newborn_s=0.0)
    assert walk([80, 90, 110, 90, 80], rules) == []
    assert len(walk([80, 90, 110, 110, 110, 90, 80], rules)) == 2


def test_samples_of_one_moment_are_no_curve() -> None:
    footfall = Footfall(DOOR, LineRules(newborn_s=0.0))
    for at, y in ((0.0, 80.0), (0.0, 81.0), (0.0, 82.0), (0.0, 83.0), (0.0, 84.0), (1.0, 130.0)):
        footfall.step(people(at, [(1, 100.0, y, 100.0)]))
    assert [c.direction for c in footfall.close()] == ["+"]
