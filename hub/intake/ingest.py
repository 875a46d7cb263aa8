"""MQTT -> batch -> one transaction -> PUBACK in order -> acknowledgement to the device.

The order is the promise: a device deletes what it holds only when the hub says that it is committed, and the broker
forgets only what the hub has confirmed after the commit. A kill at any point loses nothing and doubles nothing.
"""

import logging
import queue
import threading
import time
from collections.abc import Callable
from contextlib import suppress

import duckdb

from edge.deliver.mqtt import Connection, Down, Event, Received, Refused, Up
from edge.messages import Ack, encode
from edge.topics import topic
from hub.intake.cursors import Trail
from hub.intake.epochs import Epochs
from hub.intake.sorting import Batch, Raw, refuse, sort
from hub.serve.live import Board
from hub.storage import room
from hub.storage.store import BROKEN, Store

# Fewer, larger commits cost less than they delay. A batch is half of what the broker may send unconfirmed (see
# Connection), so that it sends on while a batch is committed; it ends early when a step brings nothing new.
# By bytes it is no larger than what the room that is kept on the disk can take.
MOST, MOST_BYTES, LINGER_S, STEP_S, IDLE_S = 2000, 16_000_000, 0.05, 0.005, 0.5
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
        self._cursors, self._trail = store.cursors(), Trail()
        self._epochs = Epochs(store.epochs())
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

    def say(self, name: str, payload: bytes) -> bool:
        """Publish what is to be kept by the broker; False where no connection stands. For any thread."""
        return self._connection.publish(name, payload, retain=True)

    @property
    def live_dropped(self) -> int:
        """How many live values came faster than they could be read; newer ones are in their place."""
        return self._connection.live_dropped

    @property
    def twins(self) -> int:
        """How many names two devices have answered to within the last hour."""
        return self._epochs.twins(self._clock())

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
        came, size = self._connection.events, 0
        with suppress(queue.Empty):
            events.append(came.get(timeout=IDLE_S))
            until, before = time.monotonic() + LINGER_S, -1
            # Not a wait for each message: every waking of this thread holds up the one that receives.
            while before < came.qsize() < MOST - 1 and time.monotonic() < until:
                before = came.qsize()
                time.sleep(STEP_S)
            while len(events) < MOST and size < MOST_BYTES:
                events.append(event := came.get_nowait())
                size += len(event.payload) if isinstance(event, Received) else 0
        return events

    def _is_message(self, event: Event) -> bool:
        if isinstance(event, Refused):
            self.refused += 1
            _LOG.error("the broker refuses a %s: %s", event.what, event.reason)
        elif isinstance(event, Up):
            _LOG.info("subscribed (%s)", "session kept" if event.session_present else "new session")
        elif isinstance(event, Down):
            self._trail = Trail()  # what was on its way is gone: a hole after it proves nothing
        return not isinstance(event, Up | Down | Refused)

    def _take(self, received: list[Received]) -> None:
        at = self._clock()
        batch = sort((_raw(event) for event in received), self._cursors, self._store.sites, at, self._trail)
        for name in sorted(self._epochs.follow(batch, self._cursors, at)):
            _LOG.error("two devices answer to one name: %s/%s; give one of them another", *name)
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
        self._connection.ack(*received)
        for site, device, epoch in sorted(batch.touched):
            said = Ack(epoch=epoch, upto=self._cursors[site, device, epoch].upto)
            self._connection.publish(topic(site, device, "ack"), encode(said), qos=0)

    def _one_by_one(self, received: list[Received]) -> None:
        """Find the message that cannot be stored and set it aside, so that it does not stop the others."""
        self._trail = Trail()
        for event in received:
            self._cursors, self._epochs = self._store.cursors(), Epochs(self._store.epochs())
            try:
                self._take([event])
            except BROKEN:
                raise
            except (duckdb.Error, ValueError, ArithmeticError) as error:
                self._cursors, at = self._store.cursors(), self._clock()
                reason = f"cannot be stored: {type(error).__name__}"
                batch = refuse(_raw(event), self._cursors, reason, self._trail)
                self._keep(batch, at)
                self._confirm([event], batch)


def _raw(event: Received) -> Raw:
    return Raw(event.topic, event.payload, event.retain)
