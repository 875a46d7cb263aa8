"""No frame is ever written: every file that a device and its children open for writing is known, and read.

The device runs under strace, so that also files that are gone at once, in /dev/shm or without a name are seen.
The picture has a part of one even colour, which would stand as a long run of equal pixels in anything raw.
"""

import contextlib
import re
import shutil
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.conftest import need

CALLS = "open,openat,openat2,creat,rename,renameat,renameat2,link,linkat,mknod,mknodat,memfd_create"
# Also what failed, or is told in two parts because another thread came between.
OPENED = re.compile(r'(creat|open\w*)\((?:[^",]+, )?"([^"]*)"(.*)')
MADE = re.compile(r"((?:rename|link|mknod|memfd_create)\w*\(.*)")
WRITING = re.compile(r"O_WRONLY|O_RDWR|O_CREAT|O_TMPFILE")
DATABASE = re.compile(r"outbox\.sqlite(-wal|-shm|-journal)?|outbox\.lock|ballast")
PICTURES = (
    re.compile(rb"\xff\xd8\xff"),  # JPEG
    re.compile(rb"\x89PNG\r\n\x1a\n"),
    re.compile(rb"([^\x00]..|.[^\x00].|..[^\x00])\1{99}", re.DOTALL),  # a hundred pixels of one colour, also grey
)
# What a careless change would do, done in front of the real program.
LEAK = """
import sys, tempfile
import cv2
from edge.sight.eye import Eye
look = Eye.look
def leaky(self, at, image):
    {leak}
    return look(self, at, image)
Eye.look = leaky
from edge.__main__ import main
sys.exit(main())
"""
LEAKS = {
    "a temporary file": "open(tempfile.mktemp(), 'wb').write(image.tobytes())",
    "a file without a name": "tempfile.TemporaryFile().write(image.tobytes())",
    "shared memory": "open('/dev/shm/instore-leak', 'wb').write(image.tobytes())",
    "a picture beside the outbox": "cv2.imwrite('{outbox}/last.jpg', image)",
    "a picture in the outbox": "open('{outbox}/outbox.sqlite-journal', 'ab').write(image.tobytes())",
}


@pytest.fixture
def written(
    network_cameras: Callable[[], Any], device: Callable[..., Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Callable[..., list[str]]:
    """What a device wrote that it should not have: paths and what is wrong with them."""
    need(shutil.which("strace"), "strace")
    trace = tmp_path / "trace"
    monkeypatch.setenv("PYTHONDONTWRITEBYTECODE", "1")
    monkeypatch.setenv("TMPDIR", str(tmp_path))

    def run(processes: str, leak: str | None = None) -> list[str]:
        camera, clip = network_cameras(), network_cameras()
        camera.patch = clip.patch = True
        box = [[5, 5], [300, 5], [300, 170], [5, 170]]
        floor = [[0, 180, 0, 0], [320, 180, 4, 0], [320, 0, 4, 3], [0, 0, 0, 3]]
        table = {
            "camera_processes": processes,
            "sensors": [
                {"id": n, "kind": "camera", "source": c.source, "floor": floor}
                for n, c in (("one", camera), ("two", clip))
            ],
            "lines": [{"id": "door", "sensor": "one", "a": [160, 5], "b": [160, 170]}],
            "zones": [{"id": "shelf", "sensor": "one", "polygon": box}],
            "queues": [{"id": "till", "sensor": "two", "polygon": box, "service": box[:3]}],
        }
        outbox = tmp_path / "device-0" / "outbox"
        program = ("-c", LEAK.format(leak=leak.format(outbox=outbox))) if leak else ("-m", "edge")
        # -D: the device stays the process that is started and stopped.
        wrap = ("strace", "-D", "-f", "-qq", "--seccomp-bpf", "-s", "400", "-o", str(trace), "-e", f"trace={CALLS}")
        running = device(table, wrap, program)
        running.until(lambda: set(running.states().values()) == {"ok"}, 60)
        camera.mode = "gone"  # what is opened anew is opened under watch, too
        running.until(lambda: running.states()["one"] == "dead", 10)
        camera.mode = "well"
        running.until(lambda: running.states()["one"] == "ok", 30)
        assert running.stop() == 0
        time.sleep(0.5)
        return wrong(trace.read_text(errors="replace"), running.outbox)

    return run


def opened_to_write(trace: str) -> set[str]:
    """The paths that were opened for writing, and the calls that made a name; without /dev/null."""
    found = set()
    for line in trace.splitlines():
        if opened := OPENED.search(line):
            if opened[1] == "creat" or WRITING.search(opened[3]):
                found.add(opened[2])
        elif made := MADE.search(line):
            found.add(made[1])
    return found - {"/dev/null"}


def wrong(trace: str, outbox: Path) -> list[str]:
    """The paths opened for writing that are neither the outbox nor a device that keeps nothing."""
    assert "outbox.sqlite" in trace, "nothing was traced"
    found = opened_to_write(trace)
    kept = {path for path in found if Path(path).parent == outbox and DATABASE.fullmatch(Path(path).name)}
    strange = sorted(found - kept)
    return strange + [f"{file.name} holds a picture" for file in sorted(outbox.iterdir()) if holds_picture(file)]


def holds_picture(file: Path) -> bool:
    content = file.read_bytes()
    return any(picture.search(content) for picture in PICTURES)


@pytest.mark.parametrize("processes", ["shared", "own"])
def test_a_device_opens_nothing_for_writing_but_its_outbox(written: Callable[..., list[str]], processes: str) -> None:
    assert written(processes) == []


@pytest.mark.parametrize("way", LEAKS)
def test_a_device_that_kept_a_frame_would_be_caught(written: Callable[..., list[str]], way: str) -> None:
    try:
        assert written("shared", LEAKS[way])
    finally:
        with contextlib.suppress(FileNotFoundError):
            Path("/dev/shm/instore-leak").unlink()


def test_the_marks_of_a_picture_are_found(tmp_path: Path) -> None:
    raw = np.full((90, 160, 3), (11, 203, 87), np.uint8).tobytes()
    for name, content in {"jpeg": b"x\xff\xd8\xff\xe0", "raw": raw, "grey": raw[:1] * 999}.items():
        (tmp_path / name).write_bytes(b"SQLite" + bytes(1000) + content)
        assert holds_picture(tmp_path / name)
    (tmp_path / "none").write_bytes(b'{"v":1}' * 99 + bytes(9999))
    assert not holds_picture(tmp_path / "none")
