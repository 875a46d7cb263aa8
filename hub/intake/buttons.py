"""Buttons that customers press, over MQTT: each press is an answer like any other, and goes the way of a survey file.

A press says no more of a person than a paper ballot does: a number from 1 to 4, a place and a moment. It is stored as
a single answer, for only so it can stand beside what was measured then; what leaves the hub are sums, as of all.
"""

import logging
import queue
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from datetime import UTC, datetime

import msgspec
import pyarrow as pa
from paho.mqtt.client import topic_matches_sub

from edge.deliver.mqtt import Broker, Connection, Received, Refused
from edge.settings import SettingsError
from hub.intake.presses import Buttons, Sieve, record
from hub.intake.taking import Refusal, Taking
from hub.storage import room
from hub.storage.store import Store

MOST, LINGER_S, IDLE_S = 500, 0.2, 1.0
SESSION_S = 86_400  # a press that is older has nothing to be set beside

_LOG = logging.getLogger("instore.buttons")


@contextmanager
def pressing(
    broker: Broker,
    client_id: str,
    buttons: Sequence[Buttons],
    taking: Taking,
    store: Store,
    stop: threading.Event,
    failed: Callable[[], None],
) -> Iterator[None]:
    """Take presses for the length of the block, if there are buttons; ends with `stop`, which the caller sets."""
    if not buttons:
        yield
        return
    heard = tuple((topic, 1) for topic in dict.fromkeys(one.topic for one in buttons))
    connection = Connection(broker, client_id, subscriptions=heard, session_s=SESSION_S, manual_ack=True)
    presses = Presses(buttons, connection, taking, store, failed=failed)
    presses.start(stop)
    try:
        yield
    finally:
        stop.set()
        presses.join()


class Presses:
    """The thread that takes presses. Its connection is one of its own: buttons never hold up what devices measure."""

    def __init__(
        self,
        buttons: Sequence[Buttons],
        connection: Connection,
        taking: Taking,
        store: Store,
        *,
        clock: Callable[[], float] = time.time,
        failed: Callable[[], None] = lambda: None,
    ) -> None:
        self.taken = self.bad = 0
        self._buttons, self._connection, self._taking, self._store = buttons, connection, taking, store
        self._clock, self._failed = clock, failed
        try:
            self._sieves = {b.mapping: Sieve(taking.mash_s(b.mapping)) for b in buttons}
        except Refusal as error:
            raise SettingsError(str(error)) from None
        self._thread: threading.Thread | None = None

    def start(self, stop: threading.Event) -> None:
        """Begin in a thread of its own; it ends soon after `stop` is set."""
        self._thread = threading.Thread(target=self._run, args=(stop,), name="buttons", daemon=True)
        self._connection.start()
        self._thread.start()

    def join(self) -> None:
        """Wait until the thread has ended, its last presses stored, and leave the broker."""
        if self._thread:
            self._thread.join()
        self._connection.stop()

    def _run(self, stop: threading.Event) -> None:
        try:
            while not stop.is_set():
                self.turn()
        except Exception:
            # As with what devices say: after a failed transaction only a new process is sure of anything.
            _LOG.exception("buttons end")
            self._failed()

    def turn(self) -> None:
        """Store what has come, then confirm it. Returns after IDLE_S where nothing comes or the disk is full."""
        if not room.enough(self._store.folder):
            time.sleep(IDLE_S)
            return
        received = self._gather()
        for buttons in self._buttons:
            mine = [one for one in received if topic_matches_sub(buttons.topic, one.topic)]
            if mine:
                self._take(buttons.mapping, mine)
        self._connection.ack(*received)

    def _gather(self) -> list[Received]:
        found: list[Received] = []
        until = None
        with suppress(queue.Empty):
            while len(found) < MOST:
                left = IDLE_S if until is None else max(0.0, until - time.monotonic())
                event = self._connection.events.get(timeout=left)
                until = until or time.monotonic() + LINGER_S
                if isinstance(event, Received):
                    found.append(event)
                elif isinstance(event, Refused):
                    _LOG.error("the broker refuses a %s: %s", event.what, event.reason)
        return found

    def _take(self, mapping: str, received: Sequence[Received]) -> None:
        """Store presses as one file; where one of them is none, one by one, and that one is left out and counted."""
        at = self._clock()
        came = datetime.fromtimestamp(at, UTC)
        lines = b"\n".join(
            msgspec.json.encode(record(came, one.topic, one.payload, retain=one.retain)) for one in received
        )

        def sift(answers: pa.Table) -> pa.Table:
            return self._sieves[mapping].sift(answers, at)

        try:
            report = self._taking.take(self._store, mapping, "buttons", lines, lambda site: True, sift=sift)
            self.taken += report["stored"]["added"]
        except Refusal as error:
            if len(received) == 1:
                self.bad += 1
                _LOG.warning("a press cannot be read: %s", error)
                return
            for one in received:
                self._take(mapping, [one])
