"""Queues right now: how long, how long a newcomer waits, and how many tills would keep the promise."""

from math import ceil
from typing import Any, NamedTuple

from dashboard.trust import FRESH_LIVE_S

Rows = list[dict[str, Any]]


class Queue(NamedTuple):
    """One queue. `length` None: not known; `age_s` of the live value; `fresh` False: only the last known value."""

    place: str
    length: int | None
    expected_s: float | None
    promise_s: float | None
    tills_open: int | None
    alert: str
    age_s: float | None
    fresh: bool

    @property
    def over(self) -> bool:
        """Whether somebody should act: the expected wait is beyond the promise, or the plan's limit is passed."""
        late = self.expected_s is not None and self.promise_s is not None and self.expected_s > self.promise_s
        if self.length is None:  # a privacy level that sends the alert only
            return self.fresh and self.alert == "over"
        return self.fresh and self.length > 0 and (late or self.alert == "over" or self.tills_open == 0)


def expected_wait(length: int | None, service_s: float | None, tills_open: int | None) -> float | None:
    """Seconds a newcomer is expected to wait: people waiting x mean service / open tills; None where one is unknown.

    Nobody waiting is 0 even when the service time is unknown; with no till open there is no answer.
    """
    if length == 0 and tills_open != 0:
        return 0.0
    if length is None or service_s is None or not tills_open:
        return None
    return length * service_s / tills_open


def queues(places: Rows, live: Rows, pooled: Rows, waited_s: float) -> list[Queue]:
    """Every queue of the site, the worst first. `waited_s`: seconds since the live rows were received.

    `pooled`: rows of the question `waits`; the mean service time of each place is taken from there. A live row
    older than its life is not 'now' and gives no expectation.
    """
    service = {row["place"]: row["mean_s"] for row in pooled if row["of"] == "service" and row["mean_s"]}
    newest = {row["place"]: row for row in live}
    found = []
    for place in places:
        if place["kind"] == "queue":
            row = newest.get(place["place"], {})
            found.append(_queue(place, row, service.get(place["place"]), waited_s))
    return sorted(found, key=_badness, reverse=True)


def _queue(place: dict[str, Any], row: dict[str, Any], service_s: float | None, waited_s: float) -> Queue:
    age = None if row.get("age_s") is None else row["age_s"] + waited_s
    told = row.get("queue") is not None or row.get("alert") in ("ok", "over")
    fresh = age is not None and age <= FRESH_LIVE_S and told
    length, tills = row.get("queue"), row.get("tills_open")
    return Queue(
        place=place["place"],
        length=length,
        expected_s=expected_wait(length, service_s, tills) if fresh else None,
        promise_s=place.get("promise_s"),
        tills_open=tills,
        alert=row.get("alert") or "unknown",
        age_s=age,
        fresh=fresh,
    )


def _badness(queue: Queue) -> tuple[bool, bool, float, int]:
    late = queue.expected_s / queue.promise_s if queue.expected_s and queue.promise_s else 0.0
    return queue.over, queue.fresh, late, queue.length or 0


def tills_missing(queue: Queue) -> int:
    """How many more open tills bring the expected wait within the promise; at least 1 for a queue that is over."""
    if not queue.expected_s or not queue.promise_s or not queue.tills_open:
        return 1
    return max(1, ceil(queue.expected_s * queue.tills_open / queue.promise_s) - queue.tills_open)


def newest_waits(stays: Rows) -> list[dict[str, Any]]:
    """The newest published wait window of each queue, the worst against its promise first; withheld ones are none."""
    newest: dict[str, dict[str, Any]] = {}
    for row in stays:
        shown = row["of"] == "wait" and not row.get("withheld") and row["p50_s"] is not None
        if shown and row["end"] >= newest.get(row["place"], row)["end"]:
            newest[row["place"]] = row
    return sorted(newest.values(), key=lambda row: (row["p90_s"] or 0) / (row["promise_s"] or 1e9), reverse=True)
