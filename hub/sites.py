"""A shop as the hub's settings name it, and how its local time divides a stretch of UTC."""

import functools
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Annotated, NamedTuple
from zoneinfo import ZoneInfo

from msgspec import Meta, Struct

from edge.measure.days import business_day, day_start
from edge.values import Name

BUCKET_S = 900
Clock = Annotated[str, Meta(pattern=r"^([01][0-9]|2[0-3]):[0-5][0-9]$")]
Cutover = Annotated[str, Meta(pattern=r"^([01][0-9]|2[0-3]):(00|15|30|45)$")]


class Site(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A shop: its local time, the hour at which its day changes, its opening hours, and a notice for readers.

    `closes` before `opens` means that it closes after midnight; both equal means that it never closes. `country` (and
    its `subdivision`) are ISO 3166 codes, for the public holidays; without them there are none.
    """

    id: Name
    name: Annotated[str, Meta(min_length=1, max_length=80)]
    timezone: str
    day_starts: Cutover = "04:00"
    opens: Clock = "09:00"
    closes: Clock = "20:00"
    notice: Annotated[str, Meta(max_length=200)] | None = None
    country: Annotated[str, Meta(pattern=r"^[A-Z]{2}$")] | None = None
    subdivision: Annotated[str, Meta(pattern=r"^[A-Z0-9]{1,6}$")] | None = None


class Bucket(NamedTuple):
    """A quarter hour of UTC as the site sees it; `slot` is minutes on the wall since the day's cutover."""

    start: int
    end: int
    day: date
    minute: int
    slot: int
    hour: int
    open: bool


@functools.lru_cache(maxsize=16_384)
def local(at: int, timezone: str, day_starts: str) -> tuple[date, int]:
    """(business day, local minutes since 00:00) of a moment in Unix seconds."""
    wall = datetime.fromtimestamp(at, ZoneInfo(timezone))
    return business_day(at, timezone, day_starts), wall.hour * 60 + wall.minute


def buckets(site: Site, start: float, end: float) -> Iterator[Bucket]:
    """The quarter hours of UTC that begin in [start, end), in order; `hour` is when the local hour began.

    Quarter hours fit every zone there is, also those at +5:30 and +5:45; a day has 92, 96 or 100 of them.
    """
    cutover, opens, closes = (_minutes(text) for text in (site.day_starts, site.opens, site.closes))
    span = (closes - opens) % 1440 or 1440
    for at in range(-(-int(start) // BUCKET_S) * BUCKET_S, int(-(-end // 1)), BUCKET_S):
        day, minute = local(at, site.timezone, site.day_starts)
        hour = at - minute % 60 * 60
        yield Bucket(at, at + BUCKET_S, day, minute, (minute - cutover) % 1440, hour, (minute - opens) % 1440 < span)


def today(site: Site, at: float) -> tuple[date, float, float]:
    """(business day, its start, its end) at a moment; in Unix seconds."""
    day = business_day(at, site.timezone, site.day_starts)
    return (day, *day_span(site, day))


def day_span(site: Site, day: date) -> tuple[float, float]:
    """[start, end) of a business day in Unix seconds."""
    start = day_start(day, site.timezone, site.day_starts)
    return start, day_start(day + timedelta(days=1), site.timezone, site.day_starts)


def moment(at: float) -> datetime:
    """A Unix time as a UTC datetime, to the microsecond."""
    return datetime.fromtimestamp(at, UTC)


def _minutes(text: str) -> int:
    return int(text[:2]) * 60 + int(text[3:])
