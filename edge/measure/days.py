"""The site's local day: where it starts and ends, with its cutover hour and its days of 23 and 25 hours."""

from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

_QUARTER = timedelta(minutes=15)  # the clocks change on a quarter of an hour, and so may a day


def business_day(at: float, timezone: str, day_starts: str) -> date:
    """The local day that `at` (Unix seconds) belongs to: before the cutover it is still yesterday.

    It agrees with `day_start` also in the hour that the clocks show twice or not at all.
    """
    day = (datetime.fromtimestamp(at, ZoneInfo(timezone)) - _cutover(day_starts)).date()
    if at < day_start(day, timezone, day_starts):
        return day - timedelta(days=1)
    after = day + timedelta(days=1)
    return after if at >= day_start(after, timezone, day_starts) else day


@lru_cache(maxsize=4096)
def day_start(day: date, timezone: str, day_starts: str) -> float:
    """Unix seconds at which the local day begins: the first time the clocks show the cutover, or show more than it.

    In the gap of spring that is the end of the gap; of an hour shown twice it is the first.
    """
    zone = ZoneInfo(timezone)
    wall = datetime.combine(day, datetime.min.time()) + _cutover(day_starts)
    start = wall.replace(tzinfo=zone).astimezone(UTC)
    while (start - _QUARTER).astimezone(zone).replace(tzinfo=None) >= wall:
        start -= _QUARTER
    return start.timestamp()


def day_bounds(at: float, timezone: str, day_starts: str) -> tuple[float, float]:
    """[start, end) in Unix seconds of the local day that `at` belongs to."""
    day = business_day(at, timezone, day_starts)
    return day_start(day, timezone, day_starts), day_start(day + timedelta(days=1), timezone, day_starts)


def within_hours(at: float, timezone: str, hours: Iterable[tuple[str, str]]) -> bool:
    """Whether `at` lies in any [from, to) of local wall time, HH:MM; one whose end comes first spans midnight."""
    local = datetime.fromtimestamp(at, ZoneInfo(timezone)).time()
    now = local.hour * 60 + local.minute
    for start, end in hours:
        first, last = (int(text[:2]) * 60 + int(text[3:]) for text in (start, end))
        if first <= now < last if first <= last else now >= first or now < last:
            return True
    return False


def _cutover(day_starts: str) -> timedelta:
    return timedelta(hours=int(day_starts[:2]), minutes=int(day_starts[3:]))
