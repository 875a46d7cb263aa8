"""What is going on right now: queues every 10 seconds, zones every minute, for the screen at the till."""

from typing import Literal

from edge.measure.dwell import Present
from edge.measure.facts import Fact, Seen
from edge.measure.queues import Done, Served
from edge.measure.tallies import till_open
from edge.messages import Live, stamp
from edge.plan import Plan, Queue, Zone

QUEUE_S, ZONE_S = 10, 60
SILENT_S = 10.0


class LiveView:
    """The newest head count of every zone and queue. What it says is raw; the privacy door makes it fit to leave."""

    def __init__(self, plan: Plan) -> None:
        self._plan = plan
        self._seen: dict[str, float] = {}
        self._present: dict[str, Present] = {}
        self._served_at: dict[str, float] = {}
        self._told = {QUEUE_S: -1, ZONE_S: -1}
        self._zones = tuple(zone for zone in plan.zones if zone.role != "staff")

    def add(self, fact: Fact) -> None:
        """Take in one fact; those that say nothing about now are ignored."""
        if isinstance(fact, Seen):
            self._seen[fact.source] = max(fact.at, self._seen.get(fact.source, fact.at))
        elif isinstance(fact, Present):
            self._present[fact.place] = fact
        elif isinstance(fact, Served | Done):
            self._served_at[fact.queue] = fact.at

    def tick(self, at: float) -> list[Live]:
        """What is due at `at`: each queue once in 10 s, each zone once in 60 s, on the clock's round marks."""
        due: list[Live] = []
        if self._is_due(at, QUEUE_S):
            due += [self._queue(queue, at) for queue in self._plan.queues]
        if self._is_due(at, ZONE_S):
            due += [self._zone(zone, at) for zone in self._zones]
        return due

    def _is_due(self, at: float, every: int) -> bool:
        mark = int(at // every)
        due = mark != self._told[every]
        self._told[every] = mark
        return due

    def _queue(self, queue: Queue, at: float) -> Live:
        present = self._now(queue, at)
        if present is None:
            return self._live(queue.id, at, "unknown")
        waiting = max(0, present.people - present.serving)
        return self._live(
            queue.id,
            at,
            _alert(waiting, queue.alert_length),
            queue=waiting,
            tills_open=int(till_open(present, self._served_at.get(queue.id))),
        )

    def _zone(self, zone: Zone, at: float) -> Live:
        present = self._now(zone, at)
        if present is None:
            return self._live(zone.id, at, "unknown")
        return self._live(zone.id, at, _alert(present.people, zone.limit), occupancy=present.people)

    def _now(self, place: Queue | Zone, at: float) -> Present | None:
        """The newest head count, or None where the sensor or the count is older than 10 s: then nobody knows."""
        present, seen = self._present.get(place.id), self._seen.get(place.sensor)
        if present is None or seen is None or at - seen > SILENT_S or at - present.at > SILENT_S:
            return None
        return present

    def _live(
        self,
        place: str,
        at: float,
        alert: Literal["over", "ok", "unknown"],
        queue: int | None = None,
        occupancy: int | None = None,
        tills_open: int | None = None,
    ) -> Live:
        return Live(
            v=1,
            level=self._plan.level,
            at=stamp(at),
            place=place,
            queue=queue,
            occupancy=occupancy,
            tills_open=tills_open,
            alert=alert,
        )


def _alert(people: int, limit: int | None) -> Literal["over", "ok"]:
    return "over" if limit is not None and people > limit else "ok"
