"""Attack 5: whatever a day is like, no stay, flow or heat value rests on fewer people than its threshold."""

import os
from collections.abc import Callable

import numpy as np
import pytest

from edge.measure.windows import Closed
from edge.plan import Plan
from edge.privacy import CELL, TAGS, Door
from edge.values import AnyValue, Flow, Heat, K, Stat
from tests.privacy.visitors import CELLS, DAY, Careless, Told, Visitor, Wait, crowd, facts, told

DAYS = int(os.environ.get("PRIVACY_DAYS", "20"))
BLOCK = 10
Event = tuple[float, int]


class TellsAll(Door):
    """A leak on purpose: every window as it was measured, as a counter without thresholds gives it."""

    def release(self, closed: Closed) -> tuple[AnyValue, ...] | None:
        super().release(closed)
        return tuple(v for v in closed.values if isinstance(v, Stat)) or None


def ended(came: list[Visitor]) -> dict[tuple[str, str], list[Event]]:
    """When whose durations ended, by place and kind: the truth behind every stat."""
    found: dict[tuple[str, str], list[Event]] = {}

    def add(place: str, of: str, at: float | None, who: int) -> None:
        if at is not None:
            found.setdefault((place, of), []).append((at, who))

    for who, one in enumerate(came):
        for zone, _, end in one.stays:
            add(zone, "dwell", end, who)
        for wait in one.waits:
            add("till", "wait", wait.served, who)
            add("till", "service" if wait.served else "left", wait.end, who)
    return found


def few(came: list[Visitor], values: Told) -> list[str]:
    """What is told of fewer people than it may be."""
    found, truth = [], ended(came)
    for end, some in values:
        for v in some:
            if isinstance(v, Stat) and v.n is not None:
                start = v.start.timestamp()
                events = [event for event in truth.get((v.place, v.of), []) if start <= event[0] < end]
                assert v.n == len(events)
                found += [f"{v.place} {v.of}"] if len({who for _, who in events}) < K else []
            elif isinstance(v, Flow) and v.n is not None:
                people = sum(_went(one, v.place, v.to) for one in came)
                assert abs(v.n - people) <= 2
                assert v.n % 5 == 0
                found += ["flow"] if people < CELL else []
            elif isinstance(v, Heat):
                found += _few_on(v, came)
    return found


def _went(one: Visitor, place: str, to: str) -> bool:
    return any((a[0], b[0]) == (place, to) for a, b in zip(one.stays, one.stays[1:], strict=False))


def _few_on(heat: Heat, came: list[Visitor]) -> list[str]:
    """A told cell rests on itself, or on a block of 4 or 16 whose cells are all told alike."""
    cells = {cell[:2]: cell[2] for cell in heat.cells or ()}
    visits: dict[tuple[int, int, int], int] = {}
    for one in came:
        trod = {
            cell for stay in one.stays for cell in CELLS[stay[0]] if (stay[0] == "quiet") == (heat.place == "side")
        }
        for block in {(size, column // size, row // size) for column, row in trod for size in (1, 2, 4)}:
            visits[block] = visits.get(block, 0) + 1
    return ["heat"] * sum(not any(_rests(cells, visits, cell, size) for size in (1, 2, 4)) for cell in cells)


def _rests(
    cells: dict[tuple[int, int], int], visits: dict[tuple[int, int, int], int], cell: tuple[int, int], size: int
) -> bool:
    column, row = cell[0] // size, cell[1] // size
    block = [(column * size + i, row * size + j) for i in range(size) for j in range(size)]
    return visits.get((size, column, row), 0) >= CELL and len({cells.get(one) for one in block}) == 1


def some_days(seed: int, number: int) -> list[list[Visitor]]:
    rng = np.random.default_rng([5, seed])
    shapes = [(int(rng.integers(0, 70)), float(rng.choice([0.3, 1.0, 4.0, 9.0]))) for _ in range(number)]
    return [crowd(rng, people, hours, "aabbc"[: int(rng.integers(1, 6))]) for people, hours in shapes]


def attack(level: str, days: list[list[Visitor]], door: Callable[[Plan], Door] = Door) -> list[str]:
    return [name for came in days for name in few(came, told(level, facts(came), door))]


@pytest.mark.parametrize("level", ["standard", "strict"])
@pytest.mark.parametrize("block", range(max(1, DAYS // BLOCK)))
def test_no_small_cell_on_many_days(level: str, block: int) -> None:
    assert attack(level, some_days(block, min(DAYS, BLOCK))) == []


@pytest.mark.parametrize("people", [CELL - 1, CELL])
def test_ten_people_are_told_on_the_floor_and_on_a_way_and_nine_are_not(people: int) -> None:
    """Everybody goes from each of three zones to each other one. Nobody goes to the till: what is nothing there takes
    some of the told ways with it.
    """
    at = DAY[0] + 6 * 3600.0
    stays = tuple((zone, at + 60 * i, at + 60 * i + 40) for i, zone in enumerate("abcacba"))
    came = [Visitor(at - 20, at + 900, stays)] * people
    values = [v for _, some in told("standard", facts(came)) for v in some]
    ways = [v.n for v in values if isinstance(v, Flow) and {v.place, v.to} <= {"a", "b", "c"}]
    cells = [v.cells for v in values if isinstance(v, Heat) and v.place == "main"]
    assert set(ways) == ({None} if people < CELL else {None, 10})
    assert bool(cells[0]) == (people >= CELL)


def test_the_thresholds_are_what_they_are_said_to_be() -> None:
    assert (K, CELL, TAGS) == (5, 10, 30)


def test_the_attack_finds_windows_without_a_threshold() -> None:
    assert attack("standard", some_days(0, 2), TellsAll)


def test_the_attack_finds_one_who_comes_back_five_times() -> None:
    """A threshold on durations lets through a single person who steps out and in: so people are counted."""
    at = DAY[0] + 6 * 3600.0
    stays = tuple(("a", at + 60 * i, at + 60 * i + 30) for i in range(6))
    waits = tuple(Wait(at + 600 + 100 * i, at + 640 + 100 * i, at + 690 + 100 * i) for i in range(6))
    one = [Visitor(at - 10, at + 1300, stays, waits)]
    assert set(attack("standard", [one], Careless)) == {"a dwell", "till wait", "till service"}
    assert attack("standard", [one]) == attack("strict", [one]) == []
