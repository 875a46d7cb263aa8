"""The weeks of a score as a chart with intervals, and in words."""

import altair as alt

from dashboard.axes import styled
from dashboard.looks import GREY, SERIES
from dashboard.tiles import number
from dashboard.voice.groups import Week
from dashboard.voice.scores import interval, too_few
from dashboard.words import Words


def trend_chart(weeks: tuple[Week, ...], score: str, words: Words) -> alt.LayerChart:
    """A point a week with its interval; a week without a score is a gap in the line and a word on the axis."""
    scale = 100.0 if score == "csat" else 1.0
    rows = [
        {
            "week": week.first,
            "value": _scaled(week.value, scale),
            "low": _scaled(week.low, scale),
            "high": _scaled(week.high, scale),
            "few": week.few,
            "words": week_words(week, score, words),
        }
        for week in weeks
    ]
    base = alt.Chart(alt.InlineData(values=rows))
    x = alt.X("week:O", axis=alt.Axis(title=words("voice.week"), labelAngle=-40, labelOverlap="parity", grid=False))
    y = alt.Y(
        "value:Q",
        scale=alt.Scale(zero=False),
        axis=alt.Axis(title=words.named("voice.axis", score), tickCount=5, domain=False, ticks=False),
    )
    colour = alt.condition("datum.few", alt.value(GREY), alt.value(SERIES[0]))
    tip = alt.Tooltip("words:N", title=" ")
    return styled(
        base.mark_line(color=SERIES[0], strokeWidth=1.5).encode(x, y),
        base.transform_filter("isValid(datum.low)")
        .mark_rule(strokeWidth=2)
        .encode(x, alt.Y("low:Q"), alt.Y2("high:Q"), color=colour, tooltip=tip),
        base.transform_filter("isValid(datum.value)")
        .mark_point(filled=True, size=70, opacity=1)
        .encode(x, y, color=colour, tooltip=tip),
    )


def _scaled(value: float | None, scale: float) -> float | None:
    return None if value is None else round(value * scale, 2)


def week_words(week: Week, score: str, words: Words) -> str:
    """A week in a line: its score, interval and number of answers, or why there is none."""
    if week.value is None:
        return words("voice.week_none", week=week.first, why=too_few(week.n, words))
    span = interval(score, week.low, week.high, words)
    return words("voice.week_line", week=week.first, value=number(score, week.value), interval=span, n=week.n)


def trend_alt(weeks: tuple[Week, ...], score: str, words: Words) -> str:
    """The chart in words: how many weeks, the first and the last with a score."""
    known = [week for week in weeks if week.value is not None]
    name = words.named("voice.name", score)
    if not known:
        return words("voice.trend_none", score=name)
    first, last = (week_words(week, score, words) for week in (known[0], known[-1]))
    return words("voice.trend_alt", score=name, n=len(known), first=first, last=last)
