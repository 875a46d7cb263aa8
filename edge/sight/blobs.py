"""People in a picture without any network: what differs from the empty shop, cut into boxes of a person's size.

It needs a fixed camera. The background is never learned where somebody is being followed or moves on the spot, or a
queue that stands still would melt into it; what nobody moved in for long, a new shelf or the evening's light, is
background after some minutes. Whoever stood in the first pictures is found by swaying, and the floor behind is
guessed from what is around it until it shows itself.
"""

from typing import NamedTuple, cast

import cv2
import numpy as np
from numpy.typing import NDArray

from edge.sight.background import Background, Difference
from edge.sight.detection import Boxes, Image, best, no_boxes
from edge.sight.lingering import Lingering, seam
from edge.sight.parts import LEAST, Mask, Part, edges, joined, kind, parts
from edge.sight.sizes import Sizes

Floats = NDArray[np.float64]
Truths = NDArray[np.bool_]

LONG_SIDE = 384
# How far a camera's own exposure may have turned the picture up or down and still be undone.
EXPOSURE = 2.0
# A pixel moved that is unlike the picture of a second ago by so many grey levels.
MOVED, AGO_S = 15, 1.0
# A followed person in whose box nothing at all has moved for so long is a thing that somebody put down; something of
# which that is not known is one sooner.
STILL_S, RESTLESS_S, RESTLESS = 900.0, 15.0, 0.02
# Nobody stands so still for so long as the floor does that shows itself where the background was guessed.
BARE_S = 4.0
# Learning costs as much as looking, so it is done every so often once there is something to look with.
LEARN_S, SETTLED = 0.3, 60
# As long as no size is known, a person is at most so much of the picture's height.
TALLEST = 0.8
TEACHES = 0.05


class Blobs:
    """The background and the sizes of people of one camera; a detector. `overhead`: it looks straight down."""

    def __init__(self, overhead: bool = False) -> None:
        self._overhead = overhead
        self._view: _View | None = None

    def __call__(self, at: float, image: Image, kept: Boxes) -> Boxes:
        """Boxes of people in a BGR picture; where the `kept` boxes are, no background is learned."""
        scale = LONG_SIDE / max(image.shape[:2])
        small = cv2.resize(image, None, fx=scale, fy=scale, interpolation=cv2.INTER_LINEAR)
        small = cast(Image, cv2.GaussianBlur(small, (3, 3), 0))
        if self._view is None or self._view.shape != small.shape:
            self._view = _View(at, small, self._overhead)
            return no_boxes()
        boxes = self._view.look(at, small, kept[:, :4] * scale)
        return np.hstack([boxes[:, :4] / scale, boxes[:, 4:]])


class _Sorted(NamedTuple):
    """What differs, by what it is; masks of 0 and 1."""

    boxes: Boxes
    somebody: Mask
    """Those in whom something moved lately."""
    nobody: Mask
    """Holes that people left, light and crumbs."""
    bare: Mask
    """Floor that shows itself where it was only guessed."""
    seams: Mask
    solid: Mask
    """Those who are more than a seam."""


class _View:
    """What is known of one camera's view at the size at which it is looked at."""

    def __init__(self, at: float, small: Image, overhead: bool) -> None:
        self.shape = small.shape
        rows, columns = small.shape[:2]
        self._background, self._sizes = Background(at, small), Sizes(rows, columns, overhead)
        self._lingering = Lingering(at, rows, columns)
        self._looks, self._learned = 1, at
        self._ago, self._ago_at = _grey(small), at
        self._moved: Floats = np.full((rows, columns), at)
        self._empty, self._level = edges(small), _levels(small)

    def look(self, at: float, small: Image, kept: Boxes) -> Boxes:
        """The people in the picture of `at`; the background is learned everywhere else."""
        small = _exposed(small, self._level)
        self._move(at, small)
        found = self._background.differs(small)
        seen = self._sort(at, found, edges(small))
        self._lingering.gather(at, seen.seams, found.mask, seen.solid)
        if at - self._learned >= LEARN_S or self._looks < SETTLED:
            self._learn(at, kept, seen)
        return seen.boxes

    def _move(self, at: float, small: Image) -> None:
        grey = _grey(small)
        self._moved[cv2.absdiff(grey, self._ago) > MOVED] = at
        if at - self._ago_at >= AGO_S:
            self._ago, self._ago_at = grey, at

    def _sort(self, at: float, found: Difference, now: Mask) -> _Sorted:
        somebody, nobody, bare, seams, solid = (np.zeros(self.shape[:2], np.uint8) for _ in range(5))
        boxes: list[Boxes] = [no_boxes()]
        whole = list(parts(self._closed(found)))
        tallest = max((part.h for part in whole), default=0)
        for part in whole:
            here = part.here
            if self._is_bare(at, part):
                bare[here] |= part.mask
                continue
            is_somebody = part.area >= LEAST and kind(part, found, now, self._empty) == "somebody"
            if part.area < LEAST or seam(part):
                seams[here] |= part.mask & found.mask[here]
            if not is_somebody:
                nobody[here] |= part.mask
                continue
            if self._stirs(part, at - RESTLESS_S):
                somebody[here] |= part.mask
            if self._stirs(part, at - AGO_S, TEACHES):
                self._sizes.learn(part, tallest)
            boxes.append(self._sizes.people(part))
            if not seam(part):
                solid[here] |= part.mask
                seams[here] = 0  # whoever stands before the background has seams of his own
        return _Sorted(best(np.concatenate(boxes), 0.6), somebody, nobody, bare, seams, solid)

    def _is_bare(self, at: float, part: Part) -> bool:
        """Whether a part is the floor itself, which shows where the background was only guessed."""
        guessed = cv2.countNonZero(cv2.bitwise_and(self._background.guessed[part.here], part.mask))
        return guessed > 0.5 * part.area and not self._stirs(part, at - BARE_S)

    def _stirs(self, part: Part, since: float, share: float = RESTLESS) -> bool:
        """Whether something has moved in a part since then, in more than this share of it."""
        moved = self._moved[part.here][part.mask > 0] > since
        return int(np.count_nonzero(moved)) > max(8.0, share * part.area)

    def _closed(self, found: Difference) -> Mask:
        """The difference without specks, and without the gaps that light and colours leave in a person."""
        rows = self.shape[0]
        mask = joined(found, int(0.5 * self._sizes.person(rows / 2, TALLEST * rows)[1]))
        size = self._sizes.person(rows / 2, 30.0)[1]
        wide, high = max(3, int(size * 0.08) | 1), max(3, int(size * 0.16) | 1)
        mask = cast(Mask, cv2.morphologyEx(mask, cv2.MORPH_OPEN, np.ones((2, 2), np.uint8)))
        return cast(Mask, cv2.morphologyEx(mask, cv2.MORPH_CLOSE, np.ones((high, wide), np.uint8)))

    def _learn(self, at: float, kept: Boxes, seen: _Sorted) -> None:
        self._looks, self._learned = self._looks + 1, at
        still = seen.somebody > 0
        for x1, y1, x2, y2 in _within(kept, self.shape[1], self.shape[0]):
            if at - self._moved[y1:y2, x1:x2].max(initial=0.0) < STILL_S:
                still[y1:y2, x1:x2] = True
        left = cv2.dilate(seen.nobody, np.ones((5, 5), np.uint8)) > 0
        still &= seen.bare == 0
        self._background.learn(at, still, (left & ~still) | (seen.bare > 0))
        standing = self._lingering.found(at, self._sizes)
        if standing is not None:
            self._background.guess(standing)
        empty = self._background.image
        self._empty, self._level = edges(empty), _levels(empty)


def _grey(image: Image) -> Image:
    return cv2.cvtColor(image, cv2.COLOR_BGR2GRAY).astype(np.uint8, copy=False)


def _levels(image: Image) -> Floats:
    return cast(Floats, image[::4, ::4].mean(axis=2) + 1.0)


def _exposed(image: Image, level: Floats) -> Image:
    """The picture at the background's brightness: a camera that turns itself down for a white shirt moves nobody."""
    gain = float(np.median(level / _levels(image)))
    if abs(gain - 1.0) < 0.01:
        return image
    return cast(Image, cv2.convertScaleAbs(image, alpha=min(max(gain, 1 / EXPOSURE), EXPOSURE)))


def _within(boxes: Boxes, width: int, height: int) -> list[tuple[int, int, int, int]]:
    """The boxes, a tenth larger on each side, as whole pixels inside the picture; those outside are left out."""
    more = 0.1 * (boxes[:, 2:] - boxes[:, :2])
    low = np.clip(boxes[:, :2] - more, 0, [width, height]).astype(int)
    high = np.clip(np.ceil(boxes[:, 2:] + more), 0, [width, height]).astype(int)
    return [(a, b, c, d) for (a, b), (c, d) in zip(low.tolist(), high.tolist(), strict=True) if c > a and d > b]
