"""Sums by business day against sums over everything stored, and the question that reads them."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hub.serve import questions
from hub.serve.parameters import BadQuestion
from hub.sites import day_span
from hub.storage import lake, retention
from hub.storage.store import Store

NOW = 1781114400.0  # 2026-06-10T18:00:00Z
DAY = date(2026, 6, 9)
DAY_S = 86_400
SHORT, LONG = (
    date(2026, 3, 28),
    date(2026, 10, 24),
)  # of 23 and 25 hours in Berlin, where the night is the day before's


FIRST = "SELECT site, device, place, start_at AS first FROM first_count ORDER BY ALL"
FIRST_OF_ALL = "SELECT site, device, place, min(start_at) AS first FROM count_15 GROUP BY ALL ORDER BY ALL"


def truth(hub):
    """By site, device and day as a calendar and a clock on the wall have it, of each window its newest revision."""
    newest = {}
    for row in hub.rows("SELECT * FROM value_count"):
        key = (row["site"], row["device"], row["start_at"])
        rank = (row["revision"], row["received_at"], row["seq"])
        if key not in newest or newest[key][0] < rank:
            newest[key] = (rank, row)
    sums = {}
    for (site, device, start), (_, row) in newest.items():
        rule = hub.store.sites[site]
        cutover = timedelta(hours=int(rule.day_starts[:2]))
        wall = start.astimezone(ZoneInfo(rule.timezone)).replace(tzinfo=None)
        total = sums.setdefault((site, device, (wall - cutover).date()), [0, None, None])
        total[0] += row["observed_s"]
        for i, name in ((1, "entries"), (2, "exits")):
            if row[name] is not None:
                total[i] = (total[i] or 0) + row[name]
    return {key: tuple(total) for key, total in sums.items()}


def kept(hub):
    rows = hub.rows("SELECT site, device, day, observed_s, entries, exits FROM count_by_day")
    found = {tuple(row.values())[:3]: tuple(row.values())[3:] for row in rows}
    assert len(found) == len(rows), "no day twice"
    return found


WINDOW = st.tuples(
    st.sampled_from(["s001", "s002", "s003"]),
    st.sampled_from(["a", "b"]),
    st.integers(0, 4 * 24 * 12),  # five minutes
    st.one_of(st.none(), st.integers(0, 9)),
    st.sampled_from([0, 0, 0, 1, 2]),
)
STEP = st.one_of(st.lists(WINDOW, min_size=1, max_size=12), st.sampled_from([30, 54, 78, 150]), st.just("restart"))


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(day=st.sampled_from([SHORT, LONG, DAY]), steps=st.lists(STEP, min_size=4, max_size=12))
def test_days_are_always_the_sums_of_what_is_stored(hub, shop, tmp_path_factory, day, steps):
    base = int(day_span(hub.store.sites["s001"], day - timedelta(days=1))[0])
    mine = type(hub)(tmp_path_factory.mktemp("days") / "hub.duckdb")
    shops = {}
    try:
        for n, step in enumerate(steps):
            if step == "restart":
                mine.store.close()
                mine.__init__(mine.path)
            elif isinstance(step, int):
                mine.store.finish_days(base + step * 3600)
            else:
                raw = []
                for site, device, slot, entries, revision in step:
                    who = shops.setdefault((site, device), type(shop)(site=site, device=device))
                    looked, end = 0 if entries is None else 300, base + 300 * slot
                    exits = entries and entries // 2
                    count = who.count(end, entries, exits, observed_s=looked, revision=revision)
                    raw.append(who.raw(who.window(end, count)))
                mine.take(*raw, at=base + 5 * DAY_S + n)
            assert kept(mine) == truth(mine)
            assert mine.rows(FIRST) == mine.rows(FIRST_OF_ALL)
    finally:
        mine.store.close()


def fill(hub, shop, day, entries=2, **other):
    """A day's windows, each of so many entries and one exit."""
    start, end = day_span(hub.store.sites[shop.site], day)
    windows = (shop.window(e, shop.count(e, entries, 1, **other)) for e in range(int(start) + 300, int(end) + 1, 300))
    hub.take(shop.raw(shop.status(at=start), "status"), *map(shop.raw, windows), at=end + 60)
    return start, end


def asked(hub, first, last, at=None, site="s001"):
    rule = hub.store.sites[site]
    values = questions.span(site, day_span(rule, first)[0], day_span(rule, last)[1])
    bound = questions.bound(values, rule, day_span(rule, last)[1] + 3600 if at is None else at)
    return hub.store.ask("days", bound, questions.calendar("days", rule, values)).to_pylist()


def brief(rows):
    return [(row["day"], row["entries"], row["exits"], row["coverage"]) for row in rows]


def stored(hub):
    return [tuple(row.values()) for row in hub.rows("SELECT day, entries FROM count_day ORDER BY day")]


@pytest.mark.parametrize(
    ("site", "day", "hours"),
    [("s001", SHORT, 23), ("s001", LONG, 25), ("s001", DAY, 24), ("s002", DAY, 24), ("s003", DAY, 24)],
)
def test_a_day_is_the_same_before_and_after_it_is_summed_up(hub, shop, site, day, hours):
    where = type(shop)(site=site)
    for back in (1, 0, -1):
        start, end = fill(hub, where, day - timedelta(days=back))
    start, end = day_span(hub.store.sites[site], day)
    wanted = [(day, hours * 12 * 2, hours * 12, 1.0)]
    assert brief(asked(hub, day, day, site=site)) == wanted
    assert hub.store.finish_days(end + 3500) == 1, "only the day before it is over for an hour"
    assert hub.store.finish_days(end + 3600) == 1
    assert hub.store.finish_days(end + 3600) == 0
    assert (day, hours * 12 * 2) in stored(hub)
    rows = asked(hub, day, day, site=site)
    assert brief(rows) == wanted
    assert (rows[0]["start"].timestamp(), rows[0]["end"].timestamp()) == (start, end)


def test_a_late_window_takes_a_finished_day_back_until_it_is_summed_up_anew(hub, shop):
    _, end = fill(hub, shop, DAY)
    hub.store.finish_days(end + 7200)
    assert stored(hub) == [(DAY, 576)]
    hub.take(shop.raw(shop.window(end - 3600, shop.count(end - 3600, 100, 1, revision=1))), at=end + 7300)
    assert stored(hub) == []
    assert hub.rows("SELECT * FROM day_done") == []
    assert brief(asked(hub, DAY, DAY)) == [(DAY, 674, 288, 1.0)]
    hub.store.finish_days(end + 7400)
    assert stored(hub) == [(DAY, 674)]
    assert brief(asked(hub, DAY, DAY)) == [(DAY, 674, 288, 1.0)]


@pytest.mark.parametrize(("device", "offset"), [("cam-02", -3600), ("cam-01", -300), ("cam-01", -900)])
def test_any_way_into_a_finished_day_takes_it_back(hub, shop, device, offset):
    """A line that is new, a quarter hour that grows, and one that begins, hours after the day was summed up."""
    _, end = day_span(hub.store.sites["s001"], DAY)
    for before in (-3300, -600 if offset == -300 else -3000):
        hub.take(shop.raw(shop.window(end + before, shop.count(end + before, 1))), at=end)
    assert hub.store.finish_days(end + 7200) == 1
    late = type(shop)(device=device, epoch="0000000b")
    hub.take(late.raw(late.window(end + offset, late.count(end + offset, 5))), at=end + 7300)
    assert stored(hub) == []
    assert kept(hub) == truth(hub)


def test_new_windows_leave_finished_days_alone(hub, shop):
    _, end = fill(hub, shop, DAY)
    hub.store.finish_days(end + 7200)
    rows = hub.rows("SELECT rowid, * FROM count_day")
    for later in (end + 3600, end + 3900):
        hub.take(shop.raw(shop.window(later, shop.count(later, 1))), at=end + 7300)
    assert hub.rows("SELECT rowid, * FROM count_day") == rows


def test_a_cutover_that_moved_takes_back_the_day_that_a_late_window_was_in(hub, shop):
    start, end = fill(hub, shop, DAY)
    hub.store.finish_days(end + 7200)
    sites = hub.store.sites | {"s001": msgspec.structs.replace(hub.store.sites["s001"], day_starts="05:00")}
    hub.store.close()
    hub.store = Store(hub.path, sites, NOW)
    # Its quarter hour, from 04:00, is of the day before now.
    hub.take(shop.raw(shop.window(start + 300, shop.count(start + 300, 9, 1, revision=1))), at=end + 7300)
    found = {row["day"]: row["entries"] for row in hub.rows("SELECT day, entries FROM count_by_day")}
    assert found == {DAY: 570, DAY - timedelta(days=1): 13}


def test_a_day_on_which_a_line_was_a_door_for_a_part_counts_that_part(hub, shop):
    start, end = fill(hub, shop, DAY)
    door = shop.status().places[0]
    noon = start + 8 * 3600
    passing = msgspec.structs.replace(door, role="passing")
    hub.take(shop.raw(shop.status(at=noon, places=(passing,)), "status"), at=noon)
    promised = msgspec.structs.replace(door, area_m2=1.0)
    hub.take(shop.raw(shop.status(at=end - 3600, places=(promised,)), "status"), at=end)
    for _ in range(2):
        assert brief(asked(hub, DAY, DAY)) == [(DAY, 9 * 24, 9 * 12, 1.0)]
        hub.store.finish_days(end + 7200)
    wider = msgspec.structs.replace(door, area_m2=2.0)
    hub.take(shop.raw(shop.status(at=end + 3600, places=(wider,)), "status"), at=end + 3600)
    fill(hub, shop, DAY + timedelta(days=1))
    assert brief(asked(hub, DAY, DAY + timedelta(days=1)))[1] == (DAY + timedelta(days=1), 576, 288, 1.0)


def test_the_day_that_lasts_counts_so_far_and_a_blind_one_is_null(hub, shop):
    start, _ = day_span(hub.store.sites["s001"], DAY)
    fill(hub, shop, DAY - timedelta(days=2))
    hub.take(*(shop.raw(shop.window(e, shop.count(e, 3))) for e in range(int(start) + 300, int(start) + 7201, 300)))
    rows = brief(asked(hub, DAY - timedelta(days=3), DAY + timedelta(days=1), at=start + 4 * 3600 + 61))
    assert rows == [
        (DAY - timedelta(days=2), 576, 288, 1.0),
        (DAY - timedelta(days=1), None, None, 0.0),
        (DAY, 72, 0, 0.5),
    ]


def test_a_finished_day_outlives_its_quarter_hours(hub, shop, tmp_path):
    _, end = fill(hub, shop, DAY)
    _, after = fill(hub, shop, DAY + timedelta(days=1))
    hub.store.finish_days(after + 7200)
    wanted = brief(asked(hub, DAY, DAY + timedelta(days=1)))
    with hub.store.write() as connection:
        gone = retention.forget_old(connection, end + 60 * DAY_S - 7200, 60, 30)
    assert gone["count_15"] == 88
    assert brief(asked(hub, DAY, DAY + timedelta(days=1))) == wanted
    late = shop.window(end - 1800, shop.count(end - 1800, 100, revision=1))
    hub.take(shop.raw(late), at=end + 7300)
    assert brief(asked(hub, DAY, DAY + timedelta(days=1))) == wanted, "what is left cannot be summed up anew"
    lake.export(hub.store, tmp_path / "lake", NOW)
    with Store(tmp_path / "again.duckdb", hub.store.sites, NOW) as again:
        lake.rebuild(again, tmp_path / "lake")
        every = "SELECT * FROM count_by_day ORDER BY day"
        assert again.rows(every).to_pylist() == hub.rows(every)
    with hub.store.write() as connection:
        gone = retention.forget_old(connection, end + 760 * DAY_S + DAY_S / 2, 60, 30)
    assert (gone["count_day"], gone["day_done"], gone["place"]) == (1, 1, 0)


def test_years_may_be_asked_for_and_no_more():
    def span(years):
        end = datetime(2026, 1, 1, tzinfo=UTC)
        return [
            ("site", "s001"),
            ("start", (end - timedelta(days=365 * years)).isoformat()),
            ("end", end.isoformat()),
        ]

    assert questions.parse("days", span(10))
    with pytest.raises(BadQuestion, match="4000 days"):
        questions.parse("days", span(11))
    with pytest.raises(BadQuestion, match="800 days"):
        questions.parse("visitors", span(3))


def test_days_are_found_wherever_they_are_and_days_without_counts_hold_nothing_back(hub, shop):
    """The first hour of a shop, at night, is of the business day before; then it is dark for weeks, twice."""
    night = datetime(2026, 4, 2, 1, 0, tzinfo=UTC).timestamp()  # 03:00 in Berlin
    ends = [night, night + 20 * DAY_S, night + 21 * DAY_S, night + 45 * DAY_S]
    for end in ends:
        hub.take(shop.raw(shop.window(end, shop.count(end, 3))), at=end)
    assert hub.store.finish_days(ends[-1] + 2 * DAY_S) == 4
    first = date(2026, 4, 1)
    assert stored(hub) == [(first + timedelta(days=days), 3) for days in (0, 20, 21, 45)]
    late = ends[1] + 300
    hub.take(shop.raw(shop.window(late, shop.count(late, 4))), at=ends[-1] + 2 * DAY_S)
    assert hub.store.finish_days(ends[-1] + 2 * DAY_S) == 2, "the day after it could have been its own"
    assert stored(hub)[1] == (first + timedelta(days=20), 7)
    assert hub.store.finish_days(ends[-1] + 2 * DAY_S) == 0
