"""Rows of `trials` and `trial_plan` -> verdicts in words, a calendar by lot, and the document that saves it."""

from datetime import date
from html import escape
from typing import Any

from dashboard.drivers.amounts import signed
from dashboard.looks import BLUE, INK, LINE
from dashboard.times import MISSING
from dashboard.upkeep import Cell
from dashboard.words import Words

_Rows = list[dict[str, Any]]
METRICS = ("entries", "wait_p90", "within", "nps", "csat", "conversion")
TRIAL_COLUMNS = ("name", "metric", "days", "state", "verdict", "effect", "why")
_TONES = {"changed": "good", "no change found": "grey", "cannot tell": "grey"}


def trial_lines(rows: _Rows, words: Words) -> list[list[Cell]]:
    """A line a trial: what it is about, when, its verdict, effect and interval, and the reason where one is given."""
    return [
        [
            row["name"],
            words.named("drivers.metric", row["metric"]),
            words("period.span", first=row["first"], last=row["last"]),
            words.named("drivers.trial", row["state"]),
            (_TONES.get(row["verdict"], "grey"), words.named("drivers.said", row["verdict"])),
            change(row["effect"], row["low"], row["high"], row["unit"], words),
            words.named("drivers.because", row["reason"]) if row["reason"] else _days(row, words),
        ]
        for row in rows
    ]


def _days(row: dict[str, Any], words: Words) -> str:
    if row["days_on"] is None or row["days_off"] is None:
        return MISSING
    return words("drivers.days", on=row["days_on"], off=row["days_off"], missing=row["days_missing"] or 0)


def change(effect: float | None, low: float | None, high: float | None, unit: str, words: Words) -> str:
    """A change with its interval: relative ones in per cent, shares in points of per cent, NPS in points."""
    if effect is None:
        return MISSING
    said = amount(effect, unit, words)
    if low is None or high is None:
        return said
    return f"{said} ({words('voice.span', low=amount(low, unit, words), high=amount(high, unit, words))})"


def amount(value: float, unit: str, words: Words) -> str:
    """One end of a change in its unit."""
    if unit == "relative":
        return f"{signed(100 * value)}\u00a0%"
    return words("drivers.share_points", value=signed(100 * value)) if unit == "share" else signed(value)


def plan_text(rows: _Rows, metric: str, words: Words) -> list[str]:
    """What the plan can find, and why not where it cannot."""
    first = rows[0]
    on = sum(row["on"] for row in rows)
    lines = [words("drivers.plan", on=on, n=len(rows))]
    unit = {"within": "share", "csat": "share", "nps": "points"}.get(metric, "relative")
    if first["detectable"] is not None:
        found = amount(abs(first["detectable"]), unit, words).lstrip("+")
        lines.append(words("drivers.detectable", change=found))
    if first["reason"]:
        lines.append(words("drivers.plan_why", why=words.named("drivers.because", first["reason"])))
    return lines


def calendar_html(rows: _Rows, words: Words) -> str:
    """The calendar, a row a week: days that are on are filled and say so."""
    weeks: dict[date, dict[int, dict[str, Any]]] = {}
    for row in rows:
        monday = date.fromordinal(row["day"].toordinal() - row["day"].weekday())
        weeks.setdefault(monday, {})[row["day"].weekday()] = row
    heads = "".join(f'<th scope="col">{escape(words(f"weekday.{day}")[:2])}</th>' for day in range(7))
    lines = "".join(
        f'<tr><th scope="row">{monday.isoformat()}</th>{"".join(_day(days.get(day), words) for day in range(7))}</tr>'
        for monday, days in sorted(weeks.items())
    )
    first = escape(words("voice.week"))
    return (
        f'<div class="in-wide" tabindex="0"><table class="in-table"><tr><th scope="col">{first}</th>{heads}</tr>'
        f"{lines}</table></div>"
    )


def _day(row: dict[str, Any] | None, words: Words) -> str:
    if row is None:
        return "<td></td>"
    look = f"background:{BLUE};color:#fff" if row["on"] else f"background:#fff;color:{INK}"
    said = words("drivers.on" if row["on"] else "drivers.off")
    return f'<td style="{look};border:1px solid {LINE};text-align:center;padding:.35rem .3rem">{escape(said)}</td>'


def trial_body(name: str, metric: str, rows: _Rows, weeks: int, note: str = "") -> dict[str, Any]:
    """The document of a planned trial: the calendar as the hub drew it, with its seed."""
    return {
        "name": name.strip(),
        "metric": metric,
        "first": rows[0]["day"].isoformat(),
        "weeks": weeks,
        "seed": rows[0]["seed"],
        "on": [row["day"].isoformat() for row in rows if row["on"]],
        "how": "lot",
        "note": note.strip(),
    }
