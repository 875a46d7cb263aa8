"""Rows of `consistency` -> how alike stores, times of the day and touchpoints are, in words."""

from typing import Any

from dashboard.stores.beside import within
from dashboard.trust import percent
from dashboard.words import Words

Rows = list[dict[str, Any]]
_OF = ("stores", "dayparts", "touchpoints")


def alike(rows: Rows, score: str, words: Words) -> list[tuple[str, str]]:
    """Of stores, dayparts and touchpoints in turn: what it is about, and how far they truly lie apart."""
    found = {row["of"]: row for row in rows if row["score"] == score}
    return [(words(f"stores.of.{of}"), _alike(found[of], words)) for of in _OF if of in found]


def _alike(row: dict[str, Any], words: Words) -> str:
    score = row["score"]
    if row["sd"] is None:
        return words("stores.cannot_tell")
    told = {name: apart(score, row[name]) for name in ("sd", "low", "high") if row[name] is not None}
    told |= {"middle": within(score, row["middle"]), "groups": str(row["groups"]), "n": str(row["n"])}
    if row["high"] is None:
        return words("stores.spread_open", **told)
    if apart(score, row["low"]) == apart(score, 0.0):
        return words("stores.may_be_alike", **told)
    return words("stores.spread", **told, share=percent(row["share"]))


def apart(score: str, value: float) -> str:
    """A distance between scores: points of NPS, of per cent, or steps of the scale."""
    return f"{value:.0f}" if score == "nps" else f"{100 * value:.0f}" if score == "csat" else f"{value:.1f}"
