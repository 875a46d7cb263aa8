"""The question `journey` by hand, stage by stage, and what is left out where one was not measured."""

from datetime import date, timedelta

import msgspec
import pytest

from hub.insight.scores import share

DAY = date(2026, 6, 9)
ONE = {"start": "2026-06-09T00:00:00Z", "end": "2026-06-10T00:00:00Z"}


def street(past, shop, passers=4000):
    """The device tells of a passing line too, and of its day."""
    line = msgspec.structs.replace(shop.status().places[0], id="street", role="passing")
    places = (line, *shop.status().places)
    past.hub.take(shop.raw(shop.status(past.at(DAY, 4) - 80 * 86_400, places=places), "status"))
    start = past.at(DAY, 4)
    counts = [
        shop.count(start + 300 * (n + 1), None, None, place="street", passers=passers if n == 96 else 0)
        for n in range(288)
    ]
    raw = [shop.raw(shop.window(start + 300 * (n + 1), count)) for n, count in enumerate(counts)]
    past.hub.take(*raw, at=start + 90_000)


def visitors(past):
    past.count(DAY, lambda day, hour: 120 if 9 <= hour < 20 else 0)


def stage(rows, name):
    return next((row for row in rows if row["stage"] == name), None)


def whole(past):
    """Loads of the till over the whole day, so that it was looked at as long as the doors."""
    past.queue(DAY, range(4, 9), None, joined=0, served=0, abandoned=0)
    past.queue(DAY, range(9, 20), {3: 9, 12: 3}, joined=15, served=12, abandoned=3)
    past.queue(DAY, range(20, 24), None, joined=0, served=0, abandoned=0)
    past.queue(DAY, range(4), None, joined=0, served=0, abandoned=0)


def test_the_stages_by_hand(past, shop):
    street(past, shop)
    visitors(past)
    whole(past)
    rows = past.ask("journey", **ONE)
    assert [(row["rank"], row["stage"], row["place"]) for row in rows] == [
        (1, "passing", "street"),
        (2, "entrance", "door"),
        (3, "queue", "till_a"),
        (4, "till", "till_a"),
        (5, "exit", "door"),
    ]
    assert [row["people"] for row in rows] == [4000, 1320, 660, 528, 110]
    assert [row["on"] for row in rows] == [None, *map(pytest.approx, (1320 / 4000, 0.5, 0.8, 110 / 1320))]
    assert (rows[1]["on_low"], rows[1]["on_high"]) == pytest.approx(tuple(share(1320, 4000)["wilson95"]))
    assert [row["lost"] for row in rows] == [None, 2680, 660, 132, 1210]
    assert {row["coverage"] for row in rows} == {1.0}
    assert rows[2]["p50_s"] == pytest.approx(15 + 2 / 3 * 5)
    assert (rows[3]["p50_s"], rows[3]["p90_s"]) == pytest.approx((75, 87)), "every service lies from 60 to 90 s"
    assert {row["reason"] for row in rows} == {None}


def test_a_touchpoints_score_stands_at_its_stage(past):
    visitors(past)
    whole(past)
    with past.hub.store.write() as connection:
        for i in range(40):
            connection.execute(
                "INSERT INTO answer (source, id, site, day, channel, touchpoint, nps) "
                "VALUES ('x', ?, 's001', ?, 'qr', ?, ?)",
                [str(i), DAY, "till" if i < 30 else "entrance", 10 if i % 2 else 5],
            )
    rows = past.ask("journey", **ONE)
    assert (stage(rows, "till")["score"], stage(rows, "till")["answers"]) == (0, 30)
    assert stage(rows, "till")["score_low"] < 0 < stage(rows, "till")["score_high"]
    assert stage(rows, "entrance")["answers"] == 10
    assert stage(rows, "queue")["score"] is None


def test_a_stage_looked_at_half_as_long_is_not_divided(past):
    visitors(past)
    past.queue(DAY, range(4, 16), {3: 9}, joined=15, served=12, abandoned=3)
    row = stage(past.ask("journey", **ONE), "queue")
    assert (row["people"], row["on"], row["lost"]) == (15 * 48, None, None)
    assert row["reason"] == "looked at 100% and 50% of the time"


def test_a_dead_door_is_not_measured(past):
    past.count(DAY - timedelta(days=1), lambda day, hour: 12)
    rows = past.ask("journey", **ONE)
    assert (stage(rows, "entrance")["people"], stage(rows, "entrance")["coverage"]) == (None, 0)
    assert stage(rows, "entrance")["reason"] == "not measured"


def test_fewer_than_five_are_not_told(past):
    past.count(DAY, lambda day, hour: 4 if hour == 12 else 0)
    row = stage(past.ask("journey", **ONE), "entrance")
    assert (row["people"], row["reason"]) == (None, "n<5")


def test_a_zone_counts_stays_and_a_fitting_room_is_its_own_stage(past, shop):
    places = [*shop.status().places, msgspec.structs.replace(shop.status().places[1], id="fitting-1")]
    past.hub.take(shop.raw(shop.status(past.at(DAY, 4) - 80 * 86_400, places=tuple(places)), "status"))
    visitors(past)
    start = past.at(DAY, 4)
    raw = []
    for n in range(96):
        end = start + 900 * (n + 1)
        for place in ("centre", "fitting-1"):
            told = {"place": place, "joined": None, "served": None, "abandoned": None, "tills_open": None}
            stays = shop.stat(end, {10: 6 if place == "centre" else 1, 11: 4}, of="dwell", place=place)
            raw.append(shop.raw(shop.window(end, shop.load(end, **told), stays)))
    past.hub.take(*raw, at=start + 90_000)
    rows = past.ask("journey", **ONE)
    assert [(row["stage"], row["place"], row["people"]) for row in rows[1:3]] == [
        ("zone", "centre", 960),
        ("fitting", "fitting-1", 480),
    ]
    assert stage(rows, "fitting")["on"] == pytest.approx(480 / 1320)


def test_an_empty_shop_and_a_day_that_lasts_have_no_stages(past):
    assert past.ask("journey", **ONE) == []
    visitors(past)
    assert past.ask("journey", start="2026-06-10T00:00:00Z", end="2026-06-11T00:00:00Z") == []


@pytest.mark.parametrize("day", [date(2026, 10, 24), date(2026, 3, 28)])
def test_a_day_of_the_clocks_change_is_whole(past, day):
    past.count(day, lambda day, hour: 12, range(23) if day.month == 3 else range(24))
    given = {"start": f"{day}T00:00:00Z", "end": f"{day + timedelta(days=1)}T00:00:00Z"}
    row = stage(past.ask("journey", at=past.at(day, 23) + 6 * 3600, **given), "entrance")
    assert row["people"] >= 12 * 22
    assert row["coverage"] > 0.9
