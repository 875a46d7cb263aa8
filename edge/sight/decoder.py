"""The child process that opens a camera or a recording: a file that crashes the decoder ends this process only.

Asked over stdin, answers over stdout; nothing is written anywhere else. The first line of stdin is a JSON
object {source, live, loop}: an address never stands in a command line, where every user could read it. Each
further request is a number, how many frames to leave out; each answer is a head and the pixels of one frame.
It runs by its path and imports nothing of ours.
"""

import contextlib
import ctypes
import json
import os
import resource
import signal
import struct
import sys
import threading
import time
from typing import Any, BinaryIO

import cv2

ASK = struct.Struct("<I")
# code, index counted while reading, Unix time of capture, frames a second, rows and columns of the pixels that
# follow, rows and columns of the original.
HEAD = struct.Struct("<IQddIIII")
FRAME, END, UNREADABLE, TOO_LARGE = range(4)
WIDEST = 1920
# A 4K camera has 8 million, a fisheye 12; what claims more would take the memory of the whole device.
MOST_PIXELS = 16_000_000
USUAL_FPS = 25.0
OPEN_MS, READ_MS = 10_000, 8_000
END_WITH_PARENT, NOT_DUMPABLE = 1, 4


class Recording:
    """A file read from its first frame to its last, over and over with `loop`."""

    def __init__(self, source: str, loop: bool) -> None:
        self._source, self._loop = source, loop
        self._capture = cv2.VideoCapture(source)
        self._index = 0

    def next(self, skip: int) -> tuple[int, int, float, float, Any]:
        """code, index, time, frames a second and image of the frame after `skip` others."""
        for _ in range(skip):
            if not self._grab():
                break
        if not self._grab():
            return (END if self._index else UNREADABLE), self._index, time.time(), 0.0, None
        if _too_large(self._capture):
            return TOO_LARGE, self._index, time.time(), 0.0, None
        ok, image = self._capture.retrieve()
        code = FRAME if ok and image is not None else END
        return code, self._index - 1, time.time(), _fps(self._capture), image

    def _grab(self) -> bool:
        if not self._capture.grab():
            if not self._loop or not self._index:
                return False
            self._capture.release()
            self._capture = cv2.VideoCapture(self._source)
            if not self._capture.grab():
                return False
        self._index += 1
        return True


class Live:
    """A camera, read all the time, so that a frame that is asked for is new and not one out of a buffer."""

    def __init__(self, source: str) -> None:
        self._source = source
        self._wanted, self._ready = threading.Event(), threading.Event()
        self._frame: tuple[int, int, float, float, Any] = (UNREADABLE, 0, 0.0, 0.0, None)
        threading.Thread(target=self._run, daemon=True).start()

    def next(self, skip: int) -> tuple[int, int, float, float, Any]:
        """The next frame that the camera delivers; `skip` has no meaning here."""
        del skip
        self._wanted.set()
        self._ready.wait()
        if self._frame[0] == FRAME:
            self._ready.clear()
        return self._frame

    def _run(self) -> None:
        code = END
        try:
            code = self._watch()
        finally:
            self._frame = (code, 0, time.time(), 0.0, None)
            self._ready.set()

    def _watch(self) -> int:
        """Take frames until there are no more; the code that says why."""
        capture = _camera(self._source)
        index = 0
        while capture.grab():
            at, index = time.time(), index + 1
            if _too_large(capture):
                return TOO_LARGE
            if self._wanted.is_set():
                ok, image = capture.retrieve()
                if ok and image is not None:
                    self._wanted.clear()
                    self._frame = (FRAME, index - 1, at, _fps(capture), image)
                    self._ready.set()
        return END if index else UNREADABLE


def _camera(source: str) -> cv2.VideoCapture:
    if source.startswith("usb:"):
        return cv2.VideoCapture(int(source[4:]))
    limits = [cv2.CAP_PROP_OPEN_TIMEOUT_MSEC, OPEN_MS, cv2.CAP_PROP_READ_TIMEOUT_MSEC, READ_MS]
    return cv2.VideoCapture(source, cv2.CAP_FFMPEG, limits)


def _fps(capture: cv2.VideoCapture) -> float:
    told = capture.get(cv2.CAP_PROP_FPS)
    return told if 0.5 <= told <= 240.0 else USUAL_FPS


def _too_large(capture: cv2.VideoCapture) -> bool:
    return capture.get(cv2.CAP_PROP_FRAME_WIDTH) * capture.get(cv2.CAP_PROP_FRAME_HEIGHT) > MOST_PIXELS


def _narrow(image: Any) -> Any:
    """Three channels and at most WIDEST columns: what follows looks at a few hundred, and a pipe has its price."""
    if image.ndim == 2:
        image = cv2.cvtColor(image, cv2.COLOR_GRAY2BGR)
    elif image.shape[2] == 4:
        image = cv2.cvtColor(image, cv2.COLOR_BGRA2BGR)
    rows, columns = image.shape[:2]
    if columns <= WIDEST:
        return image
    return cv2.resize(image, (WIDEST, max(1, round(rows * WIDEST / columns))), interpolation=cv2.INTER_LINEAR)


def serve(asked: BinaryIO, answers: BinaryIO) -> None:
    """Answer until the parent closes its end or the source is over."""
    order = json.loads(asked.readline())
    source = Live(order["source"]) if order["live"] else Recording(order["source"], order["loop"])
    while len(request := asked.read(ASK.size)) == ASK.size:
        code, index, at, fps, image = source.next(*ASK.unpack(request))
        if code != FRAME:
            answers.write(HEAD.pack(code, index, at, 0.0, 0, 0, 0, 0))
            answers.flush()
            return
        small = _narrow(image)
        answers.write(HEAD.pack(code, index, at, fps, *small.shape[:2], *image.shape[:2]))
        answers.write(small.tobytes())
        answers.flush()


def main() -> None:
    """Leave no core dump, keep stdout for frames alone, serve, and go at once whatever a thread is stuck in."""
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    with contextlib.suppress(OSError, AttributeError):
        ctypes.CDLL(None).prctl(NOT_DUMPABLE, 0, 0, 0, 0)
        # A camera that says nothing would keep us waiting for it long after nobody wants its frames.
        ctypes.CDLL(None).prctl(END_WITH_PARENT, signal.SIGKILL, 0, 0, 0)
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
    cv2.setNumThreads(1)
    with contextlib.suppress(BrokenPipeError):
        serve(sys.stdin.buffer, answers)
    os._exit(0)


if __name__ == "__main__":
    main()
