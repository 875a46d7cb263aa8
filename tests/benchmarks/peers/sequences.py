"""The sequences that everybody is given: boxes, truth and which frames are looked at, as CSV files in a folder."""

import csv
import math
from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

import numpy as np
from exchange import Clip

from edge.sight.camera import recorded
from edge.sight.detection import network, no_boxes

Rows = Iterable[Iterable[object]]
# So many people walk about in a made-up picture; five looks a second.
CROWDS, LOOKS, WIDTH, HEIGHT, RATE = (10, 30, 100), 140, 1920, 1080, 5.0
SIZE = np.array([50.0, 120.0])


class Sequence(NamedTuple):
    """A clip, and the files with the boxes found in it and the true ones."""

    name: str
    clip: Clip
    boxes: Path
    truth: Path


def real(data: Path, folder: Path) -> list[Sequence]:
    """The recordings in the folder `vision` of the test data, each at the rates that are judged."""
    campus, boxes = _campus(data, folder), data / "detections/pets_a.yolox_nano_288x384.csv"
    corridor, pets = data / "truth/shop1_corridor.csv", data / "truth/pets_a.csv"
    found = folder / "corridor.boxes.csv"
    _write(found, "frame,x1,y1,x2,y2,score", _seen(data))
    return [
        Sequence("TUD-Campus", Clip(list(range(1, 72)), 25.0, 25.0, 640, 480), *campus),
        *(Sequence(f"pets_a {r:g}", Clip(_thinned(450, 7.0, r), 7.0, r, 768, 576), boxes, pets) for r in (7.0, 3.5)),
        *(
            Sequence(f"corridor {r:g}", Clip(_thinned(295, 25.0, r), 25.0, r, 384, 288), found, corridor)
            for r in (25.0, 5.0)
        ),
    ]


def crowds(folder: Path) -> dict[int, tuple[Clip, Path]]:
    """By number of people: a made-up clip and its boxes."""
    made = {}
    for people in CROWDS:
        path = folder / f"crowd-{people}.csv"
        _write(path, "frame,x1,y1,x2,y2,score", _walking(people))
        made[people] = Clip(list(range(LOOKS)), RATE, RATE, WIDTH, HEIGHT), path
    return made


def _walking(people: int) -> Rows:
    """Boxes of people who wander to and fro, found with 2 px noise and so surely that every tracker follows them."""
    rng = np.random.default_rng(people)
    half = (np.array([WIDTH, HEIGHT]) - SIZE) / 2
    phase, speed = rng.uniform(0, 2 * np.pi, (people, 2)), rng.normal(0, 60, (people, 2))
    for look in range(LOOKS):
        corner = half * (1 + np.sin(phase + speed / half * look / RATE)) + rng.normal(0, 2, (people, 2))
        boxes = np.column_stack([corner, corner + SIZE, rng.uniform(0.75, 0.95, people)])
        yield from ([look, *box] for box in boxes.round(2).tolist())


def _seen(data: Path) -> Rows:
    """What this checkout's detector sees in the corridor: no file comes with the data."""
    people = network((data / "models/yolox_nano_416x416.onnx").read_bytes())
    for i, image in recorded(str(data / "clips/shop1_corridor.mpg"), 25, None):
        yield from ([i, *box] for box in people(0.0, image, no_boxes()).round(3).tolist())


def _campus(data: Path, folder: Path) -> tuple[Path, Path]:
    """Boxes and truth of TUD-Campus, rewritten from the form of the MOT challenge."""
    found, true = folder / "campus.boxes.csv", folder / "campus.truth.csv"
    rows = [[float(cell) for cell in row] for row in _cells(data / "detections/TUD-Campus.det.txt")]
    _write(found, "frame,x1,y1,x2,y2,score", ([r[0], *r[2:4], r[2] + r[4], r[3] + r[5], r[6]] for r in rows))
    _write(true, "frame,id,x,y,w,h", (row[:6] for row in _cells(data / "detections/TUD-Campus.gt.txt")))
    return found, true


def _cells(path: Path) -> list[list[str]]:
    with path.open() as file:
        return list(csv.reader(file))


def _thinned(count: int, fps: float, rate: float) -> list[int]:
    """The frames nearest to a rate."""
    return sorted({round(k * fps / rate) for k in range(math.ceil(count * rate / fps))} & set(range(count)))


def _write(path: Path, head: str, rows: Rows) -> None:
    path.write_text("\n".join([head, *(",".join(map(str, row)) for row in rows), ""]))
