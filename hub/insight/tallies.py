"""Counted answers to a score become what may be said of them: value, interval, distribution, or nothing."""

import math
from collections.abc import Iterable
from typing import Any, NamedTuple

import pyarrow as pa

from hub.insight.scores import mean, nps, share, state
from hub.insight.stores import Measured, of_nps

_ANSWERS_AT_LEAST, _SCORE_AT_LEAST, _WAITS_AT_LEAST = 5, 10, 5  # below 5 they are not even shown as they were given
_ORDER = ("nps", "csat", "ces")
_ANSWER = pa.struct([("answer", pa.int64()), ("n", pa.int64())])
SCORES = pa.schema(
    [
        ("score", pa.string()),
        ("n", pa.int64()),
        ("value", pa.float64()),
        ("low", pa.float64()),
        ("high", pa.float64()),
        ("state", pa.string()),
        ("distribution", pa.list_(_ANSWER)),
    ]
)
BY_WAIT = pa.schema(
    [
        ("band_from_s", pa.int64()),
        ("band_to_s", pa.int64()),
        ("n", pa.int64()),
        ("value", pa.float64()),
        ("low", pa.float64()),
        ("high", pa.float64()),
        ("withheld", pa.string()),
    ]
)


class Tally(NamedTuple):
    """The answers to one score on one scale (its ends, such as 1-5): how many gave each, and how many at the top."""

    score: str
    scale: str
    counts: dict[int, int]
    tops: int

    @property
    def n(self) -> int:
        """How many answers."""
        return sum(self.counts.values())

    def shown(self) -> dict[str, Any]:
        """score, n, value, low, high, state and distribution as they may leave; what may not is None or empty.

        NPS in points, CSAT the satisfied share (0..1), CES the mean on its scale; ends are cut off at the scale's.
        """
        told = state(self.n)
        value, low, high = (None, None, None) if told == "withheld" else self.claim()
        return {
            "score": self.score,
            "n": self.n,
            "value": value,
            "low": low,
            "high": high,
            "state": told,
            "distribution": [{"answer": a, "n": self.counts[a]} for a in sorted(self.counts)]
            if self.n >= _ANSWERS_AT_LEAST
            else [],
        }

    def claim(self) -> tuple[float | None, float | None, float | None]:
        """Value and interval at any n."""
        if self.score == "nps":
            return _cut(nps(self.counts), "nps", "adj_wald95", -100, 100)
        if self.score == "csat":
            return _cut(share(self.tops, self.n), "share", "wilson95", 0, 1)
        lowest, highest = self._ends
        return _cut(mean(self.counts), "mean", "t95", lowest, highest)

    def measured(self, name: str) -> Measured | None:
        """Value and standard error to compare with others; None where the score may not be shown.

        The error of a share or a mean has a few answers added that lie everywhere, so that equal answers leave some.
        """
        if state(self.n) == "withheld":
            return None
        n = self.n
        if self.score == "nps":
            promoters = sum(count for answer, count in self.counts.items() if answer >= 9)
            return of_nps(name, promoters, sum(count for answer, count in self.counts.items() if answer <= 6), n)
        if self.score == "csat":
            p = (self.tops + 2) / (n + 4)
            return Measured(name, n, self.tops / n, math.sqrt(p * (1 - p) / (n + 4)))
        lowest, highest = self._ends
        found = mean(self.counts)
        variance = ((n - 1) * found["sd"] ** 2 + (highest - lowest) ** 2 / 12) / n
        return Measured(name, n, found["mean"], math.sqrt(variance / n))

    @property
    def _ends(self) -> tuple[int, int]:
        lowest, _, highest = self.scale.partition("-")
        return int(lowest), int(highest)


def gathered(rows: Iterable[dict[str, Any]], *keys: str) -> dict[tuple[Any, ...], list[Tally]]:
    """The tallies of rows (score, scale, answer, top, n) by the values of the keys, in the usual order of scores."""
    found: dict[tuple[Any, ...], dict[tuple[str, str], Tally]] = {}
    for row in rows:
        group = found.setdefault(tuple(row[key] for key in keys), {})
        kind = (row["score"], row["scale"])
        tally = group.get(kind, Tally(*kind, {}, 0))
        tally.counts[row["answer"]] = tally.counts.get(row["answer"], 0) + row["n"]
        group[kind] = tally._replace(tops=tally.tops + (row["n"] if row["top"] else 0))
    return {
        key: sorted(group.values(), key=lambda tally: (_ORDER.index(tally.score), tally.scale))
        for key, group in found.items()
    }


def finish(table: pa.Table) -> pa.Table:
    """The answer to the question `scores` or `score_by_wait` from the counts its SQL gives, told apart by columns."""
    rows = table.to_pylist()
    if "band_from_s" in table.column_names:
        return pa.Table.from_pylist(list(_bands(rows)), schema=BY_WAIT)
    return pa.Table.from_pylist([tally.shown() for tally in gathered(rows).get((), [])], schema=SCORES)


def _bands(rows: list[dict[str, Any]]) -> Iterable[dict[str, Any]]:
    """Each band of waiting time: shown only where 10 answers and 5 measured waits stand behind it."""
    scored = [row | {"score": "nps", "scale": "0-10", "top": False} for row in rows]
    for (start, end, waits), (tally,) in gathered(scored, "band_from_s", "band_to_s", "waits").items():
        few = "n<10" if tally.n < _SCORE_AT_LEAST else "n<5" if (waits or 0) < _WAITS_AT_LEAST else None
        value, low, high = (None, None, None) if few else tally.claim()
        yield {
            "band_from_s": start,
            "band_to_s": end,
            "n": None if few else tally.n,
            "value": value,
            "low": low,
            "high": high,
            "withheld": few,
        }


def _cut(
    found: dict[str, Any], value: str, ends: str, lowest: float, highest: float
) -> tuple[float | None, float | None, float | None]:
    if found[ends] is None:
        return found[value], None, None
    return found[value], max(found[ends][0], lowest), min(found[ends][1], highest)
