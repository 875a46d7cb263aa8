import numpy as np
import pytest

from edge.sight.detection import Boxes
from edge.sight.figures import mended
from edge.sight.ground import Heights
from edge.sight.tracking import SURE

ROWS = 480


def upright(foot: np.ndarray, slope: float = 0.25) -> Boxes:
    """People with feet in these rows of a picture: 20 px tall at row 0 and `slope` px more a row."""
    high = 20 + slope * foot
    x = np.linspace(0, 600, len(foot))
    return np.column_stack([x, foot - high, x + 0.4 * high, foot, np.full(len(foot), 0.9)])


def taught(slope: float = 0.25) -> Heights:
    heights, rng = Heights(ROWS), np.random.default_rng(1)
    for _ in range(40):
        heights.learn(upright(rng.uniform(150, 470, 8), slope))
    return heights


def one(foot: float, **changed: float) -> Boxes:
    box = upright(np.array([foot]))
    box[0, 1] = changed.get("top", box[0, 1])
    return box


def test_whole_people_stay_as_they_are_and_so_does_everything_while_heights_are_unknown() -> None:
    people = upright(np.array([200.0, 300.0, 400.0]))
    assert np.allclose(np.sort(mended(people, ROWS, taught()), axis=0), np.sort(people, axis=0), atol=1e-6)
    tall = one(300, top=100.0)
    assert mended(tall, ROWS, Heights(ROWS)).tolist() == tall.tolist()
    assert mended(tall[:0], ROWS, taught()).shape == (0, 5)


def test_a_figure_too_tall_is_two_people_behind_each_other() -> None:
    behind, front = upright(np.array([240.0]))[0], upright(np.array([300.0]))[0]
    merged = np.array([[front[0], behind[1], front[2], front[3], 0.9]])
    found = mended(merged, ROWS, taught())
    assert found[:, 3].tolist() == pytest.approx([300, 240], abs=4)
    assert found[:, 1].tolist() == pytest.approx([front[1], behind[1]], abs=4)
    # Where the one behind stands is a guess and starts nobody.
    assert found[0, 4] == 0.9
    assert found[1, 4] < SURE


def test_the_one_in_front_is_not_doubled_by_an_own_box() -> None:
    front = upright(np.array([300.0]))
    merged = front.copy()
    merged[0, [1, 4]] = [front[0, 1] - 60, 0.8]
    assert len(mended(np.vstack([front, merged]), ROWS, taught())) == 2


def test_legs_behind_somebody_else_are_added() -> None:
    behind, front = one(270.0), upright(np.array([330.0]))
    behind[0, 3] -= 35
    found = mended(np.vstack([front, behind]), ROWS, taught())
    assert sorted(found[:, 3].tolist()) == pytest.approx([270, 330], abs=4)


def test_somebody_short_whom_nobody_hides_is_a_child() -> None:
    child = one(300.0, top=240.0)
    assert mended(child, ROWS, taught()).tolist() == child.tolist()


def test_seen_level_heads_do_not_tell_feet() -> None:
    heights = taught(slope=0.7)
    behind, front = upright(np.array([270.0]), 0.7), upright(np.array([330.0]), 0.7)
    behind[0, 3] -= 100
    assert sorted(mended(np.vstack([front, behind]), ROWS, heights)[:, 3].tolist()) == [170.0, 330.0]
    tall = front.copy()
    tall[0, 1] -= 120
    assert mended(tall, ROWS, heights)[:, 3].tolist() == [330.0]
