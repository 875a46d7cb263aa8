"""The map as a drawing, x to the right, y down: hatched where no sensor tells anything, shaded by time spent."""

import base64
from html import escape
from math import sqrt
from typing import NamedTuple

from dashboard.floor.picture import Picture
from dashboard.floor.places import Way, Zone
from dashboard.floor.squares import MOST_SQUARES, Heat, Square
from dashboard.shades import CIVIDIS, shade

_CM, _EDGE_M, _LARGEST_M = 100, 0.6, 400.0
MOST_WAYS, MOST_ZONES = 12, 60
_SIGN = {"line": "#A84300", "zone": "#005E99", "queue": "#17212B"}


class Frame(NamedTuple):
    """What the map shows, in metres."""

    left: float
    top: float
    right: float
    bottom: float

    @property
    def size(self) -> tuple[float, float]:
        """Width and height."""
        return self.right - self.left, self.bottom - self.top


def frame(heats: list[Heat], zones: list[Zone], plan: Picture | None) -> Frame | None:
    """A frame around everything that is known, the same for maps side by side; None where nothing is."""
    points = [point for zone in zones for point in zone.outline]
    for heat in heats:
        for column, row, side in heat.seen:
            points += [(column * side, row * side), ((column + 1) * side, (row + 1) * side)]
    if plan:
        points += [(plan.left, plan.top), (plan.left + plan.width, plan.top + plan.height)]
    if not points:
        return None
    xs, ys = zip(*points, strict=True)
    left, above = min(xs) - _EDGE_M, min(ys) - _EDGE_M
    return Frame(left, above, min(max(xs) + _EDGE_M, left + _LARGEST_M), min(max(ys) + _EDGE_M, above + _LARGEST_M))


def drawing(shown: Frame, heat: Heat, top: float, zones: list[Zone], ways: list[Way], plan: Picture | None) -> str:
    """The map as SVG. Names from data are escaped; the picture has been checked to be one."""
    width, height = (round(_CM * side) for side in shown.size)
    line = max(width, height) / 450
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" font-family="sans-serif">',
        _patterns(line),
        f'<rect width="{width}" height="{height}" fill="#F5F7F9"/>',
        _plan(shown, plan),
        _blind(shown, heat, (width, height)),
        *_shades(shown, heat, top, plan is not None),
        *(_zone(shown, zone, line) for zone in zones[:MOST_ZONES]),
        *_ways(shown, zones, ways[:MOST_WAYS], line),
        _scale(shown, line),
        "</svg>",
    ]
    return "".join(parts)


def image_html(svg: str, shown: Frame, label: str) -> str:
    """The drawing as a picture with its words; the page's sanitiser takes a drawing of its own out of the text."""
    address = base64.b64encode(svg.encode()).decode()
    width, height = shown.size
    look = f"aspect-ratio:{width:.2f}/{height:.2f};background-image:url(data:image/svg+xml;base64,{address})"
    return f'<div class="in-map" role="img" aria-label="{escape(label)}" style="{look}"></div>'


def _at(shown: Frame, x: float, y: float) -> tuple[int, int]:
    return round(_CM * (x - shown.left)), round(_CM * (y - shown.top))


def _rect(shown: Frame, square: Square, fill: str, more: str = "") -> str:
    column, row, side = square
    x, y = _at(shown, column * side, row * side)
    edge = round(_CM * side)
    return f'<rect x="{x}" y="{y}" width="{edge}" height="{edge}" fill="{fill}"{more}/>'


def _shades(shown: Frame, heat: Heat, top: float, over: bool) -> list[str]:
    # By the square root: a few busy squares must not make one colour of all others.
    hottest = sorted(heat.density.items(), key=lambda one: -one[1])[:MOST_SQUARES]
    more = ' fill-opacity=".72"' if over else ""
    return [
        _rect(shown, square, shade(sqrt(value), 0.0, sqrt(top)) if top else CIVIDIS[0], more)
        for square, value in hottest
    ]


def _blind(shown: Frame, heat: Heat, size: tuple[int, int]) -> str:
    """The hatch over all that no sensor has told of, also over the picture: a mask spares what one has."""
    whole = f'width="{size[0]}" height="{size[1]}"'
    spared = "".join(_rect(shown, square, "#000") for square in sorted(heat.seen)[:MOST_SQUARES])
    return (
        f'<mask id="unseen" maskUnits="userSpaceOnUse" x="0" y="0" {whole}><rect {whole} fill="#fff"/>{spared}</mask>'
        f'<rect {whole} fill="url(#blind)" mask="url(#unseen)"/>'
    )


def _patterns(line: float) -> str:
    step, tip = 6 * line, f"{9 * line:.1f}"
    return (
        f'<defs><pattern id="blind" width="{step:.1f}" height="{step:.1f}" patternUnits="userSpaceOnUse"'
        f' patternTransform="rotate(45)"><rect width="{step:.1f}" height="{step:.1f}" fill="#fff" fill-opacity=".6"/>'
        f'<rect width="{1.3 * line:.1f}" height="{step:.1f}" fill="#8A97A3"/></pattern>'
        f'<marker id="tip" viewBox="0 0 10 10" refX="8" refY="5" markerWidth="{tip}" markerHeight="{tip}"'
        ' markerUnits="userSpaceOnUse" orient="auto"><path d="M0 0L10 5L0 10z" fill="#A84300"/></marker></defs>'
    )


def _plan(shown: Frame, plan: Picture | None) -> str:
    if plan is None:
        return ""
    x, y = _at(shown, plan.left, plan.top)
    size = f'width="{round(_CM * plan.width)}" height="{round(_CM * plan.height)}"'
    return f'<image x="{x}" y="{y}" {size} preserveAspectRatio="none" href="{plan.address}"/>'


def _zone(shown: Frame, zone: Zone, line: float) -> str:
    corners = " ".join(f"{x},{y}" for x, y in (_at(shown, *point) for point in zone.outline))
    colour = _SIGN.get(zone.kind, "#17212B")
    shape = "polyline" if len(zone.outline) < 3 else "polygon"
    dash = f' stroke-dasharray="{4 * line:.1f} {3 * line:.1f}"' if zone.kind == "queue" else ""
    return (
        f'<{shape} points="{corners}" fill="none" stroke="#fff" stroke-width="{2.6 * line:.1f}"/>'
        f'<{shape} points="{corners}" fill="none" stroke="{colour}" stroke-width="{1.2 * line:.1f}"{dash}/>'
        + _label(*_at(shown, *zone.middle), zone.name[:24], line)
    )


def _label(x: int, y: int, text: str, line: float) -> str:
    return (
        f'<text x="{x}" y="{y}" text-anchor="middle" dominant-baseline="middle" font-size="{10 * line:.0f}"'
        f' font-weight="600" fill="#17212B" stroke="#fff" stroke-width="{2.6 * line:.1f}" paint-order="stroke">'
        f"{escape(text)}</text>"
    )


def _ways(shown: Frame, zones: list[Zone], ways: list[Way], line: float) -> list[str]:
    middles = {zone.name: _at(shown, *zone.middle) for zone in zones}
    most, found = max((way.n for way in ways), default=1), []
    for way in ways:
        if way.start not in middles or way.end not in middles or way.start == way.end:
            continue
        (x1, y1), (x2, y2) = middles[way.start], middles[way.end]
        # Bent to its right, so that there and back are two lines.
        bend_x, bend_y = (x1 + x2) / 2 - (y2 - y1) * 0.18, (y1 + y2) / 2 + (x2 - x1) * 0.18
        thick = line * (1 + 4 * way.n / most)
        found.append(
            f'<path d="M{x1} {y1}Q{bend_x:.0f} {bend_y:.0f} {x2} {y2}" fill="none" stroke="#A84300"'
            f' stroke-opacity=".85" stroke-width="{thick:.1f}" marker-end="url(#tip)"/>'
            + _label(round((x1 + x2 + 2 * bend_x) / 4), round((y1 + y2 + 2 * bend_y) / 4), str(way.n), line)
        )
    return found


def _scale(shown: Frame, line: float) -> str:
    metres = next(step for step in (1, 2, 5, 10, 20, 50, 100) if step >= shown.size[0] / 12 or step == 100)
    x, y = 8 * line, _CM * shown.size[1] - 8 * line
    end = x + _CM * metres
    return (
        f'<path d="M{x:.0f} {y:.0f}H{end:.0f}" stroke="#fff" stroke-width="{5 * line:.1f}"/>'
        f'<path d="M{x:.0f} {y:.0f}H{end:.0f}" stroke="#17212B" stroke-width="{2 * line:.1f}"/>'
        + _label(round((x + end) / 2), round(y - 9 * line), f"{metres} m", line)
    )
