"""Start `make demo` on free ports, wait for the first living number on the page, send SIGINT, look for leftovers."""

import os
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from playwright.sync_api import sync_playwright

from simulators.broker import free_port

LIMIT_S = 60  # from the start of the processes
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update"]


def main() -> int:
    port, folder = free_port(), tempfile.mkdtemp(prefix="instore-smoke-")
    command = ["make", "demo", f"ARGS=--port {port} --dir {folder}/demo"]
    subprocess.run(["make", "--quiet", ".venv/.demo-ready"], check=True)  # what is installed once is not timed
    started = time.monotonic()
    demo = subprocess.Popen(command, start_new_session=True)
    try:
        number = first_number(port, started + LIMIT_S)
        sys.stdout.write(f"first living number on the page: {number} after {time.monotonic() - started:.1f} s\n")
    finally:
        os.killpg(demo.pid, signal.SIGINT)
        code = demo.wait(30)
    left = [p for p in Path("/proc").glob("[0-9]*/cmdline") if folder.encode() in read(p)]
    sys.stdout.write(f"demo ended with {code}, {len(left)} processes left over\n")
    # The demo itself ends with 0; make, which got the same signal, says so in its own way.
    return 1 if left or number is None or code not in (0, 2, 130, -signal.SIGINT) else 0


def first_number(port: int, limit: float) -> str | None:
    """The text of the first tile that shows a number, as a person's browser would show it; None when time is up."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=FLAGS)
        page = browser.new_page()
        while time.monotonic() < limit:
            try:
                page.goto(f"http://127.0.0.1:{port}/", timeout=3000)
                page.locator(".in-tile", has_text="Queue now").locator(".value").wait_for(timeout=5000)
                found = page.locator(".in-tile", has_text="Queue now").locator(".value").inner_text()
                if found[:1].isdigit():
                    return found
            except Exception:
                time.sleep(0.5)
        browser.close()
    return None


def read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError:
        return b""


if __name__ == "__main__":
    sys.exit(main())
