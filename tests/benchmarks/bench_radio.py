"""What it costs to keep addresses in numbers and the radio in a process of its own.

    python tests/benchmarks/bench_radio.py

Prints the processor time of one advertisement, stranger and known, by the length of the allow-list; the memory of the
radio's process; and for how long nobody listens when it is begun anew at night.
"""

import os
import platform
import secrets
import statistics
import tempfile
import threading
import time
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path

import psutil

from edge.measure.facts import Seen
from edge.plan import Plan, Radio, Sensor
from edge.radio.adverts import ibeacon, pack, sighting
from edge.radio.apart import facts
from edge.radio.tags import allow

ROUNDS, NIGHTS = 20_000, 3


def cost(tags: int) -> tuple[float, float]:
    """Microseconds of processor time for a stranger's advertisement and for a known tag's."""
    listed = [secrets.token_bytes(6) for _ in range(tags)]
    allowed = allow({}, [f"{address.hex()},trolley" for address in listed])
    found = []
    for address in (secrets.token_bytes(6), listed[tags // 2]):
        data = pack(address, ibeacon(b"\1" * 20), None, b"a name")
        began = time.process_time()
        for _ in range(ROUNDS):
            sighting(0.0, "a", data, -60, allowed)
        found.append((time.process_time() - began) / ROUNDS * 1e6)
    return found[0], found[1]


def night(folder: Path) -> tuple[float, float]:
    """Megabytes of the radio's process, and the median seconds without a look when it is begun anew."""
    os.mkfifo(folder / "pipe")
    (folder / "scanners.csv").write_text("scanner,x_m,y_m,z_m,zone\na,1,1,2,shop\n")
    sensor = Sensor(id="radio", kind="scanner", source=str(folder / "pipe"))
    plan = Plan(
        site="s", device="d", timezone="UTC", level="standard", sensors=(sensor,),
        radio=Radio(scanners=str(folder / "scanners.csv")),
    )  # fmt: skip
    stop, nights, looks = threading.Event(), list[int](), list[float]()
    line = f"0,a,{pack(secrets.token_bytes(6)).hex()},-60\n".encode()
    pipe = os.open(folder / "pipe", os.O_RDWR)

    def speak() -> None:
        while not stop.wait(0.1):
            os.write(pipe, line)

    speaker = threading.Thread(target=speak)
    speaker.start()
    gaps, memory = [], 0.0
    for fact in facts(plan, sensor, stop, lambda: time.time() + 86_400 * len(nights)):
        if not isinstance(fact, Seen):
            continue
        looks.append(time.monotonic())
        if len(looks) % 6 == 0:
            nights.append(1)
            memory = max(child.memory_info().rss for child in psutil.Process().children()) / 1e6
        if len(nights) > NIGHTS:
            stop.set()
    speaker.join()
    os.close(pipe)
    gaps = [after - before for before, after in pairwise(looks) if after - before > 1.5]
    return memory, statistics.median(gaps) if gaps else 1.0


def main() -> None:
    print(f"{datetime.now(UTC).date()}  {platform.machine()}, {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}")
    for tags in (10, 1000, 10_000):
        stranger, known = cost(tags)
        print(f"{tags:6} tags: {stranger:5.1f} us a stranger's advertisement, {known:5.1f} us a known tag's")
    with tempfile.TemporaryDirectory() as folder:
        memory, gap = night(Path(folder))
    print(f"the radio's process: {memory:.0f} MB; {gap:.1f} s without a look at night")


if __name__ == "__main__":
    main()
