"""The question `brief` over a shop in the database: silence when all is as ever, and what is said when it is not."""

from datetime import date, timedelta

import numpy as np
import pytest

from hub.serve.access import Access, Grant
from hub.serve.desk import Desk
from hub.serve.live import Board

DAY = date(2026, 6, 10)
YESTERDAY = date(2026, 6, 9)
WEEKS = 13


def chance(day, hour, what):
    return np.random.default_rng([day.toordinal(), hour, what])


def people(day, hour):
    """A shop's hours, the same at every run: its days scatter by 6 %, its hours as counts do."""
    if not 9 <= hour < 20:
        return 0
    return int(chance(day, hour, 1).poisson(60 * np.exp(chance(day, 0, 0).normal(0, 0.06))))


def tills(day, hour):
    """Waits in a quarter hour (bin 8 is 60 to 90 s, bin 12 300 to 420 s; the promise is 180 s), joined, gave up."""
    late = int(chance(day, hour, 2).binomial(12, 0.08))
    return {8: 12 - late, 12: late}, {
        "joined": 15,
        "served": 14,
        "abandoned": int(chance(day, hour, 3).binomial(1, 0.3)),
    }


def fill(past, people=people, tills=tills, days=7 * WEEKS):
    for n in range(days, 0, -1):
        day = DAY - timedelta(days=n)
        past.count(day, people)
        past.queues(day, range(9, 20), tills)


def said(rows, span="day"):
    return [(row["code"], row["place"]) for row in rows if row["span"] == span]


def test_nothing_is_said_of_a_day_like_the_others(past):
    fill(past)
    assert past.ask("brief", day="2026-06-09") == []


def test_what_happened_yesterday_is_said_with_its_figures(past):
    def fewer(day, hour):
        return people(day, hour) // (2 if day == YESTERDAY else 1)

    def slower(day, hour):
        waits, load = tills(day, hour)
        return ({8: 7, 12: 5}, load | {"abandoned": 4}) if day == YESTERDAY else (waits, load)

    fill(past, fewer, slower)
    rows = past.ask("brief", day="2026-06-09")
    assert set(said(rows)) == {("visitors_low", None), ("waits_late", "till_a"), ("abandoned", "till_a")}
    assert [row["rank"] for row in rows if row["span"] == "day"] == [1, 2, 3]
    assert set(said(rows, "week")) <= {("waits_late", "till_a"), ("abandoned", "till_a")}
    low = next(row for row in rows if row["code"] == "visitors_low")
    assert (low["unit"], low["try"], low["evidence"]) == ("ratio", "look_at_door", "now")
    assert low["effect"] == pytest.approx(0.5, abs=0.06)
    assert low["low"] < low["effect"] < low["high"] < 1
    assert 0.95 <= low["certainty"] <= 1
    assert low["coverage"] == pytest.approx(1)
    assert (low["start"].timestamp(), low["end"].timestamp()) == (past.at(YESTERDAY, 4), past.at(DAY, 4))
    late = next(row for row in rows if row["code"] == "waits_late")
    assert late["effect"] == pytest.approx(7 / 12 - 0.92, abs=0.03)
    assert late["n"] == 12 * 44


def test_a_day_that_lasts_and_one_before_everything_say_nothing(past):
    fill(past, days=2)
    for day in ("2026-06-10", "2026-06-09", "2026-01-01", "2027-01-01"):
        assert past.ask("brief", day=day) == []


def test_an_empty_shop_says_nothing(past):
    assert past.ask("brief", day="2026-06-09") == []


def test_a_dead_sensor_is_the_finding_and_not_the_visitors(past):
    def dead(day, hour):
        return None if day == YESTERDAY and hour >= 11 else people(day, hour)

    fill(past, dead)
    rows = past.ask("brief", day="2026-06-09")
    assert set(said(rows)) == {("sensor_fault", "door"), ("coverage_lost", "door")}
    lost = next(row for row in rows if row["code"] == "coverage_lost")
    assert lost["effect"] == pytest.approx(2 / 11 - 1)
    assert (lost["coverage"], lost["usual"], lost["certainty"]) == (pytest.approx(2 / 11), 1, 1)


def test_the_score_against_the_four_weeks_before(past):
    with past.hub.store.write() as connection:
        for n in range(1, 40):
            day = DAY - timedelta(days=n)
            for i in range(12):
                nps = (10, 9, 8, 9)[i % 4] if n > 7 else (3, 4, 8, 9)[i % 4]
                connection.execute(
                    "INSERT INTO answer (source, id, site, day, channel, nps) VALUES ('x', ?, 's001', ?, 'qr', ?)",
                    [f"{n}.{i}", day, nps],
                )
    rows = past.ask("brief", day="2026-06-09")
    assert said(rows, "week") == [("score_down", None)]
    (row,) = rows
    assert row["effect"] == pytest.approx((25 - 50) - 75)
    assert (row["usual"], row["n"], row["unit"]) == (pytest.approx(75), 84, "points")
    assert row["low"] < -100 < row["high"] < 0


def test_a_theme_that_rises(past):
    with past.hub.store.write() as connection:
        for n in range(1, 40):
            for i in range(12):
                said_so = "the queue was slow" if i < (6 if n <= 7 else 1) else "all well"
                connection.execute(
                    "INSERT INTO answer (source, id, site, day, channel, comment) "
                    "VALUES ('x', ?, 's001', ?, 'qr', ?)",
                    [f"{n}.{i}", DAY - timedelta(days=n), said_so],
                )
    (row,) = past.ask("brief", day="2026-06-09")
    assert (row["span"], row["code"], row["place"]) == ("week", "theme_up", "waiting")
    assert (row["effect"], row["usual"]) == (pytest.approx(0.5 - 1 / 12), pytest.approx(1 / 12))


def test_an_hour_short_of_tills_names_its_next_day(past):
    """Every Saturday at noon half of the waits are late, one till is open, and 120 people an hour come."""

    def short(day, hour):
        waits, load = tills(day, hour)
        if day.weekday() == 5 and hour == 12:
            return {8: 6, 12: 6}, load | {"joined": 30, "served": 30}
        return waits, load

    fill(past, tills=short)
    rows = past.ask("brief", day="2026-06-09")
    assert said(rows, "week") == [("understaffed", None)]
    (row,) = rows
    assert row["start"].timestamp() == past.at(date(2026, 6, 13), 12)
    assert row["effect"] == pytest.approx(0.5 - 0.9)


def test_days_of_the_clocks_change_are_days(past):
    last = date(2026, 10, 25)
    for n in range(60, -1, -1):
        past.count(last - timedelta(days=n), people)
    assert past.ask("brief", at=past.at(last, 23) + 6 * 3600, day="2026-10-25") == []


def test_it_is_given_again_for_ten_minutes(hub, past, tmp_path):
    """Another half day of counts changes nothing within that time, and no other reader's answer is given."""
    at = [past.at(DAY, 12)]
    desk = Desk(hub.store, Access(tmp_path / "tokens.json"), Board(), clock=lambda: at[0])
    given, mine = [("site", "s001"), ("day", "2026-06-09")], Grant("a", frozenset({"s001"}))
    first = desk.answer(mine, "brief", given)
    assert desk.answer(Grant("b", frozenset({"s001"})), "brief", given) is first
    at[0] += 600
    assert desk.answer(mine, "brief", given) is not first
