"""From fixed bins back to what people ask: typical waits, long waits, and how many kept the promise."""

from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from edge.values import EDGES_S

# The last bin is open; nothing above its lower edge can be told apart.
LOW = np.array((0, *EDGES_S), dtype=np.float64)
HIGH = np.array((*EDGES_S, EDGES_S[-1]), dtype=np.float64)
Z95 = 1.959963984540054

STAYS = pa.schema(
    [
        ("place", pa.string()),
        ("of", pa.string()),
        ("start", pa.timestamp("us", tz="UTC")),
        ("end", pa.timestamp("us", tz="UTC")),
        ("n", pa.int64()),
        ("cut", pa.int64()),
        ("p50_s", pa.float64()),
        ("p90_s", pa.float64()),
        ("mean_s", pa.float64()),
        ("within", pa.float64()),
        ("promise_s", pa.int64()),
        ("coverage", pa.float64()),
        ("withheld", pa.string()),
    ]
)
_WAITS = pa.schema(
    [
        *(STAYS.field(name) for name in ("place", "of", "n", "cut", "p50_s", "p90_s", "mean_s", "within")),
        ("within_low", pa.float64()),
        ("within_high", pa.float64()),
        STAYS.field("promise_s"),
        ("first_start", pa.timestamp("us", tz="UTC")),
        ("last_end", pa.timestamp("us", tz="UTC")),
        STAYS.field("coverage"),
    ]
)


def quantile(bins: NDArray[np.int64], q: float) -> float | None:
    """Seconds below which the share q of the durations lies, in a straight line within its bin; None without any.

    In the open last bin its lower edge, 7200 s: the answer is then "at least". Bins below zero, which noise can
    make, count as empty.
    """
    bins = np.maximum(bins, 0)
    total = int(bins.sum())
    if total == 0:
        return None
    running = np.cumsum(bins)
    i = int(np.searchsorted(running, max(q * total, 1e-9)))
    before = running[i] - bins[i]
    return float(LOW[i] + (q * total - before) / bins[i] * (HIGH[i] - LOW[i]))


def within(bins: NDArray[np.int64], limit_s: float) -> float | None:
    """The share of durations of at most limit_s, in a straight line within the bin it falls in; None without any.

    Durations in the open last bin count as longer than any limit.
    """
    bins = np.maximum(bins, 0)
    total = int(bins.sum())
    if total == 0:
        return None
    width = np.where(HIGH > LOW, HIGH - LOW, 1.0)
    part = np.where(HIGH > LOW, np.clip((limit_s - LOW) / width, 0.0, 1.0), 0.0)
    return float((bins * part).sum() / total)


def wilson(share: float, n: int, z: float = Z95) -> tuple[float, float]:
    """The interval of a share of n (Wilson 1927): (p + z2/2n +- z sqrt(p(1-p)/n + z2/4n2)) / (1 + z2/n)."""
    middle, spread = share + z * z / (2 * n), z * np.sqrt(share * (1 - share) / n + z * z / (4 * n * n))
    scale = 1 + z * z / n
    return max(0.0, float((middle - spread) / scale)), min(1.0, float((middle + spread) / scale))


def stays(found: pa.Table) -> pa.Table:
    """The answer to `stays`: one row a published window, in the order given."""
    rows = []
    for row in found.to_pylist():
        bins = None if row["bins"] is None else np.array(row["bins"], dtype=np.int64)
        length = (row["end"] - row["start"]).total_seconds()
        rows.append(
            {**row, **_figures(row["n"], row["sum_s"], bins, _promise(row)), "coverage": row["observed_s"] / length}
        )
    return pa.Table.from_pylist([{name: row[name] for name in STAYS.names} for row in rows], schema=STAYS)


def waits(found: pa.Table) -> pa.Table:
    """The answer to `waits`: the published windows of each place and kind pooled; bins and sums add up exactly.

    coverage is over all windows of the period, the withheld ones too; n is null where all are withheld.
    """
    groups: dict[tuple[str, str], list[dict[str, Any]]] = {}
    for row in found.to_pylist():
        groups.setdefault((row["place"], row["of"]), []).append(row)
    rows = [_pooled(place, of, groups[place, of]) for place, of in sorted(groups)]
    return pa.Table.from_pylist(rows, schema=_WAITS)


def _pooled(place: str, of: str, rows: list[dict[str, Any]]) -> dict[str, Any]:
    published = [row for row in rows if row["n"] is not None and row["bins"] is not None]
    promise = _promise(rows[-1])
    pooled: dict[str, Any] = {"place": place, "of": of, "promise_s": promise, "n": None, "cut": None}
    pooled["first_start"], pooled["last_end"] = min(r["start"] for r in rows), max(r["end"] for r in rows)
    length = sum((r["end"] - r["start"]).total_seconds() for r in rows)
    pooled["coverage"] = sum(r["observed_s"] for r in rows) / length
    if published:
        n, total = sum(r["n"] for r in published), sum(r["sum_s"] or 0 for r in published)
        bins = np.array([r["bins"] for r in published], dtype=np.int64).sum(axis=0)
        pooled |= {"n": n, "cut": sum(r["cut"] or 0 for r in published)} | _figures(n, total, bins, promise)
        if pooled["within"] is not None:
            pooled["within_low"], pooled["within_high"] = wilson(pooled["within"], n)
    return pooled


def _figures(
    n: int | None, sum_s: int | None, bins: NDArray[np.int64] | None, promise: int | None
) -> dict[str, float | None]:
    if not n or n < 0 or bins is None:
        return {"p50_s": None, "p90_s": None, "mean_s": None, "within": None}
    return {
        "p50_s": quantile(bins, 0.5),
        "p90_s": quantile(bins, 0.9),
        "mean_s": None if sum_s is None else sum_s / n,
        "within": None if promise is None else within(bins, promise),
    }


def _promise(row: dict[str, Any]) -> int | None:
    """A promise is about waiting; a long stay in a zone breaks none."""
    return row["promise_s"] if row["of"] == "wait" else None
