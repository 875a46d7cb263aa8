"""From fixed bins back to what people ask: typical waits, long waits, and how many kept the promise."""

from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from edge.values import EDGES_S

# The last bin is open; nothing above its lower edge can be told apart.
LOW = np.array((0, *EDGES_S), dtype=np.float64)
HIGH = np.array((*EDGES_S, EDGES_S[-1]), dtype=np.float64)
Z95 = 1.959963984540054

_Bins = NDArray[np.int64]
_Figures = NDArray[np.float64]

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


class _Rows(NamedTuple):
    """Windows of stays or waits, a row each; NaN where nothing was measured or nothing is promised."""

    n: _Figures
    cut: _Figures
    sum_s: _Figures
    bins: _Bins
    promise_s: _Figures
    observed_s: _Figures
    start_us: NDArray[np.int64]
    end_us: NDArray[np.int64]

    @property
    def length_s(self) -> _Figures:
        return np.asarray((self.end_us - self.start_us) / 1e6)

    def take(self, at: Any) -> "_Rows":
        return _Rows(*(column[at] for column in self))


def quantiles(bins: _Bins, q: float) -> _Figures:
    """Of each row of bins: seconds below which the share q of the durations lies, in a straight line within its bin;
    NaN without any.

    In the open last bin its lower edge, 7200 s: the answer is then "at least". Bins below zero, which noise can
    make, count as empty.
    """
    bins = np.maximum(bins, 0)
    running = np.cumsum(bins, axis=1)
    wanted = q * running[:, -1:]
    at = (running < np.maximum(wanted, 1e-9)).sum(axis=1, keepdims=True).clip(max=len(LOW) - 1)
    own, upto = (np.take_along_axis(found, at, axis=1) for found in (bins, running))
    with np.errstate(invalid="ignore"):
        part = (wanted - (upto - own)) / own
    return np.asarray((LOW[at] + part * (HIGH - LOW)[at])[:, 0])


def shares(bins: _Bins, limits_s: _Figures) -> _Figures:
    """Of each row of bins: the share of durations of at most the limit beside it, in a straight line within the bin
    it falls in; NaN without any, and without a limit.

    Durations in the open last bin count as longer than any limit.
    """
    bins = np.maximum(bins, 0)
    width = np.where(HIGH > LOW, HIGH - LOW, 1.0)
    part = np.where(HIGH > LOW, np.clip((limits_s[:, None] - LOW) / width, 0.0, 1.0), 0.0)
    with np.errstate(invalid="ignore"):
        return np.asarray((bins * part).sum(axis=1) / bins.sum(axis=1))


def wilson(share: float, n: int, z: float = Z95) -> tuple[float, float]:
    """The interval of a share of n (Wilson 1927): (p + z2/2n +- z sqrt(p(1-p)/n + z2/4n2)) / (1 + z2/n)."""
    middle, spread = share + z * z / (2 * n), z * np.sqrt(share * (1 - share) / n + z * z / (4 * n * n))
    scale = 1 + z * z / n
    return max(0.0, float((middle - spread) / scale)), min(1.0, float((middle + spread) / scale))


def stays(found: pa.Table) -> pa.Table:
    """The answer to `stays`: one row a published window, in the order given."""
    rows = _read(found)
    made = _figures(rows.n, rows.sum_s, rows.bins, rows.promise_s)
    made |= {"promise_s": rows.promise_s, "coverage": rows.observed_s / rows.length_s}
    columns = {name: found[name] for name in STAYS.names if name not in made}
    columns |= {name: pa.array(figures, from_pandas=True) for name, figures in made.items()}
    return pa.table({name: columns[name] for name in STAYS.names}).cast(STAYS)


def waits(found: pa.Table) -> pa.Table:
    """The answer to `waits`: the published windows of each place and kind pooled; bins and sums add up exactly.

    coverage is over all windows of the period, the withheld ones too; n is null where all are withheld.
    """
    groups: dict[tuple[str, str], list[int]] = {}
    for at, key in enumerate(zip(found["place"].to_pylist(), found["of"].to_pylist(), strict=True)):
        groups.setdefault(key, []).append(at)
    rows = _read(found)
    pooled = [{"place": place, "of": of} | _pooled(rows.take(groups[place, of])) for place, of in sorted(groups)]
    return pa.Table.from_pylist(pooled, schema=_WAITS)


def _pooled(rows: _Rows) -> dict[str, Any]:
    promise = rows.promise_s[-1:]
    pooled: dict[str, Any] = {"promise_s": None if np.isnan(promise[0]) else int(promise[0])}
    pooled |= {"first_start": int(rows.start_us.min()), "last_end": int(rows.end_us.max())}
    pooled["coverage"] = float(rows.observed_s.sum() / rows.length_s.sum())
    told = rows.take(np.flatnonzero(~np.isnan(rows.n)))
    if told.n.size:
        n, cut, sum_s = (figures.sum()[None] for figures in (told.n, told.cut, told.sum_s))
        figures = _figures(n, sum_s, told.bins.sum(axis=0)[None], promise)
        # At level dp nobody is told `cut` and `sum_s`: unknown, which is not zero.
        pooled |= {"n": int(n[0]), "cut": None if np.isnan(cut[0]) else int(cut[0])}
        pooled |= {name: _one(figure) for name, figure in figures.items()}
        if pooled["within"] is not None:
            pooled["within_low"], pooled["within_high"] = wilson(pooled["within"], pooled["n"])
    return pooled


def _one(found: _Figures) -> float | None:
    return None if np.isnan(found[0]) else float(found[0])


def _figures(n: _Figures, sum_s: _Figures, bins: _Bins, promise_s: _Figures) -> dict[str, _Figures]:
    """Typical, long and mean duration and the share within the promise of each row; NaN where none was measured."""
    measured = n > 0
    found = {"p50_s": quantiles(bins, 0.5), "p90_s": quantiles(bins, 0.9)}
    with np.errstate(invalid="ignore", divide="ignore"):
        found |= {"mean_s": sum_s / n, "within": shares(bins, promise_s)}
    return {name: np.where(measured, figures, np.nan) for name, figures in found.items()}


def _read(found: pa.Table) -> _Rows:
    def figures(name: str) -> _Figures:
        return np.asarray(found[name].cast(pa.float64()))

    listed = found["bins"].combine_chunks()
    told = np.asarray(listed.is_valid())
    bins = np.zeros((found.num_rows, len(LOW)), dtype=np.int64)
    bins[told] = np.asarray(listed.flatten()).reshape(-1, len(LOW))
    n = np.where(told, figures("n"), np.nan)
    # A promise is about waiting; a long stay in a zone breaks none.
    promised = np.array([of == "wait" for of in found["of"].to_pylist()], dtype=np.bool_)
    promise_s = np.where(promised, figures("promise_s"), np.nan)
    start, end = (np.asarray(found[name].cast(pa.int64())) for name in ("start", "end"))
    kept = (n, figures("cut"), figures("sum_s"), bins, promise_s, figures("observed_s"))
    return _Rows(*kept, start, end)
