"""A device without sensors, to be killed: makes windows at a rate, delivers them by the real outbox and sender.

    python device.py PORT FOLDER DEVICE WINDOWS RATE safe|naive

It ends by itself when none is held and all windows are made, or a file `enough` lies in its folder. `naive` is the
usual design, there to lose: it deletes a message when the broker has confirmed it.
"""

import queue
import sys
import time
from datetime import UTC, datetime
from pathlib import Path

from paho.mqtt.client import Client
from paho.mqtt.enums import CallbackAPIVersion, MQTTProtocolVersion

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from edge.deliver.mqtt import Broker, Connection
from edge.deliver.outbox import Outbox, Row
from edge.deliver.sender import Sender
from edge.messages import Status, Window, encode, stamp
from edge.plan import Outbox as Limits
from edge.topics import topic
from edge.values import Count

SITE, PLAN = "s001", "0123456789ab"
FIRST = int(datetime(datetime.now(UTC).year - 1, 12, 1, tzinfo=UTC).timestamp())


def entries(i: int) -> int:
    """What window number i counted."""
    return i % 50 + 1


def window(device: str, i: int, epoch: str, seq: int) -> bytes:
    """Window number i of the device: each has 5 minutes of its own."""
    end = FIRST + 300 * (i + 1)
    value = Count(
        place=f"door-{device}",
        start=stamp(end - 300),
        observed_s=300,
        withheld=None,
        revision=0,
        entries=entries(i),
        exits=0,
        groups=None,
        passers=None,
    )
    said = {"v": 1, "site": SITE, "device": device, "epoch": epoch, "seq": seq, "level": "standard", "plan": PLAN}
    return encode(Window(**said, end=stamp(end), clock="ntp", values=(value,)))


def make(outbox: Outbox, device: str, windows: int, rate: float) -> int:
    """Make the windows that are due now; how many have been made in all lives of this device."""
    made, began = int(outbox.load("made") or b"0"), float(outbox.load("began") or b"0")
    if not began:
        outbox.save("began", str(began := time.time()).encode())
    while made < min(windows, (time.time() - began) * rate):
        i = made
        made += 1
        # The window and the count of windows in one transaction: a kill between them would make it twice.
        outbox.put_many(
            [lambda epoch, seq, i=i: window(device, i, epoch, seq)], time.time(), {"made": str(made).encode()}
        )
    return made


def safe(outbox: Outbox, port: int, device: str, windows: int, rate: float) -> None:
    """Delete on the hub's word only."""
    enough = Path(sys.argv[2], "enough")

    def status() -> Status:
        said = {"v": 1, "state": "online", "at": stamp(time.time()), "epoch": outbox.epoch, "version": "chaos"}
        rest = {"plan": PLAN, "level": "standard", "clock": "ntp", "held": outbox.held, "counters": {}}
        return Status(**said, **rest, sensors=(), places=())

    acks = ((topic(SITE, device, "ack"), 1),)
    connection = Connection(Broker(port=port), f"chaos-{device}", subscriptions=acks)
    sender = Sender(SITE, device, outbox, connection, status)
    connection.start()
    sender.start()
    while (not enough.exists() and make(outbox, device, windows, rate) < windows) or outbox.held:
        assert sender.is_alive()
        time.sleep(0.02)
    sender.stop()
    connection.stop()


def naive(outbox: Outbox, port: int, device: str, windows: int, rate: float) -> None:
    """Delete on the broker's word."""
    confirmed: queue.SimpleQueue[int] = queue.SimpleQueue()
    client = Client(CallbackAPIVersion.VERSION2, f"chaos-{device}", protocol=MQTTProtocolVersion.MQTTv5)
    client.on_publish = lambda _, __, mid, ___, ____: confirmed.put(mid)
    client.reconnect_delay_set(1, 2)
    client.connect_async("127.0.0.1", port)
    client.loop_start()
    flying: dict[int, Row] = {}
    last: tuple[int, int] | None = None
    while make(outbox, device, windows, rate) < windows or outbox.held:
        while not confirmed.empty():
            if row := flying.pop(confirmed.get(), None):
                outbox.ack(row.epoch, row.seq)
        for row in outbox.batch(last, 100 - len(flying)) if len(flying) < 100 and client.is_connected() else []:
            flying[client.publish(topic(SITE, device, "w"), row.payload, qos=1).mid] = row
            last = (row.order, row.seq)
        time.sleep(0.02)
    client.disconnect()
    client.loop_stop()


if __name__ == "__main__":
    port, folder, device, windows, rate, design = sys.argv[1:]
    held = Outbox(Limits(dir=folder))
    (naive if design == "naive" else safe)(held, int(port), device, int(windows), float(rate))
    held.close()
