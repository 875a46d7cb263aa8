"""Rows of `flows` -> who goes on from where to where, as a Sankey of ways out and ways in, and as a table.

The ways are steps between two places and not whole walks (nobody is followed), so that the picture has two sides: the
place that people left and the place that they came to next.
"""

from collections import Counter
from typing import Any, NamedTuple

from dashboard.looks import INK, SERIES
from dashboard.upkeep import Cell
from dashboard.words import Words

_Rows = list[dict[str, Any]]
MOST = 24
WAY_COLUMNS = ("from", "to", "people", "days")


class Way(NamedTuple):
    """People who went on from one place to the next on the days on which they were enough to be told."""

    place: str
    to: str
    people: int
    days: int
    withheld: int


def ways(rows: _Rows) -> list[Way]:
    """The ways with at least one day that could be told, the most used first."""
    people, days, withheld = Counter[tuple[str, str]](), Counter[tuple[str, str]](), Counter[tuple[str, str]]()
    for row in rows:
        way = (row["place"], row["to"])
        if row["n"] is None:
            withheld[way] += 1
        else:
            people[way] += row["n"]
            days[way] += 1
    found = [Way(*way, people[way], days[way], withheld[way]) for way in days]
    return sorted(found, key=lambda way: (-way.people, way.place, way.to))


def way_lines(found: list[Way], words: Words) -> list[list[Cell]]:
    """A line a way; days with too few people to be told are named."""
    return [
        [
            way.place,
            way.to,
            str(way.people),
            words("journey.days_few", n=way.days, few=way.withheld) if way.withheld else str(way.days),
        ]
        for way in found[:MOST]
    ]


def sankey(found: list[Way]) -> dict[str, Any]:
    """The option of the chart: places left on the one side, places reached on the other."""
    shown = found[:MOST]
    sides = [sorted({way.place for way in shown}), sorted({way.to for way in shown})]
    colours = {place: SERIES[i % len(SERIES)] for i, place in enumerate(sorted({*sides[0], *sides[1]}))}
    nodes = [
        {
            "name": f"{side}{place}",
            "itemStyle": {"color": colours[place]},
            # A template in a place's name would be filled by the chart: its braces go.
            "label": {
                "formatter": place.replace("{", "(").replace("}", ")"),
                "position": "right" if side == "<" else "left",
            },
        }
        for side, places in zip("<>", sides, strict=True)
        for place in places
    ]
    links = [{"source": f"<{way.place}", "target": f">{way.to}", "value": way.people} for way in shown]
    series = {
        "type": "sankey",
        "data": nodes,
        "links": links,
        "left": 8,
        "right": 8,
        "nodeGap": 14,
        "draggable": False,
        "emphasis": {"focus": "adjacency"},
        "lineStyle": {"color": "source", "opacity": 0.35},
        "label": {"color": INK, "fontSize": 13},
    }
    return {"series": [series], "animation": False, "aria": {"enabled": False}}


def height(found: list[Way]) -> int:
    """How high the chart must be, in pixels, for its ways to be told apart."""
    return 120 + 45 * min(len(found), 8)


def sankey_alt(found: list[Way], words: Words) -> str:
    """The chart in words: how many ways, and the three most used."""
    first = "; ".join(words("journey.way", a=way.place, b=way.to, n=way.people) for way in found[:3])
    return words("journey.ways_alt", n=min(len(found), MOST), first=first)
