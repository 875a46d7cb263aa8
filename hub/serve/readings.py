"""What may raise an alert, from live values and from what is stored: pure, at a moment that is given."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from edge.messages import Live
from hub.serve.alerts import Alerting, Limit, Reading
from hub.sites import Site, local

_CLOSE = 0.8  # it closes at this share of the level at which it opens
_WINDOW_S = 2700.0  # a wait that was published longer ago says nothing of now
_RETIRED_S = 7 * 86_400.0  # a device that is not heard for so long is gone, and is no news any more
_LIVE_S = 90.0


class Shop(NamedTuple):
    """What the store knows of a site: promises and mean service times in seconds by queue, the newest published waits
    as rows of `stays`, people in the store, the rows of `devices` and `sensors`.
    """

    promise_s: Mapping[str, int]
    service_s: Mapping[str, float]
    waits: Iterable[Mapping[str, Any]] = ()
    people: int | None = None
    devices: Sequence[Mapping[str, Any]] = ()
    sensors: Sequence[Mapping[str, Any]] = ()


def between(clock: tuple[str, str], site: Site, at: float) -> bool:
    """Whether the shop's own time lies in [from, to); a span that ends before it begins goes over midnight."""
    _, minute = local(int(at // 60) * 60, site.timezone, site.day_starts)
    begins, ends = (int(text[:2]) * 60 + int(text[3:]) for text in clock)
    return (minute - begins) % 1440 < ((ends - begins) % 1440 or 1440)


def promise_of(places: Iterable[Mapping[str, Any]]) -> dict[str, int]:
    """The promises of the queues among the rows of `places`."""
    return {row["place"]: row["promise_s"] for row in places if row["promise_s"]}


def service_of(stays: Iterable[Mapping[str, Any]]) -> dict[str, float]:
    """The mean length of service at each queue, in seconds, of the rows of `stays`."""
    sums: dict[str, tuple[float, int]] = {}
    for row in stays:
        if row["of"] == "service" and row["n"] and row["mean_s"] is not None and row["n"] > 0:
            total, n = sums.get(row["place"], (0.0, 0))
            sums[row["place"]] = (total + row["mean_s"] * row["n"], n + row["n"])
    return {place: total / n for place, (total, n) in sums.items()}


def live(site: Site, told: Iterable[Live], shop: Shop, limits: Iterable[Limit], at: float) -> Iterator[Reading]:
    """What this moment's values say: the wait that a queue's length lets expect, and what its limits say."""
    opened = between((site.opens, site.closes), site, at)
    most = {limit.place: limit.people for limit in limits if limit.site == site.id}
    for one in told:
        if at - one.at.timestamp() > _LIVE_S:
            continue
        if one.alert != "unknown":
            value = one.queue if one.queue is not None else one.occupancy
            over = one.alert == "over"
            yield _people(site, "over", one.place, value, None, (over, not over), opened)
        if one.queue is not None and one.place in most:
            levels = _levels(one.queue, most[one.place])
            yield _people(site, "queue", one.place, one.queue, most[one.place], levels, opened)
        promise, service = shop.promise_s.get(one.place), shop.service_s.get(one.place)
        if promise and service and one.queue is not None:
            wait = one.queue * service / max(one.tills_open or 0, 1)
            levels = _levels(wait, promise)
            yield _people(site, "expected_wait", one.place, wait, promise, levels, opened, "s")


def stored(site: Site, shop: Shop, settings: Alerting, at: float) -> Iterator[Reading]:
    """What the store says: waits over the promise, a full store, devices and sensors that are silent, old data."""
    opened = between((site.opens, site.closes), site, at)
    yield from _waits(site, shop, opened, at)
    for limit in settings.limits:
        if limit.site == site.id and limit.place is None and shop.people is not None:
            levels = _levels(shop.people, limit.people)
            yield _people(site, "crowded", None, shop.people, limit.people, levels, opened)
    heard = [_seconds(row["received_at"]) for row in shop.devices if row["received_at"]]
    away = set()
    for row in shop.devices:
        age = max(0.0, at - _seconds(row["received_at"])) if row["received_at"] else _RETIRED_S
        silent = (row["state"] == "offline" or age > settings.silent_s) and age < _RETIRED_S
        away |= {row["device"]} if silent or age >= _RETIRED_S else set()
        yield _fault(site, "silent", row["device"], age, settings.silent_s, (silent, not silent), opened)
    for device in {row["device"] for row in shop.sensors} - away:  # of one that is silent nothing is known
        states = [row["state"] for row in shop.sensors if row["device"] == device]
        bad = sum(state not in ("ok", "starting") for state in states)
        levels = bad > 0, all(state == "ok" for state in states)
        yield _fault(site, "sensor", device, float(bad), 0.0, levels, opened, "sensors")
    if heard and max(heard) > at - _RETIRED_S:
        age = max(0.0, at - max(heard))
        stale = age > settings.stale_s
        yield _fault(site, "stale", None, age, settings.stale_s, (stale, not stale), opened)


def _waits(site: Site, shop: Shop, opened: bool, at: float) -> Iterator[Reading]:
    newest: dict[str, Mapping[str, Any]] = {}
    for row in shop.waits:
        told = row["of"] == "wait" and row["p90_s"] is not None and row["promise_s"]
        if told and _seconds(row["end"]) > at - _WINDOW_S:
            newest[row["place"]] = row
    for place, row in newest.items():
        levels = _levels(row["p90_s"], row["promise_s"])
        yield _people(site, "wait", place, row["p90_s"], row["promise_s"], levels, opened, "s")


def _levels(value: float, limit: float) -> tuple[bool, bool]:
    return value > limit, value <= _CLOSE * limit


def _people(
    site: Site,
    rule: Any,
    place: str | None,
    value: float | None,
    limit: float | None,
    levels: tuple[bool, bool],
    opened: bool,
    unit: str = "people",
) -> Reading:
    """About customers: none are expected while the shop is closed, so that what is open then closes."""
    above, below = levels
    return Reading(site.id, rule, place, "warning", value, limit, unit, above, below or not opened, opened)


def _fault(
    site: Site,
    rule: Any,
    place: str | None,
    value: float | None,
    limit: float | None,
    levels: tuple[bool, bool],
    opened: bool,
    unit: str = "s",
) -> Reading:
    """About devices: nobody is woken for one while the shop is closed, but what is open stays until it is well."""
    return Reading(site.id, rule, place, "fault", value, limit, unit, *levels, opened)


def _seconds(at: datetime) -> float:
    return at.timestamp()
