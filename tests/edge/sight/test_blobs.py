"""Pictures drawn on purpose: a floor with sensor noise and dark figures on it."""

import numpy as np
import pytest

from edge.sight.blobs import Blobs
from edge.sight.detection import Image, no_boxes, shared
from edge.sight.tracking import Tracker

FLOOR = np.random.default_rng(7).integers(90, 140, (12, 16), dtype=np.uint8)


def picture(*people: tuple[float, float], seed: int = 0, light: float = 0.0, shelf: bool = False) -> Image:
    """320 x 240, people 20 x 56 px at their feet, with noise of 3 grey levels."""
    image = np.repeat(np.kron(FLOOR, np.ones((20, 20)))[:, :, None], 3, axis=2) + light
    if shelf:
        image[40:90, 250:275] = (20, 60, 30)
    for x, y in people:
        image[int(y) - 56 : int(y), int(x) - 10 : int(x) + 10] = (40, 30, 200)
    noise = np.random.default_rng(seed).normal(0, 3, image.shape)
    return np.clip(image + noise, 0, 255).astype(np.uint8)


class Watch:
    """A background model and a tracker, tied as the eye ties them."""

    def __init__(self, overhead: bool = False) -> None:
        self.blobs, self.tracker = Blobs(overhead), Tracker()
        self.kept = no_boxes()[:, :4]

    def look(self, at: float, image: Image) -> np.ndarray:
        tracks = self.tracker.step(at, self.blobs(at, image, self.kept))
        self.kept = tracks.pick(tracks.roamed > 0.5).boxes
        return tracks.pick(tracks.last == at).boxes


def box(x: float, y: float) -> np.ndarray:
    return np.array([[x - 10, y - 56, x + 10, y]])


def warm(watch: Watch) -> None:
    for i in range(20):
        watch.look(i / 5, picture(seed=i))


def test_an_empty_shop_is_empty() -> None:
    watch = Watch()
    assert all(len(watch.look(i / 5, picture(seed=i))) == 0 for i in range(40))


def test_a_walker_is_found_where_he_is() -> None:
    watch = Watch()
    warm(watch)
    for i in range(20, 60):
        x = 30 + 6 * (i - 20)
        found = watch.look(i / 5, picture((x, 180), seed=i))
    assert len(found) == 1
    assert shared(found, box(x, 180))[0, 0] > 0.6


def test_people_who_queue_for_five_minutes_do_not_melt_into_the_floor() -> None:
    watch = Watch()
    warm(watch)
    for i in range(20, 50):
        watch.look(i / 5, picture((30 + 3 * (i - 20), 180), (30 + 3 * (i - 20) + 60, 180), seed=i))
    for second in range(10, 310, 2):
        found = watch.look(float(second), picture((117, 180), (177, 180), seed=second))
        assert len(found) == 2, second


def test_a_shelf_that_was_put_up_is_background_after_some_minutes() -> None:
    watch = Watch()
    warm(watch)
    blobs = [watch.blobs(4.0 + 2 * i, picture(seed=i, shelf=True), watch.kept) for i in range(120)]
    assert len(blobs[3]) >= 1
    assert len(blobs[-1]) == 0


@pytest.mark.parametrize("light", [-50.0, 60.0])
def test_a_lamp_is_background_within_a_minute(light: float) -> None:
    watch = Watch()
    warm(watch)
    found = [watch.blobs(4 + i / 3, picture(seed=i, light=light), watch.kept) for i in range(150)]
    assert len(found[-1]) == 0


def test_somebody_who_stood_there_from_the_start_leaves_no_ghost() -> None:
    watch = Watch()
    for i in range(10):
        watch.look(i / 5, picture((100, 180), seed=i))
    for i in range(10, 50):
        found = watch.look(i / 5, picture((100 + 5 * (i - 10), 180), seed=i))
    assert len(found) == 1
    assert found[0, 0] > 200


def test_two_who_walk_side_by_side_are_two() -> None:
    watch = Watch()
    warm(watch)
    for i in range(20, 90):
        watch.look(i / 5, picture((30 + 3.5 * (i - 20), 130 + (i % 3)), seed=i))
    for i in range(90, 140):
        x = 40 + 4 * (i - 90)
        found = watch.look(i / 5, picture((x, 180), (x + 19, 180), seed=i))
    assert len(found) == 2


def test_the_size_of_the_picture_may_change() -> None:
    watch = Watch()
    warm(watch)
    assert len(watch.blobs(5.0, np.zeros((100, 200, 3), np.uint8), watch.kept)) == 0


def test_the_floor_that_a_standing_person_hid_from_the_start_is_learned_soon_after_he_left() -> None:
    watch = Watch()
    for i in range(100):
        watch.look(i / 5, picture((100, 180), seed=i))
    for i in range(100, 140):
        watch.look(i / 5, picture((100 + 5 * (i - 100), 180), seed=i))
    for i in range(140, 160):
        watch.look(i / 5, picture(seed=i))
    for i in range(160, 200):
        found = watch.look(i / 5, picture((min(100.0, 2.5 * (i - 160)), 180), seed=i))
    assert len(found) == 1
    assert shared(found, box(98, 180))[0, 0] > 0.5
