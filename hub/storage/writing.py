"""What a batch of messages changes in the database: statements over Arrow tables, inside the caller's transaction.

Nothing here begins or ends a transaction, so that values, losses, quarantine and cursor stand or fall together.
"""

from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

import pyarrow as pa

from edge.messages import Window
from edge.values import Count
from hub.intake.cursors import Cursor
from hub.intake.sorting import Batch, Lost, Source
from hub.sites import Site, moment
from hub.storage import daily, quarantine
from hub.storage.daily import Done
from hub.storage.quarantine import Shelf
from hub.storage.rollup import Front, Line, Quarter, keys_table, sums_table
from hub.storage.rows import LONG, TIME, WORD, spread, table, values_table
from hub.storage.statements import add, append, run
from hub.storage.statuses import take, take_epochs

_MOVE_CURSOR = """
UPDATE ingest_cursor SET upto = incoming.upto, islands = incoming.islands, last_end = incoming.last_end,
    received_at = incoming.received_at
FROM incoming WHERE ingest_cursor.site = incoming.site AND ingest_cursor.device = incoming.device
AND ingest_cursor.epoch = incoming.epoch
"""
_CLEAR_FIRST = """
DELETE FROM first_count USING incoming
WHERE first_count.site = incoming.site AND first_count.device = incoming.device AND first_count.place = incoming.place
"""


class Known(NamedTuple):
    """What is known of the stored counts without a look at them: where each line begins (Unix seconds) and how far it
    has come, and how far each site's days have.
    """

    first: dict[Line, int]
    front: Front
    done: Done


def write(
    connection: Any,
    batch: Batch,
    cursors: Mapping[Source, Cursor],
    sites: Mapping[str, Site],
    at: float,
    sql: Mapping[str, str],
    known: Known | None,
    shelf: Shelf | None,
) -> None:
    """Write everything in the batch, received `at`; `sql` holds the texts of the files beside this one.

    `known` may be None only where the batch has no windows, `shelf` where it has nothing to set aside.
    """
    if known:
        add_windows(connection, batch.windows, sites, at, sql, known)
    if batch.statuses:
        take(connection, batch.statuses, at, sql)
    if batch.epochs:
        take_epochs(connection, batch.epochs)
    if batch.lost:
        add(connection, "gap", _lost(batch.lost, at))
    if batch.bad and shelf:
        quarantine.set_aside(connection, shelf, batch.bad, at)
        quarantine.count(connection, shelf, batch.bad, at)
    _move_cursors(connection, {source: cursors[source] for source in sorted(batch.touched)}, at)


def add_windows(
    connection: Any,
    windows: Iterable[Window],
    sites: Mapping[str, Site],
    at: float,
    sql: Mapping[str, str],
    known: Known,
) -> None:
    """Append the values of these windows, bring the quarter hours they touch up to date, and take back the finished
    days that they touch.
    """
    found = spread(windows, sites)
    for kind, rows in found.items():
        append(connection, *values_table(kind, rows, at))
    division = known.front.divide(found.get(Count, []))
    if division.begun:
        append(connection, "count_15", sums_table(division.begun, sites))
    if division.grown:
        _in_span(connection, [sql["rollup_grow"]], division.grown, sums_table(division.grown, sites))
    if division.again:
        again = keys_table(division.again, sites)
        _in_span(connection, [sql["rollup_clear"], sql["rollup_fill"]], division.again, again)
    _move_first(connection, known.first, (*division.begun, *division.again))
    if days := known.done.touched(division, sites):
        daily.reopen(connection, days)


def _move_first(connection: Any, first: dict[Line, int], quarters: Iterable[Quarter]) -> None:
    earlier: dict[Line, int] = {}
    for line, start in quarters:
        if start < earlier.get(line, first.get(line, start + 1)):
            earlier[line] = start
    if earlier:
        first.update(earlier)
        columns = [("site", WORD), ("device", WORD), ("place", WORD), ("start_at", TIME)]
        rows = table(columns, [(*line, moment(start)) for line, start in earlier.items()])
        run(connection, [_CLEAR_FIRST], rows)
        append(connection, "first_count", rows)


def _in_span(connection: Any, statements: list[str], quarters: Iterable[Quarter], rows: pa.Table) -> None:
    starts = [start for _, start in quarters]
    run(connection, statements, rows, {"low": moment(min(starts)), "high": moment(max(starts))})


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


def cursor_rows(found: pa.Table) -> dict[Source, Cursor]:
    """The cursors in rows of ingest_cursor."""
    return {
        (row["site"], row["device"], row["epoch"]): Cursor(
            row["upto"], row["islands"], int(row["last_end"].timestamp()) if row["last_end"] else 0, stored=True
        )
        for row in found.to_pylist()
    }
