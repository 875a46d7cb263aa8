"""A shop that is full when the camera starts: who sways is found, what stands still is not."""

import numpy as np
import pytest

from edge.sight.blobs import BARE_S, Blobs
from edge.sight.detection import Image, no_boxes
from edge.sight.parts import parts
from edge.sight.sizes import Sizes, peaks

FLOOR = np.random.default_rng(7).integers(90, 140, (12, 16), dtype=np.uint8)


def picture(at: float, people: tuple[float, ...], sway: float, seed: int, shelf: bool = False) -> Image:
    """320 x 240; figures with head, shoulders and legs, swaying by `sway` px; perhaps a shelf at x = 80."""
    image = np.repeat(np.kron(FLOOR, np.ones((20, 20)))[:, :, None], 3, axis=2)
    if shelf:
        image[125:178, 70:90] = 60
        for top in range(125, 178, 8):
            image[top : top + 4, 70:90] = 230
    for n, x in enumerate(people):
        left = x + sway * np.sin(0.8 * at + n)
        for half, top, bottom in ((4, 120, 132), (11, 132, 160), (8, 160, 180)):
            image[top:bottom, round(left - half) : round(left + half)] = (40, 30, 200) if half > 8 else (30, 30, 40)
    noise = np.random.default_rng(seed).normal(0, 3, image.shape)
    return np.clip(image + noise, 0, 255).astype(np.uint8)


def seen(people: tuple[float, ...], sway: float, seconds: int) -> np.ndarray:
    blobs = Blobs()
    for i in range(seconds * 5):
        found = blobs(i / 5, picture(i / 5, people, sway, i), no_boxes()[:, :4])
    return found[found[:, 4] >= 0.5]


def test_who_stood_there_from_the_start_and_sways_is_found() -> None:
    found = seen((80.0, 200.0), 3.0, 20)
    middles = sorted((found[:, 0] + found[:, 2]) / 2)
    assert len(found) == 2
    assert np.abs(np.array(middles) - [80, 200]).max() < 8
    assert (found[:, 3] - found[:, 1]).min() > 45, "head to foot"


def test_what_stood_there_from_the_start_and_never_moves_is_nobody() -> None:
    assert len(seen((80.0, 200.0), 0.0, 20)) == 0


@pytest.mark.parametrize("shelf", [False, True])
def test_what_was_guessed_to_be_behind_a_person_shows_itself_when_the_person_has_left(shelf: bool) -> None:
    """A shelf has edges of its own, as a person has: only that nothing moves in it tells it from one."""
    blobs = Blobs()
    for i in range(100):
        found = blobs(i / 5, picture(i / 5, (80.0,), 3.0, i, shelf), no_boxes()[:, :4])
    assert len(found) == 1, "its place is guessed by now"
    for i in range(100, 100 + 5 * round(BARE_S + 2)):
        found = blobs(i / 5, picture(i / 5, (), 0.0, i, shelf), no_boxes()[:, :4])
    assert len(found) == 0


def test_peaks_are_heads_that_stand_out_of_shoulders() -> None:
    top = np.full(40, 20.0)
    top[5:12], top[25:32] = 8.0, 10.0
    assert [x // 20 for x in peaks(top, 6.0, 8.0)] == [0, 1]
    assert len(peaks(top, 15.0, 8.0)) == 1, "no head rises so far"
    assert len(peaks(top, 6.0, 30.0)) == 1, "too near to be two"


@pytest.mark.parametrize(("gap", "people"), [(14, 2), (0, 1)])
def test_two_heads_over_one_pair_of_shoulders_are_two_people(gap: int, people: int) -> None:
    sizes = Sizes(240, 320, overhead=False)
    alone = np.zeros((240, 320), np.uint8)
    alone[120:180, 100:120] = 1
    for _ in range(60):
        sizes.learn(next(parts(alone)), 60)
    pair = np.zeros((240, 320), np.uint8)
    pair[120:132, 104:112] = 1
    pair[132:180, 98 : 118 + gap] = 1
    if gap:
        pair[120:132, 104 + gap : 112 + gap] = 1
    assert len(sizes.people(next(parts(pair)))) == people
