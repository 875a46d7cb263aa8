"""The camera under the ceiling: where its walkers are, and that what it draws is where it says that it is."""

import numpy as np
import pytest

from simulators.ceiling import CAMERA_M, COLUMNS, NOISE, PER_M, ROWS, SHOULDERS_M, Ceiling, Walker

COAT = (60, 60, 150)
MIDDLE = (COLUMNS / 2 / PER_M, ROWS / 2 / PER_M)


def along(y: float, **more: float) -> Walker:
    """Somebody who walks 5 m to the right from 10 s on, at 1 m/s."""
    return Walker(starts=10.0, way=(0.0, y, 5.0, y), speed=1.0, coat=COAT, **more)  # type: ignore[arg-type]


def standing(x: float, y: float) -> Walker:
    """Somebody who walks so slowly that it is standing."""
    return Walker(starts=0.0, way=(x, y, x + 0.001, y), speed=1e-6, coat=COAT)


@pytest.mark.parametrize(
    ("stay", "at", "x"),
    [
        *((0.0, 9.9, None), (0.0, 10.0, 0.0), (0.0, 12.0, 2.0), (0.0, 15.0, 5.0), (0.0, 15.1, None)),
        *(
            (4.0, 12.0, 2.0),
            (4.0, 12.5, 2.5),
            (4.0, 14.0, 2.5),
            (4.0, 16.5, 2.5),
            (4.0, 17.5, 3.5),
            (4.0, 19.1, None),
        ),
    ],
)
def test_a_walker_is_where_the_clock_says_and_stands_half_way(stay: float, at: float, x: float | None) -> None:
    assert along(1.0, stay=stay).place(at) == (None if x is None else (pytest.approx(x), 1.0, 0.0))


def test_an_empty_floor_is_the_same_again_but_for_its_noise() -> None:
    room = Ceiling([along(1.0)])
    (one, nobody), (again, _), (later, _) = room.draw(1.0), room.draw(1.0), room.draw(2.0)
    assert nobody == {}
    assert (one == again).all()
    difference = one.astype(float) - later
    assert 0.9 * NOISE * 2**0.5 < difference.std() < 1.1 * NOISE * 2**0.5


@pytest.mark.parametrize("away", [(0.0, 0.0), (1.0, 0.0), (-1.0, 0.5), (0.5, -0.8)])
def test_the_box_is_round_the_shoulders_which_lean_outwards(away: tuple[float, float]) -> None:
    """The lens sees what is nearer to it farther from the middle: by 3.6 m to 2.2 m at the height of shoulders."""
    image, boxes = Ceiling([standing(MIDDLE[0] + away[0], MIDDLE[1] + away[1])]).draw(1.0)
    x, y, width, height = boxes[0]
    leans = CAMERA_M / (CAMERA_M - SHOULDERS_M)
    assert x + width / 2 == pytest.approx(COLUMNS / 2 + away[0] * PER_M * leans, abs=1.0)
    assert y + height / 2 == pytest.approx(ROWS / 2 + away[1] * PER_M * leans, abs=1.0)
    # Broad across the way: who walks to the right has the shoulders up and down the picture.
    assert (width, height) == (pytest.approx(0.26 * PER_M * leans, abs=2), pytest.approx(0.48 * PER_M * leans, abs=2))
    inside = image[round(y) : round(y + height), round(x) : round(x + width)]
    coat = (np.abs(inside.astype(float) - COAT).max(axis=2) < 5 * NOISE).mean()
    assert coat > 0.3, "an ellipse of coat, with a head on it"


def test_who_walks_out_of_the_picture_has_no_box() -> None:
    assert Ceiling([standing(20.0, 1.0)]).draw(1.0)[1] == {}


def test_a_trolley_is_pushed_ahead_and_is_no_part_of_the_box() -> None:
    at = 12.0
    (with_it, boxed), (without, bare) = (
        Ceiling([along(MIDDLE[1], trolley=trolley)]).draw(at) for trolley in (True, False)
    )
    assert boxed == bare
    changed = np.argwhere((with_it != without).any(axis=2))
    assert len(changed) > 1000
    x, _, width, _ = bare[0]
    assert np.median(changed[:, 1]) > x + width, "it is ahead of who walks to the right"


def test_everybody_is_numbered_as_given() -> None:
    room = Ceiling([standing(1.5, 1.0), along(2.0), standing(3.5, 3.0)])
    assert set(room.draw(1.0)[1]) == {0, 2}
    assert set(room.draw(12.0)[1]) == {0, 1, 2}
