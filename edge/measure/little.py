"""A second opinion on waits, by Little's law: people waiting = arrivals a second x time waited (Little 1961).

The head counts of a queue and the durations of its waits come from different parts of a camera's work: the first
needs no track to last. Where tracks break, durations come out short and the two disagree.
"""

from collections import deque
from collections.abc import Iterable

from edge.measure.dwell import Present
from edge.measure.facts import Fact
from edge.measure.queues import Left, Served

OVER_S, LEAST, APART = 3600.0, 10, 0.30
LONGEST_S = 120.0


class Little:
    """The last hour of one queue. The light is None below 10 waits: the law speaks of means."""

    def __init__(self, over_s: float = OVER_S) -> None:
        self._over = over_s
        self._heads: deque[tuple[float, float]] = deque()
        self._waits: deque[tuple[float, float]] = deque()
        self._last: float | None = None

    def add(self, fact: Fact) -> None:
        """Take in a head count or the end of a wait of this queue; other facts are ignored."""
        if isinstance(fact, Present):
            since = fact.at if self._last is None else self._last
            self._last = fact.at
            if 0.0 < fact.at - since <= LONGEST_S:
                self._heads.append((fact.at, max(0, fact.people - fact.serving) * (fact.at - since)))
        elif isinstance(fact, Served) or (isinstance(fact, Left) and not fact.cut):
            # Who was lost from sight still waits: found again, the same person ends one wait and not two.
            self._waits.append((fact.at, fact.waited))
        for kept in (self._heads, self._waits):
            while kept and kept[0][0] < fact.at - self._over:
                kept.popleft()

    @property
    def wait_s(self) -> float | None:
        """The mean wait as head counts and arrivals have it, in seconds; None below 10 waits."""
        n = len(self._waits)
        return sum(seconds for _, seconds in self._heads) / n if n >= LEAST else None

    @property
    def ratio(self) -> float | None:
        """Mean tracked wait / mean wait by Little's law; 1 is best, None where either is nothing."""
        by_law, n = self.wait_s, len(self._waits)
        return sum(seconds for _, seconds in self._waits) / n / by_law if by_law else None

    @property
    def apart(self) -> bool:
        """Whether the two differ by more than 30 %: then the durations of this queue deserve no trust."""
        return self.ratio is not None and abs(self.ratio - 1.0) > APART


class Lights:
    """The second opinions on all queues of a device."""

    def __init__(self, queues: Iterable[str]) -> None:
        self._queues = {queue: Little() for queue in queues}

    def add(self, fact: Fact) -> None:
        """Take in one fact; those of other places are ignored."""
        name = fact.place if isinstance(fact, Present) else getattr(fact, "queue", None)
        if little := self._queues.get(name or ""):
            little.add(fact)

    def apart(self) -> int:
        """How many queues have durations and head counts that do not go together."""
        return sum(little.apart for little in self._queues.values())
