"""How fast the hub stores, beside a loop that only counts and one that also parses.  Run by hand:

    python tests/benchmarks/bench_ingest.py [messages] [rounds]

Each round queues the messages at the broker while nobody listens and then measures how long they take to drain,
with the three consumers in turn; medians and ratios are printed. The hub's figure includes its durable commits.
"""

import json
import statistics
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from paho.mqtt.client import Client, MQTTMessage
from paho.mqtt.enums import CallbackAPIVersion, MQTTProtocolVersion
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from edge.deliver.mqtt import Broker as Address
from edge.deliver.mqtt import Connection
from edge.messages import Window, encode, stamp
from edge.values import Count
from hub.intake.ingest import SUBSCRIPTIONS, Ingest
from hub.serve.live import Board
from hub.sites import Site
from hub.storage.store import Store
from simulators.broker import Broker

SITES = {"s001": Site(id="s001", name="High Street", timezone="Europe/Berlin")}
TOPIC, DEVICES = "instore/v1/s001/cam-{}/w", 20


def messages(n: int, epoch: str) -> Iterator[tuple[str, bytes]]:
    """n windows of one line each, from DEVICES devices in turn."""
    newest = int(time.time()) // 300 * 300
    for i in range(n):
        end = newest - 300 * (i // DEVICES)
        value = Count(
            place="door",
            start=stamp(end - 300),
            observed_s=300,
            withheld=None,
            revision=0,
            entries=i % 40,
            exits=i % 37,
            groups=None,
            passers=None,
        )
        said = Window(
            v=1,
            site="s001",
            device=f"cam-{i % DEVICES}",
            epoch=epoch,
            seq=i // DEVICES + 1,
            level="standard",
            plan="0123456789ab",
            end=stamp(end),
            clock="ntp",
            values=(value,),
        )
        yield TOPIC.format(i % DEVICES), encode(said)


def client(name: str, port: int, on_message: Callable[[MQTTMessage], None] | None = None) -> Client:
    """A plain client with a session that stays."""
    made = Client(CallbackAPIVersion.VERSION2, name, protocol=MQTTProtocolVersion.MQTTv5)
    properties = Properties(PacketTypes.CONNECT)
    properties.SessionExpiryInterval, properties.ReceiveMaximum = 3600, 1000
    up = threading.Event()
    made.on_connect = lambda *_: (made.subscribe("instore/v1/+/+/w", 1), up.set())
    made.on_message = lambda _, __, message: on_message and on_message(message)
    made.connect("127.0.0.1", port, clean_start=False, properties=properties)
    made.loop_start()
    up.wait(10)
    return made


def queue_up(port: int, n: int, name: str, epoch: str) -> None:
    """Leave n messages at the broker for the session `name`."""
    first = client(name, port)
    time.sleep(0.3)
    first.disconnect()
    first.loop_stop()
    sender = Client(CallbackAPIVersion.VERSION2, f"sender-{name}", protocol=MQTTProtocolVersion.MQTTv5)
    sender.max_inflight_messages_set(200)
    left, done = [n], threading.Event()

    def on_publish(*_: object) -> None:
        left[0] -= 1
        if not left[0]:
            done.set()

    sender.on_publish = on_publish
    sender.connect("127.0.0.1", port)
    sender.loop_start()
    for topic, payload in messages(n, epoch):
        sender.publish(topic, payload, qos=1)
    assert done.wait(120)
    sender.disconnect()
    sender.loop_stop()


def plain(port: int, n: int, name: str, parse: bool) -> float:
    """Seconds in which a loop that counts (and parses) drains n messages."""
    seen, done = [0], threading.Event()

    def on_message(message: MQTTMessage) -> None:
        if parse:
            json.loads(message.payload)
        seen[0] += 1
        if seen[0] == n:
            done.set()

    start = time.perf_counter()
    made = client(name, port, on_message)
    assert done.wait(120), seen
    took = time.perf_counter() - start
    made.disconnect()
    made.loop_stop()
    return took


def durable(port: int, n: int, name: str) -> float:
    """Seconds in which the hub drains and commits n messages."""
    with tempfile.TemporaryDirectory() as folder:
        stop = threading.Event()
        with Store(Path(folder) / "hub.duckdb", SITES, time.time()) as store:
            made = Connection(Address(port=port), name, subscriptions=SUBSCRIPTIONS, session_s=3600, manual_ack=True)
            ingest = Ingest(store, made, Board())
            start = time.perf_counter()
            made.start()
            ingest.start(stop)
            while ingest.taken < n:
                time.sleep(0.002)
                assert ingest.alive
            took = time.perf_counter() - start
            stop.set()
            ingest.join()
            made.stop()
            assert store.rows("SELECT count(*) AS n FROM value_count").to_pylist() == [{"n": n}]
    return took


def main() -> None:
    """Print the table."""
    n = int(sys.argv[1]) if len(sys.argv) > 1 else 20_000
    rounds = int(sys.argv[2]) if len(sys.argv) > 2 else 3
    rates: dict[str, list[float]] = {"counts": [], "parses": [], "hub": []}
    for turn in range(rounds):
        for kind, found in rates.items():
            with Broker(kind="mosquitto") as broker:
                name = f"{kind}-{turn}"
                queue_up(broker.port, n, name, f"{turn + 1:08x}")
                took = (
                    durable(broker.port, n, name) if kind == "hub" else plain(broker.port, n, name, kind == "parses")
                )
            found.append(n / took)
            print(f"round {turn + 1}  {kind:<7} {n / took:8.0f} messages/s", flush=True)
    middle = {kind: statistics.median(found) for kind, found in rates.items()}
    print(
        f"medians  counts {middle['counts']:.0f}  parses {middle['parses']:.0f}  hub {middle['hub']:.0f} messages/s"
    )
    print(
        f"the hub  {middle['hub'] / middle['counts']:.2f} x counts, {middle['hub'] / middle['parses']:.2f} x parses"
    )


if __name__ == "__main__":
    main()
