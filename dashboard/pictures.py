"""Charts -> drawings without a browser, with vl-convert; loaded by name once somebody wants a report."""

import altair
import vl_convert

_WIDTH = 640


def svg(chart: altair.LayerChart) -> str:
    """The chart as an SVG to stand in an HTML file."""
    return str(vl_convert.vegalite_to_svg(_spec(chart)))


def png(chart: altair.LayerChart) -> bytes:
    """The chart as a PNG at twice its size."""
    return bytes(vl_convert.vegalite_to_png(_spec(chart), scale=2))


def _spec(chart: altair.LayerChart) -> dict[str, object]:
    found: dict[str, object] = chart.properties(width=_WIDTH).to_dict(validate=False)
    return found
