"""The database: what a batch leaves in it, what comes out again, and what a second process gets to hear."""

import subprocess
import sys
from pathlib import Path

import duckdb
import pytest

from edge.messages import Resume
from hub.storage import retention
from hub.storage.store import Store, StoreBusy, StoreError

NOW = 1781114400.0  # 2026-06-10T18:00:00Z


def test_a_window_is_stored_with_its_local_day(hub, shop):
    hub.take(shop.raw(shop.window(NOW, shop.count(NOW, 12, 9), shop.load(NOW), shop.stat(NOW, {3: 5}))))
    count = hub.rows("SELECT * FROM value_count")[0]
    assert (count["entries"], count["exits"], count["groups"]) == (12, 9, None)
    assert (str(count["day"]), count["minute"]) == ("2026-06-10", 19 * 60 + 55)
    assert hub.rows("SELECT n, bins[4] AS fourth FROM value_stat") == [{"n": 5, "fourth": 5}]
    assert hub.rows("SELECT max, tills_open FROM value_load") == [{"max": 4, "tills_open": 1.0}]


def test_three_windows_make_one_quarter_hour(hub, shop):
    for minutes, entries in ((-600, 3), (-300, 4), (0, 5)):
        hub.take(shop.raw(shop.window(NOW + minutes, shop.count(NOW + minutes, entries, 1))))
    assert hub.rows("SELECT entries, exits, groups, observed_s FROM count_15") == [
        {"entries": 12, "exits": 3, "groups": None, "observed_s": 900}
    ]


def test_what_nobody_saw_is_null_and_not_zero(hub, shop):
    hub.take(shop.raw(shop.window(NOW, shop.count(NOW, None, None, observed_s=0))))
    assert hub.rows("SELECT entries, observed_s FROM count_15") == [{"entries": None, "observed_s": 0}]


def test_a_later_revision_wins_in_the_quarter_hour(hub, shop):
    hub.take(shop.raw(shop.window(NOW, shop.count(NOW, 50))))
    hub.take(shop.raw(shop.window(NOW, shop.count(NOW, 5, revision=1))))
    hub.take(shop.raw(shop.window(NOW, shop.count(NOW, 50))), at=NOW + 5)
    assert hub.rows("SELECT entries FROM count_15") == [{"entries": 5}]


def test_quarter_hours_of_two_sites_stay_apart(hub, shop):
    other = type(shop)(site="s002")
    hub.take(shop.raw(shop.window(NOW, shop.count(NOW, 1))), other.raw(other.window(NOW, other.count(NOW, 2))))
    found = hub.rows("SELECT site, entries, CAST(day AS VARCHAR) AS day, minute FROM count_15 ORDER BY site")
    assert found == [
        {"site": "s001", "entries": 1, "day": "2026-06-10", "minute": 19 * 60 + 45},
        {"site": "s002", "entries": 2, "day": "2026-06-10", "minute": 23 * 60 + 30},
    ]


def test_the_cursor_survives_and_repeats_change_nothing(hub, shop):
    first, third = (shop.raw(shop.window(NOW, shop.count(NOW, n), seq=n)) for n in (1, 3))
    hub.take(first, third)
    hub.store.close()
    again = type(hub)(hub.path)
    try:
        cursor = again.cursors["s001", "cam-01", "0000000a"]
        assert (cursor.upto, cursor.islands, cursor.last_end) == (1, {3}, int(NOW))
        assert again.take(first, third).repeats == 2
        assert again.rows("SELECT count(*) AS n FROM value_count") == [{"n": 2}]
    finally:
        again.store.close()


def test_a_gap_is_kept_with_its_reason(hub, shop):
    hub.take(shop.raw(Resume(v=1, epoch=shop.epoch, first=8)))
    assert hub.rows("SELECT first, last, reason FROM gap") == [{"first": 1, "last": 7, "reason": "never sent"}]


def test_a_failed_transaction_leaves_nothing(hub, shop):
    version = hub.store.version

    def half_a_transaction():
        with hub.store.write() as connection:
            connection.execute("INSERT INTO data_version VALUES (99)")
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        half_a_transaction()
    assert hub.rows("SELECT count(*) AS n FROM data_version") == [{"n": 1}]
    assert hub.store.version == version
    hub.take(shop.raw(shop.window(NOW, shop.count(NOW, 1))))
    assert hub.store.version == version + 1


def test_a_second_process_is_told_that_the_hub_runs(hub):
    code = (
        "import sys; from pathlib import Path; from hub.storage.store import Store, StoreBusy\n"
        "try: Store(Path(sys.argv[1]), {}, 0.0)\nexcept StoreBusy: sys.exit(7)"
    )
    assert subprocess.run([sys.executable, "-c", code, str(hub.path)], check=False).returncode == 7


def test_a_file_that_is_no_database_is_an_error_without_its_path(tmp_path):
    path = tmp_path / "hub.duckdb"
    path.write_bytes(b"nonsense" * 4096)
    with pytest.raises(StoreError) as error:
        Store(path, {}, NOW)
    assert not isinstance(error.value, StoreBusy)
    assert str(tmp_path) not in str(error.value)


def test_the_file_is_the_owners_only_and_readable_by_the_version_before(hub):
    assert hub.path.stat().st_mode & 0o777 == 0o600
    tags = hub.rows("SELECT tags['storage_version'] AS v FROM duckdb_databases() WHERE database_name = 'hub'")
    assert tags[0]["v"].startswith("v1.5")


def test_no_statement_can_reach_beyond_the_database(hub, tmp_path):
    with pytest.raises(duckdb.Error):
        hub.rows("SELECT * FROM read_csv('/etc/passwd')")


def test_a_newer_schema_is_refused(hub, tmp_path):
    with hub.store.write() as connection:
        connection.execute("UPDATE schema_version SET version = 99")
    hub.store.close()
    with pytest.raises(StoreError, match="schema 99"):
        Store(hub.path, {}, NOW)
    hub.store = Store(tmp_path / "other.duckdb", {}, NOW)


def test_a_place_moves_to_another_device_and_keeps_its_history(hub, shop):
    hub.take(shop.raw(shop.status(), "status"))
    other = type(shop)(device="cam-02")
    hub.take(other.raw(other.status(), "status"))
    found = hub.rows("SELECT device, valid_to IS NULL AS valid FROM place WHERE place = 'door' ORDER BY device")
    assert found == [{"device": "cam-01", "valid": False}, {"device": "cam-02", "valid": True}]


def test_a_retained_status_says_nothing_about_now(hub, shop):
    hub.take(shop.raw(shop.status(at=NOW - 7200), "status", retain=True))
    assert hub.rows("SELECT skew_s, epoch(received_at) AS at FROM device") == [{"skew_s": None, "at": NOW - 7200}]
    hub.take(shop.raw(shop.status(at=NOW - 4), "status"))
    assert hub.rows("SELECT skew_s, held, dropped FROM device") == [{"skew_s": 4.0, "held": 3, "dropped": 7}]


def test_old_windows_go_and_young_ones_stay(hub, shop):
    old = NOW - 396 * 86_400
    hub.take(shop.raw(shop.window(old, shop.count(old, 1))), shop.raw(shop.window(NOW, shop.count(NOW, 2))))
    with hub.store.write() as connection:
        gone = retention.forget_old(connection, NOW, 395, 30)
    assert (gone["value_count"], gone["count_15"]) == (1, 1)
    assert hub.rows("SELECT entries FROM value_count") == [{"entries": 2}]


def test_a_forgotten_site_leaves_no_measurement(hub, shop):
    shop2 = type(shop)(site="s002")
    for s in (shop, shop2):
        hub.take(s.raw(s.status(), "status"), s.raw(s.window(NOW, s.count(NOW, 1), s.load(NOW), s.stat(NOW, {1: 5}))))
    with hub.store.write() as connection:
        retention.forget_site(connection, "s001")
    tables = [row["name"] for row in hub.rows("SELECT table_name AS name FROM duckdb_tables()")]
    for name in set(tables) - {"site", "ingest_cursor", "schema_version", "data_version"}:
        assert not hub.rows(f"SELECT 1 FROM {name} WHERE site = 's001'"), name
    assert hub.rows("SELECT site, entries FROM count_15") == [{"site": "s002", "entries": 1}]


def test_killed_between_writes_the_file_opens_whole(tmp_path):
    code = """
import sys, time
sys.path[:0] = [sys.argv[2], sys.argv[3]]
from pathlib import Path
from conftest import Hubbub, Shop, NOW
hub, shop = Hubbub(Path(sys.argv[1])), Shop()
for n in range(100000):
    end = NOW - 300 * (n % 1000)
    hub.take(shop.raw(shop.window(end, shop.count(end, 1))))
    print(shop.seq, flush=True)
"""
    path, root = tmp_path / "hub.duckdb", Path(__file__).parents[2]
    command = [sys.executable, "-c", code, str(path), str(root), str(Path(__file__).parent)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout
        told = [int(process.stdout.readline()) for _ in range(40)]
        process.kill()
        told += [int(line) for line in process.stdout.read().split("\n")[:-1] if line]
    with Store(path, {}, NOW) as store:
        seqs = store.rows("SELECT seq FROM value_count ORDER BY seq").column(0).to_pylist()
        assert seqs == list(range(1, len(seqs) + 1))
        assert len(seqs) in (told[-1], told[-1] + 1)
        assert store.cursors()["s001", "cam-01", "0000000a"].upto == seqs[-1]
