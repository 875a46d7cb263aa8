"""The question `count_check`: what a person counted at a door beside what the sensor told of the same windows."""

import json
from collections.abc import Iterable
from datetime import UTC, datetime
from itertools import pairwise
from typing import Any, NamedTuple

import pyarrow as pa

from hub.compound.inquiry import Inquiry
from hub.insight.audit_count import Error, Pair, error_of

WINDOW_S, WHOLE, LATE_S = 300, 0.9, 900
_TIME = pa.timestamp("us", tz="UTC")
ROWS = pa.schema(
    [
        *((name, pa.string()) for name in ("id", "device", "place")),
        *(("start", _TIME), ("end", _TIME), ("way", pa.string()), ("counts", pa.int64())),
        *((name, pa.int64()) for name in ("counted", "measured")),
        *((name, pa.float64()) for name in ("error", "low", "high", "factor", "factor_low", "factor_high")),
        *(("verdict", pa.string()), ("reason", pa.string())),
    ]
)


class Count(NamedTuple):
    """A person's count of a line in whole windows of 5 minutes."""

    id: str
    device: str
    place: str
    start: datetime
    end: datetime
    entries: int
    exits: int


def answer(inquiry: Inquiry) -> pa.Table:
    """A row a count that begins in the period and way (entries, exits), and, without id, one a door and way of all
    that can be compared. `reason` says why one cannot: coming, withheld, unmeasured, partly, borders.
    """
    counts = counts_of(inquiry.ask("documents", inquiry.site, kind="count").to_pylist())
    start, end = inquiry.values["start"], inquiry.values["end"]
    mine = [count for count in counts if start <= count.start < end]
    if not mine:
        return ROWS.empty_table()
    given = {"site": inquiry.site.id, "start": min(one.start for one in mine), "end": max(one.end for one in mine)}
    windows = inquiry.rows("count_windows", given).to_pylist()
    return pa.Table.from_pylist(compared(mine, windows, inquiry.at), schema=ROWS)


def counts_of(documents: Iterable[dict[str, Any]]) -> list[Count]:
    """The counts among documents, oldest first."""
    found = []
    for row in documents:
        said = json.loads(row["body"])
        start, end = (datetime.fromisoformat(said[name]).astimezone(UTC) for name in ("start", "end"))
        found.append(Count(row["id"], said["device"], said["place"], start, end, said["entries"], said["exits"]))
    return sorted(found, key=lambda count: (count.start, count.id))


def compared(counts: list[Count], windows: list[dict[str, Any]], at: float) -> list[dict[str, Any]]:
    """The rows of the answer, by the windows (device, place, start, end, observed_s, withheld, entries, exits)."""
    told = {(row["device"], row["place"], row["start"], row["end"]): row for row in windows}
    rows, pairs = [], dict[tuple[str, str, str], list[Pair]]()
    for count in counts:
        mine, reason = _windows(count, told, at)
        for way in ("entries", "exits"):
            counted, measured = getattr(count, way), None
            if reason is None:
                measured = sum(row[way] for row in mine)
                pairs.setdefault((count.device, count.place, way), []).append(Pair(counted, measured))
            rows.append(_one(count, way, counted, measured, reason))
    rows += [_pooled(*key, found) for key, found in sorted(pairs.items())]
    return rows


def _windows(count: Count, told: dict[Any, dict[str, Any]], at: float) -> tuple[list[dict[str, Any]], str | None]:
    first, last = round(count.start.timestamp()), round(count.end.timestamp())
    if first % WINDOW_S or last % WINDOW_S or first >= last:
        return [], "borders"
    marks = [datetime.fromtimestamp(mark, UTC) for mark in range(first, last + 1, WINDOW_S)]
    found = [told.get((count.device, count.place, start, end)) for start, end in pairwise(marks)]
    mine = [row for row in found if row is not None]
    if len(mine) < len(found):
        return [], "coming" if at < last + LATE_S else "unmeasured"
    if any(row["withheld"] for row in mine):
        return [], "withheld"
    if any(row["entries"] is None or row["exits"] is None for row in mine):
        return [], "unmeasured"
    if any(row["observed_s"] < WHOLE * WINDOW_S for row in mine):
        return [], "partly"
    return mine, None


def _one(count: Count, way: str, counted: int, measured: int | None, reason: str | None) -> dict[str, Any]:
    row = {"id": count.id, "device": count.device, "place": count.place, "start": count.start, "end": count.end}
    row |= {"way": way, "counts": 1, "counted": counted, "measured": measured, "reason": reason}
    return row | (_figures(error_of([Pair(counted, measured)])) if measured is not None else {})


def _pooled(device: str, place: str, way: str, pairs: list[Pair]) -> dict[str, Any]:
    row = {"device": device, "place": place, "way": way, "counts": len(pairs)}
    row |= {"counted": sum(pair.counted for pair in pairs), "measured": sum(pair.measured for pair in pairs)}
    return row | _figures(error_of(pairs))


def _figures(found: Error | None) -> dict[str, Any]:
    return {"verdict": "nobody"} if found is None else found._asdict()
