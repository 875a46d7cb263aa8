"""A hub small enough to read: it takes windows in order, remembers them and acknowledges."""

import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from edge.deliver.mqtt import Broker, Connection, Received
from edge.messages import Ack, Resume, Status, Window, decode, encode
from edge.topics import split, topic


class SmallHub:
    """Follows the protocol of the real one; `rows` are (device, epoch, seq) in the order of commitment."""

    def __init__(self, port: int, site: str, name: str) -> None:
        self.port, self.site, self.name = port, site, name
        self.rows: list[tuple[str, str, int]] = []
        self.windows: list[Window] = []
        self.repeated = 0
        self.gaps: list[tuple[str, int, int]] = []
        self.statuses: list[Status] = []
        self.resumes: list[Resume] = []
        self.cursor: dict[tuple[str, str], int] = {}
        self.silent = False
        self._ended = threading.Event()
        self._thread: threading.Thread | None = None

    def start(self) -> "SmallHub":
        self._ended.clear()
        leaves = [(topic(self.site, "+", "w"), 1), (topic(self.site, "+", "status"), 1)]
        self.connection = Connection(
            Broker(port=self.port), f"{self.name}-{self.site}", subscriptions=leaves, session_s=3600, manual_ack=True
        )
        self.connection.start()
        self._thread = threading.Thread(target=self._work)
        self._thread.start()
        return self

    def stop(self) -> None:
        if self._thread:
            self._ended.set()
            self._thread.join()
            self.connection.stop()
            self._thread = None

    def _work(self) -> None:
        while not self._ended.is_set():
            try:
                event = self.connection.events.get(timeout=0.05)
            except Exception:
                continue
            if isinstance(event, Received) and not self.silent:
                self._take(event)
                self.connection.ack(event)

    def _take(self, event: Received) -> None:
        _, device, leaf = split(event.topic) or ("", "", "")
        message = decode(leaf, event.payload)
        if isinstance(message, Status):
            self.statuses.append(message)
            return
        assert isinstance(message, Window | Resume)
        key = device, message.epoch
        upto = self.cursor.get(key, 0)
        if isinstance(message, Resume):
            self.resumes.append(message)
            if message.first - 1 > upto:
                self.gaps.append((message.epoch, upto + 1, message.first - 1))
                self.cursor[key] = message.first - 1
        elif message.seq <= upto:
            self.repeated += 1
        elif message.seq == upto + 1:
            self.cursor[key] = message.seq
            self.rows.append((device, message.epoch, message.seq))
            self.windows.append(message)
        ack = Ack(epoch=message.epoch, upto=self.cursor.get(key, 0))
        self.connection.publish(topic(self.site, device, "ack"), encode(ack))


def until(true: Callable[[], object], timeout: float = 30.0, what: str = "it") -> None:
    limit = time.monotonic() + timeout
    while not true():
        assert time.monotonic() < limit, f"{what} did not happen within {timeout:g} s"
        time.sleep(0.02)


@pytest.fixture
def wait() -> Callable[..., None]:
    return until


@pytest.fixture
def site(request: pytest.FixtureRequest) -> str:
    """A site of its own for each test on a shared broker."""
    return f"s{abs(hash(request.node.nodeid)) % 10**9}"


@pytest.fixture
def hub_at(site: str) -> Iterator[Callable[..., SmallHub]]:
    hubs: list[SmallHub] = []

    def start(port: int, name: str = "hub") -> SmallHub:
        hubs.append(SmallHub(port, site, name).start())
        return hubs[-1]

    yield start
    for hub in hubs:
        hub.stop()


@pytest.fixture
def box_dir(tmp_path: Path) -> Path:
    return tmp_path / "outbox"
