"""Runs norfair. It has no default distance and no use for doubtful boxes: both are those of its own YOLO demo."""

from collections.abc import Iterable

import norfair
from exchange import Boxes, Clip, Row, serve

DISTANCE, FARTHEST, FLOOR = "iou", 0.7, 0.25


class Norfair:
    """The tracker with all defaults but the distance."""

    def __init__(self, clip: Clip) -> None:
        del clip
        self._tracker = norfair.Tracker(distance_function=DISTANCE, distance_threshold=FARTHEST)
        self._look = 0

    def given(self, at: float, boxes: Boxes) -> list[norfair.Detection]:
        del at
        self._look += 1
        sure = boxes[boxes[:, 4] >= FLOOR]
        return [norfair.Detection(box[:4].reshape(2, 2), box[[4, 4]], data=self._look) for box in sure]

    def step(self, given: list[norfair.Detection]) -> list[norfair.tracker.TrackedObject]:
        told: list[norfair.tracker.TrackedObject] = self._tracker.update(given)
        return told

    def rows(self, told: list[norfair.tracker.TrackedObject]) -> Iterable[Row]:
        here = [one for one in told if one.last_detection.data == self._look]
        return [(int(one.id), *one.estimate.ravel().tolist()) for one in here]


if __name__ == "__main__":
    serve(["norfair", "scipy"], {"norfair": Norfair})
