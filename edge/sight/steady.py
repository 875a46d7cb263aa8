"""Whether a camera still looks where it looked: the edges of the scene against those learned slowly.

People and light come and go, shelves and walls keep their edges. What is compared is the direction in which the
brightness changes, at the places where it has changed for long: the light's strength and whoever walks through
matter little. Only edges are kept, in a small copy of the picture, and in memory only.
"""

import cv2
import numpy as np
from numpy.typing import NDArray

from edge.sight.detection import Image

Floats = NDArray[np.float32]
# A new view is learned for so long; only then can it be left. Later the memory is slow: a shelf may be moved.
LEARN_S, MEMORY_S, EVERY_S = 20.0, 3600.0, 0.9
# Below this share of its usual likeness the view is another one, above the second it is the old one again.
OTHER, SAME, LASTING_S = 0.6, 0.75, 5.0
COLUMNS, STRONG, FAINT = 160, 0.15, 2.0


class Steady:
    """The lasting edges of one camera. `moved` is what is true since the last look."""

    def __init__(self) -> None:
        self.moved = False
        self.likeness = 1.0
        """How much the picture is like the learned one: about 1 at rest, about 0 for another view."""
        self._edges: Floats | None = None
        self._usual = 0.0
        self._began = self._looked = self._since = 0.0

    def see(self, at: float, grey: Image) -> bool:
        """Whether the camera has been looking elsewhere for 5 s; `grey` is the picture, of any size.

        A view that lasts is never taken for granted again by itself: lines drawn on another view count nothing
        true. The alarm ends when the camera looks back, or with a new start of the device.
        """
        if self._edges is not None and 0.0 <= at - self._looked < EVERY_S:
            return self.moved
        edges = _edges(grey)
        if self._edges is None or self._edges.shape != edges.shape or at < self._looked:
            self._edges, self._began, self._looked, self._since = edges, at, at, at
            self._usual, self.moved = 0.0, False
            return False
        passed, self._looked = at - self._looked, at
        if passed > LASTING_S and not self.moved:
            self._since = at  # what happened while nobody looked has lasted for no time yet
        alike = _alike(edges, self._edges)
        learning = at - self._began < LEARN_S
        if learning:
            count = 1.0 + (at - self._began) / EVERY_S
            self._learn(edges, alike, 1.0 / count, 0.3)
            self._since = at
            return False
        self.likeness = alike / max(self._usual, 1e-3)
        if self.likeness >= (SAME if self.moved else OTHER):
            self._since, self.moved = at, False
            self._learn(edges, alike, min(1.0, passed / MEMORY_S), min(1.0, passed / MEMORY_S))
        elif at - self._since >= LASTING_S:
            self.moved = True
        return self.moved

    def _learn(self, edges: Floats, alike: float, rate: float, usual_rate: float) -> None:
        assert self._edges is not None
        self._edges += np.float32(rate) * (edges - self._edges)
        self._usual += usual_rate * (alike - self._usual) if self._usual else alike


def _edges(grey: Image) -> Floats:
    """(2, rows, columns): how the brightness changes across and down, its strength taken back to what an eye sees."""
    rows = max(1, round(COLUMNS * grey.shape[0] / grey.shape[1]))
    small = cv2.GaussianBlur(cv2.resize(grey, (COLUMNS, rows), interpolation=cv2.INTER_AREA), (5, 5), 0)
    change = np.stack([cv2.Sobel(small, cv2.CV_32F, *order) / 8 for order in ((1, 0), (0, 1))])
    strength = np.hypot(change[0], change[1])
    # A sharp shadow must not outweigh all the shelves.
    edges: Floats = (change / np.sqrt(strength + FAINT)).astype(np.float32)
    return edges


def _alike(edges: Floats, learned: Floats) -> float:
    """The correlation of two edge maps at the strongest places of the learned one: 1 the same, 0 unlike."""
    strength = np.hypot(learned[0], learned[1])
    strong = strength >= np.quantile(strength, 1.0 - STRONG)
    a, b = edges[:, strong], learned[:, strong]
    size = float(np.sqrt((a * a).sum() * (b * b).sum()))
    return float((a * b).sum()) / size if size > 0 else 0.0
