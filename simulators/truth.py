"""What the messages should have said, and by how much they erred."""

from collections.abc import Iterable
from typing import Any

import numpy as np

from edge.measure.dwell import Visit
from edge.measure.facts import Fact
from edge.measure.footfall import Crossing
from edge.measure.queues import Done, Joined, Left, Served
from edge.messages import Window
from edge.values import AnyValue, Count, Load, Stat
from simulators.shop import Floats, Shop, plan_table

Key = tuple[str, str]  # place and what: entries, exits, passers, joined, dwell, wait, ...
NOTHING = np.zeros((0, 2))


def events(shop: Shop, facts: Iterable[Fact]) -> dict[Key, Floats]:
    """(N,2) moments and durations of every event, by place and kind, in order of time."""
    lines = {line["id"]: line for line in plan_table(shop)["lines"]}
    found: dict[Key, list[tuple[float, float]]] = {}
    for fact in facts:
        for key, seconds in _named(fact, lines):
            found.setdefault(key, []).append((fact.at, seconds))
    return {key: np.array(sorted(pairs)) for key, pairs in found.items()}


def _named(fact: Fact, lines: dict[str, dict[str, Any]]) -> list[tuple[Key, float]]:
    match fact:
        case Crossing(line=line, direction=direction):
            if lines[line]["role"] == "passing":
                return [((line, "passers"), 0.0)]
            return [((line, "entries" if direction == lines[line]["entry"] else "exits"), 0.0)]
        case Visit(zone=zone, start=start, at=at):
            return [((zone, "dwell"), at - start)]
        case Joined(queue=queue):
            return [((queue, "joined"), 0.0)]
        case Served(queue=queue, waited=waited):
            return [((queue, "served"), 0.0), ((queue, "wait"), waited)]
        case Done(queue=queue, took=took):
            return [((queue, "service"), took)]
        case Left(queue=queue, waited=waited):
            return [((queue, "abandoned"), 0.0), ((queue, "left"), waited)]
    return []


def compare(shop: Shop, facts: Iterable[Fact], messages: Iterable[Window]) -> dict[str, Any]:
    """Measured against true, over exactly the windows that the messages speak about.

    counts: totals and `gross`, the sum over windows of |measured - true| divided by the true total (None where
    nothing truly happened). durations: number and mean. A value withheld or not observed compares with nothing.
    """
    true = events(shop, facts)
    counts: dict[Key, list[tuple[int, int]]] = {}
    durations: dict[Key, list[tuple[int, float, int, float]]] = {}
    windows = 0
    for message in messages:
        windows += 1
        end = message.end.timestamp()
        for value in message.values:
            span = (value.start.timestamp(), end)
            for what, n in _counted(value):
                pair = (n, len(_between(true, (value.place, what), span)))
                counts.setdefault((value.place, what), []).append(pair)
            if isinstance(value, Stat) and value.n is not None and value.sum_s is not None:
                real = _between(true, (value.place, value.of), span)
                row = (value.n, float(value.sum_s), len(real), float(real[:, 1].sum()))
                durations.setdefault((value.place, value.of), []).append(row)
    return {
        "windows": windows,
        "counts": {f"{place}.{what}": _totals(rows) for (place, what), rows in sorted(counts.items())},
        "durations": {f"{place}.{what}": _means(rows) for (place, what), rows in sorted(durations.items())},
    }


def _counted(value: AnyValue) -> list[tuple[str, int]]:
    match value:
        case Count():
            named = {"entries": value.entries, "exits": value.exits, "passers": value.passers}
        case Load():
            named = {"joined": value.joined, "served": value.served, "abandoned": value.abandoned}
        case _:
            return []
    return [(what, n) for what, n in named.items() if n is not None]


def _between(true: dict[Key, Floats], key: Key, span: tuple[float, float]) -> Floats:
    found = true.get(key, NOTHING)
    first, last = np.searchsorted(found[:, 0], span, "left")
    return found[first:last]


def _totals(rows: list[tuple[int, int]]) -> dict[str, Any]:
    measured, real = (sum(row[i] for row in rows) for i in (0, 1))
    off = sum(abs(a - b) for a, b in rows)
    return {"measured": measured, "true": real, "gross": round(off / real, 4) if real else None}


def _means(rows: list[tuple[int, float, int, float]]) -> dict[str, Any]:
    n, seconds, real_n, real_seconds = (sum(row[i] for row in rows) for i in range(4))
    return {
        "n": n,
        "true_n": real_n,
        "mean_s": round(seconds / n, 1) if n else None,
        "true_mean_s": round(real_seconds / real_n, 1) if real_n else None,
    }


def report(found: dict[str, Any]) -> str:
    """The comparison as a table of text."""
    lines = [f"{found['windows']} messages", f"{'counts':22}{'measured':>10}{'true':>10}{'gross':>9}"]
    for name, row in found["counts"].items():
        gross = "-" if row["gross"] is None else f"{row['gross']:.1%}"
        lines.append(f"{name:22}{row['measured']:>10}{row['true']:>10}{gross:>9}")
    lines.append(f"{'durations':22}{'n':>10}{'true n':>10}{'mean s':>9}{'true s':>9}")
    for name, row in found["durations"].items():
        means = ["-" if row[k] is None else f"{row[k]:.1f}" for k in ("mean_s", "true_mean_s")]
        lines.append(f"{name:22}{row['n']:>10}{row['true_n']:>10}{means[0]:>9}{means[1]:>9}")
    return "\n".join(lines)
