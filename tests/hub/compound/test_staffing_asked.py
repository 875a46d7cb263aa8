"""The question `staffing`: need from forecast and Erlang C beside the roster, and what it says without a part."""

from datetime import UTC, date, datetime, timedelta

import msgspec
import pytest

from hub.insight.staffing import tills_needed

DAY = date(2026, 6, 10)
OPEN = range(9, 20)


def fill(past, days, waits, **load):
    """`days` days before DAY with 4 x 15 people an hour at the queue, twice as many at noon."""
    for n in range(days, 0, -1):
        day = DAY - timedelta(days=n)
        past.count(day, lambda day, hour: 100 if 9 <= hour < 20 else 0)
        for hours, joined in ((range(4, 9), 0), (range(9, 12), 15), (range(12, 13), 30), (range(13, 20), 15)):
            told = waits if joined else None
            past.queue(day, hours, told, joined=joined, served=joined, tills_open=2.0 if joined else 0.0, **load)


def row(rows, day, hour):
    return next(row for row in rows if row["day"] == day and row["hour"] == hour)


def test_the_need_is_what_erlang_says_of_what_comes(past):
    fill(past, 60, {3: 10, 9: 5}, abandoned=0)
    rows = past.ask("staffing", day="2026-06-10")
    assert len(rows) == 7 * 11
    noon, three = row(rows, DAY, 12), row(rows, DAY, 15)
    assert noon["arrivals"] == pytest.approx(120)
    assert three["arrivals"] == pytest.approx(60)
    assert noon["service_s"] == 60, "every service of the fixture is a minute in the sum of its window"
    assert (noon["promise_s"], noon["level"], noon["usual_open"], noon["reason"]) == (180, 0.9, 2, None)
    assert noon["need"] == tills_needed(120, 60, 180) == 3
    assert three["need"] == tills_needed(60, 60, 180) == 2
    assert noon["need_high"] >= noon["need"]
    assert noon["planned"] is None


def test_the_roster_stands_beside_it(past):
    at = datetime(2026, 6, 11, 10, tzinfo=UTC)
    with past.hub.store.write() as connection:
        connection.execute(
            "INSERT INTO sale (site, hour_at, planned_hours, source) VALUES ('s001', $at, 4.5, 'roster')", {"at": at}
        )
    rows = past.ask("staffing", day="2026-06-10")
    assert row(rows, date(2026, 6, 11), 12)["planned"] == 4.5
    assert row(rows, date(2026, 6, 11), 13)["planned"] is None


def test_an_empty_shop_says_why(past):
    rows = past.ask("staffing", day="2026-06-10")
    assert len(rows) == 7 * 11
    assert {row["reason"] for row in rows} == {"no queue counted on 14 days before"}
    assert {row["need"] for row in rows} == {None}


def test_without_a_promise_there_is_no_need(past, shop):
    fill(past, 15, {3: 10}, abandoned=0)
    places = [msgspec.structs.replace(place, promise_s=None) for place in shop.status().places]
    past.hub.take(shop.raw(shop.status(past.at(DAY, 8), places=tuple(places)), "status"))
    found = row(past.ask("staffing", day="2026-06-10"), DAY, 12)
    assert (found["need"], found["reason"]) == (None, "no promise in the plan")
    assert found["arrivals"] == pytest.approx(120)


def test_without_measured_services_there_is_no_need(past):
    fill(past, 15, None, abandoned=0)
    found = row(past.ask("staffing", day="2026-06-10"), DAY, 12)
    assert (found["need"], found["reason"]) == (None, "fewer than 30 services measured")


def test_a_new_queue_takes_its_share_of_the_visitors(past):
    """Ten days of a queue beside sixty of the door: 60 of 100 visitors queue, and 120 at noon."""
    for n in range(60, 10, -1):
        past.count(DAY - timedelta(days=n), lambda day, hour: 100 if 9 <= hour < 20 else 0)
    fill(past, 10, {3: 10}, abandoned=0)
    found = row(past.ask("staffing", day="2026-06-10"), DAY, 15)
    assert found["arrivals"] == pytest.approx(100 * (10 * 60 + 120) / 1100)
    assert found["need"] == tills_needed(found["arrivals"], 60, 180)


def test_an_hour_that_a_queue_was_not_looked_at_is_not_quiet(past):
    fill(past, 30, {3: 10}, abandoned=0)
    with past.hub.store.write() as connection:
        connection.execute("UPDATE value_load SET observed_s = 0, joined = NULL WHERE day >= DATE '2026-06-03'")
    assert row(past.ask("staffing", day="2026-06-10"), DAY, 12)["arrivals"] == pytest.approx(120)


def test_far_ahead_is_not_told(past):
    assert past.ask("staffing", day="2026-06-25")[0]["reason"] == "more than 14 days ahead"


def test_the_day_of_the_clocks_change_has_its_open_hours(past):
    rows = past.ask("staffing", at=past.at(date(2026, 10, 24), 12), day="2026-10-24")
    assert [one["hour"] for one in rows if one["day"] == date(2026, 10, 25)] == list(OPEN)


def test_it_has_the_same_columns_with_and_without_data(past):
    empty = past.table("staffing", day="2026-06-10").schema
    fill(past, 15, {3: 10}, abandoned=0)
    assert past.table("staffing", day="2026-06-10").schema == empty
