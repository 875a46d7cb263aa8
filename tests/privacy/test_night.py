"""The night: the process that heard addresses ends, and no memory that is left holds one of them.

Read from outside, page by page, as somebody would who has taken the device over. The same search must find the
addresses before the night, else it would prove nothing.
"""

import array
import fcntl
import os
import re
import secrets
import signal
import subprocess
import sys
import termios
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import psutil

from edge.radio.adverts import ibeacon, pack
from edge.toml import text
from tests.conftest import ROOT, need

LISTEN = """
import sys, threading, time, tomllib
from pathlib import Path
from edge import daemon
from edge.plan import parse
from edge.radio import apart
daemon.logs()
daemon.harden()
folder = Path(sys.argv[1])
plan = parse(tomllib.loads((folder / "edge.toml").read_text()))
clock = lambda: time.time() + 86400 * (folder / "night").exists()
for fact in apart.facts(plan, plan.sensors[0], threading.Event(), clock):
    print(type(fact).__name__, flush=True)
"""
BEFORE, AFTER = (bytes([0xC6, 0x9E, *secrets.token_bytes(3)]) for _ in range(2))
KNOWN = secrets.token_bytes(6)


def spellings(start: bytes) -> list[bytes]:
    """The first five bytes of an address as it may lie in memory, also in reverse."""
    both = start, start[::-1]
    texts = [form for b in both for form in (b.hex(), b.hex(":"), b.hex("-"))]
    return [*both, *(t.encode() for t in texts), *(t.upper().encode() for t in texts)]


def remembers(pid: int, start: bytes) -> bool:
    """Whether a process holds the address anywhere it can write."""
    forms = spellings(start)
    with Path(f"/proc/{pid}/maps").open() as maps, Path(f"/proc/{pid}/mem").open("rb", 0) as memory:
        for line in maps:
            region = re.match(r"([0-9a-f]+)-([0-9a-f]+) rw", line)
            if region is None:
                continue
            begin, end = (int(edge, 16) for edge in region.groups())
            with suppress(OSError):
                memory.seek(begin)
                content = memory.read(end - begin)
                if any(form in content for form in forms):
                    return True
    return False


class Listener:
    """A radio sensor fed through a pipe, its process and the one below it."""

    def __init__(self, folder: Path, program: str = LISTEN) -> None:
        self.folder = folder
        os.mkfifo(folder / "pipe")
        self._pipe = os.open(folder / "pipe", os.O_RDWR)
        (folder / "scanners.csv").write_text("scanner,x_m,y_m,z_m\na,1,1,2\n")
        (folder / "tags.csv").write_text(f"address,role\n{KNOWN.hex()},trolley\n")
        plan = {
            "site": "s",
            "device": "d",
            "timezone": "UTC",
            "level": "standard",
            "sensors": [{"id": "radio", "kind": "scanner", "source": str(folder / "pipe")}],
            "zones": [{"id": "all", "sensor": "radio", "polygon": [[0, 0], [9, 0], [9, 9]]}],
            "radio": {"scanners": str(folder / "scanners.csv"), "tags_file": str(folder / "tags.csv")},
        }
        (folder / "edge.toml").write_text(text(plan))
        with (folder / "facts").open("w") as out, (folder / "log").open("w") as log:
            command = [sys.executable, "-c", program, str(folder)]
            self.process = subprocess.Popen(command, stdout=out, stderr=log, cwd=ROOT)

    def tell(self, start: bytes) -> None:
        """Two hundred strangers, and a known tag, are heard."""
        for address in [*(start + bytes([i]) for i in range(200)), KNOWN]:
            data = pack(address, ibeacon(b"\1" * 20), None, b"Emma's phone")
            os.write(self._pipe, f"0,a,{data.hex()},-60\n".encode())

    @property
    def taken(self) -> bool:
        """Whether nothing waits in the pipe."""
        waiting = array.array("i", [0])
        fcntl.ioctl(self._pipe, termios.FIONREAD, waiting)
        return waiting[0] == 0

    def child(self) -> int:
        return next((child.pid for child in psutil.Process(self.process.pid).children()), 0)

    def facts(self) -> int:
        return (self.folder / "facts").read_text().count("Seen")

    def log(self) -> str:
        return (self.folder / "log").read_text()

    def close(self) -> None:
        self.process.kill()
        self.process.wait(10)
        os.close(self._pipe)


@contextmanager
def listening(folder: Path, program: str = LISTEN) -> Iterator[Listener]:
    made = Listener(folder, program)
    try:
        yield made
    finally:
        made.close()


def until(true: Callable[[], object], made: Listener, timeout: float = 40.0) -> None:
    limit = time.monotonic() + timeout
    while not true():
        assert time.monotonic() < limit, made.log()
        assert made.process.poll() is None, made.log()
        time.sleep(0.05)


def a_night(made: Listener) -> tuple[int, int]:
    """The processes that heard before and after a night with nobody in hearing."""
    made.tell(BEFORE)
    until(lambda: made.facts() > 1 and made.taken, made)
    first = made.child()
    assert remembers(first, BEFORE), "the search finds what is there"
    (made.folder / "night").touch()
    until(lambda: made.child() not in (0, first), made)
    before = made.facts()
    made.tell(AFTER)
    until(lambda: made.facts() > before + 1 and made.taken, made)
    return first, made.child()


def test_after_the_night_no_memory_holds_an_address(tmp_path: Path) -> None:
    need(os.geteuid() == 0, "the right to read other processes' memory")
    with listening(tmp_path) as made:
        first, second = a_night(made)
        assert not psutil.pid_exists(first)
        assert remembers(second, AFTER), "the new one listens"
        assert not remembers(second, BEFORE)
        assert not remembers(made.process.pid, BEFORE)
        assert not remembers(made.process.pid, AFTER), "not even for a moment where facts arrive"
        assert "the day is over" in made.log()


def test_a_device_that_kept_one_would_be_caught(tmp_path: Path) -> None:
    """All in one process, as it would be without the second one: freed is not erased."""
    need(os.geteuid() == 0, "the right to read other processes' memory")
    inside = LISTEN.replace("from edge.radio import apart", "from edge.radio import source").replace(
        "for fact in apart.facts(plan, plan.sensors[0], threading.Event(), clock):",
        "for fact in (f for found in source.turns(plan, plan.sensors[0], threading.Event()) for f in found):",
    )
    with listening(tmp_path, inside) as made:
        made.tell(BEFORE)
        until(lambda: made.facts() > 1 and made.taken, made)
        assert remembers(made.process.pid, BEFORE)


def test_a_listening_process_that_dies_says_no_more_than_that(tmp_path: Path) -> None:
    with listening(tmp_path) as made:
        made.tell(BEFORE)
        until(lambda: made.facts() > 0, made)
        os.kill(made.child(), signal.SIGSEGV)
        assert made.process.wait(20) != 0
        assert "RadioError" in made.log()
        assert not list(tmp_path.glob("core*"))
