"""The nightly copy as Parquet: it is the database again, it follows what changes, and what is forgotten leaves it."""

import subprocess
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import duckdb
import pyarrow as pa
import pytest

from edge.messages import Resume
from hub.storage import lake, retention
from hub.storage.store import Store, StoreError
from tests import commands

NOW = 1781114400.0
DAY_S = 86_400
TABLES = (*lake.BY_MONTH, *lake.WHOLE)


def fill(hub: Any, shop: Any, days: int = 40) -> None:
    """A day's windows every other day, from `days` back to now, the status and a poison message."""
    hub.take(shop.raw(shop.status(), "status"))
    for back in range(days, -1, -2):
        end = NOW - back * DAY_S
        windows = [shop.window(end - 300 * i, shop.count(end - 300 * i, i)) for i in range(5, -1, -1)]
        windows.append(shop.window(end, shop.load(end), shop.stat(end, {3: 9})))
        hub.take(*map(shop.raw, windows), at=end + 30)
    hub.take(SimpleNamespace(topic="instore/v1/s001/cam-01/w", payload=b"poison", retain=False))


def content(store: Store) -> dict[str, list[dict[str, Any]]]:
    return {table: store.rows(f"SELECT * FROM {table} ORDER BY ALL").to_pylist() for table in TABLES}


def files(folder: Path) -> dict[str, int]:
    return {str(path.relative_to(folder)): path.stat().st_mtime_ns for path in folder.rglob("*.parquet")}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "lake"


@pytest.fixture
def filled(hub: Any, shop: Any) -> Any:
    fill(hub, shop)
    return hub


def rebuilt(folder: Path, path: Path, hub: Any) -> Store:
    store = Store(path, hub.store.sites, NOW)
    lake.rebuild(store, folder)
    return store


def test_a_database_built_from_the_copy_is_the_same(filled: Any, folder: Path, tmp_path: Path) -> None:
    lake.export(filled.store, folder, NOW)
    with rebuilt(folder, tmp_path / "again.duckdb", filled) as store:
        assert content(store) == content(filled.store)
        assert len(content(store)["value_count"]) == 21 * 6
        assert store.cursors().keys() == filled.store.cursors().keys()


def test_questions_are_answered_the_same(filled: Any, folder: Path, tmp_path: Path) -> None:
    lake.export(filled.store, folder, NOW)
    params = {"site": "s001"}
    with rebuilt(folder, tmp_path / "again.duckdb", filled) as store:
        for question in ("devices", "places", "quarantine"):
            assert store.ask(question, params).to_pylist() == filled.store.ask(question, params).to_pylist()


def test_only_what_changed_is_written_again(filled: Any, shop: Any, folder: Path) -> None:
    lake.export(filled.store, folder, NOW + 60)
    before = files(folder)
    filled.take(shop.raw(shop.window(NOW + 300, shop.count(NOW + 300, 4))), at=NOW + 330)
    lake.export(filled.store, folder, NOW + DAY_S)
    fresh = {name.rpartition(".")[0].rpartition(".")[0] for name in files(folder).keys() - before.keys()}
    whole = {f"{table}/all" for table in lake.WHOLE}
    assert fresh - whole == {"value_count/s001/2026-06", "count_15/s001/2026-06"}
    assert len(files(folder)) == len(before)


def test_late_data_of_an_old_month_is_in_the_next_copy(filled: Any, shop: Any, folder: Path, tmp_path: Path) -> None:
    lake.export(filled.store, folder, NOW + 60)
    late = NOW - 39 * DAY_S
    filled.take(shop.raw(shop.window(late, shop.count(late, 77))), at=NOW + 90)
    lake.export(filled.store, folder, NOW + DAY_S)
    with rebuilt(folder, tmp_path / "again.duckdb", filled) as store:
        assert content(store) == content(filled.store)


def test_what_is_forgotten_leaves_the_copy(filled: Any, folder: Path, tmp_path: Path) -> None:
    lake.export(filled.store, folder, NOW + 60)
    with filled.store.write() as connection:
        retention.forget_old(connection, NOW, 20, 10)
    lake.export(filled.store, folder, NOW + DAY_S)
    assert not [name for name in files(folder) if "2026-04" in name]
    with rebuilt(folder, tmp_path / "again.duckdb", filled) as store:
        assert content(store) == content(filled.store)
    with filled.store.write() as connection:
        retention.forget_site(connection, "s001")
    lake.export(filled.store, folder, NOW + DAY_S)
    assert not [name for name in files(folder) if "s001" in name]
    assert b"poison" not in b"".join(path.read_bytes() for path in folder.rglob("*.parquet"))


def test_a_copy_that_was_cut_short_does_not_count(filled: Any, shop: Any, folder: Path, tmp_path: Path) -> None:
    lake.export(filled.store, folder, NOW + 60)
    before = content(filled.store)
    manifest = (folder / lake.MANIFEST).read_bytes()
    filled.take(shop.raw(shop.window(NOW + 300, shop.count(NOW + 300, 4))), at=NOW + 330)
    # Killed after the files and before the list: the list is what it was, the files of before are there.
    kept = {path: path.read_bytes() for path in folder.rglob("*.parquet")}
    lake.export(filled.store, folder, NOW + DAY_S)
    for path, data in kept.items():
        path.write_bytes(data)
    (folder / lake.MANIFEST).write_bytes(manifest)
    with rebuilt(folder, tmp_path / "again.duckdb", filled) as store:
        assert content(store) == before
    lake.export(filled.store, folder, NOW + 2 * DAY_S)
    assert len(files(folder)) == len(kept)


def test_after_a_rebuild_nothing_is_lost_in_silence_and_nothing_doubled(
    filled: Any, shop: Any, folder: Path, tmp_path: Path
) -> None:
    lake.export(filled.store, folder, NOW + 60)
    acknowledged = [shop.raw(shop.window(NOW + 300 * i, shop.count(NOW + 300 * i, 1))) for i in (1, 2)]
    held = [shop.raw(shop.window(NOW + 300 * i, shop.count(NOW + 300 * i, 1))) for i in (3, 4)]
    filled.take(*acknowledged, at=NOW + 700)
    again = type(filled)(tmp_path / "again.duckdb")
    lake.rebuild(again.store, folder)
    again.cursors = again.store.cursors()
    first = shop.seq - 1
    resume = Resume(v=1, epoch=shop.epoch, first=first)
    again.take(shop.raw(resume), *held, at=NOW + 1300)
    again.take(*held, at=NOW + 1400)
    (gap,) = again.rows("SELECT first, last FROM gap")
    assert (gap["first"], gap["last"]) == (first - 2, first - 1)
    assert len(again.rows("SELECT seq FROM value_count")) == 21 * 6 + 2
    again.store.close()


def test_analysts_read_the_files_with_any_tool(filled: Any, folder: Path) -> None:
    lake.export(filled.store, folder, NOW)
    found = duckdb.sql(f"SELECT site, sum(entries) AS n FROM '{folder}/count_15/*/*.parquet' GROUP BY ALL")
    assert found.to_arrow_table().to_pylist() == [{"site": "s001", "n": 21 * 15}]
    assert pa.parquet.read_table(folder / "value_count").num_rows == 21 * 6


def test_the_copy_is_the_owners_only(filled: Any, folder: Path) -> None:
    lake.export(filled.store, folder, NOW)
    assert all(path.stat().st_mode & 0o077 == 0 for path in (*folder.rglob("*.parquet"), folder / lake.MANIFEST))


@pytest.mark.parametrize(
    ("manifest", "said"),
    [
        (None, "no lake"),
        (b"{", "cannot be read"),
        (b'{"schema": 99, "generation": 1, "at": 0.0, "parts": {}}', "schema 99"),
    ],
)
def test_what_is_no_copy_is_refused(hub: Any, folder: Path, manifest: bytes | None, said: str) -> None:
    folder.mkdir()
    if manifest is not None:
        (folder / lake.MANIFEST).write_bytes(manifest)
    with pytest.raises(StoreError, match=said):
        lake.rebuild(hub.store, folder)


def test_rebuild_from_the_command_line(filled: Any, shop: Any, tmp_path: Path) -> None:
    config = tmp_path / "hub.toml"
    site = '[[sites]]\nid = "s001"\nname = "High Street"\ntimezone = "Europe/Berlin"\n'
    config.write_text(f'state_dir = "{tmp_path}"\n{site}', encoding="utf-8")
    lake.export(filled.store, tmp_path / "lake", NOW)
    wanted = content(filled.store)
    filled.store.close()

    def rebuild() -> subprocess.CompletedProcess[str]:
        return commands.done("hub", "rebuild", "--config", config)

    refused = rebuild()
    assert refused.returncode == 1
    assert "move it away" in refused.stderr
    filled.path.unlink()
    made = rebuild()
    assert made.returncode == 0, made.stderr
    assert f"value_count        {len(wanted['value_count'])}" in made.stdout
    with Store(filled.path, filled.store.sites, NOW) as store:
        assert content(store) == wanted
