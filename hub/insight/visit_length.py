"""How long visits last, by business day: from the doors alone by Little's law, and beside it as tags have it.

Little's law (Little 1961): people inside, summed up over the day, are the visits times their mean length. A shop that
is empty at both ends of the day has as many exits as entries. What is missing on one side was missed at a line; taken
off both in proportion to the traffic, the law becomes a difference: mean time of the exits less that of the entries.

How wrong that is follows from how many crossings are missed at random, a share q: each of the two means is one of a
sample, so variance = q s2 (1/entries + 1/exits), s2 = variance of the times of all crossings. The imbalances of the
days say how large q is (a day's entries less exits vary by q times the traffic), drawn to 3 % as if four days more
had shown that; an imbalance that is the same every day says that at least its share of the traffic is missed. Who
misses the same share on both sides loses nothing.
"""

from collections.abc import Iterable
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from hub.insight.durations import HIGH, LOW
from hub.insight.tails import t_quantile

_MISSED, _MISSED_DAYS = 0.03, 4
_LEAST, _LEAST_TAGS = 30, 10
_COVERED, _BALANCED = 0.9, 0.8
_TIME = pa.timestamp("us", tz="UTC")
_SCHEMA = pa.schema(
    [
        *(("day", pa.date32()), ("start", _TIME), ("end", _TIME), ("how", pa.string())),
        *((name, pa.float64()) for name in ("value", "low", "high")),
        *(("n", pa.int64()), ("coverage", pa.float64()), ("missed", pa.float64()), ("reason", pa.string())),
    ]
)

_Figures = NDArray[np.float64]
_Row = dict[str, Any]


class Doors(NamedTuple):
    """A business day's quarter hours of all doors: their middles in seconds, and what went through."""

    at: _Figures
    entries: _Figures
    exits: _Figures

    @property
    def traffic(self) -> float:
        """Entries and exits."""
        return float(self.entries.sum() + self.exits.sum())

    @property
    def drift(self) -> float:
        """Entries less exits: what was missed on one side more than on the other."""
        return float(self.entries.sum() - self.exits.sum())


def mean_visit(doors: Doors, missed: float) -> tuple[float, float]:
    """(mean length, its standard error) in seconds by Little's law, with the share `missed` at random at each line.

    There must be entries and exits.
    """
    entries, exits = doors.entries.sum(), doors.exits.sum()
    both = doors.entries + doors.exits
    middle = (doors.at * both).sum() / both.sum()
    spread = ((doors.at - middle) ** 2 * both).sum() / both.sum()
    value = (doors.at * doors.exits).sum() / exits - (doors.at * doors.entries).sum() / entries
    return float(value), float(np.sqrt(missed * spread * (1 / entries + 1 / exits)))


def missed_share(days: Iterable[Doors]) -> tuple[float, int]:
    """(share of crossings that the doors miss, degrees of freedom of that) from how the days fail to balance."""
    found = [(day.drift, day.traffic) for day in days if day.traffic]
    drift, traffic = (np.array(column) for column in (zip(*found, strict=True) if found else ((), ())))
    same = float(drift.sum() / traffic.sum()) if found else 0.0
    scatter = float(((drift - same * traffic) ** 2 / np.maximum(traffic, 1)).sum())
    freedom = _MISSED_DAYS + max(0, len(found) - 1)
    return min(1.0, max((_MISSED_DAYS * _MISSED + scatter) / freedom, abs(same))), freedom


def lengths(found: pa.Table) -> pa.Table:
    """The answer to `visit_length`: each business day that is over, by the doors and, where tags are heard, by tags.

    Seconds, with 95 % intervals; `missed` is the share of crossings behind the doors' interval. Without a value
    `reason` says why: `open` (the day lasts, or the shop never closes), `coverage` (below 90 % of the opening hours),
    `n<30` crossings in or out (tags: `n<10`), `unbalanced` (one side has less than 80 % of the other).
    """
    rows = found.to_pylist()
    days: dict[Any, list[_Row]] = {}
    for row in rows:
        days.setdefault((row["day"], row["how"]), []).append(row)
    told = [_Day(quarters) for (_, how), quarters in days.items() if how == "little" and _doors(quarters)]
    missed, freedom = missed_share(day.doors for day in told if day.whole and day.coverage >= _COVERED)
    answer = [_by_doors(day, missed, freedom) for day in told if day.rows[0]["asked"]]
    answer += [_by_tags(windows) for (_, how), windows in days.items() if how == "tags"]
    return pa.Table.from_pylist(sorted(answer, key=lambda row: (row["day"], row["how"])), schema=_SCHEMA)


class _Day:
    """One business day's quarter hours as they came."""

    def __init__(self, rows: list[_Row]) -> None:
        self.rows = rows
        at = np.array([(row["start"].timestamp() + row["end"].timestamp()) / 2 for row in rows])
        self.doors = Doors(at - at[0], _column(rows, "entries"), _column(rows, "exits"))
        # Over, and closed before it ended: only then was it empty at its end.
        self.whole = all(row["over"] for row in rows) and not rows[-1]["open"]
        opened = [row for row in rows if row["open"]]
        due = 900.0 * _doors(rows) * len(opened)
        self.coverage = min(1.0, sum(row["observed_s"] for row in opened) / due) if due else 0.0


def _doors(rows: list[_Row]) -> int:
    return int(max(row["doors"] for row in rows))


def _column(rows: list[_Row], name: str) -> _Figures:
    return np.array([row[name] for row in rows], dtype=np.float64)


def _by_doors(day: _Day, missed: float, freedom: int) -> _Row:
    entries, exits = float(day.doors.entries.sum()), float(day.doors.exits.sum())
    row = {"day": day.rows[0]["day"], "start": day.rows[0]["start"], "end": day.rows[-1]["end"], "how": "little"}
    row |= {"n": int(entries), "coverage": day.coverage, "missed": missed, "reason": None}
    if not day.whole:
        return row | {"reason": "open"}
    if day.coverage < _COVERED:
        return row | {"reason": "coverage"}
    if min(entries, exits) < _LEAST:
        return row | {"reason": f"n<{_LEAST}"}
    value, error = mean_visit(day.doors, missed)
    if min(entries, exits) < _BALANCED * max(entries, exits) or value <= 0:
        return row | {"reason": "unbalanced"}
    wide = t_quantile(0.975, freedom) * error
    return row | {"value": value, "low": max(0.0, value - wide), "high": value + wide}


def _by_tags(windows: list[_Row]) -> _Row:
    told = [row for row in windows if row["n"]]
    n = sum(row["n"] for row in told)
    length = sum((row["end"] - row["start"]).total_seconds() for row in windows)
    row = {"day": windows[0]["day"], "start": min(row["start"] for row in windows), "how": "tags"}
    row |= {"end": max(row["end"] for row in windows), "missed": None, "reason": None}
    row |= {"n": n if told else None, "coverage": sum(row["observed_s"] for row in windows) / length}
    if n < _LEAST_TAGS or any(row["sum_s"] is None for row in told):
        return row | {"reason": f"n<{_LEAST_TAGS}"}
    value = sum(row["sum_s"] for row in told) / n
    bins = np.array([row["bins"] for row in told], dtype=np.float64).sum(axis=0)
    # Where in its bin a visit lies adds little to how far they lie apart.
    middle = (LOW + HIGH) / 2
    variance = float((bins * (middle - (bins * middle).sum() / n) ** 2).sum() / (n - 1))
    wide = t_quantile(0.975, n - 1) * float(np.sqrt(variance / n))
    return row | {"value": value, "low": max(0.0, value - wide), "high": value + wide}
