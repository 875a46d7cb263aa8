"""Truth -> the facts that perfect sensors would state, in order of time."""

from collections.abc import Iterable, Iterator
from datetime import date, timedelta
from operator import attrgetter

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from edge.measure.dwell import Present, Visit
from edge.measure.facts import Fact, Seen
from edge.measure.footfall import Crossing
from edge.measure.heat import Trodden
from edge.measure.queues import Done, Joined, Left, Served
from simulators.floor import steps, trodden
from simulators.shop import CAMERAS, WATCHED_BY, Floats, Shop, Sign, plan_table
from simulators.shoppers import Day, simulate

LOOK_S, PRESENT_S, PRESENT_CLOSED_S = 60.0, 30.0, 300.0
SHORTEST_STAY_S = 2.0


class Outage(Struct, frozen=True):
    """A camera gave no picture in [start, end), Unix seconds."""

    sensor: str
    start: float
    end: float


def days(shop: Shop, first: date, count: int) -> Iterator[Day]:
    """`count` days from `first`, one at a time."""
    for i in range(count):
        yield simulate(shop, first + timedelta(days=i))


def facts(shop: Shop, day: Day, until: float | None = None, outages: Iterable[Outage] = ()) -> list[Fact]:
    """All facts of one day in order of time; with `until`, those that were known by then.

    A stay still open at `until` has no fact yet. What an outage hides is missing, stays that reach into it
    are cut, and there is no Seen for it.
    """
    end = day.end if until is None else min(day.end, until)
    found: list[Fact] = [*_crossings(shop, day), *_stays(day), *_waits(day), *_present(day)]
    found += [*trodden(day), *steps(day)]
    for outage in outages:
        found = [kept for fact in found if (kept := _through(fact, outage)) is not None]
    found = [fact for fact in found if fact.at <= end]
    for seen in CAMERAS:
        found += _looks(seen.id, day.start, end, [o for o in outages if o.sensor == seen.id])
    found.sort(key=attrgetter("at"))
    return found


def _crossings(shop: Shop, day: Day) -> Iterator[Crossing]:
    signs: dict[str, Sign] = {line["id"]: line["entry"] for line in plan_table(shop)["lines"]}
    other: dict[Sign, Sign] = {"+": "-", "-": "+"}
    for shopper in day.shoppers:
        yield Crossing(shopper.entered, "door", signs["door"])
        yield Crossing(shopper.left, "door", other[signs["door"]])
    for passer in day.passers:
        yield Crossing(passer.crossed, "street", signs["street"] if passer.east else other[signs["street"]])


def _stays(day: Day) -> Iterator[Visit]:
    for shopper in day.shoppers:
        for stay in shopper.stays:
            if stay.end - stay.start >= SHORTEST_STAY_S:
                yield Visit(stay.end, stay.zone, stay.start, False)


def _waits(day: Day) -> Iterator[Fact]:
    for wait in (shopper.wait for shopper in day.shoppers):
        if wait is None:
            continue
        yield Joined(wait.joined, "tills")
        if wait.served is not None:
            yield Served(wait.served, "tills", wait.served - wait.joined, False)
        if wait.served is not None and wait.done is not None:
            yield Done(wait.done, "tills", wait.done - wait.served, False)
        if wait.left is not None:
            yield Left(wait.left, "tills", wait.left - wait.joined, False)


def _present(day: Day) -> Iterator[Present]:
    before = np.arange(day.start, day.opens, PRESENT_CLOSED_S)
    after = np.arange(day.closes, day.end, PRESENT_CLOSED_S)
    at = np.concatenate([before, np.arange(day.opens, min(day.closes, day.end), PRESENT_S), after])
    nobody = np.zeros(len(at), dtype=np.int64)
    spans = _spans(day)
    serving = _inside(spans["serving"], at)
    for place in ("promo", "shelves", "tills"):
        people = _inside(spans[place], at)
        served = serving if place == "tills" else nobody
        for t, n, k in zip(at.tolist(), people.tolist(), served.tolist(), strict=True):
            yield Present(t, place, n, k)


def _spans(day: Day) -> dict[str, list[tuple[float, float]]]:
    spans: dict[str, list[tuple[float, float]]] = {"promo": [], "shelves": [], "tills": [], "serving": []}
    for shopper in day.shoppers:
        for stay in shopper.stays:
            spans[stay.zone].append((stay.start, stay.end))
        if wait := shopper.wait:
            ended = wait.left if wait.done is None else wait.done
            spans["tills"].append((wait.joined, ended or wait.joined))
            if wait.served is not None and wait.done is not None:
                spans["serving"].append((wait.served, wait.done))
    return spans


def _inside(spans: list[tuple[float, float]], at: Floats) -> NDArray[np.int64]:
    starts, ends = (np.sort([span[i] for span in spans]) for i in (0, 1))
    return np.searchsorted(starts, at, "right") - np.searchsorted(ends, at, "right")


def _through(fact: Fact, outage: Outage) -> Fact | None:
    """The fact as it is known in spite of the outage: as it is, cut at its edge, or not at all."""
    if isinstance(fact, Trodden):
        return None if fact.sensor == outage.sensor and outage.start <= fact.at < outage.end else fact
    place = getattr(fact, "line", None) or getattr(fact, "place", None) or _of(fact)
    start, end = outage.start, outage.end
    if WATCHED_BY.get(place or "") != outage.sensor:
        return fact
    began = _began(fact)
    if fact.at < start or began >= end:
        return fact
    if began < start:
        return _cut(fact, began, start)
    return _cut(fact, end, fact.at) if fact.at >= end else None


def _of(fact: Fact) -> str | None:
    return getattr(fact, "zone", None) or getattr(fact, "queue", None)


def _began(fact: Fact) -> float:
    match fact:
        case Visit(start=start):
            return start
        case Served(at=at, waited=seconds) | Left(at=at, waited=seconds) | Done(at=at, took=seconds):
            return at - seconds
    return fact.at


def _cut(fact: Fact, start: float, end: float) -> Fact | None:
    """What is left of a stay of which only [start, end) was seen; a service that was not seen has no start."""
    match fact:
        case Visit(zone=zone):
            return Visit(end, zone, start, True)
        case Left(queue=queue):
            return Left(end, queue, end - start, True)
        case Done(queue=queue):
            return Done(end, queue, end - start, True)
        case Served(at=at, queue=queue) if at == end:
            return Served(at, queue, at - start, True)
        case Served(queue=queue):
            return Left(end, queue, end - start, True)
    return None


def _looks(sensor: str, start: float, end: float, outages: list[Outage]) -> Iterator[Seen]:
    """Seen facts once a minute for the time the sensor looked."""
    since = start
    gaps = sorted((max(o.start, start), min(o.end, end)) for o in outages if o.end > start and o.start < end)
    for gap, again in [*gaps, (end, end)]:
        while since < gap:
            at = min(gap, (since // LOOK_S + 1) * LOOK_S)
            yield Seen(at, sensor, since)
            since = at
        since = max(since, again)
