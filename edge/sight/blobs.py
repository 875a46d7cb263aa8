"""People in a picture without any network: what differs from the empty shop, cut into boxes of a person's size.

It needs a fixed camera. The background is never learned where somebody is being followed, or a queue that stands
still would melt into it; what nobody carried there, a moved shelf or the evening's light, is background after
some minutes. Where somebody stood in the first pictures and has left, the bare floor is learned within a second.
"""

from typing import cast

import cv2
import numpy as np
from numpy.typing import NDArray

from edge.sight.background import Background
from edge.sight.detection import Boxes, Image, best, no_boxes
from edge.sight.ground import Heights

Mask = NDArray[np.uint8]
Floats = NDArray[np.float64]

LONG_SIDE = 384
# How far a camera's own exposure may have turned the picture up or down and still be undone.
EXPOSURE = 2.0
# A followed person in whose box nothing at all has moved for so long is a thing that somebody put down.
STILL_S, MOVED = 900.0, 15
# Learning costs as much as looking, so it is done every so often once there is something to look with.
LEARN_S, SETTLED = 0.3, 60
SLIM, WIDE = 1.3, 5.0
# A part teaches the size of a person only where it is as slim and as full as one.
SINGLE, FULL = 1.8, 0.5
GONE, SLIMMER = 0.8, 0.3
WHOLE, PIECE, NOISE = 0.9, 0.6, 0.3


class Blobs:
    """The background and the sizes of people of one camera; a detector. `overhead`: it looks straight down."""

    def __init__(self, overhead: bool = False) -> None:
        self._overhead = overhead
        self._background: Background | None = None
        self._looks = 0
        self._learned = 0.0
        self._before: Image | None = None
        self._moved: Floats = np.zeros((0, 0))
        self._empty: Mask = np.zeros((0, 0), np.uint8)
        self._level: Floats = np.zeros((0, 0))
        self._sizes: Sizes | None = None

    def __call__(self, at: float, image: Image, kept: Boxes) -> Boxes:
        """Boxes of people in a BGR picture; where the `kept` boxes are, no background is learned."""
        scale = LONG_SIDE / max(image.shape[:2])
        small = cast(Image, cv2.resize(image, None, fx=scale, fy=scale, interpolation=cv2.INTER_LINEAR))
        small = cast(Image, cv2.GaussianBlur(small, (3, 3), 0))
        if self._before is None or self._before.shape != small.shape or not self._background or not self._sizes:
            return self._begin(at, small)
        small = _exposed(small, self._level)
        changed = cv2.cvtColor(cv2.absdiff(small, self._before), cv2.COLOR_BGR2GRAY) > MOVED
        self._moved[changed] = at
        self._before = small
        mask = self._background.differs(small)
        boxes, holes = self._sizes.boxes(mask, changed, _edges(small), self._empty)
        if at - self._learned >= LEARN_S or self._looks < SETTLED:
            self._learn(at, small, kept[:, :4] * scale, holes)
        return np.hstack([boxes[:, :4] / scale, boxes[:, 4:]])

    def _begin(self, at: float, small: Image) -> Boxes:
        self._background = Background(at, small)
        self._looks, self._learned, self._before = 1, at, small
        self._moved = np.full(small.shape[:2], at)
        self._empty, self._level = _edges(small), _levels(small)
        self._sizes = Sizes(small.shape[0], small.shape[1], self._overhead)
        return no_boxes()

    def _learn(self, at: float, small: Image, kept: Boxes, holes: Mask) -> None:
        assert self._background
        self._looks, self._learned = self._looks + 1, at
        still = np.zeros(small.shape[:2], np.bool_)
        for x1, y1, x2, y2 in _within(kept, small.shape[1], small.shape[0]):
            if at - self._moved[y1:y2, x1:x2].max(initial=0.0) < STILL_S:
                still[y1:y2, x1:x2] = True
        left = cast(Mask, cv2.dilate(holes, np.ones((5, 5), np.uint8))) > 0
        self._background.learn(at, small, still, left & ~still)
        empty = self._background.image
        self._empty, self._level = _edges(empty), _levels(empty)


def _levels(image: Image) -> Floats:
    return cast(Floats, image[::4, ::4].mean(axis=2) + 1.0)


def _exposed(image: Image, level: Floats) -> Image:
    """The picture at the background's brightness: a camera that turns itself down for a white shirt moves nobody."""
    gain = float(np.median(level / _levels(image)))
    if abs(gain - 1.0) < 0.01:
        return image
    return cast(Image, cv2.convertScaleAbs(image, alpha=min(max(gain, 1 / EXPOSURE), EXPOSURE)))


def _edges(image: Image) -> Mask:
    """How strongly the brightness changes at each pixel, 0 to 255."""
    grey = cv2.cvtColor(image, cv2.COLOR_BGR2GRAY)
    across, down = (cv2.convertScaleAbs(cv2.Sobel(grey, cv2.CV_16S, *order)) for order in ((1, 0), (0, 1)))
    return cast(Mask, cv2.max(across, down))


def _gone(part: Mask, now: Mask, empty: Mask) -> bool:
    """Whether a part is the hole that somebody left in the background: its outline is there and not in the picture.

    People who stood in the very first picture become background and leave such a hole when they walk.
    """
    grown = cv2.copyMakeBorder(part, 1, 1, 1, 1, cv2.BORDER_CONSTANT, value=0)
    outline = part > cv2.erode(grown, np.ones((3, 3), np.uint8))[1:-1, 1:-1]
    return float(now[outline].mean()) < GONE * float(empty[outline].mean())


def _within(boxes: Boxes, width: int, height: int) -> list[tuple[int, int, int, int]]:
    """The boxes, a tenth larger on each side, as whole pixels inside the picture; those outside are left out."""
    more = 0.1 * (boxes[:, 2:] - boxes[:, :2])
    low = np.clip(boxes[:, :2] - more, 0, [width, height]).astype(int)
    high = np.clip(np.ceil(boxes[:, 2:] + more), 0, [width, height]).astype(int)
    return [(a, b, c, d) for (a, b), (c, d) in zip(low.tolist(), high.tolist(), strict=True) if c > a and d > b]


class Sizes:
    """Cuts a mask into boxes of people, by the sizes that single people were seen to have in the same picture."""

    def __init__(self, rows: int, columns: int, overhead: bool) -> None:
        self._rows, self._columns, self._overhead = rows, columns, overhead
        self._heights = Heights(rows, flat=overhead, share=0.5)
        self._ratios: list[float] = []
        self._tallest = 0

    def boxes(self, mask: Mask, changed: NDArray[np.bool_], now: Mask, empty: Mask) -> tuple[Boxes, Mask]:
        """x1, y1, x2, y2, score of the people in a mask of 0 and 1; whoever moved alone teaches a size.

        `now` and `empty` are the edges of the picture and of the background. The second result is 1 where nobody is
        though something differs: holes that people left, and crumbs.
        """
        closed = self._closed(mask)
        count, labels, stats, _ = cv2.connectedComponentsWithStats(closed, connectivity=8)
        found: list[Boxes] = []
        holes = np.zeros_like(mask)
        self._tallest = int(stats[1:, cv2.CC_STAT_HEIGHT].max(initial=0))
        for i in range(1, count):
            x, y, w, h, area = (int(v) for v in stats[i])
            part = (labels[y : y + h, x : x + w] == i).astype(np.uint8)
            here = (slice(y, y + h), slice(x, x + w))
            if area < 24 or _gone(part, now[here], empty[here]):
                holes[here] |= part
                continue
            box = np.array([[x, y, x + w, y + h, WHOLE]], dtype=np.float64)
            self._learn(box, area, changed[here])
            found.append(self._people(box, part))
        return best(np.concatenate(found), 0.6) if found else no_boxes(), holes

    @property
    def _ratio(self) -> float:
        """Width by height of one person: groups are among those learned from, so the slimmer ones say it."""
        return float(np.quantile(self._ratios, SLIMMER))

    def _closed(self, mask: Mask) -> Mask:
        size = float(np.nanmedian(self._heights.at(np.array([self._rows * 0.5])))) if self._heights.known else 30.0
        wide, high = max(3, int(size * 0.08) | 1), max(3, int(size * 0.16) | 1)
        mask = cast(Mask, cv2.morphologyEx(mask, cv2.MORPH_OPEN, np.ones((2, 2), np.uint8)))
        return cast(Mask, cv2.morphologyEx(mask, cv2.MORPH_CLOSE, np.ones((high, wide), np.uint8)))

    def _learn(self, box: Boxes, area: int, changed: NDArray[np.bool_]) -> None:
        x1, y1, x2, y2 = box[0, :4]
        w, h = x2 - x1, y2 - y1
        whole = x1 > 1 and y1 > 1 and x2 < self._columns - 1 and y2 < self._rows - 1
        upright = self._overhead or SINGLE < h / w < WIDE
        if (
            whole
            and upright
            and area > FULL * w * h
            and h > max(self._rows / 14, 0.45 * self._tallest)
            and changed.mean() > 0.05
        ):
            self._heights.learn(box)
            self._ratios = [*self._ratios[-400:], w / h]

    def _people(self, box: Boxes, part: Mask) -> Boxes:
        """The people in one connected part of the mask."""
        w, h = box[0, 2] - box[0, 0], box[0, 3] - box[0, 1]
        if not self._heights.known:
            box[0, 4] = WHOLE if h > self._rows / 16 and (self._overhead or h > SLIM * w) else NOISE
            return box
        high = float(self._heights.at(box[:, 3])[0])
        wide = high * self._ratio
        if part.sum() < 0.15 * high * wide:
            return no_boxes()
        if h < 1.35 * high and w < 1.6 * wide:
            box[0, 4] = WHOLE if h > 0.6 * high else PIECE if h > 0.4 * high else NOISE
            return box
        return self._cover(box, part)

    def _cover(self, box: Boxes, part: Mask) -> Boxes:
        """Person-sized boxes laid over a part that is too large for one, the fullest first."""
        left, places = part.copy(), self._places(box)
        found: list[Floats] = []
        while len(places) and len(found) < 12:
            full = _filled(left, places - box[0, [0, 1, 0, 1]])
            area = np.prod(places[:, 2:] - places[:, :2], axis=1)
            gain = full - 0.3 * area
            top = int(np.argmax(gain))
            if full[top] < 0.45 * area[top]:
                break
            x1, y1, x2, y2 = places[top]
            found.append(np.array([x1, y1, x2, y2, PIECE]))
            x, y = box[0, :2]
            left[max(0, int(y1 - y)) : int(y2 - y), max(0, int(x1 - x)) : int(x2 - x)] = 0
        return np.array(found).reshape(-1, 5)

    def _places(self, box: Boxes) -> Floats:
        """Every place, on a grid, where a whole person could stand inside a box: x1, y1, x2, y2."""
        x1, y1, x2, y2 = box[0, :4]
        foot = np.arange(y2, y1, -3.0)
        high = self._heights.at(foot)
        wide = high * self._ratio
        fits = foot - high > y1 - 0.25 * high
        middle = np.arange(x1, x2, 2.0)
        m, f = np.meshgrid(middle, foot[fits])
        half, tall = (np.repeat(v[fits][:, None], len(middle), axis=1) for v in (wide / 2, high))
        places = np.stack([m - half, f - tall, m + half, f], axis=-1).reshape(-1, 4)
        inside = (places[:, 0] > x1 - 0.2 * (places[:, 2] - places[:, 0])) & (
            places[:, 2] < x2 + 0.2 * (places[:, 2] - places[:, 0])
        )
        return cast(Floats, np.round(places[inside]))


def _filled(mask: Mask, boxes: Floats) -> Floats:
    """How many pixels of the mask each box holds; a box may reach beyond the mask."""
    total = cv2.integral(mask)
    x = np.clip(boxes[:, [0, 2]], 0, mask.shape[1]).astype(int)
    y = np.clip(boxes[:, [1, 3]], 0, mask.shape[0]).astype(int)
    inside = total[y[:, 1], x[:, 1]] - total[y[:, 0], x[:, 1]] - total[y[:, 1], x[:, 0]] + total[y[:, 0], x[:, 0]]
    return cast(Floats, inside.astype(np.float64))
