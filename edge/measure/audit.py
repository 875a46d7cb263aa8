"""What a replay says about a recording, event by event: lines to compare with a truth.

Times are seconds from the first frame with two decimals. A running device never makes these.
"""

from collections.abc import Iterable, Mapping

import msgspec
from msgspec import UNSET, Struct, UnsetType

from edge.measure.dwell import Present, Visit
from edge.measure.facts import Fact
from edge.measure.footfall import Crossing, Direction
from edge.measure.queues import Wait

EDGE_S = 1.0
"""What starts or ends so near to the recording's own is open there."""
LENGTH_S = 5


class Crossed(Struct, frozen=True, tag="crossing"):
    """Somebody crossed a line."""

    line: str
    t: float
    dir: Direction


class Visited(Struct, frozen=True, tag="visit"):
    """One stay in a zone; open: it lasted to the end of the recording."""

    zone: str
    start: float
    end: float
    open: bool


class Waited(Struct, frozen=True, tag="wait"):
    """One stay in a queue; None for what did not happen."""

    queue: str
    start: float
    served: float | None
    service_end: float | None
    end: float
    open_start: bool
    open_end: bool


class Length(Struct, frozen=True, tag="length"):
    """People in a queue, the served one too, every 5 s."""

    queue: str
    t: int
    n: int


class Occupancy(Struct, frozen=True, tag="occupancy", kw_only=True):
    """People in a zone or a queue, every second."""

    zone: str | UnsetType = UNSET
    queue: str | UnsetType = UNSET
    t: int
    n: int


class WithStaff(Struct, frozen=True, tag="with_staff"):
    """How often something was counted at a place, staff included: crossings by direction, `visits` or `joined`."""

    place: str
    what: str
    n: int


Entry = Crossed | Visited | Waited | Length | Occupancy
Names = Mapping[str, tuple[str, str]]
"""Name of a place in facts -> (kind, id in the scene)."""

_ENCODER = msgspec.json.Encoder()


def to_line(entry: Entry | WithStaff) -> bytes:
    """An entry as one line of JSON."""
    return _ENCODER.encode(entry) + b"\n"


def entries(
    facts: Iterable[Fact], waits: Iterable[Wait], duration: float, names: Names, *, empty: bool
) -> list[Entry]:
    """The entries of a whole recording of `duration` seconds, by time.

    `empty`: a second without a head count had nobody in it (a truth knows); else it has no entry.
    """
    found: list[Entry] = []
    heads: dict[str, dict[int, int]] = {name: {} for name in names}
    for fact in facts:
        if isinstance(fact, Crossing):
            found.append(Crossed(names[fact.line][1], round(fact.at, 2), fact.direction))
        elif isinstance(fact, Visit):
            end = round(fact.at, 2)
            found.append(Visited(names[fact.zone][1], round(fact.start, 2), end, end >= duration - EDGE_S))
        elif isinstance(fact, Present):
            heads[fact.place][int(fact.at)] = fact.people
    found += [_waited(wait, names[wait.queue][1], duration) for wait in waits]
    for name, counts in heads.items():
        for second in range(int(duration) + 1):
            if empty or second in counts:
                found += _heads(*names[name], second, counts.get(second, 0))
    return sorted(found, key=_order)


def _waited(wait: Wait, queue: str, duration: float) -> Waited:
    start, end = round(wait.start, 2), round(wait.end, 2)
    served = None if wait.served is None else round(wait.served, 2)
    service_end = None if wait.service_end is None else round(wait.service_end, 2)
    return Waited(queue, start, served, service_end, end, start <= EDGE_S, end >= duration - EDGE_S)


def _heads(kind: str, place: str, second: int, people: int) -> list[Entry]:
    if kind == "zone":
        return [Occupancy(zone=place, t=second, n=people)]
    if kind == "queue":
        length: list[Entry] = [Length(place, second, people)] if second % LENGTH_S == 0 else []
        return [*length, Occupancy(queue=place, t=second, n=people)]
    return []


def _order(entry: Entry) -> tuple[float, str, bytes]:
    at = entry.start if isinstance(entry, Visited | Waited) else entry.t
    return at, type(entry).__name__, _ENCODER.encode(entry)
