"""Rows of an imagined shop's tills, forecast and alerts."""

from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from tests.dashboard.hub_rows import COLUMNS, Shop, utc

Rows = list[dict[str, Any]]


def with_more(made: Shop, at: float) -> Shop:
    """The shop with sales of today, a forecast of the day and two open alerts."""
    made.rows["sales"] = [sold(made)]
    made.rows["forecast"] = forecast(made, at)
    made.rows["alerts"] = [
        alert("a1", at),
        alert("a2", at, rule="sensor", place="cam-02", severity="fault", value=1.0, limit=0.0, unit="sensors"),
    ]
    return made


def sold(made: Shop, **other: Any) -> dict[str, Any]:
    """Today's row of `sales`."""
    row: dict[str, Any] = dict.fromkeys(COLUMNS["sales"])
    row |= {"day": made.rows["sites"][0]["day"], "hours": 5, "sure_hours": 4, "transactions": 41, "converting": 33}
    return row | {"converting_visitors": 110, "conversion": 0.3} | other


def forecast(made: Shop, at: float, **other: Any) -> Rows:
    """The hours of the day that holds `at`."""
    site = made.rows["sites"][0]
    midnight = datetime.fromtimestamp(at, ZoneInfo(site["timezone"])).replace(
        hour=0, minute=0, second=0, microsecond=0
    )
    rows = []
    for hour in range(24):
        start = midnight + timedelta(hours=hour)
        row = {"start": start, "end": start + timedelta(hours=1), "day": start.date(), "hour": hour, "low": 21.4}
        row |= {"middle": 30.2, "high": 44.6, "seen": None, "error": 0.14, "reason": None}
        rows.append(row | other)
    return rows


def alert(id: str, at: float, **other: Any) -> dict[str, Any]:
    """An alert that is open for 12 minutes."""
    row = {"id": id, "rule": "wait", "place": "till_a", "severity": "warning", "opened_at": utc(at - 720)}
    row |= {"closed_at": None, "value": 410.0, "limit": 180.0, "unit": "s", "acknowledged_at": None}
    return row | {"acknowledged_by": None} | other
