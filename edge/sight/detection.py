"""People in a picture, found by a small neural network of the YOLOX family that OpenCV runs.

A detector is a function (at, image, kept) -> boxes: rows of x1, y1, x2, y2, score in pixels of the picture it
was given. `kept` are the boxes of people who are being followed; a network needs none of it, a background
model does.
"""

from collections.abc import Callable
from functools import lru_cache

import cv2
import numpy as np
from numpy.typing import NDArray

Image = NDArray[np.uint8]
Boxes = NDArray[np.float64]
Detector = Callable[[float, Image, Boxes], Boxes]

STRIDES = (8, 16, 32)
SHORT_SIDE, LONGEST_SIDE = 288, 768
SCORE_FLOOR, OVERLAP = 0.1, 0.5
NO_DETECTOR = "not a person detector: an ONNX file of the YOLOX family with 6 or 85 output columns is needed"


def network(model: bytes) -> Detector:
    """The detector in the bytes of an ONNX file, one class (6 columns) or COCO (85, of which person is the first).

    ValueError where the bytes are no such network; that is tried once on an empty picture.
    """
    net = _read(model)

    def people(at: float, image: Image, kept: Boxes) -> Boxes:
        del at, kept
        return found(net, image)

    try:
        people(0.0, np.zeros((SHORT_SIDE, SHORT_SIDE, 3), np.uint8), no_boxes())
    except cv2.error:
        raise ValueError(NO_DETECTOR) from None
    return people


def no_boxes() -> Boxes:
    """No people: zero rows of five columns."""
    return np.zeros((0, 5))


def fitted(width: int, height: int) -> tuple[int, int]:
    """Width and height that the network is fed for a picture: its shape, in multiples of 32.

    The short side is 288, so 4:3 becomes 384 x 288 and 16:9 512 x 288. A padded square sees no more and costs
    half as much again. Very long pictures are squeezed.
    """
    longer = max(width, height) / min(width, height) * SHORT_SIDE
    longer = min(LONGEST_SIDE, max(SHORT_SIDE, round(longer / 32) * 32))
    return (longer, SHORT_SIDE) if width >= height else (SHORT_SIDE, longer)


def found(net: cv2.dnn.Net, image: Image) -> Boxes:
    """The people the network sees in a BGR picture of any size, best first; raises cv2.error or ValueError."""
    height, width = image.shape[:2]
    size = fitted(width, height)
    # Bilinear: exact averaging costs more than the network gains by it.
    blob = cv2.dnn.blobFromImage(cv2.resize(image, size, interpolation=cv2.INTER_LINEAR), 1.0)
    net.setInput(blob)
    boxes = decoded(np.asarray(net.forward(), dtype=np.float64), *size)
    return best(boxes * [width / size[0], height / size[1], width / size[0], height / size[1], 1.0])


def decoded(raw: NDArray[np.float64], width: int, height: int) -> Boxes:
    """Boxes above the score floor from the raw output [1, N, 5 + classes] for an input of width x height.

    Per cell of the strides 8, 16 and 32: centre = (xy + cell) * stride, size = exp(wh) * stride,
    score = objectness * probability of the first class (YOLOX, Ge et al. 2021).
    """
    cells, stride = _grid(width, height)
    if raw.ndim != 3 or raw.shape[1] != len(cells) or raw.shape[2] < 6:
        raise ValueError(NO_DETECTOR)
    score = raw[0, :, 4] * raw[0, :, 5]
    likely = score >= SCORE_FLOOR
    rows, step = raw[0, likely], stride[likely]
    centre = (rows[:, :2] + cells[likely]) * step
    half = np.exp(np.minimum(rows[:, 2:4], 20.0)) * step / 2
    return np.column_stack([centre - half, centre + half, score[likely]])


def best(boxes: Boxes, overlap: float = OVERLAP) -> Boxes:
    """The boxes without those that a better one overlaps by more than `overlap` (IoU), best score first."""
    left = boxes[np.argsort(-boxes[:, 4], kind="stable")]
    kept = []
    while len(left):
        kept.append(left[0])
        left = left[1:][shared(left[:1], left[1:])[0] <= overlap]
    return np.array(kept).reshape(-1, 5)


def shared(a: Boxes, b: Boxes) -> NDArray[np.float64]:
    """(N, M) intersection over union of each box of `a` with each of `b`, 0 to 1; further columns are ignored."""
    return overlaps(a[:, None], b[None])


def overlaps(a: Boxes, b: Boxes) -> NDArray[np.float64]:
    """Intersection over union of the boxes of two arrays that stand beside each other, 0 to 1."""
    wide = np.minimum(a[..., 2], b[..., 2]) - np.maximum(a[..., 0], b[..., 0])
    high = np.minimum(a[..., 3], b[..., 3]) - np.maximum(a[..., 1], b[..., 1])
    common = np.maximum(wide, 0.0) * np.maximum(high, 0.0)
    areas = (a[..., 2] - a[..., 0]) * (a[..., 3] - a[..., 1]) + (b[..., 2] - b[..., 0]) * (b[..., 3] - b[..., 1])
    shares: NDArray[np.float64] = common / np.maximum(areas - common, 1e-9)
    return shares


def _read(model: bytes) -> cv2.dnn.Net:
    try:
        net = cv2.dnn.readNetFromONNX(np.frombuffer(model, np.uint8))
    except (cv2.error, ValueError):
        raise ValueError(NO_DETECTOR) from None
    if net.empty():
        raise ValueError(NO_DETECTOR)
    return net


@lru_cache(maxsize=8)
def _grid(width: int, height: int) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    cells, strides = [], []
    for stride in STRIDES:
        rows, columns = np.mgrid[: height // stride, : width // stride]
        cells.append(np.column_stack([columns.ravel(), rows.ravel()]).astype(np.float64))
        strides.append(np.full((rows.size, 1), float(stride)))
    return np.concatenate(cells), np.concatenate(strides)
