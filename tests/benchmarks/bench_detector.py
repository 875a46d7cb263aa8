"""How good and how quick the detectors are. By hand: `python tests/benchmarks/bench_detector.py DATA [PYTHON]`.

DATA is the folder `vision` of the test data. All at one thread: average precision at an overlap of 0.5 of the clips
with boxes, milliseconds of processor time a picture by stage, and beside them the network's own share, below which
nothing here can come. PYTHON, an interpreter with another OpenCV (default: .venv-opencv4 if it is there), finds the
same boxes or how far off. Last what `union` adds to the network: nothing where it sees, everything from the ceiling.
"""

import os
import platform
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from edge.plan import Sensor
from edge.sight.blobs import Blobs
from edge.sight.camera import recorded
from edge.sight.detection import Detector, Image, agreed, blob, found, network, no_boxes, opened, shared, union
from edge.sight.eye import Eye

ROOT = Path(__file__).resolve().parents[2]
OTHER = ROOT / ".venv-opencv4/bin/python"
CLIPS = {"pets_a": ("pets_a.mp4", 7.0, 7.0), "shop1_corridor": ("shop1_corridor.mpg", 25.0, 5.0)}
Marked = list[tuple[int, Any]]
Truth = dict[int, np.ndarray[Any, Any]]


def pictures(data: Path, clip: str) -> list[tuple[int, Image]]:
    """The frames of a clip that are looked at, with their numbers."""
    file, fps, rate = CLIPS[clip]
    return list(recorded(str(data / "clips" / file), fps, rate))


def truth_of(path: Path) -> Truth:
    rows: dict[int, list[list[float]]] = defaultdict(list)
    for frame, x, y, w, h in np.loadtxt(path, delimiter=",", skiprows=1, usecols=(0, 2, 3, 4, 5)):
        rows[int(frame)].append([x, y, x + w, y + h])
    return {frame: np.array(boxes) for frame, boxes in rows.items()}


def average_precision(marked: Marked, truth: Truth) -> float:
    """Area under precision over recall (all points) at an overlap of 0.5; each true box is found once."""
    hits, taken = [], set()
    for frame, row in sorted(marked, key=lambda pair: -pair[1][4]):
        overlap = shared(row[None], truth[frame])[0] if frame in truth else np.zeros(1)
        top = int(np.argmax(overlap))
        hits.append(overlap[top] >= 0.5 and (frame, top) not in taken)
        taken |= {(frame, top)} if hits[-1] else set()
    right = np.cumsum(hits)
    precision = np.maximum.accumulate((right / np.arange(1, len(hits) + 1))[::-1])[::-1]
    return float((precision * np.array(hits)).sum() / sum(map(len, truth.values())))


def precision(detector: Detector, images: list[tuple[int, Image]], fps: float, truth: Truth) -> float:
    """Average precision in these pictures; who was surely found in one is kept in the next."""
    marked, kept = Marked(), no_boxes()
    for frame, image in images:
        boxes = detector(frame / fps, image, kept)
        kept = boxes[boxes[:, 4] >= 0.5]
        height, width = image.shape[:2]
        boxes[:, :4] = np.clip(boxes[:, :4], 0, [width, height, width, height])
        marked += [(frame, row) for row in boxes]
    return average_precision(marked, {frame: truth[frame] for frame, _ in images if frame in truth})


class Timed:
    """A network that tells how long its last answer took."""

    def __init__(self, net: Any) -> None:
        self._net, self.ms, self.raw = net, 0.0, np.zeros(0)

    def setInput(self, picture: Any) -> None:
        self._net.setInput(picture)

    def forward(self) -> Any:
        self.ms, self.raw = _ms(self._net.forward)
        return self.raw


def _ms(work: Callable[[], Any]) -> tuple[float, Any]:
    start = time.thread_time()
    result = work()
    return 1000 * (time.thread_time() - start), result


def stages(model: bytes, images: list[Image]) -> dict[str, tuple[float, float, float]]:
    """Lower quartile, median and upper quartile of the milliseconds that each stage takes."""
    ready = opened(model)
    timed = Timed(ready.net)
    watched, rows = ready._replace(net=timed), list[tuple[float, ...]]()
    for image in images[:3] + images:
        whole, _ = _ms(lambda image=image: found(watched, image))
        small = cv2.resize(image, (384, 288))
        feeding, _ = _ms(lambda small=small: blob(small, ready.dialect))
        decoding, boxes = _ms(lambda: ready.dialect.boxes(timed.raw[0], 384, 288))
        merging, _ = _ms(lambda boxes=boxes: agreed(boxes))
        rows.append((whole, timed.ms, feeding, decoding, merging))
    quarters = np.quantile(np.array(rows[3:]), [0.25, 0.5, 0.75], axis=0).T
    names = ("whole", "network", "to planes", "decode", "merge")
    return {name: tuple(three) for name, three in zip(names, quarters.tolist(), strict=True)}


def boxes_of(model: Path, clip: Path, out: Path) -> None:
    """Write what is found in every 5th frame: frame, x1, y1, x2, y2, score."""
    detect = network(model.read_bytes())
    images = (pair for pair in recorded(str(clip), 7.0, 1.4))
    rows = [np.insert(row, 0, frame) for frame, image in images for row in detect(0.0, image, no_boxes())]
    np.save(out, np.array(rows))


def agreement(data: Path, model: Path, python: Path) -> None:
    """Print how far the boxes of two versions of OpenCV are from each other."""
    with tempfile.TemporaryDirectory() as folder:
        ours, theirs = Path(folder) / "ours.npy", Path(folder) / "theirs.npy"
        clip = data / "clips/pets_a.mp4"
        boxes_of(model, clip, ours)
        order = [python, __file__, "--boxes", model, clip, theirs]
        subprocess.run(list(map(str, order)), check=True, env=os.environ | {"PYTHONPATH": str(ROOT)})
        version = subprocess.check_output(
            [str(python), "-c", "import cv2; print(cv2.__version__)"], text=True
        ).strip()
        a, b = np.load(ours), np.load(theirs)
    same = a.shape == b.shape and bool((a[:, 0] == b[:, 0]).all())
    off = f"at most {np.abs(a - b)[:, 1:5].max():.5f} px apart" if same else "NOT the same number"
    print(f"boxes on OpenCV {cv2.__version__} and {version}: {len(a)} and {len(b)}, {off}")


def ceiling(at: float, rng: np.random.Generator, floor: Image) -> tuple[Image, list[tuple[float, float]]]:
    """A view straight down, and where people's middles are: shoulders and a head, walking across for 8 s each."""
    image, people = floor.copy(), []
    for i in range(6):
        since = at - 12.0 - 5.0 * i
        if 0 < since < 8:
            x, y = (60.0 + 65.0 * since, 120.0 + 50 * i) if i % 2 else (150.0 + 60 * i, 60.0 + 50.0 * since)
            coat, middle = (40 + 25 * i, 60, 150 - 20 * i), (round(x), round(y))
            cv2.ellipse(image, middle, (34, 18), 90.0 if i % 2 else 0.0, 0, 360, coat, -1)
            cv2.circle(image, middle, 12, (40, 50, 70), -1)
            people.append((x, y))
    noisy = image + rng.normal(0, 3, image.shape)
    return np.asarray(np.clip(noisy, 0, 255), dtype=np.uint8), people


def from_the_ceiling(sensor: Sensor, model: bytes) -> tuple[float, int]:
    """(share of people found within half a shoulder's width, found where nobody is) in a drawn view straight down."""
    eye, rng = Eye(sensor, model), np.random.default_rng(4)
    floor = cv2.resize(
        rng.integers(90, 170, (12, 16, 3), dtype=np.uint8), (640, 480), interpolation=cv2.INTER_NEAREST
    )
    hits = total = wrong = 0
    for i in range(250):
        image, people = ceiling(i / 5, rng, np.asarray(floor, dtype=np.uint8))
        seen = eye.look(i / 5, image)
        away = np.hypot(*(seen.xy[:, None] - np.array(people).reshape(1, -1, 2)).transpose(2, 0, 1)) < 34
        hits, total, wrong = hits + int(away.any(0).sum()), total + len(people), wrong + int((~away.any(1)).sum())
    return hits / total, wrong


def main(data: Path, python: Path = OTHER) -> None:
    """All of it."""
    cv2.setNumThreads(1)
    model = data / "models/yolox_nano_416x416.onnx"
    content = model.read_bytes()
    machine = f"{platform.machine()}, {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}"
    print(f"{datetime.now(UTC):%Y-%m-%d %H:%M} UTC, {machine}, OpenCV {cv2.__version__}")
    made: dict[str, Callable[[], Detector]] = {
        "network": lambda: network(content),
        "blobs": Blobs,
        "union": lambda: union(network(content), Blobs()),
    }
    for clip in CLIPS:
        images, truth = pictures(data, clip), truth_of(data / f"truth/{clip}.csv")
        for name, make in made.items():
            print(f"{clip:16}{name:9} AP50 {precision(make(), images, CLIPS[clip][1], truth):.4f}", flush=True)
    images = [image for _, image in pictures(data, "pets_a")[::3]]
    took = stages(content, images)
    for name, (low, middle, high) in took.items():
        print(f"{name:12}{middle:7.2f} ms ({low:.2f} to {high:.2f})")
    print(f"whole / network {took['whole'][1] / took['network'][1]:.3f}")
    if python.exists():
        agreement(data, model, python)
    ways: dict[str, dict[str, Any]] = {"network": {}, "union": {"union": True}, "blobs": {"detector": "blobs"}}
    for name, way in ways.items():
        sensor = Sensor(**{"id": "c", "kind": "camera", "source": "x", "detector": "onnx", "view": "overhead"} | way)
        share, wrong = from_the_ceiling(sensor, content)
        print(f"from the ceiling {name:9}{share:.3f} found, {wrong} false")


if __name__ == "__main__":
    if sys.argv[1] == "--boxes":
        boxes_of(*map(Path, sys.argv[2:]))
    else:
        main(*map(Path, sys.argv[1:]))
