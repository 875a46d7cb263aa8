"""Every page in a real browser on simulated shops behind a real hub: it renders, leaves nothing out, lets no one in.

INSTORE_SHOTS=FOLDER keeps a picture of every page in both widths.
"""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple
from urllib.parse import urlparse

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, sync_playwright

from dashboard.users import put
from tests.dashboard.serving import QUIET, dashboard
from tests.dashboard.simulated import NAMES, chain

VIEWS = Path(__file__).resolve().parents[2] / "dashboard/views"
PAGES = sorted(path.stem for path in VIEWS.glob("*.py") if "\ndef page() -> None:" in path.read_text())
WIDTHS = {1280: 900, 390: 844}
STRANGE = ("site=%3Cscript%3E", "days=-1&stage=%00&wall=%F0%9F%98%80", "days=1e9&day=2026-99-99")
PASSWORD = "correct horse battery"
DONE = '[data-testid="stApp"][data-test-script-state="notRunning"]'


class House(NamedTuple):
    """Where the pages are, and two browsers in which somebody has signed in: one of all stores, one of the first."""

    url: str
    chief: Page
    ann: Page
    asked: list[str]


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory, chromium: str) -> Iterator[House]:
    folder = tmp_path_factory.mktemp("house")
    users = folder / "people.toml"
    put(str(users), "chief", [], ["write", "comments", "import"], PASSWORD)
    put(str(users), "ann", ["s001"], ["write", "comments", "import"], PASSWORD)
    more = f'[sign_in]\nkind = "password"\nusers_file = "{users}"\n'
    with chain(folder, 2, 3, ("--import", "--comments", "--write")) as found, sync_playwright() as play:
        (folder / "pages").mkdir()
        with dashboard(folder / "pages", found.url, more, token=found.token_file) as url:
            browser = play.chromium.launch(executable_path=chromium, args=QUIET)
            asked: list[str] = []
            yield House(url, signed_in(browser, url, "chief", asked), signed_in(browser, url, "ann", asked), asked)
            browser.close()


def signed_in(browser: Browser, url: str, name: str, asked: list[str]) -> Page:
    page = browser.new_context(locale="en-GB").new_page()
    page.on("request", lambda request: asked.append(request.url))
    page.on("websocket", lambda socket: asked.append(socket.url))
    page.goto(f"{url}/sign-in")
    page.get_by_label("Name").fill(name)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    page.locator(".in-head h1").wait_for(timeout=90_000)
    return page


def shown(page: Page, address: str) -> str:
    """The words of a page once it stands still."""
    page.goto(address)
    page.locator(".in-head h1, .in-state").first.wait_for(timeout=90_000)
    page.locator(DONE).wait_for(timeout=90_000)
    page.wait_for_load_state("networkidle")
    return page.locator('[data-testid="stMain"]').inner_text()


@pytest.mark.parametrize("name", PAGES)
@pytest.mark.parametrize("width", WIDTHS)
def test_a_page_renders_and_fits(house: House, name: str, width: int) -> None:
    house.chief.set_viewport_size({"width": width, "height": WIDTHS[width]})
    said = shown(house.chief, f"{house.url}/{name}?site=s001")
    if folder := os.environ.get("INSTORE_SHOTS"):
        _picture(house.chief, Path(folder) / f"{name}-{width}.png")
    assert NAMES[0] in said
    assert "Traceback" not in said
    assert house.chief.get_by_text("Page not found").count() == 0
    assert house.chief.locator('[data-testid="stException"]').count() == 0
    assert house.chief.evaluate("document.documentElement.scrollWidth") <= width


def _picture(page: Page, path: Path) -> None:
    """The whole page, which scrolls inside itself."""
    height = page.evaluate("document.querySelector('[data-testid=stMain]').scrollHeight")
    size = page.viewport_size or {"width": 1280, "height": 900}
    page.set_viewport_size({"width": size["width"], "height": max(size["height"], int(height) + 80)})
    page.wait_for_timeout(700)
    path.parent.mkdir(parents=True, exist_ok=True)
    page.screenshot(path=path)
    page.set_viewport_size(size)


@pytest.mark.parametrize("name", PAGES)
def test_a_page_is_accessible(house: House, name: str) -> None:
    house.chief.set_viewport_size({"width": 1280, "height": 900})
    shown(house.chief, f"{house.url}/{name}?site=s001")
    rules = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa"]}
    found = Axe().run(house.chief, options=rules).response["violations"]
    grave = [one for one in found if one["impact"] in ("serious", "critical")]
    assert not [(one["id"], [node["html"][:200] for node in one["nodes"][:4]]) for one in grave]


@pytest.mark.parametrize("name", PAGES)
def test_a_person_of_one_store_gets_nothing_of_another(house: House, name: str) -> None:
    house.ann.set_viewport_size({"width": 1280, "height": 900})
    said = shown(house.ann, f"{house.url}/{name}?site=s002")
    assert NAMES[0] in said
    assert NAMES[1] not in house.ann.content()


@pytest.mark.parametrize("name", PAGES)
@pytest.mark.parametrize("query", STRANGE)
def test_what_a_stranger_writes_into_the_address_changes_nothing(house: House, name: str, query: str) -> None:
    said = shown(house.chief, f"{house.url}/{name}?{query}")
    assert NAMES[0] in said
    assert house.chief.locator('[data-testid="stException"]').count() == 0


def test_nothing_was_asked_of_another_host(house: House) -> None:
    for name in PAGES:
        shown(house.chief, f"{house.url}/{name}")
    hosts = {urlparse(url).hostname for url in house.asked if not url.startswith(("data:", "blob:"))}
    assert hosts == {"127.0.0.1"}


def test_every_page_is_in_the_navigation(house: House) -> None:
    house.chief.set_viewport_size({"width": 2400, "height": 900})
    shown(house.chief, house.url)
    links = house.chief.locator('[data-testid="stTopNavLink"]').evaluate_all("all => all.map(one => one.href)")
    # The first page stands at the address without a path.
    assert {urlparse(link).path.strip("/") or "now" for link in links} == set(PAGES)
