"""Frames of a camera or a recording, decoded in a child process, with the time at which they were taken."""

import contextlib
import json
import logging
import threading
import time
from collections.abc import Generator, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import cast

import cv2
import numpy as np

from edge.plan import Sensor
from edge.sight import decoder
from edge.sight.child import CameraError as CameraError
from edge.sight.child import Child
from edge.sight.detection import Image

LOG = logging.getLogger("instore.sight")
Frame = tuple[float, Image | None]

# A camera that gives nothing for DEAD_S is dead; after HOPELESS_S its child process is given up for a new one.
DEAD_S, HOPELESS_S = 5.0, 20.0
# The frames left out of a recording are decoded too, so an answer may take far longer than one frame.
ANSWER_S = 60.0
SLICE_S, TELL_S = 0.25, 1.0
FIRST_PAUSE_S, LONGEST_PAUSE_S = 2.0, 60.0
REFUSED = {
    decoder.UNREADABLE: "cannot be read",
    decoder.TOO_LARGE: f"its picture has more than {decoder.MOST_PIXELS // 1_000_000} million pixels",
}
# TCP, because a lost datagram is a grey picture. No second-long probing: the stream is what the camera says.
LIVE_OPTIONS = "rtsp_transport;tcp|fflags;nobuffer|analyzeduration;1000000|probesize;1000000"
# A recording from somewhere else must not make us open connections.
FILE_OPTIONS = "protocol_whitelist;file"


def live(source: str) -> bool:
    """Whether a source is a camera, and not a recording that has a beginning and an end."""
    return "://" in source or source.startswith("usb:")


def frames(sensor: Sensor, source: str, stop: threading.Event) -> Generator[Frame, None, None]:
    """(at, image) of a sensor, at most sensor.fps a second, the newest ones; (at, None) while there are none.

    `at` is the wall clock time of capture in Unix seconds; an image has the size of the original. Cameras and
    looped recordings are opened again and again, after 2 to 60 s, until `stop` is set; meanwhile (at, None)
    comes about once a second. A recording plays at its own pace and ends; CameraError where it cannot be read.
    """
    pause, endless = FIRST_PAUSE_S, sensor.loop or live(source)
    while not stop.is_set():
        try:
            with contextlib.closing(_session(sensor, source, stop)) as session:
                for at, image in session:
                    pause = pause if image is None else FIRST_PAUSE_S
                    yield at, image
            if not endless:
                return
            why = f"sensor {sensor.id}: no more pictures"
        except CameraError as error:
            if not endless:
                raise
            why = str(error)
        if not stop.is_set():
            LOG.warning("%s; trying again in %.0f s", why, pause)
            yield from _away(pause, stop)
            pause = min(2 * pause, LONGEST_PAUSE_S)


def recorded(path: str, scene_fps: float, fps: float | None) -> Generator[tuple[int, Image], None, None]:
    """(index, image) of a recording, as fast as it can be read; the index is counted from 0 while reading.

    With `fps` the frames nearest to those moments at `scene_fps`. CameraError where there is not one frame, or
    where the decoder died on the way.
    """
    step = max(1.0, scene_fps / fps) if fps else 1.0
    child, count, last = _Decoder(path, "the recording", is_live=False, loop=False), 0, -1
    try:
        child.ask(0)
        while (picture := child.wait()) is not None:
            # The next one is decoded while this one is looked at.
            count, last = count + 1, picture.index
            child.ask(int(count * step + 0.5) - last - 1)
            yield picture.index, picture.image
    finally:
        child.close()


def _away(pause: float, stop: threading.Event) -> Iterator[Frame]:
    until = time.monotonic() + pause
    while not stop.is_set() and time.monotonic() < until:
        yield time.time(), None
        stop.wait(min(TELL_S, max(0.0, until - time.monotonic())))


def _session(sensor: Sensor, source: str, stop: threading.Event) -> Generator[Frame, None, None]:
    """The frames of one child process, until it is gone or the recording is over."""
    is_live = live(source)
    child = _Decoder(source, f"sensor {sensor.id}", is_live=is_live, loop=sensor.loop)
    pace = _Pace(sensor.fps)
    heard = told = time.monotonic()
    try:
        child.ask(0)
        while not stop.is_set():
            picture = child.poll(SLICE_S)
            now = time.monotonic()
            if isinstance(picture, Picture):
                at = picture.at if is_live else pace.due(picture.index, picture.fps, stop)
                yield at, picture.image
                heard = told = now
                child.ask(0 if is_live else pace.skip(picture.index, picture.fps))
                stop.wait(max(0.0, heard + 1 / sensor.fps - time.monotonic()) if is_live else 0.0)
            elif picture is None:
                return
            elif now - heard >= HOPELESS_S:
                raise CameraError(f"sensor {sensor.id}: no picture for {HOPELESS_S:.0f} s")
            elif now - heard >= DEAD_S and now - told >= TELL_S:
                told = now
                yield time.time(), None
    finally:
        child.close()


class _Pace:
    """Plays a recording at its own speed: when a frame is due, and how many to leave out to keep up."""

    def __init__(self, fps: float) -> None:
        self._fps = fps
        self._start: float | None = None
        self._wall = 0.0
        self._shown = 0

    def due(self, index: int, fps: float, stop: threading.Event) -> float:
        """The wall clock time of a frame, after waiting for it."""
        if self._start is None:
            self._start, self._wall = time.monotonic(), time.time()
        stop.wait(max(0.0, self._start + index / fps - time.monotonic()))
        return self._wall + index / fps

    def skip(self, index: int, fps: float) -> int:
        """How many frames to leave out after this one: to stay at the sensor's rate, and to catch up if late."""
        late = time.monotonic() - (self._start or 0.0)
        rate = min(self._fps, fps)
        self._shown = max(self._shown + 1, int(late * rate))
        return max(0, int(self._shown * fps / rate + 0.5) - index - 1)


@dataclass(frozen=True)
class Picture:
    """One decoded frame: its number in the source, its time of capture, and the pace the source claims."""

    index: int
    at: float
    fps: float
    image: Image


class _Decoder:
    """The decoder process of one source."""

    def __init__(self, source: str, who: str, *, is_live: bool, loop: bool) -> None:
        options = LIVE_OPTIONS if is_live else FILE_OPTIONS
        environment = {"OPENCV_FFMPEG_CAPTURE_OPTIONS": options, "OPENCV_LOG_LEVEL": "SILENT"}
        self._who = who
        self._child = Child([str(Path(decoder.__file__).resolve())], who, environment)
        self._child.send(json.dumps({"source": source, "live": is_live, "loop": loop}).encode() + b"\n")

    def ask(self, skip: int) -> None:
        """Ask for the frame after `skip` others; the answer comes through poll or wait."""
        self._child.send(decoder.ASK.pack(skip))

    def poll(self, timeout: float) -> Picture | bool | None:
        """The frame asked for; False when it has not come yet, None when the source is over."""
        if not self._child.ready(timeout):
            return False
        head = decoder.HEAD.unpack(self._child.read(decoder.HEAD.size))
        code, index, at, fps, rows, columns, full_rows, full_columns = head
        if code in REFUSED:
            raise CameraError(f"{self._who}: {REFUSED[code]}")
        if code != decoder.FRAME:
            return None
        pixels = self._child.read(rows * columns * 3)
        image = cast(Image, np.frombuffer(pixels, np.uint8).reshape(rows, columns, 3))
        if (rows, columns) != (full_rows, full_columns):
            # Places are drawn in pixels of the original; the finer detail is not needed, its scale is.
            image = cast(Image, cv2.resize(image, (full_columns, full_rows), interpolation=cv2.INTER_NEAREST))
        return Picture(index, at, fps, image)

    def wait(self) -> Picture | None:
        """The frame asked for; None when the source is over, CameraError when it does not come in ANSWER_S."""
        limit = time.monotonic() + ANSWER_S
        while isinstance(picture := self.poll(SLICE_S), bool):
            if time.monotonic() >= limit:
                raise CameraError(f"{self._who}: no picture for {ANSWER_S:.0f} s")
        return picture

    def close(self) -> None:
        """End the process."""
        self._child.close()
