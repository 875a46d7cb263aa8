"""The same facts give the same messages in the same order, merged by time or as threads happen to bring them."""

import json
import queue
import random
import threading
import time
import tomllib
from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import date
from pathlib import Path
from typing import Literal

import msgspec
import pytest

from edge.deliver.outbox import Outbox
from edge.measure.facts import Fact, Seen
from edge.measure.footfall import Crossing
from edge.measure.heat import Trodden
from edge.measure.windows import Windows
from edge.messages import Window, decode
from edge.pipeline import Pipeline
from edge.plan import Plan, parse
from edge.privacy import Door
from edge.replay import load, plan_of, replay
from edge.sensing import camera_facts
from edge.toml import text
from edge.values import Count
from simulators.facts import facts
from simulators.shop import Shop, plan_table
from simulators.shoppers import simulate

SHOP = Shop(seed=3, visits=300.0)


@pytest.fixture(scope="module")
def day() -> list[Fact]:
    return list(facts(SHOP, simulate(SHOP, date(2026, 5, 4))))


def messages(plan: Plan, opened: float, stream: Iterable[Fact]) -> list[bytes]:
    windows, door, out = Windows(plan, opened), Door(plan), []
    for fact in stream:
        for closed in windows.add(fact):
            if values := door.release(closed):
                out.append(msgspec.json.encode((closed.end, values)))
    assert windows.late == 0
    return out


def by_sensor(plan: Plan, day: list[Fact]) -> dict[str, list[Fact]]:
    owners = {p.id: p.sensor for p in (*plan.lines, *plan.zones, *plan.queues)}
    found: dict[str, list[Fact]] = {sensor.id: [] for sensor in plan.sensors}
    for fact in day:
        place = next((getattr(fact, n) for n in ("line", "zone", "queue", "place") if hasattr(fact, n)), None)
        own = (
            fact.source
            if isinstance(fact, Seen)
            else fact.sensor
            if isinstance(fact, Trodden)
            else owners[str(place)]
        )
        found[own].append(fact)
    return found


def live(sensors: dict[str, list[Fact]], seed: int) -> Iterator[Fact]:
    """One thread a sensor into one bounded queue; each halts now and then, so one runs ahead of the other."""
    facts_in: queue.Queue[Fact | None] = queue.Queue(64)

    def carry(own: list[Fact], pace: random.Random) -> None:
        for fact in own:
            if pace.random() < 0.002:
                time.sleep(pace.random() * 0.01)
            facts_in.put(fact)
        facts_in.put(None)

    threads = [
        threading.Thread(target=carry, args=(own, random.Random(seed + i))) for i, own in enumerate(sensors.values())
    ]
    for thread in threads:
        thread.start()
    left = len(threads)
    while left:
        if (fact := facts_in.get()) is None:
            left -= 1
        else:
            yield fact
    for thread in threads:
        thread.join()


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_threads_bring_the_same_messages_in_the_same_order(day: list[Fact], seed: int) -> None:
    plan = parse(tomllib.loads(text(plan_table(SHOP))))
    opened = day[0].at
    replayed = messages(plan, opened, day)
    assert len(replayed) > 100
    assert messages(plan, opened, live(by_sensor(plan, day), seed)) == replayed


def played_live(plan: Plan, folder: Path) -> tuple[list[Fact], list[Window]]:
    """The facts of a clip that plays at its own pace as a camera would, and the messages made of them."""
    found, sensor = list[Fact](), plan.sensors[0]
    outbox = Outbox(msgspec.structs.replace(plan.outbox, dir=str(folder)))
    try:
        now = time.time()
        pipeline = Pipeline(plan, outbox, now, now, lambda: "ntp")
        for fact in camera_facts(plan, sensor, threading.Event(), lambda state, at: None):
            found.append(fact)
            pipeline.add(fact)
        pipeline.tick(time.time() + 1900)
        pipeline.store(time.time())
        rows = [decode("w", row.payload) for row in outbox.batch(None, 10**6)]
    finally:
        outbox.close()
    return found, [window for window in rows if isinstance(window, Window)]


def counted(windows: Iterable[Window]) -> dict[str, int]:
    """Entries and exits by line and direction."""
    sums: Counter[str] = Counter()
    for window in windows:
        for value in window.values:
            if isinstance(value, Count):
                sums += Counter({f"{value.place} in": value.entries or 0, f"{value.place} out": value.exits or 0})
    return dict(sums)


@pytest.mark.alone
@pytest.mark.parametrize("processes", ["shared", "own"])
def test_a_clip_that_plays_live_counts_what_its_replay_counts(
    shared_data: Path, tmp_path: Path, processes: Literal["shared", "own"]
) -> None:
    """Corridor, 12 s: pacing may leave out frames on a busy machine, so times may differ by one frame, counts not."""
    path = shared_data / "vision/scenes/shop1_corridor.json"
    scene, root = load(path)
    replay(path, tmp_path / "replayed", fps=5, audit=tmp_path / "audit")
    replayed = [decode("w", line) for line in (tmp_path / "replayed").read_bytes().splitlines()]
    planned = plan_of(scene, None, None, 5.0)
    sensor = msgspec.structs.replace(planned.sensors[0], source=str(root / str(scene.clip)))
    plan = msgspec.structs.replace(planned, sensors=(sensor,), camera_processes=processes)
    found, windows = played_live(plan, tmp_path / "outbox")
    assert counted(windows) == counted(window for window in replayed if isinstance(window, Window))
    assert sum(counted(windows).values()) == 1, "one person crosses"
    looks = [fact.at for fact in found if isinstance(fact, Seen)]
    assert 45 <= len(looks) <= 59, "every fifth of 295 frames"
    events = [json.loads(line) for line in (tmp_path / "audit").read_text().splitlines()]
    (crossing,) = [fact for fact in found if isinstance(fact, Crossing)]
    (expected,) = [event["t"] for event in events if event["type"] == "crossing"]
    assert crossing.at - looks[0] == pytest.approx(expected, abs=0.2)
