"""An alert of a real hub about a device that went away, and a person who has seen it says so in a real browser."""

import time
from pathlib import Path
from typing import Any

from playwright.sync_api import expect, sync_playwright

from dashboard.users import put
from tests.dashboard.serving import QUIET, dashboard
from tests.dashboard.simulated import Chain, chain

PASSWORD = "correct horse battery"


def silent(found: Chain, seconds: float = 60.0) -> dict[str, Any]:
    """The alert about the device that is not heard of, once there is one."""
    limit = time.monotonic() + seconds
    with found.hub as hub:
        while True:
            for row in hub.ask("alerts", site="s001").to_pylist():
                if row["rule"] == "silent":
                    return dict(row)
            assert time.monotonic() < limit, "no alert opened"
            time.sleep(0.3)


def test_who_has_seen_an_alert_says_so_and_the_hub_knows_it(tmp_path: Path, chromium: str) -> None:
    users = tmp_path / "people.toml"
    put(str(users), "ann", ["s001"], ["write"], PASSWORD)
    put(str(users), "bob", ["s001"], [], PASSWORD)
    more = f'[sign_in]\nkind = "password"\nusers_file = "{users}"\n'
    rights = ("--import", "--write")
    with chain(tmp_path, 1, 1, rights, "[alerts]\nopen_after_s = 1\n") as found, sync_playwright() as play:
        found.programs.end("edge-s001")
        device = silent(found)["place"]
        (tmp_path / "pages").mkdir()
        with dashboard(tmp_path / "pages", found.url, more, token=found.token_file) as url:
            browser = play.chromium.launch(executable_path=chromium, args=QUIET)
            for name in ("bob", "ann"):
                page = browser.new_context(locale="en-GB").new_page()
                page.goto(f"{url}/sign-in")
                page.get_by_label("Name").fill(name)
                page.get_by_label("Password").fill(PASSWORD)
                page.get_by_role("button", name="Sign in").click()
                shown = page.locator(".in-alert").filter(has_text="Device not heard of")
                expect(shown).to_contain_text(device, timeout=90_000)
                if name == "bob":
                    assert page.get_by_role("button", name="I have seen it").count() == 0
            page.get_by_role("button", name=f"I have seen it: {device}").click()
            expect(shown).to_contain_text("seen by ann at", timeout=30_000)
            browser.close()
        known = silent(found)
    assert known["acknowledged_by"] == "ann"
    assert known["acknowledged_at"] is not None
