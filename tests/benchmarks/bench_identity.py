"""HOTA, MOTA and IDF1 of the tracker. By hand: `python tests/benchmarks/bench_identity.py DATA [MODEL]`.

DATA is the folder `vision` of the test data. HOTA is that of Luiten et al. 2021, IDF1 that of Ristani et al. 2016
at IoU 0.5, MOTA that of Bernardin and Stiefelhagen 2008. Only boxes found in the very frame count as tracked. `ms`:
the median time of the tracker for a look, in one thread.
"""

import csv
import math
import statistics
import sys
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import numpy as np
from ingest_load import machine

from edge.measure.hota import Moment
from edge.measure.hota import hota as measured
from edge.measure.identity import assigned
from edge.sight.camera import recorded
from edge.sight.detection import Boxes, network, no_boxes, shared
from edge.sight.tracking import Tracker

Table = np.ndarray[Any, np.dtype[np.float64]]
Frames = dict[int, Table]
"""By frame: rows of id (or score), x1, y1, x2, y2."""


def hota(truth: Frames, found: Frames) -> float:
    """HOTA in percent, the mean over the overlaps 0.05 to 0.95."""
    whole = measured(_moments(truth, found, _numbers(truth), _numbers(found)))
    assert whole
    return 100 * whole.hota


def idf1(truth: Frames, found: Frames) -> float:
    """IDF1 in percent at IoU 0.5: one track a person over the whole sequence."""
    real, mine = _numbers(truth), _numbers(found)
    hits = np.zeros((len(real), len(mine)))
    for a, b, overlap in _moments(truth, found, real, mine):
        np.add.at(hits, (a[:, None], b[None]), overlap >= 0.5)
    rows, columns = assigned(hits)
    boxes = sum(len(rows) for frames in (truth, found) for rows in frames.values())
    return 100 * 2 * float(hits[rows, columns].sum()) / boxes


def mota(truth: Frames, found: Frames) -> float:
    """MOTA in percent at IoU 0.5; whoever was paired before stays paired while the overlap lasts."""
    real, mine = _numbers(truth), _numbers(found)
    before: dict[int, int] = {}
    wrong = 0.0
    for a, b, overlap in _moments(truth, found, real, mine):
        kept = np.array([[before.get(int(i)) == int(j) for j in b] for i in a]).reshape(overlap.shape)
        rows, columns = assigned(np.where(overlap >= 0.5, overlap + 1000 * kept, 0.0))
        good = overlap[rows, columns] >= 0.5
        pairs = dict(zip(a[rows[good]].tolist(), b[columns[good]].tolist(), strict=True))
        switched = sum(before.get(i, j) != j for i, j in pairs.items())
        wrong += len(a) + len(b) - 2 * len(pairs) + switched
        before |= pairs
    return 100 * (1 - wrong / sum(len(rows) for rows in truth.values()))


def _numbers(frames: Frames) -> dict[int, int]:
    ids = sorted({int(i) for rows in frames.values() for i in rows[:, 0]})
    return {track: k for k, track in enumerate(ids)}


def _moments(truth: Frames, found: Frames, real: dict[int, int], mine: dict[int, int]) -> Iterable[Moment]:
    for frame in sorted(truth.keys() | found.keys()):
        a, b = truth.get(frame, np.zeros((0, 5))), found.get(frame, np.zeros((0, 5)))
        ids = [np.array([numbers[int(i)] for i in rows[:, 0]], np.int64) for rows, numbers in ((a, real), (b, mine))]
        yield Moment(ids[0], ids[1], shared(a[:, 1:], b[:, 1:]))


def tracked(boxes: Callable[[int], Boxes], frames: Iterable[int], fps: float) -> tuple[Frames, float]:
    """What the tracker makes of the boxes of these frames, and its milliseconds for a look."""
    tracker, found, spent = Tracker(), Frames(), list[float]()
    for frame in frames:
        seen, start = boxes(frame), time.thread_time()
        tracks = tracker.step(frame / fps, seen)
        spent.append(time.thread_time() - start)
        tracks = tracks.pick(tracks.last == frame / fps)
        found[frame] = np.column_stack([tracks.ids, tracks.boxes])
    return found, 1000 * statistics.median(spent)


def thinned(count: int, fps: float, wanted: float) -> list[int]:
    """The frames nearest to a rate."""
    return sorted({round(k * fps / wanted) for k in range(math.ceil(count * wanted / fps))} & set(range(count)))


def grouped(rows: Iterable[Iterable[float]]) -> Frames:
    """Rows of frame and five numbers, by frame."""
    table = np.array([list(row) for row in rows])
    return {int(frame): table[table[:, 0] == frame, 1:] for frame in np.unique(table[:, 0])}


def sequences(data: Path, model: Path) -> Iterable[tuple[str, Frames, Frames, int, float, float]]:
    """name, truth, detections (score first), number of frames, their rate, the rate to try."""
    campus = [_mot(data / f"detections/TUD-Campus.{kind}.txt") for kind in ("gt", "det")]
    yield "TUD-Campus", campus[0], campus[1], 72, 25.0, 25.0
    pets = _truth(data / "truth/pets_a.csv", 450)
    with (data / "detections/pets_a.yolox_nano_288x384.csv").open() as file:
        names = ("frame", "score", "x1", "y1", "x2", "y2")
        boxes = grouped([float(row[name]) for name in names] for row in csv.DictReader(file))
    for fps in (7.0, 3.5):
        yield f"pets_a {fps:g}", pets, boxes, 450, 7.0, fps
    corridor = _truth(data / "truth/shop1_corridor.csv", 295)
    people = network(model.read_bytes())
    seen = {
        i: people(0.0, image, no_boxes())[:, [4, 0, 1, 2, 3]]
        for i, image in recorded(str(data / "clips/shop1_corridor.mpg"), 25, None)
    }
    for fps in (25.0, 5.0):
        yield f"corridor {fps:g}", corridor, seen, 295, 25.0, fps


def _mot(path: Path) -> Frames:
    rows = [[float(x) for x in line.split(",")[:7]] for line in path.read_text().splitlines()]
    score = 1 if path.name.endswith(".gt.txt") else 6
    return grouped([r[0], r[score], r[2], r[3], r[2] + r[4], r[3] + r[5]] for r in rows)


def _truth(path: Path, frames: int) -> Frames:
    with path.open() as file:
        rows = [[float(row[name]) for name in ("frame", "id", "x", "y", "w", "h")] for row in csv.DictReader(file)]
    return grouped([f, i, x, y, x + w, y + h] for f, i, x, y, w, h in rows if f < frames)


def main(data: Path, model: Path) -> None:
    """Print the figures of each sequence and their means."""
    print(machine())
    print(f"{'sequence':16}{'HOTA':>8}{'MOTA':>8}{'IDF1':>8}{'ms':>8}")
    all_figures = []
    for name, truth, seen, count, fps, wanted in sequences(data, model):
        frames = thinned(count, fps, wanted)
        truth = {frame: truth[frame] for frame in frames if frame in truth}
        boxes = {frame: rows[:, [1, 2, 3, 4, 0]] for frame, rows in seen.items()}
        found, spent = tracked(lambda frame, boxes=boxes: boxes.get(frame, no_boxes()), frames, fps)  # type: ignore[misc]
        figures = [score(truth, found) for score in (hota, mota, idf1)]
        all_figures.append(figures)
        print(f"{name:16}" + "".join(f"{x:8.1f}" for x in figures) + f"{spent:8.2f}")
    print(f"{'mean':16}" + "".join(f"{x:8.1f}" for x in np.mean(all_figures, axis=0)))


if __name__ == "__main__":
    folder = Path(sys.argv[1])
    main(folder, Path(sys.argv[2]) if len(sys.argv) > 2 else folder / "models/yolox_nano_416x416.onnx")
