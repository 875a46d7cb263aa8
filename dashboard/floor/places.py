"""_Rows of `outlines` and `flows` -> zones on the floor, how much time was spent in them, and ways between them."""

from typing import Any, NamedTuple

from dashboard.floor.squares import Heat

_Rows = list[dict[str, Any]]
_Point = tuple[float, float]
_LARGEST_M2, _FARTHEST_M = 20_000.0, 2_000.0


class Zone(NamedTuple):
    """A line, zone or queue on the floor, in metres; two points are a line."""

    name: str
    kind: str
    outline: tuple[_Point, ...]
    area_m2: float | None

    @property
    def middle(self) -> _Point:
        """The mean of its corners."""
        xs, ys = zip(*self.outline, strict=True)
        return sum(xs) / len(xs), sum(ys) / len(ys)


class Way(NamedTuple):
    """People who went on from one place to the next over the days told; `hidden` days had too few to tell."""

    start: str
    end: str
    n: int
    days: int
    hidden: int


def zones(rows: _Rows) -> list[Zone]:
    """Those whose outline is known; an outline that reaches absurdly far (a corner near the horizon) is none."""
    found = []
    for row in rows:
        outline = tuple((float(x), float(y)) for x, y in row["outline_m"] or ())
        sane = all(abs(value) <= _FARTHEST_M for point in outline for value in point)
        if len(outline) > 1 and sane and (row["area_m2"] or 0.0) <= _LARGEST_M2:
            found.append(Zone(row["place"], row["kind"], outline, row["area_m2"]))
    return found


def inside(point: _Point, outline: tuple[_Point, ...]) -> bool:
    """Whether a point lies in a polygon: a ray to the east crosses its border an odd number of times."""
    x, y = point
    odd = False
    for (x1, y1), (x2, y2) in zip(outline, (*outline[1:], outline[0]), strict=True):
        if (y1 > y) != (y2 > y) and x < x1 + (y - y1) * (x2 - x1) / (y2 - y1):
            odd = not odd
    return odd


def density_in(zone: Zone, heat: Heat) -> float | None:
    """Person-minutes a square metre and day in a zone: the mean over its told squares by area; None without any."""
    if len(zone.outline) < 3:
        return None
    told = [
        (side * side, value)
        for (column, row, side), value in heat.density.items()
        if inside(((column + 0.5) * side, (row + 0.5) * side), zone.outline)
    ]
    area = sum(own for own, _ in told)
    return sum(own * value for own, value in told) / area if area else None


def ways(rows: _Rows) -> list[Way]:
    """The ways of the days, those that most people went first; a way of which no day was told is left out."""
    found: dict[tuple[str, str], list[int]] = {}
    for row in rows:
        sums = found.setdefault((row["place"], row["to"]), [0, 0, 0])
        if row["n"] is None:
            sums[2] += 1
        else:
            sums[0], sums[1] = sums[0] + row["n"], sums[1] + 1
    made = [Way(*pair, *sums) for pair, sums in found.items() if sums[1]]
    return sorted(made, key=lambda way: (-way.n, way.start, way.end))
