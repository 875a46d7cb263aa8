"""The traps of the MQTT library that the wrapper hides: each test fails without its measure.

Others have theirs elsewhere: a broker that is away at the start, confirmations on a later connection, refused
publishes in test_mqtt; birth on every connect, the will, going back without progress in test_sender.
"""

import os
import queue
import signal
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties
from paho.mqtt.reasoncodes import ReasonCode

from edge.deliver.mqtt import Broker, Connection, Received, Up, Will
from edge.messages import Status, encode
from edge.topics import topic
from simulators.broker import Broker as AnyBroker
from simulators.broker import mosquitto
from tests.conftest import need
from tests.edge.deliver.test_mqtt import wait_for
from tests.edge.deliver.test_sender import Device

Connect = Callable[..., Connection]


@pytest.fixture
def connect() -> Iterator[Connect]:
    made: list[Connection] = []

    def start(port: int, name: str, **options: Any) -> Connection:
        made.append(Connection(Broker(port=port), name, **options))
        made[-1].start()
        return made[-1]

    yield start
    for connection in made:
        connection.stop()


@pytest.fixture
def device(shared_broker: int, site: str, box_dir: Any) -> Iterator[Device]:
    made = Device(shared_broker, site, box_dir, {})
    yield made
    if made.sender.is_alive():
        made.stop()
    else:
        made.connection.stop()
        made.box.close()


def received(connection: Connection, seconds: float) -> list[Received]:
    found, limit = [], time.monotonic() + seconds
    while time.monotonic() < limit:
        try:
            event = connection.events.get(timeout=0.05)
        except queue.Empty:
            continue
        if isinstance(event, Received):
            found.append(event)
    return found


def test_the_will_is_set_before_the_first_connect(shared_broker: int, site: str, connect: Connect) -> None:
    """Set later it would count from the next connect only: a device that vanishes in its first hour stays online."""
    gone = topic(site, "cam", "status")
    listener = connect(shared_broker, f"l-{site}", subscriptions=((gone, 1),))
    wait_for(listener, Up)
    first = connect(shared_broker, f"f-{site}", will=Will(gone, b"offline"))
    wait_for(first, Up)
    first.restart()
    assert wait_for(listener, Received).payload == b"offline"


def test_nothing_is_kept_in_the_library_while_the_broker_is_away(broker: Any, connect: Connect) -> None:
    """The library would queue what it cannot send, in memory and unknown to the outbox, and send it twice later."""
    listener = connect(broker.port, "listener", subscriptions=(("t/+", 1),))
    giver = connect(broker.port, "giver")
    wait_for(giver, Up)
    wait_for(listener, Up)
    broker.kill()
    limit = time.monotonic() + 5
    while giver.connected and time.monotonic() < limit:
        time.sleep(0.01)
    assert not giver.publish("t/a", b"while away")
    assert giver.unconfirmed == 0
    assert not giver._client._out_messages
    broker.start()
    wait_for(giver, Up)
    wait_for(listener, Up)
    assert giver.publish("t/a", b"after")
    assert wait_for(listener, Received).payload == b"after"
    assert received(listener, 1.0) == []


def test_the_window_in_flight_is_small(own_broker: Any, site: str, box_dir: Any, wait: Any) -> None:
    """The broker stands still: what waits for its word is a window, not the whole outbox."""
    made = Device(own_broker.port, site, box_dir, {}).start()
    try:
        wait(lambda: made.connection.connected)
        os.kill(own_broker._process.pid, signal.SIGSTOP)
        made.put(5000)
        time.sleep(2.0)
        assert made.connection.unconfirmed <= 110
        assert made.box.held == 5000
    finally:
        os.kill(own_broker._process.pid, signal.SIGCONT)
        made.stop()


def test_a_broker_that_hangs_is_left_and_delivery_goes_on_when_it_wakes(
    broker: Any, site: str, box_dir: Any, hub_at: Any, wait: Any
) -> None:
    """A connection that stands and carries nothing: only progress tells, and the client is made to connect anew."""
    hub = hub_at(broker.port)
    made = Device(broker.port, site, box_dir, {}).start()
    try:
        wait(lambda: made.connection.connected)
        before = made.connection._generation
        os.kill(broker._process.pid, signal.SIGSTOP)
        made.put(300)
        wait(lambda: made.connection._generation > before, 15, "a new connection")
        os.kill(broker._process.pid, signal.SIGCONT)
        wait(lambda: made.box.held == 0, 45)
        assert [seq for _, _, seq in hub.rows] == list(range(1, 301))
    finally:
        os.kill(broker._process.pid, signal.SIGCONT)
        made.stop()


@pytest.mark.parametrize("most", [10, 40])
def test_what_arrives_unconfirmed_is_bounded(site: str, connect: Connect, most: int) -> None:
    """ReceiveMaximum is the brake: a hub that hangs gets no more than that, and the rest waits at the broker."""
    need(mosquitto(), "mosquitto")  # the embedded broker looks at its own limit only
    with AnyBroker(kind="mosquitto") as broker:
        name = f"{site}/+"
        slow = connect(
            broker.port, "slow", subscriptions=((name, 1),), session_s=60, manual_ack=True, receive_maximum=most
        )
        giver = connect(broker.port, "giver")
        wait_for(slow, Up)
        wait_for(giver, Up)
        for number in range(100):
            assert giver.publish(f"{site}/a", b"%d" % number)
        first = received(slow, 1.5)
        assert [event.payload for event in first] == [b"%d" % number for number in range(most)]
        assert slow.ack(*first)
        assert received(slow, 1.0)[0].payload == b"%d" % most
        for connection in (slow, giver):
            connection.stop()


def test_no_callback_waits_for_a_lock_of_whoever_publishes(shared_broker: int, site: str, connect: Connect) -> None:
    """The library confirms a message while it holds a lock that publishing needs: were it to wait for a lock of ours
    there, which we hold while we publish, both would wait for ever.
    """
    one = connect(shared_broker, f"one-{site}")
    wait_for(one, Up)
    publishing = threading.Thread(target=one.publish, args=(f"{site}/a", b"x"))
    told = (one._client, None, 65_000, ReasonCode(PacketTypes.PUBACK), Properties(PacketTypes.PUBACK))
    confirming = threading.Thread(target=one._on_publish, args=told)
    with one._client._out_message_mutex:
        publishing.start()
        time.sleep(0.3)
        assert publishing.is_alive(), "it waits for the library's lock"
        confirming.start()
        confirming.join(5)
        stuck = confirming.is_alive()
    publishing.join(5)
    confirming.join(5)
    assert not stuck


def test_an_error_in_a_callback_does_not_end_the_network_thread(
    shared_broker: int, site: str, connect: Connect
) -> None:
    """Else it would end in silence and `connected` would say True for ever."""
    one = connect(shared_broker, f"one-{site}", subscriptions=((f"{site}/+", 1),))
    wait_for(one, Up)
    whole = one._client.on_message
    one._client.on_message = lambda *_: [][0]
    one.publish(f"{site}/a", b"breaks")
    time.sleep(0.5)
    assert one.alive
    one._client.on_message = whole
    one.publish(f"{site}/a", b"goes on")
    assert wait_for(one, Received).payload == b"goes on"


@pytest.mark.parametrize(
    "payload",
    [
        b'{"epoch":"\xff\xfe","upto":1}',
        b'{"\xff":1}',
        b"[" * 60_000,
        b'{"epoch":"0000000a","upto":1e999}',
        b'{"epoch":"0000000a","upto":-1}',
        b"x" * 100_000,
        b"",
    ],
    ids=["epoch", "key", "deep", "huge", "below zero", "large", "empty"],
)
def test_an_acknowledgement_that_is_none_ends_nothing(
    device: Device, shared_broker: int, site: str, connect: Connect, wait: Any, payload: bytes
) -> None:
    device.start()
    liar = connect(shared_broker, f"liar-{site}")
    wait_for(liar, Up)
    wait(lambda: device.connection.connected)
    device.put(3)
    liar.publish(topic(site, "cam", "ack"), payload)
    wait(lambda: not liar.unconfirmed)
    time.sleep(0.5)
    assert device.sender.is_alive()
    assert device.box.held == 3


def test_a_disk_that_cannot_be_written_does_not_end_the_delivery(
    device: Device, shared_broker: int, hub_at: Any, wait: Any
) -> None:
    """A card that has turned read-only: acknowledged rows cannot be deleted, and are once it can be written again."""
    device.put(5)
    device.box._db.execute("pragma query_only = 1")
    hub = hub_at(shared_broker)
    wait(lambda: hub.connection.connected)
    device.start()
    wait(lambda: len(hub.rows) == 5)
    time.sleep(0.5)
    assert device.sender.is_alive()
    assert device.box.held == 5
    device.box._db.execute("pragma query_only = 0")
    wait(lambda: device.box.held == 0, 40)
    assert len(hub.rows) == 5


def test_a_thread_that_hangs_makes_no_turns(
    shared_broker: int, site: str, box_dir: Any, wait: Any, device: Device
) -> None:
    """Alive is not at work: the watchdog looks at turns."""
    gate = threading.Event()
    gate.set()
    told = device.status

    def status(state: Any = "online") -> Status:
        gate.wait(10)
        return told(state)

    device.sender._status = status
    device.start()
    before = device.sender.turns
    wait(lambda: device.sender.turns > before)
    gate.clear()
    time.sleep(0.6)
    hung = device.sender.turns
    time.sleep(1.0)
    assert device.sender.is_alive()
    assert device.sender.turns == hung
    gate.set()
    wait(lambda: device.sender.turns > hung)
    assert encode(told())
