"""The named questions: what each may be asked with, the calendar it joins, and what is done to its rows."""

import functools
from collections.abc import Callable, Iterable, Mapping
from datetime import date, timedelta
from typing import Any, NamedTuple

import msgspec
import pyarrow as pa

from hub.compound.inquiry import Inquiry
from hub.compound.listed import COMPOUND
from hub.insight import driver_rows, durations, floor, queue_totals, tagged, tallies, visit_length, words
from hub.serve import parameters
from hub.serve.parameters import BadQuestion, Values
from hub.sites import Bucket, Site, buckets, day_span, moment, today
from hub.storage.rows import TIME, table

WEEKS, WEEK = 8, 7
SETTLED_S = 60  # a window is on its way for about that long after its end

_Calendar = Callable[[Site, Values], pa.Table]


class Question(NamedTuple):
    """`about` says what one row is; `needs` are its required parameters, `optional` the others; `calendar` gives the
    quarter hours, or the days, it joins as `bucket`; `longest_s` is the longest period it may be asked for.
    `verbatim`: its rows are what single people wrote, so that a token needs a right of its own for it. `make`: it is
    made from other questions, and has no SQL of its own; the answer may be given again for `keep_s` seconds.
    """

    about: str
    needs: tuple[str, ...]
    calendar: _Calendar | None = None
    finish: Callable[[pa.Table], pa.Table] = lambda table: table
    longest_s: int = 800 * 86_400
    verbatim: bool = False
    optional: tuple[str, ...] = ()
    make: Callable[[Inquiry], pa.Table] | None = None
    keep_s: float = 0.0


def _period(site: Site, values: Values) -> pa.Table:
    return bucket_table(buckets(site, values["start"].timestamp(), values["end"].timestamp()))


def _whole_days(site: Site, values: Values) -> pa.Table:
    """The business days that the period touches and the week before them: a day's drift is known when it is over."""
    first, _, _ = today(site, values["start"].timestamp())
    _, _, end = today(site, values["end"].timestamp() - 1.0)
    return bucket_table(buckets(site, day_span(site, first - timedelta(days=WEEK))[0], end))


def _days_and_weeks_before(site: Site, values: Values) -> pa.Table:
    """The quarter hours of the business days that begin in the period, and of the four weeks before the first."""
    found = _days(site, values)
    if not found.num_rows:
        return bucket_table(())
    first, _ = day_span(site, found["day"][0].as_py() - timedelta(weeks=4))
    _, last = day_span(site, found["day"][-1].as_py())
    return bucket_table(buckets(site, first, last))


def _same_weekdays(site: Site, values: Values) -> pa.Table:
    days = [day_span(site, values["day"] - timedelta(weeks=week)) for week in range(WEEKS, 0, -1)]
    return bucket_table(bucket for day in days for bucket in buckets(site, *day))


def _days(site: Site, values: Values) -> pa.Table:
    """The business days that begin in the period."""
    start, end = values["start"].timestamp(), values["end"].timestamp()
    day, begins, ends = today(site, start)
    found = []
    while begins < end:
        if begins >= start:
            found.append((day, round(begins * 1e6), round(ends * 1e6)))
        day += timedelta(days=1)
        begins, ends = day_span(site, day)
    return table([("day", pa.date32()), ("start_at", TIME), ("end_at", TIME)], found)


def _hours_of_days(site: Site, values: Values) -> pa.Table:
    """The quarter hours of the business days that begin in the period."""
    found = _days(site, values)
    if not found.num_rows:
        return bucket_table(())
    first, _ = day_span(site, found["day"][0].as_py())
    _, last = day_span(site, found["day"][-1].as_py())
    return bucket_table(buckets(site, first, last))


_SPAN = ("site", "start", "end")
QUESTIONS: Mapping[str, Question] = {
    "sites": Question("a site of the token, with its business day now", ()),
    "devices": Question("a device", ("site",)),
    "sensors": Question("a sensor", ("site",)),
    "places": Question("a place watched now", ("site",)),
    "outlines": Question("a place watched now as it lies on the floor, in metres", ("site",)),
    "visitors": Question("a quarter hour over all doors; entries null where nothing was measured", _SPAN, _period),
    "days": Question(
        "a business day over all doors that begins in the period; entries null where nothing was measured",
        _SPAN,
        _days,
        lambda table: table.drop_columns(["site"]),
        longest_s=4000 * 86_400,
    ),
    "occupancy": Question("a quarter hour: people in the store at its end", _SPAN, _whole_days),
    "usual": Question(
        "a quarter hour of this weekday: p10, p50, p90 of the up to 8 weeks before", ("site", "day"), _same_weekdays
    ),
    "load": Question("a 15-minute window of a zone or queue that begins in the period", _SPAN),
    "queue_totals": Question(
        "a queue: who joined, was served and left unserved, and how fast tills served",
        _SPAN,
        None,
        queue_totals.totals,
    ),
    "stays": Question(
        "a published window of dwell, wait, service or left that ends in the period", _SPAN, None, durations.stays
    ),
    "waits": Question("those windows pooled by place and kind", _SPAN, None, durations.waits),
    "flows": Question("a way from one place to the next on a local day that begins in the period", _SPAN),
    "heat": Question("a cell of a camera's floor on a local day that begins in the period", _SPAN, None, floor.cells),
    "visit_length": Question(
        "a business day that begins in the period: how long visits last by the doors, and by tags",
        _SPAN,
        _days_and_weeks_before,
        visit_length.lengths,
    ),
    "tag_share": Question("a radio sensor: which share of visitors carries a tag", _SPAN, None, tagged.shares),
    "camera_recall": Question(
        "a radio sensor: which share of visitors the doors' cameras count", _SPAN, None, tagged.recalls
    ),
    "coverage": Question("a place and local hour: share of the time that was looked at", _SPAN, _period),
    "scores": Question("a score of the period with its interval and distribution", _SPAN, None, tallies.finish),
    "score_by_wait": Question("NPS in a band of waiting time", _SPAN, None, tallies.finish),
    "drivers": Question("what one unit more of a condition goes with in NPS", _SPAN, None, driver_rows.effects),
    "words": Question("a word that at least 5 comments hold", _SPAN, None, words.words),
    "themes": Question("a theme that at least 5 comments hold", _SPAN, None, words.themes),
    "comments": Question("a comment, masked; only with a token that may read comments", _SPAN, verbatim=True),
    "sales": Question("a business day of the tills, with conversion and other ratios of sums", _SPAN, _hours_of_days),
    "sales_hours": Question("a local hour of the tills beside the doors", _SPAN, _hours_of_days),
    "cards": Question("a week of loyalty cards", _SPAN),
    "gaps": Question("messages that never came", _SPAN),
    "quarantine": Question("a reason why messages were set aside", ("site",)),
    "alerts": Question("an alert, those that are open first", ("site",)),
    "documents": Question(
        "what people wrote: the newest version of each document of a kind, as JSON text",
        ("site", "kind"),
        optional=("history",),
    ),
    **{
        name: Question(
            one.about,
            one.needs,
            longest_s=one.longest_s,
            optional=one.optional,
            make=one.make,
            keep_s=one.keep_s,
        )
        for name, one in COMPOUND.items()
    },
}


def parse(name: str, raw: Iterable[tuple[str, str]]) -> Values:
    """The typed parameters of a question from the text of a request; BadQuestion names the one that is wrong."""
    if name not in QUESTIONS:
        raise KeyError(name)
    values = parameters.read(QUESTIONS[name].needs, QUESTIONS[name].optional, raw)
    longest = QUESTIONS[name].longest_s
    if "start" in values and not 0 < (values["end"] - values["start"]).total_seconds() <= longest:
        raise BadQuestion(f"end: after start, and at most {longest // 86_400} days later")
    return values


def bound(values: Values, site: Site | None, at: float) -> Values:
    """The parameters as its SQL takes them: with `now` (what is over by then should have arrived) and `open_s`."""
    open_s = _open_s(_clock(site), today(site, at)[0]) if site else 0
    return {"history": False, **values, "now": moment(at - SETTLED_S), "open_s": open_s}


@functools.lru_cache(maxsize=64)
def _open_s(site: Site, day: date) -> int:
    return sum(900 for bucket in buckets(site, *day_span(site, day)) if bucket.open)


def span(site: str, start: float, end: float) -> Values:
    """A site and a period in Unix seconds as parameters."""
    return {"site": site, "start": moment(start), "end": moment(end)}


def calendar(question: str, site: Site, values: Values) -> pa.Table | None:
    """The quarter hours or days a question joins, the same table for all sites that share them; None where none."""
    make = QUESTIONS[question].calendar if question in QUESTIONS else None
    times = tuple((key, values[key]) for key in ("start", "end", "day") if key in values)
    return None if make is None else _made(make, _clock(site), times)


# Readers ask about the same few periods again and again. The largest, of 800 days, has 2.5 MB.
@functools.lru_cache(maxsize=32)
def _made(make: _Calendar, site: Site, times: tuple[tuple[str, Any], ...]) -> pa.Table:
    return make(site, dict(times))


def _clock(site: Site) -> Site:
    """A site of which only its local time and opening hours are left, so that all shops that share them are one."""
    return msgspec.structs.replace(site, id="any", name="any", notice=None)


def bucket_table(found: Iterable[Bucket]) -> pa.Table:
    """Quarter hours as an Arrow table."""
    columns = list(zip(*found, strict=True)) or [()] * len(Bucket._fields)
    starts, ends, days, minutes, slots, hours, opens = columns
    return pa.table(
        {
            "start_at": _times(starts),
            "end_at": _times(ends),
            "day": pa.array(days, pa.date32()),
            "minute": pa.array(minutes, pa.int16()),
            "slot": pa.array(slots, pa.int16()),
            "hour_at": _times(hours),
            "open": pa.array(opens, pa.bool_()),
        }
    )


def with_days(found: pa.Table, allowed: Mapping[str, Site], at: float) -> pa.Table:
    """The sites that may be read, each with its business day now and where that starts and ends."""
    rows = [row for row in found.to_pylist() if row["site"] in allowed]
    days = [today(allowed[row["site"]], at) for row in rows]
    plain = pa.Table.from_pylist(rows, schema=found.schema)
    return (
        plain.append_column("day", pa.array([day for day, _, _ in days], pa.date32()))
        .append_column("day_start", _times([round(start) for _, start, _ in days]))
        .append_column("day_end", _times([round(end) for _, _, end in days]))
    )


def _times(seconds: Iterable[int]) -> pa.Array:
    return pa.array([at * 1_000_000 for at in seconds], TIME)
