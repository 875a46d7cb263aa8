"""Readers of a hub that holds a hundred million counts, while new ones are committed; run by hand:

    python tests/benchmarks/bench_readers.py [--rows 1e8] [--readers 4] [--seconds 60] [--rate 1000] [--keep FOLDER]

The database (chain.py) is made first, which takes minutes and about 2 GB; --keep leaves it in a folder and uses it
again. The hub's own store, its HTTP and the commits are one process, as in the hub; each reader is a process with
hub.client that asks one question after the other without a pause, about a shop drawn at random. Counts come in the
order of time, 50 ms of them a commit, as the ingest takes them; the clock of shop and readers goes with them (1000 a
second for less than 200 seconds, else the day is over). Printed are p50 and p95 of each question as its reader waits
for it, and of the commits.
"""

import argparse
import json
import os
import random
import subprocess
import sys
import tempfile
import threading
import time
from datetime import timedelta
from itertools import islice
from pathlib import Path
from typing import Any

from chain import UNTIL, Chain, fill
from ingest_load import machine

from hub.client import Hub
from hub.intake.sorting import sort
from hub.serve.access import Access, create
from hub.serve.api import application, serving
from hub.serve.desk import Desk
from hub.serve.live import Board
from hub.settings import Http
from hub.sites import moment
from hub.storage.store import Store

CHAIN = Chain(220, 4, 2, 1)  # with 395 days, which a hub keeps by default, 100 million counts
LINGER_S = 0.05
SUMMED, RAW = 150, 400  # wanted, milliseconds
# Question, days before today, and the limit: of quarter hours and days, or of a week of windows as devices sent them.
ASKED: tuple[tuple[str, int, int], ...] = (
    ("visitors", 0, SUMMED),
    ("visitors", 6, SUMMED),
    ("days", 27, SUMMED),
    ("days", 394, SUMMED),
    ("usual", 0, SUMMED),
    ("load", 0, SUMMED),
    ("occupancy", 0, SUMMED),
    ("occupancy", 6, SUMMED),
    ("coverage", 0, SUMMED),
    ("coverage", 6, SUMMED),
    ("load", 6, RAW),
    ("stays", 6, RAW),
    ("waits", 6, RAW),
)
Took = dict[str, list[float]]


class Arrivals(threading.Thread):
    """Commits counts of all doors in the order of time, so many a second; `at` is the moment they have come to."""

    def __init__(self, store: Store, chain: Chain, rate: float) -> None:
        super().__init__(name="arrivals", daemon=True)
        self.at, self.took, self.rows, self.lasted = UNTIL, list[float](), 0, 0.0
        self._store, self._doors, self._rate, self.done = store, chain.doors, rate, threading.Event()
        self._coming = chain.coming(UNTIL)

    def run(self) -> None:
        cursors, began, sent = self._store.cursors(), time.perf_counter(), 0
        while not self.done.wait(LINGER_S):
            self.lasted = time.perf_counter() - began
            due = self.lasted * self._rate
            found = list(islice(self._coming, round((due - sent) / self._doors)))
            if found:
                sent += len(found) * self._doors
                self.at = found[-1].end + 1
                batch = sort([made.raw for made in found], cursors, self._store.sites, self.at)
                start = time.perf_counter()
                self._store.commit(batch, cursors, self.at)
                self.took.append((time.perf_counter() - start) * 1e3)
                self.rows += sum(len(window.values) for window in batch.windows)


def read(url: str, token: str, seed: int, seconds: float) -> None:
    """Ask for so long; then tell what each question took."""
    took: Took = {name(*asked): [] for asked in ASKED}
    drawn = random.Random(seed)
    with Hub(url, token, timeout=60) as hub:
        sites = hub.ask("sites").to_pylist()
        over = time.perf_counter() + seconds
        while (began := time.perf_counter()) < over:
            site, asked = drawn.choice(sites), drawn.choice(ASKED)
            span = {"start": site["day_start"] - timedelta(days=asked[1]), "end": site["day_end"]}
            given = {"day": site["day"]} if asked[0] == "usual" else span
            found = hub.ask(asked[0], site=site["site"], **given)
            took[name(*asked)].append((time.perf_counter() - began) * 1e3)
            assert found.num_rows
    print(json.dumps(took), flush=True)


def name(question: str, days: int, limit: int) -> str:
    """How a question is called in the table."""
    return f"{question} {'today' if days == 0 else f'{days + 1} days'}"


def readers(url: str, token: str, given: argparse.Namespace) -> Took:
    """What the questions of so many readers took."""
    command = [sys.executable, __file__, "--url", url, "--seconds", str(given.seconds)]
    pipes: dict[str, Any] = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
    asking = [subprocess.Popen([*command, "--seed", str(seed)], **pipes) for seed in range(given.readers)]
    for process in asking:
        process.stdin.write(f"{token}\n")
        process.stdin.flush()
    total: Took = {}
    for process in asking:
        for asked, took in json.loads(process.communicate()[0]).items():
            total.setdefault(asked, []).extend(took)
    return total


def said(text: str, took: list[float], wanted: float) -> None:
    """Print p50 and p95."""
    took = sorted(took)
    if not took:
        print(f"{text:<24} never asked")
        return
    half, most = (took[min(len(took) - 1, int(len(took) * part))] for part in (0.5, 0.95))
    print(f"{text:<24} {len(took):6} {half:8.1f} {most:8.1f}   {'' if most <= wanted else 'above '}{wanted:.0f}")


def measure(store: Store, chain: Chain, given: argparse.Namespace, folder: Path) -> None:
    """Print the table."""
    tokens = folder / "tokens.json"
    token = create(tokens, f"reader-{time.time_ns()}", ["*"], False, "2026-06-10")
    arrivals = Arrivals(store, chain, given.rate)
    desk = Desk(store, Access(tokens), Board(), clock=lambda: arrivals.at)
    with serving(application(desk), Http(port=0)) as port:
        arrivals.start()
        spent = time.process_time()
        took = readers(f"http://127.0.0.1:{port}", token, given)
        arrivals.done.set()
        arrivals.join()
        spent = (time.process_time() - spent) / arrivals.lasted
    print(f"the hub's process: {spent:.2f} of {os.cpu_count()} cores")
    print(f"{'':<24} {'n':>6} {'p50 ms':>8} {'p95 ms':>8}   wanted")
    for asked in ASKED:
        said(name(*asked), took[name(*asked)], asked[2])
    for text, limit in (("all from quarter hours", SUMMED), ("all from a raw week", RAW)):
        said(text, [ms for asked in ASKED if asked[2] == limit for ms in took[name(*asked)]], limit)
    said(f"commit ({arrivals.rows / arrivals.lasted:.0f} rows/s)", arrivals.took, 50)


def _rewind(store: Store) -> None:
    """Forget what an earlier run has committed."""
    with store.write() as connection:
        for table in ("value_count", "count_15"):
            connection.execute(f"DELETE FROM {table} WHERE start_at >= $until", {"until": moment(UNTIL)})


def main() -> None:
    """Make or open the database and measure."""
    words = argparse.ArgumentParser()
    words.add_argument("--rows", type=float, default=1e8)
    words.add_argument("--readers", type=int, default=4)
    words.add_argument("--seconds", type=float, default=60)
    words.add_argument("--rate", type=float, default=1000)
    words.add_argument("--keep", type=Path)
    words.add_argument("--url", help=argparse.SUPPRESS)
    words.add_argument("--seed", type=int, help=argparse.SUPPRESS)
    given = words.parse_args()
    if given.url:
        read(given.url, sys.stdin.readline().strip(), given.seed, given.seconds)
        return
    days = max(8, round(given.rows / CHAIN.counts(1)))
    with tempfile.TemporaryDirectory() as spare:
        folder = given.keep or Path(spare)
        database = folder / "hub.duckdb"
        fresh = not database.exists()
        with Store(database, CHAIN.sites, UNTIL) as store:
            _rewind(store)
            if fresh:
                fill(store, CHAIN, days, lambda text: print(f"made: {text}", file=sys.stderr))
            size = f"{database.stat().st_size / 1e9:.2f} GB"
            print(f"{machine()}, {CHAIN.shops} shops, {CHAIN.counts(days) / 1e6:.1f} million counts, {size}")
            measure(store, CHAIN, given, folder)


if __name__ == "__main__":
    main()
