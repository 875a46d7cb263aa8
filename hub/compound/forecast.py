"""The question `forecast`: people expected through the doors by local hour, with last week's error beside them."""

from datetime import date, timedelta
from typing import Any

import numpy as np
import pyarrow as pa

from hub.compound.free_days import free_days
from hub.compound.hours import SURE, Hour, counted, history, hours_of
from hub.compound.inquiry import Inquiry
from hub.insight.forecast import LEAST_DAYS, Forecast, forecast
from hub.sites import Site, today

DAYS = 8
LOOKBACK = 140  # 8 weeks, the 8 before them for the errors, and some public holidays
_FARTHEST = 28  # days from the newest one counted to the last one told
_TIME = pa.timestamp("us", tz="UTC")
ROWS = pa.schema(
    [
        *(("start", _TIME), ("end", _TIME), ("day", pa.date32()), ("hour", pa.int64())),
        *((name, pa.float64()) for name in ("low", "middle", "high")),
        *(("seen", pa.int64()), ("error", pa.float64()), ("reason", pa.string())),
    ]
)


def answer(inquiry: Inquiry) -> pa.Table:
    """The 8 days from `day` on, by what was counted on the days before it (and before today, which is not over).

    `seen` are the people of hours that are over and were looked at; `error` is the sum of last week's misses over
    last week's people. Where there is no forecast `reason` says why; where there is one but no band yet, that.
    """
    site, day = inquiry.site, inquiry.values["day"]
    hours = hours_of(site, day, DAYS)
    known = min(day, today(site, inquiry.at)[0])
    told, why = _told(inquiry, site, known, (day - known).days + DAYS)
    seen, coverage = counted(inquiry, site, day, DAYS)
    sure = np.where(coverage >= SURE, seen, np.nan)
    rows = [_row(hour, told, why, _over(hour, sure, day, inquiry.at)) for hour in hours]
    return pa.Table.from_pylist(rows, schema=ROWS)


def expected(inquiry: Inquiry, site: Site, first: date, days: int) -> Forecast | None:
    """What to expect of the `days` days from `first` on, by the days before it; None below two weeks."""
    known = history(inquiry, site, first, LOOKBACK)
    return forecast(known, free_days(site, known.first, first + timedelta(days=days)), days)


def _told(inquiry: Inquiry, site: Site, first: date, days: int) -> tuple[Forecast | None, str]:
    if days > _FARTHEST:
        return None, f"more than {_FARTHEST - DAYS} days ahead"
    return expected(inquiry, site, first, days), f"counted on fewer than {LEAST_DAYS} days before"


def _over(hour: Hour, sure: Any, first: date, at: float) -> int | None:
    people = sure[(hour.day - first).days, hour.hour]
    return int(people) if hour.end <= at and np.isfinite(people) else None


def _row(hour: Hour, told: Forecast | None, why: str, seen: int | None) -> dict[str, Any]:
    row: dict[str, Any] = {"start": round(hour.start * 1e6), "end": round(hour.end * 1e6)}
    row |= {"day": hour.day, "hour": hour.hour, "seen": seen, "reason": why}
    if told is None:
        return row
    place = (hour.day - told.first).days, hour.hour
    low, middle, high = (float(found[place]) for found in (told.low, told.middle, told.high))
    if not np.isfinite(middle):
        return row | {"reason": "never counted at this hour of this weekday"}
    row |= {"middle": middle, "error": told.error if np.isfinite(told.error) else None, "reason": None}
    if not np.isfinite(low):
        return row | {"reason": "too few weeks for a band"}
    return row | {"low": low, "high": high}
