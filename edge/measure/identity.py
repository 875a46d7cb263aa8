"""Whether people keep their number: IDF1 (Ristani et al. 2016) of tracks against a truth with ids.

Both sides are rows (frame, id, x, y, height). In one frame two match where their anchors are at most 0.35 box
heights apart: a truth of points has no boxes whose overlap could be asked for.
"""

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

NEAR_H = 0.35
Row = tuple[int, int, float, float, float]
Floats = NDArray[np.float64]


def idf1(truth: Iterable[Row], found: Iterable[Row]) -> float | None:
    """2 x matched / (true + found) sightings under the best one-to-one assignment of tracks; None of nothing."""
    real, mine = list(truth), list(found)
    if not real and not mine:
        return None
    shared = _shared(real, mine)
    rows, columns = assigned(shared)
    return float(2 * shared[rows, columns].sum() / (len(real) + len(mine)))


def _shared(truth: list[Row], found: list[Row]) -> Floats:
    """(people, tracks): in how many frames each two were near."""
    people, tracks = ({name: i for i, name in enumerate(sorted({r[1] for r in rows}))} for rows in (truth, found))
    frames: dict[int, list[Row]] = {}
    for row in found:
        frames.setdefault(row[0], []).append(row)
    shared = np.zeros((len(people), len(tracks)))
    for frame, person, x, y, height in truth:
        for _, track, other_x, other_y, _ in frames.get(frame, ()):
            shared[people[person], tracks[track]] += np.hypot(x - other_x, y - other_y) <= NEAR_H * height
    return shared


def assigned(gain: Floats) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Rows and columns of the one-to-one assignment with the greatest sum of gains, by shortest augmenting paths
    (Kuhn 1955, Jonker and Volgenant 1987)."""
    if gain.shape[0] > gain.shape[1]:
        columns, rows = assigned(gain.T)
        return rows, columns
    n, m = gain.shape
    cost = gain.max(initial=0.0) - gain
    u, v = np.zeros(n + 1), np.zeros(m + 1)
    owner, way = np.zeros(m + 1, np.int64), np.zeros(m + 1, np.int64)
    for row in range(1, n + 1):
        owner[0], column = row, 0
        least, used = np.full(m + 1, np.inf), np.zeros(m + 1, np.bool_)
        while True:
            used[column] = True
            free = ~used[1:]
            slack = cost[owner[column] - 1] - u[owner[column]] - v[1:]
            better = free & (slack < least[1:])
            least[1:][better], way[1:][better] = slack[better], column
            nearest = int(np.where(used, np.inf, least).argmin())
            step = least[nearest]
            u[owner[used]] += step
            v[used] -= step
            least[~used] -= step
            column = nearest
            if not owner[column]:
                break
        while column:
            owner[column], column = owner[way[column]], int(way[column])
    taken = owner[1:].nonzero()[0]
    return owner[1:][taken] - 1, taken
