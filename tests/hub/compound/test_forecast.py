"""The question `forecast`: what it says of a shop that is always alike, and when it says why it says nothing."""

import re
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise

import msgspec
import pytest

from hub.compound import free_days
from hub.sites import Site

DAY = date(2026, 6, 10)
FIRST = DAY - timedelta(days=120)


def always(day, hour):
    """Ten people at each hour, twenty on Saturdays, plus the hour."""
    return 10 + hour + 10 * (day.weekday() == 5)


def told(rows, day, hour):
    return next(row for row in rows if row["day"] == day and row["hour"] == hour)


def fill(past, days, people=always):
    for n in range(days, 0, -1):
        past.count(DAY - timedelta(days=n), people)


def test_a_shop_that_is_always_alike_is_foretold(past):
    fill(past, 90)
    rows = past.ask("forecast", day="2026-06-10")
    assert len(rows) == 8 * 24
    assert [row["hour"] for row in rows[:3]] == [4, 5, 6], "a business day begins at 04:00"
    saturday = told(rows, date(2026, 6, 13), 12)
    assert (saturday["low"], saturday["middle"], saturday["high"]) == pytest.approx((32, 32, 32))
    assert saturday["error"] == pytest.approx(0)
    assert saturday["reason"] is None
    assert saturday["start"] == datetime(2026, 6, 13, 10, tzinfo=UTC)


def test_the_hours_of_today_that_are_over_are_seen_and_change_nothing(past):
    fill(past, 90)
    before = past.ask("forecast", day="2026-06-10")
    past.count(DAY, lambda day, hour: 500, range(4, 12))
    rows = past.ask("forecast", day="2026-06-10")
    assert [row["seen"] for row in rows[:10]] == [500] * 8 + [None] * 2
    assert [row["middle"] for row in rows] == [row["middle"] for row in before]


def test_an_hour_half_looked_at_is_not_seen(past, shop):
    fill(past, 15)
    end = past.at(DAY, 9) + 300
    past.hub.take(shop.raw(shop.window(end, shop.count(end, 7))))
    assert told(past.ask("forecast", day="2026-06-10"), DAY, 9)["seen"] is None


@pytest.mark.parametrize(
    ("days", "why"), [(0, "fewer than 14 days"), (1, "fewer than 14 days"), (13, "fewer than 14 days")]
)
def test_the_first_two_weeks_say_why_they_say_nothing(past, days, why):
    fill(past, days)
    rows = past.ask("forecast", day="2026-06-10")
    assert len(rows) == 8 * 24
    assert all(why in row["reason"] for row in rows)
    assert {row[name] for row in rows for name in ("low", "middle", "high", "error", "seen")} == {None}


def test_before_the_sixth_week_there_is_no_band(past):
    fill(past, 15)
    row = past.ask("forecast", day="2026-06-10")[0]
    assert (row["low"], row["middle"], row["reason"]) == (None, 14, "too few weeks for a band")


def test_a_sensor_that_was_dead_on_some_days_does_not_make_them_quiet(past):
    fill(past, 90, lambda day, hour: None if day.day in (3, 12, 21, 22) else always(day, hour))
    assert told(past.ask("forecast", day="2026-06-10"), DAY, 12)["middle"] == pytest.approx(22)


def test_an_hour_that_nobody_ever_looks_at_has_no_forecast(past):
    fill(past, 60, lambda day, hour: None if hour < 6 else always(day, hour))
    rows = past.ask("forecast", day="2026-06-10")
    assert told(rows, DAY, 5)["middle"] is None
    assert told(rows, DAY, 5)["reason"] == "never counted at this hour of this weekday"
    assert told(rows, DAY, 6)["middle"] == pytest.approx(16)


def test_what_is_far_ahead_is_not_foretold(past):
    fill(past, 30)
    assert past.ask("forecast", day="2026-06-30")[0]["reason"] is None
    assert past.ask("forecast", day="2026-07-01")[0]["reason"] == "more than 20 days ahead"


@pytest.mark.parametrize(("day", "hours"), [(date(2026, 10, 24), 25), (date(2026, 3, 28), 23)])
def test_the_day_of_the_clocks_change_has_its_hours(past, day, hours):
    at = past.at(day, 12)
    rows = [row for row in past.ask("forecast", at=at, day=day.isoformat()) if row["day"] == day]
    assert len(rows) == hours
    assert all(row["end"] - row["start"] == timedelta(hours=1) for row in rows)
    assert all(one["end"] == other["start"] for one, other in pairwise(rows))


def test_public_holidays_are_those_of_the_sites_country(hub, past):
    """Corpus Christi, 2026-06-04, and all holidays of the spring are like Sundays: closed."""
    home = hub.store.sites["s001"]
    there = msgspec.structs.replace(home, country="DE", subdivision="BY")
    off = free_days.free_days(there, FIRST, DAY)
    assert date(2026, 6, 4) in off
    fill(past, 90, lambda day, hour: 0 if day in off or day.weekday() == 6 else 30)
    at = past.at(date(2026, 5, 28), 12)
    hub.store.sites["s001"] = there
    rows = past.ask("forecast", at=at, day="2026-05-28")
    assert told(rows, date(2026, 6, 4), 12)["middle"] == 0
    assert told(rows, date(2026, 5, 29), 12)["middle"] == pytest.approx(30)
    hub.store.sites["s001"] = home
    assert told(past.ask("forecast", at=at, day="2026-05-28"), date(2026, 6, 4), 12)["middle"] > 20


def site(**other):
    return Site(id="s001", name="x", timezone="Europe/Berlin", **other)


@pytest.mark.parametrize(
    ("wrong", "fault"),
    [
        (site(country="ZZ"), r"sites\[1\].country: not an ISO"),
        (site(country="DE", subdivision="XX"), r"sites\[1\].subdivision: not the ISO"),
        (site(subdivision="BE"), r"sites\[1\].subdivision: needs country"),
    ],
)
def test_a_country_that_is_not_known_is_named_by_its_key(wrong, fault):
    assert re.match(fault, free_days.complaint([site(country="NZ", subdivision="AUK"), wrong]))
    assert free_days.free_days(wrong, FIRST, DAY) == frozenset()


def test_a_site_without_a_country_has_no_holidays():
    assert free_days.complaint([site()]) is None
    assert free_days.free_days(site(), date(2026, 1, 1), date(2026, 12, 31)) == frozenset()
