"""A database of schema 1 becomes one of today and keeps what it holds; where that fails, it stays what it was."""

from datetime import UTC, datetime
from pathlib import Path

import duckdb
import msgspec
import pyarrow as pa
import pytest
from pyarrow import parquet

from hub.serve import questions
from hub.storage import lake, migrating, store
from hub.storage.store import Store, StoreError

NOW = 1781114400.0  # 2026-06-10T18:00:00Z
OLD = Path(__file__).with_name("schema_1.sql")
LATER = ("first_count", "count_day", "day_done", "epoch_told", "sale", "card_week", "document", "alert")
TABLES = (*lake.BY_MONTH, *(name for name in lake.WHOLE if name not in LATER))


def at(seconds):
    return datetime.fromtimestamp(seconds, UTC)


def window(start, length, place="door", device="cam-01"):
    head = ("s001", device, place, at(start), at(start + length), length, None, 0, "standard")
    return (*head, at(start).date(), 900, "0000000a", 1, at(start + length))


def fill(connection):
    """Rows in every table of schema 1: a door that is watched, one that cam-01 has no more, and a queue."""
    values = {"n": lambda row: ", ".join("?" * len(row))}

    def add(table, *row):
        connection.execute(f"INSERT INTO {table} VALUES ({values['n'](row)})", row)

    add("schema_version", 1, at(NOW - 86_400))
    add("data_version", 7)
    device = ("s001", "cam-01", "online", at(NOW - 60), "0000000a", "0.1.0", "standard", "0123456789ab", "ntp")
    add("device", *device, 0.1, 0, None, at(NOW - 60))
    add("sensor", "s001", "cam-01", "ceiling-1", "camera", "ok", at(NOW - 60))
    add("place", "s001", "cam-01", "door", "line", "door", "ceiling-1", None, None, [[0.0, 0.0], [1.0, 0.5]], True)
    add("place", "s001", "cam-01", "side", "line", "door", "ceiling-1", None, None, None, False)
    add("place", "s001", "cam-01", "till_a", "queue", "queue", "ceiling-1", 180, 4.5, None, True)
    add("place", "s002", "cam-09", "never", "line", "door", "ceiling-1", None, None, None, False)
    for start in range(int(NOW) - 7200, int(NOW), 300):
        add("value_count", *window(start, 300), 2, 1, None, None)
    for start in range(int(NOW) - 7200, int(NOW), 900):
        add("count_15", "s001", "cam-01", "door", at(start), at(start).date(), 900, 900, 6, 3, None, None)
    add("count_15", "s001", "cam-01", "side", at(NOW - 7200), at(NOW).date(), 900, 900, 1, 0, None, None)
    add("value_load", *window(NOW - 900, 900, "till_a"), 1.5, 3, 4, 5, 0, None)
    add("value_stat", *window(NOW - 900, 900, "till_a"), "wait", 9, 0, 540, [0, 0, 0, 0, 0, 0, 9] + [0] * 15)
    add("value_flow", *window(NOW - 86_400, 86_400, "centre"), "till_a", 10)
    add("value_heat", *window(NOW - 86_400, 86_400, "ceiling-1"), [1, 2, 30], 0.5)
    add("value_quality", *window(NOW - 86_400, 86_400, "ceiling-1"), 0.9, "m", 30, 30, 29)
    add("ingest_cursor", "s001", "cam-01", "0000000a", 24, [], at(NOW), at(NOW))
    add("gap", "s001", "cam-01", "0000000a", 3, 4, at(NOW), "never sent")
    add("quarantine", at(NOW), "instore/v1/s001/cam-01/w", "s001", "cam-01", "format", 3, b"\0{}")
    add("quarantine_tally", "s001", "format", 1, at(NOW))
    connection.execute(
        "INSERT INTO answer (source, id, site, channel, nps, received_at) VALUES ('t', '1', 's001', 'qr', 9, ?)",
        [at(NOW)],
    )


@pytest.fixture
def old(tmp_path):
    path = tmp_path / "old.duckdb"
    with duckdb.connect(str(path), config=store.OPTIONS) as connection:
        connection.execute("SET TimeZone = 'UTC'")
        connection.execute(OLD.read_text(encoding="utf-8"))
        fill(connection)
    return path


def content(path):
    with duckdb.connect(str(path), config=store.OPTIONS) as connection:
        connection.execute("SET TimeZone = 'UTC'")
        tables = [row[0] for row in connection.execute("SELECT table_name FROM duckdb_tables()").fetchall()]
        return {name: connection.execute(f"SELECT * FROM {name} ORDER BY ALL").fetchall() for name in tables}


def columns(opened):
    text = (
        "SELECT table_name, column_name, data_type, is_nullable FROM duckdb_columns() WHERE NOT internal ORDER BY ALL"
    )
    return opened.rows(text).to_pylist()


def test_what_was_stored_is_there_as_it_was(old, hub):
    before = content(old)
    with Store(old, hub.store.sites, NOW) as opened:
        assert columns(opened) == columns(hub.store)
        versions = opened.rows("SELECT max(version) AS v, count(*) AS n FROM schema_version").to_pylist()
        assert versions == [{"v": 5, "n": 5}]
        assert opened.rows("SELECT version FROM data_version").to_pylist()[0]["version"] > 7
    after = content(old)
    for name in set(TABLES) - {"place", "device"}:
        assert after[name] == before[name] != [], name
    assert [row[:9] for row in after["place"]] == [row[:9] for row in before["place"]]
    assert [row[:13] for row in after["device"]] == before["device"]


def test_places_become_their_first_versions(old, hub):
    with Store(old, hub.store.sites, NOW) as opened:
        found = opened.rows("SELECT place, epoch(valid_from) AS a, epoch(valid_to) AS b FROM place ORDER BY place")
        assert [tuple(row.values()) for row in found.to_pylist()] == [
            ("door", 0.0, None),
            ("never", 0.0, 0.0),
            ("side", 0.0, NOW - 6300),
            ("till_a", 0.0, None),
        ]
        site, values = opened.sites["s001"], questions.span("s001", NOW - 7200, NOW)
        calendar = questions.calendar("visitors", site, values)
        rows = opened.ask("visitors", questions.bound(values, site, NOW + 600), calendar).to_pylist()
        assert [row["entries"] for row in rows] == [7] + [6] * 7
        assert {row["coverage"] for row in rows} == {1.0}
        assert opened.finish_days(NOW + 2 * 86_400) == 1


def test_what_a_device_says_next_goes_on_from_there(old, hub, shop):
    hub.store.close()
    hub.__init__(old)
    doors = shop.status(at=NOW).places[:1]
    hub.take(shop.raw(shop.status(at=NOW - 60, places=()), "status"))
    assert len(hub.rows("SELECT 1 FROM place WHERE valid_to IS NULL")) == 2, "the status that it has already"
    hub.take(shop.raw(shop.status(at=NOW, places=doors), "status"))
    assert hub.rows("SELECT place, epoch(valid_to) AS b FROM place WHERE place = 'till_a'") == [
        {"place": "till_a", "b": NOW}
    ]


def test_opened_again_nothing_is_migrated_again(old, hub):
    for _ in range(2):
        with Store(old, hub.store.sites, NOW):
            pass
    assert len(content(old)["schema_version"]) == migrating.SCHEMA


@pytest.mark.parametrize("where", ["begin", "end"])
def test_a_failed_migration_leaves_the_file_as_it_was(old, hub, monkeypatch, where):
    before, good = content(old), store.texts("migrations")
    name = max(good)  # the others have done their work by then
    bad = "SELECT 1 FROM nothing;"
    text = bad + good[name] if where == "begin" else good[name] + bad
    read = store.texts
    monkeypatch.setattr(
        store, "texts", lambda folder="": good | {name: text} if folder == "migrations" else read(folder)
    )
    with pytest.raises(StoreError, match="cannot be used"):
        Store(old, hub.store.sites, NOW)
    monkeypatch.undo()
    assert content(old) == before
    with Store(old, hub.store.sites, NOW) as opened:
        assert opened.rows("SELECT count(*) AS n FROM place").to_pylist() == [{"n": 4}]


def test_the_migrations_lead_without_a_gap_to_the_schema_of_today():
    numbers = sorted(int(name[:4]) for name in store.texts("migrations"))
    assert numbers == list(range(2, migrating.SCHEMA + 1))


def test_a_copy_of_schema_1_is_rebuilt_into_the_database_of_today(old, hub, tmp_path):
    folder, parts = tmp_path / "lake", {}
    with duckdb.connect(str(old), config=store.OPTIONS) as connection:
        connection.execute("SET TimeZone = 'UTC'")
        for name in TABLES:
            rows = connection.sql(f"SELECT * FROM {name}").to_arrow_table()
            assert isinstance(rows, pa.Table)
            (folder / name).mkdir(parents=True)
            parquet.write_table(rows, folder / name / "all.1.parquet")
            parts[f"{name}/all"] = lake.Part(f"{name}/all.1.parquet", rows.num_rows)
    manifest = lake.Manifest(1, 1, NOW, parts)
    (folder / lake.MANIFEST).write_bytes(msgspec.json.encode(manifest))
    rows = lake.rebuild(hub.store, folder)
    assert (rows["value_count"], rows["place"], rows["count_day"]) == (24, 4, 0)
    types = columns(hub.store)
    hub.store.close()
    with Store(old, hub.store.sites, NOW) as opened:
        assert columns(opened) == types
    migrated, rebuilt = content(old), content(hub.path)
    for name in TABLES:
        assert rebuilt[name] == migrated[name], name
    hub.__init__(tmp_path / "other.duckdb")
