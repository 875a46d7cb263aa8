"""The same facts give the same messages in the same order, merged by time or as threads happen to bring them."""

import queue
import random
import threading
import time
import tomllib
from collections.abc import Iterable, Iterator
from datetime import date

import msgspec
import pytest

from edge.measure.facts import Fact, Seen
from edge.measure.windows import Windows
from edge.plan import Plan, parse
from edge.privacy import Door
from simulators.facts import facts
from simulators.shop import Shop, plan_table, toml
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
        found[fact.source if isinstance(fact, Seen) else owners[str(place)]].append(fact)
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
    plan = parse(tomllib.loads(toml(plan_table(SHOP))))
    opened = day[0].at
    replayed = messages(plan, opened, day)
    assert len(replayed) > 100
    assert messages(plan, opened, live(by_sensor(plan, day), seed)) == replayed
