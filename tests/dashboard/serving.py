"""`instore-dashboard run` as a process of its own, and a browser to look at it with."""

import os
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Page, sync_playwright

from tests.dashboard.hub_rows import TOKEN

ROOT = Path(__file__).resolve().parents[2]
QUIET = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update"]
QUIET += ["--disable-sync", "--no-first-run"]


def free_port() -> int:
    """A port that nobody listens at."""
    with socket.socket() as tried:
        tried.bind(("127.0.0.1", 0))
        return int(tried.getsockname()[1])


@contextmanager
def dashboard(folder: Path, hub_url: str, more: str = "", port: int = 0, token: Path | None = None) -> Iterator[str]:
    """The address of a dashboard that reads that hub; `more` is added to its settings."""
    port = port or free_port()
    if token is None:
        token = folder / "token"
        token.write_text(TOKEN)
    config = folder / "dashboard.toml"
    config.write_text(f'[hub]\nurl = "{hub_url}"\ntoken_file = "{token}"\n[http]\nport = {port}\n{more}')
    environ = {name: value for name, value in os.environ.items() if not name.startswith("INSTORE_")}
    command = [sys.executable, "-m", "dashboard", "run", "--config", str(config)]
    with (folder / "log").open("w") as log:
        process = subprocess.Popen(command, cwd=ROOT, env=environ, stdout=log, stderr=log)
    try:
        yield _answered(f"http://127.0.0.1:{port}", process)
    finally:
        process.terminate()
        process.wait(20)


def _answered(url: str, process: subprocess.Popen[bytes]) -> str:
    for _ in range(600):
        assert process.poll() is None
        try:
            with urllib.request.urlopen(f"{url}/_stcore/health", timeout=2):
                return url
        except (urllib.error.URLError, ConnectionError, TimeoutError):
            time.sleep(0.1)
    raise AssertionError("the dashboard did not start")


@contextmanager
def browsing(chromium: str, width: int = 1280, height: int = 900) -> Iterator[Page]:
    """A page of a fresh browser."""
    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path=chromium, args=QUIET)
        yield browser.new_page(viewport={"width": width, "height": height}, locale="en-GB")
        browser.close()
