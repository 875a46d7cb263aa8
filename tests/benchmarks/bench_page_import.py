"""How long a survey file takes from its upload on the page to its score on the page, in a real browser on a real hub.

    python -m tests.benchmarks.bench_page_import [--rows 10000]

The mapping is finished beforehand, as for a source that has come before. Measured from handing over the file, over
trying it and its preview, to the score in its tile; then the parts.
"""

import argparse
import re
import sys
import tempfile
import time
from pathlib import Path

from playwright.sync_api import expect

from tests.dashboard.asking import asking, decided, survey, upload
from tests.dashboard.serving import browsing

_DONE_MS = 120_000


def measured(rows: int, chromium: str) -> tuple[float, float, float]:
    """Seconds until the report of the trial, until the import is done, and until the score stands there."""
    with tempfile.TemporaryDirectory() as folder, asking(Path(folder)) as (url, hub), browsing(chromium) as page:
        data = survey(rows)
        hub.save_mapping("asked", decided(hub.suggest("f.csv", data)))
        page.goto(f"{url}/voice?site=s001")
        page.get_by_role("heading", name="Take in a survey file").wait_for(timeout=_DONE_MS)
        began = time.perf_counter()
        upload(page, "survey.csv", data)
        page.get_by_label("Mapping (TOML)").wait_for(timeout=_DONE_MS)
        box = page.get_by_role("combobox", name="What do its columns mean?")
        box.click()
        box.fill("asked")
        page.get_by_role("option").first.wait_for(timeout=_DONE_MS)
        box.press("Enter")
        expect(page.get_by_label("Mapping (TOML)").last).to_have_value(
            re.compile('source = "asked"'), timeout=_DONE_MS
        )
        page.get_by_role("button", name="Try it").click()
        page.get_by_text(f"{rows} rows, {rows} of them count").wait_for(timeout=_DONE_MS)
        tried = time.perf_counter()
        page.get_by_role("button", name="Import", exact=True).click()
        page.get_by_text("The file is taken in.").wait_for(timeout=_DONE_MS)
        stored = time.perf_counter()
        page.locator(".in-tile", has_text=f"{rows} answers").first.wait_for(timeout=_DONE_MS)
        return tried - began, stored - began, time.perf_counter() - began


def main() -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=10_000)
    parser.add_argument("--chromium", default="/usr/bin/chromium")
    given = parser.parse_args()
    tried, stored, shown = measured(given.rows, given.chromium)
    line = f"{given.rows} rows: tried {tried:.1f} s, stored {stored:.1f} s, shown {shown:.1f} s (goal 10 s)"
    sys.stdout.write(f"{line}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
