"""The outbox to the hub: a small window in flight, resume, acknowledgement, going back.

The broker's word counts for nothing here: a row leaves the disk when the hub says that it is committed.
"""

import logging
import random
import sqlite3
import threading
import time
from collections import deque
from collections.abc import Callable
from queue import Empty

import msgspec

from edge.deliver.disk import OutboxError
from edge.deliver.mqtt import Connection, Down, Event, Received, Refused, Up
from edge.deliver.outbox import Outbox
from edge.messages import Ack, BadMessage, Resume, Status, decode, encode
from edge.topics import topic

WINDOW = 100
STATUS_S, NUMBERS_S = 30.0, 1.0  # a status at the latest; the soonest that new numbers alone make one
PAST_S = 3600.0
_POLL_S = 0.2

_LOG = logging.getLogger("instore.sender")


class Sender(threading.Thread):
    """The thread between the outbox and the connection. It alone reads the connection's events.

    `refusals` counts what the broker refused, `returns` how often it went back for want of progress, `turns` its
    rounds: a watchdog looks at that, for a thread that hangs is alive too.
    """

    def __init__(
        self, site: str, device: str, outbox: Outbox, connection: Connection, status: Callable[[], Status]
    ) -> None:
        super().__init__(name="sender", daemon=True)
        self.refusals = self.returns = self.turns = 0
        self._outbox, self._connection, self._status = outbox, connection, status
        self._ended = threading.Event()
        self._w, self._status_topic = topic(site, device, "w"), topic(site, device, "status")
        self._ack_topic = topic(site, device, "ack")
        self._at: tuple[int, int] | None = None  # the last row sent
        self._flying: deque[tuple[int, int]] = deque()
        self._orders: dict[str, int] = {}
        self._sent: dict[str, int] = {}  # the highest number sent in this process, or said in a resume
        self._dropped = outbox.dropped
        self._patience = 0.0
        self._fruitless = 0
        self._recall = 0.0
        self._told: tuple[float, object, int] = (float("-inf"), None, 0)

    def run(self) -> None:
        """Send until `stop`; a failure of the disk is logged and tried again, anything else ends the thread."""
        while not self._ended.is_set():
            self.turns += 1
            try:
                self._turn()
            except (sqlite3.OperationalError, OutboxError):
                # What could not be deleted is acknowledged again when it is sent again.
                _LOG.error("the outbox cannot be read or written; tried again")
                self._ended.wait(2.0)

    def stop(self, timeout: float = 5.0) -> None:
        """End the thread and say goodbye: an `offline` status, so that nobody has to wait for the will."""
        self._ended.set()
        self.join(timeout)
        goodbye = msgspec.structs.replace(self._numbered(self._status()), state="offline")
        self._connection.publish(self._status_topic, encode(goodbye), retain=True)
        limit = time.monotonic() + 2.0
        while self._connection.connected and self._connection.unconfirmed and time.monotonic() < limit:
            time.sleep(0.02)

    def _turn(self) -> None:
        try:
            self._on(self._connection.events.get(timeout=_POLL_S))
            while True:
                self._on(self._connection.events.get_nowait())
        except Empty:
            pass
        if not self._connection.connected:
            return
        now = time.monotonic()
        if self._dropped != self._outbox.dropped:
            self._go_back(now)
        elif self._flying and now > self._patience:
            self._lose_patience(now)
        elif now > self._recall:
            self._tell_past(now)
        self._send(now)
        self._say_status(now)

    def _on(self, event: Event) -> None:
        if isinstance(event, Up):
            self._told = (float("-inf"), None, 0)  # a birth on every connect, or the will stands for good
            self._say_status(time.monotonic())
            self._fruitless = 0
            self._go_back(time.monotonic())
        elif isinstance(event, Down):
            self._flying.clear()
        elif isinstance(event, Refused):
            self.refusals += 1
            if self.refusals in (1, 10, 100) or self.refusals % 1000 == 0:
                _LOG.error("the broker refused a %s for the %dth time: %s", event.what, self.refusals, event.reason)
        elif event.topic == self._ack_topic:
            self._acknowledge(event)

    def _acknowledge(self, message: Received) -> None:
        try:
            ack = decode("ack", message.payload)
        except BadMessage as error:
            return _LOG.warning("an acknowledgement that is none: %s", error.reason)
        if not isinstance(ack, Ack):
            return None
        sent = self._sent.get(ack.epoch, 0) if ack.epoch == self._outbox.epoch else None
        alarms = self._outbox.alarms
        if self._outbox.ack(ack.epoch, ack.upto, sent):
            self._fruitless = 0
            self._be_patient(time.monotonic())
        elif self._outbox.alarms != alarms:
            # Nothing is deleted. But rows of an earlier epoch that a hub answers so must not block those after them.
            return None if ack.epoch == self._outbox.epoch else self._land(ack.epoch, ack.upto)
        return self._land(ack.epoch, ack.upto)

    def _land(self, epoch: str, upto: int) -> None:
        """Rows up to `upto` are in flight no more."""
        order = self._orders.get(epoch)
        self._flying = deque(row for row in self._flying if row[0] != order or row[1] > upto)

    def _lose_patience(self, now: float) -> None:
        self.returns += 1
        self._fruitless += 1
        if self._connection.unconfirmed >= WINDOW:
            # The broker itself does not answer: more of the same would only fill the library's queue.
            self._flying.clear()
            self._be_patient(now)
            return self._connection.restart()
        return self._go_back(now)

    def _go_back(self, now: float) -> None:
        """Begin again at the first row that is not acknowledged, and tell the hub what will not come any more."""
        self._dropped = self._outbox.dropped
        self._at = None
        self._flying.clear()
        for held in self._outbox.epochs():
            self._connection.publish(self._w, encode(Resume(v=1, epoch=held.epoch, first=held.first)))
            self._sent[held.epoch] = max(self._sent.get(held.epoch, 0), held.first - 1)
        # A hub that stays away needs to hear it once, not at every look for its return.
        if self._fruitless < 2:
            self._tell_past(now)
        self._be_patient(now)

    def _tell_past(self, now: float) -> None:
        """Tell of earlier epochs too, anew each hour: nobody says when the hub's database was put back."""
        self._recall = now + PAST_S
        for held in self._outbox.past():
            self._connection.publish(self._w, encode(Resume(v=1, epoch=held.epoch, first=held.first)))

    def _be_patient(self, now: float) -> None:
        # Jitter: the devices of a shop must not all come at once when a hub returns.
        self._patience = now + random.uniform(3.0, 10.0)

    def _send(self, now: float) -> None:
        # With the hub away one row is enough to notice its return; a full window each time would flood the broker.
        window = WINDOW if self._fruitless < 2 else 1
        if len(self._flying) >= window:
            return
        for row in self._outbox.batch(self._at, window - len(self._flying)):
            if not self._flying:
                self._be_patient(now)
            if not self._connection.publish(self._w, row.payload):
                return
            self._at = (row.order, row.seq)
            self._flying.append(self._at)
            self._orders[row.epoch] = row.order
            self._sent[row.epoch] = max(self._sent.get(row.epoch, 0), row.seq)

    def _say_status(self, now: float) -> None:
        status = self._status()
        news = (status.state, status.clock, tuple((sensor.id, sensor.state) for sensor in status.sensors))
        due, known, number = self._told
        newest = self._outbox.newest
        if now >= due or news != known or (newest != number and now >= due - STATUS_S + NUMBERS_S):
            said = encode(self._numbered(status))
            if self._connection.publish(self._status_topic, said, retain=True):
                self._told = (now + STATUS_S, news, newest)

    def _numbered(self, status: Status) -> Status:
        """The status with how far the numbers of this start go, and of how many earlier ones rows are held: so a hub
        knows what it never got from a card that was lost.
        """
        held = self._outbox.epochs()  # the current one is always among them
        numbers = {"newest-number": self._outbox.newest, "older-epochs": len(held) - 1}
        return msgspec.structs.replace(status, counters=status.counters | numbers)
