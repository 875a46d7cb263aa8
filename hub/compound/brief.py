"""The question `brief`: at most three findings of a day, and three of the week that ends with it, or nothing."""

from collections.abc import Iterable, Iterator
from datetime import timedelta
from typing import Any, NamedTuple

import msgspec
import numpy as np
import pyarrow as pa

from hub.compound import brief_floor, brief_health, brief_voice
from hub.compound.hours import hours_of
from hub.compound.inquiry import Inquiry
from hub.insight.day_series import WEEKS, of_the_day, of_the_week
from hub.insight.findings import Candidate, Finding, findings
from hub.sites import day_span

_TIME = pa.timestamp("us", tz="UTC")
ROWS = pa.schema(
    [
        *(("span", pa.string()), ("rank", pa.int64()), ("code", pa.string()), ("place", pa.string())),
        *(("start", _TIME), ("end", _TIME)),
        *((name, pa.float64()) for name in ("effect", "low", "high")),
        *(("unit", pa.string()), ("usual", pa.float64()), ("certainty", pa.float64()), ("n", pa.int64())),
        *(("coverage", pa.float64()), ("try", pa.string()), ("evidence", pa.string())),
    ]
)


class _Span(NamedTuple):
    name: str
    start: float
    end: float


def answer(inquiry: Inquiry) -> pa.Table:
    """The findings of the business day `day` and of the seven days that end with it, the most important first.

    No rows where nothing stands out, and where the day is not over. Each finding passed its test after all that was
    looked at in its span was taken into account; `certainty` is 1 less its adjusted chance, 1 for a fact.
    """
    site, day = inquiry.site, inquiry.values["day"]
    start, end = day_span(site, day)
    if end > inquiry.at:
        return ROWS.empty_table()
    hours = hours_of(site, day - timedelta(days=7 * (WEEKS + 1) - 1), 7 * (WEEKS + 1))
    floor = brief_floor.read(inquiry, site, hours)
    health = brief_health.read(inquiry, site, hours, floor.queues)
    faults = list(brief_health.faults(inquiry, site, start, end))
    # A sick sensor miscounts visitors: then these are no finding of their own.
    of_day = [one for one in of_the_day(floor.days) if not (faults and one.evidence == "now")]
    week_start = day_span(site, day - timedelta(days=6))[0]
    of_week = [*of_the_week(floor.days), *brief_floor.understaffed_hours(inquiry, site, hours, floor)]
    of_week += brief_voice.candidates(inquiry, site, day)
    of_day += [*faults, *brief_health.lost(health, 1)]
    of_week += brief_health.lost(health, 7)
    rows = [
        *_rows(_Span("day", start, end), of_day, health.share(1)),
        *_rows(_Span("week", week_start, end), of_week, health.share(7)),
    ]
    return pa.Table.from_pylist(rows, schema=ROWS)


def _rows(span: _Span, candidates: Iterable[Candidate], coverage: float | None) -> Iterator[dict[str, Any]]:
    for rank, found in enumerate(findings(list(candidates)), start=1):
        yield _row(span, rank, found, coverage)


def _row(span: _Span, rank: int, found: Finding, coverage: float | None) -> dict[str, Any]:
    told = msgspec.structs.asdict(found.candidate)
    row = {name: told[name] for name in ROWS.names if name in told}
    row |= {"span": span.name, "rank": rank, "certainty": found.certainty, "try": told["advice"]}
    row["coverage"] = told["coverage"] if told["coverage"] is not None else coverage
    for name, otherwise in (("start", span.start), ("end", span.end)):
        row[name] = round((told[name] if told[name] is not None else otherwise) * 1e6)
    return {
        name: None if isinstance(value, float) and not np.isfinite(value) else value for name, value in row.items()
    }
