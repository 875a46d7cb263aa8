"""Entries with a tag against the entries that the doors' cameras counted: which of the tagged were counted too.

Both are moments in memory and nothing else; what comes out are numbers of five minutes. Some of those whom the
cameras missed are matched to somebody else who came in just then. How often that happens is measured at moments at
which no tagged visitor came, a little before each who did.
"""

from collections.abc import Iterable
from typing import NamedTuple

MATCH_S = 8.0
# Moments before an entry at which to try: no closer than two windows, so that nobody of the same group is there.
BEFORE_S = (24.0, 40.0, 56.0, 72.0)
KEPT_S = 120.0


class Matched(NamedTuple):
    """How many tagged entries there were, how many were matched, and how many of the trials."""

    tags: int
    matched: int
    hits: int
    trials: int


class Matching:
    """The entries of the last minutes at one radio sensor and at all doors of its device."""

    def __init__(self) -> None:
        self._tags: list[float] = []
        self._cameras: list[float] = []
        self._taken: set[float] = set()

    def tag(self, at: float) -> None:
        """Somebody with a tag came in."""
        self._tags.append(at)

    def camera(self, at: float) -> None:
        """A camera counted somebody coming in."""
        # Two who come in at the same moment are two.
        while at in self._cameras:
            at += 1e-6
        self._cameras.append(at)

    def settle(self, start: float, end: float) -> Matched:
        """What is known of [start, end), once nothing of it can come any more; what is older is forgotten.

        Each entry of a camera is matched once, the closest pairs first.
        """
        tags = [at for at in self._tags if start <= at < end]
        free = [at for at in self._cameras if at not in self._taken]
        pairs = sorted(
            (abs(tag - at), i, at) for i, tag in enumerate(tags) for at in free if abs(tag - at) <= MATCH_S
        )
        found: dict[int, float] = {}
        for _, i, at in pairs:
            if i not in found and at not in self._taken:
                found[i] = at
                self._taken.add(at)
        free = [at for at in free if at not in self._taken]
        tries = [tag - before for tag in tags for before in BEFORE_S]
        hits = sum(any(abs(moment - at) <= MATCH_S for at in free) for moment in tries)
        self.forget(end)
        return Matched(len(tags), len(found), hits, len(tries))

    def entries(self, start: float, end: float) -> int:
        """How many the cameras counted in [start, end)."""
        return sum(start <= at < end for at in self._cameras)

    def forget(self, end: float) -> None:
        """Forget the tagged entries before `end`, and those of cameras that no later one can need."""
        self._tags = [at for at in self._tags if at >= end]
        self._cameras = [at for at in self._cameras if at >= end - KEPT_S]
        self._taken &= set(self._cameras)


def corrected(matched: int, tags: int, hits: int, trials: int, most: int) -> int:
    """Matches less those by chance, as a whole number of at most `tags` and `most`.

    Of the tagged, a share r was counted and the share c = hits / trials of the others is matched all the same:
    matched = tags (r + (1 - r) c).
    """
    chance = hits / trials if trials else 0.0
    sure = (matched - tags * chance) / (1 - chance) if chance < 1 else 0.0
    return max(0, min(tags, most, round(sure)))


def total(parts: Iterable[int | None]) -> int | None:
    """The sum of all, None where one is not known."""
    found = list(parts)
    known = [one for one in found if one is not None]
    return sum(known) if len(known) == len(found) else None
