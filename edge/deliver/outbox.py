"""Messages on disk from the moment they exist until the hub says it has committed them.

SQLite with a write-ahead log and synchronous=FULL: what `put` returned from survives kill -9 and a power cut.
An epoch is drawn at every start; a row keeps the epoch and number (from 1, no gaps) it was written with.
"""

import contextlib
import fcntl
import logging
import os
import secrets
import sqlite3
import tempfile
import threading
from collections.abc import Callable, Iterator, Sequence
from itertools import takewhile
from pathlib import Path
from typing import NamedTuple

from edge.plan import Outbox as Limits

_LOG = logging.getLogger("instore.outbox")

_SCHEMA = """
create table if not exists epochs (
    id integer primary key autoincrement, epoch text not null unique, next integer not null, acked integer not null);
create table if not exists rows (
    id integer not null, seq integer not null, at real not null, payload blob not null, primary key (id, seq))
    without rowid;
create table if not exists kept (name text primary key, value blob not null);
"""
_SLICE = 100  # rows dropped at a time when a cap is reached


class OutboxError(Exception):
    """The outbox cannot be used: another process has it, or the directory cannot be written."""


class Row(NamedTuple):
    """One message; `order` counts the epochs in the order in which they began."""

    order: int
    seq: int
    epoch: str
    payload: bytes


class Held(NamedTuple):
    """An epoch that the hub has not acknowledged whole: its first row still here, and the number that comes next."""

    order: int
    epoch: str
    first: int
    next: int


class Outbox:
    """The outbox of one device: one process, any thread. Every call is one transaction."""

    def __init__(self, limits: Limits) -> None:
        """Open or create it and begin a new epoch. A database that is no longer one is set aside, never deleted."""
        self.dropped = self.alarms = 0
        self._limits = limits
        self._lock = threading.Lock()
        self._guard = _claimed(Path(limits.dir))
        path = Path(limits.dir) / "outbox.sqlite"
        try:
            self._db = _opened(path)
        except sqlite3.DatabaseError:
            _set_aside(path)
            self.alarms += 1
            self._db = _opened(path)
        self.epoch = secrets.token_hex(4)
        with self._transaction():
            # Of epochs that are acknowledged whole nothing is left to say.
            self._db.execute("delete from epochs where acked >= next - 1 and id not in (select id from rows)")
            self._order = self._db.execute("insert into epochs values (null, ?, 1, 0)", (self.epoch,)).lastrowid or 0
        size = self._db.execute("select count(*), coalesce(sum(length(payload)), 0) from rows").fetchone()
        self._rows, self._bytes = int(size[0]), int(size[1])

    @property
    def held(self) -> int:
        """How many messages wait for the hub."""
        return self._rows

    def put(self, make: Callable[[str, int], bytes], at: float) -> int:
        """Store one message made for (epoch, seq); its number. `at` is the time of enqueueing, for the age cap."""
        return self.put_many([make], at)

    def put_many(
        self, makes: Sequence[Callable[[str, int], bytes]], at: float, keep: dict[str, bytes] | None = None
    ) -> int:
        """Store messages in order, and what is to be kept with them, in one transaction; the last number given.

        OutboxError, and nothing stored, where the disk is full or broken.
        """
        with self._writing(), self._transaction():
            (number,) = self._db.execute("select next from epochs where id = ?", (self._order,)).fetchone()
            made = [(self._order, number + i, at, make(self.epoch, number + i)) for i, make in enumerate(makes)]
            self._db.executemany("insert into rows values (?, ?, ?, ?)", made)
            self._db.execute("update epochs set next = ? where id = ?", (number + len(made), self._order))
            for name, value in (keep or {}).items():
                self._db.execute("insert or replace into kept values (?, ?)", (name, value))
            self._rows += len(made)
            self._bytes += sum(len(payload) for _, _, _, payload in made)
        self._cap(at)
        return int(number) + len(made) - 1

    def batch(self, after: tuple[int, int] | None, limit: int) -> list[Row]:
        """At most `limit` rows after (order, seq), or from the first on: oldest epoch first, in order of number."""
        with self._lock:
            found = self._db.execute(
                "select rows.id, seq, epoch, payload from rows join epochs using (id)"
                " where (rows.id, seq) > (?, ?) order by rows.id, seq limit ?",
                (*(after or (0, 0)), limit),
            )
            return [Row(*row) for row in found]

    def epochs(self) -> list[Held]:
        """The epochs that the hub has not acknowledged whole, oldest first; the current one is always among them."""
        with self._lock:
            found = self._db.execute(
                "select id, epoch, coalesce((select min(seq) from rows where rows.id = epochs.id), next), next"
                " from epochs where acked < next - 1 or epoch = ? order by id",
                (self.epoch,),
            )
            return [Held(*row) for row in found]

    def ack(self, epoch: str, upto: int, sent: int | None = None) -> int:
        """Delete what the hub has committed; how many rows went. An epoch of somebody else changes nothing.

        An acknowledgement above `sent` (None: above what was ever written) deletes nothing and raises an alarm.
        """
        with self._transaction():
            known = self._db.execute("select id, next, acked from epochs where epoch = ?", (epoch,)).fetchone()
            if known is None:
                return 0
            order, following, acked = known
            if upto > (following - 1 if sent is None else min(sent, following - 1)):
                self.alarms += 1
                if self.alarms in (1, 10, 100) or self.alarms % 1000 == 0:
                    _LOG.error("acknowledgements above what was sent: %d; nothing is deleted", self.alarms)
                return 0
            if upto > acked:
                self._db.execute("update epochs set acked = ? where id = ?", (upto, order))
            return self._delete("id = ? and seq <= ?", (order, upto))

    def save(self, name: str, value: bytes) -> None:
        """Keep a value over a restart."""
        with self._transaction():
            self._db.execute("insert or replace into kept values (?, ?)", (name, value))

    def load(self, name: str) -> bytes | None:
        """The value that was kept, or None."""
        with self._lock:
            found = self._db.execute("select value from kept where name = ?", (name,)).fetchone()
            return bytes(found[0]) if found else None

    def take(self, name: str) -> bytes | None:
        """The value that was kept, once: sums that are continued must not be continued again after a kill."""
        found = self.load(name)
        if found is not None:
            with self._transaction():
                self._db.execute("delete from kept where name = ?", (name,))
        return found

    def close(self) -> None:
        """Close the database and let another process have it."""
        with self._lock:
            self._db.close()
            os.close(self._guard)

    @contextlib.contextmanager
    def _writing(self) -> Iterator[None]:
        try:
            yield
        except sqlite3.Error as error:
            _LOG.error("messages cannot be stored (%s)", error.sqlite_errorname)
            raise OutboxError("outbox.dir: cannot be written") from None

    @contextlib.contextmanager
    def _transaction(self) -> Iterator[None]:
        with self._lock:
            self._db.execute("begin immediate")
            try:
                yield
            except BaseException:
                if self._db.in_transaction:
                    self._db.execute("rollback")
                raise
            self._db.execute("commit")

    def _delete(self, where: str, values: tuple[float, ...]) -> int:
        (size,) = self._db.execute(
            f"select coalesce(sum(length(payload)), 0) from rows where {where}", values
        ).fetchone()
        gone = self._db.execute(f"delete from rows where {where}", values).rowcount
        self._rows -= gone
        self._bytes -= size
        return gone

    def _cap(self, at: float) -> None:
        """Drop the oldest where the caps of age, rows or bytes are passed; the sender's resume tells the hub."""
        oldest = at - self._limits.max_age_h * 3600
        while True:
            over = self._rows > self._limits.max_rows or self._bytes > self._limits.max_bytes
            limit = min(_SLICE, max(10, self._rows - self._limits.max_rows)) if over else _SLICE
            with self._transaction():
                first = self._db.execute("select id, seq, at from rows order by id, seq limit ?", (limit,)).fetchall()
                gone = first if over else list(takewhile(lambda row: row[2] < oldest, first))
                if not gone:
                    return
                last = gone[-1]
                count = self._delete("(id, seq) <= (?, ?)", (last[0], last[1]))
            self.dropped += count
            _LOG.warning("the outbox is over its limits: %d of the oldest messages dropped", count)


def _claimed(directory: Path) -> int:
    """The lock of the directory, made with mode 0700; OutboxError where another process has it."""
    try:
        directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        guard = os.open(directory / "outbox.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except OSError as error:
        raise OutboxError(f"outbox.dir: cannot be written ({type(error).__name__})") from None
    try:
        fcntl.flock(guard, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        os.close(guard)
        raise OutboxError("outbox.dir: another process has this outbox") from None
    return guard


def _opened(path: Path) -> sqlite3.Connection:
    os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))
    path.chmod(0o600)
    db = sqlite3.connect(path, isolation_level=None, check_same_thread=False, timeout=10)
    try:
        db.execute("pragma journal_mode = wal")
        db.execute("pragma synchronous = full")
        db.executescript(_SCHEMA)
        if db.execute("pragma quick_check(1)").fetchone() != ("ok",):
            raise sqlite3.DatabaseError("damaged")
    except BaseException:
        db.close()
        raise
    return db


def _set_aside(path: Path) -> None:
    """Rename a damaged database and its log; the newest damaged one is kept for whoever wants to look."""
    _LOG.error("the outbox is damaged and was set aside; a new one is begun")
    for suffix in ("", "-wal", "-shm"):
        damaged = path.with_name(path.name + suffix)
        if damaged.exists():
            damaged.replace(path.with_name(f"damaged-{path.name}{suffix}"))


def writable(directory: Path) -> str:
    """`writable`, or `in use` where a running device has it; OutboxError where nothing could be stored there."""
    try:
        os.close(_claimed(directory))
    except OutboxError as error:
        if "another process" in str(error):
            return "in use by a running device"
        raise
    with tempfile.NamedTemporaryFile(dir=directory) as trial:
        trial.write(b"\0" * 1_000_000)
        trial.flush()
    return "writable"
