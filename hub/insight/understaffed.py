"""Hours in which the promise is missed week after week while fewer tills are open than the model asks for."""

from collections.abc import Sequence
from math import sqrt
from typing import NamedTuple

import numpy as np

from hub.insight.changes import Figures
from hub.insight.findings import Candidate
from hub.insight.staffing import MOST_TILLS, tills_needed
from hub.insight.tails import t_quantile, t_tails

LEVEL = 0.9
_LEAST_WEEKS, _LEAST_WAITS = 5, 10  # weeks, and measured waits in each
_SHORT = 0.5  # tills that are missing
_LEAST_SPREAD = 0.02


class Slot(NamedTuple):
    """An hour of a kind of day (such as Saturdays at 12) over the weeks: waits and those of them within the promise,
    a week each, nan unknown; people joining an hour and tills open, as means.
    """

    waits: Figures
    kept: Figures
    joined_h: float
    tills_open: float
    start: float
    end: float


def understaffed(slots: Sequence[Slot], service_s: float | None, promise_s: float | None) -> Candidate | None:
    """The slot that is worst staffed, tested for all slots together (its chance times their number); None where none
    can be tested or none is short of tills.

    The share within the promise of each week is one value; their mean is tested against 0.9, one-sided (t).
    """
    tested = [(slot, found) for slot in slots if (found := _below(slot)) is not None]
    short = [(slot, found) for slot, found in tested if _missing(slot, service_s, promise_s) >= _SHORT]
    if not short:
        return None
    slot, (share, half, chance) = min(short, key=lambda one: one[1][2])
    return Candidate(
        code="understaffed",
        unit="share",
        evidence="queue",
        advice="move_hours",
        effect=share - LEVEL,
        size=LEVEL - share,
        chance=min(1.0, chance * len(tested)),
        worth=share < LEVEL - 0.05,
        low=share - half - LEVEL,
        high=share + half - LEVEL,
        usual=LEVEL,
        n=int(np.nansum(slot.waits)),
        start=slot.start,
        end=slot.end,
    )


def _below(slot: Slot) -> tuple[float, float, float] | None:
    """Mean share within the promise, half its interval, and the chance of so little where 0.9 are kept."""
    known = (slot.waits >= _LEAST_WAITS) & np.isfinite(slot.kept)
    if known.sum() < _LEAST_WEEKS:
        return None
    shares = slot.kept[known] / slot.waits[known]
    n = len(shares)
    spread = max(
        float(shares.std(ddof=1)), sqrt(LEVEL * (1 - LEVEL) / float(slot.waits[known].mean())), _LEAST_SPREAD
    )
    mean, error = float(shares.mean()), spread / sqrt(n)
    t = (mean - LEVEL) / error
    tail = t_tails(abs(t), n - 1) / 2
    return mean, t_quantile(0.975, n - 1) * error, tail if t < 0 else 1 - tail


def _missing(slot: Slot, service_s: float | None, promise_s: float | None) -> float:
    """Tills that the model asks for and that are not open."""
    if service_s is None or promise_s is None or not np.isfinite(slot.joined_h + slot.tills_open):
        return 0.0
    return (tills_needed(slot.joined_h, service_s, promise_s, LEVEL) or MOST_TILLS) - slot.tills_open
