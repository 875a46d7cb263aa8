"""Rows of the forecast -> the next two hours in words: what is expected, how sure that is, or why nobody knows."""

from typing import Any, NamedTuple

from dashboard.times import clock, is_open
from dashboard.trust import percent
from dashboard.words import Words

Rows = list[dict[str, Any]]
HOURS, _LEFT_S = 2, 1800.0  # an hour that runs still counts as coming while half of it is left


class Hour(NamedTuple):
    """An hour in words: when it is, the people expected or a dash, and their range in words and in short."""

    time: str
    people: str
    range: str
    short: str = ""


def coming(rows: Rows, site: dict[str, Any], at: float) -> Rows:
    """The next two hours in which the store is open; none where it is closed in both."""
    left = [row for row in sorted(rows, key=lambda row: row["start"]) if row["end"] - at >= _LEFT_S][:HOURS]
    return [row for row in left if is_open((row["start"] + row["end"]) / 2, site)]


def hours(rows: Rows, site: dict[str, Any], words: Words) -> list[Hour]:
    """The hours of `coming` in words."""
    return [_hour(row, site["timezone"], words) for row in rows]


def _hour(row: dict[str, Any], zone: str, words: Words) -> Hour:
    time = f"{clock(row['start'], zone)} – {clock(row['end'], zone)}"
    if row["middle"] is None:
        return Hour(time, "–", words("ahead.unknown"))
    if row["low"] is None or row["high"] is None:
        return Hour(time, _people(row["middle"]), words("ahead.no_band"))
    band = words("ahead.band", low=_people(row["low"]), high=_people(row["high"]))
    return Hour(
        time, _people(row["middle"]), band, words("ahead.short", low=_people(row["low"]), high=_people(row["high"]))
    )


def _people(value: float) -> str:
    return str(max(0, round(value)))


def doubt(rows: Rows, words: Words) -> str:
    """How far last week's forecasts were off, or why there is none for these hours; empty where nobody can say."""
    if not rows:
        return words("ahead.closed")
    why = next((row["reason"] for row in rows if row["middle"] is None), None)
    if why is not None:
        return words("ahead.why", why=words.named("ahead.reason", _reason(why)))
    error = next((row["error"] for row in rows if row["error"] is not None), None)
    return words("ahead.no_error") if error is None else words("ahead.error", share=percent(error))


def _reason(why: str) -> str:
    """The hub's words without their number, as the catalogue names them."""
    return "few_days" if why.startswith("counted on fewer than") else why


def sentence(rows: Rows, site: dict[str, Any], words: Words) -> str:
    """The next two hours in one line, for the wall."""
    told = [one for one in hours(rows, site, words) if one.people != "–"]
    if not told:
        return doubt(rows, words)
    return " · ".join(words("ahead.line", time=one.time, people=one.people, range=one.short) for one in told)
