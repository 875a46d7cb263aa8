"""Who was heard at all: the weighted score beside the plain one, and which share of the visitors answered."""

from typing import Any

import altair as alt

from dashboard.axes import styled
from dashboard.looks import SERIES
from dashboard.tiles import number
from dashboard.times import MISSING
from dashboard.upkeep import Cell
from dashboard.voice.scores import interval, too_few
from dashboard.words import Words

_Rows = list[dict[str, Any]]
WEIGHTED_COLUMNS = ("score", "n", "plain", "weighted", "effective")


def weighted_lines(rows: _Rows, words: Words) -> list[list[Cell]]:
    """A line a score: answers, the plain score, the weighted one, and how many equal answers that is worth."""
    return [_weighted(row, words) for row in rows]


def _weighted(row: dict[str, Any], words: Words) -> list[Cell]:
    name, n = words.named("voice.name", row["score"]), MISSING if row["n"] is None else str(row["n"])
    if row["value"] is None or row["weighted"] is None:
        return [name, n, ("grey", too_few(row["n"], words)), MISSING, MISSING]
    plain = _with(row["score"], row["value"], row["low"], row["high"], words)
    weighted = _with(row["score"], row["weighted"], row["weighted_low"], row["weighted_high"], words)
    worth = MISSING if row["effective_n"] is None else f"{row['effective_n']:.0f}"
    return [name, n, plain, weighted, worth]


def _with(score: str, value: float, low: float | None, high: float | None, words: Words) -> str:
    return f"{number(score, value)} ({interval(score, low, high, words)})"


def response_all(rows: _Rows, words: Words) -> str:
    """All hours together in a sentence."""
    whole = next((row for row in rows if row["hour"] is None), None)
    if whole is None or whole["answers"] is None:
        return words("voice.response_none")
    if whole["rate"] is None:
        return words("voice.response_no_rate", n=whole["answers"])
    return words("voice.response_all", n=whole["answers"], m=whole["visitors"], rate=_rate(whole, words))


def response_lines(rows: _Rows, words: Words) -> list[list[Cell]]:
    """A line an hour in which somebody answered or came in."""
    return [
        [
            f"{row['hour']:02d}:00",
            MISSING if row["answers"] is None else str(row["answers"]),
            MISSING if row["visitors"] is None else str(row["visitors"]),
            _rate(row, words),
        ]
        for row in rows
        if row["hour"] is not None and (row["answers"] or row["visitors"])
    ]


def _rate(row: dict[str, Any], words: Words) -> str:
    if row["rate"] is None:
        return MISSING
    ends = (_share(row["low"]), _share(row["high"]))
    return f"{_share(row['rate'])} ({words('voice.span', low=ends[0], high=ends[1])})"


def _share(value: float | None) -> str:
    return MISSING if value is None else f"{100 * value:.1f}\u00a0%"


def response_bars(rows: _Rows) -> tuple[tuple[float, float, float, float], ...]:
    """Hour, rate, low and high in per cent of the hours that have a rate."""
    return tuple(
        (float(row["hour"]), *(round(100 * row[name], 2) for name in ("rate", "low", "high")))
        for row in rows
        if row["hour"] is not None and row["rate"] is not None
    )


def response_chart(bars: tuple[tuple[float, float, float, float], ...], words: Words) -> alt.LayerChart:
    """A bar an hour with its interval."""
    rows = [{"hour": f"{hour:02.0f}:00", "rate": rate, "low": low, "high": high} for hour, rate, low, high in bars]
    base = alt.Chart(alt.InlineData(values=rows))
    x = alt.X("hour:O", axis=alt.Axis(title=None, labelAngle=0, labelOverlap="parity", grid=False))
    title = words("voice.axis.rate")
    y = alt.Y("rate:Q", axis=alt.Axis(title=title, tickCount=4, domain=False, ticks=False))
    return styled(
        base.mark_bar(color=SERIES[4], cornerRadiusTopLeft=2, cornerRadiusTopRight=2).encode(x, y),
        base.mark_rule(color="#17212B", strokeWidth=1.5).encode(x, alt.Y("low:Q"), alt.Y2("high:Q")),
        height=200,
    )
