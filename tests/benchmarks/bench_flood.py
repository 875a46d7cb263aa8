"""How much memory a device takes from the hub that sends as much as it can of what is far too large; run by hand:

    python tests/benchmarks/bench_flood.py [messages] [bytes]

A hub in a process of its own, first with a good device alone, then with messages of 120,000 bytes that are none, at
QoS 1 and as fast as the broker takes them, and the good device after them. Printed is the peak of the hub's memory
before and after; every window of the good device must be committed.
"""

import re
import sys
import tempfile
import time
from pathlib import Path

from bench_ingest import Device, start_hub
from ingest_load import machine, messages, publish_all

from simulators.broker import Broker

GOOD = 200


def peak(process: int) -> float:
    """The largest resident memory of a process so far, MB."""
    found = re.search(r"VmHWM:\s+(\d+) kB", Path(f"/proc/{process}/status").read_text(encoding="ascii"))
    assert found
    return int(found[1]) / 1e3


def main() -> None:
    """Print the peaks."""
    n = int(sys.argv[1]) if len(sys.argv) > 1 else 6000
    size = int(sys.argv[2]) if len(sys.argv) > 2 else 120_000
    print(f"{machine()}, {n} messages of {size} bytes")
    with tempfile.TemporaryDirectory() as name, Broker(kind="mosquitto") as broker:
        device = Device(broker.port)
        hub = start_hub(Path(name), broker.port)
        good = list(messages(2 * GOOD, "0000000f", devices=1))
        while not device.upto:  # until the hub has subscribed for the first time
            device.publish(*good[0])
            time.sleep(0.2)
        for topic, payload in good[:GOOD]:
            device.publish(topic, payload)
        device.wait("cam-0", GOOD)
        print(f"a good device alone: {peak(hub.pid):.0f} MB at most")
        start = time.perf_counter()
        publish_all(broker.port, [("instore/v1/s001/cam-66/w", b"x" * size)] * n)
        for topic, payload in good[GOOD:]:
            device.publish(topic, payload)
        device.wait("cam-0", 2 * GOOD)
        took = time.perf_counter() - start
        print(f"with the flood: {peak(hub.pid):.0f} MB at most, the good device was heard after {took:.1f} s")
        assert hub.poll() is None
        hub.terminate()
        hub.wait()
        device.close()


if __name__ == "__main__":
    main()
