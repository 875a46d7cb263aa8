"""Runs supervision: its ByteTrack, which its later versions no longer have, and its line counter."""

from collections.abc import Iterable

import numpy as np
import supervision as sv
from exchange import Boxes, Clip, Event, Line, Row, serve


class Byte:
    """ByteTrack with all defaults; `told_rate`: but for the frame rate (default 30), which is the clip's."""

    def __init__(self, clip: Clip, *, told_rate: bool) -> None:
        self._tracker = sv.ByteTrack(frame_rate=clip.rate) if told_rate else sv.ByteTrack()

    def given(self, at: float, boxes: Boxes) -> sv.Detections:
        del at
        return sv.Detections(boxes[:, :4].copy(), confidence=boxes[:, 4].copy())

    def step(self, given: sv.Detections) -> sv.Detections:
        return self._tracker.update_with_detections(given)

    def rows(self, told: sv.Detections) -> Iterable[Row]:
        return [(int(i), *box) for i, box in zip(told.tracker_id, told.xyxy.tolist(), strict=True)]


class Zones:
    """A LineZone a line. What it calls `in` ends on the side where the cross product is below zero."""

    def __init__(self, lines: list[Line], anchors: Iterable[sv.Position] | None) -> None:
        more = {"triggering_anchors": list(anchors)} if anchors else {}
        self._zones = {line.id: sv.LineZone(sv.Point(*line.a), sv.Point(*line.b), **more) for line in lines}

    def step(self, at: float, told: sv.Detections) -> Iterable[Event]:
        for line, zone in self._zones.items():
            inwards, outwards = zone.trigger(told)
            yield from [(at, line, "-")] * int(np.sum(inwards))
            yield from [(at, line, "+")] * int(np.sum(outwards))


if __name__ == "__main__":
    serve(
        ["supervision", "scipy"],
        {
            "ByteTrack": lambda clip: Byte(clip, told_rate=False),
            "ByteTrack, told the rate": lambda clip: Byte(clip, told_rate=True),
        },
        {
            "LineZone": lambda _, lines: Zones(lines, None),
            "LineZone at the foot": lambda _, lines: Zones(lines, [sv.Position.BOTTOM_CENTER]),
        },
    )
