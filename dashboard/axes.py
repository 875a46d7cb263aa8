"""What the charts that show values with their doubt have in common: fonts, grid, colours."""

import altair as alt

from dashboard.looks import INK, LINE, MUTED, PAPER

_FONT = '"Source Sans", system-ui, sans-serif'


def styled(*layers: alt.Chart | alt.LayerChart, height: int = 240) -> alt.LayerChart:
    """The layers as one chart in the house style, as wide as its place."""
    chart: alt.LayerChart = (
        alt.layer(*layers)
        .properties(height=height, width="container", background=PAPER, padding={"top": 8, "left": 2, "right": 14})
        .configure(font=_FONT)
        .configure_view(stroke=None)
        .configure_axis(
            labelColor=INK,
            labelFontSize=12,
            labelLimit=230,
            gridColor="#EDF0F3",
            domainColor=LINE,
            tickColor=LINE,
            titleColor=MUTED,
            titleFontWeight="normal",
        )
    )
    return chart
