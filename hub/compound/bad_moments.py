"""The question `bad_moments`: the share of a day's visitors who waited too long, found no till open, or a crowd."""

from collections.abc import Mapping
from datetime import date
from typing import Any

import numpy as np
import pyarrow as pa

from hub.compound.hours import SURE, Hour, hours_over
from hub.compound.inquiry import Inquiry
from hub.compound.windows import Figures, Labels, loads, stays, summed
from hub.insight.bad_moments import Moments, Quarter, bad_moments
from hub.insight.durations import shares
from hub.sites import BUCKET_S, Site, moment

CROWD_M2 = 0.72  # people a square metre: from here on nobody walks freely (Fruin 1971, level of service D)
_SHARES = ("late", "unserved", "crowded", "least", "most")
ROWS = pa.schema(
    [
        *(("day", pa.date32()), ("visitors", pa.int64())),
        *((name, pa.float64()) for name in (*_SHARES, "coverage")),
        ("unmeasured", pa.string()),
    ]
)
_NAMES = {"late": "late", "unserved": "unserved", "people_m2": "crowded"}


def answer(inquiry: Inquiry) -> pa.Table:
    """A business day that begins in the period and is over, by the quarter hours in which the shop was open.

    Shares are of the visitors of the quarter hours in which everything that is ever measured was; `unmeasured` names
    what was not measured that day at all, with commas between.
    """
    hours = hours_over(inquiry)
    if not hours:
        return ROWS.empty_table()
    measured = quarters(inquiry, inquiry.site, hours)
    open_now: dict[date, list[int]] = {hour.day: [] for hour in hours}
    for hour in hours:
        if hour.open:
            open_now[hour.day] += _places(hour, hours)
    rows = [_row(measured, places) | {"day": day} for day, places in open_now.items()]
    return pa.Table.from_pylist(rows, schema=ROWS)


def quarters(inquiry: Inquiry, site: Site, hours: tuple[Hour, ...]) -> Mapping[str, Figures]:
    """`visitors`, `late`, `unserved` and `people_m2` of each quarter hour of these hours; nan where unknown."""
    first, many = round(hours[0].start) // BUCKET_S, round(hours[-1].end - hours[0].start) // BUCKET_S
    found = {"visitors": _visitors(inquiry, site, hours, first, many)}
    load = loads(inquiry, site, hours, "queue")
    at = (load.start // BUCKET_S).astype(np.int64) - first
    without = np.where(load.tills_open == 0, load.joined, np.where(np.isfinite(load.tills_open), 0.0, np.nan))
    found["unserved"] = summed(at, many, without)
    late = _late(inquiry, site, hours, first, many)
    # Where nobody was served nobody's wait ended, whether or not a window says so.
    found["late"] = np.where(np.isnan(late) & (summed(at, many, load.served) == 0), 0.0, late)
    found["people_m2"] = _fullest(inquiry, site, hours, first, many)
    return found


def moments(inquiry: Inquiry, site: Site, hours: tuple[Hour, ...]) -> Moments:
    """The shares over all open quarter hours of these hours together."""
    return _moments(quarters(inquiry, site, hours), [i for hour in hours if hour.open for i in _places(hour, hours)])


def _places(hour: Hour, hours: tuple[Hour, ...]) -> range:
    """The quarter hours of an hour, counted from the first of all."""
    return range(*(round(at - hours[0].start) // BUCKET_S for at in (hour.start, hour.end)))


def _moments(measured: Mapping[str, Figures], places: list[int]) -> Moments:
    parts = [[_known(measured[name][i]) for name in Quarter._fields] for i in places]
    return bad_moments([Quarter(*part) for part in parts], CROWD_M2)  # type: ignore[arg-type]


def _row(measured: Mapping[str, Figures], places: list[int]) -> dict[str, Any]:
    found = _moments(measured, places)
    row: dict[str, Any] = {name: getattr(found, name) for name in _SHARES}
    row |= {"visitors": found.visitors if found.coverage else None, "coverage": found.coverage}
    return row | {"unmeasured": ",".join(_NAMES.get(name, name) for name in found.unmeasured)}


def _known(value: float) -> float | None:
    return float(value) if np.isfinite(value) else None


def _visitors(inquiry: Inquiry, site: Site, hours: tuple[Hour, ...], first: int, many: int) -> Figures:
    start, end = moment(hours[0].start), moment(hours[-1].end)
    found = inquiry.ask("visitors", site, start=start, end=end)
    at = np.asarray(found["start"].cast(pa.int64())) // (BUCKET_S * 1_000_000) - first
    people = found["entries"].cast(pa.float64()).to_numpy(zero_copy_only=False)
    sure = found["coverage"].to_numpy(zero_copy_only=False) >= SURE
    return summed(at, many, np.where(sure, people, np.nan))


def _late(inquiry: Inquiry, site: Site, hours: tuple[Hour, ...], first: int, many: int) -> Figures:
    """People who waited longer than promised, those of a longer window spread over its quarter hours."""
    waits = stays(inquiry, site, hours, "wait")
    late = waits.n * (1 - shares(waits.bins, waits.promise_s))
    begin = np.maximum((waits.start // BUCKET_S).astype(np.int64) - first, 0)
    last = np.minimum(-(-waits.end // BUCKET_S).astype(np.int64) - first, many)
    lengths = np.where(np.isfinite(late), np.maximum(last - begin, 0), 0)
    if not lengths.sum():
        return np.full(many, np.nan)
    within = np.arange(lengths.sum()) - np.repeat(np.cumsum(lengths) - lengths, lengths)
    at: Labels = np.repeat(begin, lengths) + within
    return summed(at, many, np.repeat(late / np.maximum(lengths, 1), lengths))


def _fullest(inquiry: Inquiry, site: Site, hours: tuple[Hour, ...], first: int, many: int) -> Figures:
    """People a square metre in the fullest zone whose size is known."""
    areas = {row["place"]: row["area_m2"] for row in inquiry.ask("places", site).to_pylist() if row["kind"] == "zone"}
    load = loads(inquiry, site, hours, "zone")
    area = np.array([areas.get(place) or np.nan for place in load.place], dtype=np.float64)
    at = (load.start // BUCKET_S).astype(np.int64) - first
    full = np.full(many, -1.0)
    known = np.isfinite(load.mean / area) & (at >= 0) & (at < many)
    np.maximum.at(full, at[known], (load.mean / area)[known])
    return np.where(full >= 0, full, np.nan)
