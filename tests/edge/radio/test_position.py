"""What is said of a tag and when, and the memory behind it."""

from itertools import pairwise

import numpy as np
import pytest

from edge.radio.adverts import Sighting
from edge.radio.memory import Memory
from edge.radio.position import LAG_S, LONGEST_LAG, Choice, Lags
from edge.radio.readings import Readings


def test_a_sighting_from_nowhere_or_from_long_ago_changes_nothing() -> None:
    readings = Readings(("a",), 1, 3)
    readings.hear(Sighting(100.5, "c", 0, -50, False))
    assert not readings.present(101.0).any()
    assert not readings.listen(101.0, "c")
    readings.hear(Sighting(100.5, "a", 0, -50, False))
    readings.hear(Sighting(90.5, "a", 0, -10, False))
    assert readings.means(101, 3)[0][0, 0] == -50


def test_the_strength_of_a_second_is_its_mean_power() -> None:
    readings = Readings(("a",), 2, 3)
    for level in (-50, -90):
        readings.hear(Sighting(7.5, "a", 0, level, False))
    assert readings.means(8, 1)[0][0, 0] == pytest.approx(-53.01, abs=0.01)
    assert np.isnan(readings.means(8, 1)[0][1, 0])


def test_times_before_the_start_of_a_recording_are_times() -> None:
    readings = Readings(("a",), 1, 3)
    readings.hear(Sighting(-7.5, "a", 0, -50, False))
    assert readings.means(-7, 1)[0][0, 0] == -50
    assert readings.means(-8, 1)[1][0, 0] == 0


def test_a_scanner_works_for_thirty_seconds_after_it_spoke() -> None:
    readings = Readings(("a", "b"), 1, 3)
    readings.listen(10.0, "b")
    assert readings.working(40.0).tolist() == [False, True]
    assert readings.working(41.0).tolist() == [False, False]


def test_a_tag_is_forgotten_after_four_hours_at_most() -> None:
    readings = Readings(("a",), 1, 3)
    for t in range(0, 4 * 3600 + 60, 10):
        readings.hear(Sighting(float(t), "a", 0, -50, False))
        there = readings.present(float(t))[0]
        assert there == (t <= 4 * 3600 or readings.first[0] >= 4 * 3600)
    assert readings.first[0] > 4 * 3600


def test_what_is_forgotten_leaves_nothing_behind() -> None:
    readings = Readings(("a", "b"), 2, 3)
    readings.hear(Sighting(5.0, "a", 1, -50, False))
    assert readings.present(6.0).tolist() == [False, True]
    assert not readings.present(40.0).any()
    assert not readings._sum.any()
    assert not readings._n.any()
    assert np.isnan(readings.heard).all()


def test_a_lag_grows_with_rare_advertisements_and_never_falls() -> None:
    lags, there = Lags(2), np.array([True, True])
    found = []
    for second in range(120):
        often = second < 60 and second % 4 > 0
        lags.step(np.array([[2.0], [0.0 if often else 1.0]]), there)
        found.append(lags.steps.tolist())
    assert found[0] == [LAG_S, LAG_S]
    assert found[59] == [LAG_S, LONGEST_LAG]
    assert found[-1] == [LAG_S, LONGEST_LAG]
    assert all(b[1] - a[1] in (0, 1) for a, b in pairwise(found))
    lags.step(np.ones((2, 1)), np.array([True, False]))
    assert lags.steps.tolist() == [LAG_S, LAG_S]


def test_a_zone_is_held_until_another_is_clearly_likelier_and_unknown_is_an_answer() -> None:
    choice, tag, at, heard = Choice((None, "a", "b", *"cdefgh"), 1), np.array([0]), np.array([5.0]), np.array([7.0])

    def said(a: float, b: float) -> str | None:
        shares = np.full((1, 9), (1 - a - b) / 7, dtype=np.float32)
        shares[0, 1:3] = a, b
        return choice.guesses(tag, at, shares, heard)[0].zone

    assert said(0.6, 0.4) == "a"
    assert said(0.48, 0.52) == "a"
    assert said(0.4, 0.6) == "b"
    assert said(0.13, 0.15) is None
    choice.forget(np.array([True]))
    assert said(0.52, 0.48) == "a"


def test_memory_follows_who_is_there_and_forgets_who_went() -> None:
    memory = Memory(10_000, 6, 50)
    there = np.zeros(10_000, dtype=np.bool_)
    there[[3, 9_999]] = True
    rows = memory.turn(there)
    memory.keep(rows, np.full((2, 50), 0.5, np.float32), np.full((2, 50), 0.25, np.float32))
    assert memory._known.shape[1] == 16
    rows = memory.turn(there)
    assert (memory.known(rows, 1) == 0.5).all()
    there[3] = False
    memory.turn(there)
    assert np.count_nonzero(memory._fits) == 5 * 50 + 50
    there[3] = True
    assert np.ptp(memory.known(memory.turn(there)[:1], 1)) == 0
    for tag in range(40):
        there[tag] = True
    assert len(set(memory.turn(there).tolist())) == 41
