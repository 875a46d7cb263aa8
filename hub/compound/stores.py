"""The questions `stores`, `store_days` and `consistency`: shops beside each other, and how alike they are."""

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
import pyarrow as pa

from hub.compound.inquiry import Inquiry
from hub.insight.durations import quantiles, shares
from hub.insight.scores import state
from hub.insight.stores import Measured, spread, standings
from hub.insight.tallies import Tally, gathered

_ORDER = ("nps", "csat", "ces")
_F, _I, _S = pa.float64(), pa.int64(), pa.string()
_STORES = pa.schema(
    [
        *(("site", _S), ("name", _S), ("visitors", _I), ("coverage", _F), ("score", _S), ("n", _I)),
        *((name, _F) for name in ("value", "se", "drawn", "low", "high", "limit_low", "limit_high")),
        *(("beyond", _S), ("first", _I), ("last", _I), ("state", _S)),
    ]
)
_DAYS = pa.schema(
    [("site", _S), ("day", pa.date32()), ("entries", _I), ("coverage", _F), ("wait_p90_s", _F), ("within", _F)]
)
_CONSISTENCY = pa.schema(
    [
        *(("of", _S), ("score", _S), ("groups", _I), ("n", _I)),
        *((name, _F) for name in ("middle", "sd", "low", "high", "share")),
        *(("state", _S), ("reason", _S)),
    ]
)
_NO_WAITS: dict[str, float | None] = {"wait_p90_s": None, "within": None}
_KINDS = {"dayparts": "daypart", "touchpoints": "touchpoint"}


def stores(inquiry: Inquiry) -> pa.Table:
    """Each shop with each score that any of them has, by name; shops below 10 answers are counted and not compared.

    A score on several scales is compared on the one most used; a shop that asked on another has n of 0 there.
    """
    told = _tallies(inquiry)
    visitors = {site: _visitors(days) for site, days in _days(inquiry).items()}
    rows: list[dict[str, Any]] = []
    for score in told or {"": {}}:
        measured = _measured(told.get(score, {}))
        found = {standing.name: standing for standing in standings(measured)}
        errors = {one.name: one.se for one in measured}
        for site in inquiry.sites:
            n = told[score][site.id].n if site.id in told.get(score, {}) else 0
            row = {"site": site.id, "name": site.name, **visitors[site.id], "score": score or None, "n": n}
            row["state"] = state(n)
            if standing := found.get(site.id):
                row |= {"value": standing.value, "se": errors[site.id], "drawn": standing.drawn}
                row |= {"low": standing.low, "high": standing.high, "beyond": standing.beyond}
                row |= {"limit_low": standing.limits[0], "limit_high": standing.limits[1]}
                row |= {"first": standing.first, "last": standing.last}
            rows.append(row)
    return pa.Table.from_pylist(rows, schema=_STORES)


def store_days(inquiry: Inquiry) -> pa.Table:
    """Each shop's business days that begin in the period: visitors, and of all published waits p90 and share kept."""
    waits = _waited(inquiry.over("wait_days", **_span(inquiry)))
    rows = [
        {key: day[key] for key in ("site", "day", "entries", "coverage")} | waits.get((site, day["day"]), _NO_WAITS)
        for site, days in _days(inquiry).items()
        for day in days
    ]
    return pa.Table.from_pylist(rows, schema=_DAYS)


def consistency(inquiry: Inquiry) -> pa.Table:
    """How far shops, dayparts and touchpoints truly lie apart, by score; shops together where there are several."""
    by_site = _tallies(inquiry)
    groups = [("stores", score, list(tallies.values())) for score, tallies in by_site.items()]
    grouped = inquiry.over("answer_groups", **_span(inquiry))
    for of, kind in _KINDS.items():
        told = _pooled(row for row in grouped if row["by"] == kind)
        groups += [(of, score, told[score]) for score in told]
    return pa.Table.from_pylist([_spread(*group) for group in groups], schema=_CONSISTENCY)


def _spread(of: str, score: str, tallies: Iterable[Tally]) -> dict[str, Any]:
    measured = [one for i, tally in enumerate(tallies) if (one := tally.measured(str(i)))]
    n = sum(one.n for one in measured)
    row: dict[str, Any] = {"of": of, "score": score, "groups": len(measured), "n": n, "state": "withheld"}
    found = spread(measured)
    if found is None:
        return row | {"reason": "fewer than 3 with 10 answers each"}
    told = {name: getattr(found, name) for name in ("middle", "sd", "low", "high", "share")}
    return row | told | {"state": state(min(one.n for one in measured))}


def _tallies(inquiry: Inquiry) -> dict[str, dict[str, Tally]]:
    """The tallies of each score by site, on the scale that is most used over all of them."""
    found = gathered(inquiry.over("scores", **_span(inquiry)), "site")
    return _on_one_scale((site, tally) for (site,), tallies in sorted(found.items()) for tally in tallies)


def _span(inquiry: Inquiry) -> dict[str, Any]:
    return {key: inquiry.values[key] for key in ("start", "end")}


def _on_one_scale(named: Iterable[tuple[str, Tally]]) -> dict[str, dict[str, Tally]]:
    told = list(named)
    found: dict[str, dict[str, Tally]] = {}
    for score in (score for score in _ORDER if any(tally.score == score for _, tally in told)):
        scales: Counter[str] = Counter()
        for _, tally in told:
            scales[tally.scale] += tally.n if tally.score == score else 0
        scale, _ = max(scales.items(), key=lambda item: (item[1], item[0]))
        found[score] = {name: tally for name, tally in told if (tally.score, tally.scale) == (score, scale)}
    return found


def _measured(tallies: Mapping[str, Tally]) -> list[Measured]:
    return [one for site, tally in tallies.items() if (one := tally.measured(site))]


def _pooled(rows: Iterable[dict[str, Any]]) -> dict[str, list[Tally]]:
    """The tallies of each score by group, over all sites, as far as each site may tell them."""
    told = _on_one_scale((group, tally) for (group,), found in gathered(rows, "group").items() for tally in found)
    return {score: list(tallies.values()) for score, tallies in told.items()}


def _days(inquiry: Inquiry) -> dict[str, list[dict[str, Any]]]:
    """The business days of each site."""
    found: dict[str, list[dict[str, Any]]] = {site.id: [] for site in inquiry.sites}
    for row in inquiry.over("days", **_span(inquiry)):
        found[row["site"]].append(row)
    return found


def _visitors(days: list[dict[str, Any]]) -> dict[str, Any]:
    seen = [row["entries"] for row in days if row["entries"] is not None]
    looked = [row["coverage"] for row in days if row["coverage"] is not None]
    return {"visitors": sum(seen) if seen else None, "coverage": sum(looked) / len(looked) if looked else None}


def _waited(rows: list[dict[str, Any]]) -> dict[tuple[str, Any], dict[str, float | None]]:
    """By site and day the p90 of all its waits, and the share of those with a promise that were within it."""
    if not rows:
        return {}
    keys = list(dict.fromkeys((row["site"], row["day"]) for row in rows))
    number = {key: i for i, key in enumerate(keys)}
    at = np.array([number[row["site"], row["day"]] for row in rows])
    bins = np.array([row["bins"] for row in rows], dtype=np.int64)
    promised = np.array([np.nan if row["promise_s"] is None else row["promise_s"] for row in rows], dtype=np.float64)
    day_bins = np.zeros((len(keys), bins.shape[1]), dtype=np.int64)
    np.add.at(day_bins, at, bins)
    kept, n = shares(bins, promised), bins.sum(axis=1)
    sure = np.isfinite(kept)
    within, of = (np.bincount(at[sure], told[sure], len(keys)) for told in (kept * n, n))
    return {
        key: {"wait_p90_s": float(p90), "within": float(part / whole) if whole > 0 else None}
        for key, p90, part, whole in zip(keys, quantiles(day_bins, 0.9), within, of, strict=True)
    }
