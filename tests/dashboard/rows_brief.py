"""Rows of an imagined shop's brief: two findings of the day, every kind there is, and nine weeks of days."""

from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from tests.dashboard.hub_rows import Shop

Rows = list[dict[str, Any]]


def with_brief(made: Shop) -> Shop:
    """The shop with a day that stood out and a quiet week."""
    day = made.rows["sites"][0]["day"] - timedelta(days=1)
    made.rows["brief"] = [
        finding("visitors_high", day),
        finding("waits_late", day, rank=2, place="till_a", effect=-0.08, low=-0.12, high=-0.04, unit="share")
        | {"usual": 0.95, "try": "open_till_sooner", "evidence": "queue"},
    ]
    made.rows["days"] = counted(day)
    return made


def finding(code: str, day: date, **other: Any) -> dict[str, Any]:
    """A row of `brief`."""
    start = datetime.combine(day, time(4), UTC)
    row = {"span": "day", "rank": 1, "code": code, "place": None, "start": start, "end": start + timedelta(days=1)}
    row |= {"effect": 1.25, "low": 1.1, "high": 1.42, "unit": "ratio", "usual": 400.0, "certainty": 0.98, "n": 500}
    return row | {"coverage": 0.99, "try": "check_calendar", "evidence": "now"} | other


EVERY: tuple[dict[str, Any], ...] = (
    {"code": "visitors_high"},
    {"code": "visitors_low", "effect": 0.7, "low": 0.6, "high": 0.85},
    {
        "code": "waits_late",
        "place": "till_a",
        "effect": -0.08,
        "low": -0.12,
        "high": -0.04,
        "unit": "share",
        "usual": 0.9,
    },
    {
        "code": "abandoned",
        "place": "till_a",
        "effect": 0.08,
        "low": 0.04,
        "high": 0.12,
        "unit": "share",
        "usual": 0.02,
    },
    {"code": "understaffed", "effect": -0.2, "low": -0.3, "high": -0.1, "unit": "share", "usual": 0.9},
    {"code": "score_up", "effect": 12.0, "low": 4.0, "high": 20.0, "unit": "points", "usual": 30.0},
    {"code": "score_down", "effect": -12.0, "low": -20.0, "high": -4.0, "unit": "points", "usual": 30.0},
    {
        "code": "driver",
        "place": "wait",
        "effect": -4.5,
        "low": -6.0,
        "high": -3.0,
        "unit": "points_per_unit",
        "usual": None,
    },
    {"code": "theme_up", "place": "waiting", "effect": 0.1, "low": 0.05, "high": 0.15, "unit": "share", "usual": 0.1},
    {"code": "conversion_up", "effect": 0.03, "low": 0.01, "high": 0.05, "unit": "share", "usual": 0.3},
    {"code": "conversion_down", "effect": -0.03, "low": -0.05, "high": -0.01, "unit": "share", "usual": 0.3},
    {"code": "sensor_fault", "place": "door", "effect": 2.5, "low": None, "high": None, "certainty": 1.0, "n": None},
    {
        "code": "coverage_lost",
        "place": "door",
        "effect": -0.4,
        "low": None,
        "high": None,
        "unit": "share",
        "usual": 0.98,
    },
)


def counted(last: date, many: int = 63) -> Rows:
    """Days up to and with `last`; ten days before it nobody looked, and the day after that only in part."""
    rows = []
    for back in range(many - 1, -1, -1):
        day = last - timedelta(days=back)
        start = datetime.combine(day, time(4), UTC)
        row: dict[str, Any] = {"start": start, "end": start + timedelta(days=1), "day": day}
        row |= {"entries": 400 + day.weekday() * 20, "exits": 400, "coverage": 0.99}
        if back == 10:
            row |= {"entries": None, "exits": None, "coverage": 0.0}
        if back == 9:
            row |= {"entries": 120, "coverage": 0.3}
        rows.append(row)
    return rows
