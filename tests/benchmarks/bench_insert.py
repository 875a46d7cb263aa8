"""What it costs to store rows from Arrow, beside executemany; run by hand:

    python tests/benchmarks/bench_insert.py [rows a commit] [rounds]

Both ways end with a durable commit of the same windows into the same table of a hub's database. The hub's own way
begins with the windows and builds its Arrow table within the time; the other gets its rows ready made. The two take
turns; medians are printed.
"""

import statistics
import sys
import tempfile
import time
from pathlib import Path

from ingest_load import SITES, machine, messages

from edge.messages import Window, decode
from edge.values import Count
from hub.storage import rows, writing
from hub.storage.store import Store


def by_arrow(store: Store, windows: list[Window]) -> float:
    """Seconds for the hub's way."""
    start = time.perf_counter()
    with store.write() as connection:
        found = rows.spread(windows, SITES)
        writing.append(connection, *rows.values_table(Count, found[Count], time.time()))
    return time.perf_counter() - start


def by_executemany(store: Store, windows: list[Window]) -> float:
    """Seconds for one set of parameters a row."""
    _, table = rows.values_table(Count, rows.spread(windows, SITES)[Count], time.time())
    ready = list(zip(*table.to_pydict().values(), strict=True))
    statement = f"INSERT INTO value_count VALUES ({', '.join('?' * table.num_columns)})"
    start = time.perf_counter()
    with store.write() as connection:
        connection.executemany(statement, ready)
    return time.perf_counter() - start


def main() -> None:
    """Print both medians and how they compare."""
    n = int(sys.argv[1]) if len(sys.argv) > 1 else 500
    rounds = int(sys.argv[2]) if len(sys.argv) > 2 else 7
    found = [decode("w", payload) for _, payload in messages(n, "0000000a")]
    windows = [window for window in found if isinstance(window, Window)]
    ways = {"Arrow": by_arrow, "executemany": by_executemany}
    took: dict[str, list[float]] = {name: [] for name in ways}
    print(f"{machine()}, {n} rows a commit, {rounds} rounds")
    with tempfile.TemporaryDirectory() as folder, Store(Path(folder) / "hub.duckdb", SITES, time.time()) as store:
        for _ in range(rounds):
            for name, way in ways.items():
                took[name].append(way(store, windows))
        assert store.rows("SELECT count(*) AS n FROM value_count").to_pylist() == [{"n": 2 * rounds * n}]
    middle = {name: statistics.median(spent) for name, spent in took.items()}
    for name, spent in middle.items():
        print(f"{name:<11} {spent * 1e3:8.1f} ms a commit  {n / spent:8.0f} rows/s")
    print(f"ratio {middle['executemany'] / middle['Arrow']:.0f} (goal 20)")


if __name__ == "__main__":
    main()
