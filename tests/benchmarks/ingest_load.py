"""What the benchmarks of the ingest have in common: windows of some devices, left at a broker for a session."""

import os
import platform
import sys
import threading
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from paho.mqtt.client import Client, MQTTMessage
from paho.mqtt.enums import CallbackAPIVersion, MQTTProtocolVersion
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from edge.messages import Window, encode, stamp
from edge.values import AnyValue, Count, Load, Stat
from hub.sites import Site

SITES = {"s001": Site(id="s001", name="High Street", timezone="Europe/Berlin")}
DEVICES = 20
BINS = (0, 1, 2, 3, 4, 3, 2, 1, *[0] * 14)


def values(end: int, i: int) -> tuple[AnyValue, ...]:
    """What a device with a door and a till says every 5 minutes: the line, and on the quarter hour the queue."""
    carried: dict[str, Any] = {"withheld": None, "revision": 0}
    count = Count(
        place="door",
        start=stamp(end - 300),
        observed_s=300,
        entries=i % 40,
        exits=i % 37,
        groups=None,
        passers=None,
        **carried,
    )
    if end % 900:
        return (count,)
    carried |= {"place": "till_a", "start": stamp(end - 900), "observed_s": 900}
    load = Load(mean=1.25, max=4, joined=17, served=15, abandoned=1, tills_open=1.0, **carried)
    return (count, load, Stat(of="wait", n=16, cut=1, sum_s=700, bins=BINS, **carried))


def messages(n: int, epoch: str, devices: int = DEVICES) -> Iterator[tuple[str, bytes]]:
    """(topic, payload) of n windows in the order of time, from the devices in turn; the last ends now."""
    newest = int(time.time()) // 300 * 300
    for i in range(n):
        end = newest - 300 * ((n - 1 - i) // devices % 90_000)
        said = Window(
            v=1,
            site="s001",
            device=f"cam-{i % devices}",
            epoch=epoch,
            seq=i // devices + 1,
            level="standard",
            plan="0123456789ab",
            end=stamp(end),
            clock="ntp",
            values=values(end, i),
        )
        yield f"instore/v1/s001/{said.device}/w", encode(said)


def client(name: str, port: int, on_message: Callable[[MQTTMessage], None] | None = None) -> Client:
    """A plain client with a session that stays."""
    made = Client(CallbackAPIVersion.VERSION2, name, protocol=MQTTProtocolVersion.MQTTv5)
    properties = Properties(PacketTypes.CONNECT)
    properties.SessionExpiryInterval, properties.ReceiveMaximum = 3600, 4000
    up = threading.Event()
    made.on_connect = lambda *_: (made.subscribe("instore/v1/+/+/w", 1), up.set())
    made.on_message = lambda _, __, message: on_message and on_message(message)
    made.connect("127.0.0.1", port, clean_start=False, properties=properties)
    made.loop_start()
    up.wait(10)
    return made


def publish_all(port: int, sent: list[tuple[str, bytes]]) -> None:
    """Leave messages at the broker for whoever has a session there."""
    sender = Client(CallbackAPIVersion.VERSION2, "sender", protocol=MQTTProtocolVersion.MQTTv5)
    sender.max_inflight_messages_set(200)
    left, done = [len(sent)], threading.Event()

    def on_publish(*_: object) -> None:
        left[0] -= 1
        if not left[0]:
            done.set()

    sender.on_publish = on_publish
    sender.connect("127.0.0.1", port)
    sender.loop_start()
    for topic, payload in sent:
        sender.publish(topic, payload, qos=1)
    assert done.wait(300)
    sender.disconnect()
    sender.loop_stop()


def queue_up(port: int, sent: list[tuple[str, bytes]], name: str) -> None:
    """Leave messages at the broker for the session `name`."""
    first = client(name, port)
    time.sleep(0.3)
    first.disconnect()
    first.loop_stop()
    publish_all(port, sent)


def machine() -> str:
    """The day, the machine and how busy it is, for a figure to stand under."""
    load = os.getloadavg()[0]
    return f"{datetime.now(UTC):%Y-%m-%d %H:%M} UTC, {platform.machine()}, {os.cpu_count()} cores, load {load:.1f}"
