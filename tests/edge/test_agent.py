"""The whole device as a process: recorded facts and a recorded clip, a real broker, kill -9."""

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from edge import agent
from edge.deliver.mqtt import Broker, Connection, Received
from edge.deliver.outbox import Outbox
from edge.measure.dwell import Present, Visit
from edge.measure.facts import Fact, Seen, to_line
from edge.measure.footfall import Crossing
from edge.measure.queues import Joined, Served
from edge.messages import Ack, Live, Resume, Status, Window, decode, encode
from edge.plan import Plan, parse
from edge.topics import split, topic
from edge.values import Count, Load, Stat
from tests.conftest import need

ROOT = Path(__file__).resolve().parents[2]
BOX = [[0, 0], [400, 0], [400, 300], [0, 300]]


def table(dir: Path, port: int = 1, **extra: Any) -> dict[str, Any]:
    return {
        "site": "agent",
        "device": "cam",
        "timezone": "Europe/Berlin",
        "level": "standard",
        "sensors": [{"id": "ceiling", "kind": "camera", "source": "none.mp4", "loop": True}],
        "lines": [{"id": "door", "sensor": "ceiling", "a": [200, 0], "b": [200, 300]}],
        "zones": [{"id": "shelf", "sensor": "ceiling", "polygon": BOX}],
        "queues": [{"id": "till", "sensor": "ceiling", "polygon": BOX, "service": BOX}],
        "broker": {"port": port},
        "outbox": {"dir": str(dir)},
    } | extra


def plan(dir: Path, port: int = 1, **extra: Any) -> Plan:
    return parse(table(dir, port, **extra))


def day(first: float, last: float) -> Iterator[Fact]:
    """A visitor every minute, from `first` to `last`."""
    for at in range(int(first), int(last), 60):
        yield Seen(at, "ceiling", since=at - 60)
        yield Crossing(at + 5, "door", "+")
        yield Present(at + 6, "shelf", 2, 0)
        yield Joined(at + 20, "till")
        yield Served(at + 40, "till", 20.0, False)
        yield Visit(at + 50, "shelf", at + 6, False)


def stored(box: Outbox) -> list[Window]:
    windows = [decode("w", row.payload) for row in box.batch(None, 10**6)]
    assert all(isinstance(window, Window) for window in windows)
    return windows  # type: ignore[return-value]


def opened(dir: Path) -> list[Window]:
    box = Outbox(plan(dir).outbox)
    try:
        return stored(box)
    finally:
        box.close()


def test_recorded_facts_become_the_windows_of_a_device(tmp_path: Path) -> None:
    now = int(time.time()) // 900 * 900
    done = agent.backfill(plan(tmp_path), map(to_line, day(now - 7200, now + 120)))
    windows = opened(tmp_path)
    assert done["messages"] == len(windows) == 24
    assert done["facts"] == 122 * 6
    assert done["late"] == done["refused"] == 0
    assert [int(window.end.timestamp()) for window in windows] == list(range(now - 6900, now + 1, 300))
    assert sum(value.entries or 0 for window in windows for value in window.values if isinstance(value, Count)) == 120
    assert sum(value.n or 0 for window in windows for value in window.values if isinstance(value, Stat)) == 240
    loads = [
        value for window in windows for value in window.values if isinstance(value, Load) and value.place == "till"
    ]
    assert [load.joined for load in loads] == [15] * 8


def test_a_second_backfill_says_nothing_twice_and_goes_on(tmp_path: Path) -> None:
    now = int(time.time()) // 900 * 900
    agent.backfill(plan(tmp_path), map(to_line, day(now - 7200, now - 3600)))
    before = opened(tmp_path)
    agent.backfill(plan(tmp_path), map(to_line, day(now - 7200, now)))
    windows = opened(tmp_path)
    ends = [window.end for window in windows]
    assert windows[: len(before)] == before
    assert len(ends) == len(set(ends))
    assert ends == sorted(ends)


def test_a_wrong_line_and_no_line(tmp_path: Path) -> None:
    assert agent.backfill(plan(tmp_path), []) == {"facts": 0, "messages": 0}
    with pytest.raises(agent.FactsError, match="line 2"):
        agent.backfill(plan(tmp_path), [to_line(Seen(1.0, "ceiling")), b'{"type":"heard"}'])


def test_a_second_process_is_turned_away(tmp_path: Path) -> None:
    box = Outbox(plan(tmp_path).outbox)
    with pytest.raises(Exception, match="another process"):
        agent.run(plan(tmp_path), threading.Event())
    box.close()


class Listener:
    """Hears everything of a site and acknowledges like a hub."""

    def __init__(self, port: int) -> None:
        leaves = [(topic("agent", "+", leaf), 1) for leaf in ("w", "live", "status")]  # type: ignore[arg-type]
        self.connection = Connection(
            Broker(port=port), "listener", subscriptions=leaves, session_s=600, manual_ack=True
        )
        self.heard: list[Any] = []
        self.upto: dict[str, int] = {}
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._work)
        self.connection.start()
        self._thread.start()

    def of(self, kind: type) -> list[Any]:
        return [message for message in self.heard if isinstance(message, kind)]

    def stop(self) -> None:
        self._ended.set()
        self._thread.join()
        self.connection.stop()

    def _work(self) -> None:
        while not self._ended.is_set():
            try:
                event = self.connection.events.get(timeout=0.05)
            except Exception:
                continue
            if isinstance(event, Received):
                self._take(event)
                self.connection.ack(event)

    def _take(self, event: Received) -> None:
        _, device, leaf = split(event.topic) or ("", "", "")
        message = decode(leaf, event.payload)
        if isinstance(message, Resume):
            self.upto[message.epoch] = max(self.upto.get(message.epoch, 0), message.first - 1)
        elif isinstance(message, Window):
            upto = self.upto.get(message.epoch, 0)
            if message.seq == upto + 1:
                self.upto[message.epoch] = message.seq
                self.heard.append(message)
        else:
            self.heard.append(message)
            return
        ack = Ack(epoch=message.epoch, upto=self.upto.get(message.epoch, 0))
        self.connection.publish(topic("agent", device, "ack"), encode(ack))


@pytest.fixture
def listen() -> Iterator[Callable[[int], Listener]]:
    made: list[Listener] = []

    def start(port: int) -> Listener:
        made.append(Listener(port))
        return made[-1]

    yield start
    for listener in made:
        listener.stop()


def until(true: Callable[[], object], timeout: float = 40.0) -> None:
    limit = time.monotonic() + timeout
    while not true():
        assert time.monotonic() < limit, "it did not happen in time"
        time.sleep(0.05)


@pytest.fixture
def config(tmp_path: Path, shared_data: Path) -> Path:
    clip = next(iter(sorted((shared_data / "vision").rglob("*.mp4"))), None)
    need(clip, "a recorded clip")
    path = tmp_path / "edge.toml"
    path.write_text(
        'site = "agent"\ndevice = "cam"\ntimezone = "Europe/Berlin"\nlevel = "standard"\n'
        f'[[sensors]]\nid = "ceiling"\nkind = "camera"\nsource = "{clip}"\nloop = true\n'
        '[[sensors]]\nid = "broken"\nkind = "camera"\nsource_file = "/none/hunter2"\n'
        '[[lines]]\nid = "door"\nsensor = "ceiling"\na = [200, 0]\nb = [200, 300]\n'
        f'[[zones]]\nid = "shelf"\nsensor = "ceiling"\npolygon = {BOX}\n'
        f'[[queues]]\nid = "till"\nsensor = "ceiling"\npolygon = {BOX}\nservice = {BOX}\n'
        f'[outbox]\ndir = "{tmp_path / "outbox"}"\n'
    )
    return path


def process(config: Path, port: int) -> "subprocess.Popen[str]":
    return subprocess.Popen(
        [sys.executable, "-m", "edge", "run", "--config", str(config)],
        stderr=subprocess.PIPE,
        text=True,
        cwd=ROOT,
        env=os.environ | {"INSTORE_EDGE__BROKER__PORT": str(port)},
    )


def test_a_device_runs_delivers_and_survives_a_kill(
    own_broker: Any, config: Path, tmp_path: Path, listen: Callable[[int], Listener]
) -> None:
    now = int(time.time()) // 900 * 900
    watched = plan(
        tmp_path / "outbox", sensors=[{"id": n, "kind": "camera", "source": "x"} for n in ("ceiling", "broken")]
    )
    done = agent.backfill(watched, map(to_line, day(now - 86_400, now)))
    listener = listen(own_broker.port)
    first = process(config, own_broker.port)
    until(lambda: len(listener.of(Window)) > 20)
    os.kill(first.pid, signal.SIGKILL)
    first.communicate()
    second = process(config, own_broker.port)
    try:
        until(lambda: len(listener.of(Window)) >= done["messages"])
        until(lambda: any(live.alert != "unknown" for live in listener.of(Live)))
        until(lambda: any(status.sensors and status.sensors[0].state == "ok" for status in listener.of(Status)))
        status = listener.of(Status)[-1]
        assert {sensor.id: sensor.state for sensor in status.sensors} == {"ceiling": "ok", "broken": "dead"}
        assert {place.id for place in status.places} == {"door", "shelf", "till"}
        second.send_signal(signal.SIGTERM)
        _, said = second.communicate(timeout=20)
    finally:
        second.kill()
        second.communicate()
    assert second.returncode == 0, said
    assert "hunter2" not in said
    assert "sensors[1].source_file: the file cannot be read" in said
    until(lambda: listener.of(Status)[-1].state == "offline")
    windows = listener.of(Window)
    assert len({window.end for window in windows}) == len(windows)
    assert len({window.epoch for window in windows}) == 1
    box = Outbox(watched.outbox)
    assert box.load("windows"), "a clean stop keeps the open sums"
    assert box.held == 0
    box.close()


def test_a_plan_with_a_wrong_password_file_does_not_start(tmp_path: Path) -> None:
    wrong = plan(tmp_path, broker={"username": "x", "password_file": "/none"})
    with pytest.raises(Exception, match=r"broker\.password_file"):
        agent.run(wrong, threading.Event())
    Outbox(wrong.outbox).close()
