"""How fast the hub stores, beside a loop that only counts and one that also parses, and how soon.  Run by hand:

    python tests/benchmarks/bench_ingest.py [messages] [rounds]

Throughput: each round queues the messages at the broker while nobody listens and then measures how long they take to
drain, with the three consumers in turn; medians and ratios are printed, by the clock and by CPU time of the process
(on a busy machine the clock measures the neighbours). The hub's figure includes its durable commits.
Times: a hub of its own process against a device that publishes 500 messages a second, is killed, and drains 20,000;
a message counts as committed when the device has heard so.
"""

import gc
import json
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from pathlib import Path

from ingest_load import DEVICES, SITES, client, machine, messages, publish_all, queue_up
from paho.mqtt.client import MQTTMessage

from edge.deliver.mqtt import Broker as Address
from edge.deliver.mqtt import Connection
from edge.messages import Ack, decode
from hub.intake.ingest import SUBSCRIPTIONS, Ingest
from hub.serve.live import Board
from hub.storage.store import Store
from simulators.broker import Broker

ROOT = Path(__file__).resolve().parents[2]
RATE, BACKLOG = 500, 20_000


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
    assert done.wait(300), seen
    took = time.perf_counter() - start
    made.disconnect()
    made.loop_stop()
    return took


def durable(port: int, n: int, name: str, look: Callable[[Store], None]) -> float:
    """Seconds in which the hub drains n messages and commits or sets aside each; then `look` sees what is stored."""
    with tempfile.TemporaryDirectory() as folder:
        stop = threading.Event()
        with Store(Path(folder) / "hub.duckdb", SITES, time.time()) as store:
            made = Connection(Address(port=port), name, subscriptions=SUBSCRIPTIONS, session_s=3600, manual_ack=True)
            ingest = Ingest(store, made, Board())
            start = time.perf_counter()
            made.start()
            ingest.start(stop)
            while ingest.taken + ingest.bad < n:
                time.sleep(0.002)
                assert ingest.alive
            took = time.perf_counter() - start
            stop.set()
            ingest.join()
            made.stop()
            look(store)
    return took


def has_counts(store: Store, n: int) -> None:
    """AssertionError unless n windows are stored."""
    assert store.rows("SELECT count(*) AS n FROM value_count").to_pylist() == [{"n": n}]


def throughput(n: int, rounds: int) -> None:
    """Print messages a second of the three consumers and the hub's share."""
    rates: dict[str, list[float]] = {"counts": [], "parses": [], "hub": []}
    cpu: dict[str, list[float]] = {kind: [] for kind in rates}
    for turn in range(rounds):
        for kind in rates:
            with Broker(kind="mosquitto") as broker:
                name = f"{kind}-{turn}"
                queue_up(broker.port, list(messages(n, f"{turn + 1:08x}")), name)
                gc.collect()
                gc.freeze()  # as the hub does when it has started; the others have the good of it too
                before = time.process_time()
                if kind == "hub":
                    took = durable(broker.port, n, name, lambda store: has_counts(store, n))
                else:
                    took = plain(broker.port, n, name, kind == "parses")
                cpu[kind].append((time.process_time() - before) / n * 1e6)
            rates[kind].append(n / took)
            print(
                f"round {turn + 1}  {kind:<7} {n / took:8.0f} messages/s  {cpu[kind][-1]:6.0f} us of CPU a message",
                flush=True,
            )
    middle = {kind: statistics.median(found) for kind, found in rates.items()}
    effort = {kind: statistics.median(found) for kind, found in cpu.items()}
    for kind in rates:
        print(f"median   {kind:<7} {middle[kind]:8.0f} messages/s  {effort[kind]:6.0f} us of CPU a message")
    for kind in ("counts", "parses"):
        rate, share = middle["hub"] / middle[kind], effort["hub"] / effort[kind]
        print(f"the hub: {rate:.2f} x {kind} by the clock, {share:.1f} x its CPU")


class Device:
    """Publishes windows and hears what is committed."""

    def __init__(self, port: int) -> None:
        self.upto: dict[str, int] = {}
        self.news = threading.Condition()
        self._client = client("bench-device", port)
        self._client.unsubscribe("instore/v1/+/+/w")
        self._client.on_message = self._hear
        self._client.subscribe("instore/v1/+/+/ack", 1)

    def _hear(self, _: object, __: object, message: MQTTMessage) -> None:
        said = decode("ack", message.payload)
        assert isinstance(said, Ack)
        with self.news:
            self.upto[message.topic.split("/")[3]] = said.upto
            self.news.notify_all()

    def publish(self, topic: str, payload: bytes) -> None:
        self._client.publish(topic, payload, qos=1)

    def wait(self, device: str, seq: int) -> None:
        with self.news:
            assert self.news.wait_for(lambda: self.upto.get(device, 0) >= seq, 300)

    def close(self) -> None:
        self._client.disconnect()
        self._client.loop_stop()


def start_hub(folder: Path, port: int) -> subprocess.Popen[bytes]:
    """A hub in a process of its own."""
    site = '[[sites]]\nid = "s001"\nname = "High Street"\ntimezone = "Europe/Berlin"\n'
    text = f'state_dir = "{folder}"\n[broker]\nport = {port}\n[http]\nport = 0\n{site}'
    (folder / "hub.toml").write_text(text, encoding="utf-8")
    command = [sys.executable, "-m", "hub", "run", "--config", str(folder / "hub.toml")]
    return subprocess.Popen(command, cwd=ROOT, stderr=subprocess.DEVNULL)


def latency(device: Device, seconds: int, epoch: str) -> list[float]:
    """Seconds from publish to the word that it is committed, of RATE messages a second."""
    took: list[float] = []
    sent: dict[int, float] = {}
    told = 0
    start = time.perf_counter()
    for i, (topic, payload) in enumerate(messages(RATE * seconds, epoch, devices=1)):
        while (now := time.perf_counter() - start) < i / RATE:
            time.sleep(max(0.0, min(0.001, i / RATE - now)))
        sent[i + 1] = time.perf_counter()
        device.publish(topic, payload)
        upto, now = device.upto.get("cam-0", 0), time.perf_counter()
        took += [now - sent[seq] for seq in range(told + 1, upto + 1)]
        told = max(told, upto)
    return took


def times() -> None:
    """Print the latency at RATE messages a second, the first commit after a kill, and the draining of BACKLOG."""
    with tempfile.TemporaryDirectory() as name, Broker(kind="mosquitto") as broker:
        folder, sent = Path(name), list(messages(BACKLOG, "0000000b"))
        device = Device(broker.port)
        running = start_hub(folder, broker.port)
        while not device.upto:  # until the hub has subscribed for the first time
            device.publish(*next(messages(1, "0000000c")))
            time.sleep(0.2)
        device.upto.clear()
        found = sorted(latency(device, 20, "0000000d"))
        middle, late = found[len(found) // 2], found[len(found) * 95 // 100]
        print(f"publish -> committed at {RATE}/s: p50 {middle * 1e3:.0f} ms, p95 {late * 1e3:.0f} ms (goal 250)")
        for backlog in (1, BACKLOG):
            running.kill()
            running.wait()
            time.sleep(0.5)
            device.upto.clear()
            publish_all(broker.port, sent[:backlog] if backlog > 1 else list(messages(1, "0000000e")))
            start = time.perf_counter()
            running = start_hub(folder, broker.port)
            last = (backlog - 1) // DEVICES + 1
            for number in range(min(backlog, DEVICES)):
                device.wait(f"cam-{number}", last)
            took = time.perf_counter() - start
            said = "hub killed -> first commit (goal 2.0 s)" if backlog == 1 else f"backlog of {BACKLOG} (goal 6.0 s)"
            print(f"{said}: {took:.2f} s after the start of the process")
        running.terminate()
        running.wait()
        device.close()


def main() -> None:
    """Print all figures."""
    print(machine())
    times()
    throughput(int(sys.argv[1]) if len(sys.argv) > 1 else 20_000, int(sys.argv[2]) if len(sys.argv) > 2 else 3)


if __name__ == "__main__":
    main()
