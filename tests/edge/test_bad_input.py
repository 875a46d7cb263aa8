"""One device with a good camera and all the bad ones at once: each is told by its name, and the good one goes on."""

import shutil
import struct
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

from edge.toml import text
from tests.commands import done

ROOT = Path(__file__).resolve().parents[2]
BOX = [[5, 5], [60, 5], [60, 40], [5, 40]]


def clip(path: Path, count: int = 40, size: tuple[int, int] = (80, 60)) -> Path:
    """A recording of a grainy picture."""
    writer, grain = cv2.VideoWriter(str(path), cv2.VideoWriter_fourcc(*"MJPG"), 10, size), np.random.default_rng(1)
    for _ in range(count):
        writer.write(grain.integers(40, 200, (size[1], size[0], 3), dtype=np.uint8))
    writer.release()
    return path


def huge(path: Path) -> Path:
    """Two frames of 7680 x 4320."""
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter_fourcc(*"MJPG"), 10, (7680, 4320))
    for level in (90, 120):
        writer.write(np.full((4320, 7680, 3), level, np.uint8))
    writer.release()
    return path


def crafted(path: Path) -> Path:
    """48 x 48 pixels of raw video in an AVI, which corrupts the memory of some decoders."""
    pixels = bytes(48 * 48 * 3)

    def chunk(name: bytes, body: bytes) -> bytes:
        return name + struct.pack("<I", len(body)) + body + b"\0" * (len(body) % 2)

    main = struct.pack("<14I", 40_000, 0, 0, 0x10, 5, 0, 1, len(pixels), 48, 48, 0, 0, 0, 0)
    stream = b"vidsDIB " + struct.pack("<10I4H", 0, 0, 0, 1, 25, 0, 5, len(pixels), 0, 0, 0, 0, 48, 48)
    form = struct.pack("<IiiHHIIiiII", 40, 48, 48, 1, 24, 0, len(pixels), 0, 0, 0, 0)
    lists = chunk(b"LIST", b"strl" + chunk(b"strh", stream) + chunk(b"strf", form))
    movie = chunk(b"LIST", b"movi" + b"".join(chunk(b"00db", pixels) for _ in range(5)))
    path.write_bytes(chunk(b"RIFF", b"AVI " + chunk(b"LIST", b"hdrl" + chunk(b"avih", main) + lists) + movie))
    return path


def network(path: Path) -> Path:
    """A sound ONNX file that gives back its input: no detector."""

    def field(number: int, body: bytes | int) -> bytes:
        if isinstance(body, int):
            return bytes([number << 3]) + _varint(body)
        return bytes([number << 3 | 2]) + _varint(len(body)) + body

    shape = b"".join(field(1, field(1, size)) for size in (1, 3, 416, 416))
    values = {name: field(1, name) + field(2, field(1, field(1, 1) + field(2, shape))) for name in (b"in", b"out")}
    node = field(1, b"in") + field(2, b"out") + field(4, b"Identity")
    graph = field(1, node) + field(2, b"g") + field(11, values[b"in"]) + field(12, values[b"out"])
    path.write_bytes(field(1, 8) + field(7, graph) + field(8, field(1, b"") + field(2, 13)))
    return path


def _varint(value: int) -> bytes:
    low, rest = value & 0x7F, value >> 7
    return bytes([low | 0x80]) + _varint(rest) if rest else bytes([low])


def sensors(folder: Path) -> dict[str, dict[str, Any]]:
    """All of them by name. `hunter2` stands in every path, so that a path in the log is found."""
    whole = clip(folder / "hunter2.avi")
    cut, empty, model = folder / "hunter2-cut.avi", folder / "hunter2-empty.mp4", folder / "hunter2.onnx"
    cut.write_bytes(whole.read_bytes()[: whole.stat().st_size // 2])
    empty.touch()
    model.write_text("this is no network")
    sources: dict[str, Path] = {
        "good": whole,
        "cut": cut,
        "portrait": clip(folder / "hunter2-portrait.avi", size=(60, 108)),
        "crafted": crafted(folder / "hunter2-crafted.avi"),
        "empty": empty,
        "huge": huge(folder / "hunter2-huge.avi"),
        "folder": folder,
        "missing": folder / "hunter2-missing.mp4",
        "outside": whole,
        "text-model": whole,
        "other-model": whole,
        "vanishing": Path(shutil.copy(whole, folder / "hunter2-vanishing.avi")),
    }
    models = {"text-model": model, "other-model": network(folder / "hunter2-other.onnx")}
    onnx = {name: {"detector": "onnx", "model": str(path)} for name, path in models.items()}
    camera = {"kind": "camera", "fps": 5, "loop": True}
    return {n: camera | {"id": n, "source": str(source)} | onnx.get(n, {}) for n, source in sources.items()}


@pytest.mark.parametrize("processes", ["shared", "own"])
def test_what_is_bad_is_told_by_name_and_the_good_go_on(
    device: Callable[..., Any], tmp_path: Path, processes: str
) -> None:
    cameras = sensors(tmp_path)
    if processes == "own":  # one of each kind of error is enough to see that it comes through
        cameras = {name: cameras[name] for name in ("good", "empty", "outside", "text-model")}
    lines = [{"id": "far", "sensor": "outside", "a": [500, 10], "b": [500, 50]}]
    zones = [{"id": f"z-{name}", "sensor": name, "polygon": BOX} for name in cameras]
    queues = [{"id": "till", "sensor": "good", "polygon": BOX, "service": BOX[:3]}]
    drawn = {"zones": zones, "lines": lines, "queues": queues}
    running = device({"camera_processes": processes, "sensors": list(cameras.values())} | drawn)
    well = {"good", "cut", "portrait", "vanishing"} & set(cameras)
    bad = set(cameras) - well - {"crafted"}  # some builds of the decoder die of it, others read the five frames
    keys = {f"sensors[{i}]": name for i, name in enumerate(cameras)}
    told = {
        "empty": "sensor empty: cannot be read",
        "huge": "sensor huge: its picture has more than 16 million pixels",
        "folder": "sensor folder: cannot be read",
        "missing": "sensor missing: cannot be read",
        "outside": "lines[0]: wholly outside the picture",
    } | {name: f"{key}.model: " for key, name in keys.items() if name.endswith("model")}
    running.until(lambda: all(running.states().get(name) == "ok" for name in well), 45)
    running.until(lambda: all(words in running.log() for name, words in told.items() if name in cameras), 45)
    running.until(lambda: all(running.states()[name] == "dead" for name in bad), 10)
    began = time.time()
    if "vanishing" in cameras:
        Path(cameras["vanishing"]["source"]).rename(tmp_path / "elsewhere.avi")
        running.until(lambda: running.states()["vanishing"] == "dead", 15)
        (tmp_path / "elsewhere.avi").rename(cameras["vanishing"]["source"])
        running.until(lambda: running.states()["vanishing"] == "ok", 30)
    running.until(lambda: running.live("till", began), 15)
    assert running.live("till", began)[-1].queue is not None, "the good one counts"
    said = [sensor.state for status in running.statuses() for sensor in status.sensors if sensor.id == "good"]
    assert set(said[said.index("ok") :]) == {"ok"}, "and was never disturbed"
    assert "hunter2" not in running.log()
    assert running.stop() == 0


@pytest.mark.parametrize(
    ("polygon", "words"),
    [
        ([[0, 0], [9, 9], [9, 0], [0, 9]], "the polygon crosses itself"),
        ([[1, 1], [1, 1], [1, 1]], "fewer than three different corners"),
        ([[0, 0], [9, 0], [5, 0]], "all corners lie on one line"),
    ],
)
def test_a_polygon_that_encloses_nothing_ends_the_start(tmp_path: Path, polygon: list[list[int]], words: str) -> None:
    plan = {"site": "s", "device": "d", "timezone": "UTC", "level": "standard"}
    camera = {"id": "cam", "kind": "camera", "source": "hunter2"}
    zone = {"id": "shelf", "sensor": "cam", "polygon": polygon}
    (tmp_path / "edge.toml").write_text(text(plan | {"sensors": [camera], "zones": [zone]}))
    said = done("edge", "run", "--config", tmp_path / "edge.toml")
    assert said.returncode == 78
    assert f"zones[0].polygon: {words}" in said.stderr
    assert "hunter2" not in said.stderr
