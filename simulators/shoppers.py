"""One day of the shop: who comes, what they do there, how long they wait. This is the truth.

The same shop and day always give the same people: every stream of chance is seeded by (seed, day, purpose).
"""

from datetime import date, timedelta

import numpy as np
from msgspec import Struct
from msgspec.structs import replace
from numpy.random import Generator

from edge.measure.days import business_day, day_start
from simulators.shop import DOOR_Y, ENTRY_X, EXIT_X, HOURS, PROMO, SHELVES, STREET_X, WEEKDAYS, Shop, minutes
from simulators.till import Buyer, Tills, Wait, patience
from simulators.walks import Crowd, Figure, Route, Walk

_LAST_ENTRY_S = 720.0  # nobody enters later than this before closing
STAFF_ID, _PASSER_ID = 900_000, 500_000


class Stay(Struct, frozen=True):
    """From stepping into a zone to stepping out of it."""

    zone: str
    start: float
    end: float


class Shopper(Struct, frozen=True, kw_only=True):
    """One visit: door times, stays, queueing. `tag` numbers the trolley; `group` is shared by who came together."""

    id: int
    group: int
    tag: int | None
    entered: float
    left: float
    stays: tuple[Stay, ...]
    wait: Wait | None
    balked: bool
    walk: Walk


class Passer(Struct, frozen=True, kw_only=True):
    """Somebody who passed the door outside; `crossed` is when, `east` is the direction."""

    crossed: float
    east: bool
    walk: Walk


class Day(Struct, frozen=True, kw_only=True):
    """A business day [start, end) of the shop, in Unix seconds, with everybody in it."""

    day: date
    start: float
    end: float
    opens: float
    closes: float
    shoppers: tuple[Shopper, ...]
    passers: tuple[Passer, ...]
    staff: tuple[Walk, ...]

    def walks(self) -> list[Walk]:
        """Everybody's way, in order of appearance."""
        everybody = [*(s.walk for s in self.shoppers), *(p.walk for p in self.passers), *self.staff]
        return sorted(everybody, key=lambda walk: walk.path[0][0])


class _Coming:
    """A shopper in the making."""

    def __init__(self, number: int, group: int, rng: Generator, at: float, speed: float, lane: float) -> None:
        self.number, self.group, self.lane = number, group, lane
        self.look = int(rng.integers(1, 2**31))
        self.height = _within(float(rng.normal(1.70, 0.09)), 1.52, 1.92)
        self.route = Route(at, 8.0, -1.9 + (lane - 5.3) * 0.5, speed)
        self.route.go(lane, -0.5)
        self.entered = self.route.go(lane, DOOR_Y)
        self.stays: list[Stay] = []
        self.buyer: Buyer | None = None


class Life:
    """The shop day after day: who is where at any moment. Days are simulated when they come up."""

    def __init__(self, shop: Shop) -> None:
        self._shop, self._day, self._crowd = shop, date.min, Crowd([])

    def figures(self, at: float) -> list[Figure]:
        """Everybody at `at`, Unix seconds."""
        day = business_day(at, self._shop.timezone, self._shop.day_starts)
        if day != self._day:
            self._day, self._crowd = day, Crowd(simulate(self._shop, day).walks())
        return self._crowd.figures(at)


def chance(shop: Shop, day: date, purpose: int) -> Generator:
    """The random generator of one purpose on one day."""
    return np.random.default_rng([shop.seed, day.toordinal(), purpose])


def simulate(shop: Shop, day: date) -> Day:
    """The whole day; everybody who enters has left when it ends."""
    start = day_start(day, shop.timezone, shop.day_starts)
    end = day_start(day + timedelta(days=1), shop.timezone, shop.day_starts)
    opens, closes = opening(shop, day)
    rng = chance(shop, day, 1)
    coming = _arrive(shop, rng, _moments(shop, day, rng, shop.visits / (1 + shop.pairs), _LAST_ENTRY_S))
    for person in coming:
        _browse(person, rng, closes)
        if person.stays and rng.random() < shop.buyers and _first_of_group(person, coming):
            person.buyer = _buyer(person, rng, shop)
    buyers = [person.buyer for person in coming if person.buyer]
    tills = Tills(buyers, _lonely(shop, day, rng))
    tills.run()
    shoppers = _apart([_leave(person, shop, rng) for person in coming])
    last = max([closes, *(s.left for s in shoppers)]) + 300.0
    staff = _staff(shop, rng, opens - 600.0, last, tills.calls)
    passers = _passers(shop, day, chance(shop, day, 2))
    return Day(
        day=day, start=start, end=end, opens=opens, closes=closes, shoppers=shoppers, passers=passers, staff=staff
    )


def opening(shop: Shop, day: date) -> tuple[float, float]:
    """Unix seconds of opening and closing; local wall time, so also right on days of 23 and 25 hours."""
    return _wall(shop, day, minutes(shop.opens)), _wall(shop, day, minutes(shop.closes))


def _wall(shop: Shop, day: date, minute: int) -> float:
    on = day + timedelta(days=minute // 1440)
    return day_start(on, shop.timezone, f"{minute % 1440 // 60:02}:{minute % 60:02}")


def _moments(shop: Shop, day: date, rng: Generator, mean: float, margin: float) -> list[float]:
    """Moments of a Poisson process that follows weekday and hour, from opening to `margin` before closing."""
    first, last = minutes(shop.opens) * 60.0, minutes(shop.closes) * 60.0 - margin
    hours = np.arange(int(first // 3600), int(-(-last // 3600)))
    weights = np.array([HOURS[h % 24] for h in hours]) / sum(HOURS[h % 24] for h in hours)
    level = mean * WEEKDAYS[day.weekday()] * rng.lognormal(0.0, 0.06)
    counts = rng.poisson(level * weights)
    seconds = np.concatenate([h * 3600.0 + rng.random(n) * 3600.0 for h, n in zip(hours, counts, strict=True)])
    opens, _ = opening(shop, day)
    inside = np.sort(seconds[(seconds >= first) & (seconds < last)])
    return [float(opens + s - first) for s in inside]


def _arrive(shop: Shop, rng: Generator, moments: list[float]) -> list[_Coming]:
    coming: list[_Coming] = []
    for group, at in enumerate(moments):
        speed, lane = float(rng.uniform(1.0, 1.4)), float(rng.uniform(*ENTRY_X))
        coming.append(_Coming(len(coming), group, rng, at, speed, lane))
        if rng.random() < shop.pairs:
            beside = lane - 0.65 if lane > 5.3 else lane + 0.65
            coming.append(_Coming(len(coming), group, rng, at + 0.2, speed, beside))
    return coming


def _first_of_group(person: _Coming, coming: list[_Coming]) -> bool:
    return person.number == 0 or coming[person.number - 1].group != person.group


def _browse(person: _Coming, rng: Generator, closes: float) -> None:
    """Up to the point where one goes to the tills or home; who comes late hurries."""
    route, left = person.route, max(20.0, closes - person.route.at - 240.0)
    wants = rng.random(3) < (0.35, 0.72, 0.5)
    spent = [min(float(rng.lognormal(np.log(m), s)), left / 3) for m, s in ((40, 0.8), (140, 0.7), (170, 0.7))]
    if wants[0]:
        _look_at_promo(person, rng, spent[0])
    else:
        route.go(person.lane + 0.3, 3.4)
    if wants[1]:
        _look_at_shelves(person, rng, spent[1])
    if wants[2]:
        route.go(6.7, 7.6)
        route.stay(route.go(float(rng.uniform(8, 14)), float(rng.uniform(8, 9.3)), 0.7) + spent[2])
        route.go(6.7, 7.6)
    route.go(6.9, 4.6)


def _look_at_promo(person: _Coming, rng: Generator, seconds: float) -> None:
    (x0, y0), (x1, _), (_, y1), _ = PROMO
    gate = float(rng.uniform(1.9, 2.5))
    person.route.go(person.lane - 0.2, 2.2)
    start = person.route.go(x1, gate)
    _look_around(person.route, rng, seconds, (x0 + 0.3, x1 - 0.5, y0 + 0.3, y1 - 0.3))
    person.stays.append(Stay("promo", start, person.route.go(x1, gate, 0.8)))
    person.route.go(5.4, 3.6)


def _look_at_shelves(person: _Coming, rng: Generator, seconds: float) -> None:
    (x0, y0), (x1, _), _, _ = SHELVES
    gate = float(rng.uniform(y0 + 0.2, 5.8))
    person.route.go(6.7, gate)
    start = person.route.go(x0, gate)
    spots = int(rng.integers(1, 4))
    for _ in range(spots):
        _look_around(person.route, rng, seconds / spots, (x0 + 0.4, x1 - 0.4, y0 + 0.2, 6.0))
    person.stays.append(Stay("shelves", start, person.route.go(x0, gate, 0.8)))


def _look_around(route: Route, rng: Generator, seconds: float, within: tuple[float, float, float, float]) -> None:
    """Stands at some spot for so long, with a step to the side every half minute as people do at shelves."""
    x0, x1, y0, y1 = within
    until = route.go(float(rng.uniform(x0, x1)), float(rng.uniform(y0, y1)), 0.7) + seconds
    while route.at < until:
        route.stay(min(until, route.at + float(rng.exponential(22.0)) + 5.0))
        if route.at < until:
            (x, y), (aside, back) = route.place, rng.normal(0.0, 0.35, 2).tolist()
            route.go(_within(x + aside, x0, x1), _within(y + back, y0, y1), 0.4)


def _within(value: float, low: float, high: float) -> float:
    # numpy's clip of a single number costs ten times as much, and a year has a million of them.
    return min(max(value, low), high)


def _buyer(person: _Coming, rng: Generator, shop: Shop) -> Buyer:
    service = _within(float(rng.lognormal(np.log(shop.service_s), 0.5)), 15.0, 400.0)
    return Buyer(person.route, service, patience(rng), int(rng.integers(4, 9)))


def _lonely(shop: Shop, day: date, rng: Generator) -> list[tuple[float, float]]:
    """When the second cashier is away: on some days at lunch or at the evening rush, and then it gets long."""
    spells = ((0.5, "12:15", 75), (0.35, "17:15", 60), (0.25, "10:30", 60))
    return [
        (_wall(shop, day, minutes(at)), _wall(shop, day, minutes(at) + length))
        for share, at, length in spells
        if rng.random() < share
    ]


def _leave(person: _Coming, shop: Shop, rng: Generator) -> Shopper:
    route, wait = person.route, person.buyer.wait if person.buyer else None
    if wait:
        x, y = route.place
        route.go(x - 0.6, y + 0.6)
        route.go(7.0, 3.9)
    else:
        route.go(6.2, 3.6)
    x = float(rng.uniform(*EXIT_X))
    left = route.go(x, DOOR_Y)
    route.go(x, -0.5)
    route.go(1.2, -1.9)
    return Shopper(
        id=person.number,
        group=person.group,
        tag=int(rng.integers(1, 61)) if rng.random() < shop.tagged else None,
        entered=person.entered,
        left=left,
        stays=tuple(person.stays),
        wait=wait,
        balked=person.buyer is not None and wait is None,
        walk=Walk(person.number, person.look, person.height, route.done()),
    )


def _apart(shoppers: list[Shopper]) -> tuple[Shopper, ...]:
    """The same with nobody taking a trolley that somebody has, or left less than three minutes ago."""
    until: dict[int, float] = {}
    for i, one in enumerate(shoppers):
        if one.tag:
            tags = [(one.tag + step) % 60 + 1 for step in range(-1, 59)]
            tag = next((tag for tag in tags if until.get(tag, 0.0) < one.entered), one.tag)
            until[tag], shoppers[i] = one.left + 180.0, replace(one, tag=tag)
    return tuple(shoppers)


def _passers(shop: Shop, day: date, rng: Generator) -> tuple[Passer, ...]:
    found = []
    for i, at in enumerate(_moments(shop, day, rng, shop.visits * shop.passers, 0.0)):
        east, y, speed = bool(rng.random() < 0.5), float(rng.uniform(-2.2, -1.4)), float(rng.uniform(1.1, 1.6))
        west_x, east_x = -1.0, 10.0
        route = Route(at, west_x if east else east_x, y, speed)
        crossed = route.go(STREET_X, y)
        route.go(east_x if east else west_x, y)
        height = _within(float(rng.normal(1.70, 0.09)), 1.52, 1.92)
        walk = Walk(_PASSER_ID + i, int(rng.integers(1, 2**31)), height, route.done())
        found.append(Passer(crossed=crossed, east=east, walk=walk))
    return tuple(found)


def _staff(shop: Shop, rng: Generator, first: float, last: float, calls: list[list[float]]) -> tuple[Walk, ...]:
    """One cashier all day, the second whenever the second till is open."""
    shifts = [(first, last, 13.3), *((start, end + 20.0, 15.0) for start, end in calls)]
    walks = []
    for i, (start, end, x) in enumerate(shifts):
        route = Route(start, 15.9, 0.5, 1.2)
        route.go(x, 0.6)
        route.stay(end)
        route.go(15.9, 0.5)
        walks.append(Walk(STAFF_ID + i, int(rng.integers(1, 2**31)), 1.72, route.done()))
    return tuple(walks)
