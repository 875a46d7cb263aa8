"""Drawing on the device: a line is drawn over the picture and counts, the plan is saved, nothing else is let out."""

import contextlib
import http.client
import json
import re
import threading
import tomllib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from hypothesis import given, settings
from hypothesis import strategies as some
from playwright.sync_api import sync_playwright

from edge import drawn
from edge.plan import PlanError, parse
from edge.setup import setup
from edge.toml import text
from tests.commands import done
from tests.edge.conftest import NetworkCamera
from tests.privacy.test_preview import get, table, until
from tests.privacy.test_preview import shown as previewed


@pytest.fixture(scope="module")
def camera() -> Iterator[NetworkCamera]:
    made = NetworkCamera()
    yield made
    made.close()


@contextmanager
def shown(plan: dict[str, Any], out: Path) -> Iterator[str]:
    stop, said, ready = threading.Event(), list[str](), threading.Event()

    def say(address: str) -> None:
        said.append(address.strip())
        ready.set()

    thread = threading.Thread(target=setup, args=(plan, "cam", out, 0, stop, say, 120.0))
    thread.start()
    try:
        assert ready.wait(20)
        yield said[0]
    finally:
        stop.set()
        thread.join(20)
        assert not thread.is_alive()


def post(address: str, what: str, body: bytes, **headers: str) -> tuple[int, Any]:
    parts = urlsplit(address)
    connection = http.client.HTTPConnection("127.0.0.1", parts.port, timeout=10)
    try:
        names = {name.replace("_", "-"): value for name, value in headers.items()}
        connection.request("POST", parts.path + what, body, {"Content-Type": "application/json", **names})
        answer = connection.getresponse()
        raw = answer.read()
        return answer.status, json.loads(raw) if answer.headers["Content-Type"] == "application/json" else raw
    finally:
        connection.close()


def test_a_line_is_drawn_in_a_browser_and_the_plan_is_saved(
    camera: NetworkCamera, chromium: str, tmp_path: Path
) -> None:
    plan = table(camera.source) | {"lines": [], "zones": [], "queues": []}
    out = tmp_path / "edge.drawn.toml"
    with shown(plan, out) as address, sync_playwright() as play:
        browser = play.chromium.launch(executable_path=chromium, args=["--no-sandbox", "--disable-gpu"])
        for width in (1280, 390):
            page = browser.new_page(viewport={"width": width, "height": 844})
            asked: list[str] = []
            page.on("request", lambda request, asked=asked: asked.append(request.url))
            page.goto(address)
            page.get_by_text("camera: ok").wait_for(timeout=30_000)
            assert page.evaluate("document.documentElement.scrollWidth") <= width
        page.set_viewport_size({"width": 1280, "height": 844})
        page.get_by_role("button", name="+ line").click()
        page.get_by_role("button", name=re.compile("line door.*in 0")).wait_for(timeout=30_000)
        page.get_by_label("id").fill("main door")
        page.get_by_label("id").press("Tab")
        page.get_by_text("lines[0].id").wait_for()  # the key is named, beside the drawing
        page.get_by_label("id").fill("main-door")
        page.get_by_label("id").press("Tab")
        until(lambda: page.locator("#fault").inner_text() == "")
        before = page.evaluate("drawn.lines[0].a[0]")
        page.get_by_role("button", name="corner 1").press("ArrowRight")
        assert page.evaluate("drawn.lines[0].a[0]") == before + 2
        page.get_by_role("button", name="+ queue").click()
        page.get_by_label("promise in seconds").fill("180")
        page.get_by_label("promise in seconds").press("Tab")
        page.get_by_role("button", name="Undo").click()
        page.get_by_role("button", name="Save the plan").click()
        page.get_by_text("Saved as edge.drawn.toml").wait_for()
        ours = f"http://127.0.0.1:{urlsplit(address).port}"
        assert all(url.startswith((ours, f"blob:{ours}")) for url in asked)
        browser.close()
    saved = tomllib.loads(out.read_text())
    assert out.stat().st_mode & 0o777 == 0o600
    found = parse(saved)
    assert [line.id for line in found.lines] == ["main-door"]
    assert (found.lines[0].a[0], found.queues[0].promise_s) == (before + 2, None)
    assert saved["sensors"][0]["source"] == camera.source  # the device's own file keeps what it had


def test_what_is_drawn_counts_anew(camera: NetworkCamera, tmp_path: Path) -> None:
    with shown(table(camera.source), tmp_path / "out.toml") as address:
        given = json.loads(get(address, "places")[2])
        assert [zone["id"] for zone in given["zones"]] == ["shelf"]
        given["zones"][0]["id"] = "table"
        status, said = post(address, "places", json.dumps(given).encode())
        assert (status, said["zones"][0]["id"]) == (200, "table")
        rows = json.loads(get(address, "counts")[2])["places"]
        assert [row["place"] for row in rows] == ["door", "table", "till"]


def test_the_page_is_told_no_address(camera: NetworkCamera, tmp_path: Path) -> None:
    plan = table(camera.source) | {"broker": {"username": "u5er", "password_file": "/etc/p4ss"}}
    with shown(plan, tmp_path / "out.toml") as address:
        status, said = post(
            address, "places", b'{"lines": [3], "zones": [], "queues": [], "floor": [], "ignore": []}'
        )
        assert (status, said) == (422, {"error": "lines[0]: not a place"})
        told = b"".join(get(address, what)[2] for what in ("", "places", "counts"))
    for secret in (camera.source.encode(), str(camera.port).encode(), b"u5er", b"p4ss"):
        assert secret not in told


def test_nobody_else_draws(camera: NetworkCamera, tmp_path: Path) -> None:
    with shown(table(camera.source), tmp_path / "out.toml") as address:
        body = get(address, "places")[2]
        port = urlsplit(address).port
        assert post(address, "places", body)[0] == 200
        assert post(address, "places", body, Host=f"evil.example:{port}")[0] == 403
        assert post(address, "places", body, Sec_Fetch_Site="cross-site")[0] == 403
        assert post(address, "places", body, Content_Type="text/plain")[0] == 415
        assert post(address, "places", b"x" * 300_000)[0] == 413
        assert post(address.rstrip("/")[:-1] + "x/", "save", b"{}")[0] == 404
        assert post(address, "elsewhere", b"{}")[0] == 404
    assert not (tmp_path / "out.toml").exists()


def test_a_preview_takes_nothing(camera: NetworkCamera) -> None:
    with previewed(parse(table(camera.source))) as address:
        assert post(address, "places", b"{}")[0] == 404


def test_the_plan_that_runs_is_never_written(tmp_path: Path) -> None:
    (tmp_path / "edge.toml").write_text(text(table("usb:0")))
    out = ("--out", tmp_path / "edge.toml")
    found = done("edge", "setup", "cam", "--config", tmp_path / "edge.toml", *out)
    assert (found.returncode, "--out" in found.stderr) == (78, True)


shape = some.recursive(
    some.none() | some.booleans() | some.floats() | some.integers() | some.text(max_size=8),
    lambda inner: some.lists(inner, max_size=4) | some.dictionaries(some.text(max_size=8), inner, max_size=4),
    max_leaves=12,
)
point = some.tuples(some.floats(0, 640), some.floats(0, 360)).map(list)
place = some.fixed_dictionaries(
    {"id": some.text(max_size=6) | some.just("door"), "a": point, "b": point},
    optional={"entry": some.sampled_from("+-x")},
)


@settings(max_examples=200, deadline=None)
@given(some.binary(max_size=60) | shape.map(lambda value: json.dumps(value).encode()))
def test_no_bytes_are_a_drawing_by_chance(body: bytes) -> None:
    with contextlib.suppress(PlanError):
        drawn.redrawn(table("usb:0"), "cam", drawn.read(body))


@settings(max_examples=200, deadline=None)
@given(some.lists(place | shape, max_size=3), some.lists(some.lists(point, max_size=5) | shape, max_size=2))
def test_what_is_taken_is_a_plan_that_can_be_written_and_read(lines: list[Any], ignore: list[Any]) -> None:
    body = json.dumps({"lines": lines, "zones": [], "queues": [], "floor": [], "ignore": ignore}).encode()
    try:
        fresh, plan = drawn.redrawn(table("usb:0"), "cam", drawn.read(body))
    except PlanError:
        return
    assert parse(tomllib.loads(text(fresh))) == plan
