"""How well the detector without a network counts, on recordings and on rendered clips with known truth; run by hand:

    python tests/benchmarks/bench_blobs.py ../shared/data/vision [LINES]

LINES random segments (100) over pets_a are drawn, too: no rule was chosen with those in sight.
"""

import csv
import json
import os
import platform
import random
import statistics
import sys
import tempfile
import time
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import cv2

from edge.replay import measure
from edge.sight.blobs import Blobs
from edge.sight.camera import recorded
from edge.sight.detection import no_boxes
from simulators.ceiling import COLUMNS, ROWS, Ceiling, Walker
from simulators.shop import Shop, camera
from simulators.shoppers import simulate
from simulators.stream import write_clip

DAY, FPS = date(2026, 3, 5), 5.0
CEILING_FPS = 7.0
COATS = ((60, 60, 150), (150, 80, 40), (30, 30, 35), (200, 200, 205), (70, 120, 70))
PICTURE = ((-800, -800), (1568, -800), (1568, 1600), (-800, 1600))
HEAD = "frame,id,x,y,w,h\n"


def doorway() -> list[Walker]:
    """Six people downwards and three upwards: alone, side by side, past each other, one with a trolley."""
    plan = ((6, 1.5, 1), (12, 2.5, 1), (17, 3.5, 0), (22, 2.0, 1), (22.3, 3.0, 1), (28, 1.2, 0), (33, 3.6, 1))
    ways = [*plan, (34, 1.8, 0), (41, 2.6, 1)]
    return [
        Walker(
            starts=float(at),
            way=(x, -0.8, x + 0.2, 4.8) if down else (x, 4.8, x - 0.2, -0.8),
            coat=COATS[i % len(COATS)],
            trolley=at == 33,
        )
        for i, (at, x, down) in enumerate(ways)
    ]


def ceiling_scene(folder: Path) -> Path:
    """Renders the doorway from above and returns its scene."""
    for part in ("clips", "truth", "scenes"):
        (folder / part).mkdir(parents=True, exist_ok=True)
    seen, frames = Ceiling(doorway()), int(50 * CEILING_FPS)
    coder = cv2.VideoWriter.fourcc(*"MJPG")
    writer = cv2.VideoWriter(str(folder / "clips/ceiling.avi"), coder, CEILING_FPS, (COLUMNS, ROWS))
    with (folder / "truth/ceiling.csv").open("w", encoding="utf-8") as truth:
        truth.write(HEAD)
        for frame in range(frames):
            image, boxes = seen.draw(frame / CEILING_FPS)
            writer.write(image)
            # The truth of an overhead view is the middle of the box, a truth file says its foot.
            truth.writelines(f"{frame},{i},{x},{y - h / 2},{w},{h}\n" for i, (x, y, w, h) in boxes.items())
    writer.release()
    line = {"id": "door", "a": [0, ROWS / 2], "b": [COLUMNS, ROWS / 2], "hysteresis": 3}
    table = _table("ceiling", "clips/ceiling.avi", (COLUMNS, ROWS), CEILING_FPS, frames, lines=[line])
    return _written(folder, table | {"view": "overhead"})


def rendered(folder: Path) -> list[tuple[Path, float]]:
    """A quiet door, a shop whose queue is full when the camera starts, a doorway from above; with their rates."""
    found = []
    for name, seed, which, hours, seconds in (
        ("quiet", 7, "camera-1", 2.5, 120.0),
        ("queue", 7, "camera-2", 4.3, 240.0),
    ):
        shop = Shop(seed=seed)
        start = simulate(shop, DAY).opens + hours * 3600
        found.append((write_clip(folder, name, shop, camera(which), start, seconds, FPS), FPS))
    return [*found, (ceiling_scene(folder), CEILING_FPS)]


def random_lines(data: Path, folder: Path, count: int) -> Path:
    """The scene of pets_a with so many random segments instead of its lines."""
    rng, table = random.Random(11), json.loads((data / "scenes/pets_a.json").read_text())
    lines: list[dict[str, Any]] = []
    while len(lines) < count:
        a, b = ([rng.uniform(40, 728), rng.uniform(120, 520)] for _ in range(2))
        if 120 < ((a[0] - b[0]) ** 2 + (a[1] - b[1]) ** 2) ** 0.5 < 500:
            lines.append({"id": f"l{len(lines)}", "a": a, "b": b, "hysteresis": 4})
    return _linked(data, folder, table | {"name": "random", "lines": lines, "zones": []})


def one_by_one(data: Path, folder: Path) -> Path:
    """The scene of the clip in which six people stand at a table one after another: one zone over the picture."""
    hand = json.loads((data / "truth/one_by_one.hand.json").read_text())
    (folder / "truth").mkdir(parents=True, exist_ok=True)
    with (folder / "truth/one_by_one.csv").open("w", encoding="utf-8", newline="") as file:
        rows = csv.writer(file)
        rows.writerow(HEAD.strip().split(","))
        for i, visit in enumerate(hand["visits"]):
            rows.writerows([f, i, 400, 10, 100, 300] for f in range(visit["first_frame"], visit["last_frame"] + 1))
    zone = {"id": "picture", "polygon": PICTURE, "max_gap_s": 2.0, "min_stay_s": 2.0}
    size = hand["width"], hand["height"]
    return _linked(data, folder, _table("one_by_one", hand["clip"], size, hand["fps"], hand["frames"], zones=[zone]))


def _table(name: str, clip: str, size: tuple[int, int], fps: float, frames: int, **places: Any) -> dict[str, Any]:
    truth = {"file": f"truth/{name}.csv", "format": "boxes", "fps": fps, "frames": frames}
    return {"name": name, "clip": clip, "width": size[0], "height": size[1], "fps": fps, "truth": truth} | places


def _linked(data: Path, folder: Path, table: dict[str, Any]) -> Path:
    """The scene in a folder of its own, with absolute paths to recorded files."""
    table["clip"] = str((data / table["clip"]).resolve())
    if (data / table["truth"]["file"]).exists():
        table["truth"] = table["truth"] | {"file": str((data / table["truth"]["file"]).resolve())}
    return _written(folder, table)


def _written(folder: Path, table: dict[str, Any]) -> Path:
    path = folder / f"scenes/{table['name']}.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(table), encoding="utf-8")
    return path


def row(path: Path, fps: float) -> str:
    """What `measure` says of a scene at so many frames a second, in one line."""
    found = measure(path, detector="blobs", fps=fps)
    text = f"{found['scene']:16}{fps:5g} fps"
    if lines := found.get("lines"):
        text += f"  events {lines['matched']} of {lines['true']}, F1 {lines['f1']:.3f},"
        text += f" gross {100 * lines['gross']:.1f} %"
    for name, zone in found.get("zones", {}).items():
        text += f"  {name}: {zone['measured']} stays for {zone['true']}, worst {zone['worst_s'] or 0.0:.1f} s,"
        text += f" {zone['person_s_measured']} of {zone['person_s_true']} person-s"
    for name, queue in found.get("queues", {}).items():
        text += f"  {name}: length off by {queue['length_mae']}, wait {queue['wait_mean_measured_s']}"
        text += f" for {queue['wait_mean_true_s']} s, by Little {queue['wait_little_s']} s"
    return text


def pace(clip: Path) -> str:
    """The median time of one look at a picture, one thread."""
    blobs, spent = Blobs(), []
    for i, image in recorded(str(clip), 7.0, None):
        began = time.thread_time()
        blobs(i / 7.0, image, no_boxes())
        spent.append(time.thread_time() - began)
    return f"{1000 * statistics.median(spent[60:]):.1f} ms a look at 768 x 576, one thread"


def main(data: Path, count: int) -> None:
    cv2.setNumThreads(1)
    print(
        f"{datetime.now(UTC):%Y-%m-%d}, {platform.machine()}, {os.cpu_count()} cores, OpenCV {cv2.__version__},",
        end="",
    )
    print(f" load {os.getloadavg()[0]:.1f}")
    print(pace(data / "clips/pets_a.mp4"))
    for name, rates in (("pets_a", (7.0, 3.5)), ("shop1_corridor", (25.0, 8.0, 5.0))):
        for fps in rates:
            print(row(data / f"scenes/{name}.json", fps), flush=True)
    with tempfile.TemporaryDirectory() as folder:
        cases = [(random_lines(data, Path(folder), count), 7.0), (random_lines(data, Path(folder), count), 3.5)]
        cases += [(one_by_one(data, Path(folder)), fps) for fps in (10.0, 5.0)] + rendered(Path(folder))
        for path, fps in cases:
            print(row(path, fps), flush=True)


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else 100)
