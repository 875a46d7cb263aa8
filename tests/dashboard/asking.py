"""A real hub with two shops that only ask their customers, behind a dashboard: for survey files."""

import csv
import io
import re
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

from playwright.sync_api import Page, expect

from hub.client import Hub, HubAway
from simulators.broker import Broker, free_port
from simulators.processes import Processes
from tests.dashboard.serving import dashboard

_HUB = """state_dir = "{state}"
[broker]
port = {broker}
[http]
port = {http}
[[sites]]
id = "s001"
name = "Harbour Street"
timezone = "UTC"
[[sites]]
id = "s002"
name = "Old Market"
timezone = "UTC"
"""
DONE = '[data-testid="stApp"][data-test-script-state="notRunning"]'


@contextmanager
def asking(folder: Path) -> Iterator[tuple[str, Hub]]:
    """The dashboard's address and a client of the hub."""
    http, programs = free_port(), Processes(folder)
    with Broker() as broker:
        try:
            settings, token = folder / "hub.toml", folder / "token"
            settings.write_text(_HUB.format(state=folder / "hub", broker=broker.port, http=http))
            config = ("--config", str(settings))
            rights = ("--sites", "s001,s002", "--import")
            programs.run("token", "instore-hub", "token", "create", "all", *rights, *config, stdout=token)
            programs.start("hub", "instore-hub", "run", *config)
            url = f"http://127.0.0.1:{http}"
            (folder / "pages").mkdir()
            with Hub(url, token.read_text().strip()) as hub:
                _there(hub)
                with dashboard(folder / "pages", url, token=token) as page:
                    yield page, hub
        finally:
            programs.stop()


def _there(hub: Hub) -> None:
    limit = time.monotonic() + 60
    while True:
        try:
            hub.version()
            return
        except HubAway:
            assert time.monotonic() < limit
            time.sleep(0.1)


def survey(count: int, faults: bool = False) -> bytes:
    """A survey file of the last days: 6 of 10 are promoters, 2 detractors; `faults`: no step in line 8."""
    now, text = datetime.now(UTC), io.StringIO()
    rows = csv.writer(text)
    rows.writerow(["Response ID", "Submitted at", "Store", "How likely are you to recommend us?", "Any comments?"])
    for i in range(count):
        at = now - timedelta(days=1, minutes=i % 2000)
        told = (10, 9, 9, 10, 9, 10, 7, 8, 3, 0)[i % 10]
        when, told = at.strftime("%Y-%m-%d %H:%M:%S"), "lots" if faults and i == 6 else told
        rows.writerow([f"r{i}", when, "Hafen", told, "Schnell und freundlich"])
    return text.getvalue().encode()


def upload(page: Page, name: str, data: bytes) -> None:
    """Hand a file to the page."""
    page.locator('input[type="file"]').set_input_files({"name": name, "mimeType": "text/csv", "buffer": data})


def decided(toml: str, store: str = "s001") -> str:
    """A suggested mapping with what its owner decides."""
    for asked, told in (("source", "asked"), ("constant", "qr"), ('"Hafen"', store), ("zone", "UTC")):
        toml = toml.replace(f'{asked} = "?"', f'{asked} = "{told}"')
    return toml


def decide(page: Page) -> None:
    """Finish the suggested mapping as its owner would, by hand."""
    box = page.get_by_label("Mapping (TOML)")
    expect(box).to_have_value(re.compile(r'"\?"'), timeout=60_000)
    box.fill(decided(box.input_value()))
    box.press("Control+Enter")
    page.locator(DONE).wait_for(timeout=60_000)
