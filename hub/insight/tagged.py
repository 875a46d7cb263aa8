"""What tags say of all visitors: which share carries one, and how many of them the doors' cameras see.

Devices tell totals from 30 tagged visitors on, a day or several at once; here they are pooled over the period. Shares
differ from day to day by more than chance (a promotion, a row of broken trolleys): the spread of the totals around
their mean says by how much, and the interval is that of so many fewer visitors (quasi-binomial).
"""

import math
from collections.abc import Iterable
from itertools import groupby
from typing import Any, NamedTuple

import pyarrow as pa

from hub.insight.durations import Z95, wilson
from hub.insight.tails import t_quantile, t_tails

SCALED = 0.2
"""How far an interval may reach from its value, as a share of it, for figures of tags to be scaled up."""
JUMPED = 0.01
MATCH_S = 8.0
"""How far apart in time a tag's entry and a camera's may be to be one: edge/measure/matching.py."""
LEAST = 30
_CALM = 1

_TIME = pa.timestamp("us", tz="UTC")
_SHARE = pa.schema(
    [
        *((name, pa.string()) for name in ("device", "sensor")),
        *((name, _TIME) for name in ("start", "end")),
        *((name, pa.int64()) for name in ("tagged", "visitors")),
        *((name, pa.float64()) for name in ("share", "low", "high", "factor", "factor_low", "factor_high", "before")),
        *(("jump", pa.bool_()), ("totals", pa.int64()), ("coverage", pa.float64()), ("reason", pa.string())),
    ]
)
_RECALL = pa.schema(
    [
        *((name, pa.string()) for name in ("device", "sensor")),
        *((name, _TIME) for name in ("start", "end")),
        *((name, pa.int64()) for name in ("tagged", "counted", "matched")),
        *(
            (name, pa.float64())
            for name in ("recall", "low", "high", "people", "people_low", "people_high", "chance")
        ),
        *(("totals", pa.int64()), ("coverage", pa.float64()), ("assumes", pa.string()), ("reason", pa.string())),
    ]
)

_Row = dict[str, Any]


class Pooled(NamedTuple):
    """Totals of some stretches: how many of `of` were `n`, and by how much more than chance the stretches differ."""

    n: int
    of: int
    spread: float = 1.0
    freedom: int = 0

    @property
    def share(self) -> float:
        """n / of; there must be some."""
        return self.n / self.of

    def interval(self, told: float = 1.0) -> tuple[float, float]:
        """Wilson's 95 % interval of the share, as if only the share `told` of the observations, less the spread, were
        there.
        """
        z = Z95 if self.spread == 1.0 else t_quantile(0.975, self.freedom)
        return wilson(min(1.0, self.share), max(1, int(self.of * told / self.spread)), z)


def pooled(pairs: Iterable[tuple[int, int]], others: Iterable[tuple[int, int]] = ()) -> Pooled:
    """The pooled (n, of) of stretches; the spread is that of the stretches around the mean of their own lot.

    Pearson's chi-square over its degrees of freedom, drawn to 1 as if one stretch more had shown no spread; never
    below 1. `others` are another lot that only helps to know the spread.
    """
    mine = list(pairs)
    chi2, freedom = 0.0, 0
    for lot in (mine, list(others)):
        n, of = sum(pair[0] for pair in lot), sum(pair[1] for pair in lot)
        if of and 0 < n < of:
            chi2 += sum((a - b * n / of) ** 2 / (b * n / of * (1 - n / of)) for a, b in lot if b)
            freedom += len(lot) - 1
    spread = max(1.0, (chi2 + _CALM) / (freedom + _CALM))
    return Pooled(sum(pair[0] for pair in mine), sum(pair[1] for pair in mine), spread, freedom + _CALM)


def shares(found: pa.Table) -> pa.Table:
    """The answer to `tag_share`: a radio sensor, with the share of visitors who carry a tag of the allow-list.

    `factor` is what figures of tagged visitors are to be multiplied with; it is there only where the interval lies
    within 20 % of the share, else `reason` says `not enough tags`. `jump`: the share differs from that of the four
    weeks `before` (1 % level): a broken gateway looks like fewer tags. NULL where nothing was told before.
    """
    return pa.Table.from_pylist([_share(rows) for rows in _by_sensor(found)], schema=_SHARE)


def recalls(found: pa.Table) -> pa.Table:
    """The answer to `camera_recall`: a radio sensor, with the share of visitors whom the doors' cameras count.

    Capture and recapture (Chapman 1951): of n1 tagged visitors, m were among the n2 that the cameras counted, so
    there were (n1+1)(n2+1)/(m+1) - 1. `assumes` says what must hold: `independent`, that those with a tag are as
    easy to see as all others. `chance` is the share of the unseen that would be matched to somebody else; devices
    take such matches off, and the interval is as much wider.
    """
    return pa.Table.from_pylist([_recall(rows) for rows in _by_sensor(found)], schema=_RECALL)


def _by_sensor(found: pa.Table) -> list[list[_Row]]:
    rows = sorted(found.to_pylist(), key=lambda row: (row["device"], row["sensor"], row["start"]))
    return [list(own) for _, own in groupby(rows, key=lambda row: (row["device"], row["sensor"]))]


def _told(rows: list[_Row]) -> _Row:
    length = sum((row["end"] - row["start"]).total_seconds() for row in rows)
    told = {"start": rows[0]["start"], "end": rows[-1]["end"], "totals": len(rows)} if rows else {"totals": 0}
    return told | {"coverage": sum(row["observed_s"] for row in rows) / length if length else 0.0}


def _share(rows: list[_Row]) -> _Row:
    known = [row for row in rows if row["camera_n"]]
    now, ago = (
        [(row["tag_n"], row["camera_n"]) for row in known if row["before"] is before] for before in (False, True)
    )
    answer = {"device": rows[0]["device"], "sensor": rows[0]["sensor"]}
    answer |= _told([row for row in rows if not row["before"]])
    before, found = pooled(ago, now), pooled(now, ago)
    answer |= {"before": before.share if before.of else None, "tagged": found.n, "visitors": found.of}
    if not found.of:
        return answer | {"tagged": None, "visitors": None, "reason": "not enough tags"}
    if found.n > found.of:
        return answer | {"reason": "more tags than visitors"}
    low, high = found.interval()
    answer |= {"share": found.share, "low": low, "high": high, "jump": _jump(found, before) if before.of else None}
    if not found.n or max(high - found.share, found.share - low) > SCALED * found.share:
        return answer | {"reason": "not enough tags"}
    return answer | {"factor": 1 / found.share, "factor_low": 1 / high, "factor_high": 1 / low, "reason": None}


def _jump(found: Pooled, before: Pooled) -> bool:
    share = (found.n + before.n) / (found.of + before.of)
    error = math.sqrt(found.spread * share * (1 - share) * (1 / found.of + 1 / before.of)) if 0 < share < 1 else 0.0
    return bool(error and t_tails((found.share - before.share) / error, found.freedom) < JUMPED)


def _recall(rows: list[_Row]) -> _Row:
    counted = sum(row["camera_n"] for row in rows)
    found = pooled((row["matched"], row["tag_n"]) for row in rows)
    open_s = sum(row["open_s"] * max(1.0, (row["end"] - row["start"]).total_seconds() / 86_400) for row in rows)
    chance = 1 - math.exp(-2 * MATCH_S * counted / open_s) if open_s else 0.0
    answer = {"device": rows[0]["device"], "sensor": rows[0]["sensor"], "assumes": "independent", "reason": None}
    answer |= _told(rows) | {"tagged": found.of, "counted": counted, "matched": found.n, "chance": chance}
    if found.of * (1 - chance) / found.spread < LEAST:
        return answer | {"reason": f"n<{LEAST}"}
    people = (found.of + 1) * (counted + 1) / (found.n + 1) - 1
    low, high = found.interval(1 - chance)
    answer |= {"people": people, "people_low": counted / high, "people_high": counted / low if low else None}
    return answer | {"recall": min(1.0, counted / people), "low": low, "high": high}
