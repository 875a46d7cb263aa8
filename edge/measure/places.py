"""The places that one sensor watches: people in, facts out."""

import math
from collections.abc import Sequence
from typing import NamedTuple, TypeVar

import msgspec
import numpy as np
from msgspec import Struct, field
from numpy.typing import NDArray

from edge.measure.clamp import Clamp
from edge.measure.dwell import Heads, Present, Stay, StayRules, Stays, Visit
from edge.measure.facts import SETTLE_S, Fact
from edge.measure.flows import Steps
from edge.measure.footfall import Crossing, Footfall, LineRules
from edge.measure.geometry import People, inside, people
from edge.measure.groups import Groups, Metres
from edge.measure.heat import Marks, Treading
from edge.measure.queues import QueueRules, Wait, Waiting
from edge.measure.relay import Relay, RelayRules
from edge.measure.returns import Returns
from edge.measure.staff import Closed, Staff
from edge.plan import Line, Queue, Zone

R = TypeVar("R", LineRules, StayRules, QueueRules)
Counts = tuple[int, NDArray[np.int64]]


class Rules(Struct, frozen=True, kw_only=True):
    """What counts. The defaults are the product's, the same for every camera."""

    line: LineRules = LineRules()
    zone: StayRules = StayRules()
    queue: QueueRules = QueueRules()
    own: dict[str, LineRules | StayRules | QueueRules] = field(default_factory=dict)
    """Rules of single places by id, instead of those above."""
    relay: RelayRules | None = RelayRules()
    """How a track carries on where another was lost; None: every track is somebody new."""
    service_waits: bool = True
    """A person in the service polygon is in the queue too, also where its polygon does not cover that."""
    staff_s: float | None = None
    """Whoever is followed for longer is staff."""
    forget_s: float = 20.0
    settle_s: float = SETTLE_S
    """A fact that comes later than this is moved to the earliest time at which it still comes in time."""


DEFAULT = Rules()


class Ground(NamedTuple):
    """The floor before one sensor. With `marks` its heat is measured too; without, only who walks together."""

    sensor: str
    metres: Metres
    marks: Marks = ()


class Places:
    """The lines, zones and queues of one sensor.

    `staff` are tracks known not to be customers: they are left out of queues but not out of zones. Tracks found
    to be staff, by a zone with the role staff, by long stay, or while the shop is `closed`, are left out of
    everything. A staff zone itself yields no facts. With a `clamp` each track adds only what that lets it.
    """

    def __init__(
        self,
        lines: Sequence[Line],
        zones: Sequence[Zone],
        queues: Sequence[Queue],
        rules: Rules = DEFAULT,
        *,
        staff: frozenset[int] = frozenset(),
        ground: Ground | None = None,
        closed: Closed | None = None,
        clamp: Clamp | None = None,
    ) -> None:
        self._rules, self._known = rules, np.array(sorted(staff), dtype=np.int64)
        self._zones = [zone for zone in zones if zone.role != "staff"]
        self._queues = list(queues)
        self._back = [zone.polygon for zone in zones if zone.role == "staff"]
        self._footfall = [
            Footfall(line, _own(rules, line.id, rules.line), clamp.crosses if clamp else None) for line in lines
        ]
        self._minimum = [_own(rules, zone.id, rules.zone).min_stay_s for zone in self._zones]
        self._stays = [Stays(_own(rules, zone.id, rules.zone).max_gap_s) for zone in self._zones]
        self._returns = [Returns(rules.forget_s) for _ in self._zones]
        self._waiting = [
            Waiting(queue.id, _own(rules, queue.id, rules.queue), clamp.stays if clamp else None) for queue in queues
        ]
        self._clamp = clamp
        self._relay = Relay(rules.relay, [q.polygon for q in queues]) if rules.relay else None
        self._staff, self._heads = Staff(rules.forget_s, rules.staff_s, closed), Heads()
        self._staffed = bool(self._back or closed or rules.staff_s is not None)
        self._groups = Groups(list(lines), ground.metres) if ground and lines else None
        self._steps = Steps(rules.forget_s)
        marked = ground if ground and ground.marks else None
        self._floor = marked and Treading(marked.sensor, marked.marks, marked.metres, rules.forget_s)

    @property
    def waits(self) -> list[Wait]:
        """The queue stays that ended with the last step, each as a whole."""
        return [wait for waiting in self._waiting for wait in waiting.ended]

    def step(self, people: People) -> list[Fact]:
        """The facts that became certain now; Present once per whole second."""
        return self._advance(people, looked=True)

    def idle(self, at: float) -> list[Fact]:
        """The facts that became certain because time passed, while the sensor saw nothing at all."""
        return self._advance(people(at, ()), looked=False)

    def close(self, at: float) -> list[Fact]:
        """What is still open at the end; stays of people last seen inside are cut."""
        crossings = [crossing for line in self._footfall for crossing in line.close()]
        facts: list[Fact] = [*crossings, *(self._groups.close(crossings) if self._groups else ())]
        ended = [stays.close() for stays in self._stays]
        facts += self._visits(ended)
        for waiting in self._waiting:
            facts += waiting.close()
        facts += self._present(self._heads.ready(math.inf, self._rows))
        facts += self._steps.step(at, (), self._gone(ended))
        facts += self._floor.close(at) if self._floor else ()
        return [self._timely(fact, at) for fact in facts]

    @property
    def _rows(self) -> int:
        return len(self._zones) + 2 * len(self._queues)

    def _advance(self, people: People, *, looked: bool) -> list[Fact]:
        if self._relay:
            people = self._relay.step(people)
        if self._clamp:
            self._clamp.see(people.at, people.ids.tolist())
        staff = self._find_staff(people)
        within = self._within(people, ~staff)
        zones, queues = len(self._zones), len(self._queues)
        facts: list[Fact] = [*self._cross(people, staff)]
        for returns in self._returns:
            returns.step(people.at, people.ids.tolist())
        ended = [stays.step(people, within[i])[1] for i, stays in enumerate(self._stays)]
        facts += self._visits(ended)
        for i, waiting in enumerate(self._waiting):
            facts += waiting.step(people, within[zones + i], within[zones + queues + i])
        facts += self._steps.step(people.at, people.ids.tolist(), self._gone(ended))
        heads = self._heads.step(people, within) if looked else self._heads.ready(people.at, self._rows)
        facts += self._present(heads)
        facts += self._floor.step(people, staff) if self._floor else ()
        return [self._timely(fact, people.at) for fact in facts]

    def _find_staff(self, people: People) -> NDArray[np.bool_]:
        """(N,) who is staff; what those found just now had begun is dropped."""
        back = np.zeros(len(people.ids), dtype=np.bool_)
        if not self._staffed:
            return back
        for polygon in self._back:
            back |= inside(people.xy, polygon)
        staff = self._staff.step(people, back)
        for track in self._staff.new:
            for stays in self._stays:
                stays.forget(track)
            for waiting in self._waiting:
                waiting.forget(track)
        return staff

    def _cross(self, people: People, staff: NDArray[np.bool_]) -> list[Fact]:
        """The crossings of lines, and the groups among them."""
        if staff.any():
            people = pick(people, ~staff)
        crossings: list[Crossing] = [crossing for line in self._footfall for crossing in line.step(people)]
        return [*crossings, *(self._groups.step(people, crossings) if self._groups else ())]

    def _within(self, people: People, shopping: NDArray[np.bool_]) -> NDArray[np.bool_]:
        """(P, N): who counts in the zones, then in the queues, then in their service polygons."""
        waiting = shopping & ~np.isin(people.ids, self._known)
        zones = [inside(people.xy, zone.polygon) & shopping for zone in self._zones]
        served = [inside(people.xy, queue.service) & waiting for queue in self._queues]
        queued = [inside(people.xy, queue.polygon) & waiting for queue in self._queues]
        if self._rules.service_waits:
            queued = [queue | service for queue, service in zip(queued, served, strict=True)]
        return np.array([*zones, *queued, *served], dtype=np.bool_).reshape(self._rows, len(people.ids))

    def _visits(self, ended: list[list[Stay]]) -> list[Visit]:
        return [
            Visit(
                stay.end, zone.id, stay.start, not (stay.entered and stay.left), returns.again(stay.track, stay.end)
            )
            for zone, shortest, returns, stays in zip(self._zones, self._minimum, self._returns, ended, strict=True)
            for stay in stays
            if stay.length >= shortest and (not self._clamp or self._clamp.stays(stay.track, zone.id, "dwell"))
        ]

    def _gone(self, ended: list[list[Stay]]) -> list[tuple[str, Stay]]:
        """The stays in zones and queues that are over, with their places."""
        zones = zip(self._zones, self._minimum, ended, strict=True)
        gone = [(zone.id, stay) for zone, shortest, stays in zones for stay in stays if stay.length >= shortest]
        return gone + [
            (q.id, s) for q, waiting in zip(self._queues, self._waiting, strict=True) for s in waiting.gone
        ]

    def _present(self, heads: list[Counts]) -> list[Present]:
        places: list[Zone | Queue] = [*self._zones, *self._queues]
        zones = len(self._zones)
        return [
            Present(float(second), place.id, int(counts[i]), int(counts[i + len(self._queues)]) if i >= zones else 0)
            for second, counts in heads
            for i, place in enumerate(places)
        ]

    def _timely(self, fact: Fact, now: float) -> Fact:
        earliest = now - self._rules.settle_s
        return fact if fact.at >= earliest else msgspec.structs.replace(fact, at=earliest)


def pick(people: People, which: NDArray[np.bool_]) -> People:
    """Some of the people."""
    at, ids, xy, height, observed = people
    return People(at, ids[which], xy[which], height[which], observed[which])


def _own(rules: Rules, place: str, general: R) -> R:
    own = rules.own.get(place, general)
    if not isinstance(own, type(general)):
        raise TypeError(f"rules.own[{place!r}]: not of the kind of the place")
    return own
