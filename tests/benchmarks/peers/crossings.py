"""Line crossings of `pets_a`: this checkout's counter over anybody's tracks, and how right counts are."""

import csv
import json
from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

from exchange import Clip, Line

from edge.measure.audit import Crossed
from edge.measure.facts import Fact
from edge.measure.footfall import Crossing
from edge.measure.geometry import people
from edge.measure.places import Places
from edge.measure.score import lines as compared
from edge.plan import Sensor
from edge.scene import SENSOR, drawn, parse
from edge.sight.camera import recorded
from edge.sight.eye import Eye


class Found(NamedTuple):
    """Share of right events, and the sum over line and direction of |measured - true| / true, both 0 to 1 or more."""

    f1: float
    gross: float
    measured: int


class Scene(NamedTuple):
    """A scene of the test data."""

    data: Path
    name: str = "pets_a"

    @property
    def path(self) -> Path:
        return self.data / f"scenes/{self.name}.json"

    def lines(self) -> list[Line]:
        return [Line(line.id, line.a, line.b) for line in parse(self.path.read_bytes()).lines]

    def truth(self) -> list[Crossed]:
        """The true crossings, as the file with the expected numbers has them."""
        expected = json.loads((self.data / f"expected/{self.name}.json").read_text())["lines"]
        return [Crossed(line, e["t"], e["dir"]) for line, told in expected.items() for e in told["events"]]


def by_ours(scene: Scene, clip: Clip, tracks: Path) -> Found:
    """This checkout's counter with its defaults over a file of tracks; feet are the middle of the lower edge."""
    places = Places(*drawn(parse(scene.path.read_bytes())))
    looks: dict[int, list[tuple[int, float, float, float]]] = {}
    with tracks.open() as file:
        for row in csv.DictReader(file):
            x, y, w, h = (float(row[key]) for key in "xywh")
            looks.setdefault(int(row["frame"]), []).append((int(row["id"]), x + w / 2, y + h, h))
    facts = list[Fact]()
    for frame in clip.frames:
        facts += places.step(people(frame / clip.fps, looks.get(frame, [])))
    return _found(scene, _crossed([*facts, *places.close((clip.frames[-1] + 1) / clip.fps)]))


def by_theirs(scene: Scene, events: Path) -> Found:
    """What a package's own counter found."""
    with events.open() as file:
        rows = list(csv.DictReader(file))
    return _found(scene, [Crossed(r["line"], float(r["t"]), "+" if r["dir"] == "+" else "-") for r in rows])


def from_the_clip(scene: Scene, clip: Clip) -> Found:
    """The whole of this checkout, from the pictures to the counts."""
    told = parse(scene.path.read_bytes())
    model = (scene.data / "models/yolox_nano_416x416.onnx").read_bytes()
    eye = Eye(Sensor(id=SENSOR, kind="camera", detector="onnx", fps=clip.rate, view=told.view), model)
    places, facts = Places(*drawn(told)), list[Fact]()
    for i, image in recorded(str(scene.data / f"clips/{scene.name}.mp4"), clip.fps, clip.rate):
        facts += places.step(eye.look(i / clip.fps, image))
    return _found(scene, _crossed([*facts, *places.close((clip.frames[-1] + 1) / clip.fps)]))


def _crossed(facts: Iterable[Fact]) -> list[Crossed]:
    return [Crossed(fact.line, fact.at, fact.direction) for fact in facts if isinstance(fact, Crossing)]


def _found(scene: Scene, events: list[Crossed]) -> Found:
    told = compared(scene.truth(), events)
    return Found(told["f1"], told["gross"], told["measured"])
