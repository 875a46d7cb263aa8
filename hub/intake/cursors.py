"""How far the hub has come with each epoch of each device; this is what removes repeats and finds losses."""

from collections.abc import Iterable

MOST_ISLANDS = 1000


class Cursor:
    """What of one epoch is known: everything up to `upto`, and single numbers above it.

    `last_end` is the newest end of its windows in Unix seconds, 0 before there is one.
    `stored` says whether the database knows the epoch.
    """

    __slots__ = ("islands", "last_end", "stored", "upto")

    def __init__(
        self, upto: int = 0, islands: Iterable[int] = (), last_end: int = 0, *, stored: bool = False
    ) -> None:
        self.upto, self.last_end, self.stored = upto, last_end, stored
        self.islands = set(islands)

    def take(self, seq: int) -> bool:
        """Whether `seq` is new; it is known from now on."""
        if seq <= self.upto or seq in self.islands:
            return False
        self.islands.add(seq)
        self._grow()
        return True

    def resume(self, first: int) -> list[tuple[int, int]]:
        """Nothing below `first` will come again: the runs (from, to) that never came. `first` below the cursor says
        nothing new: the device only repeats what it has not yet heard to be safe here.
        """
        lost, start = [], self.upto + 1
        for seq in [*sorted(seq for seq in self.islands if seq < first), first]:
            if seq > start:
                lost.append((start, seq - 1))
            start = max(start, seq + 1)
        self.upto = max(self.upto, first - 1)
        self.islands = {seq for seq in self.islands if seq > self.upto}
        self._grow()
        return lost

    def crowded(self) -> list[tuple[int, int]]:
        """The runs given up because more than MOST_ISLANDS numbers stand alone; no honest device comes near that."""
        if len(self.islands) <= MOST_ISLANDS:
            return []
        return self.resume(sorted(self.islands)[MOST_ISLANDS // 2])

    def _grow(self) -> None:
        while self.upto + 1 in self.islands:
            self.upto += 1
            self.islands.discard(self.upto)
