"""Where people stand: anchors of boxes, heights by picture row, and the way from the picture to the floor."""

import numpy as np
from numpy.typing import NDArray

from edge.sight.detection import Boxes

Floats = NDArray[np.float64]
# A box is cut where it comes this close to the lower picture edge, as a share of the picture's height.
EDGE = 0.01
# Heights are learned in this many bands of rows; a band counts from this many boxes on.
BANDS, ENOUGH, MEMORY, REFIT = 24, 5, 200, 10
LEAST, MOST = 0.5, 1.7
STEEPEST = 0.75
# People gain this share of a pixel in height for each row that they stand lower where the camera hangs at twice their
# height; below that a head's row says little about the feet.
TELLING = 0.5


class Heights:
    """How tall people look in each row of one camera's picture, learned from boxes that nothing cuts.

    A straight line over the foot's row: seen by an upright camera, the height of a person grows linearly with
    the distance of the feet below the horizon. `flat`: the same in every row, as for a camera looking down.
    """

    def __init__(self, rows: int, flat: bool = False, share: float = 0.5) -> None:
        self._rows, self._flat, self._share = rows, flat, share
        self._learned = 0
        self._seen = (0.0, float(rows))
        self._bands: list[list[float]] = [[] for _ in range(BANDS)]
        self._line: tuple[float, float] | None = None

    def learn(self, boxes: Boxes) -> None:
        """Take boxes of whole people, seen from head to foot."""
        for top, foot in boxes[:, [1, 3]]:
            band = self._bands[min(BANDS - 1, max(0, int(foot / self._rows * BANDS)))]
            band.append(foot - top)
            del band[:-MEMORY]
        before, self._learned = self._learned, self._learned + len(boxes)
        if before // REFIT < self._learned // REFIT:
            self._line = self._fit()

    @property
    def known(self) -> bool:
        """Whether enough people have been seen to say anything."""
        return self._line is not None

    @property
    def tell_feet(self) -> bool:
        """Whether the row of a head says where the feet are: not seen level, where all heads are in one row."""
        return self._line is not None and self._line[1] <= TELLING

    def at(self, foot: Floats) -> Floats:
        """The height in pixels of a person whose feet are in these rows; not a number as long as none is known."""
        if self._line is None:
            return np.full(len(foot), np.nan)
        base, slope = self._line
        # Beyond the rows where people were seen the line is a guess that may not grow without bounds.
        return np.maximum(base + slope * np.clip(foot, *self._seen), self._rows / 40)

    def feet(self, head: Floats) -> Floats:
        """The row of the feet of people whose heads are in these rows; not a number as long as none is known."""
        if self._line is None:
            return np.full(len(head), np.nan)
        base, slope = self._line
        return (head + base) / max(1.0 - slope, 0.1)

    def believable(self, boxes: Boxes) -> NDArray[np.bool_]:
        """Which boxes have the height of a person at their row, or a part of one at the picture's lower edge."""
        if self._line is None:
            return np.ones(len(boxes), dtype=np.bool_)
        share = (boxes[:, 3] - boxes[:, 1]) / self.at(boxes[:, 3])
        return (share < MOST) & ((share > LEAST) | (boxes[:, 3] >= self._rows * (1 - EDGE)))

    def _fit(self) -> tuple[float, float] | None:
        used = [i for i, band in enumerate(self._bands) if len(band) >= ENOUGH]
        weights = np.array([len(self._bands[i]) for i in used], dtype=np.float64)
        if weights.sum() < 10 * ENOUGH:
            return None
        middles = np.array([float(np.quantile(self._bands[i], self._share)) for i in used])
        rows = (np.array(used) + 0.5) * self._rows / BANDS
        self._seen = (rows[0] - 2 * self._rows / BANDS, rows[-1] + 2 * self._rows / BANDS)
        if self._flat or len(used) < 3 or rows[-1] - rows[0] < self._rows / 8:
            return float(np.average(middles, weights=weights)), 0.0
        slope = np.polyfit(rows, middles, 1, w=np.sqrt(weights))[0]
        # People do not look smaller when they come closer. Seen level, they gain their height over the camera's
        # for each row: no shop camera hangs below 2.2 m.
        slope = min(max(float(slope), 0.0), STEEPEST)
        return float(np.average(middles - slope * rows, weights=weights)), slope


def cut(boxes: Boxes, rows: int) -> NDArray[np.bool_]:
    """Which boxes hide their feet: at the picture's lower edge, or behind a box that stands in front."""
    hidden = boxes[:, 3] >= rows * (1 - EDGE)
    x1, y1, x2, y2 = (boxes[:, i] for i in range(4))
    wide = np.minimum(x2[:, None], x2[None]) - np.maximum(x1[:, None], x1[None])
    # The one in front stands lower in the picture, and its box begins above the other's feet.
    front = (y2[None] > y2[:, None] + 0.02 * (y2 - y1)[:, None]) & (y1[None] < y2[:, None])
    covers = (wide > 0.4 * np.maximum(x2 - x1, 1.0)[:, None]) & front
    found: NDArray[np.bool_] = hidden | covers.any(axis=1)
    return found


def feet(boxes: Boxes, rows: int, heights: Heights) -> Floats:
    """(N, 2) pixels where people stand: bottom centres; feet below the picture are put where the head says.

    Such a foot is only ever moved down, and at most by half of the height that is expected there. Feet behind
    somebody else need no guess: the tracker knows how tall the person was a moment ago.
    """
    foot = boxes[:, 3].copy()
    hidden = boxes[:, 3] >= rows * (1 - EDGE)
    if heights.known and hidden.any():
        guess = np.minimum(heights.feet(boxes[hidden, 1]), foot[hidden] + heights.at(foot[hidden]) / 2)
        foot[hidden] = np.maximum(foot[hidden], guess)
    return np.column_stack([(boxes[:, 0] + boxes[:, 2]) / 2, foot])


def centres(boxes: Boxes) -> Floats:
    """(N, 2) centres of boxes: where people stand for a camera that looks straight down."""
    return (boxes[:, :2] + boxes[:, 2:4]) / 2
