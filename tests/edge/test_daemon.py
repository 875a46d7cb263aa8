import json
import logging
import os
import resource
import signal
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from edge import daemon
from edge.plan import PlanError
from edge.settings import SettingsError

ROOT = Path(__file__).resolve().parents[2]


def python(code: str, **environ: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=30, cwd=ROOT, env=os.environ | environ
    )


@pytest.mark.parametrize(
    "text",
    [
        "cannot open rtsp://cam/stream",
        "RTSPS://cam",
        "http://user:secret@10.0.0.1/mjpg",
        "mqtt://token@host",
        "tag aa:bb:cc:dd:ee:ff heard",
        "AA-BB-CC-DD-EE-FF",
        "uuid 12345678-1234-1234-1234-123456789abc",
    ],
)
def test_addresses_are_not_for_logs(text: str) -> None:
    assert not daemon.safe(text)
    record = logging.LogRecord("instore.x", logging.ERROR, "file.py", 7, "said %s", (text,), None)
    for as_json in (False, True):
        line = daemon.Lines(as_json=as_json).format(record)
        assert text not in line
        assert "withheld at file:7" in line


@pytest.mark.parametrize("text", ["plan x", "10:20:30", "http://127.0.0.1:8080/x", "epoch 0a1b2c3d"])
def test_the_rest_is(text: str) -> None:
    assert daemon.safe(text)


def test_a_trace_holds_no_locals_and_no_text_of_an_error() -> None:
    done = python(
        "import logging; from edge import daemon; daemon.logs()\n"
        "def f():\n    hunter = 'rtsp://user:hunter2@cam'\n    raise RuntimeError('rtsp://user:hunter2@cam')\n"
        "try:\n    f()\nexcept RuntimeError:\n    logging.getLogger('instore.x').exception('failed')\n"
        "def g():\n    hunter = 'hunter2'\n    raise ValueError('plain')\n"
        "import threading; t = threading.Thread(target=g); t.start(); t.join()\ng()\n"
    )
    assert done.returncode == 1
    assert "hunter2" not in done.stderr
    assert "plain" not in done.stderr
    assert done.stderr.count("f\nRuntimeError\n") == 1
    assert done.stderr.count("g\nValueError\n") == 2
    assert done.stdout == ""


def test_json_lines_and_the_journal_s_own_stamp() -> None:
    code = "import logging; from edge import daemon; daemon.logs(as_json={})\n"
    code += "logging.getLogger('instore.x').info('hello')"
    line = json.loads(python(code.format("True")).stderr)
    assert (line["level"], line["room"], line["text"]) == ("info", "instore.x", "hello")
    assert line["at"].endswith("Z")
    assert python(code.format("False"), JOURNAL_STREAM="8:1").stderr == "INFO instore.x: hello\n"
    assert python(code.format("False")).stderr[:2] == "20"


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_the_first_signal_asks_and_the_second_ends(number: signal.Signals) -> None:
    code = (
        "from edge import daemon; import time; stop = daemon.stopping(); print('ready', flush=True)\n"
        "stop.wait(20); print('stopping', flush=True); time.sleep(20)"
    )
    with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True, cwd=ROOT) as process:
        assert process.stdout
        assert process.stdout.readline() == "ready\n"
        process.send_signal(number)
        assert process.stdout.readline() == "stopping\n"
        process.send_signal(number)
        assert process.wait(10) == -number


def test_the_service_manager_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("NOTIFY_SOCKET", raising=False)
    assert not daemon.notify("READY=1")
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as manager:
        manager.bind(str(tmp_path / "notify"))
        manager.settimeout(5)
        monkeypatch.setenv("NOTIFY_SOCKET", str(tmp_path / "notify"))
        assert daemon.notify("READY=1")
        assert manager.recv(100) == b"READY=1"
    monkeypatch.setenv("NOTIFY_SOCKET", str(tmp_path / "nobody"))
    assert not daemon.notify("READY=1")


def test_no_core_files_and_new_files_for_the_owner_only(tmp_path: Path) -> None:
    done = python(
        "from edge import daemon; import resource, os; daemon.harden()\n"
        f"open({str(tmp_path / 'new')!r}, 'w').close()\n"
        "print(resource.getrlimit(resource.RLIMIT_CORE), os.stat('/proc/self/mem').st_uid, os.getuid())"
    )
    assert done.stdout.startswith("(0, 0)"), done.stderr
    assert (tmp_path / "new").stat().st_mode & 0o777 == 0o600
    assert resource.getrlimit(resource.RLIMIT_CORE) is not None


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (SettingsError("broker.port: missing"), 78),
        (PlanError("level: missing"), 78),
        (KeyError("x"), 1),
        (KeyboardInterrupt(), 1),
        (OSError("x"), 1),
    ],
)
def test_exit_codes(error: BaseException, code: int, caplog: pytest.LogCaptureFixture) -> None:
    def fail() -> int:
        raise error

    assert daemon.guarded(fail, (OSError,)) == code
    if code == 78:
        assert str(error) in caplog.text
        assert "Traceback" not in caplog.text
    assert daemon.guarded(lambda: 7) == 7


def test_the_clock_state_is_one_of_the_contract() -> None:
    assert daemon.clock() in ("ntp", "unsynced")
    assert daemon.version()


def test_what_failed_is_told_also_where_its_path_looks_like_an_address(caplog: pytest.LogCaptureFixture) -> None:
    def fail() -> int:
        return len(Path("/nowhere/202611221015/clip.avi").read_bytes())

    assert daemon.guarded(fail, (OSError,)) == 1
    assert caplog.messages == ["No such file or directory"]
