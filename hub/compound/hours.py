"""Local hours: the calendar of a stretch of days, and the people who came in by hour."""

import functools
from datetime import UTC, date, datetime, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

import msgspec
import numpy as np
import pyarrow as pa

from hub.compound.inquiry import Inquiry
from hub.insight.forecast import History, Hours
from hub.sites import Site, day_span, moment, today
from hub.storage.rows import TIME, table

SURE = 0.9  # the share of an hour that must have been looked at for its count to be compared with others


class Hour(NamedTuple):
    """An hour of the shop's clock: [start, end) in Unix seconds, its business day, the hour on the wall, and whether
    the shop is open in some of it.
    """

    start: float
    end: float
    day: date
    hour: int
    open: bool


def hours_of(site: Site, first: date, days: int) -> tuple[Hour, ...]:
    """The hours of `days` business days, in order. The clocks' change makes one twice, or leaves one out."""
    return _hours_of(msgspec.structs.replace(site, id="any", name="any", notice=None), first, days)


@functools.lru_cache(maxsize=64)
def _hours_of(site: Site, first: date, days: int) -> tuple[Hour, ...]:
    zone, opens, closes = ZoneInfo(site.timezone), _minutes(site.opens), _minutes(site.closes)
    span = (closes - opens) % 1440 or 1440
    found = []
    for n in range(days):
        day = first + timedelta(days=n)
        at, end = day_span(site, day)
        while at < end:
            wall = datetime.fromtimestamp(at, UTC).astimezone(zone)
            upto = min(at + 3600 - wall.minute * 60, end)
            since = (wall.hour * 60 - opens) % 1440
            found.append(Hour(at, upto, day, wall.hour, since < span or since > 1440 - 60))
            at = upto
    return tuple(found)


def doors(inquiry: Inquiry, site: Site, first: date, days: int) -> dict[tuple[str, str], tuple[Hours, Hours, Hours]]:
    """Of each door (device, place) that was one in these days: people, seconds looked at and seconds due, by business
    day and hour on the wall. Each (days, 24); people nan where nothing was measured, seconds 0 where none was due.
    """
    hours = hours_of(site, first, days)
    given = {"site": site.id, "start": moment(hours[0].start), "end": moment(hours[-1].end)}
    rows = inquiry.rows("door_hours", given, _table(hours))
    names = list(zip(*(rows[key].to_pylist() for key in ("device", "place")), strict=True))
    day = np.asarray(rows["day"].cast(pa.int32())) - (first - date(1970, 1, 1)).days
    hour = np.asarray(rows["hour"].cast(pa.int64()))
    columns = [rows[key].to_numpy(zero_copy_only=False) for key in ("entries", "observed_s", "due_s")]
    found: dict[tuple[str, str], tuple[Hours, Hours, Hours]] = {}
    for name in sorted(set(names)):
        mine = np.array([other == name for other in names])
        people, looked, due = np.full((days, 24), np.nan), np.zeros((days, 24)), np.zeros((days, 24))
        for into, column in zip((people, looked, due), columns, strict=True):
            into[day[mine], hour[mine]] = column[mine]
        found[name] = people, looked, due
    return found


def counted(inquiry: Inquiry, site: Site, first: date, days: int) -> tuple[Hours, Hours]:
    """People through all doors of a site by business day and hour on the wall, and the share of the hour looked at.

    Both (days, 24), nan where no door was expected or nothing was measured.
    """
    people, coverage = np.full((days, 24), np.nan), np.full((days, 24), np.nan)
    found = list(doors(inquiry, site, first, days).values())
    if found:
        looked, due = (np.sum([one[i] for one in found], axis=0) for i in (1, 2))
        some = np.any([np.isfinite(one[0]) for one in found], axis=0)
        people[some] = np.nansum([one[0] for one in found], axis=0)[some]
        coverage[due > 0] = np.minimum(looked[due > 0] / due[due > 0], 1.0)
    return people, coverage


def days_table(site: Site, start: float, end: float) -> pa.Table:
    """The business days that begin in [start, end), as a calendar: day, start_at, end_at."""
    day = today(site, start)[0]
    day += timedelta(days=day_span(site, day)[0] < start)
    found = []
    while (begins := day_span(site, day)[0]) < end:
        day += timedelta(days=1)
        found.append((day - timedelta(days=1), round(begins * 1e6), round(day_span(site, day)[0] * 1e6)))
    return table([("day", pa.date32()), ("start_at", TIME), ("end_at", TIME)], found)


def hours_over(inquiry: Inquiry) -> tuple[Hour, ...]:
    """The hours of the business days that begin in the period asked about and are over; none where there are none."""
    start, end = (inquiry.values[key].timestamp() for key in ("start", "end"))
    found = days_table(inquiry.site, start, end).to_pylist()
    days = sum(row["end_at"].timestamp() <= inquiry.at for row in found)
    return hours_of(inquiry.site, found[0]["day"], days) if days else ()


def history(inquiry: Inquiry, site: Site, end: date, days: int) -> History:
    """What is sure of the up to `days` days before `end`, from the first that somebody looked at; it may be empty."""
    first = end - timedelta(days=days)
    people, coverage = counted(inquiry, site, first, days)
    looked = np.flatnonzero((coverage > 0).any(axis=1))
    begins = int(looked[0]) if len(looked) else days
    # Noise at level dp can bring a count below zero.
    sure = np.where(coverage >= SURE, np.maximum(people, 0.0), np.nan)
    return History(first + timedelta(days=begins), sure[begins:])


def _table(hours: tuple[Hour, ...]) -> pa.Table:
    starts, ends, days, walls, _ = zip(*hours, strict=True)
    return pa.table(
        {
            "start_at": pa.array([round(at * 1e6) for at in starts], TIME),
            "end_at": pa.array([round(at * 1e6) for at in ends], TIME),
            "day": pa.array(days, pa.date32()),
            "hour": pa.array(walls, pa.int64()),
        }
    )


def _minutes(text: str) -> int:
    return int(text[:2]) * 60 + int(text[3:])
