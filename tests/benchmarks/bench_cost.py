"""What watching costs. By hand: `python tests/benchmarks/bench_cost.py DATA [SECONDS]`; DATA is the folder `vision`.

One camera at 5 fps as `instore-edge run` watches it, the agent with its decoder process, on an empty, a quiet and a
busy clip: processor seconds per hour, share of one core, memory. `rss` counts pages that both processes map twice,
`pss` halves them. Then four cameras at 3.5 fps in one process and in four: how long after its moment a frame had
been looked at, and the share of due frames that was looked at. Other load on the machine makes all figures worse.
"""

import contextlib
import math
import os
import platform
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from queue import Empty
from subprocess import DEVNULL, Popen
from typing import Any

import cv2
import numpy as np

from edge import plan as edge_plan
from edge.deliver.mqtt import Connection, Received
from edge.measure.facts import Seen
from edge.messages import Status, decode
from edge.plan import Plan, parse
from edge.sensing import camera_facts
from edge.toml import text
from edge.topics import topic
from simulators.broker import Broker
from simulators.frames import Picture
from simulators.shop import CAMERAS

ROOT = Path(__file__).resolve().parents[2]
SETTLE_S, SECONDS = 8.0, 30.0
FPS, MANY_FPS, MANY = 5.0, 3.5, 4
CLOCK_HZ, MB = os.sysconf("SC_CLK_TCK"), 1 << 20


def table(clip: Path, model: Path, folder: Path, port: int, **sensor: Any) -> dict[str, Any]:
    """A plan that plays a clip over and over, with a line and a zone."""
    size = {"polygon": [[100, 100], [500, 100], [500, 300], [100, 300]]}
    common = {"kind": "camera", "source": str(clip), "loop": True, "model": str(model)}
    cameras = [{"id": f"cam-{i}"} | common | sensor for i in range(sensor.pop("count", 1))]
    return {
        "site": "bench",
        "device": "bench",
        "timezone": "UTC",
        "level": "standard",
        "broker": {"port": port},
        "outbox": {"dir": str(folder / "outbox")},
        "sensors": cameras,
        "lines": [
            {"id": f"line-{i}", "sensor": f"cam-{i}", "a": [50, 200], "b": [600, 200]} for i in range(len(cameras))
        ],
        "zones": [{"id": f"zone-{i}", "sensor": f"cam-{i}"} | size for i in range(len(cameras))],
    }


def empty_clip(path: Path) -> Path:
    """A minute of an empty shop: sensor noise, flicker and slow light, and nobody."""
    camera = CAMERAS[0]
    picture = Picture(camera)
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter.fourcc(*"MJPG"), 10.0, (camera.width, camera.height))
    for i in range(600):
        writer.write(picture.draw(1000.0 + i / 10, [])[0])
    writer.release()
    return path


def family(pid: int) -> Iterator[int]:
    """A process and all below it."""
    yield pid
    for task in Path(f"/proc/{pid}/task").glob("*/children"):
        for child in task.read_text().split():
            yield from family(int(child))


def cpu_s(pids: list[int]) -> float:
    """Seconds of processor time that the processes have used."""
    used = 0
    for pid in pids:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        used += int(fields[11]) + int(fields[12])
    return used / CLOCK_HZ


def memory_mb(pids: list[int], key: str) -> list[float]:
    """Rss or Pss of each process."""
    lines = [Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines() for pid in pids]
    return [int(line.split()[1]) / 1024 for rollup in lines for line in rollup if line.startswith(f"{key}:")]


@contextlib.contextmanager
def running(plan: dict[str, Any], folder: Path) -> Iterator[int]:
    """The process number of a device with this plan."""
    config = folder / "edge.toml"
    config.write_text(text(plan))
    device = Popen([sys.executable, "-m", "edge", "run", "--config", str(config)], cwd=ROOT, stderr=DEVNULL)
    try:
        yield device.pid
    finally:
        device.terminate()
        device.wait(20)


def looked(said: Connection) -> float:
    """The share of due frames that was looked at, as the device's last status says."""
    share = math.nan
    with contextlib.suppress(Empty):
        while True:
            event = said.events.get(timeout=0.5)
            status = decode("status", event.payload) if isinstance(event, Received) else None
            if isinstance(status, Status) and status.counters.get("frames-due"):
                share = status.counters["frames-looked"] / status.counters["frames-due"]
    return share


def one_camera(name: str, plan: dict[str, Any], folder: Path, seconds: float) -> None:
    """Print what one camera costs."""
    leaf = topic(plan["site"], plan["device"], "status")
    said = Connection(edge_plan.Broker(port=plan["broker"]["port"]), "bench-hears", subscriptions=((leaf, 1),))
    said.start()
    with running(plan, folder) as pid:
        time.sleep(SETTLE_S)
        pids, began = list(family(pid)), time.monotonic()
        before = [cpu_s([one]) for one in pids]
        time.sleep(seconds)
        used = np.array([cpu_s([one]) for one in pids]) - before
        took = time.monotonic() - began
        rss, pss = (memory_mb(pids, key) for key in ("Rss", "Pss"))
    seen = looked(said)
    said.stop()
    share = used.sum() / took
    parts = " + ".join(f"{100 * one / took:.1f}" for one in used)
    sizes = " + ".join(f"{one:.0f}" for one in rss)
    print(
        f"{name:18}{3600 * share:8.0f} s/h {100 * share:6.1f} % of a core ({parts})"
        f"   rss {sum(rss):5.0f} MB ({sizes})  pss {sum(pss):5.0f} MB"
        f"   looked {seen:.2f}   load {os.getloadavg()[0]:.1f}",
        flush=True,
    )


def many_cameras(plan: Plan, seconds: float) -> None:
    """Print how late frames are when several cameras share the machine."""
    stop, lags = threading.Event(), list[float]()

    def watch(index: int) -> None:
        for fact in camera_facts(plan, plan.sensors[index], stop, lambda *_: None):
            if isinstance(fact, Seen) and time.monotonic() > start:
                lags.append(time.time() - fact.at)

    start = time.monotonic() + SETTLE_S
    threads = [threading.Thread(target=watch, args=(i,)) for i in range(len(plan.sensors))]
    for thread in threads:
        thread.start()
    time.sleep(SETTLE_S + seconds)
    stop.set()
    for thread in threads:
        thread.join()
    middle, most, worst = np.quantile(lags, [0.5, 0.95, 1.0])
    due = seconds * sum(sensor.fps for sensor in plan.sensors)
    print(
        f"{len(threads)} cameras, {plan.camera_processes:7} lag p50 {middle:.3f} s, p95 {most:.3f} s,"
        f" worst {worst:.3f} s, looked {min(1.0, len(lags) / due):.3f}   load {os.getloadavg()[0]:.1f}",
        flush=True,
    )


def main(data: Path, seconds: float = SECONDS) -> None:
    """All of it."""
    model = data / "models/yolox_nano_416x416.onnx"
    machine = f"{platform.machine()}, {os.cpu_count()} cores, OpenCV {cv2.__version__}"
    print(f"{datetime.now(UTC):%Y-%m-%d %H:%M} UTC, {machine}")
    with tempfile.TemporaryDirectory() as temporary, Broker() as broker:
        folder = Path(temporary)
        clips = {"empty": empty_clip(folder / "empty.avi")}
        clips |= {"quiet": data / "clips/one_by_one.mp4", "busy": data / "clips/pets_a.mp4"}
        for detector in ("onnx", "blobs"):
            for name, clip in clips.items():
                plan = table(clip, model, folder, broker.port, detector=detector, fps=FPS)
                one_camera(f"{detector} {name}", plan, folder, seconds)
        for processes in ("shared", "own"):
            plan = table(clips["busy"], model, folder, broker.port, detector="onnx", fps=MANY_FPS, count=MANY)
            many_cameras(parse(plan | {"camera_processes": processes}), seconds)


if __name__ == "__main__":
    main(Path(sys.argv[1]), *map(float, sys.argv[2:3]))
