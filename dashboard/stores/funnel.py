"""Rows of `stores` -> the funnel plot: each store's score by its number of answers, within what chance leaves."""

from typing import Any

import altair as alt

from dashboard.looks import GREY, INK, LINE, MUTED, ORANGE, PAPER, SERIES
from dashboard.stores.beside import within
from dashboard.words import Words

Rows = list[dict[str, Any]]
_NAMED = 8


def points(rows: Rows, score: str, words: Words) -> Rows:
    """What is drawn of a score: n, value, low and high limit, whether beyond, a name where there is room, words."""
    shown = [row for row in rows if row["score"] == score and row["value"] is not None]
    found = []
    for row in shown:
        said = words("stores.point", name=row["name"], value=within(score, row["value"]), n=row["n"])
        out = row["beyond"] is not None
        name = row["name"] if out or len(shown) <= _NAMED else ""
        one = {"n": row["n"], "value": row["value"], "low": row["limit_low"], "high": row["limit_high"]}
        found.append(one | {"out": out, "name": name, "words": said})
    return found


def funnel(found: Rows, score: str, words: Words) -> alt.LayerChart:
    """Stores as points over the range that chance alone would leave them in; one beyond it is a named triangle."""
    x = alt.X("n:Q", axis=alt.Axis(title=words("stores.answers"), grid=False, tickMinStep=1)).scale(
        zero=False, padding=24
    )
    form = "%" if score == "csat" else ".0f" if score == "nps" else ".1f"
    axis = alt.Axis(title=words.named("score", score), format=form, tickCount=5, domain=False)
    y = alt.Y("value:Q", axis=axis).scale(zero=False)
    middle = sum(row["low"] + row["high"] for row in found) / (2 * len(found)) if found else 0.0
    base = alt.Chart(alt.InlineData(values=found))
    chart: alt.LayerChart = (
        alt.layer(
            base.mark_rule(color="#CBD8E3", strokeWidth=9).encode(x, y=alt.Y("low:Q", axis=axis), y2="high:Q"),
            alt.Chart(alt.InlineData(values=[{"value": middle}]))
            .mark_rule(color=GREY, strokeDash=[5, 4], strokeWidth=1.5)
            .encode(y=y),
            base.mark_point(filled=True, size=95, opacity=1).encode(
                x,
                y=y,
                color=alt.condition("datum.out", alt.value(ORANGE), alt.value(SERIES[0])),
                shape=alt.condition("datum.out", alt.value("triangle-up"), alt.value("circle")),
                tooltip=alt.Tooltip("words:N", title=" "),
            ),
            base.mark_text(align="left", dx=9, dy=-9, color=INK, fontSize=12).encode(x, y=y, text="name:N"),
        )
        .properties(height=300, width="container", background=PAPER, padding={"top": 8, "left": 2, "right": 60})
        .configure(font='"Source Sans", system-ui, sans-serif')
        .configure_view(stroke=None)
        .configure_axis(
            labelColor=MUTED,
            labelFontSize=12,
            titleColor=MUTED,
            titleFontWeight="normal",
            gridColor="#EDF0F3",
            domainColor=LINE,
            tickColor=LINE,
        )
    )
    return chart


def funnel_alt(found: Rows, words: Words) -> str:
    """The plot in words: who lies beyond the limits."""
    out = [row["words"] for row in found if row["out"]]
    said = words("stores.funnel_alt", n=len(found))
    return said + " " + (words("stores.beyond", names="; ".join(out[:10])) if out else words("stores.none_beyond"))
