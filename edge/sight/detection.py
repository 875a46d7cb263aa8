"""People in a picture, found by a small neural network that OpenCV runs.

A detector is a function (at, image, kept) -> boxes: rows of x1, y1, x2, y2, score in pixels of the picture it
was given. `kept` are the boxes of people who are being followed; a network needs none of it, a background
model does.
"""

from collections.abc import Callable, Iterator
from typing import Literal, NamedTuple, cast

import cv2
import numpy as np
from numpy.typing import NDArray

from edge.sight.dialects import DIALECTS, NO_DETECTOR, Dialect, Raw, told
from edge.sight.dialects import Boxes as Boxes

Image = NDArray[np.uint8]
Detector = Callable[[float, Image, Boxes], Boxes]
Size = tuple[int, int]

SHORT_SIDE, LONGEST_SIDE = 288, 768
# The inputs of networks that were exported for one size only, the usual ones first.
SQUARES = (416, 320, 640)
PADDING = 114.0
OVERLAP = 0.5
# A blob is the network's own person where so much of the smaller box is shared. One alone is a weaker witness: a
# whole figure may still start a track, a piece may only continue one.
SAME_PERSON, BLOB_TRUST = 0.3, 0.6


class Network(NamedTuple):
    """A network that was tried: how it speaks, and the side of its square input where it takes no other."""

    net: cv2.dnn.Net
    dialect: Dialect
    square: int | None


def network(model: bytes, decoder: Literal["auto", "yolox", "nanodet"] = "auto") -> Detector:
    """The detector in the bytes of an ONNX file; person is its only class or the first one.

    ValueError where the bytes are no such network; that is tried once on an empty picture.
    """
    ready = opened(model, decoder)

    def people(at: float, image: Image, kept: Boxes) -> Boxes:
        del at, kept
        return found(ready, image)

    return people


def opened(model: bytes, decoder: Literal["auto", "yolox", "nanodet"] = "auto") -> Network:
    """The network in the bytes of an ONNX file with the dialect of its first answer: in pictures' own shapes if it
    takes them, else in squares. ValueError as for `network`.
    """
    net, picture = _read(model), np.zeros((SHORT_SIDE, SHORT_SIDE + 64, 3), np.uint8)
    for square in (None, *SQUARES):
        try:
            raw = _output(net, blob(_fed(picture, square)[0], DIALECTS["yolox"]))
            ready = Network(net, DIALECTS[told(raw, decoder)], square)
            found(ready, picture)
        except (cv2.error, ValueError):
            continue
        return ready
    raise ValueError(NO_DETECTOR)


def union(sure: Detector, more: Detector) -> Detector:
    """The people of the first detector, and those of the second where the first sees nobody, with less trust."""

    def people(at: float, image: Image, kept: Boxes) -> Boxes:
        seen, others = sure(at, image, kept), more(at, image, kept)
        alone = others[~(covered(others, seen) >= SAME_PERSON).any(axis=1)]
        return np.vstack([seen, alone * [1.0, 1.0, 1.0, 1.0, BLOB_TRUST]])

    return people


def no_boxes() -> Boxes:
    """No people: zero rows of five columns."""
    return np.zeros((0, 5))


def fitted(width: int, height: int) -> Size:
    """Width and height that the network is fed for a picture: its shape, in multiples of 32.

    The short side is 288, so 4:3 becomes 384 x 288 and 16:9 512 x 288. A padded square sees no more and costs
    half as much again. Very long pictures are squeezed.
    """
    longer = max(width, height) / min(width, height) * SHORT_SIDE
    longer = min(LONGEST_SIDE, max(SHORT_SIDE, round(longer / 32) * 32))
    return (longer, SHORT_SIDE) if width >= height else (SHORT_SIDE, longer)


def found(network: Network, image: Image) -> Boxes:
    """The people the network sees in a BGR picture of any size, best first; raises cv2.error or ValueError."""
    height, width = image.shape[:2]
    fed, size = _fed(image, network.square)
    raw = _output(network.net, blob(fed, network.dialect))
    boxes = network.dialect.boxes(raw[0], fed.shape[1], fed.shape[0])
    across, down = width / size[0], height / size[1]
    boxes = boxes[np.isfinite(boxes).all(axis=1)]  # one number that is none would stay in a track for ever
    return agreed(boxes * [across, down, across, down, 1.0])


def blob(fed: Image, dialect: Dialect) -> Raw:
    """A picture of the network's size as its input: 1, 3, rows, columns."""
    made = np.stack(cv2.split(fed), dtype=np.float32, casting="unsafe")[None]
    if dialect.mean != (0.0, 0.0, 0.0):
        mean, deviation = (np.array(three, np.float32)[:, None, None] for three in (dialect.mean, dialect.deviation))
        made = (made - mean) / deviation
    return made


def best(boxes: Boxes, overlap: float = OVERLAP) -> Boxes:
    """The boxes without those that a better one overlaps by more than `overlap` (IoU), best score first."""
    boxes = boxes[np.argsort(-boxes[:, 4], kind="stable")]
    return boxes[[first for first, _ in _groups(boxes, overlap)]]


def agreed(boxes: Boxes) -> Boxes:
    """One box a person, best score first: where all boxes that say the same person lie, weighted by their scores.

    A network says each person several times, from cells beside each other; together they err less than the best.
    """
    boxes = boxes[np.argsort(-boxes[:, 4], kind="stable")]
    places = np.empty_like(boxes)
    count = 0
    for first, same in _groups(boxes, OVERLAP):
        weight = boxes[same, 4]
        places[count, :4] = weight @ boxes[same, :4] / weight.sum()
        places[count, 4] = boxes[first, 4]
        count += 1
    return places[:count]


def shared(a: Boxes, b: Boxes) -> NDArray[np.float64]:
    """(N, M) intersection over union of each box of `a` with each of `b`, 0 to 1; further columns are ignored."""
    return overlaps(a[:, None], b[None])


def overlaps(a: Boxes, b: Boxes) -> NDArray[np.float64]:
    """Intersection over union of the boxes of two arrays that stand beside each other, 0 to 1."""
    common = _common(a, b)
    shares: NDArray[np.float64] = common / np.maximum(_area(a) + _area(b) - common, 1e-9)
    return shares


def covered(a: Boxes, b: Boxes) -> NDArray[np.float64]:
    """(N, M) what each box of `a` shares with each of `b`, as a part of the smaller one; 1: inside."""
    a, b = a[:, None], b[None]
    shares: NDArray[np.float64] = _common(a, b) / np.maximum(np.minimum(_area(a), _area(b)), 1e-9)
    return shares


def _groups(boxes: Boxes, overlap: float) -> Iterator[tuple[int, NDArray[np.bool_]]]:
    """The best box that is left, and which boxes go with it: itself and what it overlaps; boxes come best first."""
    alike = shared(boxes, boxes) > overlap
    left = np.ones(len(boxes), dtype=np.bool_)
    for first in range(len(boxes)):
        if left[first]:
            same = alike[first] & left
            same[first] = True
            left &= ~same
            yield first, same


def _common(a: Boxes, b: Boxes) -> NDArray[np.float64]:
    wide = np.minimum(a[..., 2], b[..., 2]) - np.maximum(a[..., 0], b[..., 0])
    high = np.minimum(a[..., 3], b[..., 3]) - np.maximum(a[..., 1], b[..., 1])
    return np.asarray(np.maximum(wide, 0.0) * np.maximum(high, 0.0))


def _area(boxes: Boxes) -> NDArray[np.float64]:
    return np.asarray((boxes[..., 2] - boxes[..., 0]) * (boxes[..., 3] - boxes[..., 1]))


def _fed(image: Image, square: int | None) -> tuple[Image, Size]:
    """The picture as the network is fed it, and the width and height that the whole picture has in there."""
    height, width = image.shape[:2]
    size = fitted(width, height) if square is None else _inside(width, height, square)
    # Bilinear: exact averaging costs more than the network gains by it.
    small = cv2.resize(image, size, interpolation=cv2.INTER_LINEAR)
    if square is not None:
        below, right = square - size[1], square - size[0]
        small = cv2.copyMakeBorder(small, 0, below, 0, right, cv2.BORDER_CONSTANT, value=(PADDING,) * 3)
    return cast(Image, small), size


def _inside(width: int, height: int, square: int) -> Size:
    scale = square / max(width, height)
    return max(1, round(width * scale)), max(1, round(height * scale))


def _read(model: bytes) -> cv2.dnn.Net:
    try:
        net = cv2.dnn.readNetFromONNX(np.frombuffer(model, np.uint8))
    except (cv2.error, ValueError):
        raise ValueError(NO_DETECTOR) from None
    if net.empty():
        raise ValueError(NO_DETECTOR)
    return net


def _output(net: cv2.dnn.Net, picture: Raw) -> Raw:
    net.setInput(picture)
    return np.asarray(net.forward(), dtype=np.float32)
