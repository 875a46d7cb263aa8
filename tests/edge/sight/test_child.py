"""A child process that hangs, dies, takes nothing or ignores everything: every wait has an end."""

import time
from collections.abc import Iterator

import pytest

from edge.sight import child
from edge.sight.child import CameraError, Child


@pytest.fixture
def made(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[Child]]:
    monkeypatch.setattr(child, "STUCK_S", 0.5)
    children: list[Child] = []
    yield children
    for one in children:
        one.close()


def start(made: list[Child], program: str) -> Child:
    made.append(Child(["-c", program], "sensor cam", {}))
    return made[-1]


def test_what_is_sent_comes_back_whole(made: list[Child]) -> None:
    echo = start(made, "import sys, shutil; shutil.copyfileobj(sys.stdin.buffer, sys.stdout.buffer)")
    echo.send(bytes(range(256)) * 256)
    assert echo.read(65_536) == bytearray(range(256)) * 256
    assert not echo.ready(0.05)


def test_one_that_takes_nothing_is_given_up(made: list[Child]) -> None:
    asleep = start(made, "import time; time.sleep(60)")
    began = time.monotonic()
    with pytest.raises(CameraError, match="sensor cam: its process hangs"):
        asleep.send(bytes(10_000_000))
    assert time.monotonic() - began < 5


def test_one_that_stops_in_the_middle_is_given_up(made: list[Child]) -> None:
    half = start(made, "import sys, time; sys.stdout.write('ab'); sys.stdout.flush(); time.sleep(60)")
    assert half.ready(10)
    with pytest.raises(CameraError, match="sensor cam: its process hangs"):
        half.read(3)


def test_one_that_is_gone_says_so_where_it_is_read(made: list[Child]) -> None:
    gone = start(made, "pass")
    assert gone.ready(10), "the end of the pipe is something to read"
    gone.send(bytes(100_000))
    with pytest.raises(CameraError, match="sensor cam: its process died"):
        gone.read(1)


def test_one_that_ignores_signals_is_ended(made: list[Child]) -> None:
    stubborn = start(
        made, "import signal, time; signal.signal(15, signal.SIG_IGN); print(flush=True); time.sleep(60)"
    )
    assert stubborn.ready(10)
    began = time.monotonic()
    stubborn.close()
    assert time.monotonic() - began < 2


def test_settings_of_ours_are_not_handed_on(made: list[Child], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("INSTORE_EDGE__SENSORS__0__SOURCE", "rtsp://user:hunter2@camera")
    told = start(made, "import os; print('hunter2' in str(os.environ), end='', flush=True)")
    assert told.read(5) == b"False"
