"""What the rules make of a simulated shop with known truth. By hand: `python tests/benchmarks/bench_semantics.py`.

Everybody's place on the floor, 5 times a second from opening on, goes through the code of the product with its
default rules: as it is, with noise (see bench_replay) and with numbers lost every 60 s (see bench_queues). Printed is
the truth, what was measured, and how many single events were matched one to one.
"""

import itertools
import platform
import sys
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime

import numpy as np
from bench_queues import broken
from bench_replay import Table, moments, noisy

from edge.measure.dwell import Present, Visit
from edge.measure.facts import Fact
from edge.measure.footfall import Crossing
from edge.measure.geometry import People
from edge.measure.groups import Group
from edge.measure.little import Little
from edge.measure.places import Ground, Places
from edge.measure.queues import Done, Joined, Left, Served
from edge.measure.score import pairs
from edge.plan import Line, Queue, Zone
from simulators.facts import facts as true_facts
from simulators.shop import LINES, PROMO, QUEUE, SERVICE, SHELVES, STAFF, Shop, entry_sign, plan_table
from simulators.shoppers import Day, simulate
from simulators.walks import Crowd

HZ, CLOSE_S = 5, 2.0
INSIDE = {"door": [4.6, 3.0], "street": [8.0, -1.7]}
Event = tuple[float, float]  # when, and how long it took
Found = dict[str, list[Event]]


def places() -> Places:
    """The shop's plan in metres, watched by one sensor that sees it all."""
    lines = [Line(id=name, sensor="s", a=a, b=b) for name, (a, b) in LINES.items()]
    zones = [Zone(id="promo", sensor="s", polygon=PROMO), Zone(id="shelves", sensor="s", polygon=SHELVES)]
    back = Zone(id="staff", sensor="s", polygon=STAFF, role="staff")
    queue = Queue(id="tills", sensor="s", polygon=QUEUE, service=SERVICE)
    return Places(lines, [*zones, back], [queue], ground=Ground("s", lambda xy: xy))


def rows(day: Day, seconds: float) -> Table:
    """One row a sample: t, id, x, y, height."""
    crowd, found = Crowd(day.walks()), list[tuple[float, ...]]()
    for i in range(round(seconds * HZ)):
        at = day.opens + i / HZ
        found += [(at, f.id, f.x, f.y, 1.7) for f in crowd.figures(at)]
    return np.array(found)


def events(facts: list[Fact], entry: dict[str, str]) -> Found:
    """Every kind of event with its moments and durations."""
    found: Found = {}
    for fact in facts:
        for name, seconds in _named(fact, entry):
            found.setdefault(name, []).append((fact.at, seconds))
    return found


def _named(fact: Fact, entry: dict[str, str]) -> Iterator[tuple[str, float]]:
    match fact:
        case Crossing(line="street"):
            yield "passers", 0.0
        case Crossing(line=line, direction=way):
            yield "entries" if way == entry[line] else "exits", 0.0
        case Group(line="door", direction=way) if way == entry["door"]:
            yield "group entries", 0.0
        case Visit(zone=zone, start=start, at=at):
            yield f"stays {zone}", at - start
        case Joined():
            yield "joined", 0.0
        case Served(waited=seconds):
            yield "waits", seconds
        case Done(took=seconds):
            yield "services", seconds
        case Left(waited=seconds, cut=cut):
            yield "lost in the queue" if cut else "abandoned", seconds


def truth(shop: Shop, day: Day, end: float) -> Found:
    table = plan_table(shop)
    found = events(true_facts(shop, day, end), {line["id"]: line["entry"] for line in table["lines"]})
    together = [list(group) for _, group in itertools.groupby(day.shoppers, lambda s: s.group)]
    pairs_in = [min(s.entered for s in group) for group in together if len(group) > 1]
    return found | {"group entries": [(at, 0.0) for at in pairs_in if at <= end]}


def measured(people: list[People], end: float) -> tuple[Found, list[Fact]]:
    entry = {name: entry_sign([*a], [*b], INSIDE[name]) for name, (a, b) in LINES.items()}
    watched, facts = places(), list[Fact]()
    for moment in people:
        facts += watched.step(moment)
    return events(facts, entry), facts + watched.close(end)


def near(a: Event, b: Event) -> float | None:
    gap = abs(a[0] - b[0])
    return gap if gap <= CLOSE_S else None


def inside(found: Found, at: np.ndarray) -> np.ndarray:
    """Entries minus exits so far."""
    ins, outs = (np.sort([when for when, _ in found.get(key, [])]) for key in ("entries", "exits"))
    return np.searchsorted(ins, at) - np.searchsorted(outs, at)


def lengths(facts: list[Fact]) -> dict[int, int]:
    """People waiting and being served at the tills, by whole second."""
    return {int(f.at): f.people for f in facts if isinstance(f, Present) and f.place == "tills"}


def show(title: str, real: Found, mine: Found, heads: dict[int, int], day: Day, seconds: float) -> None:
    print(f"\n{title}\n  {'':18}{'true':>7}{'measured':>9}{'f1':>7}{'mean true s':>13}{'measured':>9}{'MAE s':>8}")
    for name in sorted(real.keys() | mine.keys()):
        a, b = real.get(name, []), mine.get(name, [])
        matched = pairs(a, b, near)
        row = f"  {name:18}{len(a):7}{len(b):9}{2 * len(matched) / (len(a) + len(b)):7.3f}"
        if any(s for _, s in a + b) and matched:
            off = np.mean([abs(x[1] - y[1]) for x, y in matched])
            row += f"{np.mean([s for _, s in a]):13.1f}{np.mean([s for _, s in b]):9.1f}{off:8.2f}"
        print(row)
    at = day.opens + np.arange(0, seconds, 60.0)
    print(f"  people in the shop MAE {np.abs(inside(real, at) - inside(mine, at)).mean():.2f}", end="")
    spans = [(w.joined, w.done or w.left or w.joined) for s in day.shoppers if (w := s.wait)]
    begin, end = (np.sort([span[i] for span in spans]) for i in (0, 1))
    off = [
        abs(n - int(np.searchsorted(begin, t, "right") - np.searchsorted(end, t, "right"))) for t, n in heads.items()
    ]
    print(f", queue length MAE {np.mean(off):.3f} over {len(off)} s")


def light(facts: list[Fact]) -> str:
    """What the second opinion by Little's law says of the last hour."""
    little = Little()
    for fact in facts:
        if getattr(fact, "place", getattr(fact, "queue", "tills")) == "tills":
            little.add(fact)
    return "-" if little.ratio is None else f"ratio {little.ratio:.2f}, apart {little.apart}"


def main(hours: float) -> None:
    print(f"{datetime.now(UTC):%Y-%m-%d}, {platform.machine()}, numpy {np.__version__}; {hours:g} h from opening")
    shop = Shop(visits=900.0, pairs=0.3)
    day, seconds = simulate(shop, date(2026, 3, 6)), hours * 3600
    end = day.opens + seconds
    table, staff = rows(day, seconds), frozenset[int]()
    real, rng = truth(shop, day, end), np.random.default_rng
    inputs: dict[str, Callable[[], Table]] = {
        "as it is": lambda: table,
        "0.15 m noise, 10 % drops, 5 % swaps": lambda: noisy(table, rng(0)),
        "numbers lost every 60 s": lambda: broken(table, staff, rng(0))[0],
    }
    for title, made in inputs.items():
        mine, facts = measured(moments(made()), end)
        show(title, real, mine, lengths(facts), day, seconds)
        print(f"  Little's law, last hour: {light(sorted(facts, key=lambda f: f.at))}")


if __name__ == "__main__":
    main(float(sys.argv[1]) if len(sys.argv) > 1 else 6.0)
