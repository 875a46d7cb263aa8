"""Recordings through the whole pipeline, against truths made by hand."""

import importlib.util
import json
import os
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from edge.measure.audit import Visited
from edge.measure.score import zone
from edge.messages import Window, decode
from edge.plan import PlanError
from edge.replay import measure, replay, report
from edge.scene import SceneError

SCENES = ("zara01", "queue_part1", "pets_a", "shop1_corridor")
Lines = list[dict[str, Any]]


@pytest.fixture(scope="session")
def vision(shared_data: Path) -> Path:
    return shared_data / "vision"


def audited(scene: Path, folder: Path, **options: Any) -> Lines:
    replay(scene, folder / "out.jsonl", audit=folder / "audit.jsonl", **options)
    return [json.loads(line) for line in (folder / "audit.jsonl").read_text().splitlines()]


def of(lines: Lines, kind: str, *fields: str, **where: str) -> list[tuple[Any, ...]]:
    chosen = [x for x in lines if x["type"] == kind and where.items() <= x.items()]
    return [tuple(x[field] for field in fields) for x in chosen]


def check(lines: Lines, expected: dict[str, Any]) -> None:
    """Audit lines and expected numbers must be equal but for ids."""
    for name, line in expected.get("lines", {}).items():
        assert sorted(of(lines, "crossing", "t", "dir", line=name)) == [(e["t"], e["dir"]) for e in line["events"]]
    for name, area in expected.get("zones", {}).items():
        stays = sorted(tuple(stay) for stays in area["stays"].values() for stay in stays)
        assert sorted(of(lines, "visit", "start", "end", zone=name)) == stays
        assert of(lines, "occupancy", "n", zone=name) == [(n,) for n in area["occupancy_1hz"]]
    for name, queue in expected.get("queues", {}).items():
        fields = ("start", "end", "served", "service_end", "open_start", "open_end")
        theirs = ("queue_start", "queue_end", "service_start", "service_end", "open_at_start", "open_at_end")
        rows = [tuple(row[field] for field in theirs) for row in queue["visits"]]
        assert sorted(of(lines, "wait", *fields, queue=name), key=repr) == sorted(rows, key=repr)
        assert of(lines, "length", "n", queue=name) == [(n,) for n in queue["length_every_5s"]]
    assert len(of(lines, "crossing")) == sum(len(x["events"]) for x in expected.get("lines", {}).values())
    assert len(of(lines, "visit")) == sum(x["visits"] for x in expected.get("zones", {}).values())


@pytest.mark.parametrize("name", SCENES)
def test_truth_gives_the_expected_numbers(vision: Path, tmp_path: Path, name: str) -> None:
    lines = audited(vision / f"scenes/{name}.json", tmp_path, input="truth")
    check(lines, json.loads((vision / f"expected/{name}.json").read_text()))


@pytest.fixture(scope="session")
def independent(vision: Path) -> SimpleNamespace:
    """The functions that made the expected numbers, without the program around them."""
    source = (vision / "make_expected.py").read_text().split("\nbad = 0")[0]
    names: dict[str, Any] = {"__file__": str(vision / "make_expected.py"), "__name__": "expected"}
    exec(compile(source, "make_expected.py", "exec"), names)
    return SimpleNamespace(**names)


samples = st.lists(
    st.tuples(st.integers(0, 60), st.integers(1, 4), st.integers(-40, 140), st.integers(-40, 140)),
    min_size=1,
    max_size=150,
    unique_by=lambda row: row[:2],
)
corner = st.tuples(st.integers(-20, 120), st.integers(-20, 120))


def triangles(size: int = 40) -> st.SearchStrategy[list[tuple[int, int]]]:
    # Right-angled ones never cross themselves.
    side = st.integers(5, size * 2)
    return st.builds(lambda c, w, h: [c, (c[0] + w, c[1]), (c[0] + w, c[1] + h)], corner, side, side)


# The independent program leaves its files to the garbage collector.
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning", "ignore::ResourceWarning")
@given(
    rows=samples,
    rate=st.sampled_from([1.0, 2.5, 5.0, 7.0]),
    line=st.tuples(corner, corner).filter(lambda ab: ab[0] != ab[1]),
    polygons=st.tuples(triangles(), triangles(), triangles()),
    numbers=st.tuples(*[st.sampled_from([0.0, 0.4, 1.0, 2.0, 10.0])] * 4),
    staff=st.sets(st.integers(1, 4), max_size=2),
)
@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_random_truths_give_the_same_as_an_independent_program(
    independent: SimpleNamespace,
    tmp_path: Path,
    rows: list[tuple[int, int, int, int]],
    rate: float,
    line: Any,
    polygons: Any,
    numbers: tuple[float, float, float, float],
    staff: set[int],
) -> None:
    hysteresis, gap, stay, queue_stay = numbers
    times = {"max_gap_s": gap, "min_stay_s": stay}
    scene = {
        "name": "random",
        "units": "metres",
        "truth": {"file": "truth.csv", "format": "points"},
        "staff_ids": sorted(staff),
        "lines": [{"id": "l", "a": line[0], "b": line[1], "hysteresis": hysteresis}],
        "zones": [{"id": "z", "polygon": polygons[0], **times}],
        "queues": [{"id": "q", "polygon": polygons[1], "service": polygons[2], **times, "min_stay_s": queue_stay}],
    }
    (tmp_path / "scenes").mkdir(exist_ok=True)
    text = "".join(f"{frame / rate!r},{i},{x / 3!r},{y / 3!r}\n" for frame, i, x, y in rows)
    (tmp_path / "truth.csv").write_text("t,id,x,y\n" + text)
    (tmp_path / "scenes/random.json").write_text(json.dumps(scene))
    independent.expected.__globals__["HERE"] = tmp_path
    check(audited(tmp_path / "scenes/random.json", tmp_path), independent.expected(scene))


def test_messages_of_a_truth(vision: Path, tmp_path: Path) -> None:
    out = tmp_path / "out.jsonl"
    replay(vision / "scenes/queue_part1.json", out)
    sent = [decode("w", line) for line in out.read_bytes().splitlines()]
    assert all(isinstance(m, Window) and (m.site, m.device) == ("replay", "queue_part1") for m in sent)
    assert [m.seq for m in sent if isinstance(m, Window)] == list(range(1, len(sent) + 1))
    values = [v for m in sent if isinstance(m, Window) for v in m.values]
    load = next(v for v in values if type(v).__name__ == "Load")
    assert load.start == datetime(2026, 1, 5, 9, tzinfo=UTC)
    assert load.served == 5
    wait = next(v for v in values if type(v).__name__ == "Stat" and v.of == "wait")
    assert wait.sum_s == pytest.approx(5 * 247.72, abs=2)


def test_entries_and_exits_are_those_of_the_truth(vision: Path, tmp_path: Path) -> None:
    out = tmp_path / "out.jsonl"
    replay(vision / "scenes/zara01.json", out, start=datetime(2026, 3, 1, 12, tzinfo=UTC))
    sent = [json.loads(line) for line in out.read_bytes().splitlines()]
    counts = [v for m in sent for v in m["values"] if v["kind"] == "count" and v["place"] == "mid"]
    assert (sum(v["entries"] or 0 for v in counts), sum(v["exits"] or 0 for v in counts)) == (66, 71)
    # Nobody looked any more in the last 5 minutes of the quarter of an hour: that is not zero.
    assert [v["entries"] is None for v in counts] == [False, False, True]
    assert counts[0]["start"] == "2026-03-01T12:00:00Z"
    assert sum(v["observed_s"] for v in counts) in range(358, 362)


def test_the_same_bytes_again(vision: Path, tmp_path: Path) -> None:
    outputs = []
    for name in ("a", "b"):
        folder = tmp_path / name
        folder.mkdir()
        scene = vision / "scenes/shop1_corridor.json"
        audited(scene, folder, detector="blobs", tracks=folder / "tracks.txt", fps=5)
        outputs.append([(folder / f).read_bytes() for f in ("out.jsonl", "audit.jsonl", "tracks.txt")])
    assert outputs[0] == outputs[1]
    rows = [line.split(",") for line in outputs[0][2].decode().splitlines()]
    assert all(len(row) == 10 and int(row[0]) % 5 == 0 and 0 <= int(row[0]) < 295 for row in rows)


def test_the_corridor(vision: Path, yolox: Path, tmp_path: Path) -> None:
    lines = audited(vision / "scenes/shop1_corridor.json", tmp_path, model=yolox, fps=5)
    ((at, way),) = of(lines, "crossing", "t", "dir", line="corridor_cross")
    assert way == "-"
    assert at == pytest.approx(7.58, abs=1.0)


def test_measure_and_its_table(vision: Path, yolox: Path) -> None:
    measured = measure(vision / "scenes/pets_a.json", model=yolox, fps=3.5)
    assert measured["lines"]["f1"] >= 0.9
    assert measured["lines"]["gross"] <= 0.1
    assert measured["frames"] == 225
    table = report(measured)
    assert "zone centre" in table
    assert "road_mid +" in table


def test_one_by_one(vision: Path, yolox: Path, tmp_path: Path) -> None:
    polygon = [[-800, -800], [1568, -800], [1568, 1600], [-800, 1600]]
    clip = str(vision / "clips/one_by_one.mp4")
    scene: dict[str, Any] = {"name": "one_by_one", "clip": clip, "width": 768, "height": 432, "fps": 10}
    scene["zones"] = [{"id": "picture", "polygon": polygon}]
    (tmp_path / "one_by_one.json").write_text(json.dumps(scene))
    lines = audited(tmp_path / "one_by_one.json", tmp_path, model=yolox, fps=2.5)
    hand = json.loads((vision / "truth/one_by_one.hand.json").read_text())
    truth = [Visited("p", v["first_frame"] / 10, v["last_frame"] / 10, False) for v in hand["visits"]]
    found = [Visited("p", start, end, False) for start, end in of(lines, "visit", "start", "end")]
    got = zone(truth, found)
    assert (got["measured"], got["matched"]) == (6, 6)
    assert got["worst_s"] <= 1.0


def test_single_people_of_recordings_only(vision: Path, tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "camera")
    scene = json.loads((vision / "scenes/pets_a.json").read_text()) | {"clip": str(tmp_path / "camera")}
    (tmp_path / "scene.json").write_text(json.dumps(scene))
    with pytest.raises(SceneError, match="clip: not a regular file"):
        replay(tmp_path / "scene.json", tmp_path / "out", audit=tmp_path / "audit")
    assert not (tmp_path / "audit").exists()


@pytest.mark.parametrize(
    ("changes", "options", "text"),
    [
        ({"clip": "rtsp://u:secret@h/"}, {}, "clip: no such file"),
        ({"clip": "/secret/none.mp4"}, {}, "clip: no such file$"),
        ({"clip": "/dev/null"}, {}, "clip: not a regular file"),
        ({"truth": None}, {"input": "truth"}, "truth: missing"),
        ({}, {"detector": "onnx"}, "model: missing"),
        ({}, {"model": "/secret/x.onnx"}, "model: cannot be read"),
        ({"width": 700}, {}, "width, height: "),
        ({}, {"input": "truth", "tracks": "/tmp/never"}, "tracks: only a clip"),
    ],
)
def test_errors(vision: Path, tmp_path: Path, changes: dict[str, Any], options: dict[str, Any], text: str) -> None:
    scene = json.loads((vision / "scenes/pets_a.json").read_text())
    scene["clip"] = str(vision / scene["clip"])
    scene = {k: v for k, v in (scene | changes).items() if v is not None}
    (tmp_path / "scene.json").write_text(json.dumps(scene))
    with pytest.raises((SceneError, PlanError), match=text) as caught:
        replay(tmp_path / "scene.json", tmp_path / "out", **options)
    assert "secret" not in str(caught.value)
    assert not (tmp_path / "out").exists()


def test_a_truth_needs_its_own_rules(vision: Path, tmp_path: Path) -> None:
    scene = json.loads((vision / "scenes/zara01.json").read_text())
    del scene["lines"][1]["hysteresis"]
    scene["truth"]["file"] = str(vision / scene["truth"]["file"])
    (tmp_path / "scene.json").write_text(json.dumps(scene))
    with pytest.raises(SceneError, match=r"lines\[1\].hysteresis: missing"):
        replay(tmp_path / "scene.json", tmp_path / "out")


def test_run_cannot_write_about_single_people() -> None:
    agent: ModuleType | None = sys.modules.get("edge.agent")
    assert agent or importlib.util.find_spec("edge.agent")
    code = "import sys, edge.__main__; sys.exit(any(m in sys.modules for m in ('edge.recording', 'edge.replay')))"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
