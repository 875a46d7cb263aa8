"""Facts into closed windows, by event time: counts every 5 minutes, load and durations every 15, the rest a day.

A window closes when every source that still looks has passed its end by SETTLE_S: so the same facts give the same
windows in the same order, live or replayed. A source that fell silent holds windows open for GRACE_S of wall clock.
What comes out is raw (see edge/privacy.py for what may leave): a Stat here can have any n.
"""

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

import msgspec

from edge.measure.daily import Daily, Measured
from edge.measure.dwell import Present, Visit
from edge.measure.facts import SETTLE_S, Fact, Seen
from edge.measure.flows import Step
from edge.measure.footfall import Crossing
from edge.measure.groups import Group
from edge.measure.heard import Met
from edge.measure.heat import Trodden
from edge.measure.queues import Done, Joined, Left, Served
from edge.measure.tallies import (
    Durations,
    Of,
    Saved,
    Sums,
    count_value,
    kinds_of,
    load_value,
    sensors_of,
    stat_value,
    till_open,
)
from edge.plan import Plan, digest
from edge.values import COUNT_S, STAY_S

GRACE_S = 30.0
LONGEST_EMPTY_S = 86_400.0  # a longer stretch in which nobody looked is skipped, not spelled out
_LATEST = 4e9


class Closed(NamedTuple):
    """All windows that end at `end` (Unix seconds), with the values as measured, before any threshold.

    `again`: how many durations of a place and kind are of people who have one there already; absent is none.
    """

    end: int
    values: tuple[Measured, ...]
    again: Mapping[tuple[str, str], int] = {}


class Windows:
    """The open windows of one device. `late` and `unknown` count facts that no open window could take."""

    def __init__(self, plan: Plan, opened: float, saved: bytes | None = None) -> None:
        """Windows from the one that holds `opened` on, or continued from `saved` of the same plan."""
        self.late = self.unknown = 0
        self._plan, self._digest = plan, digest(plan)
        self._sensors = sensors_of(plan)
        self._entries = {line.id: line.entry for line in plan.lines}
        self._floors = {sensor.id for sensor in plan.sensors if sensor.floor}
        self._gap = {sensor.id: max(2.0, 3.0 / sensor.fps) for sensor in plan.sensors}
        self._now = float("-inf")
        self._stats: dict[int, dict[tuple[str, Of], Durations]] = {}
        self._start(Saved.restored(saved, self._digest, opened), opened)
        self._take: dict[type, Callable[[Any], list[Closed]]] = {
            Seen: self._seen,
            Crossing: self._crossing,
            Group: self._group,
            Step: self._of_a_day,
            Trodden: self._of_a_day,
            Met: self._of_a_day,
            Present: self._present,
            Visit: self._visit,
            Joined: self._joined,
            Served: self._served,
            Done: self._done,
            Left: self._left,
        }

    def add(self, fact: Fact) -> list[Closed]:
        """The windows that this fact closes, oldest first (only a Seen can). Late and unknown facts are counted."""
        if not 0 <= fact.at < _LATEST:
            self.unknown += 1
            return []
        take = self._take.get(type(fact))
        return take(fact) if take else []  # what is said of tags is for edge/measure/fusion.py

    def tick(self, at: float) -> list[Closed]:
        """The windows that close because a source has been silent for GRACE_S before `at` (wall clock)."""
        self._now = max(self._now, at)
        return self._close(self._mark())

    def finish(self, at: float | None = None) -> list[Closed]:
        """All windows up to the 15-minute mark after `at` (None: after the last look): the end of a recording."""
        last = max(self._last.values()) if at is None else at
        return self._close(-(-last // STAY_S) * STAY_S)

    def saved(self) -> bytes:
        """The open counts and loads for a clean stop. Durations are left out: they are below the threshold."""
        return msgspec.json.encode(
            Saved(
                plan=self._digest,
                done=self._done_to,
                looked=self._looked,
                counts=self._counts,
                loads=self._loads,
                served=self._served_at,
                days=self.daily.saved(),
            )
        )

    def _start(self, kept: Saved | None, opened: float) -> None:
        floor = int(opened // COUNT_S) * COUNT_S
        ids = [sensor.id for sensor in self._plan.sensors]
        self._done_to = kept.done if kept else floor
        self._last = dict.fromkeys(ids, opened)
        self._looking = dict.fromkeys(ids, float("-inf"))
        self._looked = kept.looked if kept else {}
        self._counts = kept.counts if kept else {}
        self._loads = kept.loads if kept else {}
        self._served_at = kept.served if kept else {}
        self._groups: dict[int, dict[str, int]] = {}
        self.daily = Daily(self._plan, kept.days if kept else None)
        # Durations of before the stop were dropped, so looking of before the stop must not count for them.
        self._forgone: dict[int, dict[str, float]] = {}
        for start, looked in self._looked.items():
            below = self._forgone.setdefault(start // STAY_S * STAY_S, {})
            for name, seconds in looked.items():
                below[name] = below.get(name, 0.0) + seconds

    def _seen(self, seen: Seen) -> list[Closed]:
        name = seen.source
        before = self._looking.get(name)
        if before is None:
            self.unknown += 1
            return []
        if seen.at <= before:
            return []
        since = seen.since
        if since is None:
            since = before if seen.at - before <= self._gap[name] else seen.at
        since = max(since, before, float(self._done_to))
        self._look(name, since, seen.at)
        self.daily.look(name, since, seen.at, 1.0 if seen.since is None else None)
        self._looking[name] = seen.at
        self._last[name] = max(self._last[name], seen.at)
        if seen.at - SETTLE_S < self._done_to + COUNT_S:
            return []
        return self._close(self._mark())

    def _look(self, name: str, start: float, end: float) -> None:
        while start < end:
            window = int(start // COUNT_S) * COUNT_S
            looked = self._looked.setdefault(window, {})
            part = min(end, window + COUNT_S)
            looked[name] = looked.get(name, 0.0) + part - start
            start = part

    def _crossing(self, fact: Crossing) -> list[Closed]:
        if self._known(fact.line, fact.at, COUNT_S):
            sides = self._counts.setdefault(int(fact.at // COUNT_S) * COUNT_S, {}).setdefault(fact.line, [0, 0])
            sides[fact.direction == "-"] += 1
        return []

    def _group(self, fact: Group) -> list[Closed]:
        if self._known(fact.line, fact.at, COUNT_S) and self._entries.get(fact.line) == fact.direction:
            groups = self._groups.setdefault(int(fact.at // COUNT_S) * COUNT_S, {})
            groups[fact.line] = groups.get(fact.line, 0) + 1
        return []

    def _of_a_day(self, fact: Step | Trodden | Met) -> list[Closed]:
        self.unknown += not self.daily.take(fact)
        return []

    def _present(self, fact: Present) -> list[Closed]:
        if sums := self._sums(fact.place, fact.at):
            sums.samples += 1
            sums.people += fact.people
            sums.max = max(sums.max, fact.people)
            sums.tills += till_open(fact, self._served_at.get(fact.place))
        return []

    def _visit(self, fact: Visit) -> list[Closed]:
        self._stay(fact.zone, "dwell", fact, fact.at - fact.start)
        return []

    def _joined(self, fact: Joined) -> list[Closed]:
        if sums := self._sums(fact.queue, fact.at):
            sums.joined += 1
        return []

    def _served(self, fact: Served) -> list[Closed]:
        if sums := self._sums(fact.queue, fact.at):
            sums.served += 1
            self._stay(fact.queue, "wait", fact, fact.waited)
            self._served_at[fact.queue] = max(fact.at, self._served_at.get(fact.queue, 0.0))
        return []

    def _done(self, fact: Done) -> list[Closed]:
        if self._stay(fact.queue, "service", fact, fact.took):
            self._served_at[fact.queue] = max(fact.at, self._served_at.get(fact.queue, 0.0))
        return []

    def _left(self, fact: Left) -> list[Closed]:
        if self._stay(fact.queue, "left", fact, fact.waited) and not fact.cut:
            # Lost from sight is not known to have given up: it counts among the durations, as cut.
            self._loads.setdefault(int(fact.at // STAY_S) * STAY_S, {}).setdefault(fact.queue, Sums()).abandoned += 1
        return []

    def _stay(self, place: str, of: Of, fact: Visit | Served | Done | Left, seconds: float) -> bool:
        if not self._known(place, fact.at, STAY_S):
            return False
        window = self._stats.setdefault(int(fact.at // STAY_S) * STAY_S, {})
        if (durations := window.get((place, of))) is None:
            durations = window[place, of] = Durations()
        durations.add(seconds, fact.cut, fact.again)
        return True

    def _sums(self, place: str, at: float) -> Sums | None:
        if not self._known(place, at, STAY_S):
            return None
        return self._loads.setdefault(int(at // STAY_S) * STAY_S, {}).setdefault(place, Sums())

    def _known(self, place: str, at: float, length: int) -> bool:
        if place not in self._sensors:
            self.unknown += 1
        elif (at // length + 1) * length <= self._done_to:
            self.late += 1
        else:
            return True
        return False

    def _mark(self) -> float:
        """Up to when everybody who still looks has looked; where nobody does, the wall clock decides."""
        looking = [at for at in self._last.values() if at >= self._now - GRACE_S]
        return (min(looking) if looking else self._now - GRACE_S) - SETTLE_S

    def _close(self, upto: float) -> list[Closed]:
        closed = []
        while self._done_to + COUNT_S <= upto:
            if self._skip(upto):
                continue
            start, self._done_to = self._done_to, self._done_to + COUNT_S
            values = self._count_values(start)
            again: dict[tuple[str, str], int] = {}
            if self._done_to % STAY_S == 0:
                stats = self._stats.pop(self._done_to - STAY_S, {})
                again = {key: durations.again for key, durations in stats.items() if durations.again}
                values += self._stay_values(self._done_to - STAY_S, stats)
                values += self.daily.close(self._done_to)
            closed.append(Closed(self._done_to, tuple(values), again))
        return closed

    def _skip(self, upto: float) -> bool:
        """Whether an empty stretch was left out: up to the first window that holds anything or ends a day that does.

        It ends at the last 15-minute mark before `upto` at most.
        """
        parts = (self._looked, self._counts, self._loads, self._stats)
        first = min((min(part) for part in parts if part), default=upto)
        ahead = int(min(first, upto)) // STAY_S * STAY_S
        if ahead - self._done_to <= LONGEST_EMPTY_S:
            return False
        if (end := self.daily.next_end()) is not None:
            ahead = min(ahead, end - STAY_S)
        skipped = ahead > self._done_to
        self._done_to = max(self._done_to, ahead)
        return skipped

    def _count_values(self, start: int) -> list[Measured]:
        counts = self._counts.pop(start, {})
        looked, groups = self._looked.get(start, {}), self._groups.pop(start, {})
        return [
            count_value(
                line,
                start,
                looked.get(line.sensor, 0.0),
                counts.get(line.id, [0, 0]),
                groups.get(line.id, 0) if line.sensor in self._floors else None,
            )
            for line in self._plan.lines
        ]

    def _stay_values(self, start: int, stats: dict[tuple[str, Of], Durations]) -> list[Measured]:
        parts = [self._looked.pop(start + offset, {}) for offset in range(0, STAY_S, COUNT_S)]
        loads, forgone = self._loads.pop(start, {}), self._forgone.pop(start, {})
        values: list[Measured] = []
        for place, kinds in kinds_of(self._plan).items():
            looked = sum(part.get(self._sensors[place], 0.0) for part in parts)
            values.append(load_value(place, start, looked, loads.get(place, Sums()), "wait" in kinds))
            own = looked - forgone.get(self._sensors[place], 0.0)
            values += [stat_value(place, of, start, own, stats.get((place, of), Durations())) for of in kinds]
        return values
