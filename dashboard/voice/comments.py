"""What customers wrote: themes and words of many comments, single ones for who may read them, presses."""

from html import escape
from typing import Any

from dashboard.times import MISSING
from dashboard.upkeep import Cell
from dashboard.words import Words

_Rows = list[dict[str, Any]]
WORD_COLUMNS = ("word", "n", "promoters", "detractors")
THEME_COLUMNS = ("theme", "n", "promoters", "detractors")
PRESS_COLUMNS = ("hour", "touchpoint", "score", "presses")
_MOST_WORDS, MOST_COMMENTS = 10, 40


def theme_lines(rows: _Rows, words: Words) -> list[list[Cell]]:
    """A line a theme: in how many comments, and how many of those who wrote it were promoters or detractors."""
    return [[words.named("voice.theme", row["theme"]), *_rated(row)] for row in rows]


def word_lines(rows: _Rows) -> list[list[Cell]]:
    """A line a word, the commonest first."""
    return [[row["word"], *_rated(row)] for row in rows[:_MOST_WORDS]]


def _rated(row: dict[str, Any]) -> list[Cell]:
    return [_count(row["n"]), _count(row["promoters"]), _count(row["detractors"])]


def _count(value: int | None) -> str:
    return MISSING if value is None else str(value)


def comments_html(rows: _Rows, words: Words) -> str:
    """The newest comments, each with its day, touchpoint and NPS answer; the texts may wrap."""
    return "".join(_comment(row, words) for row in rows[:MOST_COMMENTS])


def _comment(row: dict[str, Any], words: Words) -> str:
    parts = [f"{row['day']}", words.named("voice.touchpoint", row["touchpoint"]) if row["touchpoint"] else ""]
    parts.append("" if row["nps"] is None else words("voice.gave", n=row["nps"]))
    front = " · ".join(escape(part) for part in parts if part)
    return f'<p class="in-text"><strong>{escape(row["comment"])}</strong><br>{front}</p>'


def press_lines(rows: _Rows, words: Words) -> list[list[Cell]]:
    """A line an hour, touchpoint and score of today's presses; hours with too few of them say so."""
    groups: dict[tuple[int, str, str], _Rows] = {}
    for row in rows:
        groups.setdefault((row["hour"], row["touchpoint"] or "", row["score"]), []).append(row)
    return [
        [f"{hour:02d}:00", touchpoint or MISSING, words.named("voice.name", score), _presses(found, words)]
        for (hour, touchpoint, score), found in sorted(groups.items(), reverse=True)
    ]


def _presses(rows: _Rows, words: Words) -> Cell:
    told = sorted((row["answer"], row["n"]) for row in rows if row["answer"] is not None)
    if not told:
        return ("grey", words("voice.presses_few"))
    return " · ".join(words("voice.press", answer=answer, n=n) for answer, n in told)
