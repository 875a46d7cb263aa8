"""A camera that was knocked, against cameras that only saw people and light."""

from pathlib import Path

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from edge.sight.camera import recorded
from edge.sight.steady import COLUMNS, LASTING_S, LEARN_S, Steady

Image = NDArray[np.uint8]
RNG = np.random.default_rng(3)
SHOP = cv2.GaussianBlur(
    cv2.resize(RNG.integers(0, 256, (12, 20), dtype=np.uint8), (320, 192), interpolation=cv2.INTER_NEAREST), (3, 3), 0
)


def picture(gain: float = 1.0, shift: int = 0) -> Image:
    view = np.roll(SHOP, shift, axis=1).astype(np.float64) * gain + RNG.normal(0, 3, SHOP.shape)
    return np.clip(view, 0, 255).astype(np.uint8)


def watched(steady: Steady, start: float, seconds: float, **how: float) -> float | None:
    """When the alarm first came, in seconds from the start."""
    for i in range(int(seconds * 5)):
        if steady.see(start + i / 5, picture(**how)):  # type: ignore[arg-type]
            return i / 5
    return None


def settled() -> Steady:
    steady = Steady()
    assert watched(steady, 0.0, LEARN_S + 10) is None
    return steady


@pytest.mark.parametrize("shift", [16, 40, 150])
def test_a_camera_that_was_turned_is_noticed_within_10_s(shift: int) -> None:
    steady = settled()
    came = watched(steady, 60.0, 20, shift=shift)
    assert came is not None
    assert LASTING_S - 1 <= came < 10
    assert steady.moved
    assert not steady.see(92.0, picture()), "it looks back"


def test_light_and_noise_are_no_movement() -> None:
    steady = settled()
    for start, gain in ((60.0, 0.5), (80.0, 1.1), (100.0, 0.3)):
        assert watched(steady, start, 15, gain=gain) is None


def test_somebody_before_the_camera_for_a_moment_is_no_movement() -> None:
    steady = settled()
    assert watched(steady, 60.0, LASTING_S - 1, shift=60) is None
    assert watched(steady, 65.0, 10) is None


def test_a_view_that_lasts_is_not_learned_while_it_is_wrong() -> None:
    steady = settled()
    watched(steady, 60.0, 20, shift=40)
    for at in range(80, 4000, 20):
        assert steady.see(float(at), picture(shift=40))


def test_another_size_begins_anew() -> None:
    steady = settled()
    assert not steady.see(60.0, np.zeros((100, 100), np.uint8))
    assert not steady.see(70.0, np.zeros((100, 100), np.uint8))


@pytest.mark.parametrize(("clip", "fps"), [("pets_a.mp4", 7.0), ("one_by_one.mp4", 10.0)])
def test_people_are_no_movement_and_a_turned_recording_is(shared_data: Path, clip: str, fps: float) -> None:
    steady, turned, came = Steady(), False, None
    frames = [(i / fps, image) for i, image in recorded(str(shared_data / "vision/clips" / clip), fps, 2.0)]
    for at, image in frames:
        rows = round(COLUMNS * image.shape[0] / image.shape[1])
        grey = np.asarray(cv2.resize(cv2.cvtColor(image, cv2.COLOR_BGR2GRAY), (COLUMNS, rows)), dtype=np.uint8)
        turned = at > frames[-1][0] - 15
        if turned:
            grey = np.asarray(
                cv2.warpAffine(grey, np.array([[1.0, 0, 8], [0, 1, 3]]), (COLUMNS, rows)), dtype=np.uint8
            )
        if steady.see(at, grey) and came is None:
            came = at
    assert came is not None
    assert frames[-1][0] - 15 < came < frames[-1][0] - 5
