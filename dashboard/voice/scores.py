"""_Rows of `scores` -> the scores with their doubt: a tile each, and how the answers are spread."""

from typing import Any

from dashboard.tiles import Gauge, Tile, number
from dashboard.times import MISSING
from dashboard.words import Words

_Rows = list[dict[str, Any]]
ORDER = ("nps", "csat", "ces")
_ENDS = {"nps": (-100.0, 100.0), "csat": (0.0, 1.0)}


def score_tiles(rows: _Rows, words: Words) -> list[Tile]:
    """A tile for each score in the order NPS, CSAT, CES; none where nobody answered."""
    known = [row for row in rows if row["n"] or row["state"] == "withheld"]
    return [_tile(row, words) for row in sorted(known, key=_place)]


def _place(row: dict[str, Any]) -> int:
    return ORDER.index(row["score"]) if row["score"] in ORDER else len(ORDER)


def _tile(row: dict[str, Any], words: Words) -> Tile:
    title = words.named("voice.name", row["score"])
    if row["value"] is None or row["state"] == "withheld":
        return Tile(title, badge=("grey", too_few(row["n"], words)))
    few = row["state"] == "few"
    lines = [words("voice.answers", n=row["n"]), words.named("voice.means", row["score"])]
    if row["low"] is not None:
        lines.insert(0, words("voice.interval", interval=interval(row["score"], row["low"], row["high"], words)))
    badge = ("grey", words("score.few")) if few else None
    return Tile(title, number(row["score"], row["value"]), "", badge, tuple(lines), _gauge(row), few)  # type: ignore[arg-type]


def _gauge(row: dict[str, Any]) -> Gauge | None:
    if row["low"] is None:
        return None
    answers = [int(part["answer"]) for part in row["distribution"]]
    ends = _ENDS.get(row["score"], (1.0, float(max([7, *answers]))))
    return Gauge(row["value"], row["low"], row["high"], *ends)


def too_few(n: int | None, words: Words) -> str:
    """Why there is no score, with the number of answers where it is known."""
    return words("score.withheld", n=n) if n else words("score.hidden")


def interval(score: str, low: float | None, high: float | None, words: Words) -> str:
    """'+29 to +47'; a dash where there is none."""
    if low is None or high is None:
        return MISSING
    return words("voice.span", low=number(score, low), high=number(score, high))


def value(row: dict[str, Any]) -> str:
    """The value of a row, a dash where it is withheld."""
    return MISSING if row["value"] is None else number(row["score"], row["value"])
