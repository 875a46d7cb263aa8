"""The published windows of queues and zones as arrays, each with the hour of the shop's clock it belongs to."""

from typing import NamedTuple

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from hub.compound.hours import Hour
from hub.compound.inquiry import Inquiry
from hub.insight.durations import LOW
from hub.sites import Site, moment

Figures = NDArray[np.float64]
Labels = NDArray[np.int64]
_LONGEST_S = 7200.0  # a longer window belongs to no hour: it ends when enough people had come


class Stays(NamedTuple):
    """Windows of one kind of stay. `hour` counts in the hours given, -1 for a window that belongs to none of them;
    `n` and `sum_s` are nan where they are not told; `late` is the number longer than promised, nan without a promise.
    """

    place: NDArray[np.object_]
    hour: Labels
    start: Figures
    end: Figures
    n: Figures
    sum_s: Figures
    bins: Labels
    promise_s: Figures
    observed_s: Figures


class Loads(NamedTuple):
    """15-minute windows of zones and queues; nan where nothing was measured."""

    place: NDArray[np.object_]
    hour: Labels
    start: Figures
    mean: Figures
    joined: Figures
    served: Figures
    abandoned: Figures
    tills_open: Figures
    observed_s: Figures


def stays(inquiry: Inquiry, site: Site, hours: tuple[Hour, ...], of: str) -> Stays:
    """The windows of `of` (wait, service, left, dwell) that end within these hours."""
    found = inquiry.rows("stay_windows", _span(site, hours) | {"of": of})
    listed = found["bins"].combine_chunks()
    told = np.asarray(listed.is_valid())
    bins = np.zeros((found.num_rows, len(LOW)), dtype=np.int64)
    bins[told] = np.asarray(listed.flatten()).reshape(-1, len(LOW))
    start, end = (np.asarray(found[name].cast(pa.int64())) / 1e6 for name in ("start", "end"))
    hour = np.where(end - start <= _LONGEST_S, placed(hours, end - 1.0), -1)
    n = np.where(told, _figures(found, "n"), np.nan)
    others = (_figures(found, name) for name in ("promise_s", "observed_s"))
    return Stays(_words(found, "place"), hour, start, end, n, _figures(found, "sum_s"), bins, *others)


def loads(inquiry: Inquiry, site: Site, hours: tuple[Hour, ...], kind: str) -> Loads:
    """The windows of the places of a kind (zone, queue) that begin within these hours."""
    found = inquiry.rows("load_windows", _span(site, hours) | {"kind": kind})
    start = np.asarray(found["start"].cast(pa.int64())) / 1e6
    names = ("mean", "joined", "served", "abandoned", "tills_open", "observed_s")
    figures = {name: _figures(found, name) for name in names}
    return Loads(_words(found, "place"), placed(hours, start), start, **figures)


def placed(hours: tuple[Hour, ...], at: Figures) -> Labels:
    """The index of the hour in which each moment lies, -1 for one before the first or after the last."""
    starts = np.array([hour.start for hour in hours])
    found = np.searchsorted(starts, at, side="right") - 1
    return np.where(at < hours[-1].end, found, -1)


def summed(keys: Labels, many: int, values: Figures) -> Figures:
    """The sum of the known values of each key from 0 to `many`; nan for a key without a known one. Keys below 0 are
    left out.
    """
    known = np.isfinite(values) & (keys >= 0)
    total = np.bincount(keys[known], values[known], many)
    return np.where(np.bincount(keys[known], minlength=many) > 0, total, np.nan)


def _span(site: Site, hours: tuple[Hour, ...]) -> dict[str, object]:
    return {"site": site.id, "start": moment(hours[0].start), "end": moment(hours[-1].end)}


def _figures(found: pa.Table, name: str) -> Figures:
    return np.asarray(found[name].cast(pa.float64()).to_numpy(zero_copy_only=False), dtype=np.float64)


def _words(found: pa.Table, name: str) -> NDArray[np.object_]:
    return np.asarray(found[name].to_numpy(zero_copy_only=False), dtype=np.object_)
