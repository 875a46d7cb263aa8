"""The question `queue_grid`: how each queue does on each weekday at each hour."""

from typing import Any

import numpy as np
import pyarrow as pa

from hub.compound.hours import Hour, hours_of
from hub.compound.inquiry import Inquiry
from hub.compound.windows import Figures, Labels, Loads, Stays, loads, stays, summed
from hub.insight.durations import quantiles, shares, wilson
from hub.sites import Site, today

CELLS = 7 * 24
ROWS = pa.schema(
    [
        *(("weekday", pa.int64()), ("hour", pa.int64()), ("place", pa.string()), ("n", pa.int64())),
        *((name, pa.float64()) for name in ("p50_s", "p90_s", "within", "within_low", "within_high")),
        *((name, pa.int64()) for name in ("joined", "served")),
        *((name, pa.float64()) for name in ("abandoned", "abandoned_low", "abandoned_high", "tills_open")),
        ("coverage", pa.float64()),
    ]
)


def answer(inquiry: Inquiry) -> pa.Table:
    """A weekday (Monday 0) and local hour of a queue in which something of it was told, or should have been.

    Waits are those of windows of at most two hours. `within` is the share within the promise in force, `abandoned`
    the share of those who joined; both with Wilson's interval. `tills_open` is a mean over the time looked at.
    """
    hours = _asked(inquiry)
    if not hours:
        return ROWS.empty_table()
    cells = np.array([hour.day.weekday() * 24 + hour.hour for hour in hours])
    waits, load = stays(inquiry, inquiry.site, hours, "wait"), loads(inquiry, inquiry.site, hours, "queue")
    places = sorted(set(load.place) | set(waits.place))
    rows = [row for place in places for row in _rows(place, hours, cells, waits, load)]
    return pa.Table.from_pylist(sorted(rows, key=lambda row: (row["weekday"], row["hour"])), schema=ROWS)


def _asked(inquiry: Inquiry) -> tuple[Hour, ...]:
    """The open hours of the period that are over, as a run of all hours."""
    site: Site = inquiry.site
    start, end = inquiry.values["start"].timestamp(), min(inquiry.values["end"].timestamp(), inquiry.at)
    if end <= start:
        return ()
    first = today(site, start)[0]
    hours = hours_of(site, first, (today(site, end - 1.0)[0] - first).days + 1)
    return tuple(hour for hour in hours if hour.end > start and hour.start < end)


def _rows(place: str, hours: tuple[Hour, ...], cells: Labels, waits: Stays, load: Loads) -> list[dict[str, Any]]:
    mine, own = waits.place == place, load.place == place
    told = _cells(cells, np.where(mine, waits.hour, -1)), _cells(cells, np.where(own, load.hour, -1))
    first = min((found.min() for found in (waits.start[mine], load.start[own]) if len(found)), default=0.0)
    due = np.bincount(cells[[i for i, hour in enumerate(hours) if hour.open and hour.end > first]], minlength=CELLS)
    waited = _waited(told[0], waits)
    met = _met(told[1], load)
    seen = np.isfinite(waited["n"]) | (np.nan_to_num(met["joined"]) > 0) | (due > 0)
    looked = np.nan_to_num(met.pop("looked_s"))
    rows = []
    for cell in np.flatnonzero(seen).tolist():
        row = {"weekday": cell // 24, "hour": cell % 24, "place": place}
        row |= {name: _known(found[cell]) for name, found in (waited | met).items()}
        row["coverage"] = min(1.0, looked[cell] / (due[cell] * 3600)) if due[cell] else None
        rows.append(_sure(row))
    return rows


def _cells(cells: Labels, hour: Labels) -> Labels:
    return np.where(hour >= 0, cells[hour], -1)


def _waited(keys: Labels, waits: Stays) -> dict[str, Figures]:
    """Of each cell: how many waited, typical and long waits, and the share within the promise that was in force."""
    told = np.where(np.isfinite(waits.n), keys, -1)
    bins = np.zeros((CELLS, waits.bins.shape[1]), dtype=np.int64)
    np.add.at(bins, told[told >= 0], waits.bins[told >= 0])
    n = summed(told, CELLS, waits.n)
    promised = np.isfinite(waits.promise_s)
    kept = summed(told, CELLS, shares(waits.bins, waits.promise_s) * waits.n)
    of = summed(np.where(promised, told, -1), CELLS, waits.n)
    with np.errstate(invalid="ignore", divide="ignore"):
        return {"n": n, "p50_s": quantiles(bins, 0.5), "p90_s": quantiles(bins, 0.9), "within": kept / of}


def _met(keys: Labels, load: Loads) -> dict[str, Figures]:
    """Of each cell: who joined, was served, gave up, and the tills open by the time that was looked at."""
    sums = {name: summed(keys, CELLS, getattr(load, name)) for name in ("joined", "served", "abandoned")}
    tills = summed(keys, CELLS, load.tills_open * load.observed_s)
    for_s = summed(np.where(np.isfinite(load.tills_open), keys, -1), CELLS, load.observed_s)
    with np.errstate(invalid="ignore", divide="ignore"):
        share = np.minimum(sums.pop("abandoned") / sums["joined"], 1.0)
        return sums | {
            "abandoned": share,
            "tills_open": tills / for_s,
            "looked_s": summed(keys, CELLS, load.observed_s),
        }


def _known(value: float) -> float | None:
    return float(value) if np.isfinite(value) else None


def _sure(row: dict[str, Any]) -> dict[str, Any]:
    """The row with its intervals, and counts as whole numbers."""
    for name in ("n", "joined", "served"):
        row[name] = None if row[name] is None else round(row[name])
    for name, of in (("within", "n"), ("abandoned", "joined")):
        if row[name] is not None and row[of]:
            row[f"{name}_low"], row[f"{name}_high"] = wilson(row[name], row[of])
    return row
