"""What may raise an alert: the levels of each rule, opening hours, and what is not known."""

from datetime import UTC, datetime
from typing import Any

import msgspec
import pytest

from edge.messages import Live, stamp
from hub.serve import readings
from hub.serve.alerts import Alerting, Limit
from hub.serve.readings import Shop
from hub.sites import Site, moment

NOON = datetime(2026, 6, 10, 10, 0, tzinfo=UTC).timestamp()  # in Berlin
NIGHT = NOON + 12 * 3600
SITE = Site(id="s001", name="High Street", timezone="Europe/Berlin")
EMPTY = Shop({}, {})
TILL = Shop({"till_a": 180}, {"till_a": 60.0})


def said(queue: int | None = 4, at: float = NOON, **other: Any) -> Live:
    about = {"v": 1, "level": "standard", "at": stamp(at), "place": "till_a", "queue": queue, "occupancy": None}
    return Live(**(about | {"tills_open": 1, "alert": "unknown"} | other))


def live(*told: Live, shop: Shop = TILL, limits: tuple[Limit, ...] = (), at: float = NOON) -> list[Any]:
    found = readings.live(SITE, told, shop, limits, at)
    return [(one.rule, one.value, one.limit, one.above, one.below, one.may_open) for one in found]


def stored(shop: Shop, at: float = NOON, **settings: Any) -> list[Any]:
    found = readings.stored(SITE, shop, Alerting(**settings), at)
    return [(one.rule, one.place, one.value, one.above, one.below, one.may_open) for one in found]


@pytest.mark.parametrize(
    ("queue", "tills", "wait", "above", "below"),
    [
        (3, 1, 180.0, False, False),
        (4, 1, 240.0, True, False),
        (4, 2, 120.0, False, True),
        (2, 0, 120.0, False, True),
        (5, None, 300.0, True, False),
    ],
)
def test_the_wait_that_a_queue_lets_expect(
    queue: int, tills: int | None, wait: float, above: bool, below: bool
) -> None:
    assert live(said(queue, tills_open=tills)) == [("expected_wait", wait, 180, above, below, True)]


@pytest.mark.parametrize("shop", [Shop({}, {"till_a": 60.0}), Shop({"till_a": 180}, {}), EMPTY])
def test_without_a_promise_or_a_service_time_nothing_is_expected(shop: Shop) -> None:
    assert live(said(), shop=shop) == []


def test_the_devices_own_limit_counts_also_where_it_tells_no_number() -> None:
    assert live(said(None, alert="over")) == [("over", None, None, True, False, True)]
    assert live(said(None, alert="ok", occupancy=5)) == [("over", 5, None, False, True, True)]


def test_a_limit_of_the_settings() -> None:
    limits = (Limit(site="s001", place="till_a", people=5), Limit(site="s002", place="till_a", people=1))
    assert [live(said(n), shop=EMPTY, limits=limits)[0][3:5] for n in (4, 5, 6)] == [
        (False, True),
        (False, False),
        (True, False),
    ]


def test_what_is_old_is_no_news() -> None:
    assert live(said(at=NOON - 91)) == []
    assert len(live(said(at=NOON - 89))) == 1


def test_while_the_shop_is_closed_queues_are_none() -> None:
    (one,) = live(said(40, at=NIGHT), at=NIGHT)
    assert one[4:] == (True, False), "an open one closes, none opens"


def wait(p90: float | None, end: float, of: str = "wait", promise: int | None = 180) -> dict[str, Any]:
    return {"place": "till_a", "of": of, "p90_s": p90, "promise_s": promise, "end": moment(end)}


def test_of_published_waits_the_newest_counts() -> None:
    shop = EMPTY._replace(waits=[wait(500.0, NOON - 1800), wait(190.0, NOON - 900), wait(900.0, NOON, "dwell")])
    assert stored(shop) == [("wait", "till_a", 190.0, True, False, True)]
    assert stored(EMPTY._replace(waits=[wait(None, NOON)])) == []
    assert stored(EMPTY._replace(waits=[wait(500.0, NOON, promise=None)])) == []
    assert stored(EMPTY._replace(waits=[wait(500.0, NOON - 2701)])) == []


def device(state: str, heard: float | None) -> dict[str, Any]:
    return {"device": "cam-01", "state": state, "received_at": None if heard is None else moment(heard)}


@pytest.mark.parametrize(
    ("state", "age", "silent"),
    [
        ("online", 5, False),
        ("online", 601, True),
        ("offline", 5, True),
        ("offline", 8 * 86_400, False),
        ("online", -50, False),
    ],
)
def test_a_device_that_is_silent(state: str, age: float, silent: bool) -> None:
    (one, *_) = stored(EMPTY._replace(devices=[device(state, NOON - age)]))
    assert (one[0], one[1], one[3], one[4]) == ("silent", "cam-01", silent, not silent)


@pytest.mark.parametrize(("age", "stale"), [(10, False), (1801, True), (86_400, True)])
def test_old_data_is_told(age: float, stale: bool) -> None:
    found = {one[0]: one for one in stored(EMPTY._replace(devices=[device("online", NOON - age)]))}
    assert found["stale"][3:5] == (stale, not stale)
    assert [one for one in stored(EMPTY) if one[0] == "stale"] == [], "a shop without devices"


def test_a_fault_at_night_wakes_nobody_and_one_that_is_open_stays() -> None:
    (one, *_) = stored(EMPTY._replace(devices=[device("offline", NIGHT)]), at=NIGHT)
    assert one[3:] == (True, False, False)


@pytest.mark.parametrize(
    ("states", "above", "below"),
    [
        (["ok", "ok"], False, True),
        (["ok", "dark"], True, False),
        (["starting", "ok"], False, False),
        (["dead"], True, False),
    ],
)
def test_sensors_of_a_device(states: list[str], above: bool, below: bool) -> None:
    sensors = [{"device": "cam-01", "sensor": f"c{n}", "state": state} for n, state in enumerate(states)]
    shop = EMPTY._replace(devices=[device("online", NOON)], sensors=sensors)
    assert [one[1:5] for one in stored(shop) if one[0] == "sensor"] == [
        ("cam-01", sum(s not in ("ok", "starting") for s in states), above, below)
    ]
    shop = shop._replace(devices=[device("offline", NOON)])
    assert [one for one in stored(shop) if one[0] == "sensor"] == [], "it is silent: that is told already"


def test_a_full_store() -> None:
    limits = (Limit(site="s001", people=50),)
    assert stored(EMPTY._replace(people=51), limits=limits)[0][:5] == ("crowded", None, 51, True, False)
    assert stored(EMPTY._replace(people=40), limits=limits)[0][3:5] == (False, True)
    assert stored(EMPTY._replace(people=None), limits=limits) == []


@pytest.mark.parametrize(("hour", "quiet"), [(21, False), (22, True), (2, True), (6, True), (7, False), (12, False)])
def test_quiet_hours_go_over_midnight(hour: int, quiet: bool) -> None:
    at = datetime(2026, 6, 10, 0, 0, tzinfo=UTC).timestamp() + (hour - 2) * 3600
    assert readings.between(("22:00", "07:00"), SITE, at) is quiet


def test_means_of_service_are_weighed_by_their_numbers() -> None:
    rows = [
        {"place": "till_a", "of": "service", "n": n, "mean_s": mean}
        for n, mean in ((10, 30.0), (30, 70.0), (None, None))
    ]
    assert readings.service_of(rows) == {"till_a": 60.0}


@pytest.mark.parametrize(
    ("url", "fine"),
    [
        ("https://example.org/alerts", True),
        ("http://127.0.0.1:8000/x", True),
        ("http://example.org/", False),
        ("https://u:p@example.org/", False),
        ("ftp://example.org", False),
        ("http://127.0.0.1.example.org/", False),
    ],
)
def test_the_address_is_encrypted_or_here(url: str, fine: bool) -> None:
    try:
        msgspec.convert({"webhook_url": url}, Alerting)
    except msgspec.ValidationError:
        assert not fine
    else:
        assert fine
