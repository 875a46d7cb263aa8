"""A camera whose picture can be spoiled while it runs, and a whole device as a process, for this room's tests."""

import contextlib
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from queue import Empty
from typing import Any

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from edge.deliver.mqtt import Broker, Connection, Received
from edge.messages import Live, Status, decode
from edge.toml import text
from edge.topics import split, topic

ROOT = Path(__file__).resolve().parents[2]
FPS = 10.0
RNG = np.random.default_rng(1)
ROOM, ELSEWHERE = (
    cv2.resize(RNG.integers(30, 220, (9, 16, 3), dtype=np.uint8), (320, 180), interpolation=cv2.INTER_NEAREST)
    for _ in range(2)
)
VIEWS = {"well": ROOM * 1.0, "dark": ROOM * 0.02, "covered": np.full(ROOM.shape, 90.0), "moved": ELSEWHERE * 1.0}


class NetworkCamera:
    """An MJPEG camera. `mode`: well, dark, covered, moved, frozen, stopped (says nothing), gone (drops everybody).

    With `patch` a part of the picture has one colour and no grain, to be found wherever it is kept.
    """

    def __init__(self) -> None:
        self.mode, self.up, self.patch, self.dated = "well", True, False, False
        self._frozen: bytes | None = None
        camera = self

        class Answer(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                if camera.mode == "gone":
                    self.send_error(503)
                    return
                self.send_response(200)
                self.send_header("Content-Type", "multipart/x-mixed-replace; boundary=x")
                self.end_headers()
                with contextlib.suppress(OSError):
                    while camera.up and camera.mode != "gone":
                        if camera.mode != "stopped":
                            jpeg = camera.picture()
                            head = f"--x\r\nContent-Type: image/jpeg\r\nContent-Length: {len(jpeg)}\r\n\r\n"
                            self.wfile.write(head.encode() + jpeg + b"\r\n")
                        time.sleep(1 / FPS)

            def log_message(self, *_: Any) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Answer)
        self.server.daemon_threads = False
        self.port = int(self.server.server_address[1])
        self.source = f"http://127.0.0.1:{self.port}/x.mjpg"
        self.thread = threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.05})
        self.thread.start()

    def picture(self) -> bytes:
        if self.mode == "frozen" and self._frozen:
            return self._frozen
        view: NDArray[Any] = VIEWS.get(self.mode, VIEWS["well"])
        noisy = np.clip(view + np.random.default_rng().normal(0, 2, view.shape), 0, 255).astype(np.uint8)
        if self.patch:
            noisy[:100, :160] = (11, 203, 87)
        if self.dated:
            noisy[:16, :16] = int(time.time() * 10) % 250  # when it was taken, in tenths of a second
        self._frozen = cv2.imencode(".jpg", noisy)[1].tobytes()
        return self._frozen

    def close(self) -> None:
        self.up = False
        self.server.shutdown()
        self.server.server_close()
        self.thread.join()


@pytest.fixture
def network_cameras() -> Iterator[Callable[[], NetworkCamera]]:
    """Makes network cameras, which end with the test."""
    made: list[NetworkCamera] = []

    def make() -> NetworkCamera:
        made.append(NetworkCamera())
        return made[-1]

    yield make
    for camera in made:
        camera.close()


class Device:
    """`instore-edge run` as a process, and what it says to the broker about itself."""

    def __init__(self, folder: Path, port: int, table: dict[str, Any], wrap: list[str], program: list[str]) -> None:
        self.site = f"shop-{time.monotonic_ns()}"
        self.outbox, self.errors = folder / "outbox", folder / "stderr.txt"
        whole = {
            "site": self.site,
            "device": "cam",
            "timezone": "UTC",
            "level": "standard",
            "broker": {"port": port},
            "outbox": {"dir": str(self.outbox)},
        }
        (folder / "edge.toml").write_text(text(whole | table))
        self._heard: list[tuple[float, Any]] = []
        leaves = [(topic(self.site, "cam", leaf), 1) for leaf in ("live", "status")]  # type: ignore[arg-type]
        self._connection = Connection(Broker(port=port), f"hears-{self.site}", subscriptions=tuple(leaves))
        self._connection.start()
        command = [*wrap, sys.executable, *program, "run", "--config", str(folder / "edge.toml")]
        with self.errors.open("w") as errors:
            self.process = subprocess.Popen(command, stderr=errors, cwd=ROOT)

    def close(self) -> None:
        self.process.kill()
        self.process.wait(10)
        self._connection.stop()

    def stop(self) -> int:
        """The exit code after SIGTERM."""
        self.process.terminate()
        return self.process.wait(20)

    def statuses(self) -> list[Status]:
        self._listen()
        return [message for _, message in self._heard if isinstance(message, Status)]

    def live(self, place: str, since: float) -> list[Live]:
        """What was said about a place after a moment, Unix seconds."""
        self._listen()
        return [m for at, m in self._heard if isinstance(m, Live) and m.place == place and at >= since]

    def states(self) -> dict[str, str]:
        """How its sensors are, by its last word."""
        said = self.statuses()
        return {sensor.id: sensor.state for sensor in said[-1].sensors} if said else {}

    def until(self, true: Callable[[], object], timeout: float) -> float:
        """How many seconds it took until something is true of it; fails with its log after `timeout`."""
        began = time.monotonic()
        while not true():
            took = time.monotonic() - began
            assert took < timeout, f"not within {timeout} s: {self.states()}\n{self.log()}"
            assert self.process.poll() is None, self.log()
            time.sleep(0.02)
        return time.monotonic() - began

    def log(self) -> str:
        return self.errors.read_text()

    def children(self, part: str) -> list[int]:
        """The processes below it, also further below, whose command line holds `part`."""
        below, found = {self.process.pid}, []
        for pid, parent, line in sorted(_processes()):
            if parent in below:
                below.add(pid)
                found += [pid] if part in line else []
        return found

    def _listen(self) -> None:
        with contextlib.suppress(Empty):
            while True:
                event = self._connection.events.get_nowait()
                if isinstance(event, Received):
                    _, _, leaf = split(event.topic) or ("", "", "")
                    self._heard.append((time.time(), decode(leaf, event.payload)))


def _processes() -> Iterator[tuple[int, int, str]]:
    for process in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError, IndexError, ValueError):
            parent = int((process / "stat").read_text().rpartition(")")[2].split()[1])
            yield int(process.name), parent, (process / "cmdline").read_text().replace("\0", " ")


@pytest.fixture
def device(tmp_path: Path, shared_broker: int) -> Iterator[Callable[..., Device]]:
    """Starts a device with the sensors and places of a table, under the command `wrap`, as another `program`."""
    made: list[Device] = []

    def start(table: dict[str, Any], wrap: Sequence[str] = (), program: Sequence[str] = ("-m", "edge")) -> Device:
        folder = tmp_path / f"device-{len(made)}"
        folder.mkdir()
        made.append(Device(folder, shared_broker, table, list(wrap), list(program)))
        return made[-1]

    yield start
    for one in made:
        one.close()
