"""Runs mesopic through its classes: tracker and line counter, with the thresholds of its settings file."""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

import numpy as np
from exchange import Boxes, Clip, Event, Line, Row, serve
from mesopic.analytics.geometry import GeometryAnalytics
from mesopic.analytics.site_geometry import SiteGeometry
from mesopic.config.schema import MesopicConfig, ThresholdsConfig
from mesopic.tracker.bytetrack import ByteTrackTracker
from mesopic.types import CameraId, DecodedFrame, Detection, EventKind, FrameTs, Track

CAMERA = CameraId("camera")
START = datetime(2026, 1, 5, 9, tzinfo=UTC)
SETTINGS = ThresholdsConfig()


class Look(NamedTuple):
    """A frame without its picture, and the people in it in whole pixels."""

    frame: DecodedFrame
    people: list[Detection]


class Mesopic:
    """The tracker as mesopic's own pipeline builds it."""

    def __init__(self, clip: Clip) -> None:
        self._size = clip.width, clip.height
        self._tracker = ByteTrackTracker(
            track_thresh=SETTINGS.track_thresh,
            max_cost=SETTINGS.max_cost,
            max_cost_low=SETTINGS.max_cost_low,
            track_memory_s=SETTINGS.track_memory_s,
        )

    def given(self, at: float, boxes: Boxes) -> Look:
        picture, when = np.zeros((1, 1, 3), np.uint8), FrameTs(START + timedelta(seconds=at))
        sure = boxes[boxes[:, 4] >= SETTINGS.detection_confidence]
        people = [Detection(tuple(map(round, box[:4])), float(box[4])) for box in sure.tolist()]
        return Look(DecodedFrame(CAMERA, when, picture, *self._size), people)

    def step(self, given: Look) -> list[Track]:
        told: list[Track] = self._tracker.update(*given)
        return told

    def rows(self, told: list[Track]) -> Iterable[Row]:
        # What it tells has no boxes; they stand in its own records.
        here = {track.track_id for track in told if track.time_since_update == 0}
        return [(int(one.track_id), *one.box.tolist()) for one in self._tracker._tracks if one.track_id in here]


class Geometry:
    """Its line counter, on a site of one camera that has these lines."""

    def __init__(self, clip: Clip, lines: list[Line]) -> None:
        camera = {
            "camera_id": CAMERA,
            "name": CAMERA,
            "source": {"kind": "rtsp", "url": "rtsp://127.0.0.1/none"},
            "reference_resolution": (clip.width, clip.height),
        }
        scale = np.array([clip.width, clip.height])
        drawn = [
            {"line_id": line.id, "camera_id": CAMERA, "a": tuple(line.a / scale), "b": tuple(line.b / scale)}
            for line in lines
        ]
        site = MesopicConfig.model_validate({"site": {"site_id": "site"}, "cameras": [camera], "lines": drawn})
        self._counter = GeometryAnalytics(SiteGeometry.compile(site))

    def step(self, at: float, told: list[Track]) -> Iterable[Event]:
        facts = self._counter.on_tracks(CAMERA, told, ts=FrameTs(START + timedelta(seconds=at)))
        crossed = [fact for fact in facts if fact.kind is EventKind.LINE_CROSS]
        return [(at, str(fact.line_id), "+" if fact.direction == 1 else "-") for fact in crossed]


if __name__ == "__main__":
    serve(["mesopic", "scipy"], {"mesopic": Mesopic}, {"mesopic's own": Geometry})
