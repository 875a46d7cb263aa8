"""One real browser: a number changes by itself on the Now page, and no request leaves the host."""

import os
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlparse

import pytest
from playwright.sync_api import Page, sync_playwright

from tests.dashboard.hub_rows import TOKEN, live, served, shop

ROOT = Path(__file__).resolve().parents[2]
QUIET = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update"]
QUIET += ["--disable-sync", "--no-first-run"]


def free_port() -> int:
    with socket.socket() as tried:
        tried.bind(("127.0.0.1", 0))
        return int(tried.getsockname()[1])


@pytest.fixture
def hub_port() -> int:
    return free_port()


@pytest.fixture
def dashboard(tmp_path: Path, hub_port: int) -> Iterator[str]:
    """The address of `instore-dashboard run` as a process of its own."""
    token, port = tmp_path / "token", free_port()
    token.write_text(TOKEN)
    config = tmp_path / "dashboard.toml"
    config.write_text(f'[hub]\nurl = "http://127.0.0.1:{hub_port}"\ntoken_file = "{token}"\n[http]\nport = {port}\n')
    environ = {name: value for name, value in os.environ.items() if not name.startswith("INSTORE_")}
    command = [sys.executable, "-m", "dashboard", "run", "--config", str(config)]
    with (tmp_path / "log").open("w") as log:
        process = subprocess.Popen(command, cwd=ROOT, env=environ, stdout=log, stderr=log)
    try:
        yield answered(f"http://127.0.0.1:{port}", process)
    finally:
        process.terminate()
        process.wait(20)


def answered(url: str, process: subprocess.Popen[bytes]) -> str:
    """The address, once somebody answers there."""
    for _ in range(300):
        assert process.poll() is None
        try:
            with urllib.request.urlopen(f"{url}/_stcore/health", timeout=2):
                return url
        except (urllib.error.URLError, ConnectionError):
            time.sleep(0.1)
    raise AssertionError("the dashboard did not start")


@pytest.fixture
def page(chromium: str) -> Iterator[Page]:
    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path=chromium, args=QUIET)
        yield browser.new_page(viewport={"width": 390, "height": 844}, locale="en-GB")
        browser.close()


def test_a_number_changes_and_nothing_leaves_the_host(dashboard: str, hub_port: int, page: Page) -> None:
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.on("websocket", lambda found: asked.append(found.url))
    made = shop(time.time())
    with served(made, hub_port):
        page.goto(dashboard)
        page.get_by_text("Nothing needs you right now.").wait_for(timeout=60_000)
        now = time.time()
        made.live["places"] = [live("till_a", 6, 1, now, "over"), live("till_b", 1, 1, now)]
        made.version += 1
        page.get_by_text("Queue at till_a is 6 long").wait_for(timeout=30_000)
        assert page.evaluate("document.documentElement.scrollWidth") <= 390
        page.goto(f"{dashboard}/health")
        page.get_by_text("Privacy level in force").wait_for(timeout=30_000)
    # The hub is gone now; the last known values stay, with a banner that says so.
    page.get_by_text("The hub has not answered since").wait_for(timeout=60_000)
    hosts = {urlparse(url).hostname for url in asked if not url.startswith(("data:", "blob:"))}
    assert hosts == {"127.0.0.1"}
