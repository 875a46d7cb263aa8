"""The process: nothing like an address in a log line, no text of an error, no core file, no way into its memory."""

import ast
import base64
import json
import logging
import os
import re
import signal
import string
import subprocess
import sys
import time
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from edge import daemon
from edge.discretion import safe, trace
from tests.conftest import ROOT, need
from tests.edge.conftest import NetworkCamera, device, network_cameras  # noqa: F401

CALM = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
ADDRESSES = st.binary(min_size=6, max_size=6).filter(lambda b: b[:2] != b"\0\0")
WORDS = st.text(string.ascii_letters + string.digits + " :,.'()[]=-_/", max_size=20)

PAIRS: tuple[Callable[[bytes], str], ...] = tuple(
    (lambda b, s=separator: b.hex(s)) for separator in (":", "-", ".", "_", " ", "/", ",", "|", "+")
)
SPELLINGS: tuple[Callable[[bytes], str], ...] = (
    *PAIRS,
    bytes.hex,
    lambda b: "0x" + b.hex(),
    lambda b: str(uuid.UUID(bytes=b + bytes(10))),
    lambda b: "dev_" + b.hex("_"),
    lambda b: b.hex(":").replace(":", "%3A"),
    lambda b: b.hex(":").replace(":", "\\x"),
    lambda b: ", ".join(f"0x{n:02x}" for n in b),
    lambda b: ", ".join(f"'{n:02x}'" for n in b),
    lambda b: ":".join(f"{n:x}" for n in b),
    lambda b: f"{b[:2].hex()}.{b[2:4].hex()}.{b[4:].hex()}",
    lambda b: f"{b[:3].hex()}-{b[3:].hex()}",
    lambda b: str(int.from_bytes(b, "big")),
    lambda b: str(tuple(b)),
    lambda b: str(list(b)),
    lambda b: ".".join(map(str, b)),
    lambda b: " ".join(map(str, b)),
    repr,
    lambda b: repr(bytearray(b)),
    lambda b: f"fe80::{b[0] ^ 2:02x}{b[1]:02x}:{b[2]:02x}ff:fe{b[3]:02x}:{b[4]:02x}{b[5]:02x}",
)
BEACONS: tuple[Callable[[bytes], str], ...] = (
    lambda b: str(uuid.UUID(bytes=b)),
    lambda b: str(uuid.UUID(bytes=b)).replace("-", ""),
    lambda b: b.hex(":"),
    lambda b: " ".join(b.hex()[i : i + 4] for i in range(0, 32, 4)),
    lambda b: str(uuid.UUID(bytes=b).int),
    lambda b: f"urn:uuid:{uuid.UUID(bytes=b)}",
    lambda b: base64.b16encode(b).decode(),
    repr,
)
CAMERAS = ("rtsp", "rtsps", "rtmp", "rtp", "http", "https", "onvif", "srt", "udp", "ftp", "mms")


@CALM
@given(ADDRESSES, st.sampled_from(SPELLINGS), st.booleans(), st.booleans(), WORDS, WORDS)
@example(b"\xc0\xff\xee\0\0\1", SPELLINGS[0], False, False, "at 12", "34")
def test_an_address_in_no_spelling_is_for_logs(
    address: bytes, spell: Callable[[bytes], str], upper: bool, reverse: bool, before: str, after: str
) -> None:
    spelled = spell(address[::-1] if reverse and address[-2:] != b"\0\0" else address)
    spelled = spelled.upper() if upper and spell is not repr else spelled
    assert not safe(f"{before} {spelled} {after}"), spelled
    assert not safe(f"{before}{spelled}"), spelled


@CALM
@given(st.binary(min_size=16, max_size=16).filter(lambda b: b[0] > 0), st.sampled_from(BEACONS), WORDS, WORDS)
def test_a_beacon_s_uuid_in_no_spelling_is_for_logs(
    uuid_bytes: bytes, spell: Callable[[bytes], str], before: str, after: str
) -> None:
    assert not safe(f"{before} {spell(uuid_bytes)} {after}")


@CALM
@given(
    st.sampled_from(CAMERAS),
    st.text(string.ascii_letters + string.digits + "!$&*-_.%", min_size=1, max_size=12),
    st.text(string.ascii_letters + string.digits + "!$&*-_.%", min_size=1, max_size=12),
    st.ip_addresses().map(lambda ip: f"[{ip}]" if ip.version == 6 else str(ip)),
    WORDS,
)
def test_a_camera_is_not_for_logs(scheme: str, user: str, word: str, host: str, after: str) -> None:
    for address in (
        f"{scheme}://{user}:{word}@{host}/x",
        f"{scheme.upper()}://{user}:{word}@{host}:554/Streaming/Channels/101",
        f"{scheme}://{host}/cgi?user={user}&pwd={word}",
        f"{user}:{word}@{host}",
    ):
        assert not safe(f"cannot open {address} {after}"), address


@CALM
@given(st.emails())
def test_a_mail_address_is_not_for_logs(address: str) -> None:
    assert not safe(f"the answer of {address} is late")


def test_long_base64_is_found_and_short_is_said_not_to_be() -> None:
    found = sum(not safe(f"x {base64.b64encode(uuid.uuid4().bytes).decode()} y") for _ in range(1000))
    assert found > 500, "most; what holds a slash early, or no digit, is not"
    assert safe(base64.b64encode(b"\xc0\xff\xee\x00\x00\x01").decode())


@pytest.mark.parametrize(
    "text",
    [
        "sensor entrance-camera-number-12-at-the-door is ok",
        "lost for good: 1000000 messages of s001/cam-01",
        "ready: 12 sites, http port 8080",
        "http://127.0.0.1:8080/x",
        "http://localhost:8501",
        "2026-11-22 10:20:30.123456+00:00",
        "the clock is 0.123456789012345 s off",
        "epoch 0a1b2c3d",
        "3 of 4 sensors, 5, 6, 7 and 8",
    ],
)
def test_the_rest_is_for_logs(text: str) -> None:
    assert safe(text)


def templates() -> Iterator[tuple[str, str]]:
    """Every text that our programs log, with where it stands."""
    for path in sorted(path for room in ("edge", "hub", "dashboard") for path in (ROOT / room).rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.args):
                continue
            logger, text = node.func.value, node.args[0]
            if (
                isinstance(logger, ast.Name)
                and logger.id.strip("_").lower() == "log"
                and isinstance(text, ast.Constant)
            ):
                yield f"{path.name}:{node.lineno}", text.value


def test_no_line_of_our_own_is_withheld_by_mistake() -> None:
    found = list(templates())
    assert len(found) > 40
    for where, text in found:
        filled = re.sub(r"%(?:\.\d)?[sd]|%\.?\d*f", "entrance-camera-12", text).replace("%r", "'x'")
        assert safe(filled), (where, text)


@pytest.mark.parametrize(
    "part", ["x", "a1", "aa ", "1,", "a.", "://", "1.", "aa:", "\\", "f", "@ ", "a+", "1234567. "]
)
def test_no_text_is_slow_to_look_through(part: str) -> None:
    text, began = (part * 4000)[:4000], time.process_time()
    safe(text)
    assert time.process_time() - began < 0.5
    assert not safe("x " * 2001), "what is too long to look through is not written"


SECRETS = ("rtsp://u:hunter2@10.0.0.7/x", "C0:FF:EE:00:00:01", "Emma's phone", "hunter2")


def fail(secret: str) -> None:
    try:
        held = {"deep": [secret]}
        raise KeyError(held["deep"][0])
    except KeyError as error:
        raise ValueError(f"cannot read {secret}") from error


@pytest.mark.parametrize("secret", SECRETS)
@pytest.mark.parametrize("as_json", [False, True])
def test_an_error_s_text_stays_out_and_its_place_and_class_are_there(secret: str, as_json: bool) -> None:
    try:
        fail(secret)
    except ValueError:
        record = logging.LogRecord("instore.x", logging.ERROR, "f.py", 7, "sensor %s failed", ("a",), sys.exc_info())
    line = daemon.Lines(as_json=as_json).format(record)
    assert secret not in line
    assert "hunter2" not in line
    text = json.loads(line)["trace"] if as_json else line
    assert re.search(r"KeyError\n(  .*\n)*  privacy/test_process.py:\d+ fail\nValueError", text)


def test_a_line_that_cannot_be_made_is_not_printed_with_its_parts(capfd: pytest.CaptureFixture[str]) -> None:
    done = python(
        "daemon.logs()\nlogging.getLogger('instore.x').error('%d of %s', 'hunter2', 'C0:FF:EE:00:00:01', 3)"
    )
    assert "hunter2" not in done.stderr
    assert "C0:FF" not in done.stderr
    assert "the line cannot be made (TypeError)" in done.stderr


def test_a_line_that_cannot_be_written_is_not_printed_with_its_parts() -> None:
    code = "sys.stderr.reconfigure(encoding='ascii', errors='strict')\ndaemon.logs()\n"
    done = python(code + "logging.getLogger('instore.x').error('\xe4 %s', 'Emma Muster')")
    assert done.returncode == 0
    assert done.stderr == ""


def test_what_nobody_could_catch_and_warnings_are_told_discreetly() -> None:
    done = python(
        "import warnings\ndaemon.logs()\n"
        "class Held:\n    def __del__(self):\n        raise RuntimeError('hunter2')\n"
        "Held()\nwarnings.warn('opened rtsp://u:hunter2@cam', stacklevel=1)"
    )
    assert "hunter2" not in done.stderr
    assert "RuntimeError" in done.stderr
    assert "withheld at" in done.stderr


def test_a_number_of_the_system_is_told_with_the_class() -> None:
    with pytest.raises(OSError, match="No such file") as caught:
        Path("/nowhere/rtsp").read_bytes()
    assert trace(caught.value).endswith("\nFileNotFoundError ENOENT")


def python(code: str, **more: Any) -> subprocess.CompletedProcess[str]:
    head = "import logging, os, signal, sys, time\nfrom edge import daemon\n"
    return subprocess.run(
        [sys.executable, "-c", head + code], capture_output=True, text=True, timeout=60, cwd=ROOT, check=False, **more
    )


def crashed(folder: Path, code: str) -> list[Path]:
    """The core files that a process leaves which dies by SIGSEGV, where the system would write one."""
    program = (
        f"import ctypes, resource, sys, time\nsys.path.insert(0, {str(ROOT)!r})\n"
        # A command that ran in this very process before may have taken the right to core files away for good.
        "hard = resource.getrlimit(resource.RLIMIT_CORE)[1] or resource.RLIM_INFINITY\n"
        "resource.setrlimit(resource.RLIMIT_CORE, (hard, hard))\n"
        f"{code}\nprint(1, flush=True)\ntime.sleep(60)"
    )
    with subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE, cwd=folder) as process:
        assert process.stdout
        assert process.stdout.readline()
        os.kill(process.pid, signal.SIGSEGV)
        assert process.wait(60) == -signal.SIGSEGV
    return [path for path in folder.iterdir() if "core" in path.name]


@pytest.mark.parametrize(
    "broken",
    ["pass", "resource.setrlimit = lambda *_: None", "ctypes.CDLL = lambda *_, **__: type('', (), {'prctl': print})"],
)
def test_a_crash_leaves_no_core_also_where_one_of_the_two_protections_fails(tmp_path: Path, broken: str) -> None:
    pattern = Path("/proc/sys/kernel/core_pattern")
    need(pattern.exists() and pattern.read_text().strip() == "core", "core files beside the process")
    assert crashed(tmp_path, "secret = 'C0:FF:EE'"), "without protection there is one"
    for path in tmp_path.iterdir():
        path.unlink()
    assert crashed(tmp_path, f"{broken}\nfrom edge.hardening import harden\nharden()") == []


def test_every_process_of_a_device_is_hardened(
    network_cameras: Callable[[], NetworkCamera],  # noqa: F811
    device: Callable[..., Any],  # noqa: F811
    tmp_path: Path,
) -> None:
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "scanners.csv").write_text("scanner,x_m,y_m,z_m,zone\na,1,1,2,shop\n")
    camera = network_cameras()
    sensors = [
        {"id": "cam", "kind": "camera", "source": camera.source},
        {"id": "tags", "kind": "scanner", "source": str(tmp_path / "pipe")},
    ]
    radio = {"scanners": str(tmp_path / "scanners.csv")}
    running = device({"camera_processes": "own", "sensors": sensors, "radio": radio})
    running.until(lambda: running.states().get("cam") == "ok", 60)
    below = psutil.Process(running.process.pid).children(recursive=True)
    lines = [" ".join(process.cmdline()) for process in below]
    assert [any(part in line for line in lines) for part in ("sight.apart", "radio.apart", "decoder.py")] == [
        True
    ] * 3
    assert not any(camera.source in line for line in lines)
    for pid in (running.process.pid, *(process.pid for process in below)):
        status = Path(f"/proc/{pid}/status").read_text()
        assert "NoNewPrivs:\t1" in status, status
        assert re.search(r"Max core file size +0 +0 ", Path(f"/proc/{pid}/limits").read_text())
    running.process.kill()
    limit = time.monotonic() + 10
    while any(process.is_running() and process.status() != "zombie" for process in below):
        assert time.monotonic() < limit, "whoever outlives the device could still hold a picture"
        time.sleep(0.05)
