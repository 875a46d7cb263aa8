"""What opens the gate before the detector, in pictures of 768 x 576 drawn on purpose."""

import cv2
import numpy as np
import pytest

from edge.plan import Polygon
from edge.sight.detection import Image
from edge.sight.eye import _grey
from edge.sight.gate import HEARTBEAT_S, Gate

SHELVES = np.random.default_rng(5).integers(40, 190, (12, 16, 3), dtype=np.uint8)
ROOM = cv2.resize(SHELVES, (768, 576), interpolation=cv2.INTER_NEAREST).astype(np.float64)
RNG = np.random.default_rng(6)
SMALL = (14, 40)


def picture(*people: tuple[float, float], noise: float = 3.0, gain: float = 1.0) -> Image:
    """The room with people as small as the network finds them, 30 grey levels off what is behind them."""
    room = ROOM.copy()
    for x, y in people:
        room[int(y) : int(y) + SMALL[1], int(x) : int(x) + SMALL[0]] -= 30
    return np.clip(room * gain + RNG.normal(0, noise, room.shape), 0, 255).astype(np.uint8)


def opened(
    pictures: list[Image], step: float = 0.2, ignore: tuple[Polygon, ...] = (), sure: bool = True
) -> list[int]:
    """The numbers of the pictures that pass, of which the first always does."""
    gate = Gate(ignore, warm_up=1)
    return [i for i, image in enumerate(pictures) if gate.opens(i * step, _grey(image), 768, sure)]


@pytest.mark.parametrize("noise", [0.0, 3.0, 12.0])
def test_an_empty_room_passes_with_the_heartbeat_only(noise: float) -> None:
    beat = round(HEARTBEAT_S / 0.2)
    assert opened([picture(noise=noise) for _ in range(3 * beat + 1)]) == [0, beat, 2 * beat, 3 * beat]


def test_evening_and_a_camera_that_exposes_itself_move_nobody() -> None:
    assert opened([picture(gain=1.0 - i / 100) for i in range(9)]) == [0]
    assert opened([picture(gain=0.85 if i >= 5 else 1.0) for i in range(9)]) == [0]


def test_a_small_person_far_away_opens_at_once() -> None:
    assert opened([picture(), picture(), picture((400, 100)), picture((400, 100))]) == [0, 2]
    assert opened([picture((400, 100)), picture((400, 100)), picture(), picture()]) == [0, 2]


def test_whoever_creeps_is_seen_before_the_heartbeat() -> None:
    """A tenth of a body height a second: less than a pixel of the small copy from one picture to the next."""
    passed = opened([picture((400 + 0.8 * i, 100)) for i in range(10)])
    assert len(passed) >= 2


def test_what_is_ignored_opens_nothing() -> None:
    screen = ((380.0, 80.0), (440.0, 80.0), (440.0, 160.0), (380.0, 160.0))
    shows = [picture((400 + 3 * i, 100)) for i in range(6)]
    assert opened(shows, ignore=(screen,)) == [0]
    assert len(opened(shows)) >= 3
    assert opened([picture(), picture((300, 100))], ignore=(screen, ((-1e9, 0.0), (1e12, 0.0), (0.0, -1e9)))) == [
        0,
        1,
    ]


def test_while_somebody_is_out_of_sight_or_new_every_picture_passes() -> None:
    assert opened([picture() for _ in range(5)], sure=False) == [0, 1, 2, 3, 4]


def test_another_size_and_a_clock_that_went_back_pass() -> None:
    gate = Gate((), warm_up=1)
    assert gate.opens(10.0, _grey(picture()), 768, True)
    assert not gate.opens(10.2, _grey(picture()), 768, True)
    assert gate.opens(10.4, _grey(picture()[:300]), 768, True)
    assert gate.opens(5.0, _grey(picture()[:300]), 768, True)


def test_the_first_pictures_pass_where_a_background_must_be_learned() -> None:
    gate = Gate((), warm_up=4)
    assert [gate.opens(i / 5, _grey(picture()), 768, True) for i in range(6)] == [True] * 4 + [False] * 2
