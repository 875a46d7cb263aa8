"""The question `health_days`: what tells of each line, day by day, whether it counts well."""

from datetime import date, timedelta
from typing import Any

import pyarrow as pa

from hub.compound.hours import days_table
from hub.compound.inquiry import Inquiry

ROWS = pa.schema(
    [
        *((name, pa.string()) for name in ("device", "sensor", "place")),
        *(("day", pa.date32()), ("entries", pa.int64()), ("exits", pa.int64())),
        *((name, pa.float64()) for name in ("imbalance", "drift", "coverage")),
    ]
)


def answer(inquiry: Inquiry) -> pa.Table:
    """A line on a business day that begins in the period.

    imbalance = (entries - exits) / the larger of the two, of a door on a day that is over; expected near 0 where the
    shop has one door. drift = entries - exits over all doors of that day, in people: expected near 0 where the shop
    closes. Both are null while the day lasts, and where a door was not looked at for 90 % of the day.
    """
    days = days_table(inquiry.site, inquiry.values["start"].timestamp(), inquiry.values["end"].timestamp())
    found = inquiry.rows("line_days", inquiry.values, days).to_pylist()
    drifts = _drifts(found, inquiry.at)
    return pa.Table.from_pylist([_row(line, drifts, inquiry.at) for line in found], schema=ROWS)


def _row(line: dict[str, Any], drifts: dict[date, float | None], at: float) -> dict[str, Any]:
    row = {name: line[name] for name in ("device", "sensor", "place", "day")}
    row["coverage"] = _coverage(line)
    if line["role"] != "door":
        return row
    row |= {"entries": line["entries"], "exits": line["exits"], "drift": drifts[line["day"]]}
    if _sure(line, at):
        most = max(line["entries"], line["exits"])
        row["imbalance"] = (line["entries"] - line["exits"]) / most if most else 0.0
    return row


def _drifts(found: list[dict[str, Any]], at: float) -> dict[date, float | None]:
    """The drift of each day; None where one of the doors is not sure."""
    drifts: dict[date, float | None] = {}
    for line in found:
        if line["role"] == "door":
            so_far = drifts.get(line["day"], 0.0)
            sure = so_far is not None and _sure(line, at)
            drifts[line["day"]] = so_far + line["entries"] - line["exits"] if sure and so_far is not None else None
    return drifts


def _coverage(line: dict[str, Any]) -> float | None:
    return min(1.0, line["observed_s"] / line["due_s"]) if line["due_s"] > 0 else None


def _sure(line: dict[str, Any], at: float) -> bool:
    # A line's first day is due only from its first window on: what was inside by then never came in.
    length = (line["end_at"] - line["start_at"]) / timedelta(seconds=1)
    whole = line["end_at"].timestamp() <= at and line["observed_s"] >= 0.9 * length
    return whole and line["entries"] is not None and line["exits"] is not None
