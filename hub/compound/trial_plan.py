"""The question `trial_plan`: a calendar drawn by lot, and what it could find, judged by the shop's own days."""

from datetime import timedelta
from typing import Any

import numpy as np
import pyarrow as pa

from hub.compound.by_day import before
from hub.compound.inquiry import Inquiry
from hub.compound.trials import HISTORY_WEEKS
from hub.documents.lot import SCALES, seed_of
from hub.insight.trials import Switchback, smallest_change, switchback
from hub.sites import today

_FEWEST_DAYS = 28
ROWS = pa.schema(
    [
        *(("day", pa.date32()), ("on", pa.bool_()), ("detectable", pa.float64())),
        *(("usual", pa.float64()), ("seed", pa.int64()), ("reason", pa.string())),
    ]
)


def answer(inquiry: Inquiry) -> pa.Table:
    """A row a day of the calendar. The seed is always the same for the same site, metric, day and weeks.

    `usual` is the median of the measured days of the 8 weeks before, in the metric's unit; `detectable` the change
    that would be found with probability 0.8, as in `trials`; null with the reason where the past does not tell.
    """
    given, site = inquiry.values, inquiry.site
    metric, place, first, weeks = given["metric"], given.get("place"), given["day"], given["weeks"]
    seed = seed_of(site.id, metric, place, first, weeks)
    plan = switchback(first, weeks, seed, scale=SCALES[metric])
    now = today(site, inquiry.at)[0]
    past = before(inquiry, site, metric, place, min(first, now), HISTORY_WEEKS)
    detectable, reason = _promise(past, plan)
    if first <= now:
        reason = "it would have begun already: a trial is written down before"
    known = past[np.isfinite(past)]
    told: dict[str, Any] = {"detectable": detectable, "seed": seed, "reason": reason}
    told["usual"] = float(np.median(known)) if len(known) else None
    rows = [{"day": first + timedelta(days=n), "on": on, **told} for n, on in enumerate(plan.on)]
    return pa.Table.from_pylist(rows, schema=ROWS)


def _promise(past: Any, plan: Switchback) -> tuple[float | None, str | None]:
    many = int(np.isfinite(past).sum())
    if many < _FEWEST_DAYS:
        return None, f"measured on {many} of the {len(past)} days before; {_FEWEST_DAYS} are the least"
    found = smallest_change(past, plan)
    return found, None if found is not None else "too short, or the days before are too few in pairs, to promise any"
