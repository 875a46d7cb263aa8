"""Rows of `staffing` -> the hours of the week to come that want more tills than are planned or usual."""

from datetime import date
from html import escape
from typing import Any, NamedTuple

from dashboard.times import MISSING
from dashboard.words import Words

Rows = list[dict[str, Any]]


class Hour(NamedTuple):
    """An open hour to come: tills needed for the expected and for a busy hour, and those there would be.

    `there` is what is planned, else what is usual; None where nobody knows. `short` is how many are missing.
    """

    day: date
    hour: int
    need: int | None
    need_high: int | None
    there: float | None
    planned: bool
    reason: str | None

    @property
    def short(self) -> int:
        """Tills missing for the expected hour; 0 where there are enough or nobody knows."""
        if self.need is None or self.there is None:
            return 0
        return max(0, self.need - int(self.there + 0.5))


class Gap(NamedTuple):
    """Hours in a row of one day, [first, last], that want `need` tills where `there` would be open."""

    day: date
    first: int
    last: int
    need: int
    there: float


def hours(rows: Rows) -> list[Hour]:
    """The hours in order."""
    found = []
    for row in sorted(rows, key=lambda row: row["start"]):
        planned = row["planned"] is not None
        there = row["planned"] if planned else row["usual_open"]
        need = row["need"], row["need_high"]
        found.append(Hour(row["day"], row["hour"], *need, there, planned, row["reason"]))
    return found


def gaps(found: list[Hour]) -> list[Gap]:
    """The stretches that are short of tills, the shortest-handed first."""
    made: list[Gap] = []
    worst: list[int] = []
    for one in found:
        if not one.short or one.need is None or one.there is None:
            continue
        end = made[-1] if made else None
        if end and (end.day, end.last + 1) == (one.day, one.hour):
            made[-1] = end._replace(last=one.hour, need=max(end.need, one.need), there=min(end.there, one.there))
            worst[-1] = max(worst[-1], one.short)
        else:
            made.append(Gap(one.day, one.hour, one.hour, one.need, one.there))
            worst.append(one.short)
    ranked = sorted(zip(worst, made, strict=True), key=lambda pair: (-pair[0], pair[1].day, pair[1].first))
    return [gap for _, gap in ranked]


def gap_text(gap: Gap, words: Words) -> str:
    """'Saturday 28, 16:00 to 18:00: 4 tills needed, 3 would be open.'"""
    return words(
        "queues.gap",
        day=day_text(gap.day, words),
        start=f"{gap.first:02d}:00",
        end=f"{(gap.last + 1) % 24:02d}:00",
        need=gap.need,
        there=f"{gap.there:.1f}".removesuffix(".0"),
    )


def day_text(day: date, words: Words) -> str:
    """'Saturday 28'."""
    return f"{words(f'weekday.{day.weekday()}')} {day.day:02d}"


def roster_html(found: list[Hour], words: Words) -> str:
    """A table of days by hours: tills needed (for a busy hour in brackets); short hours have a sign and a word."""
    columns = sorted({one.hour for one in found})
    by = {(one.day, one.hour): one for one in found}
    head = "".join(f'<th scope="col">{hour:02d}</th>' for hour in columns)
    body = ""
    for day in sorted({one.day for one in found}):
        cells = "".join(_cell(by.get((day, hour)), words) for hour in columns)
        body += f'<tr><th scope="row">{escape(day_text(day, words))}</th>{cells}</tr>'
    label = escape(words("queues.roster_alt"))
    return (
        f'<div class="in-wide" tabindex="0" role="region" aria-label="{label}"><table class="in-table in-roster">'
        f"<tr><td></td>{head}</tr>{body}</table></div>"
    )


def _cell(one: Hour | None, words: Words) -> str:
    if one is None:
        return f"<td>{MISSING}</td>"
    if one.need is None:
        why = words.named("queues.why", one.reason) if one.reason else words("queues.no_need")
        return f'<td class="in-missing" title="{escape(why)}">{MISSING}</td>'
    said = str(one.need)
    if one.need_high is not None and one.need_high > one.need:
        said += f" ({one.need_high})"
    if not one.short:
        return f"<td>{said}</td>"
    return f'<td class="in-short"><strong>{said}</strong><br>{escape(words("queues.short", n=one.short))}</td>'
