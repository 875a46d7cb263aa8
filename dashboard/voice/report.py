"""The hub's report on a file -> what the wizard shows: rows, why some do not count, each score, the first rows."""

from collections.abc import Mapping
from typing import Any

from dashboard.tiles import number
from dashboard.times import MISSING
from dashboard.trust import percent
from dashboard.upkeep import Cell
from dashboard.voice.scores import ORDER, interval, too_few
from dashboard.words import Words

_Report = Mapping[str, Any]
SCORE_COLUMNS = ("site", "score", "n", "value", "interval")
_MOST_SITES, _MOST_CELL = 20, 60


def summary(report: _Report, words: Words) -> list[str]:
    """The report in sentences: rows, how many count, of which time, what is stored or would be."""
    taken = report.get("rows_scored", report.get("rows_taken", 0))
    lines = [words("wizard.rows", rows=report["rows_in_file"], scored=taken, reader=report["reader"])]
    if report.get("first_response_utc"):
        ends = (report["first_response_utc"][:10], report["last_response_utc"][:10])
        lines.append(words("wizard.time", first=ends[0], last=ends[1]))
    if report.get("without_time"):
        lines.append(words("wizard.without_time", n=report["without_time"]))
    for key in ("stored", "would_store"):
        if key in report:
            told = ", ".join(f"{words.named('wizard.count', what)} {n}" for what, n in report[key].items())
            lines.append(words(f"wizard.{key}", told=told))
    return lines


def excluded_lines(report: _Report, words: Words) -> list[list[Cell]]:
    """A line a reason why rows do not count: the reason, how many, which column and the first rows."""
    by, at = report.get("excluded_by", {}), report.get("excluded_at", {})
    return [
        [words.named("wizard.reason", reason), str(n), by.get(reason) or MISSING, _first(at.get(reason, {}))]
        for reason, n in report["excluded"].items()
    ]


def _first(found: Mapping[str, list[int]]) -> str:
    return "; ".join(f"{unit} {', '.join(map(str, rows[:5]))}" for unit, rows in found.items()) or MISSING


def score_lines(report: _Report, words: Words) -> list[list[Cell]]:
    """A line a score over the whole file, then for each store; withheld below 10 answers as everywhere."""
    if "scores" not in report:
        return []
    lines = [
        _score(words("wizard.all"), key, report["scores"][key], words) for key in ORDER if key in report["scores"]
    ]
    for site, scores in list(report["by_site"].items())[:_MOST_SITES]:
        lines += [_score(site, key, scores[key], words) for key in ORDER if key in scores]
    return lines


def _score(site: str, key: str, told: Mapping[str, Any], words: Words) -> list[Cell]:
    name, n = words.named("voice.name", key), told["n"]
    if told["state"] == "withheld":
        return [site, name, str(n), MISSING, ("grey", too_few(n, words))]
    if key == "nps":
        value, ends = told["nps"], told["adj_wald95"]
    elif key == "csat":
        value, ends = told["top_box"]["share"], told["top_box"]["wilson95"]
    else:
        value, ends = told["mean"]["mean"], told["mean"]["t95"]
    low, high = ends or (None, None)
    return [site, name, str(n), number(key, value), interval(key, low, high, words)]


def sum_lines(report: _Report) -> list[list[Cell]]:
    """A line a store of a file of sales or cards: what it adds up to."""
    if "scores" in report:
        return []
    return [
        [site, ", ".join(f"{name} {value:g}" for name, value in sums.items())]
        for site, sums in list(report.get("by_site", {}).items())[:_MOST_SITES]
    ]


def preview(report: _Report) -> tuple[list[str], list[list[Cell]]]:
    """The first rows as they would be stored: the columns that hold something, and a line a row."""
    rows = report.get("preview") or []
    columns = list(dict.fromkeys(key for row in rows for key in row))
    return columns, [[_cut(row.get(column)) for column in columns] for row in rows]


def _cut(value: object) -> str:
    found = MISSING if value is None else str(value)
    return found if len(found) <= _MOST_CELL else f"{found[: _MOST_CELL - 1]}…"


def refused_share(report: _Report) -> str | None:
    """The share of rows that do not count, where it is more than half: most often a mapping is wrong then."""
    rows = report["rows_in_file"]
    out = sum(report["excluded"].values())
    return percent(out / rows) if rows and out > rows / 2 else None
