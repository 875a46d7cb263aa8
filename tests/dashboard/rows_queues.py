"""Rows of an imagined shop's queues: a week of hours, one that is hard, one withheld, one not looked at."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

from tests.dashboard.hub_rows import Shop

Rows = list[dict[str, Any]]


def with_queues(made: Shop) -> Shop:
    """The shop with what is asked about its queues."""
    made.rows["queue_totals"] = [total("till_a", 214, 9), total("till_b", 40, 1)]
    made.rows["queue_grid"] = [
        cell(day, hour, place) for day in range(7) for hour in range(9, 20) for place in ("till_a", "till_b")
    ]
    made.rows["staffing"] = week(made.rows["sites"][0]["day"])
    return made


def total(place: str, joined: int, abandoned: int, **other: Any) -> dict[str, Any]:
    """A queue's sums."""
    share = abandoned / joined
    row = {"place": place, "joined": joined, "served": joined - abandoned, "abandoned": abandoned, "left": share}
    row |= {"left_low": share * 0.5, "left_high": share * 1.9, "state": "ok", "served_h": 31.4, "tills_open": 1.6}
    return row | {"served_till_h": 19.8, "busy_h": 66.0, "coverage": 0.97} | other


def cell(day: int, hour: int, place: str) -> dict[str, Any]:
    """An hour of a weekday; Saturday 17:00 is hard, Monday 9:00 has few people, Tuesday 13:00 nobody looked."""
    hard, few, blind = (day, hour) == (5, 17), (day, hour) == (0, 9), (day, hour) == (1, 13)
    n = None if blind else 4 if few else 40
    row: dict[str, Any] = {"weekday": day, "hour": hour, "place": place, "n": n, "coverage": 0.0 if blind else 0.98}
    row |= {"p50_s": 80.0, "p90_s": 540.0 if hard else 100.0 + 6 * hour, "within": 0.61 if hard else 0.95}
    row |= {"within_low": 0.5 if hard else 0.9, "within_high": 0.7 if hard else 0.97, "joined": n, "served": n}
    row |= {"abandoned": None if blind else 0.0, "abandoned_low": 0.0, "abandoned_high": 0.1, "tills_open": 1.5}
    return (
        dict.fromkeys(row, None) | {k: row[k] for k in ("weekday", "hour", "place", "n", "coverage")}
        if blind
        else row
    )


def week(first: date) -> Rows:
    """Seven days of hours to come; at 17:00 one till more is needed than is usual."""
    rows = []
    for n in range(7):
        day = first + timedelta(days=n)
        for hour in range(9, 20):
            start = datetime(day.year, day.month, day.day, hour, tzinfo=UTC)
            row = {
                "start": start,
                "end": start + timedelta(hours=1),
                "day": day,
                "hour": hour,
                "arrivals": 22.0 + hour,
            }
            row |= {"arrivals_high": 60.0, "service_s": 55.0, "promise_s": 180.0, "level": 0.9}
            row |= {
                "need": 3 if hour == 17 else 2,
                "need_high": 3,
                "planned": None,
                "usual_open": 2.0,
                "reason": None,
            }
            rows.append(row)
    return rows
