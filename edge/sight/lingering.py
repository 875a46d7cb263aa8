"""People who were learned as background because they stood there from the start, known by how they sway.

Nobody stands like a shelf: within seconds the outline of a standing person wanders by some centimetres. What differs
from such a background is a thin seam on either side of the outline, now here, now there. Gathered over some seconds
and closed, the seams have the shape of a person.
"""

from collections.abc import Iterator
from typing import cast

import cv2
import numpy as np
from numpy.typing import NDArray

from edge.sight.parts import Mask, Part, parts
from edge.sight.sizes import SLIM, WIDE, Sizes

Singles = NDArray[np.float32]

# Seams are gathered over the time of some sways; a pixel is one of them that differed for this share of it.
SWAYS_S, OFTEN = 12.0, 0.06
FIRST_S, EVERY_S = 6.0, 2.0
# A part as full as this is no seam, but somebody or something that stands before the background.
FULL = 0.5
# Where this share of a shape has been seen to be background, nobody stands in it.
PROVEN = 0.5
# As long as no size is known people are expected to be of this share of the picture's height.
EXPECTED = 0.2


class Lingering:
    """The seams of one camera's picture."""

    def __init__(self, at: float, rows: int, columns: int) -> None:
        self._seams = np.zeros((rows, columns), np.float32)
        self._covered = np.zeros((rows, columns), np.uint8)
        self._proven = np.zeros((rows, columns), np.uint8)
        self._began = self._gathered = self._asked = at

    def gather(self, at: float, seams: Mask, found: Mask, somebody: Mask) -> None:
        """Take what differs now as seams, all that differs, and those who stand before the background: 0 and 1.

        A background that somebody has hidden and that is there again is no person: it is proven.
        """
        self._proven |= self._covered & (1 - found)
        self._covered |= somebody & found
        dt = min(max(at - self._gathered, 0.0), 1.0)
        self._gathered = at
        cv2.accumulateWeighted(seams, self._seams, min(1.0, dt / SWAYS_S))

    def found(self, at: float, sizes: Sizes) -> Mask | None:
        """1 where people stand that are part of the background; None where nobody does. Looked for every 2 s."""
        if at - self._began < FIRST_S or at - self._asked < EVERY_S:
            return None
        self._asked = at
        people = list(self._people(sizes))
        if not people:
            return None
        standing = np.zeros(self._seams.shape, np.uint8)
        for part in people:
            standing[part.here] |= part.mask
        standing = cast(Mask, cv2.dilate(standing, np.ones((5, 5), np.uint8)))
        self._seams[standing > 0] = 0.0
        return standing

    def _people(self, sizes: Sizes) -> Iterator[Part]:
        rows = self._seams.shape[0]
        wide, high = sizes.person(rows / 2, EXPECTED * rows)
        kernel = np.ones((max(3, int(0.3 * high) | 1), max(3, int(0.8 * wide) | 1)), np.uint8)
        often = (self._seams > OFTEN).view(np.uint8)
        for part in parts(cast(Mask, cv2.morphologyEx(often, cv2.MORPH_CLOSE, kernel))):
            wide, high = sizes.person(part.y + part.h, EXPECTED * rows)
            least, most = (0.6, 1.5) if sizes.known else (0.5, 4.0)
            slim = SLIM < part.h / part.w < WIDE or (sizes.known and part.w < 5 * wide)
            proven = cv2.countNonZero(cv2.bitwise_and(self._proven[part.here], part.mask)) > PROVEN * part.area
            if slim and not proven and least * high < part.h < most * high and part.area > FULL * part.w * part.h:
                yield part


def seam(part: Part) -> bool:
    """Whether a part is so thin or so slim that it can only be the edge of something."""
    return part.area < FULL * part.w * part.h or part.h > WIDE * part.w
