"""Who is staff, without knowing who anybody is: those who spend most of their time in a staff zone."""

import numpy as np
from numpy.typing import NDArray

from edge.measure.geometry import People

LONGEST_S = 2.0


class Staff:
    """The share of every track's life spent in zones with the role staff."""

    def __init__(self, forget_s: float) -> None:
        self._forget = forget_s
        self._lives: dict[int, tuple[float, float, float]] = {}

    def step(self, people: People, within: NDArray[np.bool_]) -> NDArray[np.bool_]:
        """(N,) who counts as staff now; `within` (N,) says who is in a staff zone at this moment.

        A track first seen in a staff zone is staff at once and stays so until it has spent as much time elsewhere.
        """
        staff = np.zeros(len(people.ids), dtype=np.bool_)
        for i, track in enumerate(people.ids.tolist()):
            last, inside, outside = self._lives.get(track, (people.at, 0.0, 0.0))
            passed = min(people.at - last, LONGEST_S)
            inside, outside = (inside + passed, outside) if within[i] else (inside, outside + passed)
            self._lives[track] = (people.at, inside, outside)
            staff[i] = inside > outside or (inside == outside and bool(within[i]))
        if len(self._lives) > len(people.ids):
            kept = self._lives.items()
            self._lives = {track: life for track, life in kept if people.at - life[0] <= self._forget}
        return staff
