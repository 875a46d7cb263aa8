"""Rows -> charts: visitors of the day over the usual band. A gap is drawn as a gap, never as a low bar."""

from typing import Any, NamedTuple

import altair as alt

from dashboard.axes import styled
from dashboard.looks import GREY, INK, ORANGE, SERIES
from dashboard.times import day_minute, in_day, opening, wall_minutes
from dashboard.today import within_hours
from dashboard.words import Words

Rows = list[dict[str, Any]]

_SLOT, _HEIGHT, WHOLE = 15.0, 250, 0.9
_BAND, _PART = "#CBD8E3", "#8CC0E0"


class DayPlot(NamedTuple):
    """What is drawn, on an axis of minutes since the midnight before the business day.

    `bars`: m, m2, n, part (not wholly observed), words; `band`: m, low, mid, high; `gaps`: m, m2, stretches of
    opening hours that nobody observed.
    """

    bars: Rows
    band: Rows
    gaps: Rows
    span: tuple[float, float]


def day_plot(visitors: Rows, usual: Rows, site: dict[str, Any], until: float | None, words: Words) -> DayPlot:
    """The day's buckets as bars and gaps, up to `until`; the usual band for the whole day."""
    starts = wall_minutes(site["day_starts"]) or 0
    past = [row for row in visitors if until is not None and row["start"] < until]
    bars = [_bar(row, starts, until or 0.0, words) for row in past if row["entries"] is not None]
    gaps = [
        in_day(row["minute"], starts)
        for row in past
        if row["entries"] is None and row["end"] <= (until or 0) and within_hours(row["minute"], site)
    ]
    hours = opening(site) or (float(starts), starts + 1440.0)
    gaps += _unanswered(visitors, site, until, hours)
    band = sorted(
        (
            {"m": in_day(row["minute"], starts) + _SLOT / 2, **{name: row[name] for name in ("low", "mid", "high")}}
            for row in usual
            if row["mid"] is not None
        ),
        key=lambda row: row["m"],
    )
    shown = [bar["m"] for bar in bars if bar["n"]]
    first = min([hours[0], *shown]) // 60 * 60
    last = -(-max([hours[1], *(m + _SLOT for m in shown)]) // 60) * 60
    inside = [row for row in band if first <= row["m"] <= last]
    return DayPlot([bar for bar in bars if first <= bar["m"] < last], inside, _joined(gaps), (first, last))


def _unanswered(visitors: Rows, site: dict[str, Any], until: float | None, hours: tuple[float, float]) -> list[float]:
    """Quarter-hours of the opening hours before the day's first row: nothing was set up to look then."""
    if until is None or not visitors or until <= site["day_start"]:
        return []
    starts = wall_minutes(site["day_starts"]) or 0
    first = min(in_day(row["minute"], starts) for row in visitors)
    now = starts + 1440.0 if until >= site["day_end"] else day_minute(until, site)
    count = int((min(first, now, hours[1]) - hours[0]) // _SLOT)
    return [hours[0] + _SLOT * i for i in range(count)]


def _bar(row: dict[str, Any], starts: int, until: float, words: Words) -> dict[str, Any]:
    at = in_day(row["minute"], starts)
    share = (row["coverage"] or 0.0) * (row["end"] - row["start"]) / max(1.0, min(row["end"], until) - row["start"])
    part = share < WHOLE or until < row["end"]
    name = words("chart.part" if part else "chart.entries")
    when = f"{hour(at)} – {hour(at + _SLOT)}"
    return {
        "m": at + 1,
        "m2": at + _SLOT - 1,
        "n": row["entries"],
        "part": part,
        "words": f"{when}: {row['entries']} {name}",
    }


def _joined(minutes: list[float]) -> Rows:
    found: Rows = []
    for at in sorted(set(minutes)):
        if found and found[-1]["m2"] == at:
            found[-1]["m2"] = at + _SLOT
        else:
            found.append({"m": at, "m2": at + _SLOT})
    return found


def hour(minute: float) -> str:
    """'15:00' of minutes since midnight; minutes after the next midnight start again at 00:00."""
    whole = int(minute) % 1440
    return f"{whole // 60:02d}:{whole % 60:02d}"


def day_chart(plot: DayPlot, words: Words) -> alt.LayerChart:
    """Bars of today over the usual band; unobserved stretches shaded and named where there is room."""
    x = alt.X(
        "m:Q",
        scale=alt.Scale(domain=list(plot.span), nice=False),
        axis=alt.Axis(
            title=None,
            values=list(range(int(plot.span[0]), int(plot.span[1]) + 1, 60)),
            labelExpr="format(floor(datum.value / 60) % 24, '02d') + ':00'",
            labelOverlap="parity",
            labelSeparation=12,
            grid=False,
        ),
    )
    # A layer without marks would be an image without a text to who cannot see it.
    layers = [
        *([_gaps(plot, x)] if plot.gaps else []),
        *(_band(plot, x) if plot.band else []),
        *([_bars(plot, x)] if plot.bars else []),
        *([_gap_words(plot, x, words)] if plot.gaps else []),
    ]
    return styled(*layers, height=_HEIGHT)


def _band(plot: DayPlot, x: alt.X) -> list[alt.Chart]:
    base = alt.Chart(_values(plot.band))
    return [
        base.mark_area(color=_BAND, interpolate="monotone").encode(x, y="low:Q", y2="high:Q"),
        base.mark_line(color=GREY, strokeDash=[5, 4], strokeWidth=1.5, interpolate="monotone").encode(x, y="mid:Q"),
    ]


def _values(rows: Rows) -> alt.InlineData:
    return alt.InlineData(values=rows)


def _bars(plot: DayPlot, x: alt.X) -> alt.Chart:
    colour = alt.condition("datum.part", alt.value(_PART), alt.value(SERIES[0]))
    chart: alt.Chart = (
        alt.Chart(_values(plot.bars))
        .mark_rect(cornerRadiusTopLeft=2, cornerRadiusTopRight=2)
        .encode(
            x,
            x2="m2:Q",
            y=alt.Y("n:Q", axis=alt.Axis(title=None, tickMinStep=1, tickCount=4, domain=False, ticks=False)),
            y2=alt.datum(0),
            color=colour,
            tooltip=alt.Tooltip("words:N", title=" "),
        )
    )
    return chart


def _gaps(plot: DayPlot, x: alt.X) -> alt.Chart:
    chart: alt.Chart = (
        alt.Chart(_values(plot.gaps))
        .mark_rect(fill="#FBEFE6", stroke=ORANGE, strokeDash=[3, 3], strokeWidth=1)
        .encode(x, x2="m2:Q", y=alt.value(0), y2=alt.value(alt.ExprRef("height")))
    )
    return chart


def _gap_words(plot: DayPlot, x: alt.X, words: Words) -> alt.Chart:
    wide = [{"m": (gap["m"] + gap["m2"]) / 2, "word": words("chart.gap")} for gap in plot.gaps]
    chart: alt.Chart = (
        alt.Chart(_values(wide))
        .mark_text(color=INK, fontSize=12, angle=270, align="center", baseline="middle")
        .encode(x, y=alt.value(alt.ExprRef("height / 2")), text="word:N")
    )
    return chart


def day_alt(plot: DayPlot, words: Words) -> str:
    """The chart in words, for who cannot see it."""
    if not plot.bars:
        return words("chart.empty")
    peak = max(plot.bars, key=lambda bar: bar["n"])
    total = sum(bar["n"] for bar in plot.bars)
    parts = [words("chart.alt", n=total, peak=peak["n"], peak_at=hour(peak["m"] - 1))]
    if plot.band:
        parts.append(words("chart.alt_band"))
    if plot.gaps:
        parts.append(words("chart.alt_gaps", n=round(sum(gap["m2"] - gap["m"] for gap in plot.gaps) / _SLOT)))
    return " ".join(parts)


def day_legend(plot: DayPlot, words: Words) -> list[tuple[str, str]]:
    """(CSS background, word) of everything the chart shows."""
    found = [(SERIES[0], words("chart.entries"))]
    if any(bar["part"] for bar in plot.bars):
        found.append((_PART, words("chart.part")))
    if plot.band:
        found.append((_BAND, words("chart.band")))
        found.append((f"repeating-linear-gradient(90deg, {GREY} 0 4px, #fff 4px 7px)", words("chart.mid")))
    if plot.gaps:
        found.append(("#FBEFE6", words("chart.gap")))
    return found
