"""The floor in squares: where they lie and what share of each is in which zone.

Zones are polygons in metres or, where none are drawn, what the survey said: a point is in the nearest spot's zone.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from edge.measure.geometry import inside
from edge.plan import Zone
from edge.radio.floor import Scanners, zone_of
from edge.radio.strength import Rooms
from edge.radio.survey import Survey

Floats = NDArray[np.float64]
_CELL_M = 0.8
# The squares of a large floor are larger: so many at most, and so many times scanners, whose tables are kept.
_MOST_CELLS, _MOST_ENTRIES = 3000, 90_000
_MARGIN_M, _BEYOND_M = 1.0, 6.0


class Squares(NamedTuple):
    """Centres of `columns` and `rows` of squares of size `cell`, all `centres` row by row (N, 2); `shares` (N, Z) of
    each square by zone of `names`, the first of which is None, for no zone; `rooms` the zones of the squares, by
    largest share, of the surveyed spots and of the scanners.
    """

    columns: Floats
    rows: Floats
    cell: float
    centres: Floats
    names: tuple[str | None, ...]
    shares: NDArray[np.float32]
    rooms: Rooms


def squares(scanners: Scanners, zones: Sequence[Zone], survey: Survey | None) -> Squares:
    """The squares over all zones and scanners and, where no zone is drawn, over the survey's spots."""
    drawn = [zone for zone in zones if len(zone.polygon) > 2]
    spots = survey.spots if survey is not None else np.empty((0, 2))
    columns, rows, cell = _centres(*_extent(np.vstack([scanners.xyz[:, :2], spots]), drawn), len(scanners.names))
    centres = np.stack(np.meshgrid(columns, rows), axis=-1).reshape(-1, 2)
    if drawn or survey is None:
        names: tuple[str | None, ...] = (None, *(zone.id for zone in drawn))
        surveyed = tuple(zone_of((float(x), float(y)), drawn) for x, y in spots)
        stand = scanners.zones
        shares = _drawn(_spread(centres, cell), drawn)
    else:
        names, surveyed = (None, *survey.zones), survey.at
        near = ((scanners.xyz[:, None, :2] - spots[None]) ** 2).sum(axis=2).argmin(axis=1)
        stand = scanners.zones if scanners.named else tuple(survey.at[spot] for spot in near)
        shares = _nearest(_spread(centres, cell), survey)
    rooms = Rooms(tuple(names[k] for k in shares.argmax(axis=1)), surveyed, stand)
    return Squares(columns, rows, cell, centres, names, shares.astype(np.float32), rooms)


def _extent(known: Floats, zones: Sequence[Zone]) -> tuple[Floats, Floats]:
    """The corners of the floor: around scanners and survey, and the zones as far as a scanner may hear into them."""
    low, high = known.min(axis=0), known.max(axis=0)
    if not zones:
        return low - _MARGIN_M, high + _MARGIN_M
    corners = [(np.min(zone.polygon, axis=0), np.max(zone.polygon, axis=0)) for zone in zones]
    near = [(np.maximum(a, low - _BEYOND_M), np.minimum(b, high + _BEYOND_M)) for a, b in corners]
    # A zone that no scanner is near is taken whole: that it is hard to hear is no reason to leave it out.
    seen = [close if (close[0] < close[1]).all() else far for close, far in zip(near, corners, strict=True)]
    return np.min([low, *(a for a, _ in seen)], axis=0), np.max([high, *(b for _, b in seen)], axis=0)


def _centres(low: Floats, high: Floats, scanners: int) -> tuple[Floats, Floats, float]:
    most = max(1, min(_MOST_CELLS, _MOST_ENTRIES // scanners))
    cell = max(_CELL_M, float(np.sqrt(np.prod(high - low) / most)))
    columns, rows = (
        low[i] + (np.arange(max(1, int(np.ceil((high[i] - low[i]) / cell - 1e-9)))) + 0.5) * cell for i in (0, 1)
    )
    return columns, rows, cell


def _spread(centres: Floats, cell: float) -> Floats:
    """Nine points in each square, (9, N, 2)."""
    steps = np.array([(i, j) for i in (-1, 0, 1) for j in (-1, 0, 1)]) * cell / 3
    points: Floats = centres[None] + steps[:, None]
    return points


def _drawn(points: Floats, zones: Sequence[Zone]) -> Floats:
    """The share of each square in no zone (column 0) and in each zone; a point in two belongs to the earlier."""
    shares = np.zeros((points.shape[1], len(zones) + 1))
    for nine in points:
        free = np.ones(len(nine), dtype=np.bool_)
        for k, zone in enumerate(zones, 1):
            found = inside(nine, zone.polygon) & free
            shares[:, k] += found
            free &= ~found
        shares[:, 0] += free
    return shares / len(points)


def _nearest(points: Floats, survey: Survey) -> Floats:
    """The same from the nearest surveyed spot."""
    column = np.array([0 if zone is None else 1 + survey.zones.index(zone) for zone in survey.at])
    shares = np.zeros((points.shape[1], len(survey.zones) + 1))
    for nine in points:
        far = ((nine[:, None] - survey.spots[None]) ** 2).sum(axis=2)
        shares[np.arange(len(nine)), column[far.argmin(axis=1)]] += 1
    return shares / len(points)
