"""Whether a picture can show anything that the last look did not: what keeps an empty shop from costing a core.

Small copies are compared, each pixel smoothed with its neighbours, with the one that was last looked at, not with
the last one that came: what creeps adds up until it is seen.
"""

import cv2
import numpy as np

from edge.plan import Polygon
from edge.sight.detection import Image

# A picture in which nothing has changed shows the same people, but a detector errs: it is asked again this often.
HEARTBEAT_S = 2.0
# Of a copy with 160 columns so many pixels must differ by more than so many grey levels: that is four times the
# noise of a bad sensor, and a third of the smallest person whom the network finds.
PIXELS, LEVELS = 8, 10
FAR = 10_000.0


class Gate:
    """The gate before one camera's detector. Its first `warm_up` pictures all pass; `ignore` is in picture pixels."""

    def __init__(self, ignore: tuple[Polygon, ...], warm_up: int) -> None:
        self._ignore, self._warm_up = ignore, warm_up
        self._last: Image | None = None
        self._at = 0.0
        self._passed = 0

    def opens(self, at: float, grey: Image, width: int, sure: bool) -> bool:
        """Whether to look at the picture of `width` columns whose small copy is `grey`; if so, it is remembered.

        `sure`: everybody known was found at the last look, and nobody else. Else the next picture may tell more.
        """
        calm = self._calm(grey, grey.shape[1] / width)
        known = self._last if sure and self._passed >= self._warm_up and 0.0 <= at - self._at < HEARTBEAT_S else None
        if known is not None and known.shape == calm.shape and not changed(calm, known):
            return False
        self._last, self._at, self._passed = calm, at, self._passed + 1
        return True

    def _calm(self, grey: Image, scale: float) -> Image:
        """The copy smoothed, and black where nothing counts: a screen, the street behind a window."""
        calm = cv2.blur(grey, (3, 3))
        for polygon in self._ignore:
            cv2.fillPoly(calm, [np.clip(np.array(polygon) * scale, -FAR, FAR).round().astype(np.int32)], (0,))
        return np.asarray(calm, dtype=np.uint8)


def changed(now: Image, before: Image) -> bool:
    """Whether anything moved between two small grey pictures; a camera that turned its exposure moved nothing."""
    gain = (float(before.mean()) + 1.0) / (float(now.mean()) + 1.0)
    differs = cv2.absdiff(cv2.convertScaleAbs(now, alpha=gain), before) > LEVELS
    return int(np.count_nonzero(differs)) >= PIXELS
