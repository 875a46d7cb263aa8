"""The question `pains`: what may hurt at each stage, in its parts: who met it, what it costs, how that is known."""

from collections.abc import Iterator
from math import sqrt
from typing import Any

import numpy as np
import pyarrow as pa

from hub.compound.bad_moments import moments
from hub.compound.hours import Hour, hours_over
from hub.compound.inquiry import Inquiry
from hub.compound.windows import Stays, stays
from hub.insight.durations import HIGH, LOW
from hub.insight.journey import Pain, pains
from hub.insight.scores import Z95, nps
from hub.sites import moment

ROWS = pa.schema(
    [
        *(("stage", pa.string()), ("what", pa.string())),
        *((name, pa.float64()) for name in ("exposure", "severity", "low", "high")),
        ("evidence", pa.string()),
    ]
)
_DRIVER_DAYS = 90
# Where a theme of comments hurts.
_STAGE_OF = {
    "waiting": "queue",
    "staff": "till",
    "return": "till",
    "price": "zone",
    "stock": "zone",
    "finding": "zone",
    "tidiness": "zone",
    "crowding": "zone",
    "fitting": "fitting",
}
_LEAST = 10


def answer(inquiry: Inquiry) -> pa.Table:
    """What hurts, the most certain and most costly first.

    `exposure` is a share: of visitors for what was measured, of comments for themes. `severity` is points of NPS that
    it costs one who met it, with its interval: a driver's effect times how far the condition was over its promise
    (evidence `driver`), or NPS of those who mention a theme less that of all other commenting ones (`answers`).
    Without evidence severity is null.
    """
    hours = hours_over(inquiry)
    found = [*(_measured(inquiry, hours) if hours else ()), *_themes(inquiry)]
    return pa.Table.from_pylist([_row(one) for one in pains(found)], schema=ROWS)


def _measured(inquiry: Inquiry, hours: tuple[Hour, ...]) -> Iterator[Pain]:
    """What was measured of bad moments; what never was is not there."""
    met = moments(inquiry, inquiry.site, hours)
    if "late" not in met.unmeasured and met.late is not None:
        yield _waiting(inquiry, hours, met.late)
    for what, stage, share in (("unserved", "queue", met.unserved), ("crowded", "zone", met.crowded)):
        if share is not None:
            yield Pain(stage=stage, what=what, exposure=share, severity=None, low=None, high=None, evidence="none")


def _waiting(inquiry: Inquiry, hours: tuple[Hour, ...], share: float) -> Pain:
    """Waits longer than promised: a minute's effect, where waiting is a driver, times the minutes over."""
    over = over_min(stays(inquiry, inquiry.site, hours, "wait"))
    span = {"start": moment(hours[-1].end - _DRIVER_DAYS * 86_400), "end": moment(hours[-1].end)}
    found = [row for row in inquiry.ask("drivers", inquiry.site, **span).to_pylist() if row["condition"] == "wait"]
    if over is None or not found or found[0]["verdict"] != "driver":
        return Pain(stage="queue", what="late", exposure=share, severity=None, low=None, high=None, evidence="none")
    severity, low, high = (found[0][name] * over for name in ("effect", "low", "high"))
    return Pain(stage="queue", what="late", exposure=share, severity=severity, low=low, high=high, evidence="driver")


def over_min(waits: Stays) -> float | None:
    """By how many minutes at the mean those who waited longer than promised did so; None where nobody is known to.

    By the middles of the bins; of the bin in which the promise lies only what is above it. The open last bin counts
    as its lower edge.
    """
    told = np.isfinite(waits.n) & np.isfinite(waits.promise_s)
    bins, promise = np.maximum(waits.bins[told], 0), waits.promise_s[told][:, None]
    above = np.clip((HIGH - np.maximum(LOW, promise)) / np.where(HIGH > LOW, HIGH - LOW, 1.0), 0.0, 1.0)
    above = np.where(HIGH > LOW, above, (promise <= LOW).astype(float))
    excess = (np.maximum(LOW, promise) + np.maximum(HIGH, promise)) / 2 - promise
    late = float((bins * above).sum())
    return float((bins * above * excess).sum() / late / 60) if late > 0 else None


def _themes(inquiry: Inquiry) -> Iterator[Pain]:
    """What themes of comments go with, where 10 who mention one and 10 who do not gave a rating."""
    span = {key: inquiry.values[key] for key in ("start", "end")}
    whole = inquiry.rows("comment_count", {"site": inquiry.site.id} | span).to_pylist()[0]
    for row in inquiry.ask("themes", inquiry.site, **span).to_pylist():
        if row["rated"] is None or whole["rated"] - row["rated"] < _LEAST:
            continue
        mine = _score(*(row[name] for name in ("rated", "promoters", "detractors")))
        rest = _score(*(whole[name] - row[name] for name in ("rated", "promoters", "detractors")))
        severity, half = mine[0] - rest[0], Z95 * sqrt(mine[1] + rest[1])
        yield Pain(
            stage=_STAGE_OF[row["theme"]],
            what=row["theme"],
            exposure=row["n"] / whole["n"],
            severity=severity,
            low=severity - half,
            high=severity + half,
            evidence="answers",
        )


def _score(n: int, promoters: int, detractors: int) -> tuple[float, float]:
    """NPS, and the variance of its adjusted estimate (Rocks 2016)."""
    found = nps({10: promoters, 7: n - promoters - detractors, 0: detractors})
    low, high = found["adj_wald95"]
    return found["nps"], ((high - low) / 2 / Z95) ** 2


def _row(pain: Pain) -> dict[str, Any]:
    return {name: getattr(pain, name) for name in ROWS.names}
