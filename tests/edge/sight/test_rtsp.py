"""A camera over RTSP from a real server, over TCP: it is killed, it hangs, it comes back, and people are counted."""

import contextlib
import queue
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import cv2
import numpy as np
import pytest

from edge.measure.dwell import Present
from edge.measure.facts import Fact, Seen
from edge.measure.footfall import Crossing
from edge.plan import parse
from edge.sensing import Sensing
from tests.conftest import need

SERVER = Path(__file__).with_name("rtsp_server.py")
PYTHON = "/usr/bin/python3"
BINDINGS = "import gi; gi.require_version('GstRtspServer', '1.0')"
FPS = 8


@pytest.fixture(scope="module")
def pictures(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Six seconds in which one person walks from the left to the right, as JPEG files."""
    found = Path(PYTHON).exists() and subprocess.run([PYTHON, "-c", BINDINGS], capture_output=True).returncode == 0
    need(found, "GStreamer's RTSP server (gir1.2-gst-rtsp-server-1.0, python3-gi, gstreamer1.0-plugins-good)")
    folder = tmp_path_factory.mktemp("walk")
    noise = np.random.default_rng(3)
    room = cv2.resize(noise.integers(60, 160, (12, 20, 3), dtype=np.uint8), (320, 192), interpolation=cv2.INTER_CUBIC)
    for i in range(6 * FPS):
        picture, x = room.copy(), int((i / FPS - 1.5) * 100) - 20
        cv2.ellipse(picture, (x, 100), (12, 40), 0, 0, 360, (20, 20, 30), -1)
        grainy = np.clip(picture + noise.normal(0, 2, picture.shape), 0, 255).astype(np.uint8)
        cv2.imwrite(str(folder / f"{i:05d}.jpg"), grainy)
    return folder


class Server:
    """The server as a process on a port that it keeps when it is started again."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = int(free.getsockname()[1])
        self.start()

    def start(self) -> None:
        command = [PYTHON, str(SERVER), str(self._folder), str(self.port), str(FPS)]
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        assert self.process.stdout
        assert self.process.stdout.readline() == "up\n"
        self.process.stdout.close()

    def kill(self) -> None:
        self.process.kill()
        self.process.wait(10)


@pytest.fixture
def server(pictures: Path) -> Iterator[Server]:
    made = Server(pictures)
    yield made
    made.kill()


@contextlib.contextmanager
def watching(server: Server) -> Iterator[tuple[Sensing, list[Fact]]]:
    """The thread of a sensor, and all facts that it has found so far."""
    plan = parse(
        {
            "site": "s",
            "device": "d",
            "timezone": "UTC",
            "level": "standard",
            "sensors": [
                {"id": "cam", "kind": "camera", "source": f"rtsp://me:hunter2@127.0.0.1:{server.port}/shop", "fps": 5}
            ],
            "lines": [{"id": "door", "sensor": "cam", "a": [160, 10], "b": [160, 180]}],
            "zones": [{"id": "room", "sensor": "cam", "polygon": [[1, 1], [300, 1], [300, 180], [1, 180]]}],
        }
    )
    stop, facts = threading.Event(), queue.Queue[Fact]()
    sensing = Sensing(plan, plan.sensors[0], facts, stop)
    sensing.start()
    try:
        yield sensing, facts.queue  # type: ignore[misc]
    finally:
        stop.set()
        sensing.join(10)
        assert not sensing.is_alive()


def until(true: Callable[[], object], limit: float, what: str) -> float:
    """Seconds until something is true."""
    began = time.monotonic()
    while not true():
        assert time.monotonic() - began < limit, f"{what} took longer than {limit} s"
        time.sleep(0.02)
    return time.monotonic() - began


def crossings(facts: list[Fact], since: float = 0.0) -> list[str]:
    return [f.direction for f in list(facts) if isinstance(f, Crossing) and f.at >= since]


def test_people_are_counted_over_tcp_and_a_server_that_is_killed_is_no_zero(
    server: Server, caplog: pytest.LogCaptureFixture
) -> None:
    with watching(server) as (sensing, facts):
        first = until(lambda: sensing.state == "ok", 15, "the first picture")
        until(lambda: len(crossings(facts)) >= 2, 40, "two people")
        server.kill()
        dead = until(lambda: sensing.state == "dead", 10, "the alarm")
        blind = time.time()
        time.sleep(4)
        idle = [f for f in list(facts) if isinstance(f, Seen | Present) and f.at > blind]
        assert not idle, "nobody looked, so nobody says zero"
        server.start()
        back = until(lambda: sensing.state == "ok", 15, "the way back")
        resumed = time.time()
        until(lambda: crossings(facts, resumed), 40, "somebody after the return")
        assert set(crossings(facts)) == {"-"} or set(crossings(facts)) == {"+"}, "all walked the same way"
    sys.stdout.write(f"\nfirst picture {first:.1f} s, dead after {dead:.1f} s, back {back:.1f} s after the server\n")
    assert "hunter2" not in caplog.text
    assert str(server.port) not in caplog.text


def test_a_server_that_hangs_is_dead_in_ten_seconds_and_looked_at_again(server: Server) -> None:
    with watching(server) as (sensing, facts):
        until(lambda: sensing.state == "ok", 15, "the first picture")
        server.process.send_signal(signal.SIGSTOP)
        dead = until(lambda: sensing.state == "dead", 10, "the alarm")
        looks = sum(isinstance(fact, Seen) for fact in list(facts))
        time.sleep(1.5)
        assert sum(isinstance(fact, Seen) for fact in list(facts)) == looks
        server.process.send_signal(signal.SIGCONT)
        back = until(lambda: sensing.state == "ok", 20, "the way back")
    sys.stdout.write(f"\ndead after {dead:.1f} s, back after {back:.1f} s\n")
