"""Attack 6: no number that is withheld follows from all that is told.

At level standard a queue's joined, served and abandoned are told exactly (loads have no threshold there). So how many
waits, services and give-ups are left untold follows from them, by design; how long they took never does.
"""

import os

import numpy as np
import pytest
from msgspec.structs import replace

from edge.measure.windows import Closed
from edge.messages import stamp
from edge.privacy import Door
from edge.values import STAY_S, AnyValue, Heat, Load, Stat
from tests.privacy.cells import System, floor, laws, learn, withheld
from tests.privacy.visitors import CELLS, DAY, OPENS, Told, Visitor, Wait, crowd, facts, told

CASES = int(os.environ.get("PRIVACY_SYSTEMS", "3"))
HOURS = 2.0
FIRST = int(OPENS // STAY_S * STAY_S)
# Who came in the last minute is there for a while.
QUARTERS = list(range(FIRST, FIRST + int((HOURS + 1) * 3600), STAY_S))
KNOWN_BY_LOADS = {"till wait n", "till service n", "till left n", "till left cut"}


class TellsServed(Door):
    """A leak on purpose: at level strict the served of a quarter beside the waits of several."""

    def release(self, closed: Closed) -> tuple[AnyValue, ...] | None:
        exact = {v.place: v.served for v in closed.values if isinstance(v, Load)}
        out = super().release(closed) or ()
        return tuple(replace(v, served=exact[v.place]) if isinstance(v, Load) and not v.withheld else v for v in out)


class TellsTotals(Door):
    """A leak on purpose: a day's total beside its parts, as an ordinary system shows it."""

    total: Stat | None = None

    def release(self, closed: Closed) -> tuple[AnyValue, ...] | None:
        (part,) = [v for v in closed.values if isinstance(v, Stat) and v.place == "a"] or [None]
        if part and part.n is not None:
            before = 0 if self.total is None else self.total.n or 0
            self.total = replace(part, start=stamp(DAY[0]), n=before + part.n)
        out = super().release(closed) or ()
        return (*out, self.total) if self.total and closed.end == DAY[1] else out


def customers(case: int) -> list[Visitor]:
    rng = np.random.default_rng([6, case])
    return crowd(rng, int(rng.integers(5, 90)), HOURS)


def rush() -> list[Visitor]:
    """Two are served in one quarter of an hour and nine in the next."""
    came = [*(FIRST + 60 + 60 * i for i in range(2)), *(FIRST + STAY_S + 60 + i for i in range(9))]
    return [Visitor(at, at + 500, (), (Wait(at + 5, at + 300, at + 400),)) for at in came]


def given_away(values: Told) -> set[str]:
    """The kinds of withheld numbers that follow from what was told."""
    system = System()
    laws(system, QUARTERS)
    learn(system, values, QUARTERS)
    system.solve()
    return {name for name, row in withheld(values, QUARTERS) if system.gives(row)}


@pytest.mark.parametrize("case", range(CASES))
def test_nothing_withheld_follows_at_level_strict(case: int) -> None:
    assert given_away(told("strict", facts(customers(case)))) == set()


@pytest.mark.parametrize("case", range(CASES))
def test_at_level_standard_only_what_loads_tell_anyway(case: int) -> None:
    assert given_away(told("standard", facts(customers(case)))) <= KNOWN_BY_LOADS


def test_the_attack_finds_served_beside_waits() -> None:
    assert given_away(told("strict", facts(rush()))) == set()
    assert "till wait n" in given_away(told("strict", facts(rush()), TellsServed))


def test_the_attack_finds_a_total_beside_its_parts() -> None:
    assert "a dwell n" in given_away(told("strict", facts(customers(1)), TellsTotals))


@pytest.mark.parametrize("case", range(CASES))
def test_heat_gives_back_no_cell_that_it_joined(case: int) -> None:
    came = customers(case)
    heats = [v for _, some in told("standard", facts(came)) for v in some if isinstance(v, Heat)]
    system = System()
    system.know({("heat", "nowhere"): 1.0})
    for heat in heats:
        floor(system, heat)
    system.solve()
    for zone, cells in CELLS.items():
        visitors = sum(any(stay[0] == zone for stay in one.stays) for one in came)
        for cell in cells:
            assert visitors >= 10 or not system.gives({("heat", "main", *cell): 1.0})
