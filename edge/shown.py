"""What the preview counts: at each place of one camera what happened since it began, and how many are there now."""

from msgspec import Struct

from edge.measure.dwell import Present, Visit
from edge.measure.facts import Fact
from edge.measure.footfall import Crossing
from edge.measure.queues import Joined, Left, Served
from edge.plan import Plan


class Row(Struct):
    """One place and its numbers by name; None where nothing is known yet."""

    place: str
    kind: str
    numbers: dict[str, int | None]


class Counts:
    """Exact numbers, staff left out; for the screen alone, never for a message."""

    def __init__(self, plan: Plan, sensor: str) -> None:
        lines = [line for line in plan.lines if line.sensor == sensor]
        self._entry = {line.id: line.entry for line in lines if line.role == "door"}
        self._rows = [
            *(
                Row(line.id, "line", {"in": 0, "out": 0} if line.id in self._entry else {"passers": 0})
                for line in lines
            ),
            *(
                Row(zone.id, "zone", {"now": None, "stays": 0})
                for zone in plan.zones
                if zone.sensor == sensor and zone.role != "staff"
            ),
            *(
                Row(queue.id, "queue", {"now": None, "joined": 0, "served": 0, "gave up": 0})
                for queue in plan.queues
                if queue.sensor == sensor
            ),
        ]
        self._of = {row.place: row.numbers for row in self._rows}

    def rows(self) -> list[Row]:
        """The places in the order of the plan: lines, zones, queues."""
        return self._rows

    def add(self, fact: Fact) -> None:
        """Take in one fact; what is about no place of this camera, or about no count shown, changes nothing."""
        match fact:
            case Crossing(line=place, direction=direction):
                entry = self._entry.get(place)
                self._one_more(place, "passers" if entry is None else "in" if direction == entry else "out")
            case Present(place=place, people=people) if place in self._of:
                self._of[place]["now"] = people
            case Visit(zone=place):
                self._one_more(place, "stays")
            case Joined(queue=place):
                self._one_more(place, "joined")
            case Served(queue=place):
                self._one_more(place, "served")
            case Left(queue=place, cut=False):
                self._one_more(place, "gave up")

    def _one_more(self, place: str, name: str) -> None:
        if place in self._of:
            self._of[place][name] = (self._of[place][name] or 0) + 1
