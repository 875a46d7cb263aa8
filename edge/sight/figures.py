"""One box, one whole person: a detector sees two who stand behind each other as one tall figure, and of somebody
half hidden only the upper half. How tall people look in each row tells both.
"""

import numpy as np

from edge.sight.detection import Boxes, best
from edge.sight.ground import EDGE, Heights, cut
from edge.sight.tracking import SURE

# Grown people differ in height by 7 % (one standard deviation), boxes of them by as much again. So a figure that is
# farther from the expected height than this is hardly one whole person: two standard deviations of both together.
PLAIN = 0.2


def mended(boxes: Boxes, rows: int, heights: Heights) -> Boxes:
    """The boxes of a picture with so many rows as whole single people; as they are while heights are not known."""
    if not heights.known or not len(boxes):
        return boxes
    return best(_completed(_parted(boxes, heights), rows, heights))


def _parted(boxes: Boxes, heights: Heights) -> Boxes:
    """Tall figures as two people: the one in front has the feet, the one behind has the head.

    Where the one behind stands is a guess: such a box may continue a track and starts none.
    """
    expected = heights.at(boxes[:, 3])
    tall = boxes[:, 3] - boxes[:, 1] > (1 + PLAIN) * expected
    front, rear = boxes[tall], boxes[tall]
    front[:, 1] = front[:, 3] - expected[tall]
    if not heights.tell_feet:
        return np.vstack([boxes[~tall], front])
    rear[:, 3] = np.minimum(heights.feet(rear[:, 1]), rear[:, 3])
    rear[:, 4] = np.minimum(rear[:, 4], 0.9 * SURE)
    return np.vstack([boxes[~tall], front, rear[rear[:, 3] > rear[:, 1]]])


def _completed(boxes: Boxes, rows: int, heights: Heights) -> Boxes:
    """Those whose lower part is behind somebody else, down to where their feet must be."""
    if not heights.tell_feet:
        return boxes
    behind = cut(boxes, rows) & (boxes[:, 3] < rows * (1 - EDGE))
    feet = heights.feet(boxes[:, 1])
    short = boxes[:, 3] - boxes[:, 1] < (1 - PLAIN) * (feet - boxes[:, 1])
    whole = boxes.copy()
    whole[:, 3] = np.where(behind & short, feet, boxes[:, 3])
    return whole
