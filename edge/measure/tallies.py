"""The sums of one place in one window, and the raw values they make.

Missing is not zero: where nobody looked, every measured field is None.
"""

from bisect import bisect_right
from typing import Literal

import msgspec
from msgspec import Struct, field

from edge.measure.daily import Looks
from edge.measure.dwell import Present
from edge.messages import stamp
from edge.plan import Line, Plan
from edge.values import EDGES_S, Count, Load, Stat

SERVED_LATELY_S = 300.0
LONGEST_STAY_S = 86_400.0

Of = Literal["dwell", "wait", "service", "left"]


class Sums(Struct):
    """What one place adds up in 15 minutes."""

    samples: int = 0
    people: int = 0
    max: int = 0
    tills: int = 0
    joined: int = 0
    served: int = 0
    abandoned: int = 0


class Saved(Struct, kw_only=True):
    """Open counts and loads as kept over a clean stop; durations are never among them. Keys are window starts."""

    plan: str
    done: int
    looked: dict[int, dict[str, float]]
    counts: dict[int, dict[str, list[int]]]
    loads: dict[int, dict[str, Sums]]
    served: dict[str, float]
    days: dict[int, dict[str, Looks]] = field(default_factory=dict)

    @classmethod
    def restored(cls, saved: bytes | None, plan: str, opened: float) -> "Saved | None":
        """What was kept, if it is of this plan (its digest) and not from the future; else None."""
        try:
            kept = msgspec.json.decode(saved, type=cls) if saved else None
        except msgspec.DecodeError:
            return None
        return kept if kept and kept.plan == plan and kept.done <= opened else None


class Durations(Struct):
    """Durations of one kind at one place in 15 minutes; `again` of them are of people who have one there already."""

    n: int = 0
    again: int = 0
    cut: int = 0
    sum_s: float = 0.0
    bins: list[int] = field(default_factory=lambda: [0] * (len(EDGES_S) + 1))

    def add(self, seconds: float, cut: bool, again: bool) -> None:
        """One more duration; below zero counts as 0, beyond a day as a day."""
        seconds = min(max(seconds, 0.0), LONGEST_STAY_S)
        self.n += 1
        self.again += again
        self.cut += cut
        self.sum_s += seconds
        self.bins[bisect_right(EDGES_S, seconds)] += 1


def till_open(present: Present, served_at: float | None) -> bool:
    """Whether the till counts as open: somebody is being served, or was in the 5 minutes before the sample."""
    return present.serving > 0 or (served_at is not None and present.at - served_at <= SERVED_LATELY_S)


def count_value(line: Line, start: int, looked: float, sides: list[int], groups: int | None) -> Count:
    """The count of a line: entries, exits and groups of a door, all together as passers of a passing line.

    `groups` are those that came in, None where the floor is not known: raw, their threshold is the door's.
    """
    entries = exits = passers = together = None
    observed = int(looked)
    if observed and line.role == "passing":
        passers = sum(sides)
    elif observed:
        entries, exits = sides if line.entry == "+" else sides[::-1]
        together = groups
    return Count(
        place=line.id, start=stamp(start), observed_s=observed, withheld=None, revision=0,
        entries=entries, exits=exits, groups=together, passers=passers,
    )  # fmt: skip


def load_value(place: str, start: int, looked: float, sums: Sums, is_queue: bool) -> Load:
    """The load of a zone or queue: means of the samples; the last four fields are a queue's."""
    observed = int(looked)
    sampled, queued = bool(observed and sums.samples), bool(observed and is_queue)
    return Load(
        place=place, start=stamp(start), observed_s=observed, withheld=None, revision=0,
        mean=sums.people / sums.samples if sampled else None,
        max=sums.max if sampled else None,
        joined=sums.joined if queued else None,
        served=sums.served if queued else None,
        abandoned=sums.abandoned if queued else None,
        tills_open=sums.tills / sums.samples if sampled and is_queue else None,
    )  # fmt: skip


def stat_value(place: str, of: Of, start: int, looked: float, durations: Durations) -> Stat:
    """The durations of one kind, whatever their number: the threshold is the door's."""
    observed = max(0, int(looked))
    seen = observed > 0
    return Stat(
        place=place, start=stamp(start), observed_s=observed, withheld=None, revision=0, of=of,
        n=durations.n if seen else None,
        cut=durations.cut if seen else None,
        sum_s=round(durations.sum_s) if seen else None,
        bins=tuple(durations.bins) if seen else None,
    )  # fmt: skip


def sensors_of(plan: Plan) -> dict[str, str]:
    """The sensor that counts each place; staff zones have none."""
    zones = [zone for zone in plan.zones if zone.role != "staff"]
    sensors = {line.id: line.sensor for line in plan.lines}
    sensors |= {zone.id: zone.sensor for zone in zones}
    return sensors | {queue.id: queue.sensor for queue in plan.queues}


def kinds_of(plan: Plan) -> dict[str, tuple[Of, ...]]:
    """Every zone and queue with the kinds of durations it has; staff zones say nothing."""
    zones: dict[str, tuple[Of, ...]] = {zone.id: ("dwell",) for zone in plan.zones if zone.role != "staff"}
    return zones | {queue.id: ("wait", "service", "left") for queue in plan.queues}
