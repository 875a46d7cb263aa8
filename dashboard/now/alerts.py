"""Rows of the question `alerts` -> what is open now, the gravest first, each in words."""

from html import escape
from typing import Any, NamedTuple

from dashboard.looks import mark
from dashboard.tiles import Tone
from dashboard.times import MISSING, clock_zone, moment, span
from dashboard.trust import percent
from dashboard.words import Words

Rows = list[dict[str, Any]]
MOST = 5
_GRAVE = {"warning": 0, "fault": 1}  # a warning is about customers who stand there now, a fault about a device


class Alert(NamedTuple):
    """An open alert in words. `seen`: who acknowledged it and when, empty while nobody has."""

    id: str
    tone: Tone
    weight: str
    text: str
    place: str
    seen: str


def still_open(rows: Rows) -> Rows:
    """Alerts that have not closed: those that nobody has acknowledged first, then the gravest, then the newest."""
    found = [row for row in rows if row["closed_at"] is None]
    return sorted(
        found,
        key=lambda row: (row["acknowledged_at"] is not None, _GRAVE.get(row["severity"], 2), -row["opened_at"]),
    )


def told(row: dict[str, Any], zone: str, at: float, words: Words) -> Alert:
    """One open alert in words."""
    place = str(row["place"] or "")
    parts = [words.named("alert.rule", row["rule"]) + (f": {place}" if place else "")]
    if row["value"] is not None and row["unit"] != "sensors":
        key = "alerts.limit" if row["limit"] else "alerts.value"
        value, limit = (figure(row[name], row["unit"]) for name in ("value", "limit"))
        parts.append(words(key, value=value, limit=limit))
    parts.append(words("alerts.since", time=moment(row["opened_at"], zone, at)))
    seen = ""
    if row["acknowledged_at"] is not None:
        when = clock_zone(row["acknowledged_at"], zone)
        by = row["acknowledged_by"]
        seen = words("alerts.seen_by", by=by, time=when) if by else words("alerts.seen_at", time=when)
    return Alert(
        id=str(row["id"]),
        tone="grey" if seen else "act",
        weight=words.named("alert.severity", row["severity"]),
        text=", ".join(parts),
        place=place or words.named("alert.rule", row["rule"]),
        seen=seen,
    )


def figure(value: float | None, unit: str | None) -> str:
    """A value in its unit: seconds as a span, a share in per cent, anything else as it is."""
    if value is None:
        return MISSING
    if unit in ("s", "seconds"):
        return span(value)
    if unit in ("share", "ratio"):
        return percent(value)
    return f"{value:g}" + (f" {unit}" if unit and unit not in ("people", "n", "count") else "")


def alert_html(one: Alert) -> str:
    """An alert: how grave, what it is, and who has seen it."""
    line = f'<div class="line">{escape(one.seen)}</div>' if one.seen else ""
    return f'<div class="in-alert">{mark(one.tone, one.weight)}<div class="text">{escape(one.text)}</div>{line}</div>'
