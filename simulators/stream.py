"""The simulated cameras as a network camera serves them (MJPEG over HTTP), and clips written to files."""

import json
import logging
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import cv2

from simulators.frames import Picture
from simulators.scenes import box_rows, is_staff, scene
from simulators.shop import CAMERAS, Camera, Shop
from simulators.shoppers import Life

log = logging.getLogger("instore.sim")

QUALITY, BOUNDARY, STUCK_S = 85, "frame", 10.0


class ClipError(Exception):
    """A clip cannot be written; the text says why, without the path."""


class Feed:
    """One camera in real time: the newest picture as JPEG. Pictures are drawn only while somebody looks."""

    def __init__(self, shop: Shop, camera: Camera, fps: float, shift_s: float, stop: threading.Event) -> None:
        self._life, self._picture = Life(shop), Picture(camera, shop.seed)
        self._fps, self._shift_s, self._stop = fps, shift_s, stop
        self._fresh = threading.Condition()
        self._jpeg, self._number, self._watching = b"", 0, 0

    def run(self) -> None:
        """Draws until `stop`; a late picture is left out, never made up for."""
        due = time.monotonic()
        while not self._stop.is_set():
            if self._watching:
                jpeg = self.draw(time.time() + self._shift_s)
                with self._fresh:
                    self._jpeg, self._number = jpeg, self._number + 1
                    self._fresh.notify_all()
            due = max(due + 1.0 / self._fps, time.monotonic())
            self._stop.wait(due - time.monotonic())

    def draw(self, at: float) -> bytes:
        image, _ = self._picture.draw(at, self._life.figures(at))
        done, coded = cv2.imencode(".jpg", image, [cv2.IMWRITE_JPEG_QUALITY, QUALITY])
        return coded.tobytes() if done else b""

    def pictures(self) -> Iterator[bytes]:
        """The newest picture again and again, each once, until `stop`."""
        number = self._number
        with self._fresh:
            self._watching += 1
        try:
            while not self._stop.is_set():
                with self._fresh:
                    if self._number == number:
                        self._fresh.wait(timeout=0.5)
                        continue
                    jpeg, number = self._jpeg, self._number
                yield jpeg
        finally:
            with self._fresh:
                self._watching -= 1


class _Server(ThreadingHTTPServer):
    daemon_threads = False  # so that closing waits for the clients' threads

    def __init__(self, port: int, feeds: dict[str, Feed]) -> None:
        self.feeds = feeds
        super().__init__(("127.0.0.1", port), _Answer)

    def handle_error(self, request: object, client_address: object) -> None:
        log.debug("a client went away")


class _Answer(BaseHTTPRequestHandler):
    server: _Server
    timeout = STUCK_S

    def do_GET(self) -> None:
        name, _, kind = self.path.partition("?")[0].lstrip("/").rpartition(".")
        feed = self.server.feeds.get(name)
        if feed is None or kind not in ("mjpg", "jpg"):
            self.send_error(HTTPStatus.NOT_FOUND)
            return
        pictures = feed.pictures()
        try:
            self._still(pictures) if kind == "jpg" else self._stream(pictures)
        except (ConnectionError, TimeoutError):
            log.debug("a client went away")
        finally:
            pictures.close()  # type: ignore[attr-defined]

    def _still(self, pictures: Iterator[bytes]) -> None:
        jpeg = next(pictures, b"")
        self._head("image/jpeg", len(jpeg))
        self.wfile.write(jpeg)

    def _stream(self, pictures: Iterator[bytes]) -> None:
        self._head(f"multipart/x-mixed-replace; boundary={BOUNDARY}", None)
        for jpeg in pictures:
            head = f"--{BOUNDARY}\r\nContent-Type: image/jpeg\r\nContent-Length: {len(jpeg)}\r\n\r\n"
            self.wfile.write(head.encode() + jpeg + b"\r\n")

    def _head(self, kind: str, length: int | None) -> None:
        self.close_connection = True
        self.send_response(HTTPStatus.OK)
        self.send_header("Content-Type", kind)
        self.send_header("Cache-Control", "no-store")
        if length is not None:
            self.send_header("Content-Length", str(length))
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:
        log.debug("request answered")


@contextmanager
def serving(shop: Shop, port: int, fps: float, shift_s: float = 0.0) -> Iterator[int]:
    """Serves /camera-1.mjpg, /camera-2.mjpg (and .jpg stills) on 127.0.0.1 while open; yields the port.

    The pictures show the shop at wall-clock time plus `shift_s`. Port 0 takes a free one; OSError where it is taken.
    """
    stop = threading.Event()
    feeds = {camera.id: Feed(shop, camera, fps, shift_s, stop) for camera in CAMERAS}
    server = _Server(port, feeds)
    threads = [threading.Thread(target=feed.run, name=name) for name, feed in feeds.items()]
    threads.append(threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.1}, name="http"))
    for thread in threads:
        thread.start()
    try:
        yield int(server.server_address[1])
    finally:
        stop.set()
        server.shutdown()
        server.server_close()
        for thread in threads:
            thread.join()


def write_clip(folder: Path, name: str, shop: Shop, camera: Camera, start: float, seconds: float, fps: float) -> Path:
    """Writes clips/NAME.avi, truth/NAME.csv and scenes/NAME.json into the folder, and returns the scene's path.

    The clip is `seconds` of the shop from `start`, as fast as it can be drawn. Frames and ids in the truth are
    the simulator's own. ClipError where the video cannot be written.
    """
    for part in ("clips", "truth", "scenes"):
        (folder / part).mkdir(parents=True, exist_ok=True)
    life, picture, frames = Life(shop), Picture(camera, shop.seed), round(seconds * fps)
    clip, staff = f"clips/{name}.avi", set[int]()
    coder = cv2.VideoWriter.fourcc(*"MJPG")
    writer = cv2.VideoWriter(str(folder / clip), coder, fps, (camera.width, camera.height))
    writer.set(cv2.VIDEOWRITER_PROP_QUALITY, QUALITY)
    if not writer.isOpened():
        raise ClipError("this build of OpenCV cannot write the video")
    try:
        with (folder / f"truth/{name}.csv").open("w", encoding="utf-8") as truth:
            truth.write("frame,id,x,y,w,h\n")
            for frame in range(frames):
                figures = life.figures(start + frame / fps)
                image, boxes = picture.draw(start + frame / fps, figures)
                writer.write(image)
                truth.writelines(f"{row}\n" for row in box_rows(frame, camera, figures, boxes))
                staff |= {f.id for f in figures if is_staff(f.id)}
    finally:
        writer.release()
    table = scene(shop, camera, name, clip, frames, fps, staff)
    path = folder / f"scenes/{name}.json"
    path.write_text(json.dumps(table, indent=1) + "\n", encoding="utf-8")
    return path
