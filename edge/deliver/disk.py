"""Where the outbox lies: its lock, its database file, and room kept for the moment when the disk is full."""

import fcntl
import logging
import os
import sqlite3
import tempfile
from pathlib import Path

# Enough for the log and the file to grow by a few thousand messages.
BALLAST = 8_000_000

_LOG = logging.getLogger("instore.outbox")

_SCHEMA = """
create table if not exists epochs (
    id integer primary key autoincrement, epoch text not null unique, next integer not null, acked integer not null);
create table if not exists rows (
    id integer not null, seq integer not null, at real not null, payload blob not null, primary key (id, seq))
    without rowid;
create table if not exists past (
    id integer primary key, epoch text not null, next integer not null, ended real not null);
create table if not exists kept (name text primary key, value blob not null);
"""


class OutboxError(Exception):
    """The outbox cannot be used: another process has it, or the directory cannot be written."""


class Ballast:
    """A file that holds nothing, because even deleting a row needs room.

    It is let go when the disk is full, and laid again when there is room.
    """

    def __init__(self, directory: Path) -> None:
        self._path = directory / "ballast"
        self.held = self._path.exists()

    @property
    def room(self) -> int:
        """Bytes that are free on the disk."""
        found = os.statvfs(self._path.parent)
        return found.f_bavail * found.f_frsize

    def lay(self, size: int = BALLAST, share: int = 4) -> bool:
        """Whether the file lies there now; it is only made where that takes at most 1/share of the room."""
        if not self.held and self.room >= share * size:
            try:
                with self._path.open("wb") as file:
                    os.posix_fallocate(file.fileno(), 0, size)
                self.held = True
            except OSError:
                self._path.unlink(missing_ok=True)
        return self.held

    def drop(self) -> bool:
        """Give the room to whoever needs it; False where there was none to give."""
        if not self.held:
            return False
        self.held = False
        self._path.unlink(missing_ok=True)
        _LOG.error("the disk of outbox.dir is full; the room kept for that is in use now")
        return True


def claimed(directory: Path) -> int:
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


def full(error: sqlite3.Error) -> bool:
    """Whether the disk has no room left; SQLite says so in one way for its files and in another for their index."""
    return error.sqlite_errorcode in (sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR_SHMSIZE)


def opened(path: Path) -> sqlite3.Connection:
    """The database with its tables, for its owner only; sqlite3.DatabaseError where it is damaged."""
    os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))
    path.chmod(0o600)
    db = sqlite3.connect(path, isolation_level=None, check_same_thread=False, timeout=10)
    try:
        db.execute("pragma journal_mode = wal")
        db.execute("pragma synchronous = full")
        # The log is written back often and so stays small: on a full disk it has to do with the room it has.
        db.execute("pragma wal_autocheckpoint = 200")
        # Deleting must not write what it deletes: there may be no room for that, and the rows hold nobody.
        db.execute("pragma secure_delete = off")
        db.executescript(_SCHEMA)
        if db.execute("pragma quick_check(1)").fetchone() != ("ok",):
            raise sqlite3.DatabaseError("damaged")
    except BaseException:
        db.close()
        raise
    return db


def set_aside(path: Path) -> None:
    """Rename a damaged database and its log; the newest damaged one is kept for whoever wants to look."""
    _LOG.error("the outbox is damaged and was set aside; a new one is begun")
    for suffix in ("", "-wal", "-shm"):
        damaged = path.with_name(path.name + suffix)
        if damaged.exists():
            damaged.replace(path.with_name(f"damaged-{path.name}{suffix}"))


def writable(directory: Path) -> str:
    """`writable`, or `in use` where a running device has it; OutboxError where nothing could be stored there."""
    try:
        os.close(claimed(directory))
    except OutboxError as error:
        if "another process" in str(error):
            return "in use by a running device"
        raise
    with tempfile.NamedTemporaryFile(dir=directory) as trial:
        trial.write(b"\0" * 1_000_000)
        trial.flush()
    return "writable"
