"""Rows of `heat` -> person-minutes on a square metre in a day, by square; what was not told stays unknown."""

from collections.abc import Iterable
from datetime import date
from typing import Any, NamedTuple

Rows = list[dict[str, Any]]
MOST_SQUARES = 8000

Square = tuple[int, int, float]
"""Column, row and side in metres: it covers [column x side, (column + 1) x side) to the right, its row downwards."""


class Heat(NamedTuple):
    """A day, or the mean of several. `density` in person-minutes a square metre and day, by square.

    `seen` are the squares that the sensors which told of these days have told of on any day of the period: one of
    them without a density had fewer than ten visits around it, or none. `days` are those told by at least one sensor;
    `silent` the sensors that told nothing; `withheld` the reasons why some told nothing but that.
    """

    density: dict[Square, float]
    seen: frozenset[Square]
    days: int
    silent: tuple[str, ...]
    withheld: tuple[str, ...]
    coverage: dict[str, float]


def told_days(rows: Rows) -> list[date]:
    """The days on which a sensor told where people were, in order."""
    return sorted({row["day"] for row in rows if row["column"] is not None})


def heat_of(rows: Rows, days: Iterable[date], known: Rows) -> Heat:
    """The mean over those of `days` that a sensor told of, each sensor by its own days. `known`: the rows of all
    days, which say what a sensor ever saw. Where two sensors see the same square, the larger of the two counts: a
    sum would count one person twice.
    """
    wanted = set(days)
    mine = [row for row in rows if row["day"] in wanted]
    told = {(row["place"], row["day"]) for row in mine if _looked(row)}
    number = {place: len({day for one, day in told if one == place}) for place, _ in told}
    sums: dict[str, dict[Square, float]] = {}
    for row in mine:
        if row["column"] is not None and row["place"] in number:
            square = row["column"], row["row"], row["cell_m"]
            sensor = sums.setdefault(row["place"], {})
            sensor[square] = sensor.get(square, 0.0) + row["person_s"] / 60 / row["cell_m"] ** 2
    density: dict[Square, float] = {}
    for place, squares in sums.items():
        for square, minutes in squares.items():
            density[square] = max(density.get(square, 0.0), minutes / number[place])
    ever = {row["place"] for row in known}
    return Heat(
        density=density,
        seen=frozenset(_square(row) for row in known if row["column"] is not None and row["place"] in number),
        days=len({day for _, day in told}),
        silent=tuple(sorted(ever - set(number))),
        withheld=tuple(sorted({row["withheld"] for row in mine if row["withheld"]})),
        coverage={place: _mean([r for r in mine if r["place"] == place]) for place in number},
    )


def _looked(row: dict[str, Any]) -> bool:
    return row["withheld"] is None and bool(row["coverage"])


def _mean(rows: Rows) -> float:
    by_day = {row["day"]: row["coverage"] or 0.0 for row in rows}
    return sum(by_day.values()) / len(by_day)


def _square(row: dict[str, Any]) -> Square:
    return row["column"], row["row"], row["cell_m"]


def top_of(*found: Heat) -> float:
    """The value at which the scale ends: one square in a thousand may lie above it; 0 where none is told."""
    values = sorted(value for heat in found for value in heat.density.values())
    return values[min(len(values) - 1, int(0.999 * len(values)))] if values else 0.0
