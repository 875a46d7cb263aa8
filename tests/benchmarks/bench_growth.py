"""What the age of the database costs: 100 shops after 10 and after 180 days; run by hand:

    python tests/benchmarks/bench_growth.py [days] [days] [rounds]

Both databases (chain.py: 3 devices with 2 doors, 4 zones and a queue a shop) are made, which takes minutes, and are
open at once; questions and commits go to the one and the other in turn. Printed are the bytes of a row of each kind
(how much the file grew, after a checkpoint, by the rows), medians of the rounds and their ratio. `usual` looks back
eight weeks, which the younger database does not have.
"""

import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import timedelta
from itertools import islice
from pathlib import Path

from chain import UNTIL, Chain, fill
from ingest_load import machine

from hub.intake.sorting import sort
from hub.serve import questions
from hub.sites import day_span, today
from hub.storage.store import Store

CHAIN = Chain(100, 2, 4, 1)
TABLES = {
    "counts": "value_count",
    "loads": "value_load",
    "stays": "value_stat",
    "quarter hours": "count_15",
}
TODAY = ("visitors", "load", "occupancy", "coverage", "usual")
WEEK = ("visitors", "days", "load", "occupancy", "coverage", "stays", "waits")
QUERIES, INSERT = 2.0, 1.5  # wanted, at most


class Aged:
    """A database of so many days."""

    def __init__(self, folder: Path, days: int) -> None:
        self._path, self.bytes, self._size = folder / f"{days}.duckdb", dict[str, float](), 0
        self.store = Store(self._path, CHAIN.sites, UNTIL)
        self._size = self._grown()
        fill(self.store, CHAIN, days, self._weigh)
        self._cursors, self._coming = self.store.cursors(), CHAIN.coming(UNTIL)

    def _weigh(self, stage: str) -> None:
        if stage not in TABLES:
            return
        rows = self.store.rows(f"SELECT count(*) AS n FROM {TABLES[stage]}").to_pylist()[0]["n"]
        self.bytes[stage] = self._grown() / rows

    def _grown(self) -> int:
        self.store.rows("CHECKPOINT")
        size = self._path.stat().st_size
        grown, self._size = size - self._size, size
        return grown

    def ask(self, name: str, days: int) -> Callable[[], object]:
        """A question about a shop and so many days, the last of them today."""
        site = self.store.sites["s007"]
        day, _, end = today(site, UNTIL)
        values = questions.span(site.id, day_span(site, day - timedelta(days=days - 1))[0], end) | {"day": day}

        def asked() -> object:
            bound = questions.bound(values, site, UNTIL)
            return self.store.ask(name, bound, questions.calendar(name, site, values))

        return asked

    def commit(self) -> float:
        """Milliseconds that a commit of the next window of every shop's doors takes."""
        found = list(islice(self._coming, CHAIN.shops))
        batch = sort([made.raw for made in found], self._cursors, self.store.sites, found[-1].end + 1)
        began = time.perf_counter()
        self.store.commit(batch, self._cursors, found[-1].end + 1)
        return (time.perf_counter() - began) * 1e3


def timed(what: Callable[[], object]) -> float:
    """Milliseconds."""
    began = time.perf_counter()
    what()
    return (time.perf_counter() - began) * 1e3


def said(name: str, young: list[float], old: list[float], wanted: float) -> None:
    """Print medians and their ratio."""
    short, long = statistics.median(young), statistics.median(old)
    verdict = "" if long / short <= wanted else "above "
    print(f"{name:<24} {short:8.1f} {long:8.1f} {long / short:6.2f}   {verdict}{wanted}")


def main() -> None:
    """Print all of it."""
    given = [int(text) for text in sys.argv[1:]]
    few, many, rounds = given + [10, 180, 21][len(given) :]
    with tempfile.TemporaryDirectory() as folder:
        young, old = Aged(Path(folder), few), Aged(Path(folder), many)
        print(f"{machine()}, {CHAIN.shops} shops, {CHAIN.counts(many) / 1e6:.1f} million counts, {rounds} rounds")
        print(f"{'bytes a row':<24} {few:6} d {many:6} d")
        for stage, size in old.bytes.items():
            print(f"{stage:<24} {young.bytes[stage]:8.1f} {size:8.1f}")
        print(f"{'milliseconds':<24} {few:6} d {many:6} d  ratio   wanted")
        for title, names, days in (("today", TODAY, 1), ("7 days", WEEK, 7)):
            for name in names:
                asked = [database.ask(name, days) for database in (young, old)]
                took = [(timed(asked[0]), timed(asked[1])) for _ in range(rounds + 1)][1:]
                said(f"{name} {title}", *map(list, zip(*took, strict=True)), wanted=QUERIES)
        commits = [(young.commit(), old.commit()) for _ in range(rounds + 3)][3:]
        said(f"commit of {CHAIN.shops * CHAIN.doors} counts", *map(list, zip(*commits, strict=True)), wanted=INSERT)
        young.store.close()
        old.store.close()


if __name__ == "__main__":
    main()
