"""One MQTT 5 connection with the client library's traps shut in here.

How an owner uses it (edge sender and hub ingest alike):

    connection = Connection(broker, "instore-hub", subscriptions=(("instore/v1/+/+/w", 1),),
                            session_s=86400, manual_ack=True)
    connection.start()                       # never raises when the broker is away; connects and reconnects by itself
    event = connection.events.get(timeout=1) # Up | Down | Refused | Received, in the order they happened
    Up        -> publish the birth here, on EVERY connect; subscribed (a kept session's Received may come before)
    Received  -> do the work, commit, then connection.ack(event, ...); in order of arrival
    Down      -> what was in flight is gone from the library's queue: whoever must deliver it sends it again
    Refused   -> the broker said no to a publish or a subscription (a success of QoS 1 says nothing): raise an alarm
    connection.stop()

Callbacks of the library only push to `events`: they run under its locks, and one that waits for a lock of ours while
another thread publishes hangs both. `publish` is for any thread. What happened to a publish is known by an end-to-end
acknowledgement only; the library's own answer may be wrong (it counts a refused publish as done).
"""

import contextlib
import logging
import queue
import socket
import threading
from collections.abc import Sequence
from typing import Any, NamedTuple

from paho.mqtt.client import Client, ConnectFlags, DisconnectFlags, MQTTMessage
from paho.mqtt.enums import CallbackAPIVersion, MQTTErrorCode, MQTTProtocolVersion
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties
from paho.mqtt.reasoncodes import ReasonCode
from paho.mqtt.subscribeoptions import SubscribeOptions

from edge.deliver.bulk import MOST_PAYLOAD, BulkClient
from edge.deliver.secure import verified
from edge.plan import Broker
from edge.settings import secret

__all__ = ["Broker", "Connection", "Down", "Event", "Received", "Refused", "Up", "Will"]

KEEPALIVE_S = 30
MOST_UNREAD, _MOST_PACKET = 20_000, 1_000_000  # messages of QoS 0; bytes that a broker may send in one piece

_LOG = logging.getLogger("instore.mqtt")


class Up(NamedTuple):
    """A connection stands and its subscriptions are confirmed; `generation` grows with every connection."""

    generation: int
    session_present: bool


class Down(NamedTuple):
    """The connection is gone or could not be made; `reason` is the broker's or the library's word."""

    generation: int
    reason: str


class Refused(NamedTuple):
    """The broker answered a `publish` or `subscribe` with a failure, such as "Not authorized"."""

    what: str
    reason: str


class Received(NamedTuple):
    """A message; hand it to `Connection.ack` once its content is safe. QoS 0 needs no ack (and takes one gladly)."""

    generation: int
    mid: int
    topic: str
    payload: bytes
    retain: bool
    qos: int


Event = Up | Down | Refused | Received


class Will(NamedTuple):
    """What the broker says for us when we vanish: retained, QoS 1."""

    topic: str
    payload: bytes


class Connection:
    """A connection that keeps itself. The constructor reads certificates and secrets but connects nothing."""

    def __init__(
        self,
        broker: Broker,
        client_id: str,
        *,
        subscriptions: Sequence[tuple[str, int]] = (),
        will: Will | None = None,
        session_s: int = 0,
        manual_ack: bool = False,
        receive_maximum: int = 4000,
    ) -> None:
        """`session_s` > 0 keeps the session (and what waits in it) at the broker that long; the client id must then
        be stable and used by one process. `receive_maximum` messages and, with `manual_ack`, 64 MB of payload are all
        that arrives before the owner hands some to `ack`: the back-pressure. SettingsError where certificates or the
        password file cannot be used.
        """
        self.events: queue.SimpleQueue[Event] = queue.SimpleQueue()
        self.live_dropped = 0  # messages of QoS 0 that came faster than they were read
        self._broker, self._session_s, self._receive_maximum = broker, session_s, receive_maximum
        self._subscriptions = list(subscriptions)
        self._generation, self._up, self._reason = 0, False, ""
        self._session_present = False
        self._lock = threading.Lock()  # never held while the library may call back
        self._waiting: set[int] = set()
        self._early: set[int] = set()
        self._client = client = BulkClient(
            CallbackAPIVersion.VERSION2, client_id, protocol=MQTTProtocolVersion.MQTTv5, manual_ack=manual_ack
        )
        client.suppress_exceptions = True  # else one error in a callback ends the network thread in silence
        client.connect_timeout = 10.0
        client.reconnect_delay_set(1, 30)
        client.max_inflight_messages_set(2000)
        if broker.username is not None:
            client.username_pw_set(broker.username, secret(broker.password_file, "broker.password_file"))
        if broker.tls or broker.ca_file:
            client.tls_set_context(verified(broker))
        if will:
            client.will_set(_plain(will.topic), will.payload, qos=1, retain=True)
        client.on_connect, client.on_disconnect = self._on_connect, self._on_disconnect
        client.on_connect_fail = self._on_connect_fail
        client.on_message, client.on_publish = self._on_message, self._on_publish
        client.on_subscribe = self._on_subscribe

    @property
    def connected(self) -> bool:
        """Whether a connection stood when last heard of. Progress is known from acknowledgements, not from here."""
        return self._up

    @property
    def alive(self) -> bool:
        """Whether the network thread still runs; when False only a new process (or Connection) helps."""
        thread = self._client._thread
        return thread is not None and thread.is_alive()

    @property
    def unconfirmed(self) -> int:
        """How many publishes the broker has not confirmed on this connection."""
        with self._lock:
            return len(self._waiting)

    def start(self) -> None:
        """Begin to connect in the background; returns at once, broker or not."""
        properties = _properties(PacketTypes.CONNECT)
        properties.SessionExpiryInterval = self._session_s
        properties.ReceiveMaximum, properties.MaximumPacketSize = self._receive_maximum, _MOST_PACKET
        self._client.connect_async(
            self._broker.host, self._broker.port, KEEPALIVE_S, clean_start=self._session_s == 0, properties=properties
        )
        self._client.loop_start()

    def stop(self) -> None:
        """Disconnect cleanly (the broker sends no will then) and end the network thread."""
        self._reason = "Normal disconnection"  # asked for: no news for the log
        self._client.disconnect()
        self._client.loop_stop()
        self._up = False

    def restart(self) -> None:
        """Cut the connection so that it is made anew: for an owner who sees no progress. The will goes out."""
        if (pipe := self._client.socket()) is not None:
            with contextlib.suppress(OSError):  # already down: the network thread is about to see it
                pipe.shutdown(socket.SHUT_RDWR)  # type: ignore[attr-defined]

    def publish(
        self, topic: str, payload: bytes, *, qos: int = 1, retain: bool = False, expiry_s: int | None = None
    ) -> bool:
        """True where the message was handed to the standing connection; nothing is kept for a later one.

        ValueError for a topic with a wildcard in it. `expiry_s` lets the broker throw it away when nobody came.
        """
        _plain(topic)
        if not self._up:
            return False
        properties = None
        if expiry_s is not None:
            properties = _properties(PacketTypes.PUBLISH)
            properties.MessageExpiryInterval = expiry_s
        info = self._client.publish(topic, payload, qos=qos, retain=retain, properties=properties)
        if info.rc != MQTTErrorCode.MQTT_ERR_SUCCESS:
            return False
        with self._lock:
            done = info.mid in self._early
            (self._early.discard if done else self._waiting.add)(info.mid)
        return True

    def ack(self, *messages: Received) -> bool:
        """Confirm messages to the broker in this order (with `manual_ack`); False where one came on an earlier
        connection, and is left out: its id may name another message by now, and the broker sends it again.
        """
        with self._lock:
            standing = [message for message in messages if message.generation == self._generation]
            self._client.confirm([message.mid for message in standing if message.qos])
        self._client.done += sum(len(message.payload) for message in messages)
        return len(standing) == len(messages)

    def _on_connect(
        self, client: Client, data: Any, flags: ConnectFlags, reason: ReasonCode, properties: Properties | None
    ) -> None:
        if reason.is_failure:
            return self._went_down(str(reason))
        self._forget()
        with self._lock:
            self._generation += 1
        self._session_present = bool(flags.session_present)
        if not self._subscriptions:
            return self._came_up()
        # Up waits for the broker's yes: what is answered to a publish before it would be missed.
        client.subscribe([(topic, SubscribeOptions(qos=qos)) for topic, qos in self._subscriptions])
        return None

    def _came_up(self) -> None:
        with self._lock:
            self._up, self._reason = True, ""
            generation = self._generation
        _LOG.info("connected to the broker")
        self.events.put(Up(generation, self._session_present))

    def _on_disconnect(
        self, client: Client, data: Any, flags: DisconnectFlags, reason: ReasonCode, properties: Properties | None
    ) -> None:
        self._went_down(str(reason))
        self._forget()

    def _on_connect_fail(self, client: Client, data: Any) -> None:
        self._went_down("cannot be reached")

    def _went_down(self, reason: str) -> None:
        with self._lock:
            generation, self._up = self._generation, False
            self._generation += 1  # from now on no message of the old connection can be confirmed
            news, self._reason = reason != self._reason, reason
        if news:
            _LOG.warning("no connection to the broker: %s", reason)
        self.events.put(Down(generation, reason))

    def _forget(self) -> None:
        """Drop what the library would send again by itself: the outbox sends it, in order, and knows what is left."""
        if hasattr(self._client, "drop_out_messages"):  # from paho 2.2 on
            self._client.drop_out_messages()
        with self._lock:
            self._waiting.clear()
            self._early.clear()

    def _on_message(self, client: Client, data: Any, message: MQTTMessage) -> None:
        if message.qos == 0 and self.events.qsize() > MOST_UNREAD:
            self.live_dropped += 1
            return
        payload, here = bytes(message.payload[:MOST_PAYLOAD]), self._generation
        self._client.came += len(payload)
        self.events.put(Received(here, message.mid, message.topic, payload, message.retain, message.qos))

    def _on_publish(self, client: Client, data: Any, mid: int, reason: ReasonCode, properties: Properties) -> None:
        with self._lock:
            known = mid in self._waiting
            (self._waiting.discard if known else self._early.add)(mid)
        if reason.is_failure:
            self.events.put(Refused("publish", str(reason)))

    def _on_subscribe(self, client: Client, data: Any, mid: int, reasons: list[ReasonCode], properties: Any) -> None:
        for reason in reasons:
            if reason.is_failure:
                _LOG.error("the broker refuses a subscription: %s", reason)
                self.events.put(Refused("subscribe", str(reason)))
        self._came_up()


def _properties(packet: int) -> Properties:
    return Properties(packet)  # type: ignore[no-untyped-call]


def _plain(topic: str) -> str:
    if not topic or {"+", "#", "\0"} & set(topic):
        raise ValueError("a topic to publish on has no wildcards")
    return topic
