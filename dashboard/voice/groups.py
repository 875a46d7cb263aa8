"""_Rows of `scores_by` -> tables of groups beside each other, and the weeks in their order.

Groups stand in their own order (of the clock, of the week, of the alphabet) and never by their score: a ranking would
say more than overlapping intervals can. That one lies apart is said only where the hub's test says it.
"""

from datetime import date
from typing import Any, NamedTuple

from dashboard.times import MISSING
from dashboard.upkeep import Cell
from dashboard.voice.scores import ORDER, interval, too_few, value
from dashboard.words import Words

_Rows = list[dict[str, Any]]
KINDS = ("daypart", "weekday", "touchpoint", "channel")
COLUMNS = ("group", "n", "value", "interval", "differs")
MOST = 40
_PARTS = ("morning", "midday", "afternoon", "evening")
_TONES = {"above": "good", "below": "act", "no difference seen": "grey"}


class Week(NamedTuple):
    """A week's score; value and interval are None where it is withheld."""

    first: str
    n: int | None
    value: float | None
    low: float | None
    high: float | None
    few: bool


def scores_of(rows: _Rows) -> list[str]:
    """The scores that the rows hold, NPS first."""
    found = {row["score"] for row in rows}
    return [score for score in ORDER if score in found]


def group_lines(rows: _Rows, by: str, score: str, words: Words) -> list[list[Cell]]:
    """A line a group of one kind and score, in the groups' own order; at most MOST of them."""
    mine = [row for row in rows if row["by"] == by and row["score"] == score]
    return [_line(row, words) for row in sorted(mine, key=_place)[:MOST]]


def _place(row: dict[str, Any]) -> tuple[int, str]:
    group = row["group"] or ""
    return (_PARTS.index(group) if group in _PARTS else len(_PARTS), group)


def _line(row: dict[str, Any], words: Words) -> list[Cell]:
    n = MISSING if row["n"] is None else str(row["n"])
    name = group_name(row["by"], row["group"], words)
    if row["value"] is None:
        return [name, n, MISSING, MISSING, ("grey", too_few(row["n"], words))]
    said = row["differs"]
    verdict: Cell = (_TONES.get(said, "grey"), words.named("voice.differs", said)) if said else MISSING
    return [name, n, value(row), interval(row["score"], row["low"], row["high"], words), verdict]


def group_name(by: str, group: str | None, words: Words) -> str:
    """How a group is called: a weekday or part of the day by its word, a touchpoint or channel by its name."""
    if not group:
        return words("voice.nameless")
    return words.named("weekday", group) if by == "weekday" else words.named(f"voice.{by}", group)


def weeks(rows: _Rows, score: str) -> tuple[Week, ...]:
    """The weeks of one score, the oldest first."""
    mine = sorted((row for row in rows if row["by"] == "week" and row["score"] == score), key=_first)
    return tuple(
        Week(_first(row), row["n"], row["value"], row["low"], row["high"], row["state"] == "few") for row in mine
    )


def _first(row: dict[str, Any]) -> str:
    found = row["group"]
    return found.isoformat() if isinstance(found, date) else str(found)
