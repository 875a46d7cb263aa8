"""The question `anomalies`: a planted fault is found and placed, an event is shared."""

from datetime import UTC, date, datetime, timedelta

import msgspec
import numpy as np
import pytest

DAY = date(2026, 6, 10)
WEEK = {"start": "2026-06-04T00:00:00Z", "end": "2026-06-11T00:00:00Z"}


def usual(day, hour):
    """A shop's hours with the scatter of counts, the same at every run."""
    if not 8 <= hour < 21:
        return 0
    level = 120 + 60 * np.sin((hour - 8) / 13 * np.pi) + 40 * (day.weekday() == 5)
    return int(np.random.default_rng([day.toordinal(), hour]).poisson(level))


def fill(past, people=usual, shop=None, place="door"):
    """84 days through one door."""
    mine = type(past)(past.hub, shop or past.shop)
    if place == "door":
        for n in range(80, -1, -1):
            day = DAY - timedelta(days=n)
            mine.count(day, people, range(24) if n else range(4, 12))
    return mine


def second(past, shop, people):
    """A second door, told window by window."""
    side = type(shop)(device="cam-02", epoch="0000000b")
    door = msgspec.structs.replace(shop.status().places[0], id="side")
    past.hub.take(side.raw(side.status(past.at(DAY, 8) - 90 * 86_400, places=(door,)), "status"))
    for n in range(80, -1, -1):
        day, raw = DAY - timedelta(days=n), []
        for hour in range(24) if n else range(4, 12):
            told = people(day, hour)
            for part in range(12):
                end = past.at(day, hour) + 300 * (part + 1)
                raw.append(side.raw(side.window(end, side.count(end, 0 if part else told, 0, place="side"))))
        past.hub.take(*raw, at=past.at(day, 23) + 6 * 3600)


def test_a_quiet_history_has_no_strange_hours_and_the_rest_of_today_is_not_missing(past):
    fill(past)
    assert past.ask("anomalies", **WEEK) == []


def test_a_dead_sensor_is_missing_up_to_now(past):
    fill(past, lambda day, hour: None if (day, hour) >= (DAY, 9) and hour >= 9 else usual(day, hour))
    (row,) = past.ask("anomalies", **WEEK)
    assert (row["place"], row["kind"], row["shared"]) == ("door", "missing", None)
    assert row["start"] == datetime(2026, 6, 10, 7, tzinfo=UTC)
    assert row["end"] <= datetime(2026, 6, 10, 10, tzinfo=UTC)


def test_half_the_counts_of_one_door_is_its_sensor(past, shop):
    second(past, shop, usual)
    fill(past, lambda day, hour: usual(day, hour) // 4 if day == date(2026, 6, 8) else usual(day, hour))
    (row,) = past.ask("anomalies", **WEEK)
    assert (row["place"], row["kind"], row["shared"]) == ("door", "low", False)
    assert row["ratio"] == pytest.approx(0.25, abs=0.05)
    assert row["start"] >= datetime(2026, 6, 8, 2, tzinfo=UTC)
    assert row["end"] <= datetime(2026, 6, 9, 2, tzinfo=UTC)


def test_what_both_doors_saw_was_the_day(past, shop):
    def feast(day, hour):
        return usual(day, hour) * (3 if day == date(2026, 6, 8) else 1)

    second(past, shop, feast)
    fill(past, feast)
    rows = past.ask("anomalies", **WEEK)
    assert {(row["place"], row["kind"], row["shared"]) for row in rows} == {
        ("door", "high", True),
        ("side", "high", True),
    }


def test_the_first_days_are_only_learned_from(past):
    for n in range(15, 0, -1):
        past.count(DAY - timedelta(days=n), lambda day, hour: None if hour > 12 else usual(day, hour))
    assert past.ask("anomalies", **WEEK) == []


def test_without_doors_and_in_the_future_there_is_nothing(past):
    assert past.ask("anomalies", **WEEK) == []
    assert past.ask("anomalies", start="2026-08-01T00:00:00Z", end="2026-08-02T00:00:00Z") == []


@pytest.mark.parametrize("month", [3, 10])
def test_the_clocks_change_is_nothing_strange(past, month):
    """A week over each change, from the history before it."""
    last = date(2026, month, 31)
    for n in range(60, -1, -1):
        past.count(last - timedelta(days=n), usual)
    given = {"start": f"2026-{month:02}-23T00:00:00Z", "end": f"2026-{month:02}-31T22:00:00Z"}
    assert past.ask("anomalies", at=past.at(last, 23) + 3 * 3600, **given) == []
