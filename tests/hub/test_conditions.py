"""What was measured around an answer's visit: waits with their spread, dwell, crowding, visitors for labour."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hub.insight.durations import quantiles, shares
from hub.intake.surveys import SCHEMA
from hub.storage.answers import add

STORAGE = Path(__file__).resolve().parents[2] / "hub/storage"
NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
QUARTER = timedelta(minutes=15)


@pytest.fixture(scope="module")
def empty() -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect(":memory:") as connection:
        connection.execute("SET TimeZone = 'UTC'")
        for name in ("schema.sql", "sales.sql", "answers.sql"):
            connection.execute((STORAGE / name).read_text(encoding="utf-8"))
        connection.execute("INSERT INTO site VALUES ('s01', '', 'Asia/Kolkata', '04:00', '08:00', '20:00', NULL)")
        for place, kind, promise, area in (
            ("till", "queue", 180, None),
            ("hall", "zone", None, 40.0),
            ("bay", "zone", None, None),
        ):
            connection.execute(
                "INSERT INTO place VALUES ('s01', 'cam', ?, ?, 'x', 'c', ?, ?, NULL, TIMESTAMPTZ '1970-01-01', NULL, "
                "TIMESTAMPTZ '1970-01-01')",
                [place, kind, promise, area],
            )
        for place in ("door", "back"):
            connection.execute(
                "INSERT INTO place VALUES ('s01', 'cam', ?, 'line', 'door', 'c', NULL, NULL, NULL, "
                "TIMESTAMPTZ '1970-01-01', NULL, TIMESTAMPTZ '1970-01-01')",
                [place],
            )
            connection.execute("INSERT INTO first_count VALUES ('s01', 'cam', ?, TIMESTAMPTZ '2026-01-01')", [place])
        yield connection


@pytest.fixture
def base(empty: duckdb.DuckDBPyConnection) -> duckdb.DuckDBPyConnection:
    for name in ("value_stat", "value_load", "count_15", "sale", "answer"):
        empty.execute(f"DELETE FROM {name}")
    return empty


def put(base: duckdb.DuckDBPyConnection, name: str, *rows: dict[str, Any]) -> None:
    keys = dict.fromkeys(key for row in rows for key in row)
    base.register("given", pa.Table.from_pylist([keys | row for row in rows]))
    base.execute(f"INSERT INTO {name} BY NAME SELECT * FROM given")
    base.unregister("given")


def window(start: datetime, place: str, quarters: int = 1, **more: Any) -> dict[str, Any]:
    return {
        "site": "s01", "device": "cam", "place": place, "start_at": start, "end_at": start + quarters * QUARTER,
        "observed_s": 900 * quarters, "withheld": None, "revision": 0, "level": "standard", "day": start.date(),
        "minute": 0, "epoch": "0", "seq": 1, "received_at": start, **more,
    }  # fmt: skip


def count(start: datetime, place: str, entries: int | None, observed_s: int = 900) -> dict[str, Any]:
    return {
        "site": "s01", "device": "cam", "place": place, "start_at": start, "day": start.date(), "minute": 0,
        "observed_s": observed_s, "entries": entries,
    }  # fmt: skip


def answered(base: duckdb.DuckDBPyConnection, at: datetime = NOON, lag_s: int = 3600) -> None:
    row = dict.fromkeys(SCHEMA.names) | {"source": "t", "id": "1", "site": "s01", "at": at, "channel": "qr", "nps": 9}
    row |= {"day": at.date(), "lag_from_s": 0, "lag_to_s": lag_s}
    add(base, pa.Table.from_pylist([row], schema=SCHEMA))


def beside(base: duckdb.DuckDBPyConnection, columns: str) -> Any:
    return base.sql(f"SELECT {columns} FROM answer_context").fetchall()[0]


def test_crowding_is_people_on_the_area_that_was_looked_at(base: duckdb.DuckDBPyConnection) -> None:
    put(
        base,
        "value_load",
        window(NOON - 2 * QUARTER, "hall", mean=8.0, max=9),
        window(NOON - QUARTER, "hall", mean=4.0, max=9) | {"observed_s": 300},
        window(NOON - QUARTER, "bay", mean=99.0, max=99),  # nobody knows its area
        window(NOON - QUARTER, "till", mean=2.0, max=9, tills_open=1.5),
    )
    answered(base)
    crowding, people, tills, coverage = beside(base, "crowding, people, tills_open, coverage")
    assert crowding == pytest.approx((8 * 900 + 4 * 300) / (40 * 1200))
    assert (people, tills, coverage) == (2.0, 1.5, 1.0)


def test_dwell_is_told_apart_from_waits(base: duckdb.DuckDBPyConnection) -> None:
    put(
        base,
        "value_stat",
        window(NOON - QUARTER, "hall", of="dwell", n=10, cut=0, sum_s=3000),
        window(NOON - 8 * QUARTER, "bay", 6, of="dwell", n=30, cut=0, sum_s=1800),  # lasts into the visit
        window(NOON - QUARTER, "till", of="wait", n=5, cut=0, sum_s=500),
        window(NOON - QUARTER, "till", of="service", n=9, cut=0, sum_s=9999),
    )
    answered(base)
    assert beside(base, "dwell_s, wait_s, wait_n, day_wait_n") == (120.0, 100.0, 5, 5)


def test_visitors_for_an_hour_of_labour_are_of_the_same_quarters(base: duckdb.DuckDBPyConnection) -> None:
    """Kolkata's hours begin at half past in UTC."""
    hour = NOON - timedelta(minutes=30)
    put(base, "sale", {"site": "s01", "hour_at": hour, "labour_hours": 3.0, "source": "t"})
    quarters = [hour + i * QUARTER for i in range(-2, 4)]
    put(base, "count_15", *(count(at, "door", 10) for at in quarters), *(count(at, "back", 5) for at in quarters))
    answered(base, NOON - timedelta(seconds=1), 1799)  # the first half of the hour
    assert beside(base, "per_staff") == (pytest.approx(15 * 2 / (3 * 2 / 4)),)
    base.execute("UPDATE count_15 SET entries = NULL WHERE place = 'back' AND start_at = ?", [quarters[3]])
    assert beside(base, "per_staff") == (pytest.approx(15 / (3 / 4)),)
    base.execute("UPDATE count_15 SET observed_s = 500 WHERE place = 'door' AND start_at = ?", [quarters[2]])
    assert beside(base, "per_staff") == (None,)
    base.execute("UPDATE count_15 SET observed_s = 900, entries = 5")
    base.execute("DELETE FROM count_15 WHERE place = 'back' AND start_at = ?", [quarters[2]])
    assert beside(base, "per_staff") == (pytest.approx(10 / (3 / 4)),)


def test_without_labour_or_area_nothing_is_said(base: duckdb.DuckDBPyConnection) -> None:
    put(base, "count_15", count(NOON - QUARTER, "door", 10))
    put(base, "value_load", window(NOON - QUARTER, "bay", mean=3.0, max=9))
    answered(base)
    assert beside(base, "per_staff, crowding, dwell_s, people, wait_s") == (None, None, None, None, None)
    assert base.sql("SELECT count(*) FROM answer_wait_spread").fetchall() == [(0,)]


BINS = st.lists(st.integers(0, 9), min_size=22, max_size=22).filter(lambda bins: sum(bins) >= 5)


@settings(deadline=None, max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(st.tuples(st.integers(-8, 3), st.integers(1, 4), BINS), min_size=1, max_size=6, unique_by=lambda w: w[0])
)
def test_the_spread_is_that_of_all_bins_together(
    base: duckdb.DuckDBPyConnection, windows: list[tuple[int, int, list[int]]]
) -> None:
    for name in ("value_stat", "answer"):
        base.execute(f"DELETE FROM {name}")
    rows = [
        window(NOON + at * QUARTER, "till", long, of="wait", n=sum(bins), cut=0, sum_s=60 * sum(bins), bins=bins)
        for at, long, bins in windows
    ]
    put(base, "value_stat", *rows)
    answered(base)
    met = [bins for at, long, bins in windows if at <= 0 and at + long > -4]
    found = base.sql("SELECT wait_p50_s, wait_p90_s, within FROM answer_wait_spread").fetchall()
    if not met:
        assert found == []
        return
    pooled = np.array(met).sum(axis=0)[None]
    wanted = [quantiles(pooled, 0.5)[0], quantiles(pooled, 0.9)[0], shares(pooled, np.array([180.0]))[0]]
    assert found == [tuple(pytest.approx(value) for value in wanted)]


def test_a_window_told_again_counts_as_it_was_told_last(base: duckdb.DuckDBPyConnection) -> None:
    late = {"received_at": NOON}
    put(
        base,
        "value_stat",
        window(NOON - QUARTER, "till", of="wait", n=5, cut=0, sum_s=500),
        window(NOON - QUARTER, "till", of="wait", n=6, cut=0, sum_s=900) | {"revision": 1},
        window(NOON - QUARTER, "till", 2, of="wait", n=7, cut=0, sum_s=700),  # another length is another window
    )
    put(
        base,
        "value_load",
        window(NOON - QUARTER, "till", mean=2.0, max=9),
        window(NOON - QUARTER, "till", mean=3.0, max=9) | late,
    )
    answered(base)
    assert beside(base, "wait_n, wait_s, people") == (13, pytest.approx(1600 / 13), 3.0)
