"""Adjusted effects as dots with their intervals beside a line at zero, and in words."""

from typing import Any, NamedTuple

import altair as alt

from dashboard.axes import styled
from dashboard.drivers.amounts import signed
from dashboard.drivers.effects import TOLD, label
from dashboard.looks import GREY, SERIES
from dashboard.words import Words


class Effect(NamedTuple):
    """Points of NPS for one unit more of a condition, with the interval of 95 %."""

    name: str
    value: float
    low: float
    high: float
    driver: bool


def effects(rows: list[dict[str, Any]], words: Words) -> tuple[Effect, ...]:
    """The conditions with an effect and a verdict on it, in the hub's order."""
    return tuple(
        Effect(label(row, words), row["effect"], row["low"], row["high"], row["verdict"] == "driver")
        for row in rows
        if row["verdict"] in TOLD and None not in (row["effect"], row["low"], row["high"])
    )


def effect_chart(found: tuple[Effect, ...], words: Words) -> alt.LayerChart:
    """A dot a condition with its interval, and a line at zero; a driver is filled, what is none is hollow."""
    rows = [
        {"name": one.name, "value": one.value, "low": one.low, "high": one.high, "driver": one.driver}
        | {"words": f"{one.name}: {signed(one.value)} ({signed(one.low)} – {signed(one.high)})"}
        for one in found
    ]
    base = alt.Chart(alt.InlineData(values=rows))
    y = alt.Y("name:N", sort=None, axis=alt.Axis(title=None, ticks=False, domain=False))
    x = alt.X("value:Q", axis=alt.Axis(title=words("drivers.axis"), tickCount=6))
    colour = alt.condition("datum.driver", alt.value(SERIES[0]), alt.value(GREY))
    tip = alt.Tooltip("words:N", title=" ")
    zero = alt.Chart(alt.InlineData(values=[{"zero": 0}])).mark_rule(strokeDash=[4, 3], color="#17212B")
    layers = [
        zero.encode(x="zero:Q"),
        base.mark_rule(strokeWidth=2).encode(alt.X("low:Q"), y, alt.X2("high:Q"), color=colour, tooltip=tip),
    ]
    for driver, look in ((True, {"filled": True, "color": SERIES[0]}), (False, {"color": GREY, "fill": "#FFFFFF"})):
        # A layer without a mark would be a picture without a name to a screen reader.
        if any(one.driver is driver for one in found):
            dots = base.transform_filter("datum.driver" if driver else "!datum.driver")
            layers.append(dots.mark_point(size=100, opacity=1, **look).encode(x, y, tooltip=tip))
    return styled(*layers, height=46 * len(found) + 50)


def effect_alt(found: tuple[Effect, ...], words: Words) -> str:
    """The chart in words."""
    parts = (words("drivers.alt_one", name=one.name, value=signed(one.value)) for one in found)
    return words("drivers.alt", list="; ".join(parts))
