"""The copy of the database as Parquet files, for analysts and for the day on which the database is lost.

    <lake>/lake.json                       what counts: the files of the newest export
    <lake>/value_count/s001/2026-11.7.parquet   a site's month of business days
    <lake>/answer/all.9.parquet            small tables as a whole

An export is one snapshot: values and cursors of the same commit. What lake.json does not name does not count, so a
kill in the middle leaves the export before it.
"""

from collections.abc import Iterator, Mapping
from datetime import date
from pathlib import Path
from typing import Any, NamedTuple

import msgspec
import pyarrow as pa
from msgspec import Struct
from pyarrow import parquet

from hub import private
from hub.storage.migrating import SCHEMA, migrate
from hub.storage.store import Store, StoreError, texts

BY_MONTH = ("value_count", "value_load", "value_stat", "value_flow", "value_heat", "value_quality", "count_15")
WHOLE = (
    *("device", "sensor", "place", "ingest_cursor", "gap", "quarantine", "quarantine_tally", "answer"),
    *("sale", "card_week", "document", "alert"),
    *("first_count", "count_day", "day_done", "epoch_told"),
)
MANIFEST = "lake.json"

_MONTHS = """
SELECT site, date_trunc('month', day) AS month, count(*) AS n, {newest} AS newest FROM {table} GROUP BY ALL
"""
_MONTH = """
SELECT * FROM {table} WHERE site = $site AND day >= $month AND day < $month + INTERVAL '1 month' ORDER BY {order}
"""


class Part(Struct, frozen=True):
    """A file of the lake and its rows."""

    file: str
    rows: int


class Manifest(Struct, frozen=True):
    """What counts in a lake: exported `at` (Unix seconds), with this schema; a part by table/site/month."""

    schema: int
    generation: int = 0
    at: float = 0.0
    parts: dict[str, Part] = {}


class Month(NamedTuple):
    """A site's month of business days in one table: its rows, and when the newest came (Unix seconds)."""

    table: str
    site: str
    first: date
    rows: int
    newest: float

    @property
    def name(self) -> str:
        """Its name in the manifest and its path in the lake."""
        return f"{self.table}/{self.site}/{self.first:%Y-%m}"


def export(store: Store, folder: Path, at: float) -> int:
    """Bring the lake in `folder` up to the newest commit at the moment `at`; returns how many files were written.

    Only months with something new or something forgotten are written again, small tables always.
    """
    before = _manifest(folder) or Manifest(SCHEMA)
    generation = before.generation + 1
    with store.snapshot() as connection:
        months = {month.name: month for table in BY_MONTH for month in _months(connection, table)}
        found = {name: _month(connection, month) for name, month in months.items() if _changed(month, months, before)}
        found |= {f"{table}/all": connection.sql(f"SELECT * FROM {table}").to_arrow_table() for table in WHOLE}
        fresh = {name: _save(folder, f"{name}.{generation}.parquet", rows) for name, rows in found.items()}
    kept = {name: part for name, part in before.parts.items() if name in months}
    _keep(folder, Manifest(SCHEMA, generation, at, kept | fresh))
    return len(fresh)


def rebuild(store: Store, folder: Path) -> dict[str, int]:
    """Fill an empty database from the lake; table -> rows. StoreError where there is none or it does not fit. One of
    an older schema is filled in as it was, and migrated in the same transaction.

    What the devices were told is safe after the export is gone: they say so when they start again, and it becomes
    a recorded gap. What they still hold comes again by itself.
    """
    said = _manifest(folder)
    if said is None:
        raise StoreError("there is no lake in this folder")
    if said.schema > SCHEMA:
        raise StoreError(f"the lake has schema {said.schema}, this program knows {SCHEMA}")
    rows = dict.fromkeys([*BY_MONTH, *WHOLE], 0)
    with store.write() as connection:
        for name, part in sorted(said.parts.items()):
            table = name.partition("/")[0]
            if table not in rows:
                raise StoreError("the list of the lake's files names a table that no database has")
            rows[table] += _fill(connection, table, parquet.read_table(folder / part.file, partitioning=None))
        migrate(connection, texts("migrations"), said.schema)
    return rows


def _fill(connection: Any, table: str, rows: pa.Table) -> int:
    """Append the rows to the empty database's table, which becomes as it was when they were written."""
    if rows.column_names != connection.table(table).columns:
        connection.execute(f"DROP TABLE {table}")
        connection.from_arrow(rows).create(table)
    else:
        connection.from_arrow(rows).insert_into(table)
    return int(rows.num_rows)


def _months(connection: Any, table: str) -> Iterator[Month]:
    # Quarter hours carry no moment of arrival: they are new where the counts of their month are.
    newest = "0" if table == "count_15" else "epoch(max(received_at))"
    found = connection.sql(_MONTHS.format(table=table, newest=newest)).to_arrow_table()
    for row in found.to_pylist():
        yield Month(table, row["site"], row["month"], row["n"], float(row["newest"]))


def _changed(month: Month, months: Mapping[str, Month], before: Manifest) -> bool:
    timed = month
    if month.table == "count_15":
        timed = months.get(month._replace(table="value_count").name, month)
    known = before.parts.get(month.name)
    return known is None or known.rows != month.rows or timed.newest >= before.at


def _month(connection: Any, month: Month) -> pa.Table:
    order = "device, place, start_at" + ("" if month.table == "count_15" else ", revision, seq")
    query = _MONTH.format(table=month.table, order=order)
    return connection.sql(query, params={"site": month.site, "month": month.first}).to_arrow_table()


def _save(folder: Path, file: str, rows: pa.Table) -> Part:
    sink = pa.BufferOutputStream()
    parquet.write_table(rows, sink, compression="zstd")
    private.write(folder / file, sink.getvalue().to_pybytes())
    return Part(file, rows.num_rows)


def _keep(folder: Path, said: Manifest) -> None:
    private.write(folder / MANIFEST, msgspec.json.format(msgspec.json.encode(said)))
    named = {part.file for part in said.parts.values()}
    for path in folder.rglob("*.parquet*"):
        if str(path.relative_to(folder)) not in named:
            path.unlink()


def _manifest(folder: Path) -> Manifest | None:
    try:
        return msgspec.json.decode((folder / MANIFEST).read_bytes(), type=Manifest)
    except FileNotFoundError:
        return None
    except msgspec.DecodeError:
        raise StoreError("the list of the lake's files cannot be read") from None
