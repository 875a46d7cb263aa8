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


class Spoken:
    """One epoch: the highest number it said it had given, when it last spoke by its own and by the hub's clock, and
    when it spoke again after another one; Unix seconds, 0 for never.
    """

    __slots__ = ("heard_at", "number", "returned_at", "said_at")

    def __init__(
        self, number: int = 0, said_at: float = 0.0, heard_at: float = 0.0, returned_at: float = 0.0
    ) -> None:
        self.number, self.said_at, self.heard_at, self.returned_at = number, said_at, heard_at, returned_at


class Trail:
    """What each device, (site, device), said last, and how many payloads without any identity came since.

    A device sends in order: n of those, heard after number s and before s + n + 1, are the n between. They were set
    aside; as a hole they would hold up the device's acknowledgements for ever.
    """

    def __init__(self) -> None:
        self._heard: dict[tuple[str, str], tuple[str, int]] = {}
        self._nameless: dict[tuple[str, str], int] = {}

    def miss(self, device: tuple[str, str]) -> None:
        """Note a payload without identity."""
        self._nameless[device] = self._nameless.get(device, 0) + 1

    def hear(self, device: tuple[str, str], epoch: str, seq: int) -> range:
        """Note the number `seq`; the numbers just before it that are those of payloads without identity."""
        n, before = self._nameless.pop(device, 0), self._heard.get(device)
        self._heard[device] = (epoch, seq)
        return range(seq - n, seq if before == (epoch, seq - n - 1) else seq - n)
