"""The question `health_days` by hand: imbalance of a line, drift of the shop, and a day that lasts."""

from datetime import date, timedelta

import msgspec
import pytest

DAY = date(2026, 6, 10)
WEEK = {"start": "2026-06-07T04:00:00+02:00", "end": "2026-06-11T04:00:00+02:00"}


def whole(past, shop, day, entries, exits, place="door", **other):
    """A day of 288 windows; all people in the one at noon."""
    start, raw = past.at(day, 4), []
    for n in range(288):
        told = (entries, exits) if n == 96 else (0, 0)
        end = start + 300 * (n + 1)
        raw.append(shop.raw(shop.window(end, shop.count(end, *told, place=place, **other))))
    past.hub.take(*raw, at=start + 90_000)


def test_imbalance_and_drift_by_hand(past, shop):
    side = type(shop)(device="cam-02", epoch="0000000b")
    door = msgspec.structs.replace(shop.status().places[0], id="side")
    past.hub.take(side.raw(side.status(past.at(DAY, 8) - 90 * 86_400, places=(door,)), "status"))
    day = date(2026, 6, 8)
    whole(past, shop, day, 100, 80)
    whole(past, side, day, 40, 50, place="side")
    rows = past.ask("health_days", **WEEK)
    assert [(row["device"], row["place"], row["day"]) for row in rows[:2]] == [
        ("cam-01", "door", day),
        ("cam-02", "side", day),
    ]
    assert [row["imbalance"] for row in rows[:2]] == pytest.approx([0.2, -0.2])
    assert [row["drift"] for row in rows[:2]] == [10, 10]
    assert [row["coverage"] for row in rows[:2]] == [1, 1]
    assert [(row["entries"], row["exits"]) for row in rows[:2]] == [(100, 80), (40, 50)]


def test_a_dead_sensor_has_a_day_without_numbers(past, shop):
    whole(past, shop, date(2026, 6, 7), 10, 10)
    row = past.ask("health_days", **WEEK)[1]
    assert row["day"] == date(2026, 6, 8)
    assert (row["coverage"], row["entries"], row["imbalance"], row["drift"]) == (0, None, None, None)


def test_the_day_that_lasts_has_no_imbalance(past, shop):
    past.count(DAY, lambda day, hour: 12, range(4, 12))
    row = past.ask("health_days", **WEEK)[-1]
    assert row["day"] == DAY
    assert (row["coverage"], row["entries"], row["imbalance"], row["drift"]) == (1, 96, None, None)


def test_half_a_day_looked_at_has_counts_and_no_verdict(past, shop):
    whole(past, shop, date(2026, 6, 8), 100, 80, observed_s=150)
    row = past.ask("health_days", **WEEK)[0]
    assert (row["coverage"], row["entries"], row["imbalance"], row["drift"]) == (0.5, 100, None, None)


def test_the_first_day_is_due_from_its_first_window_on(past):
    past.count(DAY - timedelta(days=1), lambda day, hour: 12, range(12, 24))
    row = past.ask("health_days", **WEEK)[0]
    assert row["coverage"] == pytest.approx(12 / 16)
    assert row["imbalance"] is None


def test_a_passing_line_has_coverage_only(past, shop):
    street = msgspec.structs.replace(shop.status().places[0], id="street", role="passing")
    past.hub.take(shop.raw(shop.status(past.at(DAY, 0) - 80 * 86_400, places=(street,)), "status"))
    whole(past, shop, date(2026, 6, 8), None, None, place="street", passers=7)
    row = past.ask("health_days", **WEEK)[0]
    assert (row["place"], row["coverage"], row["entries"], row["imbalance"]) == ("street", 1, None, None)


def test_nobody_in_a_whole_day_is_no_imbalance(past, shop):
    whole(past, shop, date(2026, 6, 8), 0, 0)
    assert past.ask("health_days", **WEEK)[0]["imbalance"] == 0


def test_without_lines_there_are_no_rows(past):
    assert past.ask("health_days", **WEEK) == []


@pytest.mark.parametrize(("day", "windows"), [(date(2026, 10, 24), 300), (date(2026, 3, 28), 276)])
def test_a_day_of_the_clocks_change_is_whole(past, shop, day, windows):
    start = past.at(day, 4)
    ends = [start + 300 * (n + 1) for n in range(windows)]
    past.hub.take(*(shop.raw(shop.window(end, shop.count(end, 1, 1))) for end in ends), at=ends[-1])
    given = {"start": f"{day}T00:00:00Z", "end": f"{day + timedelta(days=1)}T00:00:00Z"}
    row = past.ask("health_days", at=ends[-1] + 1, **given)[0]
    assert (row["day"], row["coverage"], row["entries"], row["imbalance"]) == (day, 1, windows, 0)
