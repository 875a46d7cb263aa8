from collections import defaultdict
from pathlib import Path

import cv2
import numpy as np
import pytest

from edge.sight.camera import recorded
from edge.sight.detection import best, decoded, fitted, network, no_boxes, shared


@pytest.mark.parametrize(
    ("size", "expected"),
    [
        ((768, 576), (384, 288)),
        ((1920, 1080), (512, 288)),
        ((1080, 1920), (288, 512)),
        ((500, 500), (288, 288)),
        ((4000, 300), (768, 288)),
    ],
)
def test_the_input_has_the_pictures_shape(size: tuple[int, int], expected: tuple[int, int]) -> None:
    assert fitted(*size) == expected


def raw(columns: int) -> np.ndarray:
    """The output for 64 x 32 with one person in cell (3, 1) of stride 8: centre (3.5, 1.5) * 8, size (16, 32)."""
    out = np.zeros((1, 8 * 4 + 4 * 2 + 2 * 1, columns))
    out[0, 1 * 8 + 3, :6] = [0.5, 0.5, np.log(2), np.log(4), 0.8, 0.9]
    return out


@pytest.mark.parametrize("columns", [6, 85])
def test_one_cell_becomes_one_box(columns: int) -> None:
    assert decoded(raw(columns), 64, 32) == pytest.approx(np.array([[20, -4, 36, 28, 0.72]]))


def test_an_output_of_another_shape_is_no_detector() -> None:
    for wrong in (raw(6)[..., :5], raw(6)[:, 1:], raw(6)[0]):
        with pytest.raises(ValueError, match="not a person detector"):
            decoded(wrong, 64, 32)


def test_a_box_that_a_better_one_covers_goes() -> None:
    boxes = np.array([[0, 0, 10, 20, 0.5], [1, 0, 11, 20, 0.9], [30, 0, 40, 20, 0.3]])
    assert best(boxes)[:, 4].tolist() == [0.9, 0.3]
    assert best(no_boxes()).shape == (0, 5)


def test_overlap_in_four_cases() -> None:
    one = np.array([[0.0, 0.0, 10.0, 10.0]])
    others = np.array([[0, 0, 10, 10], [10, 0, 20, 10], [5, 0, 15, 10], [0, 0, 0, 0]], dtype=float)
    assert shared(one, others)[0] == pytest.approx([1, 0, 1 / 3, 0])


@pytest.mark.parametrize("content", [b"", b"\x08\x07rubbish" * 50, bytes(5000)])
def test_a_file_that_is_no_network_is_an_error(content: bytes) -> None:
    with pytest.raises(ValueError, match="not a person detector"):
        network(content)


def test_half_a_network_is_an_error(yolox: Path) -> None:
    content = yolox.read_bytes()
    with pytest.raises(ValueError, match="not a person detector"):
        network(content[: len(content) // 2])


def test_average_precision_on_a_street(yolox: Path, shared_data: Path) -> None:
    cv2.setNumThreads(1)
    detect = network(yolox.read_bytes())
    truth = boxes_of(shared_data / "vision/truth/pets_a.csv")
    found = [
        (index, row)
        for index, image in recorded(str(shared_data / "vision/clips/pets_a.mp4"), 7, 7 / 15)
        for row in detect(0.0, image, no_boxes())
    ]
    looked = range(0, 450, 15)
    assert average_precision(found, {i: truth[i] for i in looked}) > 0.88


def boxes_of(path: Path) -> dict[int, np.ndarray]:
    table = np.loadtxt(path, delimiter=",", skiprows=1, usecols=(0, 2, 3, 4, 5))
    rows: dict[int, list[list[float]]] = defaultdict(list)
    for frame, x, y, w, h in table:
        rows[int(frame)].append([x, y, x + w, y + h])
    return {frame: np.array(boxes) for frame, boxes in rows.items()}


def average_precision(found: list[tuple[int, np.ndarray]], truth: dict[int, np.ndarray]) -> float:
    """Area under precision over recall (all points) at an overlap of 0.5; each true box is found once."""
    total, hits, taken = sum(map(len, truth.values())), [], set()
    for frame, row in sorted(found, key=lambda pair: -pair[1][4]):
        overlap = shared(row[None], truth[frame])[0]
        top = int(np.argmax(overlap))
        hits.append(overlap[top] >= 0.5 and (frame, top) not in taken)
        taken |= {(frame, top)} if hits[-1] else set()
    right = np.cumsum(hits)
    precision = np.maximum.accumulate((right / np.arange(1, len(hits) + 1))[::-1])[::-1]
    return float((precision * np.array(hits)).sum() / total)
