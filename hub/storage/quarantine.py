"""Messages that cannot be taken: the newest of them up to a cap, and how often each reason occurred in all."""

import re
from collections import Counter
from collections.abc import Iterable
from typing import Any

import pyarrow as pa

from hub.intake.sorting import Bad
from hub.sites import moment
from hub.storage.rows import INT, LONG, TIME, WORD, table
from hub.storage.statements import append, run

_MOST, _MOST_BYTES = 20_000, 200_000_000
# Room is made for a tenth of the cap at once: a look at all that lies there is not for every batch.
_SPARE = 10

_Kind = tuple[str | None, str]  # site, reason

LIST = "SELECT received_at, size, topic, reason FROM quarantine ORDER BY received_at, rowid"
_COLUMNS = [("received_at", TIME), ("topic", WORD), ("site", WORD), ("device", WORD), ("reason", WORD)]
_COLUMNS = [*_COLUMNS, ("size", INT), ("payload", pa.binary())]
_HELD = "SELECT count(*), coalesce(sum(size), 0) FROM quarantine"
_MAKE_ROOM = """
DELETE FROM quarantine WHERE rowid IN (
    SELECT id FROM (
        SELECT rowid AS id, row_number() OVER newest AS turn, sum(size) OVER newest AS total FROM quarantine
        WINDOW newest AS (ORDER BY received_at DESC, rowid DESC ROWS UNBOUNDED PRECEDING)
    ) AS ranked WHERE turn > $rows OR total > $bytes)
"""
_TAKE_OFF = "DELETE FROM quarantine WHERE rowid IN (SELECT id FROM incoming)"
_COUNT = """
UPDATE quarantine_tally SET n = quarantine_tally.n + incoming.n, last = incoming.last FROM incoming
WHERE quarantine_tally.site IS NOT DISTINCT FROM incoming.site AND quarantine_tally.reason = incoming.reason
"""


class Shelf:
    """What lies there, known without a look: how many messages and bytes, and the kinds that have been counted."""

    def __init__(self, n: int, size: int, kinds: Iterable[_Kind]) -> None:
        self.n, self.size, self.kinds = n, size, set(kinds)


def read_shelf(connection: Any) -> Shelf:
    """What lies there as the database says."""
    ((n, size),) = connection.execute(_HELD).fetchall()
    return Shelf(n, size, connection.execute("SELECT site, reason FROM quarantine_tally").fetchall())


def set_aside(connection: Any, shelf: Shelf, bad: list[Bad], at: float) -> None:
    """Keep messages received `at`, inside the caller's transaction; the oldest go where the cap would be passed.

    Never more than the cap lies there after it, as long as `bad` alone is within that (a batch is).
    """
    size = sum(len(b.payload) for b in bad)
    if shelf.n + len(bad) > _MOST or shelf.size + size > _MOST_BYTES:
        kept = {"rows": _MOST - _MOST // _SPARE - len(bad), "bytes": _MOST_BYTES - _MOST_BYTES // _SPARE - size}
        connection.execute(_MAKE_ROOM, kept)
        ((shelf.n, shelf.size),) = connection.execute(_HELD).fetchall()
    when = moment(at)
    rows = [(when, b.topic, b.site, b.device, b.reason, len(b.payload), b.payload) for b in bad]
    append(connection, "quarantine", table(_COLUMNS, rows))
    shelf.n, shelf.size = shelf.n + len(bad), shelf.size + size


def count(connection: Any, shelf: Shelf, bad: list[Bad], at: float) -> None:
    """Count these messages by site and reason for good: a reason stays known when its messages are gone."""
    tally = Counter((b.site, re.sub(r"\[\d+\]", "[]", b.reason)) for b in bad)
    known = [(*kind, n, moment(at)) for kind, n in tally.items() if kind in shelf.kinds]
    new = [(*kind, n, moment(at)) for kind, n in tally.items() if kind not in shelf.kinds]
    columns = [("site", WORD), ("reason", WORD), ("n", LONG), ("last", TIME)]
    if known:
        run(connection, [_COUNT], table(columns, known))
    if new:
        append(connection, "quarantine_tally", table(columns, new))
        shelf.kinds |= tally.keys()


def held(connection: Any) -> list[dict[str, Any]]:
    """What lies there, oldest first, each with its `id` inside this transaction."""
    found = connection.sql("SELECT rowid AS id, topic, payload FROM quarantine ORDER BY received_at, rowid")
    return list(found.to_arrow_table().to_pylist())


def take_off(connection: Any, ids: Iterable[int]) -> None:
    """Remove the messages of these ids; the others keep their age."""
    run(connection, [_TAKE_OFF], table([("id", LONG)], [(id_,) for id_ in ids]))


def drop(connection: Any) -> int:
    """Throw away what lies there, but not the count of reasons; how many messages that were."""
    ((gone,),) = connection.execute("DELETE FROM quarantine").fetchall()
    return int(gone)
