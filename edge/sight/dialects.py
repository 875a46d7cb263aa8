"""What the output of a detector network means: raw rows of numbers become boxes of people.

Each family of networks has a dialect of its own. One is either named by the plan or told by the number of columns;
all of them put a row in each cell of a pyramid of grids, finest first, and people first among the classes.
"""

from collections.abc import Callable
from functools import lru_cache
from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

Boxes = NDArray[np.float64]
Raw = NDArray[np.float32]
Family = Literal["yolox", "nanodet"]
Triple = tuple[float, float, float]

SCORE_FLOOR = 0.1
STRIDES, MORE_STRIDES = (8, 16, 32), (8, 16, 32, 64)
YOLOX_BOX, NANODET_BOX, BINS = 5, 32, 8
COCO = 80
NO_DETECTOR = "not a person detector: an ONNX file of the YOLOX or NanoDet family that knows people first is needed"


class Dialect(NamedTuple):
    """How a family of networks wants a picture, (pixel - mean) / deviation in BGR, and how it says where people are.

    `boxes` takes the raw rows (N, columns) and the width and height of the network's input, and gives
    x1, y1, x2, y2, score in pixels of that input for all rows whose score is above the floor.
    """

    boxes: Callable[[Raw, int, int], Boxes]
    mean: Triple = (0.0, 0.0, 0.0)
    deviation: Triple = (1.0, 1.0, 1.0)


def told(raw: NDArray[np.float32], family: Literal["auto", "yolox", "nanodet"]) -> Family:
    """The family that gave an output [1, N, columns]; ValueError where that is no output of a person detector.

    `auto` knows networks with the 80 classes of COCO or with people alone; one with other classes must be named.
    """
    columns = raw.shape[2] if raw.ndim == 3 and raw.shape[0] == 1 else 0
    least = {"yolox": YOLOX_BOX + 1, "nanodet": NANODET_BOX + 1}
    known: dict[int, Family] = {
        YOLOX_BOX + 1: "yolox",
        YOLOX_BOX + COCO: "yolox",
        NANODET_BOX + 1: "nanodet",
        NANODET_BOX + COCO: "nanodet",
    }
    if family == "auto" and columns in known:
        return known[columns]
    if family != "auto" and columns >= least[family]:
        return family
    raise ValueError(NO_DETECTOR)


def yolox(raw: Raw, width: int, height: int) -> Boxes:
    """Rows: x, y, w, h, objectness, classes. In cells: centre = (xy + cell) * stride, size = exp(wh) * stride,
    score = objectness * probability of the first class (YOLOX, Ge et al. 2021, as exported without its decoding).
    """
    cells, stride = grid(width, height, STRIDES)
    if len(raw) != len(cells):
        raise ValueError(NO_DETECTOR)
    score = raw[:, 4] * raw[:, 5]
    likely = np.flatnonzero(score >= SCORE_FLOOR)
    rows, step = raw[likely, :4].astype(np.float64), stride[likely]
    centre = (rows[:, :2] + cells[likely]) * step
    half = np.exp(np.minimum(rows[:, 2:], 20.0)) * step / 2
    return np.column_stack([centre - half, centre + half, score[likely]])


def nanodet(raw: Raw, width: int, height: int) -> Boxes:
    """Rows: classes (probabilities), then four distributions over 0 to 7 cells: how far it is from the cell's point
    to the left, top, right and lower edge; each distance is the mean of its distribution (Li et al. 2020).

    The point is the cell's middle with three grids (NanoDet) and its corner with four (NanoDet-Plus).
    """
    shift, (cells, stride) = 0.5, grid(width, height, STRIDES)
    if len(raw) != len(cells):
        shift, (cells, stride) = 0.0, grid(width, height, MORE_STRIDES)
    if len(raw) != len(cells):
        raise ValueError(NO_DETECTOR)
    likely = np.flatnonzero(raw[:, 0] >= SCORE_FLOOR)
    bins = raw[likely, -NANODET_BOX:].astype(np.float64).reshape(-1, 4, BINS)
    weight = np.exp(bins - bins.max(axis=2, keepdims=True))
    away = (weight @ np.arange(BINS)) / weight.sum(axis=2)
    point = cells[likely] + shift
    corners = np.hstack([point - away[:, :2], point + away[:, 2:]]) * stride[likely]
    return np.column_stack([corners, raw[likely, 0]])


@lru_cache(maxsize=32)
def grid(width: int, height: int, strides: tuple[int, ...]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """(N, 2) column and row of each cell in its grid, and (N, 1) the cells' size in pixels; the finest grid first."""
    cells, steps = [], []
    for stride in strides:
        rows, columns = np.mgrid[: -(-height // stride), : -(-width // stride)]
        cells.append(np.column_stack([columns.ravel(), rows.ravel()]).astype(np.float64))
        steps.append(np.full((rows.size, 1), float(stride)))
    return np.concatenate(cells), np.concatenate(steps)


DIALECTS: dict[Family, Dialect] = {
    "yolox": Dialect(yolox),
    # The means and deviations of ImageNet, as NanoDet was trained.
    "nanodet": Dialect(nanodet, (103.53, 116.28, 123.675), (57.375, 57.12, 58.395)),
}
