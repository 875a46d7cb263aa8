"""Rows of `stores` -> stores beside each other in words, and never a ranking by chance."""

from typing import Any

from dashboard.tiles import number
from dashboard.times import MISSING
from dashboard.trust import percent
from dashboard.words import Words

Rows = list[dict[str, Any]]
Line = list[str | tuple[str, str]]
SCORES = ("nps", "csat", "ces")
_ENDS = {"nps": (-100.0, 100.0), "csat": (0.0, 1.0)}


def scores_of(rows: Rows) -> list[str]:
    """The scores that the stores have, in the usual order."""
    found = {row["score"] for row in rows}
    return [score for score in SCORES if score in found]


def line(row: dict[str, Any], words: Words) -> Line:
    """A line: name, visitors, observed, score, estimate with interval, answers, place, whether it stands out."""
    visitors = MISSING if row["visitors"] is None else str(row["visitors"])
    seen = MISSING if row["coverage"] is None else percent(row["coverage"])
    front: Line = [row["name"], visitors, seen]
    if row["value"] is None:
        why = words("stores.no_answers") if not row["n"] else words("stores.too_few")
        return [*front, MISSING, MISSING, str(row["n"] or 0), MISSING, ("grey", why)]
    score = row["score"]
    interval = words(
        "stores.interval",
        drawn=within(score, row["drawn"]),
        low=within(score, row["low"]),
        high=within(score, row["high"]),
    )
    few = row["state"] == "few"
    mark = _mark(row["beyond"], few, words)
    return [
        *front,
        within(score, row["value"]),
        interval,
        str(row["n"]),
        place(row["first"], row["last"], words),
        mark,
    ]


def _mark(beyond: str | None, few: bool, words: Words) -> tuple[str, str]:
    if beyond in ("above", "below"):
        return "act" if beyond == "below" else "good", words(f"stores.{beyond}")
    return "grey", words("stores.few" if few else "stores.inside")


def within(score: str, value: float) -> str:
    """A score in its own unit, cut at the ends of its scale."""
    lowest, highest = _ENDS.get(score, (value, value))
    return number(score, min(highest, max(lowest, value)))


def place(first: int | None, last: int | None, words: Words) -> str:
    """'between 1st and 3rd': the places a store may have; a single one only where no interval overlaps."""
    if first is None or last is None:
        return MISSING
    if first == last:
        return words("stores.place", place=_th(first, words))
    return words("stores.between", first=_th(first, words), last=_th(last, words))


def _th(place: int, words: Words) -> str:
    if words.language != "en":
        return str(place)
    ending = "th" if 10 <= place % 100 <= 20 else {1: "st", 2: "nd", 3: "rd"}.get(place % 10, "th")
    return f"{place}{ending}"
