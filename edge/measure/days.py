"""The site's local day: where it starts and ends, with its cutover hour and its days of 23 and 25 hours."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo


def business_day(at: float, timezone: str, day_starts: str) -> date:
    """The local day that `at` (Unix seconds) belongs to: before the cutover it is still yesterday."""
    return (datetime.fromtimestamp(at, ZoneInfo(timezone)) - _cutover(day_starts)).date()


def day_start(day: date, timezone: str, day_starts: str) -> float:
    """Unix seconds at which the local day begins; in a gap of the clocks, the moment after the gap."""
    wall = datetime.combine(day, datetime.min.time()) + _cutover(day_starts)
    return wall.replace(tzinfo=ZoneInfo(timezone)).astimezone(UTC).timestamp()


def day_bounds(at: float, timezone: str, day_starts: str) -> tuple[float, float]:
    """[start, end) in Unix seconds of the local day that `at` belongs to."""
    day = business_day(at, timezone, day_starts)
    return day_start(day, timezone, day_starts), day_start(day + timedelta(days=1), timezone, day_starts)


def _cutover(day_starts: str) -> timedelta:
    return timedelta(hours=int(day_starts[:2]), minutes=int(day_starts[3:]))
