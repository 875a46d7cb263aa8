"""The questions `trials` and `trials_all`: what became of each change that was tried out."""

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

import msgspec
import pyarrow as pa

from hub.compound.by_day import before, measured
from hub.compound.inquiry import Inquiry
from hub.documents.kinds import Trial
from hub.documents.lot import drawn, on_days
from hub.insight.trials import Staggered, Switchback, smallest_change
from hub.insight.verdicts import Verdict, of_staggered, of_switchback
from hub.sites import Site, day_span, today

HISTORY_WEEKS = 8
SETTLED_S = 3600  # a day's last windows are on their way for some minutes
UNITS = {
    "entries": "relative",
    "wait_p90": "relative",
    "within": "share",
    "nps": "points",
    "csat": "share",
    "conversion": "relative",
}
ROWS = pa.schema(
    [
        *((name, pa.string()) for name in ("site", "id", "name", "metric")),
        *(("first", pa.date32()), ("last", pa.date32()), ("state", pa.string()), ("verdict", pa.string())),
        *((name, pa.float64()) for name in ("effect", "low", "high")),
        *(("unit", pa.string()), ("chance", pa.float64())),
        *((name, pa.int64()) for name in ("days_on", "days_off", "days_missing")),
        *(("detectable", pa.float64()), ("reason", pa.string())),
    ]
)
_LOT = ("metric", "place", "first", "weeks", "seed", "on", "how", "stores", "beside", "pool")
_SAID = {"no change seen": "no change found"}


def answer(inquiry: Inquiry) -> pa.Table:
    """A row a trial of the site. There is no verdict before its end, of a change without a lot, or of one that was
    written down, or written otherwise, after it had begun. effect, low, high and detectable are in `unit`: relative
    (0.1 is a tenth more), share, or points.
    """
    return _table(inquiry, (inquiry.site,)).drop_columns(["site"])


def everywhere(inquiry: Inquiry) -> pa.Table:
    """The same over all sites. A trial begun in one store after another has its verdict here, if all may be read."""
    return _table(inquiry, inquiry.sites)


def _table(inquiry: Inquiry, sites: Sequence[Site]) -> pa.Table:
    rows = []
    for site in sites:
        versions: dict[str, list[dict[str, Any]]] = {}
        for row in inquiry.rows("trial_versions", {"site": site.id}).to_pylist():
            versions.setdefault(row["id"], []).append(row)
        rows += [{"site": site.id, "id": name, **_row(inquiry, site, found)} for name, found in versions.items()]
    return pa.Table.from_pylist(rows, schema=ROWS)


def _row(inquiry: Inquiry, site: Site, versions: Sequence[dict[str, Any]]) -> dict[str, Any]:
    told = [msgspec.json.decode(row["body"], type=Trial) for row in versions]
    trial, plan = told[-1], drawn(told[-1])
    ends = plan.ends if plan else trial.first + timedelta(weeks=trial.weeks)
    state = _state(site, trial.first, ends, inquiry.at)
    row: dict[str, Any] = {"name": trial.name, "metric": trial.metric, "unit": UNITS[trial.metric], "state": state}
    row |= {"first": trial.first, "last": ends - timedelta(days=1)}
    known = measured(inquiry, site, trial.metric, trial.place, trial.first, ends - timedelta(days=1))
    if isinstance(plan, Switchback):
        row |= _days(plan, known, today(site, inquiry.at)[0])
        end = min(trial.first, today(site, inquiry.at)[0])
        past = before(inquiry, site, trial.metric, trial.place, end, HISTORY_WEEKS)
        row["detectable"] = smallest_change(past, plan)
    written = _written(versions, told)
    if plan and written > day_span(site, trial.first)[0]:
        found = Verdict(said="cannot tell", reason="written down, or changed, after it had begun")
    elif state != "over":
        # Looking again and again until it says "changed" would make it say so sooner or later.
        found = Verdict(said="cannot tell", reason=f"no verdict before its end on {ends - timedelta(days=1)}")
    else:
        found = _verdict(inquiry, trial, plan, known)
    row |= {"verdict": _SAID.get(found.said, found.said), "reason": found.reason or None}
    return row | {"effect": found.change, "low": found.low, "high": found.high, "chance": found.chance}


def _verdict(
    inquiry: Inquiry, trial: Trial, plan: Switchback | Staggered | None, known: dict[date, float | None]
) -> Verdict:
    if isinstance(plan, Switchback):
        return of_switchback(plan, known)
    if plan is None:
        return Verdict(said="cannot tell", reason="nothing was drawn by lot: the season, or anything else, may be it")
    readable = {site.id: site for site in inquiry.sites}
    stores = (*plan.begins, *plan.beside)
    if not readable.keys() >= set(stores):
        return Verdict(said="cannot tell", reason="its stores are compared in trials_all, where all of them are read")
    last = plan.ends - timedelta(days=1)
    values = {s: measured(inquiry, readable[s], trial.metric, trial.place, plan.starts, last) for s in stores}
    return of_staggered(plan, values)


def _state(site: Site, first: date, ends: date, at: float) -> str:
    if at < day_span(site, first)[0]:
        return "planned"
    return "running" if at < day_span(site, ends)[0] + SETTLED_S else "over"


def _days(plan: Switchback, known: dict[date, float | None], now: date) -> dict[str, int]:
    """How many days that are over were measured, on and off, and how many were not."""
    over = [plan.starts + timedelta(days=n) for n in range(len(plan.on))]
    over, on = [day for day in over if day < now], set(on_days(plan))
    return {
        "days_on": sum(day in known and day in on for day in over),
        "days_off": sum(day in known and day not in on for day in over),
        "days_missing": sum(day not in known for day in over),
    }


def _written(versions: Sequence[dict[str, Any]], told: Sequence[Trial]) -> float:
    """Since when the lot and what is judged by stand as they do now, in Unix seconds."""
    since, lot = 0.0, [getattr(told[-1], key) for key in _LOT]
    for row, trial in zip(reversed(versions), reversed(told), strict=True):
        if [getattr(trial, key) for key in _LOT] != lot:
            break
        since = row["at"].timestamp()
    return since
