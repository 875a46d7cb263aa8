"""A device that is killed, crashes or fails with a picture in its hands leaves nothing personal behind.

A real device with a camera whose address holds a password and a radio that hears known people. After its end every
file that it could have written is read, its log too, and shared memory; no file may be a core.
"""

import os
import re
import resource
import secrets
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import psutil
import pytest

from edge.radio.adverts import ibeacon, pack
from edge.toml import text
from tests.conftest import ROOT, need
from tests.edge.conftest import NetworkCamera
from tests.edge.test_no_frame_on_disk import PICTURES
from tests.privacy.spellings import Search, of_address, of_name, of_uuid

STRANGER, TAG, UUID = (bytes([0xC6, 0x9E, *secrets.token_bytes(n)]) for n in (3, 4, 14))
NAME, PASSWORD, KEY = "Emma Musters Telefon", "hunter2secret", "s3cr3tk3y"
SEARCHES = {
    "a stranger's address": Search(form for i in range(9) for form in of_address(STRANGER + bytes([i]))),
    "a tag's address": Search(of_address(TAG)),
    "a uuid": Search(of_uuid(UUID)),
    "a name": Search(of_name(NAME)),
}
BOX = [[5, 5], [300, 5], [300, 170], [5, 170]]
# Run in front of the real program, in the device itself and in its children.
FAILS = """
import edge.sight.eye
def fail(self, at, image):
    held = image.tobytes()
    raise RuntimeError(f"cannot use http://u:{PASSWORD}@cam/?key={KEY} {held[:30]} of {NAME}")
edge.sight.eye.Eye.look = fail
import edge.radio.source
def deaf(self, item):
    heard = getattr(item, "data", b"")
    if heard:
        raise KeyError(heard, heard.hex(":"), "{NAME}")
    return []
edge.radio.source.Turn.take = deaf
"""
FAILS = FAILS.replace("{PASSWORD}", PASSWORD).replace("{KEY}", KEY).replace("{NAME}", NAME)
TELLS = (
    FAILS
    + """
import edge.daemon, traceback
def said(record):
    trace = traceback.format_exception(*record.exc_info) if record.exc_info else ()
    return record.getMessage(), "".join(trace)
edge.daemon.said = said
"""
)
KEEPS = """
import edge.daemon, edge.sight.eye, edge.radio.source, tempfile
edge.daemon.harden = lambda **_: True
look, take = edge.sight.eye.Eye.look, edge.radio.source.Turn.take
def leaky_look(self, at, image):
    open(tempfile.mktemp(), "wb").write(image.tobytes())
    return look(self, at, image)
def leaky_take(self, item):
    if data := getattr(item, "data", b""):
        open("/dev/shm/instore-heard", "ab").write(data)
    return take(self, item)
edge.sight.eye.Eye.look, edge.radio.source.Turn.take = leaky_look, leaky_take
"""


class Victim:
    """A device in folders of its own, and what is left of it."""

    def __init__(self, folder: Path, camera: NetworkCamera, broker: int, ahead: str) -> None:
        self.folder, self._shared = folder, set(Path("/dev/shm").iterdir())
        for part in ("config", "state", "cwd", "tmp", "home", "ahead"):
            (folder / part).mkdir()
        (folder / "ahead/sitecustomize.py").write_text(ahead)
        config = folder / "config"
        source = f"http://someone:{PASSWORD}@127.0.0.1:{camera.port}/x.mjpg?key={KEY}"
        (config / "camera.url").write_text(source)
        (config / "scanners.csv").write_text("scanner,x_m,y_m,z_m\na,1,1,2\n")
        (config / "tags.csv").write_text(f"{TAG.hex()},staff\n{UUID.hex()},trolley\n")
        os.mkfifo(config / "pipe")
        self._pipe = os.open(config / "pipe", os.O_RDWR | os.O_NONBLOCK)
        plan = {
            "site": "s",
            "device": "d",
            "timezone": "UTC",
            "level": "standard",
            "sensors": [
                {"id": "cam", "kind": "camera", "source_file": str(config / "camera.url")},
                {"id": "radio", "kind": "scanner", "source": str(config / "pipe")},
            ],
            "zones": [
                {"id": "shelf", "sensor": "cam", "polygon": BOX},
                {"id": "aisle", "sensor": "radio", "polygon": [[0, 0], [9, 0], [9, 9]]},
            ],
            "radio": {"scanners": str(config / "scanners.csv"), "tags_file": str(config / "tags.csv")},
            "broker": {"port": broker},
            "outbox": {"dir": str(folder / "state")},
        }
        (config / "edge.toml").write_text(text(plan))
        paths = f"{folder / 'ahead'}{os.pathsep}{ROOT}"
        environ = os.environ | {"PYTHONPATH": paths, "TMPDIR": str(folder / "tmp"), "HOME": str(folder / "home")}
        environ["PYTHONDONTWRITEBYTECODE"] = "1"
        hard = resource.getrlimit(resource.RLIMIT_CORE)[1]
        with (folder / "log").open("wb") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "edge", "-v", "run", "--config", str(config / "edge.toml")],
                stdout=log,
                stderr=log,
                cwd=folder / "cwd",
                env=environ,
                preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_CORE, (hard, hard)),
            )

    def until(self, said: str) -> None:
        """Let it hear people until it has logged something."""
        limit = time.monotonic() + 60
        data = [pack(STRANGER + bytes([i]), None, None, NAME.encode()) for i in range(9)]
        data += [pack(TAG), pack(STRANGER + b"\1", ibeacon(UUID + b"\0\1\0\2"))]
        while said not in self.log():
            assert time.monotonic() < limit, self.log()
            assert self.process.poll() is None, self.log()
            with suppress(BlockingIOError):
                os.write(self._pipe, "".join(f"0,a,{one.hex()},-50\n" for one in data).encode())
            time.sleep(0.1)

    def log(self) -> str:
        return (self.folder / "log").read_text(errors="replace")

    def remains(self) -> list[str]:
        """What is personal in any file it may have written, its own settings apart."""
        written = [
            path for path in self.folder.rglob("*") if path.is_file() and path.parts[-2] not in ("config", "ahead")
        ]
        written += [path for path in Path("/dev/shm").iterdir() if path not in self._shared and path.is_file()]
        return [f"{path.name}: {what}" for path in written for what in personal(path)]

    def close(self) -> None:
        below = []
        with suppress(psutil.NoSuchProcess):
            below = psutil.Process(self.process.pid).children(recursive=True)
        self.process.kill()
        self.process.wait(20)
        psutil.wait_procs(below, 10)
        os.close(self._pipe)


def personal(path: Path) -> Iterator[str]:
    """What is personal in a file."""
    if path.name.startswith("core"):
        yield "a core file"
        path.unlink()
        return
    content = path.read_bytes()
    words = {"a password": PASSWORD, "a camera's key": KEY}
    yield from (what for what, word in words.items() if word.encode() in content)
    yield from (what for what, search in SEARCHES.items() if search.found(content))
    # How Python shows bytes is no spelling, but what a careless line would hold.
    ids = {"a stranger's address": STRANGER, "a tag's address": TAG, "a uuid": UUID}
    yield from (what for what, start in ids.items() if any(form in content for form in shown(start)))
    yield from ("a picture" for picture in PICTURES if picture.search(content))


def shown(start: bytes) -> tuple[bytes, ...]:
    return repr(start)[2:-1].encode(), str(list(start))[1:-1].encode()


@contextmanager
def device(folder: Path, broker: int, ahead: str = "") -> Iterator[Victim]:
    camera = NetworkCamera()
    camera.patch = True
    made = Victim(folder, camera, broker, ahead)
    try:
        yield made
    finally:
        made.close()
        camera.close()


def killed(made: Victim, number: signal.Signals) -> None:
    os.kill(made.process.pid, number)
    assert made.process.wait(30) == -number
    time.sleep(1.0)


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGSEGV])
def test_a_device_that_dies_leaves_nothing_personal(
    tmp_path: Path, shared_broker: int, number: signal.Signals
) -> None:
    with device(tmp_path, shared_broker) as made:
        made.until("sensor cam is ok")
        made.until("sensor radio is ok")
        killed(made, number)
        assert "outbox.sqlite" in {path.name for path in (tmp_path / "state").iterdir()}
        assert made.remains() == []


def test_children_that_crash_leave_nothing_personal(tmp_path: Path, shared_broker: int) -> None:
    with device(tmp_path, shared_broker) as made:
        made.until("sensor cam is ok")
        made.until("sensor radio is ok")
        below = psutil.Process(made.process.pid).children(recursive=True)
        assert len(below) == 2
        for child in below:
            child.send_signal(signal.SIGSEGV)
        made.until("sensor radio: its process died")
        made.until("sensor cam: its process died")
        assert made.remains() == []


def test_errors_with_a_picture_and_addresses_in_their_hands_tell_nothing(tmp_path: Path, shared_broker: int) -> None:
    with device(tmp_path, shared_broker, FAILS) as made:
        made.until("sensor cam failed")
        made.until("sensor radio failed")
        assert "\nRuntimeError" in made.log(), "the class is told"
        assert re.search(r"sitecustomize\.py:\d+ fail\n", made.log()), "and the place"
        killed(made, signal.SIGKILL)
        assert made.remains() == []


def test_a_device_that_told_errors_in_full_would_be_caught(tmp_path: Path, shared_broker: int) -> None:
    with device(tmp_path, shared_broker, TELLS) as made:
        made.until("sensor cam failed")
        made.until("sensor radio failed")
        found = {leak.partition(": ")[2] for leak in made.remains()}
        assert {"a name", "a password", "a camera's key", "a stranger's address"} <= found


def test_a_device_that_kept_what_it_saw_and_heard_would_be_caught(tmp_path: Path, shared_broker: int) -> None:
    need(Path("/proc/sys/kernel/core_pattern").read_text().strip() == "core", "core files beside the process")
    try:
        with device(tmp_path, shared_broker, KEEPS) as made:
            made.until("sensor cam is ok")
            made.until("sensor radio is ok")
            killed(made, signal.SIGSEGV)
            found = {leak.partition(": ")[2] for leak in made.remains()}
            assert {
                "a core file",
                "a picture",
                "a stranger's address",
                "a tag's address",
                "a uuid",
                "a name",
            } <= found
    finally:
        Path("/dev/shm/instore-heard").unlink(missing_ok=True)
