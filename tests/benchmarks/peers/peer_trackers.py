"""Runs the package trackers: ByteTrack, BoT-SORT, OC-SORT and SORT."""

from collections.abc import Callable, Iterable
from functools import partial
from typing import Any

import supervision as sv
from exchange import Boxes, Clip, Row, serve
from trackers import BoTSORTTracker, ByteTrackTracker, OCSORTTracker, SORTTracker

# Without the camera motion compensation, which would need the pictures; these cameras stand still.
MADE: dict[str, Callable[..., Any]] = {
    "ByteTrack": ByteTrackTracker,
    "BoT-SORT": partial(BoTSORTTracker, enable_cmc=False),
    "OC-SORT": OCSORTTracker,
    "SORT": SORTTracker,
}


class One:
    """A tracker with all defaults; `told_rate`: but for the frame rate (default 30), which is the clip's."""

    def __init__(self, clip: Clip, *, made: Callable[..., Any], told_rate: bool) -> None:
        self._tracker = made(frame_rate=clip.rate) if told_rate else made()

    def given(self, at: float, boxes: Boxes) -> sv.Detections:
        del at
        return sv.Detections(boxes[:, :4].copy(), confidence=boxes[:, 4].copy())

    def step(self, given: sv.Detections) -> sv.Detections:
        return self._tracker.update(given)

    def rows(self, told: sv.Detections) -> Iterable[Row]:
        pairs = zip(told.tracker_id, told.xyxy.tolist(), strict=True)
        return [(int(i), *box) for i, box in pairs if i >= 0]


if __name__ == "__main__":
    default = {name: partial(One, made=made, told_rate=False) for name, made in MADE.items()}
    told = {f"{name}, told the rate": partial(One, made=made, told_rate=True) for name, made in MADE.items()}
    serve(["trackers", "supervision", "scipy"], default | told)
