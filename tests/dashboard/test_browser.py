"""One real browser: a number changes by itself on the Now page, and no request leaves the host."""

import time
from pathlib import Path
from urllib.parse import urlparse

from tests.dashboard.hub_rows import live, served, shop
from tests.dashboard.serving import browsing, dashboard, free_port


def test_a_number_changes_and_nothing_leaves_the_host(tmp_path: Path, chromium: str) -> None:
    asked: list[str] = []
    made, hub_port = shop(time.time()), free_port()
    with dashboard(tmp_path, f"http://127.0.0.1:{hub_port}") as url, browsing(chromium, 390, 844) as page:
        page.on("request", lambda request: asked.append(request.url))
        page.on("websocket", lambda found: asked.append(found.url))
        with served(made, hub_port):
            page.goto(url)
            page.get_by_text("Nothing needs you right now.").wait_for(timeout=60_000)
            now = time.time()
            made.live["places"] = [live("till_a", 6, 1, now, "over"), live("till_b", 1, 1, now)]
            made.version += 1
            page.get_by_text("Queue at till_a is 6 long").wait_for(timeout=30_000)
            assert page.evaluate("document.documentElement.scrollWidth") <= 390
            page.goto(f"{url}/health")
            page.get_by_text("Privacy level in force").wait_for(timeout=30_000)
        # The hub is gone now; the last known values stay, with a banner that says so.
        page.get_by_text("The hub has not answered since").wait_for(timeout=60_000)
    hosts = {urlparse(url).hostname for url in asked if not url.startswith(("data:", "blob:"))}
    assert hosts == {"127.0.0.1"}
