import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge.measure import geometry as g

SQUARE = ((0.0, 0.0), (10.0, 0.0), (10.0, 10.0), (0.0, 10.0))
points = st.tuples(st.floats(-20, 20), st.floats(-20, 20))


def xy(*rows: tuple[float, float]) -> np.ndarray:
    return np.array(rows, dtype=np.float64).reshape(-1, 2)


def test_plus_is_the_right_hand_on_a_picture() -> None:
    # Looking down the picture from (0, 0) to (0, 10), y grows downwards: the right hand points to smaller x.
    distance = g.signed_distance(xy((-3, 5), (3, 5), (0, 50)), (0, 0), (0, 10))
    assert distance.tolist() == [3.0, -3.0, 0.0]


def test_nobody_is_no_error() -> None:
    assert g.signed_distance(xy(), (0, 0), (1, 1)).shape == (0,)
    assert g.inside(xy(), SQUARE).shape == (0,)
    assert g.people(1.0, ()).xy.shape == (0, 2)


@pytest.mark.parametrize(
    ("point", "within"), [((5, 5), True), ((-1, 5), False), ((5, 10.1), False), ((0.0, 5), True), ((10.0, 5), False)]
)
def test_inside(point: tuple[float, float], within: bool) -> None:
    assert g.inside(xy(point), SQUARE).tolist() == [within]


@given(points)
def test_a_bent_polygon_is_its_parts(point: tuple[float, float]) -> None:
    bent = ((0.0, 0.0), (10.0, 0.0), (10.0, 4.0), (4.0, 4.0), (4.0, 10.0), (0.0, 10.0))
    parts = (((0.0, 0.0), (10.0, 0.0), (10.0, 4.0), (0.0, 4.0)), ((0.0, 4.0), (4.0, 4.0), (4.0, 10.0), (0.0, 10.0)))
    assert g.inside(xy(point), bent)[0] == any(g.inside(xy(point), part)[0] for part in parts)


def test_where_along_the_segment() -> None:
    assert g.along((5, 7), (0, 0), (10, 0)) == 0.5
    assert g.along((-1, 0), (0, 0), (10, 0)) < 0
    assert g.along((11, 0), (0, 0), (10, 0)) > 1


@given(st.floats(0.1, 50), st.floats(0.1, 50), points)
def test_area_of_a_box(width: float, height: float, corner: tuple[float, float]) -> None:
    x, y = corner
    box = ((x, y), (x + width, y), (x + width, y + height), (x, y + height))
    assert g.area(box) == pytest.approx(width * height, rel=1e-6, abs=1e-6)
    assert g.area(box[::-1]) == pytest.approx(g.area(box))


def test_polygons_that_cross_themselves() -> None:
    assert g.flaw(SQUARE) is None
    assert g.flaw((*SQUARE, SQUARE[0])) is None, "a corner given twice in a row is one"
    assert g.flaw(((0, 0), (10, 10), (10, 0), (0, 10))) == "the polygon crosses itself"
    assert g.flaw(((0, 0), (10, 0), (0, 0))) == "fewer than three different corners"
    assert g.flaw(((0, 0), (5, 5), (10, 10))) == "all corners lie on one line"
    assert g.flaw(((0, 0), (10, 0), (0, 9))) is None


@pytest.mark.parametrize(
    ("shape", "seen"),
    [
        (((-10, 50), (-5, 60)), False),
        (((-10, 50), (110, 50)), True),
        (((-800, -800), (1568, -800), (1568, 1600), (-800, 1600)), True),
        (((-10, -10), (-5, -10), (-5, -5)), False),
        (((90, 90), (200, 90), (200, 200)), True),
        (((-50, 40), (-50, 60), (150, 50)), True),
    ],
)
def test_reaches_the_picture(shape: tuple[tuple[float, float], ...], seen: bool) -> None:
    assert g.reaches(shape, 100, 100) is seen


@given(points, points, points, points)
def test_crossing_is_mutual(a: g.Point, b: g.Point, c: g.Point, d: g.Point) -> None:
    assert g.segments_cross(a, b, c, d) == g.segments_cross(c, d, a, b)
