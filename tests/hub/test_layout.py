"""The history of places: a plan that changes changes nothing of what was measured before."""

from datetime import UTC, datetime

import pytest

from edge.messages import Place
from hub.serve import questions
from hub.storage import lake, retention
from hub.storage.store import Store

NOON = datetime(2026, 6, 10, 10, 0, tzinfo=UTC).timestamp()  # 12:00 in Berlin


def place(name, kind, role, promise=None):
    about = {"sensor": "ceiling-1", "promise_s": promise, "area_m2": 2.5, "outline_m": ((0.0, 0.0), (1.0, 0.1))}
    return Place(id=name, kind=kind, role=role, **about)


DOOR, PASSING = place("door", "line", "door"), place("door", "line", "passing")


def told(hub, shop, at, *places, **other):
    hub.take(shop.raw(shop.status(at=at, places=places), "status", **other), at=at + 5)


def counted(hub, shop, start, end, **other):
    ends = range(int(start) + 300, int(end) + 1, 300)
    hub.take(*(shop.raw(shop.window(e, shop.count(e, 2, 1, **other))) for e in ends), at=end + 30)


def asked(hub, name, start=NOON - 3600, end=NOON + 3600):
    values = questions.span("s001", start, end)
    site = hub.store.sites["s001"]
    bound = questions.bound(values, site, end + 3600)
    table = hub.store.ask(name, bound, questions.calendar(name, site, values))
    return questions.QUESTIONS[name].finish(table).to_pylist()


def entries(hub, **span):
    return [row["entries"] for row in asked(hub, "visitors", **span)]


PLACES = (DOOR, place("centre", "zone", "area"), place("till_a", "queue", "queue", 180))


def versions(hub, columns="role, epoch(valid_from) AS a, epoch(valid_to) AS b"):
    rows = hub.rows(f"SELECT {columns} FROM place WHERE place IN ('door', 'till_a') ORDER BY device, valid_from")
    return [tuple(row.values()) for row in rows]


def test_a_door_that_becomes_passing_at_noon_is_a_door_before_and_not_after(hub, shop):
    told(hub, shop, NOON - 7200, DOOR)
    told(hub, shop, NOON, PASSING)
    counted(hub, shop, NOON - 3600, NOON + 3600)
    assert entries(hub) == [6, 6, 6, 6]
    rows = asked(hub, "occupancy")
    assert [row["start"].timestamp() for row in rows] == [NOON - 3600 + 900 * n for n in range(4)]
    inside = hub.store.ask("in_store", questions.span("s001", NOON - 3600, NOON + 3600)).to_pylist()[0]
    assert (inside["people"], inside["as_of"].timestamp()) == (12, NOON)
    assert len(asked(hub, "coverage")) == 2, "it is looked at all the time"
    told(hub, shop, NOON + 1800, DOOR)
    assert entries(hub) == [6] * 6
    assert versions(hub) == [("door", 0.0, NOON), ("passing", NOON, NOON + 1800), ("door", NOON + 1800, None)]


def test_windows_from_before_the_first_status_have_a_role(hub, shop):
    counted(hub, shop, NOON - 3600, NOON)
    assert entries(hub) == []
    told(hub, shop, NOON + 60, DOOR)
    assert entries(hub)[:4] == [6, 6, 6, 6]


def test_a_promise_counts_from_when_it_was_given(hub, shop):
    told(hub, shop, NOON - 3600, place("till_a", "queue", "queue", 180))
    told(hub, shop, NOON, place("till_a", "queue", "queue", 60))
    for end in (NOON, NOON + 900):
        hub.take(shop.raw(shop.window(end, shop.stat(end, {8: 10}))), at=end + 30)
    found = [(row["promise_s"], row["within"]) for row in asked(hub, "stays", end=NOON + 900)]
    assert found == [(180, 1.0), (60, 0.0)]


def test_another_device_takes_a_place_over_and_gives_it_back(hub, shop):
    spare = type(shop)(device="cam-02", epoch="0000000b")
    told(hub, shop, NOON - 3600, DOOR)
    counted(hub, shop, NOON - 3600, NOON)
    told(hub, spare, NOON, DOOR)
    counted(hub, spare, NOON, NOON + 1800)
    shop.epoch = "0000000c"
    told(hub, shop, NOON + 1800, DOOR)
    counted(hub, shop, NOON + 1800, NOON + 3600)
    assert entries(hub) == [6] * 8
    assert {row["coverage"] for row in asked(hub, "visitors")} == {1.0}
    assert versions(hub, "device, epoch(valid_from) AS a, epoch(valid_to) AS b") == [
        ("cam-01", 0.0, NOON),
        ("cam-01", NOON + 1800, None),
        ("cam-02", 0.0, NOON + 1800),
    ]


def test_a_device_that_only_goes_on_does_not_take_its_place_back(hub, shop):
    spare = type(shop)(device="cam-02", epoch="0000000b")
    for minute in range(0, 30, 2):
        told(hub, shop, NOON + minute * 60, DOOR)
        told(hub, spare, NOON + minute * 60 + 60, DOOR)
    assert versions(hub, "device, epoch(valid_from) AS a, epoch(valid_to) AS b") == [
        ("cam-01", 0.0, NOON + 60),
        ("cam-02", 0.0, None),
    ]


def test_two_devices_with_one_name_do_not_fill_the_database(hub, shop):
    twin = type(shop)(epoch="0000000b")
    for second in range(0, 1200, 12):
        told(hub, shop, NOON + second, DOOR)
        told(hub, twin, NOON + second + 6, PASSING)
    assert len(versions(hub)) <= 1200 / 300 + 3


@pytest.mark.parametrize("retain", [True, False])
def test_an_old_status_changes_nothing(hub, shop, retain):
    told(hub, shop, NOON, DOOR)
    before = hub.rows("SELECT * FROM place")
    told(hub, shop, NOON - 3600, PASSING, retain=retain)
    told(hub, shop, NOON, PASSING, retain=retain)
    assert hub.rows("SELECT * FROM place") == before


def test_a_status_the_broker_kept_of_a_device_long_gone_takes_nothing_from_its_successor(hub, shop):
    told(hub, shop, NOON, DOOR)
    gone = type(shop)(device="cam-00", epoch="0000000b")
    counted(hub, gone, NOON - 3600, NOON)
    told(hub, gone, NOON - 86_400, DOOR, retain=True)
    assert entries(hub)[:4] == [6, 6, 6, 6]
    assert versions(hub, "device, valid_to IS NULL AS open") == [("cam-00", False), ("cam-01", True)]


def test_a_clock_that_runs_ahead_does_not_keep_out_what_comes_once_it_is_right(hub, shop):
    ahead = shop.status(at=NOON + 80 * 365 * 86_400, places=(DOOR,))
    hub.take(shop.raw(ahead, "status"), at=NOON)
    told(hub, shop, NOON + 60, PASSING)
    assert versions(hub) == [("door", 0.0, NOON + 60), ("passing", NOON + 60, None)]


def test_statuses_that_waited_together_keep_their_own_moments(hub, shop):
    said = [shop.raw(shop.status(at=NOON + 1800 * n, places=(p,)), "status") for n, p in enumerate((DOOR, PASSING))]
    hub.take(*said, *reversed(said), at=NOON + 86_400)
    assert versions(hub) == [("door", 0.0, NOON + 1800), ("passing", NOON + 1800, None)]


def test_an_unchanged_status_writes_nothing_of_places(hub, shop):
    told(hub, shop, NOON, *PLACES)
    rows = hub.rows("SELECT rowid, * FROM place ORDER BY place")
    for minute in range(1, 20):
        told(hub, shop, NOON + 60 * minute, *PLACES)
    assert hub.rows("SELECT rowid, * FROM place ORDER BY place") == rows


def test_an_answer_stands_beside_the_queues_of_its_time(hub, shop):
    told(hub, shop, NOON - 86_400, place("till_a", "zone", "area"))
    told(hub, shop, NOON, place("till_a", "queue", "queue", 60))
    for end in (NOON, NOON + 900):
        hub.take(shop.raw(shop.window(end, shop.load(end, mean=1.0 if end == NOON else 5.0))), at=end + 30)
    with hub.store.write() as connection:
        connection.execute(
            "INSERT INTO answer (source, id, site, answered_at, channel, lag_from_s, lag_to_s)"
            " VALUES ('t', '1', 's001', to_timestamp($at), 'qr', 0, 1800)",
            {"at": NOON + 600},
        )
    assert hub.rows("SELECT people FROM answer_context") == [{"people": 5.0}]


def test_a_forgotten_site_begins_anew(hub, shop):
    told(hub, shop, NOON - 60, DOOR)
    told(hub, shop, NOON, PASSING)
    with hub.store.write() as connection:
        retention.forget_site(connection, "s001")
    assert hub.rows("SELECT * FROM place") == []
    told(hub, shop, NOON - 30, DOOR)
    assert versions(hub) == [("door", 0.0, None)]


def test_a_rebuilt_database_has_the_same_history(hub, shop, tmp_path):
    told(hub, shop, NOON - 7200, *PLACES)
    told(hub, shop, NOON, PASSING)
    counted(hub, shop, NOON - 3600, NOON + 3600)
    lake.export(hub.store, tmp_path / "lake", NOON + 7200)
    with Store(tmp_path / "again.duckdb", hub.store.sites, NOON) as store:
        lake.rebuild(store, tmp_path / "lake")
        every = "SELECT * FROM place ORDER BY place, valid_from"
        assert store.rows(every).to_pylist() == hub.rows(every)
    assert len(hub.rows("SELECT * FROM place")) == 4
