"""What a batch of messages changes in the database: statements over Arrow tables, inside the caller's transaction.

Nothing here begins or ends a transaction, so that values, losses, quarantine and cursor stand or fall together.
"""

import re
from collections.abc import Mapping
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from edge.messages import Status
from edge.values import Count
from hub.intake.cursors import Cursor
from hub.intake.sorting import Bad, Batch, Heard, Lost, Source
from hub.sites import Site, moment
from hub.storage.rollup import Front, keys_table, sums_table
from hub.storage.rows import INT, LONG, REAL, TIME, WORD, spread, table, values_table

_MOST_QUARANTINED, _MOST_QUARANTINED_BYTES = 20_000, 200_000_000

INSERT = {
    "site": "INSERT INTO site BY NAME SELECT * FROM incoming",
    "device": "INSERT INTO device BY NAME SELECT * FROM incoming",
    "sensor": "INSERT INTO sensor BY NAME SELECT * FROM incoming",
    "place": "INSERT INTO place BY NAME SELECT * FROM incoming",
    "gap": "INSERT INTO gap BY NAME SELECT * FROM incoming",
    "quarantine": "INSERT INTO quarantine BY NAME SELECT * FROM incoming",
}
_MOVE_CURSOR = """
UPDATE ingest_cursor SET upto = incoming.upto, islands = incoming.islands, last_end = incoming.last_end,
    received_at = incoming.received_at
FROM incoming WHERE ingest_cursor.site = incoming.site AND ingest_cursor.device = incoming.device
AND ingest_cursor.epoch = incoming.epoch
"""
_CLEAR_DEVICE = [
    "DELETE FROM device USING incoming WHERE device.site = incoming.site AND device.device = incoming.device",
    "DELETE FROM sensor USING incoming WHERE sensor.site = incoming.site AND sensor.device = incoming.device",
    """UPDATE place SET current = false FROM incoming
    WHERE place.site = incoming.site AND place.device = incoming.device""",
]
# A place id is unique in its site: the device that draws it now has taken it over from any other.
_CLEAR_PLACE = [
    """DELETE FROM place USING incoming WHERE place.site = incoming.site AND place.device = incoming.device
    AND place.place = incoming.place""",
    """UPDATE place SET current = false FROM incoming
    WHERE place.site = incoming.site AND place.place = incoming.place""",
]
_TALLY = [
    """UPDATE quarantine_tally SET n = quarantine_tally.n + incoming.n, last = incoming.last FROM incoming
    WHERE quarantine_tally.site IS NOT DISTINCT FROM incoming.site AND quarantine_tally.reason = incoming.reason""",
    """INSERT INTO quarantine_tally SELECT site, reason, n, last FROM incoming WHERE NOT EXISTS (
        SELECT 1 FROM quarantine_tally AS known
        WHERE known.site IS NOT DISTINCT FROM incoming.site AND known.reason = incoming.reason)""",
]
_CAP_QUARANTINE = """
DELETE FROM quarantine WHERE received_at < (
    SELECT min(received_at) FROM (
        SELECT received_at, row_number() OVER newest AS turn, sum(size) OVER newest AS total FROM quarantine
        WINDOW newest AS (ORDER BY received_at DESC ROWS UNBOUNDED PRECEDING)
    ) AS ranked WHERE turn <= $rows AND total <= $bytes)
"""


def write(
    connection: Any,
    batch: Batch,
    cursors: Mapping[Source, Cursor],
    sites: Mapping[str, Site],
    at: float,
    sql: Mapping[str, str],
    front: Front | None,
) -> None:
    """Write everything in the batch, received `at`; `sql` holds the texts of the files rollup_*.

    `front` may be None only where the batch has no windows.
    """
    if front:
        add_windows(connection, batch, sites, at, sql, front)
    _add_statuses(connection, batch.statuses, at)
    if batch.lost:
        add(connection, "gap", _lost(batch.lost, at))
    if batch.bad:
        set_aside(connection, batch.bad, at)
    _move_cursors(connection, {source: cursors[source] for source in sorted(batch.touched)}, at)


def add_windows(
    connection: Any, batch: Batch, sites: Mapping[str, Site], at: float, sql: Mapping[str, str], front: Front
) -> None:
    """Append the values of the batch's windows and bring the quarter hours they touch up to date."""
    found = spread(batch.windows, sites)
    for kind, rows in found.items():
        append(connection, *values_table(kind, rows, at))
    division = front.divide(found.get(Count, []))
    if division.begun:
        append(connection, "count_15", sums_table(division.begun, sites))
    if division.grown:
        _in_span(connection, [sql["rollup_grow"]], sums_table(division.grown, sites))
    if division.again:
        _in_span(connection, [sql["rollup_clear"], sql["rollup_fill"]], keys_table(division.again, sites))


def append(connection: Any, name: str, rows: pa.Table) -> None:
    """Append an Arrow table whose columns are in the schema's order: the short way, for what comes in every batch."""
    connection.from_arrow(rows).insert_into(name)


def _in_span(connection: Any, statements: list[str], rows: pa.Table) -> None:
    ends = pc.min_max(rows["start_at"].cast(LONG)).as_py()
    span = {"low": moment(ends["min"] / 1e6), "high": moment(ends["max"] / 1e6)}
    connection.register("incoming", rows)
    for statement in statements:
        connection.execute(statement, span)
    connection.unregister("incoming")


def add(connection: Any, name: str, rows: pa.Table) -> None:
    """Append an Arrow table to the table `name`, column by column name."""
    run(connection, [INSERT[name]], rows)


def run(connection: Any, statements: list[str], rows: pa.Table) -> None:
    """Run statements that read these rows as `incoming`."""
    connection.register("incoming", rows)
    for statement in statements:
        connection.execute(statement)
    connection.unregister("incoming")


def set_aside(connection: Any, bad: list[Bad], at: float, *, counted: bool = True) -> None:
    """Keep messages that cannot be taken, the newest up to the cap, and count them by reason for good."""
    when = moment(at)
    columns = [("received_at", TIME), ("topic", WORD), ("site", WORD), ("device", WORD), ("reason", WORD)]
    rows = [(when, b.topic, b.site, b.device, b.reason, len(b.payload), b.payload) for b in bad]
    add(connection, "quarantine", table([*columns, ("size", INT), ("payload", pa.binary())], rows))
    connection.execute(_CAP_QUARANTINE, {"rows": _MOST_QUARANTINED, "bytes": _MOST_QUARANTINED_BYTES})
    if counted:
        tally: dict[tuple[str | None, str], int] = {}
        for b in bad:
            key = (b.site, re.sub(r"\[\d+\]", "[]", b.reason))
            tally[key] = tally.get(key, 0) + 1
        kinds = [("site", WORD), ("reason", WORD), ("n", LONG), ("last", TIME)]
        run(connection, _TALLY, table(kinds, [(*key, n, when) for key, n in tally.items()]))


def set_sites(connection: Any, sites: Mapping[str, Site]) -> None:
    """Make the table of sites what the settings say."""
    names = ("site", "name", "timezone", "day_starts", "opens", "closes", "notice")
    rows = [(s.id, s.name, s.timezone, s.day_starts, s.opens, s.closes, s.notice) for s in sites.values()]
    connection.execute("DELETE FROM site")
    add(connection, "site", table([(name, WORD) for name in names], rows))


def _move_cursors(connection: Any, cursors: Mapping[Source, Cursor], at: float) -> None:
    known = {source: cursor for source, cursor in cursors.items() if cursor.stored}
    new = {source: cursor for source, cursor in cursors.items() if not cursor.stored}
    if known:
        run(connection, [_MOVE_CURSOR], _cursors(known, at))
    if new:
        append(connection, "ingest_cursor", _cursors(new, at))
    for cursor in new.values():
        cursor.stored = True  # where the transaction fails, the cursors are read again


def _cursors(cursors: Mapping[Source, Cursor], at: float) -> pa.Table:
    columns = [("site", WORD), ("device", WORD), ("epoch", WORD), ("upto", LONG), ("islands", pa.list_(LONG))]
    rows = [
        (*source, c.upto, sorted(c.islands), moment(c.last_end) if c.last_end else None, moment(at))
        for source, c in cursors.items()
    ]
    return table([*columns, ("last_end", TIME), ("received_at", TIME)], rows)


def _lost(lost: list[Lost], at: float) -> pa.Table:
    columns = [("site", WORD), ("device", WORD), ("epoch", WORD), ("first", LONG), ("last", LONG)]
    return table([*columns, ("reason", WORD), ("found_at", TIME)], [(*run, moment(at)) for run in lost])


def _add_statuses(connection: Any, heard: list[Heard], at: float) -> None:
    newest = {(h.site, h.device): h for h in heard if isinstance(h.said, Status)}
    if not newest:
        return
    found = list(newest.values())
    device = _devices(found, at)
    run(connection, [*_CLEAR_DEVICE, INSERT["device"]], device)
    sensors, places = _sensors(found), _places(found)
    add(connection, "sensor", sensors)
    run(connection, [*_CLEAR_PLACE, INSERT["place"]], places)


def _devices(heard: list[Heard], at: float) -> pa.Table:
    columns = [("site", WORD), ("device", WORD), ("state", WORD), ("said_at", TIME), ("epoch", WORD)]
    columns += [("version", WORD), ("level", WORD), ("plan", WORD), ("clock", WORD), ("skew_s", REAL)]
    columns += [("held", LONG), ("dropped", LONG), ("received_at", TIME)]
    return table(columns, [_device(h, at) for h in heard])


def _device(heard: Heard, at: float) -> tuple[Any, ...]:
    said = heard.said
    assert isinstance(said, Status)
    # A will was written at connect and a retained message is old: neither says anything about the clock, and
    # a retained one nothing about now.
    fresh = not heard.retain and said.state == "online"
    skew = round(at - said.at.timestamp(), 1) if fresh else None
    received = said.at if heard.retain else moment(at)
    first = (heard.site, heard.device, said.state, said.at, said.epoch, said.version, said.level, said.plan)
    return (*first, said.clock, skew, said.held, said.counters.get("dropped"), received)


def _sensors(heard: list[Heard]) -> pa.Table:
    columns = [("site", WORD), ("device", WORD), ("sensor", WORD), ("kind", WORD), ("state", WORD), ("seen", TIME)]
    rows = [
        (h.site, h.device, s.id, s.kind, s.state, s.seen)
        for h in heard
        if isinstance(h.said, Status)
        for s in h.said.sensors
    ]
    return table(columns, rows)


def _places(heard: list[Heard]) -> pa.Table:
    columns = [("site", WORD), ("device", WORD), ("place", WORD), ("kind", WORD), ("role", WORD), ("sensor", WORD)]
    columns += [
        ("promise_s", LONG),
        ("area_m2", REAL),
        ("outline_m", pa.list_(pa.list_(REAL))),
        ("current", pa.bool_()),
    ]
    rows = [
        (h.site, h.device, p.id, p.kind, p.role, p.sensor, p.promise_s, p.area_m2, p.outline_m, True)
        for h in heard
        if isinstance(h.said, Status)
        for p in h.said.places
    ]
    return table(columns, rows)


def cursor_rows(found: pa.Table) -> dict[Source, Cursor]:
    """The cursors in rows of ingest_cursor."""
    return {
        (row["site"], row["device"], row["epoch"]): Cursor(
            row["upto"], row["islands"], int(row["last_end"].timestamp()) if row["last_end"] else 0, stored=True
        )
        for row in found.to_pylist()
    }
