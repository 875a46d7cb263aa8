"""MQTT -> batch -> one transaction -> PUBACK in order -> acknowledgement to the device.

The order is the promise: a device deletes what it holds only when the hub says that it is committed, and the broker
forgets only what the hub has confirmed after the commit. A kill at any point loses nothing and doubles nothing.
"""

import logging
import queue
import threading
import time
from collections.abc import Callable

import duckdb

from edge.deliver.mqtt import Connection, Down, Event, Received, Refused, Up
from edge.messages import Ack, encode
from edge.topics import topic
from hub.intake.sorting import Batch, Raw, refuse, sort
from hub.serve.live import Board
from hub.storage import room
from hub.storage.store import BROKEN, Store

# A batch may be all that the broker sends unconfirmed: fewer, larger commits cost less than they delay.
MOST, LINGER_S, IDLE_S = 1000, 0.05, 0.5
SUBSCRIPTIONS = (
    (topic("+", "+", "w"), 1),
    (topic("+", "+", "status"), 1),
    (topic("+", "+", "live"), 0),
)
SESSION_S = 14 * 86_400

_LOG = logging.getLogger("instore.ingest")


class Ingest:
    """The one thread that writes what devices say. `failed` is called once when it cannot go on."""

    def __init__(
        self,
        store: Store,
        connection: Connection,
        board: Board,
        *,
        clock: Callable[[], float] = time.time,
        failed: Callable[[], None] = lambda: None,
    ) -> None:
        self.taken = self.repeats = self.bad = self.refused = self.turns = 0
        self.committed_at: float | None = None
        self.full = False
        self._store, self._connection, self._board = store, connection, board
        self._clock, self._failed = clock, failed
        self._cursors = store.cursors()
        self._thread: threading.Thread | None = None

    def start(self, stop: threading.Event) -> None:
        """Begin in a thread of its own; it ends soon after `stop` is set."""
        self._thread = threading.Thread(target=self._run, args=(stop,), name="ingest", daemon=True)
        self._thread.start()

    def join(self) -> None:
        """Wait until the thread has ended, its last batch committed."""
        if self._thread:
            self._thread.join()

    @property
    def alive(self) -> bool:
        """Whether the thread still works."""
        return self._thread is not None and self._thread.is_alive()

    @property
    def connected(self) -> bool:
        """Whether a connection to the broker stood when last heard of."""
        return self._connection.connected

    def _run(self, stop: threading.Event) -> None:
        try:
            while not stop.is_set():
                self.turn()
        except Exception:
            # After a failed transaction nothing in memory is sure; a new process reads it all again.
            _LOG.exception("ingest ends")
            self._failed()

    def turn(self) -> None:
        """Take what has come, commit it, confirm it. Returns after IDLE_S where nothing comes."""
        self.turns += 1  # what a watchdog looks at: a thread that hangs is alive too
        if not self._has_room():
            return
        found = [event for event in self._gather() if self._is_message(event)]
        if not found:
            if not self._connection.alive:
                raise RuntimeError("the connection's thread has ended")
            return
        received = [event for event in found if isinstance(event, Received)]
        try:
            self._take(received)
        except BROKEN:
            raise
        except Exception as error:
            _LOG.error("a batch cannot be stored (%s); one by one", type(error).__name__)
            self._one_by_one(received)

    def _has_room(self) -> bool:
        """Whether the disk can take a commit. Where not, what the broker sent stays unread and unconfirmed."""
        was, self.full = self.full, not room.enough(self._store.folder)
        if self.full != was:
            _LOG.warning("the disk is full; nothing is taken" if self.full else "the disk has room again")
        if self.full:
            time.sleep(IDLE_S)
        return not self.full

    def _gather(self) -> list[Event]:
        events: list[Event] = []
        waited = IDLE_S
        until = None
        while len(events) < MOST:
            try:
                events.append(self._connection.events.get(timeout=waited))
            except queue.Empty:
                break
            until = until or time.monotonic() + LINGER_S
            waited = max(0.0, until - time.monotonic())
        return events

    def _is_message(self, event: Event) -> bool:
        if isinstance(event, Refused):
            self.refused += 1
            _LOG.error("the broker refuses a %s: %s", event.what, event.reason)
        elif isinstance(event, Up):
            _LOG.info("subscribed (%s)", "session kept" if event.session_present else "new session")
        return not isinstance(event, Up | Down | Refused)

    def _take(self, received: list[Received]) -> None:
        at = self._clock()
        batch = sort((_raw(event) for event in received), self._cursors, self._store.sites, at)
        self._keep(batch, at)
        self._confirm(received, batch)

    def _keep(self, batch: Batch, at: float) -> None:
        for heard in batch.lives:
            self._board.hear(heard)
        if batch.empty:
            return
        try:
            self._store.commit(batch, self._cursors, at)
        except BaseException:
            self._cursors = {}
            raise
        self.committed_at = at
        self.taken += len(batch.windows)
        self.bad += len(batch.bad)
        for lost in batch.lost:
            _LOG.warning("lost for good: %d messages of %s/%s", lost.last - lost.first + 1, lost.site, lost.device)

    def _confirm(self, received: list[Received], batch: Batch) -> None:
        self.repeats += batch.repeats
        self.bad += batch.ignored
        for event in received:
            self._connection.ack(event)
        for site, device, epoch in sorted(batch.touched):
            said = Ack(epoch=epoch, upto=self._cursors[site, device, epoch].upto)
            self._connection.publish(topic(site, device, "ack"), encode(said), qos=0)

    def _one_by_one(self, received: list[Received]) -> None:
        """Find the message that cannot be stored and set it aside, so that it does not stop the others."""
        for event in received:
            self._cursors = self._store.cursors()
            try:
                self._take([event])
            except BROKEN:
                raise
            except (duckdb.Error, ValueError, ArithmeticError) as error:
                self._cursors, at = self._store.cursors(), self._clock()
                batch = refuse(_raw(event), self._cursors, f"cannot be stored: {type(error).__name__}")
                self._keep(batch, at)
                self._confirm([event], batch)


def _raw(event: Received) -> Raw:
    return Raw(event.topic, event.payload, event.retain)
