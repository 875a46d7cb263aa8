"""The Set-up page in a real browser on a real hub: a plan is taken, drawn on, saved as a version and handed out."""

import re
import tomllib
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from playwright.sync_api import Page, expect

from dashboard.setup.plans import outlines
from edge.plan import parse
from edge.toml import text
from tests.dashboard.serving import browsing, dashboard
from tests.dashboard.simulated import chain
from tests.dashboard.test_every_page import DONE
from tests.dashboard.test_plans import png


@pytest.fixture
def page(tmp_path: Path, chromium: str) -> Iterator[Page]:
    with chain(tmp_path, 1, 0, ("--write", "--import")) as found:
        (tmp_path / "page").mkdir()
        more = dashboard(tmp_path / "page", found.url, token=found.token_file)
        with more as url, browsing(chromium) as opened:
            opened.goto(f"{url}/setup")
            opened.get_by_role("tab", name="Floor plan and places").click(timeout=90_000)
            yield opened


def plan_of(tmp_path: Path) -> str:
    """The simulated device's plan as an installer would hold it: with the cameras' addresses in files."""
    plan = tomllib.loads((tmp_path / "s001.toml").read_text())
    for sensor in plan["sensors"]:
        del sensor["source"]
        sensor["source_file"] = f"/etc/instore/{sensor['id']}.url"
    return text(plan)


def still(page: Page) -> None:
    page.locator(DONE).wait_for(timeout=60_000)


def test_a_place_is_drawn_saved_and_handed_out(page: Page, tmp_path: Path) -> None:
    (tmp_path / "edge.toml").write_text(plan_of(tmp_path))
    page.locator("input[type=file]").last.set_input_files(tmp_path / "edge.toml")
    corner = page.get_by_role("button", name=re.compile("corner 2")).first
    corner.wait_for(timeout=60_000)
    before = outlines(tomllib.loads(plan_of(tmp_path)))[0]
    assert before.points is not None
    # By the keyboard: half a metre to the right.
    end = before.points[1][0]
    for step in range(1, 6):
        corner.press("ArrowRight")
        listed = page.locator("textarea", has_text=f"{end + step / 10:.2f}, ")
        expect(listed).to_have_count(1, timeout=60_000)
    still(page)
    page.get_by_text("Changed here, not saved yet.").wait_for(timeout=60_000)
    page.get_by_label("What changed").fill("door wider <b>x</b>")
    page.get_by_role("button", name="Save as a new version").click()
    page.get_by_text("Saved as version 1").wait_for(timeout=60_000)
    page.get_by_text("door wider <b>x</b>").wait_for(timeout=60_000)
    with page.expect_download(timeout=60_000) as handed:
        page.get_by_role("button", name="Plan file, version 1").click()
    found = tomllib.loads(Path(handed.value.path()).read_text())
    parse(found)
    after = outlines(found)[0]
    assert after.points is not None
    moved = np.array(after.points) - np.array(before.points)
    assert np.allclose(moved[1], [0.5, 0.0], atol=0.06)
    assert np.allclose(moved[0], 0.0, atol=0.03)


def test_an_address_is_refused_and_not_repeated(page: Page, tmp_path: Path) -> None:
    page.locator("input[type=file]").last.set_input_files(tmp_path / "s001.toml")
    page.get_by_text("an address of a camera is a password").wait_for(timeout=60_000)
    assert "127.0.0.1:9" not in page.locator('[data-testid="stMain"]').inner_text()


def test_a_picture_of_the_floor_lies_under_the_drawing(page: Page, tmp_path: Path) -> None:
    (tmp_path / "floor.png").write_bytes(png(400, 300))
    page.get_by_text("Picture of the floor plan").first.click()
    page.locator("input[type=file]").first.set_input_files(tmp_path / "floor.png")
    page.get_by_role("button", name="Save the picture").click(timeout=60_000)
    page.get_by_text("Saved as version 1").wait_for(timeout=60_000)
    (tmp_path / "edge.toml").write_text(plan_of(tmp_path))
    page.locator("input[type=file]").last.set_input_files(tmp_path / "edge.toml")
    image = page.locator("svg image")
    image.wait_for(timeout=60_000)
    expect(image).to_have_attribute("width", "20")
