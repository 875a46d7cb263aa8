"""Today's visitors against the usual band of this weekday: sums by event time, with what was not observed."""

from typing import Any, NamedTuple

from dashboard.times import day_minute, in_day, opening, wall_minutes

Rows = list[dict[str, Any]]

ENOUGH = 0.9  # observed share below which a comparison would be about the sensors, not the shop
FEW_DAYS = 4


class Today(NamedTuple):
    """Visitors of the business day so far. `entries` None: nothing was observed; `share` of the time, 0..1."""

    entries: int | None
    share: float | None


class Band(NamedTuple):
    """What is usual by a moment: p10, p50, p90 of visitors so far on `days` earlier days like this."""

    low: float
    mid: float
    high: float
    days: int


def so_far(visitors: Rows, site: dict[str, Any], until: float | None) -> Today:
    """Visitors up to `until` and the observed share of the opening hours so far (of the day, if none are known).

    A bucket without a row was not observed. An entry outside the opening hours counts as a visitor, but nobody is
    expected to have looked then.
    """
    counted = [row["entries"] for row in visitors if row["entries"] is not None]
    if until is None or not visitors:
        return Today(sum(counted) if counted else None, None)
    inside = [row for row in visitors if within_hours(row["minute"], site)]
    seen = sum((row["coverage"] or 0.0) * (row["end"] - row["start"]) for row in inside)
    expected = _open_seconds(site, until)
    share = min(1.0, seen / expected) if expected > 0 else None
    return Today(sum(counted) if counted else None, share)


def _open_seconds(site: dict[str, Any], until: float) -> float:
    """Seconds of the business day's opening hours that are over by `until`."""
    if until <= site["day_start"]:
        return 0.0
    starts = wall_minutes(site["day_starts"]) or 0
    first, last = opening(site) or (float(starts), starts + 1440.0)
    now = starts + 1440.0 if until >= site["day_end"] else day_minute(until, site)
    return 60 * max(0.0, min(now, last) - first)


def within_hours(minute: float, site: dict[str, Any]) -> bool:
    """Whether a quarter-hour beginning at this local minute lies in the opening hours."""
    hours = opening(site)
    placed = in_day(minute, wall_minutes(site["day_starts"]) or 0)
    return hours is None or hours[0] <= placed < hours[1]


def band_by(usual: Rows, site: dict[str, Any], until: float) -> Band | None:
    """The usual visitors by `until`, in a straight line between the quarter-hours; None without a day to compare.

    A row's so_far counts to the end of its quarter-hour.
    """
    starts = wall_minutes(site["day_starts"]) or 0
    now = day_minute(until, site)
    if until >= site["day_end"]:
        now = starts + 1440.0
    days = max((row["days"] or 0 for row in usual), default=0)
    ends = [(in_day(row["minute"], starts) + 15, row) for row in usual if row["so_far_mid"] is not None]
    if not days or not ends:
        return None
    ends.sort(key=lambda pair: pair[0])
    low, mid, high = (_between(ends, name, now) for name in ("so_far_low", "so_far_mid", "so_far_high"))
    return Band(low, mid, high, days)


def _between(ends: list[tuple[float, dict[str, Any]]], name: str, now: float) -> float:
    before, below = ends[0][0] - 15, 0.0
    for end, row in ends:
        above = float(row[name] or 0)
        if now <= end:
            part = max(0.0, (now - before) / (end - before))
            return below + part * (above - below)
        before, below = end, above
    return below


def verdict(today: Today, band: Band | None) -> str | None:
    """'busy', 'quiet' or 'as_usual' by the band; None where too little was observed or nothing is usual yet."""
    if today.entries is None or band is None or today.share is None or today.share < ENOUGH:
        return None
    if band.days < FEW_DAYS or round(band.low) <= today.entries <= round(band.high):
        return "as_usual" if band.days >= FEW_DAYS else None
    return "busy" if today.entries > band.high else "quiet"
