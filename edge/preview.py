"""What one camera sees, with what is counted, for whoever installs it: on this machine's own screen, for 15 minutes.

The only place where a picture is shown to anybody. It listens on loopback alone, wants a random token that stands
only in the terminal, keeps the newest picture in memory and nothing on disk, knows no broker and no outbox, and is
logged.
"""

import contextlib
import logging
import secrets
import socket
import threading
import time
from collections.abc import Callable, Iterable
from functools import partial
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from importlib import resources
from typing import Any, Protocol

import msgspec

from edge.measure.facts import Fact
from edge.measure.plane import Floor
from edge.plan import Plan, PlanError, Sensor
from edge.sensing import model_of, places_of, source_of
from edge.settings import SettingsError
from edge.shown import Counts
from edge.sight.camera import CameraError, frames
from edge.sight.eye import Eye
from edge.sight.looks import ModelError
from edge.sight.overlay import overlay

LIMIT_S, PORT = 900.0, 8770
_WAIT_S, _STUCK_S = 1.0, 10.0
_LARGEST = 256_000  # of what was drawn
# Where syslog and journald listen, and the number of a daemon's warning there.
_JOURNAL, _DAEMON_WARNING = "/dev/log", 3 << 3 | 4
_LOG = logging.getLogger("instore.preview")


class Desk(Protocol):
    """A page of its own beside the picture, such as the one that draws: what it answers, and what it may change."""

    page: str

    def asked(self, what: str) -> bytes | None:
        """The JSON answer to GET; None for what it does not know."""

    def told(self, what: str, body: bytes) -> tuple[HTTPStatus, bytes, Plan | None]:
        """The answer to POST, and the plan to count by from now on where it changed."""


def preview(
    plan: Plan,
    name: str,
    port: int,
    stop: threading.Event,
    say: Callable[[str], object],
    limit_s: float = LIMIT_S,
    desk: Desk | None = None,
) -> None:
    """Show the camera `name` until `stop` or for `limit_s` seconds.

    `say` hears the address to open, which is a secret. With a `desk` its page is shown, and the picture is bare of
    places. PlanError where the plan has no such camera, OSError where the port is taken.
    """
    sensor = next((one for one in plan.sensors if one.id == name and one.kind == "camera"), None)
    if sensor is None:
        raise PlanError("sensor: the plan has no camera of this name")
    view, over = _View(plan, sensor, time.monotonic() + limit_s, bare=desk is not None), threading.Event()
    token = secrets.token_urlsafe(24)
    with _Server(port, token, view, desk) as server:
        threads = [
            threading.Thread(target=view.watch, args=(over,), name="preview"),
            threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.1}, name="preview-http"),
        ]
        _note(f"preview of sensor {name} begins: {limit_s / 60:.0f} min at most, on this machine alone")
        for thread in threads:
            thread.start()
        try:
            say(f"http://127.0.0.1:{server.server_address[1]}/{token}/\n")
            until = time.monotonic() + limit_s
            # In slices: a signal that the system hands to another thread is only seen when this one wakes up.
            while time.monotonic() < until and not stop.wait(min(_WAIT_S, limit_s)):
                pass
        finally:
            over.set()
            server.shutdown()
            for thread in threads:
                thread.join()
            _note(f"preview of sensor {name} is over")


class _View:
    """The newest picture of one camera, how the camera is, and what was counted since the beginning."""

    def __init__(self, plan: Plan, sensor: Sensor, until: float, bare: bool) -> None:
        self._plan, self._sensor, self._until, self._bare = plan, sensor, until, bare
        self._fresh = threading.Condition()
        self._counts, self._state, self._jpeg, self._number = Counts(plan, sensor.id), "starting", b"", 0
        self._size: tuple[int, int] | None = None

    def watch(self, over: threading.Event) -> None:
        """Look until `over`; what goes wrong is logged and shown as a dead camera."""
        try:
            self._look(over)
        except (CameraError, ModelError, SettingsError, PlanError) as error:
            _LOG.error("sensor %s: %s", self._sensor.id, error)
        except Exception:
            _LOG.exception("sensor %s failed", self._sensor.id)
        self._show("dead", b"", ())

    def count_by(self, plan: Plan) -> None:
        """Count at the places of this plan from now on, from zero."""
        with self._fresh:
            self._plan, self._counts = plan, Counts(plan, self._sensor.id)

    def picture(self, after: int) -> tuple[int, bytes]:
        """(number, JPEG) of the newest picture, waiting a second for one newer than `after`."""
        with self._fresh:
            self._fresh.wait_for(lambda: self._number > after, _WAIT_S)
            return self._number, self._jpeg

    def counts(self) -> bytes:
        """What is counted, as JSON."""
        with self._fresh:
            found = {"state": self._state, "left_s": max(0, round(self._until - time.monotonic()))}
            found |= {"sensor": self._sensor.id, "size": self._size, "places": self._counts.rows()}
            return msgspec.json.encode(found)

    def _look(self, over: threading.Event) -> None:
        plan, sensor = self._plan, self._sensor
        eye, source = Eye(sensor, model_of(sensor), lot=partial(secrets.randbits, 62)), source_of(plan, sensor)
        places = places_of(plan, sensor, _floor(plan, sensor.id))
        with contextlib.closing(frames(sensor, source, over)) as pictures:
            for at, image in pictures:
                if plan is not self._plan:
                    plan = self._plan
                    places = places_of(plan, sensor, _floor(plan, sensor.id))
                if image is None:
                    self._show("dead", b"", places.idle(at))
                    continue
                self._size = (image.shape[1], image.shape[0])
                people = eye.look(at, image)
                found = places.step(people) if eye.state == "ok" else places.idle(at)
                drawn = _blank(plan) if self._bare else plan
                self._show(eye.state, overlay(image, eye.boxes, drawn, sensor.id), found)

    def _show(self, state: str, jpeg: bytes, facts: Iterable[Fact]) -> None:
        with self._fresh:
            self._state, self._jpeg, self._number = state, jpeg, self._number + 1
            for fact in facts:
                self._counts.add(fact)
            self._fresh.notify_all()


def _floor(plan: Plan, sensor: str) -> Floor | None:
    points = next(one.floor for one in plan.sensors if one.id == sensor)
    return Floor(points) if points else None


def _blank(plan: Plan) -> Plan:
    """The plan without what its page draws itself."""
    sensors = tuple(msgspec.structs.replace(sensor, ignore=()) for sensor in plan.sensors)
    return msgspec.structs.replace(plan, sensors=sensors, lines=(), zones=(), queues=())


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, port: int, token: str, view: _View, desk: Desk | None) -> None:
        self.token, self.view, self.desk = token, view, desk
        name = desk.page if desk else "preview.html"
        self.page = resources.files("edge").joinpath(name).read_text(encoding="utf-8")
        super().__init__(("127.0.0.1", port), _Answer)

    def handle_error(self, request: object, client_address: object) -> None:
        _LOG.debug("a browser went away")


class _Answer(BaseHTTPRequestHandler):
    server: _Server
    server_version, sys_version, timeout = "instore", "", _STUCK_S

    def do_GET(self) -> None:
        """The page, a picture or the counts; nothing to who does not know the token or asks for another host."""
        what, desk = self._what(), self.server.desk
        if what is None:
            return
        if what == "":
            nonce = secrets.token_urlsafe(12)
            self._send("text/html; charset=utf-8", self.server.page.replace("NONCE", nonce).encode(), nonce)
        elif what == "counts":
            self._send("application/json", self.server.view.counts())
        elif what == "picture":
            after = self.path.partition("?")[2]
            number, jpeg = self.server.view.picture(int(after) if after.isdecimal() else 0)
            self._send("image/jpeg", jpeg, number=number)
        elif desk and (found := desk.asked(what)) is not None:
            self._send("application/json", found)
        else:
            self.send_error(HTTPStatus.NOT_FOUND)

    def do_POST(self) -> None:
        """What was drawn, for a page that draws; everything else is not found."""
        what, desk = self._what(), self.server.desk
        length = self.headers.get("Content-Length", "")
        if what is None:
            return
        if desk is None:
            self.send_error(HTTPStatus.NOT_FOUND)
        elif not length.isdecimal() or int(length) > _LARGEST:
            self.send_error(HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
        elif self.headers.get("Content-Type") != "application/json":  # which no foreign page can send unasked
            self.send_error(HTTPStatus.UNSUPPORTED_MEDIA_TYPE)
        else:
            status, answer, plan = desk.told(what, self.rfile.read(int(length)))
            if plan is not None:
                self.server.view.count_by(plan)
            self._send("application/json", answer, status=status)

    def _what(self) -> str | None:
        """What is asked for by who may; None after the answer that it is not to be had."""
        _, given, what, *more = (*self.path.partition("?")[0].split("/"), "", "")
        if not self._from_here():
            self.send_error(HTTPStatus.FORBIDDEN)
        elif not secrets.compare_digest(given.encode(), self.server.token.encode()) or any(more):
            self.send_error(HTTPStatus.NOT_FOUND)
        else:
            return what
        return None

    def _from_here(self) -> bool:
        """Whether the browser means this machine, and no page from elsewhere made it ask."""
        port = self.server.server_address[1]
        ours = self.headers.get("Host") in (f"127.0.0.1:{port}", f"localhost:{port}")
        return ours and self.headers.get("Sec-Fetch-Site", "none") in ("none", "same-origin")

    def _send(
        self, kind: str, content: bytes, nonce: str = "", number: int = 0, status: HTTPStatus = HTTPStatus.OK
    ) -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(content)))
        self.send_header("X-Picture", str(number))
        rules = f"script-src 'nonce-{nonce}'; " if nonce else ""
        rules += "default-src 'none'; connect-src 'self'; img-src blob:; style-src 'unsafe-inline'"
        self.send_header("Content-Security-Policy", rules + "; frame-ancestors 'none'")
        self.end_headers()
        self.wfile.write(content)

    def end_headers(self) -> None:
        """Nothing is kept, embedded or passed on, whatever the answer is."""
        self.send_header("Cache-Control", "no-store")
        self.send_header("Referrer-Policy", "no-referrer")
        self.send_header("Cross-Origin-Resource-Policy", "same-origin")
        self.send_header("X-Content-Type-Options", "nosniff")
        super().end_headers()

    def log_message(self, format: str, *args: Any) -> None:
        """Nothing: the path is the token."""


def _note(text: str) -> None:
    """Log it, in the system's journal too, where it outlives the terminal."""
    _LOG.warning("%s", text)
    with contextlib.suppress(OSError), socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as journal:
        journal.sendto(f"<{_DAEMON_WARNING}>instore-edge: {text}".encode(), _JOURNAL)
