"""Two minutes after a tag was last heard, the radio's memory is that of one which never heard it.

Everything reachable is compared, number by number, with the memory of a twin that heard the strangers alone.
"""

import math
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

from edge.measure.dwell import Visit
from edge.plan import Plan, Radio, Sensor, Zone
from edge.radio import journeys, readings, stays
from edge.radio.adverts import Heard, pack
from edge.radio.readings import LONGEST_S
from edge.radio.source import Turn
from edge.radio.tags import TagRole, allow

KNOWN, STRANGER = bytes.fromhex("c69e01020304"), bytes.fromhex("0a0b0c0d0e0f")
ZONES = tuple(
    Zone(id=name, sensor="radio", polygon=((x, 0.0), (x + 8.0, 0.0), (x + 8.0, 8.0), (x, 8.0)))
    for name, x in (("left", 0.0), ("right", 8.0), ("radio", 0.0))  # the last is the whole visit
)
WITH_ZONES = ["scanner,x_m,y_m,z_m,zone", "a,4,4,2,left", "b,12,4,2,right"]
WITHOUT = ["scanner,x_m,y_m,z_m", "a,4,4,2", "b,12,4,2"]
TICKS = {"_now", "_last", "_since", "listened"}  # when somebody's advertisement last came by, whoever's


def turn(lines: list[str], role: TagRole) -> Turn:
    sensor = Sensor(id="radio", kind="gateway")
    plan = Plan(
        site="s",
        device="d",
        timezone="UTC",
        level="standard",
        sensors=(sensor,),
        zones=ZONES,
        radio=Radio(scanners=""),
    )
    return Turn(plan, sensor, allow({KNOWN.hex(): role}), lines)


def feed(one: Turn, start: int, end: int, known: bool) -> list[Visit]:
    found = []
    for second in range(start, end):
        for scanner, rssi in (("a", -55.0), ("b", -80.0)):
            found += one.take(Heard(second + 0.4, scanner, pack(STRANGER), -70.0))
            if known:
                found += one.take(Heard(second + 0.5, scanner, pack(KNOWN), rssi))
    return [fact for fact in found if isinstance(fact, Visit)]


def memory(thing: Any, name: str = "", seen: set[int] | None = None) -> Iterator[tuple[str, Any]]:
    """Every number, text and array that can be reached from an object, with the way to it."""
    seen = set() if seen is None else seen
    if id(thing) in seen:
        return
    seen.add(id(thing))
    if isinstance(thing, np.ndarray):
        yield name, np.nan_to_num(thing.astype(float), nan=math.pi).tolist() if thing.dtype != object else None
    elif isinstance(thing, dict):
        yield name, sorted(map(str, thing))
        for key, value in thing.items():
            yield from memory(value, f"{name}[{key}]", seen)
    elif isinstance(thing, list | tuple | set | frozenset):
        yield name, len(thing)
        for i, value in enumerate(thing):
            yield from memory(value, f"{name}[{i}]", seen)
    elif hasattr(thing, "__dict__"):
        for key, value in vars(thing).items():
            if key not in TICKS:
                yield from memory(value, f"{name}.{key}", seen)
    elif isinstance(thing, int | float | str | bytes):
        yield name, thing


def rings(found: dict[str, Any]) -> dict[str, Any]:
    """Without the slots' own seconds, which anybody's advertisement turns."""
    return {name: value for name, value in found.items() if not name.endswith("._second")}


@pytest.mark.parametrize("lines", [WITH_ZONES, WITHOUT], ids=["votes", "grid"])
@pytest.mark.parametrize("role", ["trolley", "loyalty", "staff"])
def test_two_minutes_later_nothing_is_left_of_a_visit(lines: list[str], role: TagRole) -> None:
    heard, never = turn(lines, role), turn(lines, role)
    visits = feed(heard, 1000, 1120, known=True)
    feed(never, 1000, 1120, known=False)
    during = rings(dict(memory(heard)))
    assert during != rings(dict(memory(never))), "the comparison sees a visit"
    # What is told now is about a moment three seconds ago.
    visits += feed(heard, 1120, 1244, known=False)
    feed(never, 1120, 1244, known=False)
    assert rings(dict(memory(heard))) == rings(dict(memory(never)))
    assert [visit.zone for visit in visits] == ([] if role == "staff" else ["left", "radio"])


@pytest.mark.parametrize("lines", [WITH_ZONES, WITHOUT], ids=["votes", "grid"])
def test_whoever_stays_longer_than_four_hours_is_somebody_new(
    lines: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    one = turn(lines, "loyalty")
    one.take(Heard(1.0, "a", pack(KNOWN), -55.0))
    monkeypatch.setattr(readings, "LONGEST_S", 240.0)
    monkeypatch.setattr(stays, "LONGEST_S", 240.0)
    monkeypatch.setattr(journeys, "LONGEST_S", 240.0)
    assert LONGEST_S == 4 * 3600
    visits = feed(one, 2, 300, known=True)
    assert visits, "the visit was ended"
    assert all(visit.at - visit.start <= 241 for visit in visits)
    assert all(known.first > 200 for known in one._visitors._stays._known.values())
