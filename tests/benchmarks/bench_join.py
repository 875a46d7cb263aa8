"""How long the hub takes to set every answer beside what was measured around its visit, and how that compares with
only reading the same rows.

    python tests/benchmarks/bench_join.py [ANSWERS] [SITES] [ROUNDS]

A year of one queue in each site (no zones, no labour): a load and a wait window a quarter hour of the opening time.
The answers are spread over sites and opening hours, half of them asked on the receipt (the visit was up to an hour
before), half at a kiosk.
"""

import os
import platform
import statistics
import sys
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path

import duckdb

from hub.sites import Site
from hub.storage.store import Store

ANSWERS, SITES, ROUNDS = (int(text) for text in (*sys.argv[1:4], *("200000", "1", "9")[len(sys.argv[1:4]) :]))
NOW = datetime(2026, 6, 1, tzinfo=UTC).timestamp()
FILL = (
    """
    INSERT INTO place
    SELECT site, 'cam-01', 'till', 'queue', 'queue', 'c', 180, NULL, NULL, to_timestamp(0), NULL, to_timestamp(0)
    FROM site
    """,
    """
    CREATE TEMP TABLE quarter AS
    SELECT to_timestamp(1748736000 + 86400 * d + 900 * q) AS start_at FROM range(365) AS a (d), range(36, 80) AS b (q)
    """,
    """
    INSERT INTO value_load
    SELECT site, 'cam-01', 'till', start_at, start_at + INTERVAL 15 MINUTE, 900, NULL, 0, 'standard',
           CAST(start_at AS DATE), 0, '0000000a', 1, start_at, random() * 5, 6, 9, 8, 1, 1 + random()
    FROM site, quarter ORDER BY start_at, site
    """,
    """
    INSERT INTO value_stat
    SELECT site, 'cam-01', 'till', start_at, start_at + INTERVAL 15 MINUTE, 900, NULL, 0, 'standard',
           CAST(start_at AS DATE), 0, '0000000a', 1, start_at, 'wait', 9, 0,
           CAST(9 * 300 * random() AS BIGINT), list_value(0,0,0,0,0,3,3,3,0,0,0,0,0,0,0,0,0,0,0,0,0,0)
    FROM site, quarter ORDER BY start_at, site
    """,
    """
    INSERT INTO answer (source, id, site, answered_at, day, channel, lag_from_s, lag_to_s, nps)
    SELECT 'bench', CAST(i AS VARCHAR), 's' || i % $sites,
           to_timestamp(1748736000 + 86400 * (i % 365) + 33000 + CAST(random() * 38000 AS BIGINT)),
           CAST(to_timestamp(1748736000 + 86400 * (i % 365)) AS DATE),
           CASE WHEN i % 2 = 0 THEN 'qr' ELSE 'kiosk' END, 0, CASE WHEN i % 2 = 0 THEN 3600 ELSE 300 END, i % 11
    FROM range($answers) AS r (i)
    """,
)
JOINS = {
    "answers beside waits": "SELECT count(*), sum(n), avg(nps) FROM answer_waits",
    "answers beside waits, people, tills, coverage": (
        "SELECT count(*), count(wait_s), avg(wait_s), avg(people), avg(coverage), avg(nps) FROM answer_context"
    ),
    "the same, with crowding, dwell, visitors for labour": (
        "SELECT count(*), count(wait_s), avg(wait_s), avg(people), avg(coverage), avg(nps), avg(dwell_s), "
        "avg(crowding), avg(per_staff), avg(tills_open) FROM answer_context"
    ),
    "answers beside p50, p90 and kept promises": (
        "SELECT count(*), avg(wait_p50_s), avg(wait_p90_s), avg(within) FROM answer_wait_spread"
    ),
}
SCANS = (
    "SELECT count(*), avg(nps), max(answered_at), max(lag_to_s), max(site), max(id) FROM answer",
    "SELECT count(*), sum(n), sum(sum_s), max(start_at), max(end_at), max(site) FROM value_stat WHERE of = 'wait'",
    "SELECT count(*), sum(mean), sum(tills_open), sum(observed_s), max(start_at), max(site) FROM value_load",
)


def timed(connection: duckdb.DuckDBPyConnection, *texts: str) -> tuple[float, float]:
    """Milliseconds by the clock and of all cores, medians of the rounds, after one that is not counted."""
    took = []
    for _ in range(ROUNDS + 1):
        begun, worked = time.perf_counter(), time.process_time()
        for text in texts:
            connection.sql(text).fetchall()
        took.append((1000 * (time.perf_counter() - begun), 1000 * (time.process_time() - worked)))
    wall, cpu = zip(*took[1:], strict=True)
    return statistics.median(wall), statistics.median(cpu)


def main() -> None:
    """Print the figures as a table."""
    sites = {f"s{i}": Site(id=f"s{i}", name="x", timezone="Europe/Berlin") for i in range(SITES)}
    with tempfile.TemporaryDirectory() as folder, Store(Path(folder) / "hub.duckdb", sites, NOW) as store:
        with store.write() as connection:
            for text in FILL:
                params = {"answers": ANSWERS, "sites": SITES}
                connection.execute(text, {k: v for k, v in params.items() if f"${k}" in text})
        with store.reader() as connection:
            rows = connection.sql(
                "SELECT (SELECT count(*) FROM value_stat), (SELECT count(*) FROM value_load)"
            ).fetchall()
            scan = timed(connection, *SCANS)
            joins = {name: timed(connection, text) for name, text in JOINS.items()}
    load = os.getloadavg()[0]
    print(f"{datetime.now(UTC):%Y-%m-%d %H:%M}Z, {os.cpu_count()} cores {platform.machine()}, load {load:.1f}")
    windows = f"{rows[0][0]} wait and {rows[0][1]} load windows of a year in {SITES} sites"
    print(f"{ANSWERS} answers, {windows}, {ROUNDS} rounds")
    print(f"{'':<50} {'ms':>8}  {'ms CPU':>8}  {'x the scan':>10}  {'x its CPU':>10}")
    for name, (wall, cpu) in {"a plain scan of all three tables": scan, **joins}.items():
        print(f"{name:<50} {wall:8.1f}  {cpu:8.1f}  {wall / scan[0]:10.1f}  {cpu / scan[1]:10.1f}")


main()
