"""The one sentence of advice, by rules: the first rule that has something to say decides."""

from collections.abc import Iterator
from typing import Any, Literal, NamedTuple

from dashboard.queueing import Queue, newest_waits, tills_missing
from dashboard.times import about, clock, span
from dashboard.today import Band, Today, verdict
from dashboard.trust import Trust
from dashboard.words import Words

Weight = Literal["act", "watch", "calm", "blind"]


class Advice(NamedTuple):
    """What to do: 'act' now, 'watch', 'calm' (nothing to do) or 'blind' (no data to say anything with)."""

    weight: Weight
    text: str


class Seen(NamedTuple):
    """What the rules look at. `away`: the hub does not answer; `stays`: today's rows of that question."""

    trust: Trust
    queues: list[Queue]
    stays: list[dict[str, Any]]
    today: Today
    band: Band | None
    zone: str
    at: float
    away: bool = False


def advice(seen: Seen, words: Words) -> Advice:
    """What to do now: a queue beyond its promise, then a broken sensor, late waits, an unusual day, else nothing.

    Numbers that stopped give no advice but to look at them. A late wait counts for an hour after its window.
    """
    return next(_rules(seen, words), Advice("calm", words("advice.nothing")))


def _rules(seen: Seen, words: Words) -> Iterator[Advice]:
    if seen.away:
        yield Advice("blind", words("advice.away"))
    yield from (Advice("act", _queue(queue, words)) for queue in seen.queues if queue.over)
    yield from _sensors(seen, words)
    if seen.trust.standing == "stale":
        yield Advice("blind", words("advice.stale", time=clock(seen.trust.until, seen.zone)))
    if seen.trust.standing in ("waiting", "empty"):
        yield Advice("blind", words("advice.waiting"))
    yield from _waits(seen, words)
    kind = verdict(seen.today, seen.band)
    if kind in ("busy", "quiet") and seen.band:
        low, high = round(seen.band.low), round(seen.band.high)
        yield Advice("watch", words(f"advice.{kind}", n=seen.today.entries, low=low, high=high))


def _queue(queue: Queue, words: Words) -> str:
    n = tills_missing(queue)
    action = words("advice.open_one") if n == 1 else words("advice.open_more", n=n)
    if queue.length is None:
        return words("advice.queue_alert", place=queue.place, action=action)
    if queue.tills_open == 0:
        return words("advice.no_till", place=queue.place, n=queue.length, action=action)
    if queue.expected_s is not None and queue.promise_s is not None and queue.expected_s > queue.promise_s:
        wait, promise = about(queue.expected_s), span(queue.promise_s)
        return words("advice.queue", place=queue.place, n=queue.length, wait=wait, promise=promise, action=action)
    return words("advice.queue_limit", place=queue.place, n=queue.length, action=action)


def _sensors(seen: Seen, words: Words) -> Iterator[Advice]:
    broken = seen.trust.broken
    if len(broken) == 1:
        name, state = broken[0]
        yield Advice("act", words("advice.sensor", sensor=name, state=words.named("state", state)))
    elif broken:
        names = ", ".join(name for name, _ in broken[:4]) + (" …" if len(broken) > 4 else "")
        yield Advice("act", words("advice.sensors", n=len(broken), names=names))


def _waits(seen: Seen, words: Words) -> Iterator[Advice]:
    for row in newest_waits(seen.stays):
        late = row["promise_s"] and row["p90_s"] is not None and row["p90_s"] > row["promise_s"]
        if late and seen.at - row["end"] <= 3600:
            start, end = clock(row["start"], seen.zone), clock(row["end"], seen.zone)
            p90, promise = span(row["p90_s"]), span(row["promise_s"])
            text = words("advice.waits", place=row["place"], p90=p90, start=start, end=end, promise=promise)
            yield Advice("watch", text + (words("advice.again") if _kept_now(seen, row["place"]) else ""))


def _kept_now(seen: Seen, place: str) -> bool:
    return any(queue.place == place and queue.expected_s is not None and not queue.over for queue in seen.queues)
