"""What hostile messages cost the hub and whether they cost it anything else; run by hand:

    python tests/benchmarks/bench_poison.py [messages] [rounds]

One message in a hundred is replaced by poison of eight kinds. Rounds without and with poison take turns on the same
queue of messages at a real broker. Every poisonous payload must be set aside with a reason, every other window stored
once, and every device's cursor must stand at its last number; medians of the rates and of the CPU time of the process
are printed.
"""

import gc
import random
import re
import statistics
import sys
import time
from collections import Counter
from datetime import UTC, datetime

import msgspec
from bench_ingest import durable, has_counts
from ingest_load import DEVICES, machine, messages, queue_up

from edge.messages import Window, decode, encode
from hub.storage.store import Store
from simulators.broker import Broker

SHARE, MOST_KEPT = 100, 65_536


def future(payload: bytes) -> bytes:
    """The same window, but of 2099."""
    window = decode("w", payload)
    assert isinstance(window, Window)
    return encode(msgspec.structs.replace(window, end=datetime(2099, 1, 1, tzinfo=UTC), values=()))


def poisons(payload: bytes, chance: random.Random) -> dict[str, bytes]:
    """A good message made bad in each way."""
    return {
        "random bytes": chance.randbytes(300),
        "deep JSON": b"[" * 20_000,
        "huge number": re.sub(rb'"entries":\d+', b'"entries":' + b"9" * 400, payload),
        "NaN": re.sub(rb'"entries":\d+', b'"entries":NaN', payload),
        "wrong UTF-8": payload.replace(b'"door"', b'"\xff\xfe\xfa\xfb"'),
        "another's name": re.sub(rb'"cam-\d+"', b'"cam-999"', payload),
        "the year 2099": future(payload),
        "oversize": payload + b" " * 70_000,
    }


def poisoned(sent: list[tuple[str, bytes]]) -> tuple[list[tuple[str, bytes]], dict[str, list[bytes]]]:
    """The messages with every hundredth or so replaced, and by kind what replaced them.

    The first and last of each device stay good: what a nameless payload was is known from the numbers around it (a
    device that begins says where it does).
    """
    chance = random.Random(1)
    bad: dict[str, list[bytes]] = {}
    found = list(sent)
    for turn, i in enumerate(sorted(chance.sample(range(DEVICES, len(sent) - DEVICES), len(sent) // SHARE))):
        topic, payload = sent[i]
        kind, made = list(poisons(payload, chance).items())[turn % 8]
        bad.setdefault(kind, []).append(made)
        found[i] = (topic, made)
    return found, bad


def look(store: Store, n: int, bad: dict[str, list[bytes]]) -> dict[str, Counter[str]]:
    """The reasons by kind of poison; AssertionError where anything is lost, doubled or not set aside."""
    has_counts(store, n - sum(map(len, bad.values())))
    assert (
        store.rows("SELECT 1 FROM (SELECT device, seq FROM value_count GROUP BY ALL HAVING count(*) > 1)").num_rows
        == 0
    )
    assert {cursor.upto for cursor in store.cursors().values()} == {n // DEVICES}
    kept = store.rows("SELECT payload, reason FROM quarantine").to_pylist()
    sent = Counter(payload[:MOST_KEPT] for payloads in bad.values() for payload in payloads)
    assert Counter(row["payload"] for row in kept) == sent
    assert all(row["reason"] for row in kept)
    assert not store.rows("SELECT 1 FROM gap").num_rows
    kinds = {payload[:MOST_KEPT]: kind for kind, payloads in bad.items() for payload in payloads}
    reasons: dict[str, Counter[str]] = {kind: Counter() for kind in bad}
    for row in kept:
        reasons[kinds[row["payload"]]][row["reason"]] += 1
    return reasons


def main() -> None:
    """Print the reasons by kind, both rates and their ratio."""
    n = int(sys.argv[1]) if len(sys.argv) > 1 else 20_000
    rounds = int(sys.argv[2]) if len(sys.argv) > 2 else 5
    print(f"{machine()}, {n} messages, {rounds} rounds")
    rates: dict[str, list[float]] = {"clean": [], "1 % poison": []}
    cpu: dict[str, list[float]] = {name: [] for name in rates}
    reasons: list[dict[str, Counter[str]]] = []
    for turn in range(rounds):
        clean = list(messages(n, f"{turn + 1:08x}"))
        spoilt, bad = poisoned(clean)
        for name, sent, kinds in (("clean", clean, {}), ("1 % poison", spoilt, bad)):
            with Broker(kind="mosquitto") as broker:
                queue_up(broker.port, sent, "hub")
                gc.collect()
                gc.freeze()  # as the hub does when it has started
                before = time.process_time()
                took = durable(
                    broker.port, n, "hub", lambda store, kinds=kinds: reasons.append(look(store, n, kinds))
                )
                cpu[name].append((time.process_time() - before) / n * 1e6)
            rates[name].append(n / took)
            spent = cpu[name][-1]
            print(
                f"round {turn + 1}  {name:<11} {n / took:8.0f} messages/s {spent:6.0f} us of CPU a message",
                flush=True,
            )
    for kind, found in reasons[-1].items():
        print(f"{kind:<15} {', '.join(f'{count} x {reason}' for reason, count in found.items())}")
    middle = {name: statistics.median(found) for name, found in rates.items()}
    effort = {name: statistics.median(found) for name, found in cpu.items()}
    print("none lost, none doubled, all set aside")
    rate, share = middle["1 % poison"] / middle["clean"], effort["1 % poison"] / effort["clean"]
    print(f"with poison {rate:.2f} x the clean rate (goal 0.9), {share:.2f} x its CPU")


if __name__ == "__main__":
    main()
