"""The question `pains` by hand: exposure, severity, evidence, and what has no evidence."""

from datetime import date, timedelta

import numpy as np
import pytest

from edge.values import EDGES_S
from hub.compound.pains import over_min
from hub.compound.windows import Stays
from hub.insight.scores import Z95, nps

DAY = date(2026, 6, 9)
ONE = {"start": "2026-06-09T00:00:00Z", "end": "2026-06-10T00:00:00Z"}
MONTHS = {"start": "2026-04-11T00:00:00Z", "end": "2026-06-10T00:00:00Z"}


def windows(bins, promise):
    """One window of waits."""
    full = np.array([[bins.get(i, 0) for i in range(22)]])
    nothing = np.zeros(1)
    n = np.array([float(full.sum())])
    return Stays(
        np.array(["till"], dtype=object), np.array([0]), nothing, nothing, n, n, full, np.array([promise]), n
    )


def test_how_far_over_the_promise_by_hand():
    """Promise 180 s; 4 waited 240 to 300 s, 2 from 300 to 420 s, the others less."""
    assert EDGES_S[9:13] == (180, 240, 300, 420)
    assert over_min(windows({3: 9, 11: 4, 12: 2}, 180.0)) == pytest.approx((4 * 90 + 2 * 180) / 6 / 60)


def test_of_the_bin_with_the_promise_only_the_part_above_counts():
    assert over_min(windows({11: 4}, 270.0)) == pytest.approx(15 / 60)
    assert over_min(windows({3: 9}, 270.0)) is None
    assert over_min(windows({12: 2}, np.nan)) is None


def test_in_the_open_bin_it_is_at_least():
    assert over_min(windows({21: 3}, 180.0)) == pytest.approx((7200 - 180) / 60)


def test_late_waits_without_evidence_have_no_severity(past):
    past.count(DAY, lambda day, hour: 80 if 9 <= hour < 20 else 0)
    past.queue(DAY, range(9, 20), {3: 4, 12: 2}, joined=8, served=8, abandoned=0)
    rows = past.ask("pains", **ONE)
    assert [(row["stage"], row["what"], row["evidence"]) for row in rows] == [
        ("queue", "late", "none"),
        ("queue", "unserved", "none"),
    ]
    assert rows[0]["exposure"] == pytest.approx(22 / 880), "everybody of the fixture comes in an hour's first quarter"
    assert {row[name] for row in rows for name in ("severity", "low", "high")} == {None}


def test_a_theme_by_its_ratings(past):
    """20 who mention waiting: 5 promoters, 10 detractors; 20 others: 15 promoters, none against."""
    with past.hub.store.write() as connection:
        for i in range(40):
            said, score = ("slow queue", (10, 3, 8, 3)[i % 4]) if i < 20 else ("all well", (10, 8, 9, 10)[i % 4])
            connection.execute(
                "INSERT INTO answer (source, id, site, day, channel, comment, nps) "
                "VALUES ('x', ?, 's001', ?, 'qr', ?, ?)",
                [str(i), DAY, said, score],
            )
    (row,) = past.ask("pains", **ONE)
    assert (row["stage"], row["what"], row["evidence"]) == ("queue", "waiting", "answers")
    assert row["exposure"] == pytest.approx(0.5)
    assert row["severity"] == pytest.approx(-25 - 75)
    ends = [nps(counts)["adj_wald95"] for counts in ({10: 5, 8: 5, 3: 10}, {10: 15, 8: 5})]
    error = sum(((high - low) / 2 / Z95) ** 2 for low, high in ends) ** 0.5
    assert (row["low"], row["high"]) == pytest.approx((-100 - Z95 * error, -100 + Z95 * error))


def test_nine_ratings_are_no_evidence(past):
    with past.hub.store.write() as connection:
        for i in range(29):
            connection.execute(
                "INSERT INTO answer (source, id, site, day, channel, comment, nps) "
                "VALUES ('x', ?, 's001', ?, 'qr', ?, 5)",
                [str(i), DAY, "slow queue" if i < 20 else "all well"],
            )
    assert past.ask("pains", **ONE) == []


def test_a_driver_times_the_minutes_over(past):
    """Waits of an hour are short or long by lot, and who answers after long ones is less pleased."""
    rng, said = np.random.default_rng(2), []
    for n in range(60):
        day = DAY - timedelta(days=n)
        past.count(day, lambda day, hour: 80 if 9 <= hour < 20 else 0)

        def tills(day, hour):
            slow = rng.random() < 0.5
            said.append((day, hour, slow))
            waits = {3: 4, 12: 6} if slow else {3: 10}
            return waits, {"joined": 10, "served": 10, "abandoned": 0}

        past.queues(day, range(9, 20), tills)
    with past.hub.store.write() as connection:
        for i, (day, hour, slow) in enumerate(said):
            connection.execute(
                "INSERT INTO answer (source, id, site, answered_at, channel, lag_from_s, lag_to_s, nps) "
                "VALUES ('x', ?, 's001', to_timestamp(?), 'kiosk', 0, 300, ?)",
                [str(i), past.at(day, hour, 40), 3 if rng.random() < (0.7 if slow else 0.2) else 10],
            )
        connection.execute("UPDATE value_stat SET sum_s = CASE WHEN bins[13] > 0 THEN 10 * 216 ELSE 10 * 18 END")
    span = {"start": MONTHS["start"], "end": MONTHS["end"]}
    late = past.ask("pains", **span)[0]
    driver = next(row for row in past.ask("drivers", **span) if row["condition"] == "wait")
    assert driver["verdict"] == "driver"
    assert (late["what"], late["evidence"]) == ("late", "driver")
    assert late["severity"] == pytest.approx(driver["effect"] * 3), "300 to 420 s are 3 minutes over 180 s"
    assert late["low"] < late["severity"] < late["high"] < 0


def test_an_empty_shop_and_a_dead_sensor_have_no_pains(past):
    assert past.ask("pains", **ONE) == []
    past.count(DAY - timedelta(days=1), lambda day, hour: 12)
    assert past.ask("pains", **ONE) == []


@pytest.mark.parametrize("day", [date(2026, 10, 24), date(2026, 3, 28)])
def test_the_day_of_the_clocks_change(past, day):
    past.count(day, lambda day, hour: 80 if 9 <= hour < 20 else 0)
    past.queue(day, range(9, 20), {12: 5}, joined=8, served=8, abandoned=0)
    given = {"start": f"{day}T00:00:00Z", "end": f"{day + timedelta(days=1)}T00:00:00Z"}
    rows = past.ask("pains", at=past.at(day, 23) + 6 * 3600, **given)
    assert rows[0]["exposure"] == pytest.approx(55 / 880)
