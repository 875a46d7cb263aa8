"""The one owner of the database file: opens it, writes in transactions, lends readers a cursor each.

DuckDB lets one process hold the file, and while it is held no other can even read. So everybody else asks over HTTP.
"""

import logging
import re
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from importlib import resources
from pathlib import Path
from typing import Any, Self

import duckdb
import pyarrow as pa

from hub.intake.cursors import Cursor, Spoken
from hub.intake.sorting import Batch, Source, sort_again
from hub.sites import Site
from hub.storage import daily, migrating, quarantine, statuses, writing
from hub.storage.migrating import SCHEMA
from hub.storage.quarantine import Shelf
from hub.storage.rollup import Front
from hub.storage.writing import Known

VERSIONS_A_START = 2**31
# The file stays readable for the version before: a hub can be taken back after an update.
OPTIONS: dict[str, Any] = {
    "storage_compatibility_version": "v1.5.0",
    "memory_limit": "2GB",
    "wal_autocheckpoint": "4MB",
    "enable_external_access": "false",
    "autoinstall_known_extensions": "false",
    "autoload_known_extensions": "false",
}
# After these the database in memory cannot be trusted or the disk is at fault: only a new process helps.
# A commit that fails says so of the transaction, not of a row: no message must be set aside for it.
BROKEN = (duckdb.FatalException, duckdb.InternalException, duckdb.OperationalError)

_LOG = logging.getLogger("instore.store")


class StoreError(Exception):
    """The database cannot be opened; the text says why."""


class StoreBusy(StoreError):
    """Another process, as a rule the running hub, holds the database."""


def texts(folder: str = "") -> dict[str, str]:
    """The SQL files beside this one (or in its folder `kpi`, `parts` or `migrations`) by name without ending."""
    place = resources.files("hub.storage").joinpath(folder) if folder else resources.files("hub.storage")
    return {
        entry.name.removesuffix(".sql"): entry.read_text(encoding="utf-8")
        for entry in place.iterdir()
        if entry.name.endswith(".sql")
    }


def over_sites(text: str) -> str:
    """The text of a question about a site as one about all of a list: the same rules, one statement."""
    return re.sub(r"((?:\w+\.)?site) = \$site\b", r"list_contains($sites, \1)", text)


class Store:
    """The open database. Use it with `with`; `write` may be entered by one thread at a time, the others wait."""

    def __init__(self, path: Path, sites: Mapping[str, Site], at: float) -> None:
        """Open or create the file at the moment `at`; StoreBusy or StoreError where that cannot be done."""
        self.sites, self.folder = dict(sites), path.parent
        self._sql, self._questions = texts(), texts("kpi") | texts("parts")
        self._lock, self._cursor_lock = threading.Lock(), threading.Lock()
        self._known: Known | None = None
        self._shelf: Shelf | None = None
        self._root = _open(path)
        try:
            self._root.execute("SET GLOBAL TimeZone = 'UTC'")
            self._writer = self._root.cursor()
            self._prepare(at)
        except BaseException as error:
            self._root.close()
            if isinstance(error, duckdb.Error):
                raise StoreError(f"the database cannot be used ({type(error).__name__})") from error
            raise

    @property
    def version(self) -> int:
        """Grows with every commit that changes data."""
        return self._version

    @contextmanager
    def write(self) -> Iterator[duckdb.DuckDBPyConnection]:
        """A transaction: committed at the end of the block, rolled back when the block raises."""
        with self._lock:
            # The block may delete what is known here, or the transaction fail: it is read again before use.
            self._known = self._shelf = None
            with self._transaction():
                yield self._writer

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        self._writer.execute("BEGIN TRANSACTION")
        try:
            yield
            self._writer.execute("COMMIT")
        except BaseException:
            with suppress(duckdb.Error):
                self._writer.execute("ROLLBACK")
            raise
        self._version += 1

    @contextmanager
    def reader(self) -> Iterator[duckdb.DuckDBPyConnection]:
        """A connection of its own for one request; it sees the last commit and hinders nobody."""
        with self._cursor_lock:
            cursor = self._root.cursor()
        try:
            yield cursor
        finally:
            cursor.close()

    @contextmanager
    def snapshot(self) -> Iterator[duckdb.DuckDBPyConnection]:
        """A reader that sees one and the same commit for the length of the block."""
        with self.reader() as connection:
            connection.execute("BEGIN TRANSACTION")
            yield connection

    def commit(self, batch: Batch, cursors: Mapping[Source, Cursor], at: float) -> None:
        """Write a batch received `at` as one transaction; duckdb.Error, and nothing written, where that fails."""
        with self._lock:
            known, self._known = self._known, None
            shelf, self._shelf = self._shelf, None
            if batch.windows and known is None:
                known = self._read_known()
            if batch.bad and shelf is None:
                shelf = quarantine.read_shelf(self._writer)
            with self._transaction():
                writing.write(self._writer, batch, cursors, self.sites, at, self._sql, known, shelf)
            self._known, self._shelf = known, shelf

    def finish_days(self, at: float) -> int:
        """Sum up days that are over by `at`; how many. Called again while it does daily.MOST."""
        with self.reader() as connection:
            days = daily.ready(connection, self.sites, at)
        if days.num_rows:
            with self._lock:
                known, self._known = self._known, None
                with self._transaction():
                    daily.finish(self._writer, days)
                if known:
                    known.done.note((row["site"], row["day"]) for row in days.to_pylist())
                self._known = known
        return int(days.num_rows)

    def restore(self, at: float) -> tuple[int, int]:
        """Take what was set aside and can be taken by the settings of today; how many windows, and how many messages
        are left. No cursor moves: these messages were counted as received when they came.
        """
        with self.write() as connection:
            found = quarantine.held(connection)
            again = sort_again(found, self.sites, at)
            writing.add_windows(connection, again.values(), self.sites, at, self._sql, self._read_known())
            quarantine.take_off(connection, again)
        return len(again), len(found) - len(again)

    def _read_known(self) -> Known:
        first, last = (
            {(row["site"], row["device"], row["place"]): row["start"] for row in found.to_arrow_table().to_pylist()}
            for found in (self._writer.sql(self._sql[name]) for name in ("first", "front"))
        )
        return Known(first, Front(last), daily.read_done(self._writer))

    def cursors(self) -> dict[Source, Cursor]:
        """How far each epoch of each device is committed, as the file says."""
        with self.reader() as connection:
            return writing.cursor_rows(connection.sql("SELECT * FROM ingest_cursor").to_arrow_table())

    def epochs(self) -> dict[Source, Spoken]:
        """What is known of the epochs of each device, in the order in which they were heard last."""
        with self.reader() as connection:
            found = connection.sql("SELECT * FROM epoch_told ORDER BY heard_at").to_arrow_table()
            return statuses.epochs_known(found)

    def ask(self, question: str, params: Mapping[str, Any], buckets: pa.Table | None = None) -> pa.Table:
        """The rows of <question>.sql in kpi or parts; a parameter that its text does not name is not bound.

        `buckets` is the calendar of the period, which some questions join as `bucket`. With `sites` and no `site` the
        text is asked over all of those at once, as its rows then must say which is whose.
        """
        text = self._questions[question]
        if "site" not in params:
            text = over_sites(text)
        bound = {name: params[name] for name in set(re.findall(r"\$([a-z_]+)", text))}
        with self.reader() as connection:
            if buckets is not None:
                connection.register("bucket", buckets)
            return connection.sql(text, params=bound).to_arrow_table()

    def rows(self, text: str, params: Mapping[str, Any] | None = None) -> pa.Table:
        """The rows of a fixed statement of this program; never one that was put together from input."""
        with self.reader() as connection:
            return connection.sql(text, params=dict(params) if params else None).to_arrow_table()

    def close(self) -> None:
        """Write what the log still holds into the file and let it go."""
        with self._lock, self._cursor_lock:
            self._writer.close()
            self._root.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _prepare(self, at: float) -> None:
        self._writer.execute("BEGIN TRANSACTION")
        found = migrating.version(self._writer)
        if found is not None and found != SCHEMA:
            self._migrate(found, at)
        for name in ("schema", "sales", "answers", "documents", "alerts"):
            self._writer.execute(self._sql[name])
        if found is None:
            migrating.note(self._writer, SCHEMA, at)
            self._writer.execute("INSERT INTO data_version VALUES (0)")
        writing.set_sites(self._writer, self.sites)
        # A start takes a block of versions, so that a commit need not write its own.
        version = self._writer.execute("SELECT max(version) FROM data_version").fetchone()
        self._version = int(version[0]) + VERSIONS_A_START if version else 0
        self._writer.execute("UPDATE data_version SET version = $version", {"version": self._version})
        self._writer.execute("COMMIT")

    def _migrate(self, found: int, at: float) -> None:
        if found > SCHEMA:
            raise StoreError(f"the database has schema {found}, this program knows {SCHEMA}")
        for number in migrating.migrate(self._writer, texts("migrations"), found):
            migrating.note(self._writer, number, at)
        _LOG.info("the database was brought from schema %d to %d", found, SCHEMA)


def _open(path: Path) -> duckdb.DuckDBPyConnection:
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        connection = duckdb.connect(str(path), config=OPTIONS)
        path.chmod(0o600)
    except duckdb.IOException as error:
        if "lock" in str(error):
            raise StoreBusy("the database is held by another process: is the hub running?") from None
        raise StoreError(f"the database cannot be opened ({type(error).__name__})") from error
    except (OSError, duckdb.Error) as error:
        raise StoreError(f"the database cannot be opened ({type(error).__name__})") from error
    return connection
