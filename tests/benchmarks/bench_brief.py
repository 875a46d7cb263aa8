"""How often the whole question `brief` speaks of a shop in which nothing happens, and what it costs; run by hand:

    python tests/benchmarks/bench_brief.py [days] [seed]

A shop of two doors and two queues with 13 weeks of history before the days that are asked about: weather that lasts
for days, a season, queues that suffer from busy days, 25 answers a day with comments, no effect of anything on the
score. Printed are the share of days on which it says something, the codes, and the median time of an answer.
"""

import statistics
import sys
import tempfile
import time
from collections import Counter
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa

from edge.messages import Place, Sensor, Status, encode, stamp
from edge.topics import topic
from hub.intake.sorting import Raw, sort
from hub.serve import asking
from hub.sites import Site, day_span, local
from hub.storage.store import Store

SITE = Site(id="s001", name="Quiet Street", timezone="Europe/Berlin")
FIRST = date(2025, 9, 1)
BEFORE, OPENS, CLOSES = 91, 540, 1200
TIME = pa.timestamp("us", tz="UTC")
WAITS = np.array([0, 0, 0, 2, 4, 5, 6, 7, 6, 4, 1, 0.6, 0.4, 0.2] + [0] * 8)
SERVICES = np.array([0, 0, 1, 2, 4, 6, 6, 4, 2, 1, 0.5] + [0] * 11)
COMMENTS = ("the queue was slow", "friendly staff", "all well", "too expensive", "could not find it")


class Quarters(NamedTuple):
    """The quarter hours that are made, and how many people are expected in each."""

    start: np.ndarray[Any, np.dtype[np.int64]]
    day: list[date]
    minute: np.ndarray[Any, np.dtype[np.int64]]
    people: np.ndarray[Any, np.dtype[np.float64]]


def quarters(days: int, rng: np.random.Generator) -> Quarters:
    """Of `days` business days."""
    begin, end = day_span(SITE, FIRST)[0], day_span(SITE, FIRST + timedelta(days=days))[0]
    start = np.arange(int(begin), int(end), 900)
    told = [local(int(at), SITE.timezone, SITE.day_starts) for at in start]
    day, minute = [one for one, _ in told], np.array([one for _, one in told])
    weather = np.zeros(days + 1)
    for i in range(1, days + 1):
        weather[i] = 0.4 * weather[i - 1] + rng.normal(0, 0.09)
    at = np.array([(one - FIRST).days for one in day])
    level = np.array([0.9, 0.9, 0.95, 1, 1.15, 1.35, 0])[[one.weekday() for one in day]]
    curve = 12 + 8 * np.sin((minute - OPENS) / (CLOSES - OPENS) * np.pi)
    is_open = (minute >= OPENS) & (minute < CLOSES)
    people = np.where(is_open, curve * level * np.exp(weather[at]) * (1 + 0.1 * np.sin(at / 58)), 0.0)
    return Quarters(start, day, minute, people)


def laid(store: Store, at: float) -> None:
    """The places, as their device tells of them."""

    def place(name: str, kind: str, role: str, promise_s: int | None = None) -> Place:
        about = {"sensor": "c1", "promise_s": promise_s, "area_m2": None, "outline_m": ((0.0, 0.0), (1.0, 1.0))}
        return Place(id=name, kind=kind, role=role, **about)  # type: ignore[arg-type]

    places = (*(place(name, "line", "door") for name in ("door", "side")), place("till_a", "queue", "queue", 180))
    places = (*places, place("till_b", "queue", "queue", 180))
    said = {"v": 1, "state": "online", "at": stamp(at), "epoch": "0000000a", "version": "1", "plan": "0123456789ab"}
    said |= {"level": "standard", "clock": "ntp", "held": 0, "counters": {}, "places": places}
    said["sensors"] = (Sensor(id="c1", kind="camera", state="ok", seen=stamp(at // 60 * 60)),)
    cursors = store.cursors()
    raw = Raw(topic("s001", "cam-01", "status"), encode(Status(**said)))  # type: ignore[arg-type]
    store.commit(sort([raw], cursors, store.sites, at + 9e7), cursors, at + 9e7)


def filled(store: Store, made: Quarters, rng: np.random.Generator) -> None:
    """What the shop's devices and customers said."""
    many = len(made.start)
    busy = np.flatnonzero(made.people > 0)
    slow = np.log(np.maximum(made.people, 1) / 15)
    for name, share in (("door", 0.7), ("side", 0.3)):
        people = rng.poisson(made.people * share)
        rows = times(made, slice(None)) | {
            "place": [name] * many,
            "entries": people,
            "exits": rng.permutation(people),
        }
        put(store, "count_15", rows | {"observed_s": [900] * many})
    for name in ("till_a", "till_b"):
        joined = rng.poisson(made.people * 0.35)
        left = rng.binomial(joined, 1 / (1 + np.exp(3.2 - slow)))
        load = {"joined": joined, "served": joined - left, "abandoned": left, "mean": made.people / 20}
        rows = times(made, slice(None)) | {"place": [name] * many, "tills_open": np.where(made.people > 0, 2.0, 0.0)}
        put(store, "value_load", window(rows | load, made.start))
        for of, shape in (("wait", WAITS), ("service", SERVICES)):
            chance = shape[None] * np.exp(
                np.outer(slow[busy] if of == "wait" else np.zeros(len(busy)), np.arange(22)) / 12
            )
            n = np.maximum(joined[busy], 5)
            bins = rng.multinomial(n, chance / chance.sum(axis=1, keepdims=True))
            rows = times(made, busy) | {"place": [name] * len(busy), "of": [of] * len(busy), "n": n, "cut": n * 0}
            put(store, "value_stat", window(rows | {"sum_s": n * 60, "bins": bins.tolist()}, made.start[busy]))
    answers(store, made, busy, rng)
    with store.write() as connection:
        connection.execute(
            "INSERT INTO first_count SELECT site, device, place, min(start_at) FROM count_15 GROUP BY ALL"
        )


def answers(store: Store, made: Quarters, busy: Any, rng: np.random.Generator) -> None:
    """25 a day, none of them because of anything."""
    many = 25 * (len(set(made.day)) * 6 // 7)
    at = rng.choice(made.start[busy], many) + rng.integers(0, 900, many)
    rows: dict[str, Any] = {"source": ["x"] * many, "id": [str(n) for n in range(many)], "channel": ["kiosk"] * many}
    rows |= {"answered_at": pa.array(at * 1_000_000, TIME), "lag_from_s": [0] * many, "lag_to_s": [300] * many}
    rows["nps"] = pa.array(rng.choice([10, 9, 8, 7, 5, 3], many), pa.int8())
    rows["comment"] = [COMMENTS[n % 5] if n % 3 == 0 else None for n in rng.integers(0, 15, many).tolist()]
    put(store, "answer", rows)


def times(made: Quarters, which: Any) -> dict[str, Any]:
    """The columns of time of these quarter hours."""
    start = made.start[which]
    day = np.array(made.day, dtype=object)[which].tolist()
    return {"device": ["cam-01"] * len(start), "start_at": pa.array(start * 1_000_000, TIME), "day": day} | {
        "minute": pa.array(made.minute[which], pa.int16())
    }


def window(rows: dict[str, Any], start: Any) -> dict[str, Any]:
    """The same as values of the wire."""
    many, end = len(start), pa.array((start + 900) * 1_000_000, TIME)
    rows |= {
        "end_at": end,
        "received_at": end,
        "observed_s": [900] * many,
        "revision": pa.array([0] * many, pa.uint8()),
    }
    return rows | {"level": ["standard"] * many, "epoch": ["0000000a"] * many, "seq": list(range(many))}


def put(store: Store, name: str, rows: dict[str, Any]) -> None:
    """Append rows to a table; columns that are not given are NULL."""
    found = pa.table({"site": ["s001"] * len(next(iter(rows.values())))} | rows)
    with store.write() as connection:
        connection.register("incoming", found)
        connection.execute(f"INSERT INTO {name} BY NAME SELECT * FROM incoming")
        connection.unregister("incoming")


def main(days: int, seed: int) -> None:
    """Print what `days` quiet days brought."""
    rng = np.random.default_rng(seed)
    at = day_span(SITE, FIRST)[0]
    with tempfile.TemporaryDirectory() as folder, Store(Path(folder) / "hub.duckdb", {"s001": SITE}, at) as store:
        laid(store, at)
        filled(store, quarters(BEFORE + days, rng), rng)
        while store.finish_days(at + (BEFORE + days + 1) * 86_400):
            pass
        codes, spoken, took = Counter[str](), Counter[str](), []
        asked = [FIRST + timedelta(days=BEFORE + n) for n in range(days)]
        asked = [day for day in asked if day.weekday() < 6]
        for day in asked:
            began = time.perf_counter()
            now = day_span(SITE, day)[1] + 3600
            rows = asking.answer(store, "brief", {"site": "s001", "day": day}, store.sites, now).to_pylist()
            took.append(time.perf_counter() - began)
            codes.update(f"{row['span']} {row['code']}" for row in rows)
            spoken.update({row["span"] for row in rows} | ({"any"} if rows else set()))
    print(f"{datetime.now(UTC):%Y-%m-%d} seed {seed}: {len(asked)} quiet days")
    print("  ".join(f"{span} {spoken[span] / len(asked):.3f}" for span in ("day", "week", "any")), dict(codes))
    print(f"an answer: median {statistics.median(took) * 1e3:.0f} ms, longest {max(took) * 1e3:.0f} ms")


if __name__ == "__main__":
    main(*(int(text) for text in (sys.argv[1:] + ["180", "1"][len(sys.argv) - 1 :])))
