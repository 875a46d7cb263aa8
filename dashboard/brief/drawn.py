"""Rows of the question `days` -> visitors by business day as a chart, and the chart in words."""

from datetime import date, timedelta
from typing import Any

import altair as alt

from dashboard.brief.days import SURE
from dashboard.looks import LINE, MUTED, ORANGE, PAPER, SERIES
from dashboard.words import Words

Rows = list[dict[str, Any]]
_PART, _FONT = "#8CC0E0", "Source Sans, system-ui, sans-serif"


def bars(days: Rows, last: date, many: int, words: Words) -> Rows:
    """A bar a day: how many came, whether the day was observed well, and its words; an unobserved day has none."""
    by_day = {row["day"]: row for row in days}
    found = []
    for back in range(many - 1, -1, -1):
        day = last - timedelta(days=back)
        row = by_day.get(day, {"entries": None, "coverage": None})
        state = "blind" if row["entries"] is None else "whole" if (row["coverage"] or 0.0) >= SURE else "part"
        said = words("brief.bar", day=day.isoformat(), n="–" if row["entries"] is None else row["entries"])
        found.append({"day": day.isoformat(), "n": row["entries"], "state": state, "words": said})
    return found


def chart(found: Rows, words: Words) -> alt.LayerChart:
    """The bars; a day that nobody observed is an empty column with a dashed edge, never a bar of nothing."""
    # Days are names here and no times: a browser in another zone must not move them.
    short = "slice(datum.value, 8, 10) + '.' + slice(datum.value, 5, 7) + '.'"
    axis = alt.Axis(title=None, labelExpr=short, labelAngle=0, labelOverlap="parity", labelSeparation=8, grid=False)
    x = alt.X("day:O", axis=axis).scale(domain=[row["day"] for row in found], paddingInner=0.25)
    known = [row for row in found if row["n"] is not None]
    blind = [row for row in found if row["n"] is None]
    # A layer without marks would be an image without a text to who cannot see it.
    layers = [*([_empty(blind, x)] if blind else []), *([_bars(known, x)] if known else [])]
    chart: alt.LayerChart = (
        alt.layer(*layers)
        .properties(height=190, width="container", background=PAPER, padding={"top": 8, "left": 2, "right": 14})
        .configure(font=_FONT)
        .configure_view(stroke=None)
        .configure_axis(labelColor=MUTED, labelFontSize=12, gridColor="#EDF0F3", domainColor=LINE, tickColor=LINE)
    )
    return chart


def _empty(blind: Rows, x: alt.X) -> alt.Chart:
    chart: alt.Chart = (
        alt.Chart(alt.InlineData(values=blind))
        .mark_bar(fill="#FBEFE6", stroke=ORANGE, strokeDash=[3, 3])
        .encode(x, y=alt.value(0), y2=alt.value(alt.ExprRef("height")))
    )
    return chart


def _bars(known: Rows, x: alt.X) -> alt.Chart:
    axis = alt.Axis(title=None, tickMinStep=1, tickCount=4, domain=False, ticks=False)
    chart: alt.Chart = (
        alt.Chart(alt.InlineData(values=known))
        .mark_bar()
        .encode(
            x,
            y=alt.Y("n:Q", axis=axis),
            color=alt.condition("datum.state == 'whole'", alt.value(SERIES[0]), alt.value(_PART)),
            tooltip=alt.Tooltip("words:N", title=" "),
        )
    )
    return chart


def alt_text(found: Rows, words: Words) -> str:
    """The chart in words."""
    known = [row for row in found if row["n"] is not None]
    if not known:
        return words("brief.chart_empty")
    most, least = max(known, key=lambda row: row["n"]), min(known, key=lambda row: row["n"])
    said = words(
        "brief.chart_alt", n=len(known), most=most["n"], most_at=most["day"], least=least["n"], least_at=least["day"]
    )
    blind = len(found) - len(known)
    return said + (" " + _blind(blind, words) if blind else "")


def _blind(many: int, words: Words) -> str:
    return words("brief.chart_blind_one") if many == 1 else words("brief.chart_blind", n=many)
