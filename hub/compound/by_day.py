"""What a trial is judged by, as one value a business day, of the days on which it was really measured."""

from collections.abc import Callable, Mapping
from datetime import date, timedelta
from typing import Any

import numpy as np
import pyarrow as pa

from hub.compound.inquiry import Inquiry
from hub.insight.durations import quantiles, shares
from hub.insight.lots import Floats
from hub.sites import Site, day_span, moment

SURE = 0.9  # the share of a day's opening, or of all of it for doors, that must have been looked at
_FEWEST_WAITS, _FEWEST_ANSWERS = 10, 5

Days = dict[date, float | None]
_Value = Callable[[Mapping[str, Any]], float | None]


def measured(inquiry: Inquiry, site: Site, metric: str, place: str | None, first: date, last: date) -> Days:
    """The value of each of the days first to last on which it was measured; of the others there is none.

    A day needs doors that were looked at for 90 %, 10 waits, or 5 answers.
    """
    if last < first:
        return {}
    if metric in ("entries", "conversion"):
        start, end = day_span(site, first)[0], day_span(site, last)[1]
        question, of = _ASKED[metric]
        found = inquiry.ask(question, site, start=moment(start), end=moment(end)).to_pylist()
        return {row["day"]: of(row) for row in found if of(row) is not None}
    given = {"site": site.id, "first": first, "last": last, "place": place}
    if metric in _OF_ANSWERS:
        rows = inquiry.rows("score_days", given).to_pylist()
        return {row["day"]: value for row in rows if (value := _OF_ANSWERS[metric](row)) is not None}
    return _waits(inquiry.rows("wait_bins", given), metric)


def before(inquiry: Inquiry, site: Site, metric: str, place: str | None, end: date, weeks: int) -> Floats:
    """The values of the `weeks` before `end`, oldest first; nan where nothing was measured."""
    first = end - timedelta(weeks=weeks)
    found = measured(inquiry, site, metric, place, first, end - timedelta(days=1))
    days = (found.get(first + timedelta(days=n)) for n in range(weeks * 7))
    return np.array([np.nan if value is None else value for value in days])


def _waits(found: pa.Table, metric: str) -> Days:
    """Of the day's waits: the seconds below which nine of ten stay, or the share within the promise."""
    if not found.num_rows:
        return {}
    days, at = np.unique(np.asarray(found["day"].cast(pa.int32())), return_inverse=True)
    bins = np.array(found["bins"].to_pylist(), dtype=np.int64)
    promise = np.asarray(found["promise_s"].cast(pa.float64()).to_numpy(zero_copy_only=False))
    if metric == "within":
        known = np.isfinite(promise)
        at, bins, promise = at[known], bins[known], promise[known]
    total = np.zeros((len(days), bins.shape[1]), dtype=np.int64)
    np.add.at(total, at, bins)
    n = np.maximum(total, 0).sum(axis=1)
    if metric == "wait_p90":
        values = quantiles(total, 0.9)
    else:
        each = np.maximum(bins, 0).sum(axis=1)
        kept = np.bincount(at, np.nan_to_num(shares(bins, promise)) * each, len(days))
        values = kept / np.maximum(n, 1)
    dates = [date(1970, 1, 1) + timedelta(days=int(day)) for day in days]
    sure = zip(dates, values, n, strict=True)
    return {day: float(value) for day, value, many in sure if many >= _FEWEST_WAITS}


def _entries(row: Mapping[str, Any]) -> float | None:
    return float(row["entries"]) if row["entries"] is not None and (row["coverage"] or 0) >= SURE else None


def _conversion(row: Mapping[str, Any]) -> float | None:
    return row["conversion"] if (row["coverage"] or 0) >= SURE else None


def _nps(row: Mapping[str, Any]) -> float | None:
    n = row["nps_n"]
    return 100.0 * (row["promoters"] - row["detractors"]) / n if n >= _FEWEST_ANSWERS else None


def _csat(row: Mapping[str, Any]) -> float | None:
    return float(row["satisfied"] / row["csat_n"]) if row["csat_n"] >= _FEWEST_ANSWERS else None


_ASKED: Mapping[str, tuple[str, _Value]] = {"entries": ("days", _entries), "conversion": ("sales", _conversion)}
_OF_ANSWERS: Mapping[str, _Value] = {"nps": _nps, "csat": _csat}
