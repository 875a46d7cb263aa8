"""How long the questions of the Stores page take, asked of all shops in one statement and shop by shop; run by hand:

    python tests/benchmarks/bench_stores.py [STORES] [DAYS] [ANSWERS]

The hub's database (chain.py) holds that many stores and days, and so many answers in all. Beside each other: one
statement over all shops, and the same text once for each shop, as the rows of both are the same.
"""

import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import chain
from ingest_load import machine

from hub.serve import asking, questions
from hub.storage.store import Store

STORES, DAYS, ANSWERS = (int(text) for text in (*sys.argv[1:4], *("50", "90", "50000")[len(sys.argv[1:4]) :]))
ROUNDS, PERIOD_D = 3, 56
FILL = """
INSERT INTO answer (source, id, site, answered_at, day, channel, lag_from_s, lag_to_s, nps)
SELECT 'bench', CAST(i AS VARCHAR), list_extract($sites, 1 + i % len($sites)), told_at, CAST(told_at AS DATE),
       'kiosk', 0, 300, CAST(hash(i) % 11 AS TINYINT)
FROM (SELECT i, to_timestamp($until - 86400 * (1 + i // len($sites) % $days) - 3600 * (i % 8)) AS told_at
      FROM range($answers) AS r (i))
"""


def timed(ask: Callable[[], Any]) -> float:
    """Seconds by the clock, the median of the rounds after one that is not counted."""
    took = []
    for _ in range(ROUNDS + 1):
        begun = time.perf_counter()
        ask()
        took.append(time.perf_counter() - begun)
    return statistics.median(took[1:])


def main() -> None:
    """Print the seconds of each question, and of each of its parts both ways."""
    shape = chain.Chain(STORES, 2, 4, 1)
    chain.UNTIL = time.time() // 900 * 900
    ids = sorted(shape.sites)
    end = datetime.fromtimestamp(chain.UNTIL, UTC)
    values = {"start": end - timedelta(days=PERIOD_D), "end": end}
    print(machine())
    with (
        tempfile.TemporaryDirectory() as folder,
        Store(Path(folder) / "hub.duckdb", shape.sites, chain.UNTIL) as store,
    ):
        chain.fill(store, shape, DAYS, lambda stage: None)
        with store.write() as connection:
            connection.execute(FILL, {"sites": ids, "until": chain.UNTIL, "days": DAYS, "answers": ANSWERS})
        for name in ("stores", "store_days", "consistency"):
            seconds = timed(lambda name=name: asking.answer(store, name, values, shape.sites, chain.UNTIL))
            rows = asking.answer(store, name, values, shape.sites, chain.UNTIL).num_rows
            print(f"{name:<14} {STORES} stores, {ANSWERS} answers: {seconds:5.2f} s, {rows} rows")
        given = questions.bound(values, None, chain.UNTIL)
        for name in ("days", "scores", "wait_days", "answer_groups"):
            bucket = questions.calendar(name, shape.sites[ids[0]], values)

            def alone(name: str = name, bucket: Any = bucket) -> list[Any]:
                return [row for id in ids for row in store.ask(name, given | {"site": id}, bucket).to_pylist()]

            def together(name: str = name, bucket: Any = bucket) -> list[Any]:
                found: list[Any] = store.ask(name, given | {"sites": ids}, bucket).to_pylist()
                return found

            same, both = alone() == together(), (timed(together), timed(alone))
            print(f"  {name:<13} together {both[0]:5.2f} s, shop by shop {both[1]:5.2f} s, same rows: {same}")


if __name__ == "__main__":
    main()
