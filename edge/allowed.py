"""The allow-list: of which kinds and places a value may speak at all, and what the other end would take.

Kinds are compared exactly: what is derived from one could carry a field of its own past every rule.
"""

from edge.measure.daily import Measured
from edge.measure.flows import DayFlows
from edge.measure.heat import DayHeat
from edge.measure.tallies import kinds_of, sensors_of
from edge.messages import BadMessage, Live, Window, decode, encode, stamp
from edge.plan import Plan
from edge.values import AnyValue, Count, Load, Quality, Stat


class Allowed:
    """What one plan allows."""

    def __init__(self, plan: Plan) -> None:
        self._plan = plan
        self._lines = {line.id for line in plan.lines}
        self._kinds, self._seen_by = kinds_of(plan), sensors_of(plan)
        self._sensors = {sensor.id for sensor in plan.sensors}

    def measured(self, value: Measured) -> bool:
        """Whether the plan has what a measured value speaks of; ways only between places that one sensor sees."""
        kind = type(value)
        if isinstance(value, DayFlows):
            return kind is DayFlows and all(self._together(*pair) for pair in value.counts)
        if isinstance(value, Stat):
            return kind is Stat and value.of in self._kinds.get(value.place, ())
        places = {Count: self._lines, Load: self._kinds, Quality: self._sensors, DayHeat: self._sensors}
        return value.place in places.get(kind, ())

    def told(self, value: AnyValue, end: int) -> bool:
        """Whether the reader of a message that ends at `end` would take the value, and read just this."""
        window = Window(
            v=1, site=self._plan.site, device=self._plan.device, epoch="0" * 8, seq=1, level=self._plan.level,
            plan="0" * 12, end=stamp(end), clock="unsynced", values=(value,),
        )  # fmt: skip
        return _survives("w", window)

    def live(self, live: Live) -> bool:
        """Whether the plan has the place, and the reader would take the message."""
        return live.place in self._kinds and live.level == self._plan.level and _survives("live", live)

    def is_queue(self, place: str) -> bool:
        """Whether people wait there."""
        return "wait" in self._kinds.get(place, ())

    def _together(self, place: str, to: str) -> bool:
        known = place in self._kinds and to in self._kinds and place != to
        return known and self._seen_by[place] == self._seen_by[to]


def _survives(leaf: str, message: Window | Live) -> bool:
    try:
        return decode(leaf, encode(message)) == message
    except (BadMessage, TypeError, ValueError):
        return False
