"""The question `queue_grid` against sums by hand; and what is not known stays unknown."""

from datetime import UTC, date, datetime, timedelta

import pytest

from hub.insight.durations import wilson

DAY = date(2026, 6, 10)
NOON = datetime(2026, 6, 10, 10, tzinfo=UTC)


def span(first, last):
    """Business days [first, last) in Berlin as parameters."""
    return {"start": f"{first}T04:00:00+02:00", "end": f"{last}T04:00:00+02:00"}


WEEK = span("2026-06-03", "2026-06-10")


def cell(rows, weekday, hour):
    return next((row for row in rows if (row["weekday"], row["hour"]) == (weekday, hour)), None)


def test_sums_of_two_tuesdays_by_hand(past):
    for day in (date(2026, 6, 2), date(2026, 6, 9)):
        past.queue(day, range(11, 12), {3: 6, 12: 2}, joined=10, served=8, abandoned=1, tills_open=1.5)
    rows = past.ask("queue_grid", **span("2026-05-27", "2026-06-10"))
    found = cell(rows, 1, 11)
    assert (found["n"], found["joined"], found["served"]) == (64, 80, 64)
    assert found["within"] == pytest.approx(0.75), (
        "6 of 8 waited 15 to 20 s, 2 of 8 300 to 420 s; the promise is 180 s"
    )
    assert (found["within_low"], found["within_high"]) == pytest.approx(wilson(0.75, 64))
    assert found["abandoned"] == pytest.approx(8 / 80)
    assert (found["abandoned_low"], found["abandoned_high"]) == pytest.approx(wilson(0.1, 80))
    assert found["p50_s"] == pytest.approx(15 + 32 / 48 * 5)
    assert (found["tills_open"], found["coverage"]) == (1.5, 1.0)


def test_an_open_hour_that_nobody_looked_at_is_there_and_empty(past):
    past.queue(date(2026, 6, 3), range(9, 20), {3: 6}, joined=10, served=8, abandoned=1)
    rows = past.ask("queue_grid", **WEEK)
    silent = cell(rows, 3, 15)
    assert silent["coverage"] == 0
    names = ("n", "p50_s", "within", "joined", "served", "abandoned", "abandoned_low", "tills_open")
    assert {silent[name] for name in names} == {None}


def test_half_of_two_weeks_is_half_the_coverage(past):
    past.queue(date(2026, 6, 2), range(9, 20), {3: 6})
    assert cell(past.ask("queue_grid", **span("2026-05-27", "2026-06-10")), 1, 9)["coverage"] == pytest.approx(0.5)


def test_hours_before_the_first_window_are_not_missed(past):
    past.queue(date(2026, 6, 9), range(14, 15), {3: 6})
    rows = past.ask("queue_grid", **WEEK)
    assert [(row["weekday"], row["hour"]) for row in rows] == [(1, hour) for hour in range(14, 20)]


def test_withheld_waits_count_for_nobody(past):
    past.queue(date(2026, 6, 9), range(14, 15), None, joined=3, served=2, abandoned=0)
    found = cell(past.ask("queue_grid", **WEEK), 1, 14)
    assert (found["n"], found["p90_s"], found["within"], found["served"]) == (None, None, None, 8)


def test_a_window_over_the_night_belongs_to_no_hour(past, shop):
    end = past.at(date(2026, 6, 9), 10)
    past.hub.take(shop.raw(shop.window(end, shop.stat(end, {3: 6}, 14 * 3600), shop.load(end))))
    assert {row["n"] for row in past.ask("queue_grid", **WEEK)} == {None}


def test_a_closed_hour_in_which_nobody_came_is_no_row(past):
    past.queue(date(2026, 6, 9), range(7, 9), None, joined=0, served=0, abandoned=0)
    past.queue(date(2026, 6, 9), range(20, 21), {3: 6}, joined=7)
    hours = [row["hour"] for row in past.ask("queue_grid", **WEEK)]
    assert hours == list(range(9, 21)), "the hour after closing has people, the ones before opening have none"


def test_no_queue_no_rows(past):
    assert past.ask("queue_grid", **WEEK) == []
    assert past.ask("queue_grid", at=NOON.timestamp(), **span("2026-07-01", "2026-07-08")) == []


@pytest.mark.parametrize(("day", "hours"), [(date(2026, 10, 25), 25), (date(2026, 3, 29), 23)])
def test_a_day_of_the_clocks_change_is_counted_once(past, day, hours):
    past.queue(day, range(9, 20), {3: 6}, joined=1)
    begin = (day - timedelta(days=1)).isoformat()
    rows = past.ask("queue_grid", at=past.at(day, 23), **span(begin, day + timedelta(days=2)))
    mine = [row for row in rows if row["weekday"] == 6]
    assert [row["hour"] for row in mine] == list(range(9, 20))
    assert {row["joined"] for row in mine} == {4}
    assert {row["coverage"] for row in mine} == {1.0}
