"""The exact numbers behind a day as unknowns, and what is told of them as linear equations.

A number that is withheld is given away if and only if it lies in the row space of those equations. Whoever attacks
is given more than the messages hold: what is rounded is taken as exact, and it is known when the shop was closed.
"""

from collections.abc import Iterable, Mapping

import numpy as np

from edge.values import STAY_S, Count, Heat, Load, Stat
from tests.privacy.visitors import Told

Key = tuple[object, ...]
Row = dict[Key, float]
# All bins are told or withheld together, so three of them stand for the twenty-two: the first, the second, the rest.
BINS = 3
MOMENTS = ("n", "cut", "sum_s", *range(BINS))
KINDS = {"a": ("dwell",), "till": ("wait", "service", "left")}


class System:
    """Equations over named unknowns; which numbers they are equal to does not matter for what follows from them."""

    def __init__(self) -> None:
        self._columns: dict[Key, int] = {}
        self._rows: list[Row] = []

    def know(self, row: Mapping[Key, float]) -> None:
        """A weighted sum of unknowns is known."""
        for key in row:
            self._columns.setdefault(key, len(self._columns))
        self._rows.append(dict(row))

    def solve(self) -> None:
        """Find the row space; `gives` asks it."""
        matrix = np.zeros((len(self._rows), len(self._columns)))
        for i, row in enumerate(self._rows):
            for key, weight in row.items():
                matrix[i, self._columns[key]] += weight
        _, sizes, space = np.linalg.svd(matrix, full_matrices=False)
        self._space = space[sizes > 1e-9 * max(1.0, sizes[0])]

    def gives(self, row: Mapping[Key, float]) -> bool:
        """Whether this weighted sum of unknowns follows from what is known."""
        wanted = np.zeros(len(self._columns))
        for key, weight in row.items():
            if key not in self._columns:
                return False
            wanted[self._columns[key]] += weight
        rest = wanted - self._space.T @ (self._space @ wanted)
        return bool(np.linalg.norm(rest) < 1e-7 * np.linalg.norm(wanted))


def total(keys: Iterable[Key]) -> Row:
    """The plain sum of some unknowns."""
    return dict.fromkeys(keys, 1.0)


def laws(system: System, quarters: list[int]) -> None:
    """What holds in every shop, told or not: bins add up, who is served has waited, who joined was served or left."""
    for place, kinds in KINDS.items():
        for of in kinds:
            for q in quarters:
                bins = total((place, of, i, q) for i in range(BINS))
                system.know({**bins, (place, of, "n", q): -1.0})
    for q in quarters:
        system.know({("till", "served", q): 1.0, ("till", "wait", "n", q): -1.0})
        left = {("till", "left", "n", q): 1.0, ("till", "left", "cut", q): -1.0}
        system.know({("till", "abandoned", q): 1.0, **{key: -weight for key, weight in left.items()}})
    whole = [("till", "wait", "n", q) for q in quarters]
    system.know({**total(whole), **{("till", "service", "n", q): -1.0 for q in quarters}})
    ended = total([*whole, *(("till", "left", "n", q) for q in quarters)])
    system.know({**ended, **{("till", "joined", q): -1.0 for q in quarters}})
    fives = [q + i * 300 for q in quarters for i in range(3)]
    entered = total(("door", "entries", at) for at in fives)
    system.know({**entered, **{("door", "exits", at): -1.0 for at in fives}})


def learn(system: System, values: Told, quarters: list[int]) -> None:
    """What the messages of a day tell."""
    first, last = quarters[0], quarters[-1] + STAY_S
    for end, some in values:
        for value in some:
            start = int(value.start.timestamp())
            if value.withheld or value.place == "quiet" or end <= first:
                continue
            if isinstance(value, Stat):
                spanned = [q for q in quarters if start <= q < end]
                for moment in MOMENTS if spanned else ():
                    system.know(total((value.place, value.of, moment, q) for q in spanned))
            elif isinstance(value, Load) and start < last:
                for field in ("mean", "max", "joined", "served", "abandoned"):
                    if getattr(value, field) is not None:
                        system.know({(value.place, field, start): 1.0})
            elif isinstance(value, Count) and start < last:
                for field in ("entries", "exits"):
                    if getattr(value, field) is not None:
                        system.know({(value.place, field, start): 1.0})


def withheld(values: Told, quarters: list[int]) -> list[tuple[str, Row]]:
    """The numbers that the messages leave out, with a name: of each quarter that is not told alone, and what is left
    of each day; and whole counts and loads.
    """
    told_alone, last_told = set(), {}
    for end, some in values:
        for v in some:
            if isinstance(v, Stat) and not v.withheld:
                spanned = [q for q in quarters if int(v.start.timestamp()) <= q < end]
                told_alone |= {(v.place, v.of, *spanned)} if len(spanned) == 1 else set()
                if len(spanned) < len(quarters):
                    last_told[v.place, v.of] = end
    found: list[tuple[str, Row]] = []
    for place, kinds in KINDS.items():
        for of in kinds:
            rest = [q for q in quarters if q >= last_told.get((place, of), 0)]
            hidden = [[q] for q in quarters if (place, of, q) not in told_alone] + [rest]
            found += [
                (f"{place} {of} {moment}", total((place, of, moment, q) for q in some))
                for moment in MOMENTS
                for some in hidden
                if some
            ]
    for _, some in values:
        for v in some:
            # Whoever is served has waited: how many those are is asked of the waits.
            start, fields = int(v.start.timestamp()), ("mean", "max", "joined", "abandoned")
            if isinstance(v, Load) and start in quarters and v.place in KINDS:
                kept = [name for name in fields if getattr(v, name) is None]
                found += [(f"{v.place} load {name}", {(v.place, name, start): 1.0}) for name in kept]
            elif isinstance(v, Count) and quarters[0] <= start < quarters[-1] + STAY_S and v.withheld:
                found += [(f"door {name}", {("door", name, start): 1.0}) for name in ("entries", "exits")]
    return found


def floor(system: System, heat: Heat) -> None:
    """A camera's floor: the cells of a joined block are told as its mean, so its sum alone is known."""
    cells = {(column, row): seconds for column, row, seconds in heat.cells or ()}
    for column, row in cells:
        for size in (4, 2, 1):
            block = [(column // size * size + i, row // size * size + j) for i in range(size) for j in range(size)]
            if len({cells.get(cell) for cell in block}) == 1:
                system.know(total(("heat", heat.place, *cell) for cell in block))
                break
