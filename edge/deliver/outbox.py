"""Messages on disk from the moment they exist until the hub says it has committed them.

SQLite with a write-ahead log and synchronous=FULL: what `put` returned from survives kill -9 and a power cut.
An epoch is drawn at every start; a row keeps the epoch and number (from 1, no gaps) it was written with.
"""

import contextlib
import logging
import os
import secrets
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from itertools import takewhile
from pathlib import Path
from typing import NamedTuple, TypeVar

from edge.deliver.disk import BALLAST, Ballast, OutboxError, claimed, full, opened, set_aside
from edge.plan import Outbox as Limits

_LOG = logging.getLogger("instore.outbox")

_MOST_PAGES = 2**30
_SLICE = 100  # rows dropped at a time when a cap is reached
_PAST_S, _MOST_PAST = 30 * 86_400.0, 100  # a hub put back from an older copy than that has lost more than a gap

Result = TypeVar("Result")


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
    """The outbox of one device: one process, any thread. Every call is one transaction.

    On a full disk it goes on in the room that was kept for that; when that is used up too, the oldest messages make
    room for new ones, and acknowledgements still delete.
    """

    def __init__(self, limits: Limits) -> None:
        """Open or create it and begin a new epoch. A database that is no longer one is set aside, never deleted."""
        self.dropped = self.alarms = 0
        self.newest = 0  # the number given last
        self._limits = limits
        self._lock = threading.Lock()
        self._guard = claimed(Path(limits.dir))
        self._ballast, self._grows = Ballast(Path(limits.dir)), True
        self._db = self._open(Path(limits.dir) / "outbox.sqlite")
        self.epoch = secrets.token_hex(4)
        size = self._db.execute("select count(*), coalesce(sum(length(payload)), 0) from rows").fetchone()
        self._rows, self._bytes = int(size[0]), int(size[1])
        self._order = self._do(self._begin)
        self._keep_room()

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

        def store() -> int:
            (number,) = self._db.execute("select next from epochs where id = ?", (self._order,)).fetchone()
            made = [(self._order, number + i, at, make(self.epoch, number + i)) for i, make in enumerate(makes)]
            self._db.executemany("insert into rows values (?, ?, ?, ?)", made)
            self._db.execute("update epochs set next = ? where id = ?", (number + len(made), self._order))
            for name, value in (keep or {}).items():
                self._db.execute("insert or replace into kept values (?, ?)", (name, value))
            self._rows += len(made)
            self._bytes += sum(len(payload) for _, _, _, payload in made)
            return int(number) + len(made) - 1

        self.newest = last = self._do(store)
        self._cap(at)
        self._keep_room()
        return last

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

    def past(self) -> list[Held]:
        """Earlier epochs that were acknowledged whole, for 30 days: a hub that was put back from a copy asks for none
        of them, and what it lacks of them would be gone in silence.
        """
        with self._lock:
            found = self._db.execute(
                "select id, epoch, next, next from past union all"
                " select id, epoch, next, next from epochs where acked >= next - 1 and next > 1 and epoch != ?"
                " order by 1",
                (self.epoch,),
            )
            return [Held(*row) for row in found]

    def ack(self, epoch: str, upto: int, sent: int | None = None) -> int:
        """Delete what the hub has committed; how many rows went. An epoch of somebody else changes nothing.

        An acknowledgement above `sent` (None: above what was ever written) deletes nothing and raises an alarm.
        """
        return self._do(lambda: self._acked(epoch, upto, sent))

    def _acked(self, epoch: str, upto: int, sent: int | None) -> int:
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
        """Keep a value over a restart; OutboxError where the disk is full or broken."""
        self._do(lambda: self._db.execute("insert or replace into kept values (?, ?)", (name, value)))

    def load(self, name: str) -> bytes | None:
        """The value that was kept, or None."""
        with self._lock:
            found = self._db.execute("select value from kept where name = ?", (name,)).fetchone()
            return bytes(found[0]) if found else None

    def take(self, name: str) -> bytes | None:
        """The value that was kept, once: sums that are continued must not be continued again after a kill."""
        found = self.load(name)
        if found is not None:
            self._do(lambda: self._db.execute("delete from kept where name = ?", (name,)))
        return found

    def close(self) -> None:
        """Close the database and let another process have it."""
        with self._lock:
            self._db.close()
            # The log went with that: on a full disk its room is needed to open it again.
            self._ballast.lay(BALLAST // 8, share=1)
            os.close(self._guard)

    def _open(self, path: Path) -> sqlite3.Connection:
        for room in (self._ballast.drop, None):
            try:
                return opened(path)
            except sqlite3.OperationalError as error:
                if not full(error) or room is None or not room():
                    raise OutboxError(f"outbox.dir: cannot be opened ({error.sqlite_errorname})") from None
            except sqlite3.DatabaseError:
                set_aside(path)
                self.alarms += 1
        return opened(path)

    def _begin(self) -> int:
        now, whole = time.time(), "from epochs where acked >= next - 1 and id not in (select id from rows)"
        self._db.execute(f"insert or ignore into past select id, epoch, next, ? {whole} and next > 1", (now,))
        self._db.execute(f"delete {whole}")
        self._db.execute(
            "delete from past where ended < ? or id not in (select id from past order by id desc limit ?)",
            (now - _PAST_S, _MOST_PAST),
        )
        return self._db.execute("insert into epochs values (null, ?, 1, 0)", (self.epoch,)).lastrowid or 0

    def _do(self, work: Callable[[], Result]) -> Result:
        """The result of `work` in one transaction. On a full disk it is tried again with more and more room."""
        rooms = iter((self._use_ballast, self._drop_oldest))
        while True:
            try:
                with self._transaction():
                    return work()
            except sqlite3.Error as error:
                if not (full(error) and any(room() for room in rooms)):
                    _LOG.error("the outbox cannot be written (%s)", error.sqlite_errorname)
                    raise OutboxError("outbox.dir: cannot be written") from None

    @contextlib.contextmanager
    def _transaction(self) -> Iterator[None]:
        with self._lock:
            before = self._rows, self._bytes
            try:
                self._db.execute("begin immediate")
                yield
                self._db.execute("commit")
            except BaseException:
                self._rows, self._bytes = before
                if self._db.in_transaction:
                    self._db.execute("rollback")
                raise

    def _use_ballast(self) -> bool:
        """Take the room that was kept into the file and its log, before whoever filled the disk takes that too."""
        if not self._ballast.drop():
            return False
        for statement in (
            "insert into kept values ('room', zeroblob(?1))",
            "delete from kept where ?1 and name = 'room'",
        ):
            with contextlib.suppress(sqlite3.Error), self._transaction():
                self._db.execute(statement, (BALLAST * 3 // 8,))
        self._keep_room()
        return True

    def _keep_room(self) -> None:
        """Lay the ballast where that is possible. Without room the file may not grow any more: what is in its log
        could not be written back, and a log that is not written back fills up.
        """
        grows = self._ballast.lay() or self._ballast.room >= BALLAST
        if grows != self._grows:
            with self._lock:
                self._db.execute(f"pragma max_page_count = {_MOST_PAGES if grows else 1}")
            self._grows = grows

    def _drop_oldest(self) -> bool:
        """Make room inside the file by its oldest rows; False where there are none or even that is not possible."""
        try:
            with self._transaction():
                gone = self._delete(
                    "(id, seq) in (select id, seq from rows order by id, seq limit ?)", (_SLICE // 5,)
                )
        except sqlite3.Error:
            return False
        self.dropped += gone
        return gone > 0

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
