"""What is summed over the site's local day: how much was looked at, heat, ways between places, and who had a tag.

Looked frames are kept over a clean stop, they hold nobody. All else begins anew: what is still below the threshold
must not lie on a disk.
"""

from itertools import permutations

from msgspec import Struct, field

from edge.measure.days import day_bounds
from edge.measure.flows import DayFlows, Pair, Step
from edge.measure.heard import Met
from edge.measure.heat import DayHeat, Sums, Trodden, bounds
from edge.measure.matching import corrected, total
from edge.messages import stamp
from edge.plan import Plan
from edge.values import AnyValue, Quality

Measured = AnyValue | DayHeat | DayFlows
"""A value as measured. The last two have no form on the wire: only the privacy door makes one of them."""


class Looks(Struct):
    """How much one camera looked on one day: seconds, frames, and frames that its rate would have given."""

    seconds: float = 0.0
    frames: float = 0.0
    due: float = 0.0


class Day(Struct):
    """The sums of one local day [start, end), by sensor."""

    start: int
    end: int
    looks: dict[str, Looks] = field(default_factory=dict)
    fresh: dict[str, float] = field(default_factory=dict)
    """Seconds looked since the last start: all that heat and flows know of."""
    heat: dict[str, Sums] = field(default_factory=dict)
    flows: dict[Pair, int] = field(default_factory=dict)
    met: dict[str, list[Met]] = field(default_factory=dict)
    """The totals of tags by radio sensor; no time of any of them is used."""


class Daily:
    """The open days of one device; there are two of them around a change of day."""

    def __init__(self, plan: Plan, kept: dict[int, dict[str, Looks]] | None = None) -> None:
        """`kept`: what `saved` gave before a clean stop."""
        self._plan = plan
        self._cameras = {sensor.id: sensor for sensor in plan.sensors if sensor.kind == "camera"}
        self._radio = [sensor.id for sensor in plan.sensors if sensor.kind != "camera"]
        self._pairs = {sensor.id: _pairs(plan, sensor.id) for sensor in plan.sensors}
        self._days: dict[int, Day] = {}
        self._done = float("-inf")
        self._newest: Day | None = None
        self.models: dict[str, str] = {name: sensor.detector for name, sensor in self._cameras.items()}
        """What detects people, by camera."""
        self.frames = self.due = 0.0
        """Frames looked at since the start, and how many the cameras' rates would have given in that time."""
        for start, looks in (kept or {}).items():
            if (day := self._day(start)) is not None and day.start == start:
                day.looks = looks

    def saved(self) -> dict[int, dict[str, Looks]]:
        """The looks of the open days, by the day's start."""
        return {start: day.looks for start, day in self._days.items()}

    def look(self, sensor: str, start: float, end: float, frames: float | None) -> None:
        """`sensor` looked from `start` to `end` and saw so many frames; None: as many as its rate gives."""
        if end <= start or (day := self._day(end - 1e-3)) is None:
            return
        begun = max(start, day.start)
        if camera := self._cameras.get(sensor):
            looks = day.looks.setdefault(sensor, Looks())
            looks.seconds += end - begun
            due = (end - begun) * camera.fps
            seen = due if frames is None else frames
            looks.due, looks.frames = looks.due + due, looks.frames + seen
            self.due, self.frames = self.due + due, self.frames + seen
        day.fresh[sensor] = day.fresh.get(sensor, 0.0) + end - begun
        if begun > start:
            self.look(sensor, start, begun, frames and 0.0)

    def take(self, fact: Trodden | Step | Met) -> bool:
        """Take in what is summed over the day; False where no sensor of the plan can say that, or its day is over."""
        match fact:
            case Trodden():
                return self._trodden(fact)
            case Step():
                return self._step(fact)
        if fact.sensor not in self._radio or (day := self._day(fact.at)) is None:
            return False
        day.met.setdefault(fact.sensor, []).append(fact)
        return True

    def _trodden(self, fact: Trodden) -> bool:
        camera = self._cameras.get(fact.sensor)
        if camera is None or not camera.floor or (day := self._day(fact.at)) is None:
            return False
        sums = day.heat.setdefault(fact.sensor, {})
        for size, column, row, visits, seconds in fact.blocks:
            before = sums.get((size, column, row), (0, 0.0))
            sums[size, column, row] = (before[0] + visits, before[1] + seconds)
        return True

    def _step(self, fact: Step) -> bool:
        pair = (fact.place, fact.to)
        known = any(pair in pairs for pairs in self._pairs.values())
        if not known or (day := self._day(fact.at)) is None:
            return False
        day.flows[pair] = day.flows.get(pair, 0) + 1
        return True

    def next_end(self) -> int | None:
        """When the oldest open day ends; None where there is none."""
        return min((day.end for day in self._days.values()), default=None)

    def close(self, end: int) -> list[Measured]:
        """The values of the day that ends at `end`, where one does."""
        self._done = max(self._done, end)
        values: list[Measured] = []
        for start in [start for start, day in self._days.items() if day.end <= end]:
            day = self._days.pop(start)
            self._newest = None
            if day.end == end:
                values += [value for name in self._cameras for value in self._values(day, name)]
                values += [value for name in self._radio for value in self._tagged(day, name)]
        return values

    def _values(self, day: Day, name: str) -> list[Measured]:
        camera, looks = self._cameras[name], day.looks.get(name, Looks())
        length, fresh = day.end - day.start, int(day.fresh.get(name, 0.0))
        fresh = min(fresh, length)
        values: list[Measured] = [
            Quality(
                place=name, start=stamp(day.start), observed_s=min(int(looks.seconds), length), withheld=None,
                revision=0, looked=min(1.0, looks.frames / looks.due) if looks.due else None,
                model=self.models[name], tag_n=None, camera_n=None, matched=None,
            )
        ]  # fmt: skip
        if camera.floor:
            cell_m, heat = bounds(camera.floor).cell_m, day.heat.get(name, {})
            values.append(DayHeat(place=name, start=day.start, observed_s=fresh, cell_m=cell_m, blocks=heat))
        return values + self._ways(day, name, fresh)

    def _ways(self, day: Day, name: str, fresh: int) -> list[Measured]:
        if not (pairs := self._pairs[name]):
            return []
        counts = {pair: day.flows.get(pair, 0) for pair in pairs}
        return [DayFlows(start=day.start, observed_s=fresh, counts=counts)]

    def _tagged(self, day: Day, name: str) -> list[Measured]:
        """What a radio sensor has of the day: tagged visitors, and how many of them the doors' cameras counted."""
        met, length = day.met.get(name, []), day.end - day.start
        tags, entries, matched = (
            sum(one.tags for one in met),
            total(m.entries for m in met),
            total(m.matched for m in met),
        )
        if matched is not None and entries is not None:
            hits, trials = sum(one.hits for one in met), sum(one.trials for one in met)
            matched = corrected(matched, tags, hits, trials, entries)
        seconds = min(int(sum(one.seconds for one in met)), length)
        quality = Quality(
            place=name, start=stamp(day.start), observed_s=seconds, withheld=None, revision=0, looked=None,
            model=None, tag_n=tags if met else None, camera_n=entries if met else None, matched=matched if met else
            None,
        )  # fmt: skip
        return [quality, *self._ways(day, name, min(int(day.fresh.get(name, 0.0)), length))]

    def _day(self, at: float) -> Day | None:
        """The open day that holds `at`; None where it is over."""
        if self._newest and self._newest.start <= at < self._newest.end:
            return self._newest
        start, end = day_bounds(at, self._plan.timezone, self._plan.day_starts)
        if end <= self._done:
            return None
        self._newest = self._days.setdefault(int(start), Day(int(start), int(end)))
        return self._newest


def _pairs(plan: Plan, sensor: str) -> tuple[Pair, ...]:
    park = plan.radio.park if plan.radio else ()
    own = [zone for zone in plan.zones if zone.sensor == sensor and zone.role != "staff"]
    zones = [zone.id for zone in own if not zone.whole and zone.id not in park]
    return tuple(permutations([*zones, *(queue.id for queue in plan.queues if queue.sensor == sensor)], 2))
