"""Person-seconds on the floor, by square cells of at least one metre.

What one person trod is kept with the track and added to the sums when the track is over; then it is forgotten.
Visits are counted for cells and for blocks of 2 x 2 and 4 x 4 cells, so that cells with few visits can be joined
into a block whose number of visitors is known and not guessed.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from edge.measure.geometry import People
from edge.measure.groups import Metres

SIZES = (1, 2, 4)
TELL_S, LONGEST_S = 60.0, 2.0
MOST_CELLS, LARGEST_M = 2048, 10.0
LEAST_MARGIN_M = 2.0

Block = tuple[int, int, int]
"""Size in cells, column and row in blocks of this size."""
Marks = tuple[tuple[float, float, float, float], ...]
Sums = dict[Block, tuple[int, float]]


class Trodden(Struct, frozen=True, tag="trodden"):
    """What those whose tracks ended lately trod, all together: (size, column, row, visits, seconds) of blocks."""

    at: float
    sensor: str
    blocks: tuple[tuple[int, int, int, int, float], ...]


class DayHeat(Struct, frozen=True, kw_only=True):
    """A camera's floor in one local day, as measured: for the privacy door alone."""

    place: str
    start: int
    observed_s: int
    cell_m: float
    blocks: Mapping[Block, tuple[int, float]]


class Bounds(Struct, frozen=True):
    """The floor that a camera's marks speak for, in metres, and the side of its cells."""

    low: tuple[float, float]
    high: tuple[float, float]
    cell_m: float


def bounds(marks: Marks) -> Bounds:
    """The box around the floor marks and half as much again on each side: beyond it the plane is a guess.

    The side of a cell is a whole number of metres, such that at most 2048 cells cover the box.
    """
    metres = np.array(marks, dtype=np.float64)[:, 2:]
    low, high = metres.min(axis=0), metres.max(axis=0)
    margin = np.maximum((high - low) / 2, LEAST_MARGIN_M)
    low, high = low - margin, high + margin
    side = math.ceil(math.sqrt(float(np.prod(high - low)) / MOST_CELLS))
    cell_m = float(min(max(1, side), LARGEST_M))
    return Bounds((float(low[0]), float(low[1])), (float(high[0]), float(high[1])), cell_m)


@dataclass(slots=True)
class _Path:
    """What one track trod so far: seconds by cell. It ends with the track."""

    last: float
    staff: bool = False
    cells: dict[tuple[int, int], float] = field(default_factory=dict)


class Treading:
    """The floor of one camera."""

    def __init__(self, sensor: str, marks: Marks, metres: Metres, forget_s: float = 20.0) -> None:
        self._sensor, self._bounds, self._metres, self._forget = sensor, bounds(marks), metres, forget_s
        self._paths: dict[int, _Path] = {}
        self._sums: Sums = {}
        self._told: float | None = None

    def step(self, people: People, staff: NDArray[np.bool_]) -> list[Trodden]:
        """What was trodden, about once a minute; `staff` (N,) says who is not to be counted."""
        metres = self._metres(people.xy)
        for i in people.observed.nonzero()[0].tolist():
            path = self._paths.setdefault(int(people.ids[i]), _Path(people.at))
            passed, path.last, path.staff = min(people.at - path.last, LONGEST_S), people.at, bool(staff[i])
            if (cell := self._cell(metres[i])) is not None:
                path.cells[cell] = path.cells.get(cell, 0.0) + passed
        for track in [i for i, path in self._paths.items() if people.at - path.last > self._forget]:
            self._add(self._paths.pop(track))
        return self._tell(people.at)

    def close(self, at: float) -> list[Trodden]:
        """What is left at the end."""
        while self._paths:
            self._add(self._paths.popitem()[1])
        self._told = -math.inf
        return self._tell(at)

    def _cell(self, metres: NDArray[np.float64]) -> tuple[int, int] | None:
        x, y = metres.tolist()
        (west, south), (east, north) = self._bounds.low, self._bounds.high
        if not (west <= x <= east and south <= y <= north):
            return None  # also where a metre is not a number
        return math.floor(x / self._bounds.cell_m), math.floor(y / self._bounds.cell_m)

    def _add(self, path: _Path) -> None:
        if path.staff:
            return
        for size in SIZES:
            trod: dict[Block, float] = {}
            for (column, row), seconds in path.cells.items():
                block = (size, column // size, row // size)
                trod[block] = trod.get(block, 0.0) + seconds
            # Who was lost and found again while standing must not look like ten visitors: only who came or went
            # is a visit, so one person's standing makes two of them at most.
            came = int(len(trod) > 1)
            for block, seconds in trod.items():
                visits, before = self._sums.get(block, (0, 0.0))
                self._sums[block] = (visits + came, before + seconds)

    def _tell(self, at: float) -> list[Trodden]:
        if self._told is None:
            self._told = at
        if at - self._told < TELL_S:
            return []
        self._told = at
        sums, self._sums = self._sums, {}
        if not sums:
            return []
        return [Trodden(at, self._sensor, tuple((*block, *sums[block]) for block in sorted(sums)))]


def joined(blocks: Mapping[Block, tuple[int, float]], least: int) -> list[tuple[int, int, float]]:
    """(column, row, seconds) of the cells that may be told: each rests on `least` visits or more.

    A cell below that is joined with the three others of its block, then with those of the next larger one; the
    cells of a joined block all have its mean. A block that is still below is left out. An empty cell is treated
    like one with few visits: otherwise what is told would say where there was one.
    """
    tops = sorted({block for block in blocks if block[0] == SIZES[-1]})
    return [cell for top in tops for cell in _split(blocks, top, least) or ()]


def _split(
    blocks: Mapping[Block, tuple[int, float]], block: Block, least: int
) -> list[tuple[int, int, float]] | None:
    size, column, row = block
    visits, seconds = blocks.get(block, (0, 0.0))
    if size > 1:
        quarters = [
            _split(blocks, (size // 2, 2 * column + i, 2 * row + j), least) for i in range(2) for j in range(2)
        ]
        whole = [quarter for quarter in quarters if quarter is not None]
        if len(whole) == len(quarters):
            return [cell for quarter in whole for cell in quarter]
    if visits < least:
        return None
    mean = seconds / size**2
    return [(column * size + i, row * size + j, mean) for i in range(size) for j in range(size)]
