"""How large people look in one camera's picture, and parts that are too large for one person cut into several."""

from typing import cast

import cv2
import numpy as np
from numpy.typing import NDArray

from edge.sight.detection import Boxes, no_boxes
from edge.sight.ground import Heights
from edge.sight.parts import Mask, Part

Floats = NDArray[np.float64]

SLIM, WIDE = 1.3, 5.0
# A part teaches the size of a person only where it is as slim and as full as one.
SINGLE, FULL = 1.8, 0.5
# The farthest person in a picture looks so much smaller than the nearest at most.
NEAREST = 0.2
SLIMMER, LESSONS = 0.3, 400
WHOLE, PIECE, NOISE = 0.9, 0.6, 0.3
MOST = 12
# Two people side by side are broader than one by so much at least; a head stands out of shoulders by an eighth.
BROAD, RISES = 1.2, 0.12


class Sizes:
    """The sizes that single people were seen to have in this picture. `overhead`: seen from straight above."""

    def __init__(self, rows: int, columns: int, overhead: bool) -> None:
        self._rows, self._columns, self._overhead = rows, columns, overhead
        self._heights = Heights(rows, flat=overhead, share=0.5)
        self._ratios: list[float] = []
        self._ratio = 0.0
        self._tallest = 0

    @property
    def known(self) -> bool:
        """Whether enough people have been seen."""
        return self._heights.known

    def person(self, foot: float, unknown: float) -> tuple[float, float]:
        """Width and height in pixels of a person with the feet in row `foot`; `unknown` high until learned."""
        if not self.known:
            return unknown / 2.5, unknown
        high = float(self._heights.at(np.array([foot]))[0])
        return high * self._ratio, high

    def learn(self, part: Part, tallest: int) -> None:
        """Take the size of somebody who moves alone; `tallest` is the tallest part of the same picture."""
        x1, y1, x2, y2 = part.x, part.y, part.x + part.w, part.y + part.h
        whole = x1 > 1 and y1 > 1 and x2 < self._columns - 1 and y2 < self._rows - 1
        upright = self._overhead or SINGLE < part.h / part.w < WIDE
        full = part.area > FULL * part.w * part.h
        if whole and upright and full and part.h > max(self._rows / 14, 0.45 * tallest):
            self._heights.learn(np.array([[x1, y1, x2, y2, WHOLE]], dtype=np.float64))
            self._ratios = [*self._ratios[-LESSONS:], part.w / part.h]
            # Groups are among those learned from, so the slimmer ones say how wide one person is.
            self._ratio = sorted(self._ratios)[int(SLIMMER * len(self._ratios))]

    def people(self, part: Part) -> Boxes:
        """x1, y1, x2, y2, score of the people in one connected part."""
        box = np.array([[part.x, part.y, part.x + part.w, part.y + part.h, WHOLE]], dtype=np.float64)
        self._tallest = max(self._tallest, part.h)
        if not self.known:
            if part.h < NEAREST * self._tallest:
                return no_boxes()
            person = part.h > self._rows / 16 and (self._overhead or part.h > SLIM * part.w)
            box[0, 4] = WHOLE if person else NOISE
            return box
        wide, high = self.person(part.y + part.h, 0.0)
        if part.area < 0.15 * high * wide:
            return no_boxes()
        heads = self._heads(part, wide, high)
        if len(heads) < 2 and part.h < 1.35 * high and part.w < 1.6 * wide:
            box[0, 4] = WHOLE if part.h > 0.6 * high else PIECE if part.h > 0.4 * high else NOISE
            return box
        return self._cover(box, part.mask, heads)

    def _heads(self, part: Part, wide: float, high: float) -> Floats:
        """Boxes of the people whose heads stand out of the upper outline of a part: x1, y1, x2, y2."""
        if self._overhead or part.w < BROAD * wide or part.w < 6:
            return np.zeros((0, 4))
        top = np.where(part.mask.any(axis=0), part.mask.argmax(axis=0), part.h).astype(np.float64)
        found = [(part.x + x, part.y + float(top[x])) for x in peaks(top, RISES * high, 0.5 * wide)]
        head = np.array(found).reshape(-1, 2)
        foot = np.minimum(self._heights.feet(head[:, 1]), part.y + part.h)
        tall = np.maximum(self._heights.at(foot), 1.0)
        half = tall * self._ratio / 2
        return np.column_stack([head[:, 0] - half, head[:, 1], head[:, 0] + half, head[:, 1] + tall])

    def _cover(self, box: Boxes, mask: Mask, heads: Floats) -> Boxes:
        """Person-sized boxes laid over a part that is too large for one: below heads, then the fullest first."""
        left, places = mask.copy(), self._places(box)
        x, y = box[0, :2]
        found: list[Floats] = []
        for head in heads if len(heads) > 1 else heads[:0]:
            if _filled(left, (head - box[0, [0, 1, 0, 1]])[None])[0] >= 0.45 * np.prod(head[2:] - head[:2]):
                found.append(np.array([*head, PIECE]))
        for head in found:
            x1, y1, x2, y2 = head[:4]
            left[max(0, int(y1 - y)) : int(y2 - y), max(0, int(x1 - x)) : int(x2 - x)] = 0
        area = np.prod(places[:, 2:] - places[:, :2], axis=1)
        while len(places) and len(found) < MOST:
            full = _filled(left, places - box[0, [0, 1, 0, 1]])
            top = int(np.argmax(full - 0.3 * area))
            if full[top] < 0.45 * area[top]:
                break
            x1, y1, x2, y2 = places[top]
            found.append(np.array([x1, y1, x2, y2, PIECE]))
            left[max(0, int(y1 - y)) : int(y2 - y), max(0, int(x1 - x)) : int(x2 - x)] = 0
        return np.array(found).reshape(-1, 5)

    def _places(self, box: Boxes) -> Floats:
        """Every place, on a grid, where a whole person could stand inside a box: x1, y1, x2, y2."""
        x1, y1, x2, y2 = box[0, :4]
        foot = np.arange(y2, y1, -3.0)
        high = self._heights.at(foot)
        fits = foot - high > y1 - 0.25 * high
        m, f = np.meshgrid(np.arange(x1, x2, 2.0), foot[fits])
        tall = np.broadcast_to(high[fits][:, None], m.shape)
        half = tall * self._ratio / 2
        places = np.stack([m - half, f - tall, m + half, f], axis=-1).reshape(-1, 4)
        beyond = 0.2 * (places[:, 2] - places[:, 0])
        inside = (places[:, 0] > x1 - beyond) & (places[:, 2] < x2 + beyond)
        return cast(Floats, np.round(places[inside]))


def peaks(top: Floats, rises: float, apart: float) -> list[int]:
    """Columns where an outline (rows, from above) is highest, each `rises` above the valley to any higher one."""
    found: list[int] = []
    for x in np.argsort(top, kind="stable").tolist():
        valleys = [top[min(x, other) : max(x, other) + 1].max() for other in found]
        far = all(abs(x - other) >= apart for other in found)
        if far and all(valley - top[x] >= rises for valley in valleys):
            found.append(x)
    return sorted(found)


def _filled(mask: Mask, boxes: Floats) -> Floats:
    """How many pixels of the mask each box holds; a box may reach beyond the mask."""
    total = cv2.integral(mask)
    x = np.clip(boxes[:, [0, 2]], 0, mask.shape[1]).astype(int)
    y = np.clip(boxes[:, [1, 3]], 0, mask.shape[0]).astype(int)
    inside = total[y[:, 1], x[:, 1]] - total[y[:, 0], x[:, 1]] - total[y[:, 1], x[:, 0]] + total[y[:, 0], x[:, 0]]
    return cast(Floats, inside.astype(np.float64))
