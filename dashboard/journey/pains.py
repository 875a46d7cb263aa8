"""Rows of `pains` -> what hurts at the stages, its parts apart."""

from typing import Any

from dashboard.tiles import number
from dashboard.times import MISSING
from dashboard.trust import percent
from dashboard.upkeep import Cell
from dashboard.words import Words

_Rows = list[dict[str, Any]]
PAIN_COLUMNS = ("stage", "what", "exposure", "severity", "evidence")
_MOST = 40


def pleases(row: dict[str, Any]) -> bool:
    """Whether those who met it like the shop more than the others do, beyond doubt: then it is no pain."""
    return row["low"] is not None and row["low"] > 0


def pain_lines(rows: _Rows, words: Words) -> list[list[Cell]]:
    """A line a pain in the hub's order, its parts apart: who met it, what it costs one of them, how that is known."""
    return [
        [
            words.named("journey.stage", row["stage"]),
            words.named("journey.what", row["what"]),
            MISSING if row["exposure"] is None else percent(row["exposure"]),
            _severity(row, words),
            _evidence(row, words),
        ]
        for row in rows[:_MOST]
    ]


def _severity(row: dict[str, Any], words: Words) -> str:
    if row["severity"] is None:
        return MISSING
    said = number("nps", row["severity"])
    if row["low"] is None or row["high"] is None:
        return said
    return f"{said} ({words('voice.span', low=number('nps', row['low']), high=number('nps', row['high']))})"


def _evidence(row: dict[str, Any], words: Words) -> Cell:
    tone = "grey" if row["evidence"] == "none" else "good"
    return tone, words.named("journey.evidence", row["evidence"])
