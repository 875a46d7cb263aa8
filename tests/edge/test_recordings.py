"""Recordings as a device plays them: once, to the end, and what is open then is told as cut. And links that lie."""

import json
import queue
import subprocess
import sys
import threading
import time
from pathlib import Path

import cv2
import numpy as np
import pytest

from edge.measure.dwell import Visit
from edge.measure.facts import Fact, Seen
from edge.plan import parse
from edge.recording import allow, write_audit, write_tracks
from edge.scene import SceneError
from edge.sensing import Sensing

ROOT = Path(__file__).resolve().parents[2]
FPS, SECONDS = 10, 12


@pytest.fixture
def clip(tmp_path: Path) -> Path:
    """After 4 s somebody comes from the left and walks up and down in the middle until the recording ends."""
    noise = np.random.default_rng(3)
    room = cv2.resize(noise.integers(60, 160, (12, 20, 3), dtype=np.uint8), (320, 192), interpolation=cv2.INTER_CUBIC)
    path = tmp_path / "visit.avi"
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter_fourcc(*"MJPG"), FPS, (320, 192))
    for i in range(FPS * SECONDS):
        t = i / FPS - 4
        x = int(80 * t - 20) if t < 2.25 else int(160 + 40 * np.sin(t - 2.25))
        picture = cv2.ellipse(room.copy(), (x, 100), (12, 40), 0, 0, 360, (20, 20, 30), -1)
        writer.write(np.clip(picture + noise.normal(0, 2, picture.shape), 0, 255).astype(np.uint8))
    writer.release()
    return path


@pytest.mark.parametrize("processes", ["shared", "own"])
def test_a_recording_is_played_once_and_a_stay_that_is_open_at_its_end_is_cut(clip: Path, processes: str) -> None:
    plan = parse(
        {
            "site": "s",
            "device": "d",
            "timezone": "UTC",
            "level": "standard",
            "camera_processes": processes,
            "sensors": [{"id": "cam", "kind": "camera", "source": str(clip)}],
            "zones": [{"id": "shelf", "sensor": "cam", "polygon": [[90, 60], [230, 60], [230, 190], [90, 190]]}],
        }
    )
    stop, facts = threading.Event(), queue.Queue[Fact]()
    sensing, began = Sensing(plan, plan.sensors[0], facts, stop), time.time()
    sensing.start()
    sensing.join(2 * SECONDS)
    try:
        assert not sensing.is_alive(), "it plays on"
    finally:
        stop.set()
        sensing.join(10)
    assert sensing.state == "dead"
    assert sensing.failures == 0
    found = list(facts.queue)
    looks = [fact.at for fact in found if isinstance(fact, Seen)]
    assert looks == sorted(looks)
    assert began < looks[0] < looks[-1] <= looks[0] + SECONDS
    (visit,) = [fact for fact in found if isinstance(fact, Visit)]
    assert visit.cut, "nobody saw it end"
    assert visit.at == pytest.approx(looks[-1], abs=1.0)
    assert 4.5 < visit.at - visit.start < 8.5


@pytest.mark.parametrize("target", ["/dev/stdin", "/proc/self/fd/0", "/dev/video0"])
def test_a_link_to_a_device_is_no_recording_however_it_is_named(tmp_path: Path, target: str) -> None:
    """Standard input may be a file here and a camera in the child that decodes it."""
    first, second = tmp_path / "clip.mp4", tmp_path / "again.mp4"
    first.symlink_to(target)
    second.symlink_to(first)
    for path in (first, second, Path(target)):
        with pytest.raises(SceneError, match="clip: not a regular file"):
            allow(path, "clip")
        for write in (write_audit, write_tracks):
            with pytest.raises(SceneError, match="clip: not a regular file"):
                write(tmp_path / "out", path, [])
    assert not (tmp_path / "out").exists()


def test_standard_input_is_no_recording_even_where_it_is_a_file(tmp_path: Path, clip: Path) -> None:
    (tmp_path / "scenes").mkdir()
    (tmp_path / "clip.avi").symlink_to("/dev/stdin")
    scene = {"name": "s", "clip": "clip.avi", "width": 320, "height": 192, "fps": FPS, "lines": []}
    (tmp_path / "scenes/s.json").write_text(json.dumps(scene))
    command = [sys.executable, "-m", "edge", "replay", "--scene", str(tmp_path / "scenes/s.json")]
    with clip.open("rb") as given:
        done = subprocess.run(command, stdin=given, capture_output=True, text=True, cwd=ROOT, timeout=60)
    assert done.returncode == 1
    assert "clip: not a regular file" in done.stderr
    assert done.stdout == ""


def test_a_link_to_a_recording_is_one(tmp_path: Path, clip: Path) -> None:
    (tmp_path / "link.avi").symlink_to(clip)
    allow(tmp_path / "link.avi", "clip")
    with pytest.raises(SceneError):
        allow(tmp_path, "clip")
