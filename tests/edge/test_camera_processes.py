"""Each camera in a process of its own: it is killed, it hangs, its device is killed, and nobody else notices."""

import os
import queue
import re
import signal
import threading
import time
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from typing import Any

import cv2
import msgspec
import numpy as np
import psutil
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from edge.measure.facts import Fact, Seen
from edge.measure.geometry import People
from edge.measure.windows import Windows
from edge.plan import digest, parse
from edge.sensing import Sensing, camera_facts
from edge.sight import apart
from edge.sight.apart import _packed, _taken, _told, _unpacked
from edge.sight.camera import CameraError
from edge.sight.looks import Look
from edge.values import Load

QUEUE = [[20, 20], [300, 20], [300, 170], [20, 170]]
FLOAT = st.floats(allow_nan=False)


def table(*cameras: Any, **more: Any) -> dict[str, Any]:
    names = [f"cam-{i}" for i in range(len(cameras))]
    return {
        "camera_processes": "own",
        "sensors": [
            {"id": n, "kind": "camera", "source": c.source, "fps": 5} for n, c in zip(names, cameras, strict=True)
        ],
        "zones": [{"id": f"z-{n}", "sensor": n, "polygon": QUEUE} for n in names],
    } | more


def alive(pids: list[int]) -> list[int]:
    return [pid for pid in pids if Path(f"/proc/{pid}/stat").exists() and " Z " not in _stat(pid)]


def _stat(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return " Z "


def test_a_camera_whose_process_is_killed_or_hangs_is_dead_alone_and_comes_back(
    network_cameras: Callable[[], Any], device: Callable[..., Any]
) -> None:
    running = device(table(network_cameras(), network_cameras()))
    running.until(lambda: running.states() == {"cam-0": "ok", "cam-1": "ok"}, 40)
    first = running.children("edge.sight.apart")
    assert len(first) == 2, "each camera has its own"
    os.kill(first[0], signal.SIGKILL)
    bad, good = ("cam-0", "cam-1")
    running.until(lambda: "dead" in running.states().values(), 10)
    if running.states()[good] == "dead":
        bad, good = good, bad
    running.until(lambda: running.states() == {"cam-0": "ok", "cam-1": "ok"}, 30)
    second = running.children("edge.sight.apart")
    assert len(second) == 2
    assert set(second) & set(first) == {first[1]}, "the other one was left alone"
    os.kill(next(iter(set(second) - set(first))), signal.SIGSTOP)
    running.until(lambda: running.states()[bad] == "dead", 10)
    everything = [state for status in running.statuses() for state in status.sensors if state.id == good]
    states = [state.state for state in everything]
    assert set(states[states.index("ok") :]) == {"ok"}, "the other camera never noticed"
    assert f"sensor {bad}: its process died" in running.log()
    assert running.statuses()[-1].counters["sensor-failures"] == 1


def test_the_children_know_no_address_and_die_with_a_killed_device(
    network_cameras: Callable[[], Any], device: Callable[..., Any]
) -> None:
    camera = network_cameras()
    running = device(table(camera))
    running.until(lambda: running.states() == {"cam-0": "ok"}, 40)
    pids = running.children("edge.sight.apart") + running.children("decoder.py")
    assert len(pids) == 2
    for pid in pids:
        known = Path(f"/proc/{pid}/cmdline").read_text() + Path(f"/proc/{pid}/environ").read_text()
        assert str(camera.port) not in known
        assert re.search(r"Max core file size +0 +0 ", Path(f"/proc/{pid}/limits").read_text())
    camera.mode = "stopped"  # a decoder that waits for its camera must go too
    time.sleep(0.5)
    running.process.kill()
    limit = time.monotonic() + 3
    while alive(pids):
        assert time.monotonic() < limit, "somebody stays behind"
        time.sleep(0.05)


def test_the_hole_of_a_killed_process_is_not_observed(network_cameras: Callable[[], Any]) -> None:
    site = {"site": "s", "device": "d", "timezone": "UTC", "level": "standard"}
    plan = parse(site | table(network_cameras()))
    stop, facts = threading.Event(), queue.Queue[Fact]()
    sensing = Sensing(plan, plan.sensors[0], facts, stop)
    sensing.start()
    try:
        looks_again(sensing)
        for pid in _own_children():
            os.kill(pid, signal.SIGKILL)
        killed = time.monotonic()
        while sensing.state != "dead":
            assert time.monotonic() - killed < 2
            time.sleep(0.01)
        looks_again(sensing)
    finally:
        stop.set()
        sensing.join(10)
    assert not sensing.is_alive()
    assert sensing.failures == 1
    found = list(facts.queue)
    looks = [fact.at for fact in found if isinstance(fact, Seen)]
    windows = Windows(plan, looks[0])
    closed = [w for fact in found for w in windows.add(fact)] + list(windows.tick(looks[-1] + 1900))
    loads = [value for window in closed for value in window.values if isinstance(value, Load)]
    observed = sum(load.observed_s for load in loads if load.observed_s)
    hole = max(after - before for before, after in pairwise(looks))
    assert hole > 2
    assert observed == pytest.approx(looks[-1] - looks[0] - hole, abs=1.0)


def looks_again(sensing: Sensing) -> None:
    """Wait until it has looked for three seconds."""
    began = time.time()
    while sensing.state != "ok" or sensing.seen is None or sensing.seen < began + 3:
        assert time.time() - began < 20
        time.sleep(0.05)


def _own_children() -> list[int]:
    return [child.pid for child in psutil.Process().children() if "edge.sight.apart" in child.cmdline()]


def test_a_recording_in_its_own_process_ends_once_and_a_file_that_is_none_is_told(tmp_path: Path) -> None:
    clip = tmp_path / "a.avi"
    writer = cv2.VideoWriter(str(clip), cv2.VideoWriter_fourcc(*"MJPG"), 10, (64, 48))
    for i in range(10):
        writer.write(np.full((48, 64, 3), 20 * i, np.uint8))
    writer.release()
    sensor = parse(
        {"site": "s", "device": "d", "timezone": "UTC", "level": "standard"}
        | table(sensors=[{"id": "cam", "kind": "camera", "source": "x"}], zones=[])
    ).sensors[0]
    found = list(apart.looks(sensor, str(clip), None, threading.Event()))
    assert found
    assert {look.size for look in found} == {(48, 64)}
    with pytest.raises(Exception, match="sensor cam: cannot be read"):
        list(apart.looks(sensor, str(tmp_path / "none.avi"), None, threading.Event()))
    onnx = msgspec.structs.replace(sensor, detector="onnx")
    with pytest.raises(apart.ModelError):
        list(apart.looks(onnx, str(clip), b"no network", threading.Event()))


def test_a_process_that_hangs_is_dead_first_and_then_given_up(
    network_cameras: Callable[[], Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(apart, "DEAD_S", 0.5)
    site = {"site": "s", "device": "d", "timezone": "UTC", "level": "standard"}
    camera = network_cameras()
    sensor = parse(site | table(camera)).sensors[0]
    monkeypatch.setattr(apart, "HANGS_S", 20.0)  # until it has started
    watched = apart.looks(sensor, camera.source, None, threading.Event())
    assert next(look for look in watched if look.people is not None).state == "ok"
    monkeypatch.setattr(apart, "HANGS_S", 2.0)
    for pid in _own_children():
        os.kill(pid, signal.SIGSTOP)
    while next(watched).state != "dead":
        pass
    with pytest.raises(CameraError, match="sensor cam-0: its process hangs"):
        list(watched)
    assert not _own_children()


def test_a_picture_that_waited_while_the_process_hung_comes_too_late(network_cameras: Callable[[], Any]) -> None:
    site = {"site": "s", "device": "d", "timezone": "UTC", "level": "standard"}
    plan = parse(site | table(network_cameras()))
    stop, dead, looks = threading.Event(), list[float](), list[tuple[float, float]]()

    def note(state: str, at: float | None) -> None:
        dead.extend([time.time()] if state == "dead" and looks else [])

    def halted() -> None:
        time.sleep(7)
        for pid in _own_children():
            os.kill(pid, signal.SIGCONT)

    halt = threading.Thread(target=halted)
    for fact in camera_facts(plan, plan.sensors[0], stop, note):
        if isinstance(fact, Seen):
            looks.append((time.time(), fact.at))
            if len(looks) == 10:
                for pid in _own_children():
                    os.kill(pid, signal.SIGSTOP)
                halt.start()
            if dead and len(looks) >= 15:
                stop.set()
    halt.join()
    assert dead, "it hung for long enough to be told"
    # People cannot go back in time: what was seen before the camera was told dead is left out after it.
    for came, at in looks:
        assert at > max((told for told in dead if told < came), default=0.0) - 0.1


@given(st.integers(0, 5).flatmap(lambda n: st.tuples(*(_some(n, kind) for kind in "iffb"))), FLOAT)
def test_a_look_survives_the_pipe(columns: tuple[Any, Any, Any, Any], at: float) -> None:
    ids, x, height, observed = columns
    look = Look(at, "ok", (480, 640), People(at, ids, np.stack([x, height], axis=1), height, observed))
    size = apart.SIZE.size
    (back,) = _taken(_unpacked(_packed(_told(look))[size:]))
    assert (back.at, back.state, back.size) == (look.at, look.state, look.size)
    assert back.people is not None
    assert look.people is not None
    for sent, came in zip(look.people[1:], back.people[1:], strict=True):
        np.testing.assert_array_equal(came, sent)
        assert came.dtype == sent.dtype  # type: ignore[attr-defined]


def _some(n: int, kind: str) -> st.SearchStrategy[Any]:
    kinds = {"i": np.int64, "f": np.float64, "b": np.bool_}
    return arrays.arrays(kinds[kind], n, elements=FLOAT if kind == "f" else None)


def test_who_does_the_work_changes_no_digest() -> None:
    whole = {"site": "s", "device": "d", "timezone": "UTC", "level": "standard"} | table()
    whole["sensors"] = [{"id": "cam", "kind": "camera", "source": "x"}]
    assert digest(parse(whole)) == digest(parse(whole | {"camera_processes": "shared"}))


def test_tracks_of_a_running_device_have_random_numbers(tmp_path: Path) -> None:
    grain = np.random.default_rng(1).integers(90, 110, (240, 320, 3), np.uint8)
    writer = cv2.VideoWriter(str(tmp_path / "walk.avi"), cv2.VideoWriter_fourcc(*"MJPG"), 20, (320, 240))
    for i in range(130):
        image, x = grain.copy(), 4 * (i - 60)
        if x > 0:
            image[80:170, x : x + 30] = (20, 30, 200)
        writer.write(image)
    writer.release()
    site = {"site": "s", "device": "d", "timezone": "UTC", "level": "standard"}
    sensor = parse(
        site | table(sensors=[{"id": "cam", "kind": "camera", "source": "x", "fps": 20}], zones=[])
    ).sensors[0]
    seen = [look.people for look in apart.looks(sensor, str(tmp_path / "walk.avi"), None, threading.Event())]
    ids = {track for people in seen if people is not None for track in people.ids.tolist()}
    assert ids
    assert all(track > 2**32 for track in ids), "numbered from 1, or by a chance of one in a milliard"
