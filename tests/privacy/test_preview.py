"""The installer's preview: seen in a real browser on this machine, by nobody else, not for long, and kept nowhere."""

import http.client
import json
import os
import re
import shutil
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import sync_playwright

from edge import preview as room
from edge.plan import Plan, PlanError, parse
from edge.preview import preview
from edge.toml import text
from tests.commands import done
from tests.conftest import ROOT, need
from tests.edge.conftest import NetworkCamera
from tests.edge.test_no_frame_on_disk import CALLS, opened_to_write

BOX = [[20, 20], [300, 20], [300, 170], [20, 170]]


def table(source: str) -> dict[str, object]:
    return {
        "site": "s",
        "device": "d",
        "timezone": "UTC",
        "level": "strict",
        "sensors": [{"id": "cam", "kind": "camera", "source": source, "fps": 10}],
        "lines": [{"id": "door", "sensor": "cam", "a": [160, 5], "b": [160, 170]}],
        "zones": [{"id": "shelf", "sensor": "cam", "polygon": BOX}],
        "queues": [{"id": "till", "sensor": "cam", "polygon": BOX, "service": BOX[:3]}],
        "outbox": {"dir": "/nowhere"},
    }


@pytest.fixture(scope="module")
def camera() -> Iterator[NetworkCamera]:
    made = NetworkCamera()
    yield made
    made.close()


@contextmanager
def shown(plan: Plan, limit_s: float = 60.0) -> Iterator[str]:
    """The address of a running preview."""
    stop, said = threading.Event(), list[str]()
    ready = threading.Event()

    def say(address: str) -> None:
        said.append(address.strip())
        ready.set()

    thread = threading.Thread(target=preview, args=(plan, "cam", 0, stop, say, limit_s))
    thread.start()
    try:
        assert ready.wait(20)
        yield said[0]
    finally:
        stop.set()
        thread.join(20)
        assert not thread.is_alive()


def get(address: str, path: str = "", **headers: str) -> tuple[int, http.client.HTTPMessage, bytes]:
    """What a browser on this machine is answered; `path` is relative to the address, or absolute."""
    parts = urlsplit(address)
    connection = http.client.HTTPConnection("127.0.0.1", parts.port, timeout=10)
    try:
        names = {name.replace("_", "-"): value for name, value in headers.items()}
        connection.request("GET", path if path.startswith("/") else parts.path + path, headers=names)
        answer = connection.getresponse()
        return answer.status, answer.headers, answer.read()
    finally:
        connection.close()


def first_picture(address: str) -> bytes:
    limit = time.monotonic() + 20
    while time.monotonic() < limit:
        _, headers, jpeg = get(address, "picture?0")
        assert headers["Cache-Control"] == "no-store"
        if jpeg:
            return jpeg
    raise AssertionError("no picture came")


def until(true: Callable[[], bool], timeout: float = 20.0) -> None:
    limit = time.monotonic() + timeout
    while not true():
        assert time.monotonic() < limit
        time.sleep(0.05)


def test_the_browser_shows_the_picture_and_the_counts(camera: NetworkCamera, chromium: str) -> None:
    with shown(parse(table(camera.source))) as address, sync_playwright() as play:
        browser = play.chromium.launch(executable_path=chromium, args=["--no-sandbox", "--disable-gpu"])
        page = browser.new_page(viewport={"width": 1280, "height": 720})
        asked: list[str] = []
        page.on("request", lambda request: asked.append(request.url))
        page.goto(address)
        page.get_by_text("camera: ok · ends in 1 min").wait_for(timeout=30_000)
        until(lambda: page.evaluate("document.getElementById('picture').naturalWidth") == 960)
        # The rows are made anew with every picture: what is asked of them is asked at once.
        names, cells = page.evaluate(
            "['th', 'td'].map(kind => [...document.querySelectorAll(`tr > ${kind}`)].map(cell => cell.textContent))"
        )
        assert names == ["line door", "zone shelf", "queue till"]
        assert "in 0 · out 0" in cells[0]
        first = page.evaluate("seen")
        until(lambda: page.evaluate("seen") > first + 3)
        host = f"http://127.0.0.1:{urlsplit(address).port}/"
        assert all(url.startswith((address, f"blob:{host[:-1]}")) or url == host + "favicon.ico" for url in asked)
        browser.close()


def test_nobody_is_answered_without_the_token_or_from_elsewhere(camera: NetworkCamera) -> None:
    with shown(parse(table(camera.source))) as address:
        jpeg = first_picture(address)
        assert jpeg.startswith(b"\xff\xd8\xff")
        port = urlsplit(address).port
        assert get(address, "counts")[0] == 200
        assert get(address, "counts", Host=f"localhost:{port}")[0] == 200
        for host in ("evil.example", f"evil.example:{port}", "127.0.0.1", f"192.168.0.7:{port}", ""):
            status, _, body = get(address, "picture", Host=host)
            assert (status, jpeg[:3] in body) == (403, False), "a name that was made to point here opens nothing"
        for site in ("cross-site", "same-site"):
            assert get(address, "picture", Sec_Fetch_Site=site)[0] == 403
        token = urlsplit(address).path.strip("/")
        assert len(token) >= 32
        for path in ("/", "/picture", "/x/picture", f"/{token[:-1]}/picture", f"/{token}x/", f"/{token}/../picture"):
            status, headers, body = get(address, path)
            assert (status, headers["Cache-Control"], token.encode() in body) == (404, "no-store", False)
        with shown(parse(table(camera.source))) as other:
            assert urlsplit(other).path != urlsplit(address).path


def test_it_listens_on_this_machine_alone(camera: NetworkCamera) -> None:
    with shown(parse(table(camera.source))) as address:
        port = f"{urlsplit(address).port:04X}"
        lines = [*Path("/proc/net/tcp").read_text().split("\n"), *Path("/proc/net/tcp6").read_text().split("\n")]
        listening = [line.split()[1] for line in lines if " 0A " in line and f":{port} " in line]
        assert listening == [f"0100007F:{port}"]


def test_it_ends_by_itself_and_both_are_logged(camera: NetworkCamera, caplog: pytest.LogCaptureFixture) -> None:
    assert room.LIMIT_S == 15 * 60
    began, said = time.monotonic(), list[str]()
    with caplog.at_level("INFO"):
        preview(parse(table(camera.source)), "cam", 0, threading.Event(), said.append, 1.5)
    assert 1.5 <= time.monotonic() - began < 15
    notes = [record.getMessage() for record in caplog.records if record.name == "instore.preview"]
    assert notes[0].startswith("preview of sensor cam begins")
    assert notes[-1] == "preview of sensor cam is over"
    token = urlsplit(said[0].strip()).path.strip("/")
    assert token not in caplog.text
    with pytest.raises(OSError, match="refused"):
        get(said[0].strip())


def test_the_system_s_journal_hears_of_it(
    camera: NetworkCamera, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as journal:
        journal.bind(str(tmp_path / "log"))
        journal.settimeout(5)
        monkeypatch.setattr(room, "_JOURNAL", str(tmp_path / "log"))
        with shown(parse(table(camera.source))):
            assert b"instore-edge: preview of sensor cam begins" in journal.recv(500)
        assert b"preview of sensor cam is over" in journal.recv(500)


def test_what_is_no_camera_is_none(camera: NetworkCamera) -> None:
    with pytest.raises(PlanError, match="no camera of this name"):
        preview(parse(table(camera.source)), "door", 0, threading.Event(), lambda _: None)


def test_a_camera_that_gives_nothing_is_shown_as_dead() -> None:
    with shown(parse(table("http://127.0.0.1:9/none.mjpg"))) as address:
        limit = time.monotonic() + 20
        while json.loads(get(address, "counts")[2])["state"] != "dead":
            assert time.monotonic() < limit
            time.sleep(0.1)
        assert get(address, "picture")[2] == b""


def test_run_refuses_the_level_and_names_the_command(tmp_path: Path) -> None:
    (tmp_path / "edge.toml").write_text(text(table("usb:0") | {"level": "diagnostic"}))
    found = done("edge", "run", "--config", tmp_path / "edge.toml")
    assert found.returncode == 78
    assert "instore-edge preview SENSOR" in found.stderr


@pytest.fixture
def traced(camera: NetworkCamera, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., list[str]]:
    """What a preview process wrote, and to where it connected, that it should not have."""
    need(shutil.which("strace"), "strace")
    monkeypatch.setenv("PYTHONDONTWRITEBYTECODE", "1")
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    (tmp_path / "edge.toml").write_text(text(table(camera.source)))

    def run(leak: str = "pass") -> list[str]:
        code = (
            "import sys, tempfile\nfrom edge import preview\n_overlay = preview.overlay\n"
            f"def overlay(image, *more):\n    {leak}\n    return _overlay(image, *more)\n"
            "preview.overlay = overlay\nfrom edge.__main__ import main\nsys.exit(main())"
        )
        trace = tmp_path / "trace"
        wrap = ("strace", "-D", "-f", "-qq", "-s", "200", "-o", str(trace), "-e", f"trace={CALLS},connect")
        command = [*wrap, sys.executable, "-c", code, "preview", "cam", "--port", "0"]
        with subprocess.Popen(
            [*command, "--config", str(tmp_path / "edge.toml")], stdout=subprocess.PIPE, text=True, cwd=ROOT
        ) as process:
            try:
                assert process.stdout
                address = process.stdout.readline().strip()
                first_picture(address)
                get(address)
                process.terminate()
                assert process.wait(20) == 0
            finally:
                process.kill()
        time.sleep(0.5)
        return strange(trace.read_text(errors="replace"), f"htons({camera.port})")

    return run


def strange(trace: str, camera: str) -> list[str]:
    """Files opened for writing but /dev/null, and connections but those to the camera and the journal."""
    asked = {line for line in trace.splitlines() if "connect(" in line and "AF_INET" in line and camera not in line}
    return sorted(opened_to_write(trace) | asked)


def test_nothing_is_written_and_no_broker_is_spoken_to(traced: Callable[..., list[str]]) -> None:
    assert traced() == []


@pytest.mark.parametrize(
    "leak",
    [
        "open(tempfile.mktemp(), 'wb').write(image.tobytes())",
        "__import__('socket').socket().connect_ex(('127.0.0.1', 9))",
    ],
)
def test_a_preview_that_leaked_would_be_caught(traced: Callable[..., list[str]], leak: str) -> None:
    assert traced(leak)


def test_the_sources_of_the_preview_know_no_broker_and_no_outbox() -> None:
    code = "import sys, edge.preview; print([name for name in sys.modules if name.startswith('edge.deliver')])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT, env=os.environ)
    assert done.stdout.strip() == "[]", done.stderr
    assert not re.search(r"broker|outbox", Path(room.__file__ or "").read_text().split('"""', 2)[2])
