"""A count by hand in a real browser on a real hub: taps as fast as thumbs can, saved, compared with the sensor.

The dashboard's and the browser's clock stand some minutes back and are set forward by the test, so that the windows
counted are over and the hub knows them: nothing waits for ten minutes.
"""

import json
from pathlib import Path

import pytest
from playwright.sync_api import Page

from tests.dashboard.serving import browsing, dashboard
from tests.dashboard.simulated import chain

BACK_S = 1800.0
CLOCK = """
import time

_real = time.time


def _set() -> float:
    with open({path!r}) as file:
        return _real() + float(file.read() or 0)


time.time = _set
"""
TAP = """times => {
    const roots = [...document.querySelectorAll("*")].map(one => one.shadowRoot).filter(Boolean);
    const found = name => [document, ...roots].map(root => root.querySelector(name)).find(Boolean);
    for (const [name, n] of Object.entries(times)) for (let i = 0; i < n; i++) found(name).click();
}"""


class Clocks:
    """The clock of the dashboard's process, by a file, and that of the browser."""

    def __init__(self, folder: Path) -> None:
        self.file, self.offset = folder / "offset", -BACK_S
        self.file.write_text(str(self.offset))
        (folder / "sitecustomize.py").write_text(CLOCK.format(path=str(self.file)))

    def forward(self, page: Page, seconds: float) -> None:
        """Set both forward."""
        self.offset += seconds
        fresh = self.file.with_suffix(".new")
        fresh.write_text(str(self.offset))
        fresh.replace(self.file)
        page.clock.fast_forward(round(1000 * seconds))


def test_taps_on_a_phone_become_documents_and_a_comparison(
    tmp_path: Path, chromium: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("shop", "pages", "clock"):
        (tmp_path / name).mkdir()
    clocks = Clocks(tmp_path / "clock")
    with chain(tmp_path / "shop", 1, 1, ("--import", "--write")) as shops:
        monkeypatch.setenv("PYTHONPATH", str(tmp_path / "clock"), prepend=":")
        with (
            dashboard(tmp_path / "pages", shops.url, token=shops.token_file) as url,
            browsing(chromium, 390, 844) as page,
            shops.hub as hub,
        ):
            page.clock.install()
            _count(page, url, clocks)
            (first, second) = hub.ask("documents", site="s001", kind="count").to_pylist()
            bodies = [json.loads(row["body"]) for row in (first, second)]
            assert [(body["entries"], body["exits"]) for body in bodies] == [(39, 7), (3, 0)]
            start, end = bodies[0]["start"], bodies[1]["end"]
            rows = hub.ask("count_check", site="s001", start=start, end=end).to_pylist()
            assert {row["reason"] for row in rows} == {None}
            assert sorted((row["way"], row["counted"]) for row in rows if row["id"] is None) == [
                ("entries", 42),
                ("exits", 7),
            ]
            page.get_by_text("Counted by hand").wait_for(timeout=60_000)
            page.get_by_text("A correction changes no number on any page.").wait_for(timeout=60_000)


def _count(page: Page, url: str, clocks: Clocks) -> None:
    page.goto(f"{url}/health")
    page.get_by_role("button", name="Count at a door").click(timeout=90_000)
    page.get_by_role("button", name="Start", exact=True).click(timeout=60_000)
    left = page.locator(".tally .left")
    left.wait_for(timeout=60_000)
    more, out = page.locator(".tally .more.in"), page.locator(".tally .more.out b")
    assert more.is_disabled(), "before the border nothing counts"
    minutes, _, seconds = left.inner_text().partition(":")
    clocks.forward(page, 60 * int(minutes) + int(seconds) + 1)
    page.locator(".tally .more.in:enabled").wait_for(timeout=30_000)
    page.evaluate(TAP, {".more.in": 40, ".more.out": 7})  # far faster than the page is drawn anew
    page.locator(".tally .less.in").click()
    assert (page.locator(".tally .more.in b").inner_text(), out.inner_text()) == ("39", "7")
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    clocks.forward(page, 300)
    page.evaluate(TAP, {".more.in": 3})
    assert page.locator(".tally .more.in b").inner_text() == "42"
    clocks.forward(page, 300)
    page.get_by_text("What you counted").wait_for(timeout=60_000)
    page.get_by_role("button", name="Save").click()
    page.get_by_text("Saved.").wait_for(timeout=60_000)
