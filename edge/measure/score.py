"""How far a measured recording is from its truth.

Both errors are given: the gross one, in which a missed and a doubled event do not cancel, and the net one that
vendors quote, in which they do. A share of nothing is None, never 0.
"""

from collections.abc import Callable, Iterable, Sequence
from typing import Any, TypeVar

from edge.measure.audit import Crossed, Entry, Length, Occupancy, Visited, Waited

NEAR_S = 1.0
T = TypeVar("T")
Report = dict[str, Any]


def compare(truth: Sequence[Entry], found: Sequence[Entry]) -> Report:
    """The errors of lines, zones and queues, each only where the truth or the measurement has any."""
    report: Report = {}
    if crossings := lines(_of(truth, Crossed), _of(found, Crossed)):
        report["lines"] = crossings
    zones = sorted({e.zone for e in [*truth, *found] if isinstance(e, Visited)} | _places(truth, "zone"))
    if zones:
        report["zones"] = {z: zone(_in(truth, "zone", z), _in(found, "zone", z)) for z in zones}
    queues = sorted({e.queue for e in [*truth, *found] if isinstance(e, Waited)} | _places(truth, "queue"))
    if queues:
        report["queues"] = {q: queue(_in(truth, "queue", q), _in(found, "queue", q)) for q in queues}
    return report


def lines(truth: Sequence[Crossed], found: Sequence[Crossed]) -> Report:
    """Events matched by line and direction within 1 s; `gross` and `net` are shares of the true number."""
    if not truth and not found:
        return {}
    matched = pairs(truth, found, _apart)
    kinds = sorted({(e.line, e.dir) for e in [*truth, *found]})
    counts = {
        f"{line} {way}": [sum((e.line, e.dir) == (line, way) for e in events) for events in (truth, found)]
        for line, way in kinds
    }
    return {
        "true": len(truth),
        "measured": len(found),
        "matched": len(matched),
        "precision": share(len(matched), len(found)),
        "recall": share(len(matched), len(truth)),
        "f1": share(2 * len(matched), len(truth) + len(found)),
        "gross": share(sum(abs(a - b) for a, b in counts.values()), len(truth)),
        "net": share(abs(len(truth) - len(found)), len(truth)),
        "counts": counts,
    }


def zone(truth: Sequence[Entry], found: Sequence[Entry]) -> Report:
    """Stays matched by overlap, their errors in seconds, and head counts second by second.

    A stay that the end of the recording cuts is `open`; its length so far counts on both sides.
    """
    real, mine = _of(truth, Visited), _of(found, Visited)
    matched = pairs(real, mine, stays_apart)
    dwells = [mean(stay.end - stay.start for stay in stays) for stays in (real, mine)]
    return {
        "true": len(real),
        "measured": len(mine),
        "matched": len(matched),
        "open_true": sum(stay.open for stay in real),
        "open_measured": sum(stay.open for stay in mine),
        "start_mae_s": mean(abs(a.start - b.start) for a, b in matched),
        "end_mae_s": mean(abs(a.end - b.end) for a, b in matched),
        "worst_s": max((max(abs(a.start - b.start), abs(a.end - b.end)) for a, b in matched), default=None),
        "dwell_true_s": dwells[0],
        "dwell_measured_s": dwells[1],
        "dwell_error": _off(*dwells),
        "person_s_true": round(sum(stay.end - stay.start for stay in real), 2),
        "person_s_measured": round(sum(stay.end - stay.start for stay in mine), 2),
        "occupancy_mae": _heads_mae(_of(truth, Occupancy), _of(found, Occupancy)),
    }


def queue(truth: Sequence[Entry], found: Sequence[Entry]) -> Report:
    """Joined, served, gone unserved; waits and services of people matched by overlap; the length every 5 s.

    Whoever still waits when the recording ends has not given up. `throughput` is people served an hour.
    """
    every = [_of(entries, Waited) for entries in (truth, found)]
    real, mine = ([wait for wait in waits if wait.served is not None] for waits in every)
    matched = pairs(real, mine, stays_apart)
    left = [sum(wait.served is None and not wait.open_end for wait in waits) for waits in every]
    hours = len(_of(truth, Occupancy)) / 3600
    waits = [mean(_wait(wait) for wait in some if not wait.open_start) for some in (real, mine)]
    return {
        "true": len(every[0]),
        "measured": len(every[1]),
        "served_true": len(real),
        "served_measured": len(mine),
        "left_true": left[0],
        "left_measured": left[1],
        "throughput_true": share(len(real), hours),
        "throughput_measured": share(len(mine), hours),
        "wait_mean_true_s": waits[0],
        "wait_mean_measured_s": waits[1],
        "wait_error": _off(*waits),
        "wait_mae_s": mean(abs(_wait(a) - _wait(b)) for a, b in matched if not a.open_start),
        "wait_little_s": _little(_of(found, Occupancy), every[1]),
        "service_mean_true_s": mean(_service(wait) for wait in real),
        "service_mean_measured_s": mean(_service(wait) for wait in mine),
        "service_mae_s": mean(abs(_service(a) - _service(b)) for a, b in matched),
        "length_mae": _heads_mae(_of(truth, Length), _of(found, Length)),
    }


def pairs(truth: Sequence[T], found: Sequence[T], apart: Callable[[T, T], float | None]) -> list[tuple[T, T]]:
    """One-to-one matches, the nearest first; `apart` is None where two cannot match."""
    near = sorted(
        (gap, i, j) for i, a in enumerate(truth) for j, b in enumerate(found) if (gap := apart(a, b)) is not None
    )
    left, right, matched = set[int](), set[int](), list[tuple[T, T]]()
    for _, i, j in near:
        if i not in left and j not in right:
            left.add(i)
            right.add(j)
            matched.append((truth[i], found[j]))
    return matched


def share(part: float, whole: float) -> float | None:
    """part / whole, or None of nothing."""
    return round(part / whole, 4) if whole else None


def mean(values: Iterable[float]) -> float | None:
    """The mean, or None of nothing."""
    some = list(values)
    return round(sum(some) / len(some), 3) if some else None


def _apart(a: Crossed, b: Crossed) -> float | None:
    gap = abs(a.t - b.t)
    return gap if (a.line, a.dir) == (b.line, b.dir) and gap <= NEAR_S else None


def stays_apart(a: Visited | Waited, b: Visited | Waited) -> float | None:
    overlap = min(a.end, b.end) - max(a.start, b.start)
    return abs(a.start - b.start) + abs(a.end - b.end) if overlap > 0 else None


def _wait(wait: Waited) -> float:
    return max(0.0, (wait.served or 0.0) - wait.start)


def _service(wait: Waited) -> float:
    return (wait.service_end or wait.end) - (wait.served or 0.0)


def _off(true: float | None, measured: float | None) -> float | None:
    """|measured - true| / true; None where either is not known or the true one is 0."""
    return None if true is None or measured is None else share(abs(measured - true), true)


def _little(heads: Sequence[Occupancy], waits: Sequence[Waited]) -> float | None:
    """The mean wait that head counts give by Little's law, to be compared with the tracked one.

    Person-seconds in the queue but not in service, by the number of people served: no track has to last for it.
    Those still waiting at the end are left out with the time they were followed. Too long where many give up;
    None where nobody was served.
    """
    served = [wait for wait in waits if wait.served is not None]
    service = sum(_service(wait) for wait in served)
    waiting = sum(wait.end - wait.start for wait in waits if wait.served is None and wait.open_end)
    seconds = sum(entry.n for entry in heads) - service - waiting
    return round(max(0.0, seconds) / len(served), 1) if served else None


def _heads_mae(truth: Sequence[Occupancy | Length], found: Sequence[Occupancy | Length]) -> float | None:
    """The mean error of head counts over the seconds that both have."""
    mine = {entry.t: entry.n for entry in found}
    return mean(abs(entry.n - mine[entry.t]) for entry in truth if entry.t in mine)


def _of(entries: Iterable[Entry], kind: type[T]) -> list[T]:
    return [entry for entry in entries if isinstance(entry, kind)]


def _in(entries: Iterable[Entry], kind: str, place: str) -> list[Entry]:
    return [entry for entry in entries if getattr(entry, kind, None) == place]


def _places(entries: Iterable[Entry], kind: str) -> set[str]:
    named = (getattr(entry, kind) for entry in entries if isinstance(entry, Occupancy))
    return {name for name in named if isinstance(name, str)}
