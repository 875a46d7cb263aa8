"""The question `bad_moments` by hand, and what it leaves open where something was not measured."""

from datetime import date, timedelta

import msgspec
import pytest

DAY = date(2026, 6, 9)
ONE = {"start": "2026-06-09T00:00:00Z", "end": "2026-06-10T00:00:00Z"}


def visitors(past, day=DAY, people=80):
    """80 people an hour while the shop is open, 20 in each quarter hour."""
    raw = []
    for hour in range(24):
        for part in range(12):
            end = past.at(day, hour) + 300 * (part + 1)
            told = people // 4 if part % 3 == 0 and 9 <= hour < 20 else 0
            raw.append(past.shop.raw(past.shop.window(end, past.shop.count(end, told, 0))))
    past.hub.take(*raw, at=past.at(day, 23) + 6 * 3600)


def test_shares_by_hand(past):
    """11 hours of 80. In two 2 of 8 waits in each quarter are late; in one no till is open for 5 of 20."""
    visitors(past)
    past.queue(DAY, range(9, 11), {3: 6, 12: 2}, joined=8, served=8, abandoned=0)
    past.queue(DAY, range(11, 12), None, joined=5, served=0, abandoned=5, tills_open=0.0)
    past.queue(DAY, range(12, 20), {3: 8}, joined=8, served=8, abandoned=0)
    (row,) = past.ask("bad_moments", **ONE)
    assert (row["day"], row["visitors"], row["coverage"]) == (DAY, 880, 1)
    assert row["late"] == pytest.approx(2 * 8 / 880)
    assert row["unserved"] == pytest.approx(20 / 880)
    assert (row["least"], row["most"]) == pytest.approx((36 / 880, 36 / 880))
    assert (row["crowded"], row["unmeasured"]) == (None, "crowded")


def test_a_crowd_is_everybody_of_its_quarter_hour(past, shop):
    places = list(shop.status().places)
    places[1] = msgspec.structs.replace(places[1], area_m2=10.0)
    past.hub.take(shop.raw(shop.status(past.at(DAY, 0) - 80 * 86_400, places=tuple(places)), "status"))
    visitors(past)
    said = []
    for n in range(11 * 4):
        end = past.at(DAY, 9) + 900 * (n + 1)
        said.append(
            shop.load(end, place="centre", mean=8.0 if n < 2 else 5.0, joined=None, served=None, abandoned=None)
        )
    past.hub.take(*(shop.raw(shop.window(v.start.timestamp() + 900, v)) for v in said), at=past.at(DAY, 23) + 21_600)
    (row,) = past.ask("bad_moments", **ONE)
    assert row["crowded"] == pytest.approx(40 / 880), "8 people on 10 m2 are more than 0.72 a square metre"
    assert row["unmeasured"] == "late,unserved"


def test_a_wait_window_of_an_hour_is_spread_over_its_quarters(past, shop):
    visitors(past)
    past.queue(DAY, range(9, 20), None, joined=8, served=8, abandoned=0)
    ends = [past.at(DAY, hour) + 3600 for hour in range(9, 20)]
    stats = [shop.stat(end, {12: 8}, 3600) for end in ends]
    past.hub.take(
        *(shop.raw(shop.window(e, s)) for e, s in zip(ends, stats, strict=True)), at=past.at(DAY, 23) + 21_600
    )
    (row,) = past.ask("bad_moments", **ONE)
    assert (row["late"], row["coverage"]) == (pytest.approx(88 / 880), 1)


def test_quarters_that_were_not_measured_are_in_no_share(past):
    visitors(past)
    past.queue(DAY, range(9, 14), {12: 8}, joined=8, served=8, abandoned=0)
    (row,) = past.ask("bad_moments", **ONE)
    assert row["coverage"] == pytest.approx(5 / 11)
    assert (row["visitors"], row["late"]) == (400, pytest.approx(160 / 400))


def test_a_dead_door_says_nothing_of_anybody(past):
    visitors(past, DAY - timedelta(days=1))
    past.queue(DAY, range(9, 20), {12: 8}, joined=8, served=8, abandoned=0)
    (row,) = past.ask("bad_moments", **ONE)
    assert (row["visitors"], row["late"], row["coverage"]) == (None, None, 0)


def test_an_empty_shop_and_a_day_that_lasts(past):
    (row,) = past.ask("bad_moments", **ONE)
    assert (row["visitors"], row["coverage"], row["unmeasured"]) == (None, 0, "late,unserved,crowded")
    assert past.ask("bad_moments", start="2026-06-10T00:00:00Z", end="2026-06-11T00:00:00Z") == []


@pytest.mark.parametrize("day", [date(2026, 10, 24), date(2026, 10, 25), date(2026, 3, 28), date(2026, 3, 29)])
def test_days_around_the_clocks_change_are_whole(past, day):
    visitors(past, day)
    past.queue(day, range(9, 20), {12: 8}, joined=8, served=8, abandoned=0)
    given = {"start": f"{day}T00:00:00Z", "end": f"{day + timedelta(days=1)}T00:00:00Z"}
    (row,) = past.ask("bad_moments", at=past.at(day, 23) + 6 * 3600, **given)
    assert (row["visitors"], row["coverage"], row["late"]) == (880, 1, pytest.approx(352 / 880))
