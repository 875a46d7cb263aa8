from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from edge.plan import Sensor
from edge.sight.camera import recorded
from edge.sight.detection import Boxes, Image, no_boxes
from edge.sight.eye import Eye

FLOOR = np.random.default_rng(3).integers(60, 180, (12, 16), dtype=np.uint8)


def sensor(**changes: object) -> Sensor:
    return Sensor(**({"id": "cam", "kind": "camera", "source": "x"} | changes))  # type: ignore[arg-type]


def picture(*people: tuple[float, float], seed: int = 0) -> Image:
    image = np.repeat(np.kron(FLOOR, np.ones((20, 20)))[:, :, None], 3, axis=2)
    for x, y in people:
        image[int(y) - 56 : int(y), int(x) - 10 : int(x) + 10] = (40, 30, 230)
    return np.clip(image + np.random.default_rng(seed).normal(0, 3, image.shape), 0, 255).astype(np.uint8)


def walk(eye: Eye, row: float = 180, start: int = 20) -> list[tuple[int, float, float]]:
    """Ids and anchors after an empty start and a walk from left to right at 30 px a second."""
    seen = []
    for i in range(start + 40):
        x = 30 + 6 * (i - start)
        people = eye.look(100 + i / 5, picture((x, row), seed=i) if i >= start else picture(seed=i))
        assert people.at == 100 + i / 5
        seen += [(k, *xy) for k, xy in zip(people.ids.tolist(), people.xy.tolist(), strict=True)]
    return seen


def test_a_walk_gives_one_person_at_the_feet() -> None:
    eye = Eye(sensor())
    seen = walk(eye)
    assert len(seen) > 25
    assert len({k for k, *_ in seen}) == 1
    assert seen[-1][1:] == pytest.approx((264, 180), abs=4)
    assert eye.boxes.observed.tolist() == [True]
    assert eye.boxes.boxes[0] == pytest.approx([254, 124, 274, 180], abs=5)
    assert eye.state == "ok"


def test_overhead_the_anchor_is_the_centre() -> None:
    assert walk(Eye(sensor(view="overhead")))[-1][1:] == pytest.approx((264, 152), abs=4)


def test_what_is_ignored_is_nobody() -> None:
    assert not walk(Eye(sensor(ignore=(((0, 150), (320, 150), (320, 239), (0, 239)),))))
    assert walk(Eye(sensor(ignore=(((0, 0), (320, 0), (320, 20), (0, 20)),))))


def test_a_network_is_needed_where_the_plan_says_so() -> None:
    with pytest.raises(ValueError, match="needs a model"):
        Eye(sensor(detector="onnx"))
    with pytest.raises(ValueError, match="not a person detector"):
        Eye(sensor(detector="onnx"), b"none")


def test_the_floor_takes_anchors_to_metres() -> None:
    eye = Eye(sensor(floor=((0, 0, 0, 0), (100, 0, 1, 0), (100, 100, 1, 1), (0, 100, 0, 1))))
    assert eye.floor is not None
    assert eye.floor.metres(np.array([[50.0, 20.0]]))[0] == pytest.approx([0.5, 0.2])


def test_surplus_looks_are_answered_by_motion() -> None:
    eye = Eye(sensor(), rate=5.0)
    observed = []
    for i in range(200):
        x = 30 + max(0.0, 1.2 * (i - 60))
        people = eye.look(i / 25, picture((x, 180), seed=i) if i >= 60 else picture(seed=i))
        observed += people.observed.tolist()
    assert 0.1 < np.mean(observed) < 0.3


def states(pictures: list[Image], step: float = 0.5) -> list[str]:
    eye, found = Eye(sensor()), []
    for i, image in enumerate(pictures):
        eye.look(i * step, image)
        found.append(eye.state)
    return found


def test_the_same_picture_for_eight_seconds_is_frozen_until_it_moves() -> None:
    same = picture(seed=1)
    found = states([picture(seed=9), *[same] * 24, picture(seed=2)])
    assert found[15] == "ok"
    assert found[19] == "frozen"
    assert found[25] == "ok"


def test_night_is_dark_and_a_cloth_is_a_cover() -> None:
    rng = np.random.default_rng(1)
    night = [rng.integers(0, 9, (240, 320, 3), dtype=np.uint8) for _ in range(10)]
    cloth = [rng.integers(118, 122, (240, 320, 3), dtype=np.uint8) for _ in range(10)]
    assert states(night)[-1] == "dark"
    assert states(cloth)[-1] == "covered"
    assert states([*cloth, picture()])[-1] == "ok"


def test_an_empty_picture_costs_no_look_until_the_heartbeat() -> None:
    looks = []
    eye = Eye(sensor())
    detector = eye._detector
    eye._detector = lambda at, image, kept: (looks.append(at), detector(at, image, kept))[1]  # type: ignore[func-returns-value]
    for i in range(110):
        eye.look(i / 5, picture(seed=i))
    assert 4 <= len([at for at in looks if at > 12]) <= 6


def standing(answers: Callable[[int], float], seconds: int, onnx: bytes) -> tuple[list[int], list[list[int]]]:
    """A still picture with one who stands, seen by a network that gives him the score `answers(n)` at the nth time.

    In which of the pictures, five a second, the network was asked, and who was observed in each.
    """
    eye, asked, seen = Eye(sensor(detector="onnx"), onnx), list[int](), list[list[int]]()
    i = 0

    def detect(at: float, image: Image, kept: Boxes) -> Boxes:
        asked.append(i)
        return np.array([[150, 124, 170, 180, score]]) if (score := answers(len(asked))) else no_boxes()

    eye._detector = detect
    for i in range(5 * seconds):
        people = eye.look(i / 5, picture((160, 180), seed=i))
        seen.append(people.ids[people.observed].tolist())
    return asked, seen


def test_whoever_stands_still_is_kept_for_two_looks_in_four_seconds(yolox: Path) -> None:
    asked, seen = standing(lambda n: 0.9, 60, yolox.read_bytes())
    assert seen[1:] == [[1]] * 299
    assert 28 <= len(asked) <= 33


def test_whoever_is_missed_is_looked_for_at_once(yolox: Path) -> None:
    asked, seen = standing(lambda n: 0.0 if n in (5, 6, 7) else 0.9, 20, yolox.read_bytes())
    assert seen.count([]) == 4  # the first, before he is somebody, and three misses
    assert all(who in ([], [1]) for who in seen)
    assert np.diff(asked[4:8]).tolist() == [1, 1, 1]


def test_one_false_sight_is_not_made_true_by_a_still_picture(yolox: Path) -> None:
    asked, seen = standing(lambda n: 0.6 if n == 1 else 0.0, 10, yolox.read_bytes())
    assert not any(seen)
    assert len(asked) <= 8


def test_looks_do_not_wait_while_somebody_walks_ever_so_slowly(yolox: Path) -> None:
    eye, asked = Eye(sensor(detector="onnx"), yolox.read_bytes()), list[float]()

    def detect(at: float, image: Image, kept: Boxes) -> Boxes:
        asked.append(at)
        x = 30 + 14 * at
        return np.array([[x - 10, 124, x + 10, 180, 0.9]])

    eye._detector = detect
    for i in range(40):
        eye.look(i / 5, picture(seed=i))
    assert len(asked) == 40


def test_the_union_finds_from_the_ceiling_what_the_network_does_not(yolox: Path) -> None:
    assert not walk(Eye(sensor(detector="onnx", view="overhead"), yolox.read_bytes()))
    seen = walk(Eye(sensor(detector="onnx", view="overhead", union=True), yolox.read_bytes()))
    assert len(seen) > 20
    assert seen[-1][1:] == pytest.approx((264, 152), abs=4)


def test_one_shopper_crosses_the_corridor(yolox: Path, shared_data: Path) -> None:
    eye = Eye(sensor(detector="onnx"), yolox.read_bytes())
    ids = set()
    for i, image in recorded(str(shared_data / "vision/clips/shop1_corridor.mpg"), 25, 5):
        ids |= set(eye.look(i / 25, image).ids.tolist())
    assert 5 <= len(ids) <= 8
