"""Queues over a period are ratios of sums; what is not known counts for none. Outlines come as they were told."""

from typing import Any

import pytest

from hub.insight.durations import wilson
from tests.hub.conftest import NOW
from tests.hub.test_questions import ask

QUARTER = 900


def take(hub: Any, shop: Any, *loads: dict[str, Any]) -> None:
    ends = [NOW - QUARTER * n for n in range(len(loads), 0, -1)]
    hub.take(shop.raw(shop.status(), "status"))
    hub.take(*(shop.raw(shop.window(end, shop.load(end, **load))) for end, load in zip(ends, loads, strict=True)))


def test_sums_shares_and_throughput(hub: Any, shop: Any) -> None:
    idle = {"joined": 0, "served": 0, "abandoned": 0, "tills_open": 0.0}
    take(
        hub,
        shop,
        {"joined": 20, "served": 15, "abandoned": 4, "tills_open": 2.0},
        {"joined": 12, "served": 13, "abandoned": 2, "tills_open": 1.0},
        idle,
    )
    (row,) = ask(hub, "queue_totals").to_pylist()
    assert (row["place"], row["joined"], row["served"], row["abandoned"]) == ("till_a", 32, 28, 6)
    assert (row["left"], (row["left_low"], row["left_high"])) == (6 / 32, pytest.approx(wilson(6 / 32, 32)))
    assert row["state"] == "ok"
    assert row["busy_h"] == pytest.approx(0.5), "nobody queued in the last quarter hour"
    assert (row["served_h"], row["tills_open"], row["served_till_h"]) == pytest.approx((56, 1.5, 28 / 0.75))
    assert row["coverage"] == 1


@pytest.mark.parametrize(("joined", "state"), [(9, "withheld"), (10, "few"), (29, "few"), (30, "ok")])
def test_a_share_of_few_is_withheld(hub: Any, shop: Any, joined: int, state: str) -> None:
    take(hub, shop, {"joined": joined, "abandoned": 1})
    (row,) = ask(hub, "queue_totals").to_pylist()
    assert row["state"] == state
    assert (row["left"] is None) == (state == "withheld")


def test_a_queue_whose_service_nobody_watches_has_no_ratios(hub: Any, shop: Any) -> None:
    take(hub, shop, {"joined": 40, "served": None, "abandoned": None, "tills_open": None})
    (row,) = ask(hub, "queue_totals").to_pylist()
    assert [row[name] for name in ("served", "left", "state", "served_h", "tills_open", "served_till_h")] == [
        None
    ] * 6


def test_zones_are_no_queues(hub: Any, shop: Any) -> None:
    take(hub, shop, {"place": "centre", "joined": None, "served": None, "abandoned": None, "tills_open": None})
    assert ask(hub, "queue_totals").num_rows == 0


def test_outlines_are_those_of_the_places_watched_now(hub: Any, shop: Any) -> None:
    hub.take(shop.raw(shop.status(), "status"))
    rows = ask(hub, "outlines").to_pylist()
    assert [(row["place"], row["kind"], row["sensor"]) for row in rows] == [
        ("centre", "zone", "ceiling-1"),
        ("door", "line", "ceiling-1"),
        ("till_a", "queue", "ceiling-1"),
    ]
    assert rows[0]["outline_m"] == [[0.0, 0.0], [1.0, 0.5]]
