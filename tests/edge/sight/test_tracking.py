import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from edge.sight.detection import Boxes
from edge.sight.tracking import FORGET_S, Tracker, paired


def person(x: float, y: float, score: float = 0.9, height: float = 80.0) -> list[float]:
    return [x - 15, y - height, x + 15, y, score]


def look(*people: list[float]) -> Boxes:
    return np.array(people, dtype=np.float64).reshape(-1, 5)


def test_nobody_is_nobody() -> None:
    assert len(Tracker().step(1.0, look()).ids) == 0


def test_somebody_is_somebody_after_the_second_box() -> None:
    tracker = Tracker()
    assert len(tracker.step(0.0, look(person(100, 200))).ids) == 0
    assert tracker.alive
    assert len(tracker.step(0.2, look(person(102, 200))).ids) == 1


def test_ids_come_from_the_lot_that_is_given() -> None:
    tracker = Tracker(iter([2**61 + 5, 17]).__next__)
    tracker.step(0.0, look(person(100, 200), person(400, 200)))
    assert set(tracker.step(0.2, look(person(100, 200), person(400, 200))).ids.tolist()) == {2**61 + 5, 17}


@pytest.mark.parametrize("rate", [3.5, 7, 25])
def test_a_walk_is_one_track_at_any_rate(rate: float) -> None:
    tracker, ids = Tracker(), set()
    for i in range(int(6 * rate)):
        ids |= set(tracker.step(i / rate, look(person(50 + 60 * i / rate, 200))).ids.tolist())
    assert len(ids) == 1


def test_two_people_who_cross_keep_their_ids() -> None:
    tracker, met = Tracker(), {}
    for i in range(50):
        tracks = tracker.step(i / 7, look(person(50 + 8 * i, 200), person(450 - 8 * i, 215)))
        for key, y in zip(tracks.ids.tolist(), tracks.boxes[:, 3].tolist(), strict=True):
            met.setdefault(key, []).append(y)
    assert len(met) == 2
    assert all(max(rows) - min(rows) < 8 for rows in met.values())


def test_a_short_absence_is_bridged_and_a_long_one_is_somebody_new() -> None:
    tracker = Tracker()
    for i in range(10):
        before = tracker.step(i / 5, look(person(100 + 4 * i, 200))).ids.tolist()
    for i in range(10, 14):
        gone = tracker.step(i / 5, look())
        assert gone.ids.tolist() == before
        assert (gone.last < i / 5).all()
    assert tracker.step(14 / 5, look(person(156, 200))).ids.tolist() == before
    assert len(tracker.step(14 / 5 + FORGET_S + 0.1, look()).ids) == 0
    assert not tracker.alive


def test_a_doubtful_box_continues_a_track_and_starts_none() -> None:
    tracker = Tracker()
    for i in range(5):
        assert len(tracker.step(i / 5, look(person(100, 200, 0.3))).ids) == 0
    for i in range(5, 8):
        tracks = tracker.step(i / 5, look(person(100, 200, 0.9)))
    assert tracker.step(8 / 5, look(person(101, 200, 0.2))).ids.tolist() == tracks.ids.tolist()


def test_two_cameras_share_nothing() -> None:
    a, b = Tracker(), Tracker()
    for i in range(3):
        one, two = a.step(i / 5, look(person(100, 200))), b.step(i / 5, look(person(300, 200), person(500, 200)))
    assert one.ids.tolist() == [1]
    assert two.ids.tolist() == [1, 2]


def test_expecting_somebody_changes_nothing() -> None:
    tracker = Tracker()
    for i in range(6):
        tracker.step(i / 5, look(person(100 + 10 * i, 200)))
    ahead = tracker.expected(1.5)
    assert ahead.state[0, 0] == pytest.approx(100 + 75, abs=5)
    assert tracker.expected(1.0).state[0, 0] < ahead.state[0, 0]


boxes = st.lists(
    st.tuples(st.floats(0, 700), st.floats(0, 500), st.floats(2, 80), st.floats(2, 200), st.floats(0, 1)), max_size=8
).map(lambda rows: np.array([[x, y, x + w, y + h, s] for x, y, w, h, s in rows]).reshape(-1, 5))


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(st.floats(-0.5, 3), boxes), max_size=12))
def test_whatever_comes_ids_are_unique_and_numbers_finite(looks: list[tuple[float, Boxes]]) -> None:
    tracker, at, before = Tracker(), 1.7e9, set[float]()
    for step, found in looks:
        at += step
        tracks = tracker.step(at, found)
        assert len(set(tracks.ids.tolist())) == len(tracks.ids)
        assert np.isfinite(tracks.boxes).all()
        assert np.isfinite(tracks.doubt).all()
        assert (tracks.state[:, 2:] > 0).all()
        # A second look at the very same moment cannot be told from the first.
        assert at in before or len(tracks.ids[tracks.last == at]) <= len(found)
        before.add(at)


@given(st.lists(st.lists(st.floats(0, 2), min_size=4, max_size=4), min_size=1, max_size=6))
def test_pairs_use_each_row_and_column_once_and_none_too_dear(rows: list[list[float]]) -> None:
    price = np.array(rows)
    a, b = paired(price, 0.8)
    assert len(set(a.tolist())) == len(a)
    assert len(set(b.tolist())) == len(b)
    assert (price[a, b] < 0.8).all()
    free = np.ones_like(price, dtype=bool)
    free[a], free[:, b] = False, False
    assert not (price[free] < 0.8).any()


def test_feet_that_hide_for_a_moment_stay_where_they_were() -> None:
    tracker = Tracker()
    for i in range(15):
        tracker.step(i / 5, np.array([[100.0, 100, 130, 180, 0.9]]))
    tracks = tracker.step(3.0, np.array([[100.0, 100, 130, 150, 0.9]]))
    assert tracks.boxes[0, 3] > 170
