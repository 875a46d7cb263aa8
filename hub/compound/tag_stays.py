"""The question `tag_stays`: stays in the zones that tags tell of, as measured and scaled up to all visitors."""

import math
from typing import Any

import pyarrow as pa

from hub.compound.inquiry import Inquiry
from hub.insight.durations import Z95
from hub.insight.tagged import SCALED

ROWS = pa.schema(
    [
        *((name, pa.string()) for name in ("place", "device", "sensor")),
        ("n", pa.int64()),
        *((name, pa.float64()) for name in ("p50_s", "p90_s", "mean_s", "stays", "low", "high", "share", "coverage")),
        ("reason", pa.string()),
    ]
)

_Row = dict[str, Any]


def answer(inquiry: Inquiry) -> pa.Table:
    """A zone of a radio sensor: `n` stays with a tag, how long they were, and `stays` of all visitors.

    The interval holds the chance of n and that of the share; where it reaches further than 20 % from `stays`, there
    is none, and `reason` says `not enough tags` (or what tag_share says). The zone of whole visits is left out:
    scaled up it would be footfall, which comes from cameras alone.
    """
    site, span = inquiry.site, {key: inquiry.values[key] for key in ("start", "end")}
    shares = {(row["device"], row["sensor"]): row for row in inquiry.ask("tag_share", site, **span).to_pylist()}
    pooled = inquiry.ask("waits", site, **span).to_pylist()
    dwell = {row["place"]: row for row in pooled if row["of"] == "dwell"}
    sensors = inquiry.ask("sensors", site).to_pylist()
    radio = {(row["device"], row["sensor"]) for row in sensors if row["kind"] != "camera"}
    rows = [
        _row(place, dwell[place["place"]], shares.get((place["device"], place["sensor"])))
        for place in inquiry.ask("places", site).to_pylist()
        if (place["device"], place["sensor"]) in radio
        and place["place"] in dwell
        and place["place"] != place["sensor"]
    ]
    return pa.Table.from_pylist(sorted(rows, key=lambda row: row["place"]), schema=ROWS)


def _row(place: _Row, dwell: _Row, share: _Row | None) -> _Row:
    row = {name: place[name] for name in ("place", "device", "sensor")}
    row |= {name: dwell[name] for name in ("n", "p50_s", "p90_s", "mean_s", "coverage")}
    row |= {"share": share and share["share"], "reason": "not enough tags"}
    if share is None or share["factor"] is None or not dwell["n"]:
        return row | ({"reason": share["reason"]} if share and share["reason"] else {})
    # Errors of a product add up as those of its logarithm.
    of_share = math.log(share["factor_high"] / share["factor_low"]) / (2 * Z95)
    reach = math.exp(Z95 * math.sqrt(1 / dwell["n"] + of_share**2))
    if reach - 1 > SCALED:
        return row
    stays = dwell["n"] * share["factor"]
    return row | {"stays": stays, "low": stays / reach, "high": stays * reach, "reason": None}
