"""A chain of shops and what a hub has stored of it after so many days, made in the database itself: a hundred million
counts would take hours to publish. Rows stand in the order in which a hub would have stored them.
"""

import itertools
import time
import zlib
from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, date, datetime
from typing import Any, NamedTuple

import pyarrow as pa

from edge.messages import Place, Status, Window, encode, stamp
from edge.topics import topic
from edge.values import COUNT_S, Count
from hub.intake.sorting import Raw, sort
from hub.sites import BUCKET_S, Bucket, Site, buckets, moment
from hub.storage.rows import LONG, TIME, WORD, table
from hub.storage.store import Store

UNTIL = datetime(2026, 6, 10, 4, 0, tzinfo=UTC).timestamp()  # what is made ends here, two hours into a business day
DAY_S, HALF_HOUR_S = 86_400, 1800
EPOCH = "0000000a"
STEP = 4_000_000  # rows that one statement makes

# `line` are the places in order, `part` the windows in order of time: row n is of the place n modulo places, in the
# window n / places. What was measured is drawn from a hash of n.
_HEAD = """
SELECT line.site, line.device, line.place, part.start_at, part.end_at, epoch(part.end_at - part.start_at), NULL, 0,
       'standard', part.day, part.minute, line.epoch, line.first + part.n,
       part.end_at + to_microseconds(CAST(hash(line.site, line.device, part.n) % 2000000 AS BIGINT)),
"""
_TAIL = """
FROM range($low * $places, $high * $places) AS row (n)
JOIN part ON part.n = row.n // $places
JOIN line ON line.n = row.n % $places
"""
_COUNTS = f"""
INSERT INTO value_count {_HEAD} hash(row.n) % 14 * part.open, hash(row.n + 1) % 14 * part.open, NULL, NULL {_TAIL}
"""
_ZONES = f"""
INSERT INTO value_load {_HEAD} hash(row.n) % 5400 / 900 * part.open, (6 + hash(row.n) % 4) * part.open,
       NULL, NULL, NULL, NULL {_TAIL}
"""
_QUEUES = f"""
INSERT INTO value_load {_HEAD} hash(row.n) % 5400 / 900 * part.open, (6 + hash(row.n) % 4) * part.open,
       hash(row.n) % 30 * part.open, hash(row.n + 1) % 30 * part.open, hash(row.n) % 3 * part.open, part.open {_TAIL}
"""
_STATS = """
INSERT INTO value_stat {head}
       '{of}', 10 + hash(row.n) % 8 + hash(row.n + 1) % 8, hash(row.n) % 2, 700 + hash(row.n) % 500,
       [0, 0, hash(row.n + 2) % 2, hash(row.n + 3) % 2, 5, hash(row.n) % 8, hash(row.n + 1) % 8, hash(row.n + 4) % 2,
        hash(row.n + 5) % 2, hash(row.n + 6) % 2, 5, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0] {tail}
"""
_QUARTERS = """
INSERT INTO count_15
SELECT site, device, place, time_bucket(INTERVAL '15 minutes', start_at) AS quarter, min(day), min(minute),
       CAST(sum(observed_s) AS BIGINT), CAST(sum(entries) AS BIGINT), CAST(sum(exits) AS BIGINT), NULL, NULL
FROM value_count
WHERE start_at >= $start AND start_at < $end
GROUP BY site, device, place, quarter
ORDER BY quarter, site, device, place
"""
_FIRST = "INSERT INTO first_count SELECT site, device, place, min(start_at) FROM count_15 GROUP BY ALL"
_DAYS = [
    """INSERT INTO count_day
    SELECT site, device, place, day, CAST(sum(observed_s) AS BIGINT), CAST(sum(entries) AS BIGINT),
           CAST(sum(exits) AS BIGINT), NULL, NULL
    FROM count_15 WHERE day < $day GROUP BY site, device, place, day ORDER BY day, site, device, place""",
    "INSERT INTO day_done SELECT DISTINCT site, day, false FROM count_day ORDER BY day, site",
]


class Coming(NamedTuple):
    """A message, and when its window ends."""

    end: float
    raw: Raw


class Chain(NamedTuple):
    """How many shops there are and what each of them has: doors on one device, zones and queues on one each."""

    shops: int
    doors: int
    zones: int
    queues: int

    @property
    def sites(self) -> dict[str, Site]:
        """The shops by id."""
        names = [f"s{n:03}" for n in range(self.shops)]
        return {name: Site(id=name, name=f"Shop {name}", timezone="Europe/Berlin") for name in names}

    def places(self, kind: str) -> list[tuple[str, str, str]]:
        """(site, device, place) of all places of a kind, shop by shop."""
        device, word, n = {
            "line": ("cam-1", "door", self.doors),
            "zone": ("cam-2", "zone", self.zones),
            "queue": ("cam-3", "till", self.queues),
        }[kind]
        return [(site, device, f"{word}-{i}") for site in self.sites for i in range(n)]

    def coming(self, at: float) -> Iterator[Coming]:
        """What the doors' devices send from a moment on, in the order of time: a window of each every 5 minutes."""
        nothing: dict[str, Any] = {"withheld": None, "groups": None, "passers": None, "revision": 0}
        about: dict[str, Any] = {"v": 1, "device": "cam-1", "epoch": f"{int(time.time()):08x}", "clock": "ntp"}
        about |= {"level": "standard", "plan": "0123456789ab"}
        for seq in itertools.count(1):
            start, end = at + COUNT_S * (seq - 1), at + COUNT_S * seq
            for site in self.sites:
                counts = tuple(
                    Count(place=f"door-{n}", start=stamp(start), observed_s=COUNT_S, entries=n, exits=1, **nothing)
                    for n in range(self.doors)
                )
                said = Window(site=site, seq=seq, end=stamp(end), values=counts, **about)
                yield Coming(end, Raw(topic(site, "cam-1", "w"), encode(said)))

    def counts(self, days: int) -> int:
        """The counts of lines that so many days bring."""
        return self.shops * self.doors * days * DAY_S // COUNT_S


def fill(store: Store, chain: Chain, days: int, said: Callable[[str], None] = lambda text: None) -> None:
    """Store what a hub of the chain has after `days` days, which end at UNTIL, all but the last summed up."""
    start = UNTIL - days * DAY_S
    _introduce(store, chain, start)
    quarters = list(buckets(next(iter(chain.sites.values())), start, UNTIL))
    lines, zones, queues = (chain.places(kind) for kind in ("line", "zone", "queue"))
    _make(store, _COUNTS, lines, _windows(quarters, COUNT_S))
    said("counts")
    _make(store, _ZONES, zones, _windows(quarters, BUCKET_S))
    _make(store, _QUEUES, queues, _windows(quarters, BUCKET_S))
    said("loads")
    opened = _windows([bucket for bucket in quarters if bucket.open and bucket.start % HALF_HOUR_S == 0], HALF_HOUR_S)
    for of, places in (("dwell", zones), ("wait", queues), ("service", queues)):
        _make(store, _STATS.format(head=_HEAD, of=of, tail=_TAIL), places, opened)
    said("stays")
    _quarters(store, lines, start)
    said("quarter hours")
    with store.write() as connection:
        for statement in (_FIRST, *_DAYS):
            connection.execute(statement, {"day": quarters[-1].day} if "$day" in statement else None)
    said("days")
    store.rows("CHECKPOINT")


def _introduce(store: Store, chain: Chain, at: float) -> None:
    cursors, said = store.cursors(), []
    for kind, role in (("line", "door"), ("zone", "area"), ("queue", "queue")):
        drawn: dict[tuple[str, str], list[Place]] = {}
        for site, device, name in chain.places(kind):
            drawn.setdefault((site, device), []).append(_place(name, kind, role))
        said += [_status(site, device, at, tuple(places)) for (site, device), places in drawn.items()]
    store.commit(sort(said, cursors, store.sites, at), cursors, at)


def _place(name: str, kind: str, role: str) -> Place:
    promise = 180 if kind == "queue" else None
    about: dict[str, Any] = {"kind": kind, "role": role, "promise_s": promise, "area_m2": None}
    return Place(id=name, sensor="c", outline_m=((0, 0), (1, 1)), **about)


def _status(site: str, device: str, at: float, places: tuple[Place, ...]) -> Raw:
    about: dict[str, Any] = {"v": 1, "state": "online", "at": stamp(at), "epoch": EPOCH, "version": "1"}
    about |= {"plan": "0123456789ab", "level": "standard", "clock": "ntp", "held": 0, "counters": {}, "sensors": ()}
    return Raw(topic(site, device, "status"), encode(Status(places=places, **about)))


def _windows(quarters: Iterable[Bucket], length: int) -> pa.Table:
    """The windows of so many seconds that begin in these quarter hours, numbered in order."""
    rows: list[tuple[int, int, int, date, int, int]] = []
    for bucket in quarters:
        for start in range(bucket.start, bucket.end, length):
            minute = bucket.minute + (start - bucket.start) // 60
            span = (start * 1_000_000, (start + length) * 1_000_000)
            rows.append((len(rows), *span, bucket.day, minute, int(bucket.open)))
    times = [("n", LONG), ("start_at", TIME), ("end_at", TIME)]
    return table([*times, ("day", pa.date32()), ("minute", pa.int16()), ("open", pa.int8())], rows)


def _make(store: Store, statement: str, places: list[tuple[str, str, str]], windows: pa.Table) -> None:
    if not places:
        return
    # Each device counts its messages on its own; where it began is of no matter but to the size of the file.
    names = [("n", LONG), ("site", WORD), ("device", WORD), ("place", WORD), ("epoch", WORD), ("first", LONG)]
    marks = [zlib.crc32("/".join(place[:2]).encode()) for place in places]
    line = table(
        names,
        [
            (n, *place, f"{mark:08x}", mark % 100_000)
            for n, (place, mark) in enumerate(zip(places, marks, strict=True))
        ],
    )
    step = STEP // len(places)
    for low in range(0, windows.num_rows, step):
        with store.write() as connection:
            connection.register("line", line)
            connection.register("part", windows)
            ends = {"low": low, "high": min(low + step, windows.num_rows), "places": len(places)}
            connection.execute(statement, ends)
            connection.unregister("line")
            connection.unregister("part")


def _quarters(store: Store, lines: list[tuple[str, str, str]], start: float) -> None:
    step = STEP // len(lines) * COUNT_S // BUCKET_S * BUCKET_S
    for at in range(int(start), int(UNTIL), step):
        with store.write() as connection:
            connection.execute(_QUARTERS, {"start": moment(at), "end": moment(at + step)})
