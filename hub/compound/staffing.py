"""The question `staffing`: how many tills each hour of the next week needs, beside those planned and those usual."""

from datetime import date, timedelta
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa

from hub.compound.forecast import LOOKBACK, expected
from hub.compound.free_days import free_days
from hub.compound.hours import SURE, Hour, history, hours_of
from hub.compound.inquiry import Inquiry
from hub.compound.windows import Figures, Labels, Loads, loads, stays, summed
from hub.insight.durations import HIGH, LOW
from hub.insight.forecast import Forecast, History, forecast
from hub.insight.staffing import tills_needed
from hub.sites import Site, moment, today

DAYS, WEEKS = 7, 8
LEVEL = 0.9
_LEAST_SERVED = 30  # measured services for a mean
_LEAST_SHARE_H = 24  # hours in which both were counted, for a share of visitors that queues
_TIME = pa.timestamp("us", tz="UTC")
ROWS = pa.schema(
    [
        *(("start", _TIME), ("end", _TIME), ("day", pa.date32()), ("hour", pa.int64())),
        *((name, pa.float64()) for name in ("arrivals", "arrivals_high", "service_s", "promise_s", "level")),
        *((name, pa.int64()) for name in ("need", "need_high")),
        *(("planned", pa.float64()), ("usual_open", pa.float64()), ("reason", pa.string())),
    ]
)


class Tills(NamedTuple):
    """What a need is worked out from: people who come to the queues by day and hour, how long a service takes, what
    is promised, and how many tills are usually open by (weekday, hour); None or nan where that is not known.
    """

    coming: Forecast | None
    service_s: float | None
    promise_s: float | None
    usual_open: Figures


def answer(inquiry: Inquiry) -> pa.Table:
    """The open hours of the 7 days from `day` on.

    `arrivals` are people who join the queues, all queues as one; `need` is the smallest number of tills with which
    Erlang C lets 90 % of them wait no longer than promised, `need_high` the same for the upper end of the band.
    `planned` is the hour's planned_hours of the sales import. Where there is no need `reason` says what is missing.
    """
    site, day = inquiry.site, inquiry.values["day"]
    hours = [hour for hour in hours_of(site, day, DAYS) if hour.open]
    known = min(day, today(site, inquiry.at)[0])
    if (day - known).days > 2 * DAYS:
        return pa.Table.from_pylist([_blank(hour, None, "more than 14 days ahead") for hour in hours], schema=ROWS)
    tills = measured(inquiry, site, known, (day - known).days + DAYS)
    planned = _planned(inquiry, site, hours)
    return pa.Table.from_pylist([_row(hour, tills, planned.get(round(hour.start))) for hour in hours], schema=ROWS)


def measured(inquiry: Inquiry, site: Site, first: date, days: int) -> Tills:
    """What the days before `first` tell of the tills, and who is expected there in the `days` from it on."""
    begin = first - timedelta(days=LOOKBACK)
    hours = hours_of(site, begin, LOOKBACK)
    load = loads(inquiry, site, hours, "queue")
    newest = hours_of(site, first - timedelta(weeks=WEEKS), 7 * WEEKS)
    queues = {
        row["place"]: row["promise_s"] for row in inquiry.ask("places", site).to_pylist() if row["kind"] == "queue"
    }
    told = [float(promise) for promise in queues.values() if promise is not None]
    joined, tills = (_by_day(hours, load, name, set(queues)) for name in ("joined", "tills_open"))
    return Tills(
        _coming(inquiry, site, joined, first, days),
        _service(inquiry, site, newest),
        min(told, default=None),
        _usual(newest[0].day, tills[-7 * WEEKS :]),
    )


def _coming(inquiry: Inquiry, site: Site, joined: Figures, first: date, days: int) -> Forecast | None:
    """People expected at the queues: by their own past, else visitors expected times the share that queues."""
    told = np.flatnonzero(np.isfinite(joined).any(axis=1))
    begins = int(told[0]) if len(told) else len(joined)
    past = History(first - timedelta(days=len(joined) - begins), joined[begins:])
    own = forecast(past, free_days(site, past.first, first + timedelta(days=days)), days)
    if own is not None or not len(told):
        return own
    people = history(inquiry, site, first, LOOKBACK).counts
    both = np.isfinite(people) & np.isfinite(joined[-len(people) :]) if len(people) else np.zeros((0, 24), bool)
    visitors = expected(inquiry, site, first, days)
    if visitors is None or both.sum() < _LEAST_SHARE_H or people[both].sum() == 0:
        return None
    share = float(joined[-len(people) :][both].sum() / people[both].sum())
    return visitors._replace(low=visitors.low * share, middle=visitors.middle * share, high=visitors.high * share)


def _by_day(hours: tuple[Hour, ...], load: Loads, name: str, watched: set[str]) -> Figures:
    """All queues together by business day and hour on the wall: people summed, tills as their mean over the hour.

    nan in an hour in which one of the queues that had begun was looked at for less than 90 % of the time. A queue
    that is no longer `watched` ends with its last window.
    """
    first, many = hours[0].day, ((hours[-1].day - hours[0].day).days + 1) * 24
    cells: Labels = np.array([(hour.day - first).days * 24 + hour.hour for hour in hours])
    due = np.bincount(cells, [hour.end - hour.start for hour in hours], many)
    total, known, unknown = np.zeros(many), np.zeros(many, dtype=bool), np.zeros(many, dtype=bool)
    for place in sorted(set(load.place)):
        mine = load.place == place
        keys = np.where(load.hour[mine] >= 0, cells[load.hour[mine]], -1)
        found, seen = _hourly(keys, many, getattr(load, name)[mine], load.observed_s[mine], name == "tills_open")
        enough = (seen >= SURE * due) & np.isfinite(found)
        expected_now = np.zeros(many, dtype=bool)
        expected_now[keys.min(initial=many) : None if place in watched else keys.max(initial=-1) + 1] = True
        unknown |= expected_now & ~enough
        known |= expected_now & enough
        total += np.where(enough, np.maximum(found, 0.0), 0.0)  # noise may have brought it below zero
    return np.where(known & ~unknown, total, np.nan).reshape(-1, 24)


def _hourly(keys: Labels, many: int, values: Figures, looked: Figures, mean: bool) -> tuple[Figures, Figures]:
    """The sum, or the mean over the time looked at, of each hour's windows; and the seconds looked at."""
    seen = np.nan_to_num(summed(keys, many, looked))
    if not mean:
        return summed(keys, many, values), seen
    return summed(keys, many, values * looked) / np.where(seen > 0, seen, np.nan), seen


def _service(inquiry: Inquiry, site: Site, hours: tuple[Hour, ...]) -> float | None:
    """The mean time of a service of these hours, by the middles of the bins where sums are not told."""
    found = stays(inquiry, site, hours, "service")
    told = np.isfinite(found.n)
    if found.n[told].sum() < _LEAST_SERVED:
        return None
    summed_up = np.isfinite(found.sum_s[told])
    by_bins = found.bins[told] @ ((LOW + HIGH) / 2)
    total = np.where(summed_up, np.nan_to_num(found.sum_s[told]), by_bins).sum()
    return float(total / found.n[told].sum()) or None


def _usual(first: date, tills: Figures) -> Figures:
    """The median of the tills open by (weekday, hour); nan where it was never known."""
    weekdays = np.array([(first + timedelta(days=n)).weekday() for n in range(len(tills))])
    usual = np.full((7, 24), np.nan)
    for weekday in range(7):
        rows = tills[weekdays == weekday]
        some = np.isfinite(rows).any(axis=0)
        usual[weekday, some] = np.nanmedian(rows[:, some], axis=0)
    return usual


def _planned(inquiry: Inquiry, site: Site, hours: list[Hour]) -> dict[int, float]:
    """Hours planned by the start of the local hour in Unix seconds."""
    span = {"start": moment(hours[0].start - 86_400), "end": moment(hours[-1].end)}
    rows = inquiry.ask("sales_hours", site, **span).to_pylist()
    return {round(row["start"].timestamp()): row["planned_hours"] for row in rows if row["planned_hours"] is not None}


def _blank(hour: Hour, planned: float | None, why: str | None) -> dict[str, Any]:
    row: dict[str, Any] = {"start": round(hour.start * 1e6), "end": round(hour.end * 1e6), "day": hour.day}
    return row | {"hour": hour.hour, "planned": planned, "level": LEVEL, "reason": why}


def _row(hour: Hour, tills: Tills, planned: float | None) -> dict[str, Any]:
    usual = float(tills.usual_open[hour.day.weekday(), hour.hour])
    row = _blank(hour, planned, None) | {"service_s": tills.service_s, "promise_s": tills.promise_s}
    row["usual_open"] = usual if np.isfinite(usual) else None
    if tills.coming is None:
        return row | {"reason": "no queue counted on 14 days before"}
    place = (hour.day - tills.coming.first).days, hour.hour
    people, high = float(tills.coming.middle[place]), float(tills.coming.high[place])
    if not np.isfinite(people):
        return row | {"reason": "never counted at this hour of this weekday"}
    row |= {"arrivals": people, "arrivals_high": high if np.isfinite(high) else None}
    if tills.promise_s is None:
        return row | {"reason": "no promise in the plan"}
    if tills.service_s is None:
        return row | {"reason": "fewer than 30 services measured"}
    row["need"] = tills_needed(people, tills.service_s, tills.promise_s, LEVEL)
    if row["arrivals_high"] is not None:
        row["need_high"] = tills_needed(high, tills.service_s, tills.promise_s, LEVEL)
    return row | {"reason": None if row["need"] is not None else "more than 200 tills"}
