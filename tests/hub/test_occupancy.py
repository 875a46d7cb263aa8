"""People in the store from the doors: hand-computed days, closing, gaps, and days of 23 and 25 hours."""

from datetime import UTC, date, datetime, timedelta

import msgspec
import pytest

from hub.serve import questions
from hub.sites import day_span

DAY = date(2026, 6, 9)  # opens at 9:00 and closes at 20:00 in Berlin, ends at 4:00 of the 10th
QUARTER = 900


def noted(hub, shop, rows, day=DAY, start_hour=10.0, site="s001"):
    """Quarter hours of (entries, exits) from an hour of the day on; None where nobody looked."""
    first = int(day_span(hub.store.sites[site], day)[0] + (start_hour - 4) * 3600)
    hub.take(shop.raw(shop.status(), "status"))
    for n, row in enumerate(rows):
        for part in range(3):  # windows of five minutes: all of the quarter in the first
            end = first + QUARTER * n + 300 * (part + 1)
            entries, exits = (None, None) if row is None else row if part == 0 else (0, 0)
            looked = 0 if row is None else 300
            hub.take(shop.raw(shop.window(end, shop.count(end, entries, exits, observed_s=looked))), at=end)


def asked(hub, day=DAY, days=1, at=None, site="s001"):
    """The answer for business days, asked long after them unless `at` says when."""
    start, _ = day_span(hub.store.sites[site], day)
    _, end = day_span(hub.store.sites[site], day + timedelta(days=days - 1))
    given = {"site": site} | {
        k: datetime.fromtimestamp(t, UTC).isoformat() for k, t in (("start", start), ("end", end))
    }
    values, found = questions.parse("occupancy", list(given.items())), hub.store.sites[site]
    bound = questions.bound(values, found, end + 3600 if at is None else at)
    return hub.store.ask("occupancy", bound, questions.calendar("occupancy", found, values)).to_pylist()


def column(rows, name, n=None):
    return [row[name] for row in rows][:n]


def test_the_drift_is_spread_over_the_traffic_and_the_shop_ends_empty(hub, shop):
    # inside 10 14 14 6 6; traffic 10 20 28 40 40 of 40; drift 6 -> taken off 1.5 3 4.2 6 6; a half counts as one
    noted(hub, shop, [(10, 0), (7, 3), (4, 4), (2, 10), (0, 0)])
    rows = asked(hub)
    assert column(rows, "people", 5) == [9, 11, 10, 0, 0]
    assert {(row["corrected"], row["drift"]) for row in rows} == {(True, 6)}
    assert rows[0]["minute"] == 600
    assert rows[0]["start"] == datetime(2026, 6, 9, 8, tzinfo=UTC)
    visitors = hub.rows("SELECT CAST(sum(entries) AS BIGINT) AS n FROM count_15")
    assert visitors == [{"n": 23}], "entries stay as they were counted"


def test_exits_too_many_lift_the_curve_and_it_is_never_below_zero(hub, shop):
    # inside 0-4=-4, 6, -6; traffic 4 14 26; drift -6 -> 3, 9 and 0
    noted(hub, shop, [(0, 4), (10, 0), (0, 12)])
    assert column(asked(hub), "people", 3) == [0, 9, 0]
    assert asked(hub)[0]["drift"] == -6


def test_a_day_that_lasts_is_raw_and_says_how_far_the_last_days_were_off(hub, shop):
    for back, left in ((4, 0), (3, 2), (2, 9), (1, 4)):
        traffic = [(0, 0)] if not left else [(20, 20 - left)]
        noted(hub, shop, traffic, DAY - timedelta(days=back))
    noted(hub, shop, [(0, 5), (10, 2), (0, 3)])
    noon = day_span(hub.store.sites["s001"], DAY)[0] + 6.75 * 3600 + 60
    rows = asked(hub, at=noon)
    # -5 shows five who were not counted coming in: 0, 8, 5.
    assert column(rows[-3:], "people") == [0, 8, 5]
    assert {(row["corrected"], row["drift"], row["usual_drift"]) for row in rows} == {(False, None, 4.0)}
    assert asked(hub, DAY - timedelta(days=4))[0]["usual_drift"] is None


def test_a_quarter_hour_nobody_measured_is_no_number(hub, shop):
    noted(hub, shop, [(10, 0), None, (0, 10)])
    rows = asked(hub)
    assert column(rows, "people", 3) == [10, None, 0]
    assert column(rows, "coverage", 3) == [1, 0, 1]
    assert {row["people"] for row in rows[3:]} == {None}, "the evening was not measured"


def test_with_one_of_two_doors_dead_nobody_knows(hub, shop):
    side = type(shop)(device="cam-02", epoch="0000000b")
    hub.take(side.raw(side.status(places=(msgspec.structs.replace(side.status().places[0], id="side"),)), "status"))
    noted(hub, shop, [(10, 0), (0, 4), (0, 6)])
    first = int(day_span(hub.store.sites["s001"], DAY)[0]) + 6 * 3600
    for end in (first + 300, first + 2100):
        hub.take(side.raw(side.window(end, side.count(end, 2, 2, place="side"))), at=end)
    rows = asked(hub)
    assert column(rows, "people", 3) == [10, None, 0]
    assert rows[1]["coverage"] == 0.5


def test_each_day_begins_with_nobody(hub, shop):
    noted(hub, shop, [(10, 4)], DAY - timedelta(days=1))
    noted(hub, shop, [(3, 0), (0, 3)])
    rows = [row for row in asked(hub, DAY - timedelta(days=1), days=2) if row["people"] is not None]
    assert [(row["people"], row["drift"]) for row in rows] == [(0, 6), (3, 0), (0, 0)]


def test_a_shop_that_never_closes_is_never_known_to_be_empty(hub, shop):
    hub.store.sites["s001"] = msgspec.structs.replace(hub.store.sites["s001"], opens="04:00", closes="04:00")
    noted(hub, shop, [(10, 4), (0, 4)])
    rows = asked(hub)
    assert column(rows, "people", 2) == [6, 2]
    assert {(row["corrected"], row["drift"]) for row in rows} == {(False, None)}


@pytest.mark.parametrize(("day", "quarters"), [(date(2026, 3, 28), 92), (date(2026, 10, 24), 100)])
def test_days_of_23_and_25_hours(hub, shop, day, quarters):
    noted(hub, shop, [(4, 0)] + [(1, 1)] * (quarters - 2) + [(0, 2)], day, start_hour=4)
    rows = asked(hub, day)
    assert len(rows) == quarters
    assert (rows[0]["people"], rows[-1]["people"], rows[0]["drift"]) == (4, 0, 2)
    assert all(row["corrected"] and row["people"] is not None for row in rows)


def test_part_of_a_day_says_the_same_as_the_whole(hub, shop):
    noted(hub, shop, [(10, 0), (7, 3), (4, 4), (2, 10)])
    whole = asked(hub)
    part = {"site": "s001", "start": whole[1]["start"].isoformat(), "end": whole[3]["start"].isoformat()}
    values, site = questions.parse("occupancy", list(part.items())), hub.store.sites["s001"]
    bound = questions.bound(values, site, whole[-1]["end"].timestamp() + 86_400)
    table = hub.store.ask("occupancy", bound, questions.calendar("occupancy", site, values))
    assert table.to_pylist() == whole[1:3]
