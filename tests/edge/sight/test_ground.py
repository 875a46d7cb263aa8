import numpy as np
import pytest

from edge.measure.plane import Floor
from edge.sight.ground import Heights, centres, cut, feet

POINTS = ((120, 400, 0.0, 0.0), (640, 410, 4.2, 0.0), (600, 160, 4.1, 9.8), (180, 150, 0.2, 9.9))


def test_four_points_are_met_exactly() -> None:
    floor = Floor(POINTS)
    assert floor.residual_m == pytest.approx(0, abs=1e-6)
    table = np.array(POINTS)
    assert floor.metres(table[:, :2]) == pytest.approx(table[:, 2:], abs=1e-6)


def test_a_known_plane_comes_back_from_more_points_and_bad_ones_show_in_the_residual() -> None:
    h = np.array([[0.02, 0.001, -3.0], [0.0005, 0.05, -8.0], [0.00001, 0.0012, 1.0]])
    px = np.array([[100, 100], [600, 120], [580, 420], [80, 400], [300, 250], [400, 300]], dtype=float)
    flat = np.column_stack([px, np.ones(6)]) @ h.T
    m = flat[:, :2] / flat[:, 2:]
    floor = Floor(tuple(tuple(row) for row in np.hstack([px, m]).tolist()))
    assert floor.residual_m < 1e-6
    m[0] += 1.0
    assert Floor(tuple(tuple(row) for row in np.hstack([px, m]).tolist())).residual_m > 0.05


def test_beyond_the_horizon_is_no_place() -> None:
    assert np.isnan(Floor(POINTS).metres(np.array([[400.0, -5000.0]]))).all()


@pytest.mark.parametrize(
    "points", [POINTS[:3], (POINTS[0],) * 4, ((0, 0, 0, 0), (1, 1, 1, 1), (2, 2, 2, 2), (3, 3, 3, 3))]
)
def test_points_that_fix_no_plane_are_an_error(points: tuple[tuple[float, float, float, float], ...]) -> None:
    with pytest.raises(ValueError, match="floor"):
        Floor(points)


def people(rows: np.ndarray) -> np.ndarray:
    """Upright people with feet in these rows: 20 px tall at row 0, 0.25 px more a row."""
    high = 20 + 0.25 * rows
    x = np.linspace(0, 600, len(rows))
    return np.column_stack([x, rows - high, x + 0.4 * high, rows, np.full(len(rows), 0.9)])


def taught() -> Heights:
    heights = Heights(480)
    rng = np.random.default_rng(1)
    for _ in range(40):
        heights.learn(people(rng.uniform(150, 470, 8)))
    return heights


def test_heights_are_learned_by_row() -> None:
    heights = taught()
    assert heights.at(np.array([200.0, 400.0])) == pytest.approx([70, 120], rel=0.05)
    assert heights.feet(np.array([130.0])) == pytest.approx([200], rel=0.05)


def test_unknown_heights_are_not_a_number_and_refuse_nobody() -> None:
    heights = Heights(480)
    assert np.isnan(heights.at(np.array([100.0]))).all()
    assert heights.believable(people(np.array([100.0, 300.0]))).all()


def test_impossible_heights_are_refused_except_where_the_picture_ends() -> None:
    boxes = people(np.array([200.0, 300.0, 400.0, 479.0]))
    boxes[0, 1] = boxes[0, 3] - 20
    boxes[1, 1] = boxes[1, 3] - 250
    boxes[3, 1] = boxes[3, 3] - 40
    assert taught().believable(boxes).tolist() == [False, False, True, True]


def test_feet_behind_somebody_are_left_to_the_tracker() -> None:
    boxes = people(np.array([300.0]))
    boxes[0, 3] = 270.0
    both = np.vstack([boxes, boxes + np.array([0, 30, 0, 60, 0])])
    assert cut(both, 480).tolist() == [True, False]
    assert feet(both, 480, taught()).tolist() == [[(x1 + x2) / 2, y2] for x1, _, x2, y2, *_ in both.tolist()]


def test_feet_below_the_picture_are_guessed_from_the_head() -> None:
    box = people(np.array([500.0]))
    box[0, 3] = 480.0
    assert feet(box, 480, taught())[0, 1] == pytest.approx(500, abs=10)


def test_centres() -> None:
    assert centres(np.array([[0.0, 0.0, 10.0, 20.0]])).tolist() == [[5.0, 10.0]]
