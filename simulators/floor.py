"""Truth -> what perfect cameras would state of the floor: where people trod, who went on from place to place."""

from collections.abc import Iterator
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from edge.measure.flows import Step
from edge.measure.heat import SIZES, Bounds, Trodden, bounds
from simulators.shop import CAMERAS, MARKS, WATCHED_BY, Camera, Floats, project
from simulators.shoppers import Day, Shopper
from simulators.walks import Walk

SAMPLE_S, TELL_S = 1.0, 300.0
_Whole = NDArray[np.int64]


def trodden(day: Day) -> Iterator[Trodden]:
    """What shoppers and passers trod before each camera, told every five minutes of those who are gone by then.

    A person counts a second at a time in the cell where they stand, where the camera has them in its picture; who
    never left a block is no visit to it, as on the device. Staff is not counted.
    """
    walks = [*(shopper.walk for shopper in day.shoppers), *(passer.walk for passer in day.passers)]
    if not walks:
        return
    who, points = _samples(walks)
    ends = np.array([walk.path[-1][0] for walk in walks])
    told = (np.floor(ends / TELL_S) + 1).astype(np.int64)
    for seen in CAMERAS:
        box = bounds(tuple((0.0, 0.0, x, y) for x, y in MARKS[seen.id]))
        inside = _in_view(seen, box, points)
        cells = np.floor(points[inside] / box.cell_m).astype(np.int64)
        if len(cells):
            yield from _told(seen.id, told, who[inside], cells)


def steps(day: Day) -> Iterator[Step]:
    """Who ended a stay in one place and then one in another that the same camera sees; each way once a person."""
    for shopper in day.shoppers:
        went = set[tuple[str, str]]()
        stays = _stays(shopper)
        for (_, before), (end, place) in pairwise(stays):
            way = before, place
            if before != place and WATCHED_BY[before] == WATCHED_BY[place] and way not in went:
                went.add(way)
                yield Step(end, before, place)


def _stays(shopper: Shopper) -> list[tuple[float, str]]:
    found = [(stay.end, stay.zone) for stay in shopper.stays]
    if shopper.wait and (end := shopper.wait.done or shopper.wait.left):
        found.append((end, "tills"))
    return sorted(found)


def _samples(walks: list[Walk]) -> tuple[_Whole, Floats]:
    """Whose sample it is, and where on the floor they stood, once a second."""
    who, found = [], []
    for number, walk in enumerate(walks):
        at, x, y = np.array(walk.path).T
        when = np.arange(at[0], at[-1], SAMPLE_S)
        who.append(np.full(len(when), number))
        found.append(np.column_stack([np.interp(when, at, x), np.interp(when, at, y)]))
    return np.concatenate(who), np.concatenate(found)


def _in_view(seen: Camera, box: Bounds, points: Floats) -> NDArray[np.bool_]:
    pixels, depth = project(seen, np.column_stack([points, np.zeros(len(points))]))
    shown = ((pixels >= 0) & (pixels < (seen.width, seen.height))).all(axis=1) & (depth > 0.05)
    return np.asarray(shown & ((points >= box.low) & (points <= box.high)).all(axis=1))


def _told(sensor: str, told: _Whole, who: _Whole, cells: _Whole) -> Iterator[Trodden]:
    """The facts of one camera; `told` is in which fact each person stands."""
    facts: dict[int, list[tuple[int, int, int, int, float]]] = {}
    for size in SIZES:
        for number, column, row, visits, seconds in _sums(told, who, cells // size):
            facts.setdefault(number, []).append((size, column, row, visits, SAMPLE_S * seconds))
    for number, blocks in sorted(facts.items()):
        yield Trodden(number * TELL_S, sensor, tuple(sorted(blocks)))


def _sums(told: _Whole, who: _Whole, blocks: _Whole) -> list[list[int]]:
    """(fact, column, row, visits, samples) of blocks. A row is packed into one number: sorting those is cheap."""
    low = blocks.min(axis=0)
    wide, deep = (blocks.max(axis=0) - low + 1).tolist()
    place = (blocks[:, 0] - low[0]) * deep + blocks[:, 1] - low[1]
    trod, seconds = np.unique(who * (wide * deep) + place, return_counts=True)
    person, place = np.divmod(trod, wide * deep)
    came = (np.bincount(person, minlength=len(told)) > 1)[person]
    first = int(told.min())
    keys, turn = np.unique((told[person] - first) * (wide * deep) + place, return_inverse=True)
    number, place = np.divmod(keys, wide * deep)
    column, row = np.divmod(place, deep)
    sums = np.bincount(turn, came, len(keys)), np.bincount(turn, seconds, len(keys))
    columns = (number + first, column + low[0], row + low[1], *sums)
    return np.column_stack(columns).astype(np.int64).tolist()  # type: ignore[no-any-return]
