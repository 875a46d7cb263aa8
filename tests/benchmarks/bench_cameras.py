"""What cameras cost a device: CPU, memory and how old a picture is when its people are known.

    python tests/benchmarks/bench_cameras.py DATA [MODEL.onnx]      # DATA holds clips/pets_a.mp4

One camera at 5 frames a second, then four at 3.5, in one process and in a process each. Each plays the clip at its
own pace as a camera would; without a model `blobs` looks. Lag: from the moment of capture to the fact.
"""

import platform
import queue
import sys
import threading
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import psutil

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from edge.measure.facts import Fact, Seen
from edge.plan import parse
from edge.sensing import Sensing

FOR_S, WARM_S = 25.0, 8.0


def plan(clip: Path, model: str | None, cameras: int, fps: float, processes: str) -> Any:
    detector = {"detector": "onnx", "model": model} if model else {}
    camera = {"kind": "camera", "source": str(clip), "loop": True, "fps": fps} | detector
    names = [f"cam-{i}" for i in range(cameras)]
    return parse(
        {
            "site": "s",
            "device": "d",
            "timezone": "UTC",
            "level": "standard",
            "camera_processes": processes,
            "sensors": [camera | {"id": name} for name in names],
            "lines": [{"id": f"l-{name}", "sensor": name, "a": [384, 100], "b": [384, 500]} for name in names],
        }
    )


def spent(family: list[psutil.Process]) -> float:
    """CPU seconds of processes so far."""
    return sum(sum(process.cpu_times()[:2]) for process in family)


def run(watched: Any) -> str:
    """One row of the table."""
    facts, stop = queue.Queue[Fact](), threading.Event()
    sensing = [Sensing(watched, sensor, facts, stop) for sensor in watched.sensors]
    for one in sensing:
        one.start()
    time.sleep(WARM_S)
    me = psutil.Process()
    family = [me, *me.children(recursive=True)]
    while not facts.empty():
        facts.get()
    began, cpu, lags = time.monotonic(), spent(family), list[float]()
    while time.monotonic() < began + FOR_S:
        fact = facts.get(timeout=20)
        if isinstance(fact, Seen):
            lags.append(time.time() - fact.at)
    took, cpu = time.monotonic() - began, spent(family) - cpu
    memory = sum(process.memory_full_info().pss for process in family) / 1e6  # what they share counts once
    stop.set()
    for one in sensing:
        one.join(10)
    due = took * sum(sensor.fps for sensor in watched.sensors)
    middle, high = np.quantile(lags, [0.5, 0.99])
    cost = f"{cpu / took:6.0%} of a core  {memory:5.0f} MB"
    return f"{cost}  looked {len(lags) / due:4.0%}  lag {middle:.2f} / {high:.2f} s"


def main() -> None:
    clip, model = Path(sys.argv[1]) / "clips/pets_a.mp4", sys.argv[2] if len(sys.argv) > 2 else None
    load = psutil.getloadavg()[0]
    print(f"{datetime.now(UTC):%Y-%m-%d}, {platform.machine()}, {psutil.cpu_count()} cores, load {load:.1f}")
    print(f"detector {'onnx' if model else 'blobs'}, lag: median / 99 %")
    for cameras, fps in ((1, 5.0), (4, 3.5)):
        for processes in ("shared", "own"):
            print(
                f"{cameras} at {fps} fps, {processes:6}  {run(plan(clip, model, cameras, fps, processes))}",
                flush=True,
            )


if __name__ == "__main__":
    main()
