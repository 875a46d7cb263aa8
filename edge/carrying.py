"""What is still too few to be told: added up until it is enough, forgotten when it may not be carried on."""

from msgspec import Struct

from edge.values import Quality, Stat


class Carried(Struct):
    """Durations of one place and kind since the last that were told."""

    start: int
    observed_s: int = 0
    n: int = 0
    again: int = 0
    cut: int = 0
    sum_s: int = 0
    bins: tuple[int, ...] = (0,) * 22

    @property
    def people(self) -> int:
        """How many people are behind the durations for certain: whoever is known to have been there before adds none.

        So it may be too low, where their first stay was told already, and never too high for what is known here.
        """
        return self.n - self.again

    def join(self, value: Stat, again: int) -> None:
        """Add a quarter of an hour, `again` durations of which are not their people's first there."""
        self.observed_s += value.observed_s
        if value.n is None or value.cut is None or value.sum_s is None or value.bins is None:
            return  # nobody looked: nothing to add, and the window's observed_s says so
        self.n += value.n
        self.again += again
        self.cut += value.cut
        self.sum_s += value.sum_s
        self.bins = tuple(a + b for a, b in zip(self.bins, value.bins, strict=True))


class Grouped(Struct):
    """Group entries of one line on one day that are still too few, or not yet at a quarter, to be told."""

    day: float
    n: int = 0


class Tagged(Struct):
    """Entries of one sensor with a tag, seen by the cameras, and both, since the last days that were told.

    None where a day of them does not know it. `start` is the first of these days.
    """

    start: int
    observed_s: int = 0
    tag_n: int = 0
    camera_n: int | None = 0
    matched: int | None = 0

    def join(self, value: Quality) -> None:
        """Add a day; one on which nothing was measured adds nothing."""
        if value.tag_n is None:
            return
        self.observed_s += value.observed_s
        self.tag_n += value.tag_n
        self.camera_n = _sum(self.camera_n, value.camera_n)
        self.matched = _sum(self.matched, value.matched)

    @property
    def least(self) -> int:
        """The smaller of the two numbers of entries."""
        return self.tag_n if self.camera_n is None else min(self.tag_n, self.camera_n)


def _sum(known: int | None, more: int | None) -> int | None:
    return None if known is None or more is None else known + more
