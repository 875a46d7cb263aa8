"""Connected parts of what differs from the empty shop: somebody, a hole that somebody left, or only light."""

from collections.abc import Iterator
from typing import Literal, NamedTuple, cast

import cv2
import numpy as np
from numpy.typing import NDArray

from edge.sight.background import Difference
from edge.sight.detection import Image

Mask = NDArray[np.uint8]
Truths = NDArray[np.bool_]
Area = tuple[slice, slice]
Kind = Literal["somebody", "hole", "light"]

LEAST = 24
# The outline of a hole is an edge of the background rather than of the picture.
GONE = 0.8
# Of a person this share differs clearly; of a reflection on the floor less.
CLEARLY = 0.15
# Planks and tiles have edges everywhere; what is looked for is the outline of something larger than so many pixels.
FINE = 5


class Part(NamedTuple):
    """One connected part: x, y, width, height and area in pixels, and its own mask of 0 and 1 within that box."""

    x: int
    y: int
    w: int
    h: int
    area: int
    mask: Mask

    @property
    def here(self) -> Area:
        """Where the part is in an array of the picture's size."""
        return slice(self.y, self.y + self.h), slice(self.x, self.x + self.w)


def parts(mask: Mask) -> Iterator[Part]:
    """The connected parts of a mask of 0 and 1."""
    count, labels, stats, _ = cv2.connectedComponentsWithStats(mask, connectivity=8)
    for i, (x, y, w, h, area) in enumerate(stats[1:count].tolist(), start=1):
        yield Part(x, y, w, h, area, cast(Mask, (labels[y : y + h, x : x + w] == i).view(np.uint8)))


def edges(image: Image) -> Mask:
    """How strongly the brightness of a BGR picture changes at each pixel, 0 to 255, small patterns aside."""
    grey = cv2.blur(cv2.cvtColor(image, cv2.COLOR_BGR2GRAY), (FINE, FINE))
    across, down = (cv2.convertScaleAbs(cv2.Sobel(grey, cv2.CV_16S, *order)) for order in ((1, 0), (0, 1)))
    return cast(Mask, cv2.max(across, down))


def kind(part: Part, found: Difference, now: Mask, empty: Mask) -> Kind:
    """What a part of the difference is; `now` and `empty` are the edges of the picture and of the background.

    Somebody who walks on after having been learned as background leaves a hole: its outline is an edge of the
    background and none of the picture.
    """
    grown = cv2.copyMakeBorder(part.mask, 1, 1, 1, 1, cv2.BORDER_CONSTANT, value=0)
    outline = part.mask - cv2.erode(grown, np.ones((3, 3), np.uint8))[1:-1, 1:-1]
    if cv2.mean(now[part.here], outline)[0] < GONE * cv2.mean(empty[part.here], outline)[0]:
        return "hole"
    differs = cv2.countNonZero(cv2.bitwise_and(found.mask[part.here], part.mask))
    clearly = cv2.countNonZero(cv2.bitwise_and(found.clear[part.here], part.mask))
    return "light" if clearly < CLEARLY * differs else "somebody"


def joined(found: Difference, high: int) -> Mask:
    """The difference with what could be a shadow but lies between two things, above and below, at most `high` apart.

    A shadow falls on the floor, below whoever casts it. A grey shirt before a white wall looks like one, but has a
    head above and trousers below.
    """
    firm = cv2.erode(found.mask, np.ones((2, 2), np.uint8))
    between = cv2.morphologyEx(firm, cv2.MORPH_CLOSE, np.ones((max(3, high | 1), 1), np.uint8))
    return cast(Mask, cv2.bitwise_or(found.mask, cv2.bitwise_and(between, found.shade)))
