"""Rows of `stays` -> the share of waits within the promise by day, as a chart with its words."""

from collections import defaultdict
from datetime import date, timedelta
from typing import Any, NamedTuple

import altair as alt

from dashboard.looks import LINE, MUTED, PAPER, SERIES
from dashboard.times import local, wall_minutes
from dashboard.trust import percent
from dashboard.words import Words

Rows = list[dict[str, Any]]
LEAST = 10


class Day(NamedTuple):
    """A business day: the share of its n waits within the promise; None below 10 waits."""

    day: date
    n: int
    within: float | None


def by_day(stays: Rows, place: str, site: dict[str, Any]) -> list[Day]:
    """The days of one queue on which a window was published, in order: sums over sums."""
    kept: dict[date, list[float]] = defaultdict(lambda: [0.0, 0.0])
    for row in stays:
        if row["place"] == place and row["of"] == "wait" and row["n"] and row["within"] is not None:
            sums = kept[_day(row["start"], site)]
            sums[0] += row["n"] * row["within"]
            sums[1] += row["n"]
    return [Day(day, round(n), good / n if n >= LEAST else None) for day, (good, n) in sorted(kept.items())]


def _day(at: float, site: dict[str, Any]) -> date:
    return (local(at, site["timezone"]) - timedelta(minutes=wall_minutes(site["day_starts"]) or 0)).date()


def trend_chart(days: list[Day], words: Words) -> alt.Chart:
    """A point a day, a line between days that follow each other; a day that is withheld or missing is a gap."""
    rows, part, last = [], 0, None
    for one in days:
        if one.within is None:
            continue
        part += last is not None and one.day - last > timedelta(days=1)
        last = one.day
        said = words("queues.day_tip", day=one.day.isoformat(), share=percent(one.within), n=one.n)
        rows.append({"day": one.day.isoformat(), "share": one.within, "part": part, "words": said})
    axis = alt.Axis(title=None, format="%d %b", labelOverlap=True, grid=False, tickCount=8)
    chart: alt.Chart = (
        alt.Chart(alt.InlineData(values=rows))
        .mark_line(point={"size": 45}, color=SERIES[0], strokeWidth=1.8)
        .encode(
            x=alt.X("day:T", axis=axis),
            y=alt.Y("share:Q", axis=alt.Axis(title=None, format="%", tickCount=5, domain=False)).scale(domain=[0, 1]),
            detail="part:N",
            tooltip=alt.Tooltip("words:N", title=" "),
        )
        .properties(height=210, width="container", background=PAPER, padding={"top": 8, "left": 2, "right": 14})
        .configure(font='"Source Sans", system-ui, sans-serif')
        .configure_view(stroke=None)
        .configure_axis(labelColor=MUTED, labelFontSize=12, gridColor="#EDF0F3", domainColor=LINE, tickColor=LINE)
    )
    return chart


def trend_alt(days: list[Day], place: str, words: Words) -> str:
    """The chart in words."""
    told = [one for one in days if one.within is not None]
    if not told:
        return words("queues.trend_none")
    least = min(told, key=lambda one: one.within or 0.0)
    most = max(told, key=lambda one: one.within or 0.0)
    hidden = len(days) - len(told)
    said = words(
        "queues.trend_alt",
        place=place,
        n=len(told),
        low=percent(least.within or 0.0),
        low_at=least.day.isoformat(),
        high=percent(most.within or 0.0),
        high_at=most.day.isoformat(),
    )
    return said + (" " + words("queues.trend_hidden", n=hidden) if hidden else "")
