"""Cameras and tags together, before windows make sums: the camera gives the level, badges take staff off it.

Head counts of a camera's zone are lessened by the badges in the radio zones that cover it, its stays by those that a
badge made; who came in with a tag is matched to who was counted at a door. All of it happens in memory, and nothing
about a single person comes out. Footfall and queues are never touched: they come from cameras alone.
"""

from collections.abc import Iterable
from operator import attrgetter

from msgspec.structs import replace

from edge.measure.dwell import Present, Visit
from edge.measure.facts import SETTLE_S, Fact, Seen
from edge.measure.footfall import Crossing
from edge.measure.heard import Badges, Came, Met, Stood
from edge.measure.matching import Matching
from edge.plan import Plan
from edge.values import COUNT_S

HOLD_S = SETTLE_S - 1.0
"""By then all that speaks of a moment has come, and no window that holds it is closed yet."""
SILENT_S, FRESH_S = 30.0, 10.0
_ENOUGH, ALIKE = 0.9, 0.7
BRIDGE_S, _KEPT_S = 60.0, 3600.0


class Fusion:
    """What one device's cameras and radio sensors say of each other. Without radio all facts pass as they are."""

    def __init__(self, plan: Plan) -> None:
        radio = [sensor.id for sensor in plan.sensors if sensor.kind != "camera"]
        doors = [line for line in plan.lines if line.role == "door"]
        self._entries = {line.id: line.entry for line in doors}
        self._matching = {name: Matching() for name in radio}
        self._tells = {name: {name, *(line.sensor for line in doors)} for name in radio}
        self._parked = dict.fromkeys(radio, False)
        self._covers = plan.radio.subtract if plan.radio else {}
        self._gap = {sensor.id: max(2.0, 3.0 / sensor.fps) for sensor in plan.sensors}
        self._last: dict[str, float] = {}
        self._looked: dict[int, dict[str, float]] = {}
        self._badges: dict[str, Badges] = {}
        self._held: list[Visit] = []
        self._stood: list[Stood] = []
        self._now = float("-inf")

    def add(self, fact: Fact) -> list[Fact]:
        """The facts that may go on now that this one is known: itself, changed or later, and what waited for it."""
        if not self._matching:
            return [fact]
        match fact:
            case Seen():
                self._look(fact)
                return [*self._ready(self._mark()), fact]
            case Badges():
                self._badges[fact.zone] = fact
                return []
            case Stood():
                self._stood.append(fact)
                return []
            case Came():
                self._came(fact)
                return []
            case Crossing():
                if self._entries.get(fact.line) == fact.direction:
                    for matching in self._matching.values():
                        matching.camera(fact.at)
            case Present() if fact.place in self._covers:
                return [replace(fact, people=max(0, fact.people - self._staff(fact)))]
            case Visit() if fact.zone in self._covers:
                self._held.append(fact)
                return self._ready(self._mark())
        return [fact]

    def tick(self, at: float) -> list[Fact]:
        """Let time pass: a source that fell silent holds nothing up for longer than 30 s."""
        self._now = max(self._now, at)
        return self._ready(self._mark()) if self._matching else []

    def close(self) -> list[Fact]:
        """All that still waits."""
        return self._ready(float("inf")) if self._matching else []

    def _look(self, seen: Seen) -> None:
        before = self._last.get(seen.source)
        if seen.source not in self._gap or (before is not None and seen.at <= before):
            return
        self._last[seen.source] = seen.at
        since = seen.since
        if since is None:
            since = before if before is not None and seen.at - before <= self._gap[seen.source] else seen.at
        since = since if before is None else max(since, before)
        while since < seen.at:
            window = int(since // COUNT_S) * COUNT_S
            part = min(seen.at, window + COUNT_S)
            looked = self._looked.setdefault(window, {})
            looked[seen.source] = looked.get(seen.source, 0.0) + part - since
            since = part

    def _mark(self) -> float:
        """Up to when everybody who still looks has looked."""
        newest = max(self._now, *self._last.values()) if self._last else self._now
        looking = [at for at in self._last.values() if at >= newest - SILENT_S]
        return min(looking) if looking else newest - SILENT_S

    def _ready(self, mark: float) -> list[Fact]:
        """What is certain now: held stays that were no badge's, and the totals of five minutes that are over."""
        held, self._held = self._held, []
        ready: list[Fact] = []
        for visit in held:
            if visit.at + HOLD_S > mark:
                self._held.append(visit)
            elif not self._is_staff(visit):
                ready.append(visit)
        self._stood = [stood for stood in self._stood if stood.at + _KEPT_S > mark]
        for window in sorted(start for start in self._looked if start + COUNT_S + HOLD_S <= mark):
            ready += self._settle(window, self._looked.pop(window))
        return ready

    def _settle(self, start: int, looked: dict[str, float]) -> Iterable[Met]:
        end = start + COUNT_S
        for name, matching in self._matching.items():
            entries = matching.entries(start, end) if self._entries else None
            found, parked = matching.settle(start, end), self._parked[name]
            self._parked[name] = False
            seconds = min(looked.get(one, 0.0) for one in self._tells[name])
            if seconds >= _ENOUGH * COUNT_S:
                known = self._entries and not parked
                yield Met(
                    float(start), name, seconds, found.tags, entries, found.matched if known else None,
                    found.hits, found.trials,
                )  # fmt: skip

    def _came(self, fact: Came) -> None:
        if matching := self._matching.get(fact.source):
            matching.tag(fact.at)
            self._parked[fact.source] |= not fact.door

    def _staff(self, present: Present) -> int:
        """How many badges are in the zones that cover a camera's zone; a count older than 10 s is none."""
        newest = (self._badges.get(zone) for zone in self._covers[present.place])
        return sum(one.people for one in newest if one and abs(present.at - one.at) <= FRESH_S)

    def _is_staff(self, visit: Visit) -> bool:
        """Whether a badge was where and while the visitor was: most of both overlap. A badge explains one visit."""
        own = sorted((s for s in self._stood if s.zone in self._covers[visit.zone]), key=attrgetter("start"))
        for stretch in _stretches(own):
            start, end = stretch[0].start, max(stood.at for stood in stretch)
            both = min(visit.at, end) - max(visit.start, start)
            if both >= ALIKE * (max(visit.at, end) - min(visit.start, start)) > 0:
                self._stood = [stood for stood in self._stood if stood not in stretch]
                return True
        return False


def _stretches(stood: Iterable[Stood]) -> list[list[Stood]]:
    """Stays in order of their starts as stretches: a badge that is heard elsewhere for a moment has not gone."""
    found: list[list[Stood]] = []
    for one in stood:
        if found and one.start - max(before.at for before in found[-1]) <= BRIDGE_S:
            found[-1].append(one)
        else:
            found.append([one])
    return found
