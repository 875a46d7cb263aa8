"""What the history of places and the sums by day cost a commit, and what they save a question; run by hand:

    python tests/benchmarks/bench_history.py [shops] [days] [rounds]

Commits: 256 new windows of a door each, and 400 statuses that say what was known, before any day is finished and with
the day before finished; and 256 windows that take a finished day back. Questions: `days` over everything and
`visitors` over a week at one of the shops, with all days finished and with none. Medians of the rounds are printed.
"""

import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from ingest_load import machine

from edge.messages import Place, Status, Window, encode, stamp
from edge.topics import topic
from edge.values import Count
from hub.intake.sorting import Raw, sort
from hub.serve import questions
from hub.sites import Site
from hub.storage import daily
from hub.storage.store import Store

NOW = datetime(2026, 6, 10, 6, 0, tzinfo=UTC).timestamp()
DAY_S = 86_400
DOOR = Place(
    id="door", kind="line", role="door", sensor="c", promise_s=None, area_m2=None, outline_m=((0, 0), (1, 1))
)
FILL = """
INSERT INTO count_15
SELECT 's' || shop, 'cam-' || line, 'door', to_timestamp($last - 900 * quarter),
       CAST(to_timestamp($last - 900 * quarter - 14400) AS DATE), 0, 900, quarter % 7, quarter % 5, NULL, NULL
FROM range($quarters) AS t (quarter), range($shops) AS s (shop), range(4) AS l (line)
ORDER BY quarter DESC
"""
FIRST = [
    "DELETE FROM first_count",
    "INSERT INTO first_count SELECT site, device, place, min(start_at) FROM count_15 GROUP BY site, device, place",
]


def windows(end: float, seq: int, revision: int = 0) -> list[Raw]:
    """256 messages of as many devices, each with the count of its door in the 5 minutes before `end`."""
    nothing = {"withheld": None, "groups": None, "passers": None}
    made = []
    for n in range(256):
        count = Count(
            place="door",
            start=stamp(end - 300),
            observed_s=300,
            revision=revision,
            entries=3,
            exits=2,
            **nothing,  # type: ignore[arg-type]
        )
        about = {"v": 1, "site": f"s{n // 4}", "device": f"cam-{n % 4}", "epoch": "0000000a", "level": "standard"}
        about |= {"plan": "0123456789ab", "clock": "ntp", "seq": seq, "end": stamp(end), "values": (count,)}
        made.append(Raw(topic(about["site"], about["device"], "w"), encode(Window(**about))))  # type: ignore
    return made


def statuses(at: float) -> list[Raw]:
    """400 statuses of as many devices."""
    about = {"v": 1, "state": "online", "at": stamp(at), "epoch": "0000000a", "version": "1", "plan": "0123456789ab"}
    about |= {"level": "standard", "clock": "ntp", "held": 0, "counters": {}, "sensors": (), "places": (DOOR,)}
    payload = encode(Status(**about))  # type: ignore[arg-type]
    return [Raw(topic(f"s{n // 4}", f"cam-{n % 4}", "status"), payload) for n in range(400)]


class Hub:
    """A store that takes messages."""

    def __init__(self, folder: str, sites: dict[str, Site]) -> None:
        self.store = Store(Path(folder) / "hub.duckdb", sites, NOW)
        self.cursors, self.seq = self.store.cursors(), 0

    def take(self, raw: list[Raw], at: float) -> float:
        """Milliseconds that a commit of these takes, sorted and read before."""
        batch = sort(raw, self.cursors, self.store.sites, at)
        began = time.perf_counter()
        self.store.commit(batch, self.cursors, at)
        return (time.perf_counter() - began) * 1e3

    def counts(self, end: float, revision: int = 0) -> float:
        """The same of 256 windows."""
        self.seq += 1
        return self.take(windows(end, self.seq, revision), end + 1)


def timed(what: Callable[[], object]) -> float:
    """Milliseconds."""
    began = time.perf_counter()
    what()
    return (time.perf_counter() - began) * 1e3


def said(name: str, took: list[float]) -> None:
    """Print the median and the slowest."""
    print(f"{name:<52} {statistics.median(took):8.1f} ms  (max {max(took):.1f})")


def commits(hub: Hub, rounds: int, name: str, day: float) -> None:
    """Print what commits of a day that begins now take."""
    hub.counts(day + 300)
    said(f"256 new windows, {name}", [hub.counts(day + 600 + 300 * n) for n in range(rounds)])
    hub.take(statuses(day), day)
    said(
        f"400 statuses that change nothing, {name}", [hub.take(statuses(day + n), day + n) for n in range(1, rounds)]
    )


def ask(hub: Hub, name: str, start: float) -> Callable[[], object]:
    """A question about shop s1 from `start` until now."""
    site, values = hub.store.sites["s1"], questions.span("s1", start, NOW)
    return lambda: hub.store.ask(name, questions.bound(values, site, NOW), questions.calendar(name, site, values))


def main() -> None:
    """Print all of them."""
    given = [int(text) for text in sys.argv[1:]]
    shops, days, rounds = given + [100, 395, 21][len(given) :]
    sites = {f"s{n}": Site(id=f"s{n}", name="Shop", timezone="UTC") for n in range(shops)}
    print(f"{machine()}, {shops} shops with 4 doors, {days} days, {rounds} rounds")
    with tempfile.TemporaryDirectory() as folder:
        hub = Hub(folder, sites)
        hub.take(statuses(NOW - 2 * DAY_S), NOW - 2 * DAY_S)
        commits(hub, rounds, "no day finished", NOW - 2 * DAY_S)
        hub.store.finish_days(NOW)
        commits(hub, rounds, "the day before finished", NOW)
        late = []
        for n in range(rounds):
            late.append(hub.counts(NOW - 2 * DAY_S + 300 * (n + 3), 1))
            hub.store.finish_days(NOW)
        said("256 revised windows of a finished day", late)
        with hub.store.write() as connection:
            span = {"last": NOW - DAY_S, "quarters": days * 96, "shops": shops}
            connection.execute(FILL, span)
            for statement in FIRST:
                connection.execute(statement)
        for name in ("none finished", "all finished"):
            for question, start in (("days", NOW - days * DAY_S), ("visitors", NOW - 7 * DAY_S)):
                said(f"{question}, {name}", [timed(ask(hub, question, start)) for _ in range(rounds)])
            if name == "none finished":
                took = []
                while not took or hub.store.finish_days(NOW) == daily.MOST:
                    took.append(timed(lambda: hub.store.finish_days(NOW)))
                said(f"{daily.MOST} site days summed up", took)
        hub.store.close()


if __name__ == "__main__":
    main()
