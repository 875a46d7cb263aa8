"""Rows of `count_check` -> what counts by hand say of a door, and the correction that they would justify."""

from datetime import date
from typing import Any, NamedTuple

from dashboard.doors.days import signed
from dashboard.times import MISSING, moment
from dashboard.words import Words

Rows = list[dict[str, Any]]
Cell = str | tuple[str, str]
WAYS = ("entries", "exits")
_LARGEST, _MOST_BASED = 10.0, 100


class Proposal(NamedTuple):
    """The body of a correction; None with the reason why none can be proposed."""

    body: dict[str, Any] | None
    reason: str = ""


def count_lines(rows: Rows, zone: str, now: float, words: Words, most: int = 40) -> list[list[Cell]]:
    """A line a count and way, newest first: door, when, way, counted, measured, error and interval or why none."""
    single = [row for row in rows if row["id"] is not None]
    newest = sorted(single, key=lambda row: (-row["start"], row["place"], row["way"]))
    return [
        [
            row["place"],
            moment(row["start"], zone, now),
            words(f"count.{row['way']}"),
            str(row["counted"]),
            MISSING if row["measured"] is None else str(row["measured"]),
            _said(row, words),
        ]
        for row in newest[:most]
    ]


def door_lines(rows: Rows, words: Words) -> list[list[Cell]]:
    """A line a door and way over all counts that can be compared."""
    return [
        [
            row["place"],
            words(f"count.{row['way']}"),
            str(row["counts"]),
            str(row["counted"]),
            str(row["measured"]),
            error_words(row, words),
            _verdict(row, words),
        ]
        for row in rows
        if row["id"] is None
    ]


def error_words(row: dict[str, Any], words: Words) -> str:
    """'-8 % (-15 % to -2 %)'; a dash where nobody came."""
    if row["error"] is None:
        return MISSING
    return words("count.error", error=signed(row["error"]), low=signed(row["low"]), high=signed(row["high"]))


def _said(row: dict[str, Any], words: Words) -> Cell:
    if row["reason"]:
        return "grey", words.named("count.reason", row["reason"])
    return error_words(row, words)


def _verdict(row: dict[str, Any], words: Words) -> Cell:
    tone = {"under": "act", "over": "act", "none": "good"}.get(row["verdict"], "grey")
    return tone, words.named("count.verdict", row["verdict"])


def proposal(rows: Rows, device: str, place: str, first: date) -> Proposal:
    """The correction that the counts of a door justify: a factor only for a way whose error is shown, else 1.

    `first` is the day from which it would hold. It is a proposal; nothing that was measured changes by it.
    """
    mine = [row for row in rows if (row["device"], row["place"]) == (device, place)]
    pooled = {row["way"]: row for row in mine if row["id"] is None}
    wrong = [way for way in WAYS if pooled.get(way, {}).get("verdict") in ("under", "over")]
    if not pooled:
        return Proposal(None, "nothing")
    if not wrong:
        few = any(row["verdict"] in ("few", "nobody") for row in pooled.values())
        return Proposal(None, "few" if few else "none")
    if any(pooled[way]["factor_high"] is None or pooled[way]["factor_high"] > _LARGEST for way in wrong):
        return Proposal(None, "blind")
    based = sorted({row["id"] for row in mine if row["id"] is not None and row["reason"] is None})
    body: dict[str, Any] = {"place": place, "device": device, "from": first.isoformat(), "state": "proposed"}
    body |= {"based_on": based[-_MOST_BASED:]}
    for way in WAYS:
        body |= _factors(way, pooled[way] if way in wrong else None)
    return Proposal(body)


def _factors(way: str, row: dict[str, Any] | None) -> dict[str, float]:
    parts = {"factor": "factor", "low": "factor_low", "high": "factor_high"}
    return {f"{way}_{part}": 1.0 if row is None else round(row[name], 4) for part, name in parts.items()}
