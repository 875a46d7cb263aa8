"""A network camera that freezes, goes dark, is covered or stops: the alarm in 10 s, and no false zero."""

import contextlib
import queue
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from edge.measure.facts import Fact, Seen
from edge.measure.windows import Windows
from edge.plan import Plan, parse
from edge.sensing import Sensing
from edge.sight.eye import FROZEN_S
from edge.values import Count, Load


@pytest.fixture
def camera(network_cameras: Callable[[], Any]) -> Any:
    return network_cameras()


def plan(*ports: int) -> Plan:
    names = [f"cam-{i}" for i in range(len(ports))]
    polygon = [[20, 20], [300, 20], [300, 170], [20, 170]]
    return parse(
        {
            "site": "s",
            "device": "d",
            "timezone": "UTC",
            "level": "standard",
            "sensors": [
                {"id": name, "kind": "camera", "source": f"http://127.0.0.1:{port}/x.mjpg", "fps": 5}
                for name, port in zip(names, ports, strict=True)
            ],
            "lines": [{"id": f"door-{i}", "sensor": n, "a": [160, 20], "b": [160, 170]} for i, n in enumerate(names)],
            "zones": [{"id": f"room-{i}", "sensor": n, "polygon": polygon} for i, n in enumerate(names)],
        }
    )


@contextlib.contextmanager
def sensing(watched: Plan, index: int = 0) -> Iterator[tuple[Sensing, "queue.Queue[Fact]"]]:
    stop, facts = threading.Event(), queue.Queue[Fact](100_000)
    thread = Sensing(watched, watched.sensors[index], facts, stop)
    thread.start()
    try:
        yield thread, facts
    finally:
        stop.set()
        thread.join(10)
        assert not thread.is_alive()


def state_within(thread: Sensing, state: str, seconds: float) -> float:
    began = time.monotonic()
    while thread.state != state:
        assert time.monotonic() - began < seconds, f"{thread.state} and not {state} after {seconds} s"
        time.sleep(0.02)
    return time.monotonic() - began


def drained(facts: "queue.Queue[Fact]") -> list[Fact]:
    found = []
    while not facts.empty():
        found.append(facts.get())
    return found


@pytest.mark.parametrize(
    ("mode", "state", "limit"),
    [
        ("frozen", "frozen", max(10.0, FROZEN_S + 1.5)),
        ("dark", "dark", 10),
        ("covered", "covered", 10),
        ("stopped", "dead", 10),
    ],
)
def test_the_alarm_comes_and_the_places_are_null_and_not_zero(
    camera: Any, mode: str, state: str, limit: float
) -> None:
    watched = plan(camera.port)
    with sensing(watched) as (thread, facts):
        state_within(thread, "ok", 15)
        time.sleep(2)
        camera.mode = mode
        state_within(thread, state, limit)
        before = drained(facts)
        time.sleep(1.5)
        after = drained(facts)
        assert any(isinstance(fact, Seen) for fact in before)
        assert not [fact for fact in after if isinstance(fact, Seen)], "nobody looks at a picture that shows nothing"
        blind = time.time()
        windows = Windows(watched, min(fact.at for fact in before))
        closed = [window for fact in before + after for window in windows.add(fact)]
        closed += windows.tick(blind + 1900)
        first, later = closed[0], closed[-1]
        assert 0 < next(v for v in first.values if isinstance(v, Count)).observed_s < 60, "coverage falls"
        counts = [v for v in later.values if isinstance(v, Count)]
        assert [(v.entries, v.exits, v.observed_s) for v in counts] == [(None, None, 0)]
        loads = [v for window in closed[-3:] for v in window.values if isinstance(v, Load)]
        assert [(v.mean, v.max) for v in loads] == [(None, None)]
        if mode != "stopped":
            camera.mode = "well"
            state_within(thread, "ok", 5)


def test_a_camera_that_hangs_and_answers_again_is_found_again(camera: Any) -> None:
    with sensing(plan(camera.port)) as (thread, facts):
        state_within(thread, "ok", 15)
        camera.mode = "stopped"
        state_within(thread, "dead", 10)
        drained(facts)
        camera.mode = "well"
        state_within(thread, "ok", 20)
        time.sleep(1)
        assert [fact for fact in drained(facts) if isinstance(fact, Seen)]


def test_a_place_outside_of_the_picture_is_an_error_and_the_other_camera_goes_on(
    camera: Any, caplog: pytest.LogCaptureFixture
) -> None:
    port = camera.port
    table: Any = plan(port, port)
    moved = [[x + 5000, y] for x, y in table.zones[0].polygon]
    broken = parse(
        {
            "site": "s",
            "device": "d",
            "timezone": "UTC",
            "level": "standard",
            "sensors": [{"id": s.id, "kind": "camera", "source": s.source, "fps": 5} for s in table.sensors],
            "zones": [
                {"id": "outside", "sensor": "cam-0", "polygon": moved},
                {"id": "room", "sensor": "cam-1", "polygon": [list(p) for p in table.zones[1].polygon]},
            ],
        }
    )
    with sensing(broken, 0) as (bad, _), sensing(broken, 1) as (good, _):
        state_within(good, "ok", 15)
        state_within(bad, "dead", 15)
        limit = time.monotonic() + 15  # it is dead, too, as long as its camera has not answered
        while "zones[0].polygon: wholly outside the picture" not in caplog.text:
            assert time.monotonic() < limit
            time.sleep(0.05)
        assert str(port) not in caplog.text
        time.sleep(1)
        assert good.state == "ok"


def test_a_sensor_that_cannot_start_is_tried_again_after_longer_and_longer_pauses(
    caplog: pytest.LogCaptureFixture,
) -> None:
    camera = {"id": "cam", "kind": "camera", "source_file": "/none/hunter2"}
    site = {"site": "s", "device": "d", "timezone": "UTC", "level": "standard"}
    with sensing(parse(site | {"sensors": [camera]})) as (thread, _):
        time.sleep(7.0)
        assert thread.failures == 3, "at once, after 2 s and after 4 s more"
        assert thread.state == "dead"
    assert caplog.text.count("sensor cam: sensors[0].source_file: the file cannot be read") == 3
    assert "hunter2" not in caplog.text
