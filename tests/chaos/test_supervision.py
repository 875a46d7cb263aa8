"""Edge and hub under a service manager: READY when they can work, WATCHDOG while work goes on, exit 1 when it cannot.

The service manager is a datagram socket, as systemd's own is.
"""

import os
import queue
import resource
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from edge.deliver.mqtt import Broker, Connection
from edge.deliver.outbox import Outbox
from edge.messages import encode
from edge.topics import topic
from hub import office
from hub.intake.ingest import SUBSCRIPTIONS, Ingest
from hub.serve.live import Board
from hub.settings import read
from hub.sites import Site
from hub.storage.store import Store
from tests.conftest import ROOT
from tests.edge.test_agent import plan
from tests.hub.conftest import Shop

# Nothing waits for so long: it is for a machine that has much else to do.
STARTS_S, BEATS_S = 60.0, 20.0
SITE = '[[sites]]\nid = "s001"\nname = "High Street"\ntimezone = "Europe/Berlin"\n'


class Manager:
    """Hears what a service tells it; `said` are (seconds since the start, state)."""

    def __init__(self, path: Path) -> None:
        self.path = str(path)
        self.said: queue.SimpleQueue[tuple[float, str]] = queue.SimpleQueue()
        self._pipe = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._pipe.bind(self.path)
        self._pipe.settimeout(0.1)
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._hear)
        self._thread.start()

    def _hear(self) -> None:
        while not self._ended.is_set():
            try:
                self.said.put((time.monotonic(), self._pipe.recv(100).decode()))
            except TimeoutError:
                continue

    def wait(self, state: str, seconds: float) -> bool:
        """Whether this state is told within that time."""
        limit = time.monotonic() + seconds
        while (left := limit - time.monotonic()) > 0:
            try:
                _, said = self.said.get(timeout=left)
            except queue.Empty:
                return False
            if said == state:
                return True
        return False

    def silent(self, settle: float, seconds: float) -> bool:
        """Whether nothing is told for that long, once what was under way has come."""
        time.sleep(settle)
        while not self.said.empty():
            self.said.get()
        return not self.wait("WATCHDOG=1", seconds)

    def end(self) -> None:
        self._ended.set()
        self._thread.join()
        self._pipe.close()


@pytest.fixture
def manager(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, quiet_broker: int) -> Iterator[Manager]:
    """Comes after the broker, which would tell it of its own readiness."""
    made = Manager(tmp_path / "notify")
    monkeypatch.setenv("NOTIFY_SOCKET", made.path)
    yield made
    made.end()


def settings(folder: Path, port: int) -> Path:
    path = folder / "hub.toml"
    path.write_text(f'state_dir = "{folder}/state"\n[broker]\nport = {port}\n[http]\nport = 0\n{SITE}')
    return path


def plan_file(folder: Path, port: int) -> Path:
    path = folder / "edge.toml"
    path.write_text(
        'site = "s001"\ndevice = "cam-01"\ntimezone = "Europe/Berlin"\nlevel = "standard"\n'
        '[[sensors]]\nid = "ceiling"\nkind = "camera"\nsource = "none.mp4"\nloop = true\n'
        '[[lines]]\nid = "door"\nsensor = "ceiling"\na = [200, 0]\nb = [200, 300]\n'
        f'[broker]\nport = {port}\n[outbox]\ndir = "{folder}/outbox"\n'
    )
    return path


@pytest.fixture
def start() -> Iterator[Callable[..., "subprocess.Popen[bytes]"]]:
    made: list[subprocess.Popen[bytes]] = []

    def begin(program: str, config: Path, **options: Any) -> "subprocess.Popen[bytes]":
        command = [sys.executable, "-m", program, "run", "--config", str(config)]
        made.append(subprocess.Popen(command, cwd=ROOT, stderr=subprocess.PIPE, **options))
        return made[-1]

    yield begin
    for process in made:
        process.kill()
        process.wait()
        process.stderr.close()


@pytest.mark.parametrize(("program", "write", "beat"), [("edge", plan_file, 1.0), ("hub", settings, 5.0)])
def test_ready_then_watchdog_until_the_process_stands_still(
    manager: Manager, tmp_path: Path, quiet_broker: int, start: Any, program: str, write: Any, beat: float
) -> None:
    process = start(program, write(tmp_path, quiet_broker))
    assert manager.wait("READY=1", STARTS_S)
    opened = tmp_path / ("outbox/outbox.sqlite" if program == "edge" else "state/hub.duckdb")
    assert opened.exists(), "ready means that what must not be lost can be stored"
    assert manager.wait("WATCHDOG=1", BEATS_S)
    process.send_signal(signal.SIGSTOP)
    assert manager.silent(0.2, 1.5 * beat)
    process.send_signal(signal.SIGCONT)
    assert manager.wait("WATCHDOG=1", BEATS_S)
    process.send_signal(signal.SIGTERM)
    assert manager.wait("STOPPING=1", 10)
    process.communicate(timeout=STARTS_S)
    assert process.returncode == 0


@pytest.mark.parametrize(("program", "write"), [("edge", plan_file), ("hub", settings)])
def test_ready_also_without_a_broker(manager: Manager, tmp_path: Path, start: Any, program: str, write: Any) -> None:
    """A shop whose broker is away starts all the same: a device measures, a hub answers."""
    start(program, write(tmp_path, 9))
    assert manager.wait("READY=1", STARTS_S)
    assert manager.wait("WATCHDOG=1", BEATS_S)


@pytest.mark.parametrize(("program", "write"), [("edge", plan_file), ("hub", settings)])
def test_not_ready_where_nothing_can_be_stored(
    manager: Manager, tmp_path: Path, start: Any, program: str, write: Any
) -> None:
    config = write(tmp_path, 9)
    (tmp_path / "outbox").write_text("no folder")
    (tmp_path / "state").mkdir()
    (tmp_path / "state/hub.duckdb").write_text("no database " * 1000)
    process = start(program, config)
    process.communicate(timeout=STARTS_S)
    assert process.returncode == 1
    assert not manager.wait("READY=1", 0.3)


def test_the_hub_s_watchdog_falls_silent_when_the_database_is_blocked(
    manager: Manager, tmp_path: Path, quiet_broker: int
) -> None:
    """The thread that writes waits, and lives: only its turns tell."""
    given = read(settings(tmp_path, quiet_broker))
    stop, now = threading.Event(), time.time() // 300 * 300
    sites = {"s001": Site(id="s001", name="High Street", timezone="Europe/Berlin")}
    with Store(given.database, sites, time.time()) as store:
        connection = Connection(
            Broker(port=quiet_broker), "hub", subscriptions=SUBSCRIPTIONS, session_s=60, manual_ack=True
        )
        ingest, shop = Ingest(store, connection, Board()), Shop()
        connection.start()
        ingest.start(stop)
        keeper = threading.Thread(target=office._keep, args=(given, store, ingest, stop))
        keeper.start()
        try:
            assert manager.wait("WATCHDOG=1", BEATS_S)
            with store.write():
                send(quiet_broker, topic("s001", "cam-01", "w"), encode(shop.window(now, shop.count(now, 1))))
                assert manager.silent(6.0, 6.0)
                assert ingest.alive
            assert manager.wait("WATCHDOG=1", BEATS_S)
        finally:
            stop.set()
            keeper.join()
            ingest.join()
            connection.stop()


def send(port: int, name: str, payload: bytes) -> None:
    connection = Connection(Broker(port=port), "sender")
    connection.start()
    limit = time.monotonic() + 10
    while not connection.publish(name, payload) and time.monotonic() < limit:
        time.sleep(0.05)
    while connection.unconfirmed and time.monotonic() < limit:
        time.sleep(0.02)
    connection.stop()


HUNG = """
import sys, threading, time
from pathlib import Path
from edge.agent import Agent
from edge.deliver.outbox import Outbox
from tests.edge.test_agent import plan
given = plan(Path(sys.argv[1]), int(sys.argv[2]), zones=[], queues=[])
agent = Agent(given, Outbox(given.outbox), threading.Event())
threading.Thread(target=agent.work, daemon=True).start()
sys.stdin.readline()
agent._connection._lock.acquire()
sys.stdin.readline()
"""


def test_the_edge_s_watchdog_falls_silent_when_the_delivery_hangs(
    manager: Manager, tmp_path: Path, quiet_broker: int
) -> None:
    """A lock that is never given back, which is how the MQTT library's deadlocks look: all threads live."""
    box = Outbox(plan(tmp_path / "outbox").outbox)
    box.put_many([lambda epoch, seq: b"{}"] * 50, time.time())
    box.close()
    command = [sys.executable, "-c", HUNG, str(tmp_path / "outbox"), str(quiet_broker)]
    with subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdin
            assert manager.wait("READY=1", STARTS_S)
            assert manager.wait("WATCHDOG=1", BEATS_S)
            process.stdin.write("hang\n")
            process.stdin.flush()
            assert manager.silent(12.0, 3.0)
            assert process.poll() is None
        finally:
            process.kill()


def junk(port: int, while_true: Callable[[], bool], most: int) -> None:
    """Send messages that are set aside as they are and cannot be compressed; 60 kB each, 5 a batch."""
    connection = Connection(Broker(port=port), "sender")
    connection.start()
    sent, limit = 0, time.monotonic() + 30
    while sent < most and while_true() and time.monotonic() < limit:
        if connection.unconfirmed < 5 and connection.publish(topic("s001", "cam-01", "w"), os.urandom(60_000)):
            sent += 1
        time.sleep(0.01)
    time.sleep(1.0)
    connection.stop()


def test_a_database_that_fails_for_good_ends_the_hub_with_1(
    manager: Manager, tmp_path: Path, quiet_broker: int, start: Any
) -> None:
    """A limit to the size of files lets a commit's log pass and its writing back not: then DuckDB trusts itself no
    more, and neither may we."""
    config = settings(tmp_path, quiet_broker)
    first = start("hub", config)
    assert manager.wait("READY=1", STARTS_S)
    junk(quiet_broker, lambda: first.poll() is None, 100)
    first.terminate()
    assert first.wait(STARTS_S) == 0
    largest = (tmp_path / "state/hub.duckdb").stat().st_size + 1_000_000
    limit = lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (largest, largest))  # noqa: E731
    process = start("hub", config, preexec_fn=limit)
    assert manager.wait("READY=1", STARTS_S)
    junk(quiet_broker, lambda: process.poll() is None, 300)
    _, said = process.communicate(timeout=10)
    assert process.returncode == 1, said[-2000:]
    assert b"FatalException" in said, said[-2000:]
