"""One camera's sight: an image goes in, people come out, and nothing after it sees an image."""

import zlib
from collections.abc import Callable
from typing import Literal, NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

from edge.measure.geometry import People, inside
from edge.measure.plane import Floor
from edge.plan import Sensor
from edge.sight.blobs import Blobs
from edge.sight.detection import Boxes, Detector, Image, network, no_boxes, union
from edge.sight.figures import mended
from edge.sight.gate import Gate
from edge.sight.ground import EDGE, Heights, centres, cut, feet
from edge.sight.steady import Steady
from edge.sight.tracking import BIRTH, Tracker, Tracks

State = Literal["ok", "frozen", "dark", "covered", "moved"]

# Blobs look at all the first pictures: a background has to be known before anything can differ from it.
WARM_UP = 60
COLUMNS, LEVELS = 160, 18
FROZEN_S, BLIND_S = 8.0, 3.0  # so that the alarm is out within 10 s
DARK, FLAT, EDGES = 12.0, 8.0, 0.005
# A person has walked at least half a body height; a thing that appears and stays has not.
WALKED, CERTAIN = 0.5, 0.6
# Body heights a second, a quarter of a metre: nobody walks so slowly, and no box trembles faster.
RESTS = 0.15


class Boxed(NamedTuple):
    """The tracks of the last look as boxes in picture pixels; `observed`: found in that very frame."""

    ids: NDArray[np.int64]
    boxes: NDArray[np.float64]
    observed: NDArray[np.bool_]


class Eye:
    """Detector, tracker and anchors of one camera.

    `model` are the bytes of the network where the plan says `detector = "onnx"` (ValueError if missing or no
    detector). A picture that differs nowhere from the one last looked at shows the same boxes, and costs next to
    nothing. With `rate`, at most so many looks a second are really taken; those in between are answered with where
    people are expected. `floor` takes anchors to metres where the plan has floor points. `lot` gives the tracks' ids.
    """

    def __init__(
        self,
        sensor: Sensor,
        model: bytes | None = None,
        *,
        rate: float | None = None,
        lot: Callable[[], int] | None = None,
    ) -> None:
        # One camera is worth one core at most; several cameras share the rest.
        cv2.setNumThreads(1)
        self._overhead = sensor.view == "overhead"
        # Blobs know sizes of their own, and people seen from above have none that the row could tell.
        self._sized = sensor.detector != "blobs" and not self._overhead
        self._ignore = sensor.ignore
        self._detector = _detector(sensor, model)
        self._least_s = 0.0 if rate is None else 0.9 / rate
        self.floor = Floor(sensor.floor) if sensor.floor else None
        self._tracker = Tracker(lot)
        self._health, self._steady = Health(), Steady()
        self._heights: Heights | None = None
        self._gate = Gate(sensor.ignore, WARM_UP if sensor.detector == "blobs" or sensor.union else 1)
        self._looked: float | None = None
        self._found, self._sure = no_boxes(), True
        self._kept = no_boxes()[:, :4]
        self.boxes = Boxed(np.zeros(0, np.int64), self._kept, np.zeros(0, np.bool_))

    @property
    def state(self) -> State:
        """What the camera shows: only when it is `ok` is an empty picture an empty shop."""
        return "moved" if self._health.state == "ok" and self._steady.moved else self._health.state

    def look(self, at: float, image: Image) -> People:
        """The people in a BGR image taken at `at` seconds; anchors and heights in pixels of this image."""
        grey = _grey(image)
        self._health.see(at, image, grey)
        if self._health.state == "ok":
            self._steady.see(at, grey)
        if self._looked is not None and 0.0 <= at - self._looked < self._least_s:
            return self._people(at, self._tracker.expected(at), image.shape)
        if self._gate.opens(at, grey, image.shape[1], self._sure):
            self._looked, self._found = at, self._detected(at, image)
        tracks = self._tracker.step(at, self._found)
        self._sure = self._settled(at, tracks)
        self._kept = tracks.pick(tracks.roamed > WALKED).boxes
        return self._people(at, tracks, image.shape)

    def _settled(self, at: float, tracks: Tracks) -> bool:
        """Whether everybody known was just found and rests, and nobody new waits to be seen a second time."""
        pace = np.hypot(tracks.speed[:, 0], tracks.speed[:, 1]) / np.maximum(tracks.state[:, 3], 1.0)
        new = np.count_nonzero(self._found[:, 4] >= BIRTH) > len(tracks.ids)
        return not new and bool(((tracks.last == at) & (pace < RESTS)).all())

    def _detected(self, at: float, image: Image) -> Boxes:
        rows, columns = image.shape[:2]
        heights = self._heights = self._heights or Heights(rows)
        boxes = self._detector(at, image, self._kept)
        boxes[:, :4] = np.clip(boxes[:, :4], 0, [columns, rows, columns, rows])
        boxes = boxes[(boxes[:, 2] > boxes[:, 0] + 1) & (boxes[:, 3] > boxes[:, 1] + 1)]
        if self._sized:
            boxes = boxes[heights.believable(boxes)]
            whole = ~cut(boxes, rows) & (boxes[:, 1] > rows * EDGE) & (boxes[:, 4] >= CERTAIN)
            heights.learn(boxes[whole])
            boxes = mended(boxes, rows, heights)
        ignored = np.zeros(len(boxes), dtype=np.bool_)
        for polygon in self._ignore:
            ignored |= inside(self._anchors(boxes, rows), polygon)
        return boxes[~ignored]

    def _anchors(self, boxes: Boxes, rows: int) -> NDArray[np.float64]:
        if self._overhead or self._heights is None:
            return centres(boxes)
        return feet(boxes, rows, self._heights)

    def _people(self, at: float, tracks: Tracks, shape: tuple[int, ...]) -> People:
        """The tracks as people; those expected outside of the picture are gone."""
        observed = tracks.last == at
        x, y = centres(tracks.boxes).T
        here = observed | ((x >= 0) & (y >= 0) & (x <= shape[1]) & (y <= shape[0]))
        tracks, observed = tracks.pick(here), observed[here]
        boxes = tracks.boxes
        self.boxes = Boxed(tracks.ids, boxes, observed)
        return People(at, tracks.ids, self._anchors(boxes, shape[0]), tracks.state[:, 3].copy(), observed)


def _detector(sensor: Sensor, model: bytes | None) -> Detector:
    if sensor.detector == "blobs":
        return Blobs(sensor.view == "overhead")
    if model is None:
        raise ValueError('detector = "onnx" needs a model')
    people = network(model, sensor.decoder)
    return union(people, Blobs(sensor.view == "overhead")) if sensor.union else people


def _grey(image: Image) -> Image:
    rows = max(1, round(COLUMNS * image.shape[0] / image.shape[1]))
    small = cv2.resize(image, (COLUMNS, rows), interpolation=cv2.INTER_LINEAR)
    return np.asarray(cv2.cvtColor(small, cv2.COLOR_BGR2GRAY), dtype=np.uint8)


class Health:
    """Whether a camera still shows the shop: simple rules that a person can check by looking at the picture.

    `frozen`: the very same picture for 10 s, which the noise of a living sensor never gives. `dark`: mean grey
    below 12 of 255. `covered`: hardly an edge and hardly a contrast. The last two must hold for 3 s.
    """

    def __init__(self) -> None:
        self.state: State = "ok"
        self._print = -1
        self._since = {"frozen": 0.0, "dark": 0.0, "covered": 0.0}

    def see(self, at: float, image: Image, grey: Image) -> None:
        """Take a picture and its small grey copy into account; `state` is what is true from now on."""
        before, self._print = self._print, zlib.crc32(image[::4, ::4].tobytes())
        signs = {"frozen": before == self._print, "dark": float(grey.mean()) < DARK, "covered": _flat(grey)}
        for name, seen in signs.items():
            if not seen or before == -1:
                self._since[name] = at
        lasted = {name: at - since for name, since in self._since.items()}
        if lasted["dark"] >= BLIND_S:
            self.state = "dark"
        elif lasted["covered"] >= BLIND_S:
            self.state = "covered"
        else:
            self.state = "frozen" if lasted["frozen"] >= FROZEN_S else "ok"


def _flat(grey: Image) -> bool:
    if float(grey.std()) >= FLAT:
        return False
    steps = np.abs(np.diff(grey.astype(np.int16), axis=1)) > LEVELS
    return float(steps.mean()) < EDGES
