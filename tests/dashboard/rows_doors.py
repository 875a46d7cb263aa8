"""Rows of an imagined shop's doors: two weeks of days, two strange stretches, counts by hand."""

from datetime import date, datetime, timedelta
from typing import Any

from hub.compound.count_check import Count, compared
from tests.dashboard.hub_rows import Shop, utc

FIVE = timedelta(minutes=5)
Rows = list[dict[str, Any]]


def with_doors(made: Shop, now: float) -> Shop:
    """The shop with what is asked about its door."""
    today = made.rows["sites"][0]["day"]
    made.rows["health_days"] = [day(today - timedelta(days=n), 300, 270) for n in range(14, 0, -1)]
    start = utc(now // 3600 * 3600 - 2 * 86_400)
    made.rows["anomalies"] = [
        strange(start, "high", 4.2, True),
        strange(start + timedelta(hours=9), "stuck", None, False),
        strange(start + timedelta(hours=20), "low", 0.2, None),
    ]
    made.rows["count_check"] = checked(start, [(40, 30, 34, 30), (45, 20, 38, 21)])
    return made


def day(of: date, entries: int | None, exits: int | None, **other: Any) -> dict[str, Any]:
    """The door on a day that is over."""
    row: dict[str, Any] = {"device": "cam-01", "sensor": "entrance", "place": "door", "day": of, "coverage": 1.0}
    row |= {"entries": entries, "exits": exits, "imbalance": None, "drift": None}
    if entries is not None and exits is not None:
        row |= {"imbalance": (entries - exits) / max(entries, exits), "drift": float(entries - exits)}
    return row | other


def strange(start: datetime, kind: str, ratio: float | None, shared: bool | None) -> dict[str, Any]:
    """An episode of six hours."""
    row = {"place": "door", "start": start, "end": start + timedelta(hours=6), "kind": kind}
    return row | {"ratio": ratio, "shared": shared}


def checked(start: datetime, figures: list[tuple[int, int, int, int]]) -> Rows:
    """What the hub makes of counts (in and out by hand, in and out by the sensor) of windows in a row."""
    counts, windows = [], []
    for n, (entries, exits, seen_in, seen_out) in enumerate(figures):
        begin = start + n * FIVE
        counts.append(Count(f"door-{n}", "cam-01", "door", begin, begin + FIVE, entries, exits))
        row = {"device": "cam-01", "place": "door", "start": begin, "end": begin + FIVE, "observed_s": 300}
        windows.append(row | {"withheld": None, "entries": seen_in, "exits": seen_out})
    names = ("id", "device", "place", "start", "end", "way", "counts", "counted", "measured", "error", "low", "high")
    names += ("factor", "factor_low", "factor_high", "verdict", "reason")
    return [{name: row.get(name) for name in names} for row in compared(counts, windows, start.timestamp() + 7200)]
