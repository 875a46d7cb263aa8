"""Who is staff, without knowing who anybody is: by where, by how long, and by when.

By zone: those who spend most of their time in a zone with the role staff. By long stay: those who are followed
for longer than any customer stays. By schedule: everybody, in hours in which only staff is in the shop.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from edge.measure.geometry import People

LONGEST_S = 2.0

Closed = Callable[[float], bool]
"""Whether only staff is in the shop at a moment."""


@dataclass(slots=True)
class _Life:
    """One track: first and last seen, seconds in staff zones and elsewhere."""

    first: float
    last: float
    inside: float = 0.0
    outside: float = 0.0
    staff: bool = False


class Staff:
    """The tracks that count as staff. `long_s`: followed for so many seconds is staff; None: however long."""

    def __init__(self, forget_s: float, long_s: float | None = None, closed: Closed | None = None) -> None:
        self._forget, self._long, self._closed = forget_s, long_s, closed
        self._lives: dict[int, _Life] = {}
        self.new: list[int] = []
        """The tracks that the last step found to be staff and that were none before."""

    def step(self, people: People, within: NDArray[np.bool_]) -> NDArray[np.bool_]:
        """(N,) who counts as staff now; `within` (N,) says who is in a staff zone at this moment.

        A track first seen in a staff zone is staff at once and stays so until it has spent as much time elsewhere.
        """
        staff = np.zeros(len(people.ids), dtype=np.bool_)
        closed = self._closed is not None and self._closed(people.at)
        self.new = []
        for i, track in enumerate(people.ids.tolist()):
            life = self._lives.setdefault(track, _Life(people.at, people.at))
            passed, life.last = min(people.at - life.last, LONGEST_S), people.at
            if within[i]:
                life.inside += passed
            else:
                life.outside += passed
            mostly = life.inside > life.outside or (life.inside == life.outside and bool(within[i]))
            long = self._long is not None and people.at - life.first > self._long
            staff[i] = mostly or long or closed
            if staff[i] and not life.staff:
                self.new.append(track)
            life.staff = bool(staff[i])
        if len(self._lives) > len(people.ids):
            kept = self._lives.items()
            self._lives = {track: life for track, life in kept if people.at - life.last <= self._forget}
        return staff
