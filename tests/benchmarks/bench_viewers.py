"""What people who look at Now cost, and how soon they see what happens; run by hand:

    python tests/benchmarks/bench_viewers.py [--viewers 5] [--seconds 120] [--refreshes 6000] [--events 30]

1. The dashboard's share of a core per viewer at its own refresh of 5 s (wanted: at most 4 %).
2. How its memory grows over so many refreshes, 1 s apart (wanted: at most 50 MB from the 200th on).
3. From a device's live message at the broker to the number on the page: p50, p95 (wanted: 10 s).

Everything is real: broker, hub, dashboard as processes, a simulated shop of two weeks, browsers.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime
from pathlib import Path

import paho.mqtt.client as mqtt
import psutil
from ingest_load import machine
from playwright.sync_api import Browser, Page, sync_playwright

from tests.dashboard.serving import QUIET, ROOT, free_port
from tests.dashboard.simulated import Chain, chain

SERVER = """
import sys
from dashboard.views import entrance
entrance.REFRESH_S = {refresh}
from dashboard import server
sys.argv = ["server", {options!r}]
sys.exit(server.main())
"""


@contextmanager
def dashboard(found: Chain, refresh: float) -> Iterator[tuple[str, psutil.Process]]:
    """The pages' address and process, with a refresh of so many seconds."""
    port = free_port()
    options = json.dumps({"server.headless": True, "server.port": port, "browser.gatherUsageStats": False})
    environ = os.environ | {"INSTORE_DASHBOARD__HUB__URL": found.url, "PYTHONPATH": str(ROOT)}
    environ |= {"INSTORE_DASHBOARD__HUB__TOKEN_FILE": str(found.token_file)}
    code = SERVER.format(refresh=refresh, options=options)
    with (found.folder / "pages.log").open("ab") as log:
        process = subprocess.Popen([sys.executable, "-c", code], env=environ, stdout=log, stderr=log, cwd=ROOT)
    try:
        yield f"http://127.0.0.1:{port}", psutil.Process(process.pid)
    finally:
        process.terminate()
        process.wait(20)


def opened(stack: ExitStack, browser: Browser, url: str, count: int) -> list[Page]:
    """So many viewers, each in a browser context of its own, once all of them see the page."""
    pages = [stack.enter_context(browser.new_context()).new_page() for _ in range(count)]
    for page in pages:
        for _ in range(60):  # until the server is there
            try:
                page.goto(url)
                break
            except Exception:
                time.sleep(0.5)
        page.locator(".in-tile").first.wait_for(timeout=120_000)
    return pages


def cpu(process: psutil.Process, seconds: float) -> float:
    """Its share of one core over so many seconds."""
    before, began = process.cpu_times(), time.monotonic()
    time.sleep(seconds)
    after = process.cpu_times()
    return (after.user + after.system - before.user - before.system) / (time.monotonic() - began)


def cost(found: Chain, browser: Browser, viewers: int, seconds: float) -> None:
    """Print the share of a core per viewer."""
    with dashboard(found, 5.0) as (url, process), ExitStack() as stack:
        opened(stack, browser, url, viewers)
        time.sleep(10.0)
        busy = cpu(process, seconds)
    print(f"{viewers} viewers at 5 s: {100 * busy / viewers:.1f} % of a core each (wanted 4)")


def growth(found: Chain, browser: Browser, refreshes: int) -> None:
    """Print how the server's memory grows."""
    viewers, refresh = 4, 1.0
    with dashboard(found, refresh) as (url, process), ExitStack() as stack:
        opened(stack, browser, url, viewers)
        time.sleep(200 / viewers * refresh)
        first, began, used = process.memory_info().rss, time.monotonic(), sum(process.cpu_times()[:2])
        time.sleep(refreshes / viewers * refresh)
        # What was really done: a refresh costs about the same whether it comes on time or not.
        spent, took = sum(process.cpu_times()[:2]) - used, time.monotonic() - began
        grown = (process.memory_info().rss - first) / 1e6
    print(f"{refreshes} refreshes asked for in {took:.0f} s ({spent / took:.2f} cores): {grown:+.0f} MB (wanted 50)")


def tiles(found: Chain, browser: Browser, port: int, events: int) -> None:
    """Print how long a live number takes from the broker to the page."""
    # The shop's own device sees nothing here and would say so in between.
    device = next(one for one in psutil.process_iter() if f"{found.folder}/s001.toml" in one.cmdline())
    device.kill()
    device.wait(10)
    client = mqtt.Client(mqtt.CallbackAPIVersion.VERSION2, client_id="bench", protocol=mqtt.MQTTv5)
    client.connect("127.0.0.1", port)
    client.loop_start()
    took = []
    with dashboard(found, 5.0) as (url, _), ExitStack() as stack:
        (page,) = opened(stack, browser, url, 1)
        for number in range(events):
            length = 11 + number
            said = {"v": 1, "level": "standard", "place": "tills", "queue": length, "occupancy": None}
            said |= {"at": f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}", "tills_open": 1, "alert": "over"}
            began = time.monotonic()
            client.publish("instore/v1/s001/cam-01/live", json.dumps(said, separators=(",", ":")), qos=0)
            page.locator(".in-tile", has_text="Queue now").locator(".value", has_text=str(length)).wait_for(
                timeout=60_000
            )
            took.append(time.monotonic() - began)
            time.sleep(0.37)  # so that events do not fall in step with the refresh
    client.loop_stop()
    took.sort()
    half, most = (took[min(len(took) - 1, int(len(took) * share))] for share in (0.5, 0.95))
    print(f"{events} live messages from the broker to the tile: p50 {half:.1f} s, p95 {most:.1f} s (wanted 10)")


def main() -> None:
    """Measure and print."""
    words = argparse.ArgumentParser(description=__doc__)
    words.add_argument("--viewers", type=int, default=5)
    words.add_argument("--seconds", type=float, default=120.0)
    words.add_argument("--refreshes", type=int, default=6000)
    words.add_argument("--events", type=int, default=30)
    given = words.parse_args()
    print(machine())
    with tempfile.TemporaryDirectory() as name, chain(Path(name), 1, 2) as found, sync_playwright() as play:
        browser = play.chromium.launch(executable_path="/usr/bin/chromium", args=QUIET)
        tiles(found, browser, found.broker_port, given.events)
        cost(found, browser, given.viewers, given.seconds)
        growth(found, browser, given.refreshes)
        browser.close()


if __name__ == "__main__":
    main()
