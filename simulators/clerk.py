"""One of the staff who fills the shelves, with a badge: whom a camera cannot tell from a shopper."""

from collections.abc import Iterable, Iterator
from operator import attrgetter

import numpy as np
from msgspec import Struct
from msgspec.structs import replace

from edge.measure.dwell import Present, Visit
from edge.measure.facts import Fact
from simulators.shop import SHELVES, Shop
from simulators.shoppers import STAFF_ID, Day, Stay, chance
from simulators.walks import Route, Walk

CLERK_ID = STAFF_ID + 500
_WORK_S, _AWAY_S, _BACK = (240.0, 1200.0), (120.0, 900.0), (14.5, 1.2)


class Clerk(Struct, frozen=True):
    """The clerk's way through one day, and the stays at the shelves."""

    walk: Walk
    stays: tuple[Stay, ...]


def clerk(shop: Shop, day: Day) -> Clerk | None:
    """The clerk of one day, from opening to closing; None where the shop has none."""
    if not shop.clerk:
        return None
    rng, route, stays = chance(shop, day.day, 12), Route(day.opens, *_BACK, 1.1), list[Stay]()
    (x0, y0), (x1, _), (_, y1), _ = SHELVES
    while route.at < day.closes - 300.0:
        start = route.go(13.5, float(rng.uniform(y0 + 0.3, y1 - 0.3)))
        until = min(start + float(rng.uniform(*_WORK_S)), day.closes - 120.0)
        while route.at < until:
            route.go(float(rng.uniform(x0 + 0.4, x1 - 0.4)), float(rng.uniform(y0 + 0.3, y1 - 0.3)), 0.6)
            route.stay(min(until, route.at + float(rng.uniform(20.0, 60.0))))
        stays.append(Stay("shelves", start, route.go(13.5, route.place[1])))
        route.go(*_BACK)
        route.stay(route.at + float(rng.uniform(*_AWAY_S)))
    return Clerk(Walk(CLERK_ID, 7, 1.75, tuple(route.points)), tuple(stays))


def seen_too(facts: Iterable[Fact], found: Clerk | None) -> list[Fact]:
    """The facts as a camera states them that sees the clerk among the shoppers, in order of time."""
    stays = found.stays if found else ()
    starts, ends = (np.array([stay[i] for stay in _spans(stays)]) for i in (0, 1))
    added: list[Fact] = [Visit(stay.end, stay.zone, stay.start, False) for stay in stays]
    for fact in facts:
        if isinstance(fact, Present) and fact.place == "shelves":
            there = int(((starts <= fact.at) & (fact.at < ends)).sum())
            added.append(replace(fact, people=fact.people + there))
        else:
            added.append(fact)
    return sorted(added, key=attrgetter("at"))


def _spans(stays: Iterable[Stay]) -> Iterator[tuple[float, float]]:
    for stay in stays:
        yield stay.start, stay.end
