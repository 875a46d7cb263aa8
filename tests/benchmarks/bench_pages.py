"""How long the pages take beside the same widgets and charts over constant data, in the same run; run by hand:

    python tests/benchmarks/bench_pages.py [--stores 50] [--days 90] [--rounds 20] [--pages now,queue]

The hub's database (chain.py) holds that many stores and days until now. Measured in a real browser, ours and plain by
turns: a switch from page to page, and a cold load in a browser that has nothing yet. A page is there when its script
has run and its charts stand. The empty page is told beside them. Wanted: 1.5 and 1.3 times the plain page.
"""

import argparse
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import chain
from ingest_load import machine
from playwright.sync_api import Browser, Page, sync_playwright

from hub.serve.access import Access, create
from hub.serve.api import application, serving
from hub.serve.desk import Desk
from hub.serve.live import Board
from hub.settings import Http
from hub.storage.store import Store
from tests.dashboard.serving import QUIET, dashboard, free_port
from tests.dashboard.test_every_page import DONE, PAGES

WANTED = {"switch": 1.5, "cold": 1.3}
ROOT = Path(__file__).resolve().parents[2]
PLAIN = Path(__file__).with_name("plain_pages.py")
Took = dict[tuple[str, str, str], list[float]]  # (whose, what, page) -> seconds


@contextmanager
def many(folder: Path, stores: int, days: int) -> Iterator[tuple[str, Path]]:
    """A hub's reading side over so many stores and days, and the token's file."""
    chain.UNTIL = time.time() // 900 * 900
    shape = chain.Chain(stores, 2, 4, 1)
    token = folder / "token"
    token.write_text(create(folder / "tokens.json", "bench", ["*"], False, "2026-01-01"))
    with Store(folder / "hub.duckdb", shape.sites, chain.UNTIL) as store:
        chain.fill(store, shape, days, lambda stage: None)
        desk = Desk(store, Access(folder / "tokens.json"), Board(), clock=lambda: chain.UNTIL)
        with serving(application(desk), Http(port=0)) as port:
            yield f"http://127.0.0.1:{port}", token


@contextmanager
def plain(folder: Path) -> Iterator[str]:
    """The address of the same pages over constant data."""
    port = free_port()
    command = [sys.executable, "-m", "streamlit", "run", str(PLAIN), "--server.port", str(port)]
    command += [
        "--server.headless",
        "true",
        "--browser.gatherUsageStats",
        "false",
        "--server.fileWatcherType",
        "none",
    ]
    with (folder / "plain.log").open("w") as log:
        process = subprocess.Popen([*command, "--", str(folder)], stdout=log, stderr=log, cwd=ROOT)
    try:
        time.sleep(4.0)
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait(20)


def captured(folder: Path, url: str, token: Path, pages: list[str]) -> None:
    """Keep what each page sends, each in a process of its own."""
    environ = os.environ | {"INSTORE_DASHBOARD__HUB__URL": url, "INSTORE_DASHBOARD__HUB__TOKEN_FILE": str(token)}
    environ |= {"INSTORE_DASHBOARD__HUB__TIMEOUT_S": "60", "PYTHONPATH": str(ROOT)}
    for page in pages:
        code = f"import sys; sys.path.insert(0, {str(PLAIN.parent)!r}); from pathlib import Path; import plain_pages;"
        code += f"plain_pages.capture({page!r}, Path({str(folder / page)!r} + '.parts'))"
        subprocess.run([sys.executable, "-c", code], env=environ, check=True, capture_output=True)


def settled(page: Page) -> None:
    """Until the page's script has run and its charts are drawn."""
    page.locator(DONE).wait_for(timeout=120_000)
    page.wait_for_function(
        "document.querySelectorAll('[data-testid=stVegaLiteChart]').length <="
        " document.querySelectorAll('[data-testid=stVegaLiteChart] canvas, [data-testid=stVegaLiteChart] svg').length"
    )


def switch(page: Page, url: str, name: str) -> float:
    """Seconds from a press on a page's name in the navigation to the page standing."""
    began = time.perf_counter()
    page.evaluate(
        "name => [...document.querySelectorAll('[data-testid=stTopNavLink]')]"
        ".find(link => (new URL(link.href).pathname.split('/').pop() || 'now') === name).click()",
        name,
    )
    page.wait_for_function("name => (location.pathname.split('/').pop() || 'now') === name", arg=name, timeout=60_000)
    settled(page)
    return time.perf_counter() - began


def cold(browser: Browser, url: str, name: str) -> float:
    """Seconds from an address typed into a fresh browser to the page standing."""
    context = browser.new_context(viewport={"width": 2400, "height": 900})
    page = context.new_page()
    began = time.perf_counter()
    page.goto(f"{url}/{'' if name == 'now' else name}")
    settled(page)
    took = time.perf_counter() - began
    context.close()
    return took


def measure(browser: Browser, urls: dict[str, str], pages: list[str], rounds: int) -> Took:
    """Everything by turns, so that a machine that slows down slows all of them."""
    took: Took = {}
    with ExitStack() as stack:
        open_pages = {}
        for whose, url in urls.items():
            context = stack.enter_context(browser.new_context(viewport={"width": 2400, "height": 900}))
            open_pages[whose] = context.new_page()
            open_pages[whose].goto(url)
            settled(open_pages[whose])
        for turn in range(rounds + 1):
            for name in [*pages[1:], pages[0]]:
                for whose, url in urls.items():
                    seconds = switch(open_pages[whose], url, name)
                    if turn:  # the first round fills caches
                        took.setdefault((whose, "switch", name), []).append(seconds)
        for _ in range(max(3, rounds // 4)):
            for name in pages:
                for whose, url in urls.items():
                    took.setdefault((whose, "cold", name), []).append(cold(browser, url, name))
            took.setdefault(("plain", "cold", "nothing"), []).append(cold(browser, urls["plain"], "nothing"))
    return took


def report(took: Took, pages: list[str]) -> None:
    """Print p50, p95 and the ratio for each page and all together."""
    print(
        f"{'':<8} {'page':<10} {'ours p50':>9} {'p95':>6} {'plain p50':>10} {'p95':>6} {'ratio of p95':>13}   wanted"
    )
    for what, wanted in WANTED.items():
        for name in [*pages, "all"]:
            ours, flat = (_of(took, whose, what, name) for whose in ("ours", "plain"))
            ratio = _at(ours, 0.95) / _at(flat, 0.95)
            figures = f"{_at(ours, 0.5):9.2f} {_at(ours, 0.95):6.2f} {_at(flat, 0.5):10.2f} {_at(flat, 0.95):6.2f}"
            print(f"{what:<8} {name:<10} {figures} {ratio:7.2f}   {wanted}")
    print(f"the empty page, cold: {_at(took['plain', 'cold', 'nothing'], 0.5):.2f} s")


def _of(took: Took, whose: str, what: str, name: str) -> list[float]:
    return [
        s
        for key, some in took.items()
        if key[:2] == (whose, what) and name in (key[2], "all")
        for s in some
        if key[2] != "nothing"
    ]


def _at(seconds: list[float], share: float) -> float:
    ranked = sorted(seconds)
    return ranked[min(len(ranked) - 1, int(len(ranked) * share))]


def main() -> None:
    """Measure and print."""
    words = argparse.ArgumentParser(description=__doc__)
    words.add_argument("--stores", type=int, default=50)
    words.add_argument("--days", type=int, default=90)
    words.add_argument("--rounds", type=int, default=20)
    words.add_argument("--pages", default=",".join(PAGES))
    given = words.parse_args()
    pages = sorted(given.pages.split(","), key=lambda name: name != "now")
    print(machine())
    with tempfile.TemporaryDirectory() as name, sync_playwright() as play:
        folder = Path(name)
        with many(folder, given.stores, given.days) as (hub, token):
            (folder / "ours").mkdir()
            captured(folder, hub, token, pages)
            more = "[page]\nlanguage = 'en'\n"
            with dashboard(folder / "ours", hub, more, token=token) as ours, plain(folder) as flat:
                browser = play.chromium.launch(executable_path="/usr/bin/chromium", args=QUIET)
                report(measure(browser, {"ours": ours, "plain": flat}, pages, given.rounds), pages)
                browser.close()


if __name__ == "__main__":
    main()
