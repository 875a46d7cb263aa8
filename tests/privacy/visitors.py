"""Days of a small shop whose every visitor is known: the facts that a device would state, and what it tells of them.

Two cameras with a floor each: `main` sees the door, the zones a, b and c and the queue; `side` sees one quiet zone.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from operator import attrgetter
from typing import Any, NamedTuple

import numpy as np

from edge.measure.days import day_bounds
from edge.measure.dwell import Present, Visit
from edge.measure.facts import Fact, Seen
from edge.measure.flows import Step
from edge.measure.footfall import Crossing
from edge.measure.groups import Group
from edge.measure.heat import Trodden
from edge.measure.queues import Done, Joined, Left, Served
from edge.measure.windows import Closed, Windows
from edge.messages import Window, encode, stamp
from edge.pipeline import parcels
from edge.plan import Plan, parse
from edge.privacy import Door
from edge.values import AnyValue

FLOOR = [[0, 0, 0.0, 0.0], [100, 0, 12.0, 0.0], [100, 80, 12.0, 8.0], [0, 80, 0.0, 8.0]]
ZONES = {"a": "main", "b": "main", "c": "main", "quiet": "side"}
CELLS = {"a": ((0, 0), (1, 0)), "b": ((2, 0), (3, 1)), "c": ((5, 5),), "till": ((8, 0),), "quiet": ((1, 1), (2, 1))}
BOX, TIMEZONE, DAY_STARTS = [[0, 0], [9, 0], [9, 9]], "Europe/Berlin", "04:00"
DAY = day_bounds(1_800_000_000, TIMEZONE, DAY_STARTS)
OPENS = DAY[0] + 5 * 3600
PRESENT_S, SEEN_S = 100, 300

Told = list[tuple[int, tuple[AnyValue, ...]]]


class Wait(NamedTuple):
    """A stay in the queue: joined, then served and done, or left; `cut` where its way out was not seen."""

    joined: float
    served: float | None
    end: float
    cut: bool = False


class Visitor(NamedTuple):
    """One visit, with the zones stayed in one after the other and the times in the queue."""

    entered: float
    left: float
    stays: tuple[tuple[str, float, float], ...] = ()
    waits: tuple[Wait, ...] = ()
    paired: bool = False


def plan(level: str = "standard") -> Plan:
    """The plan of the device."""
    sensors = [{"id": name, "kind": "camera", "source": "x", "fps": 2, "floor": FLOOR} for name in ("main", "side")]
    table: dict[str, Any] = {
        "site": "s",
        "device": "d",
        "timezone": TIMEZONE,
        "day_starts": DAY_STARTS,
        "level": level,
        "sensors": sensors,
        "lines": [{"id": "door", "sensor": "main", "a": [0, 0], "b": [9, 0]}],
        "zones": [{"id": zone, "sensor": sensor, "polygon": BOX} for zone, sensor in ZONES.items()],
        "queues": [{"id": "till", "sensor": "main", "polygon": BOX, "service": BOX}],
    }
    return parse(table)


def crowd(rng: np.random.Generator, number: int, hours: float = 3.0, zones: str = "abc") -> list[Visitor]:
    """So many visitors within some hours of opening; a fifth of their stays is a return to where they were."""
    return [visitor(rng, OPENS + rng.random() * hours * 3600, zones) for _ in range(number)]


def visitor(rng: np.random.Generator, at: float, zones: Sequence[str] = "abc", stays: int | None = None) -> Visitor:
    """Somebody who enters at `at`, stays in some of the zones and then perhaps waits at the till."""
    here, seen, waits = at + 10, [], []
    for _ in range(int(rng.integers(0, 5)) if stays is None else stays):
        zone = seen[-1][0] if seen and rng.random() < 0.2 else str(rng.choice(list(zones)))
        end = here + float(rng.exponential(90)) + 3
        seen.append((zone, here, end))
        here = end + 5
    for _ in range(int(rng.choice([0, 1, 2], p=[0.4, 0.5, 0.1]))):
        served = here + float(rng.exponential(120))
        gives_up, cut = rng.random() < 0.15, bool(rng.random() < 0.1)
        waits.append(Wait(here, None if gives_up else served, served if gives_up else served + 60, cut))
        here = waits[-1].end + 10
    return Visitor(at, here + 5, tuple(seen), tuple(waits), bool(rng.random() < 0.2))


def facts(visitors: Iterable[Visitor], seen: bool = True) -> list[Fact]:
    """What the cameras state of one day of these visitors, in order of time."""
    everybody = list(visitors)
    found: list[Fact] = [fact for one in everybody for fact in _facts(one)]
    found += _present(everybody)
    if seen:
        ends = np.arange(DAY[0] + SEEN_S, DAY[1] + 2 * SEEN_S, SEEN_S).tolist()
        found += [Seen(at, camera, at - SEEN_S) for at in ends for camera in ("main", "side")]
    return sorted(found, key=attrgetter("at"))


def told(
    level: str, stated: Iterable[Fact], door: Callable[[Plan], Door] = Door, windows: Windows | None = None
) -> Told:
    """What leaves of these facts, by end."""
    watched = plan(level)
    windows, out = windows or Windows(watched, DAY[0]), door(watched)
    closed = [one for fact in stated for one in windows.add(fact)]
    released = ((one.end, out.release(one)) for one in closed)
    return [(end, values) for end, values in released if values]


def messages(level: str, values: Told) -> list[bytes]:
    """The bytes that these values make on the wire."""
    made = []
    for end, some in values:
        for parcel in parcels(some):
            window = Window(
                v=1, site="s", device="d", epoch="0" * 8, seq=len(made) + 1, level=level, plan="0" * 12,
                end=stamp(end), clock="ntp", values=parcel,
            )  # type: ignore[arg-type]  # fmt: skip
            made.append(encode(window))
    return made


class Careless(Door):
    """A leak on purpose: durations are counted instead of the people behind them, as an ordinary system does."""

    def release(self, closed: Closed) -> tuple[AnyValue, ...] | None:
        return super().release(closed._replace(again={}))


def _facts(one: Visitor) -> Iterator[Fact]:
    yield Crossing(one.entered, "door", "+")
    yield Crossing(one.left, "door", "-")
    if one.paired:
        yield Group(one.entered, "door", "+")
    been: set[str] = set()
    for zone, start, end in one.stays:
        yield Visit(end, zone, start, False, zone in been)
        been.add(zone)
    ways = [(a[0], b[0], b[2]) for a, b in zip(one.stays, one.stays[1:], strict=False) if a[0] != b[0]]
    for i, (place, to, at) in enumerate(ways):
        if (place, to) not in [way[:2] for way in ways[:i]]:
            yield Step(at, place, to)
    for i, wait in enumerate(one.waits):
        yield from _waiting(wait, i > 0)
    yield from _trodden(one)


def _waiting(wait: Wait, again: bool) -> Iterator[Fact]:
    yield Joined(wait.joined, "till")
    if wait.served is None:
        yield Left(wait.end, "till", wait.end - wait.joined, wait.cut, again)
        return
    yield Served(wait.served, "till", wait.served - wait.joined, wait.cut, again)
    yield Done(wait.end, "till", wait.end - wait.served, wait.cut, again)


def _trodden(one: Visitor) -> Iterator[Fact]:
    for sensor in ("main", "side"):
        trod: dict[tuple[int, int], float] = {}
        for zone, start, end in one.stays:
            if ZONES[zone] == sensor:
                for cell in CELLS[zone]:
                    trod[cell] = trod.get(cell, 0.0) + (end - start) / len(CELLS[zone])
        blocks: dict[tuple[int, int, int], float] = {}
        for size in (1, 2, 4):
            for (column, row), seconds in trod.items():
                block = size, column // size, row // size
                blocks[block] = blocks.get(block, 0.0) + seconds
        if blocks:
            yield Trodden(one.left, sensor, tuple((*block, 1, seconds) for block, seconds in blocks.items()))


def _present(everybody: list[Visitor]) -> Iterator[Fact]:
    spans: dict[str, list[tuple[float, float]]] = {zone: [] for zone in (*ZONES, "till", "serving")}
    for one in everybody:
        for zone, start, end in one.stays:
            spans[zone].append((start, end))
        for wait in one.waits:
            spans["till"].append((wait.joined, wait.end))
            spans["serving"] += [] if wait.served is None else [(wait.served, wait.end)]
    last = max((one.left for one in everybody), default=OPENS)
    at = np.arange(OPENS, last + PRESENT_S, PRESENT_S)
    heads = {place: _inside(np.array(of).reshape(-1, 2), at) for place, of in spans.items()}
    for place in (*ZONES, "till"):
        for i, moment in enumerate(at.tolist()):
            serving = int(heads["serving"][i]) if place == "till" else 0
            yield Present(moment, place, int(heads[place][i]), serving)


def _inside(spans: np.ndarray, at: np.ndarray) -> np.ndarray:
    starts, ends = np.sort(spans[:, 0]), np.sort(spans[:, 1])
    return np.searchsorted(starts, at, "right") - np.searchsorted(ends, at, "right")
