"""What tags add to the messages: totals of thirty at least, ways of ten at least, and nothing at all of badges."""

from itertools import permutations
from typing import Any

import msgspec
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from edge.measure.days import day_bounds
from edge.measure.dwell import Present, Visit
from edge.measure.facts import Fact, Seen
from edge.measure.flows import Step
from edge.measure.footfall import Crossing
from edge.measure.fusion import Fusion
from edge.measure.heard import Badges, Came, Stood
from edge.measure.windows import Closed, Windows
from edge.messages import stamp
from edge.plan import Plan, parse
from edge.privacy import TAGS, Door
from edge.radio.adverts import Heard, ibeacon, pack
from edge.radio.source import Turn
from edge.radio.tags import allow
from edge.values import AnyValue, Count, Flow, Load, Quality, Stat

BOX = [[0, 0], [9, 0], [9, 9], [0, 9]]
DAY_S = 86_400
T0 = int(day_bounds(1772676000, "Europe/Berlin", "04:00")[0])
ZONES = ("t-a", "t-b", "t-c")


def plan(**radio: Any) -> Plan:
    zones = [{"id": name, "sensor": "tags", "polygon": BOX} for name in ("t-a", "t-b", "t-c", "tags")]
    zones.append({"id": "shelf", "sensor": "cam", "polygon": BOX})
    return parse(
        {
            "site": "s",
            "device": "d",
            "timezone": "Europe/Berlin",
            "level": "standard",
            "sensors": [{"id": "cam", "kind": "camera", "source": "x"}, {"id": "tags", "kind": "gateway"}],
            "lines": [{"id": "door", "sensor": "cam", "a": [0, 0], "b": [9, 9]}],
            "zones": zones,
            "radio": {"scanners": "scanners.csv", "tags": {"cart": "trolley", "badge": "staff"}, **radio},
        }
    )


def said(facts: list[Fact], days: int = 1, made: Plan | None = None) -> list[tuple[int, AnyValue]]:
    """What leaves of these days, (end, value); both sensors looked all the time from 10 to 18 o'clock."""
    made = made or plan()
    fusion, windows, door, told = Fusion(made), Windows(made, T0), Door(made), list[tuple[int, AnyValue]]()
    looks: list[Fact] = [
        Seen(float(at), name, at - 60.0)
        for day in range(days)
        for at in range(T0 + day * DAY_S + 6 * 3600, T0 + day * DAY_S + 14 * 3600, 60)
        for name in ("cam", "tags")
    ]

    def release(closed: list[Closed]) -> None:
        told.extend((one.end, value) for one in closed for value in door.release(one) or ())

    for fact in sorted([*facts, *looks], key=lambda fact: fact.at):
        for one in fusion.add(fact):
            release(windows.add(one))
    for one in fusion.close():
        release(windows.add(one))
    release(windows.finish(T0 + days * DAY_S))
    assert (door.refused, windows.late, windows.unknown) == (0, 0, 0)
    return told


def came(number: int, day: int = 0, every: float = 60.0, also: bool = True) -> list[Fact]:
    """So many people with a tag, one a minute from noon on, each counted at the door too."""
    start = T0 + day * DAY_S + 8 * 3600.0
    facts: list[Fact] = [Came(start + every * i, "tags") for i in range(number)]
    return facts + [Crossing(start + every * i + 1, "door", "+") for i in range(number) if also]


def tags(told: list[tuple[int, AnyValue]]) -> list[Quality]:
    return [value for _, value in told if isinstance(value, Quality) and value.place == "tags"]


def test_totals_are_told_from_thirty_on_and_begin_with_the_first_day_that_is_in_them() -> None:
    facts = [fact for day, number in enumerate((12, 17, 1, 40)) for fact in came(number, day)]
    told = tags(said(facts, days=4))
    assert [(one.tag_n, one.camera_n, one.matched, one.withheld) for one in told] == [
        (None, None, None, "n<30"),
        (None, None, None, "n<30"),
        (30, 30, 30, None),
        (40, 40, 40, None),
    ]
    assert [one.start for one in told] == [stamp(T0 + day * DAY_S) for day in (0, 1, 0, 3)]
    assert told[2].observed_s == 3 * told[3].observed_s


NOON = T0 + 8 * 3600.0


@pytest.mark.parametrize("more", [Came(NOON + 25.0, "tags"), Crossing(NOON + 25.0, "door", "+")])
def test_one_person_more_among_few_changes_no_total(more: Fact) -> None:
    few = came(28)
    one, other = tags(said(few)), tags(said([*few, more]))
    assert one == other
    assert one[0].withheld == f"n<{TAGS}"


@settings(deadline=None, max_examples=25)
@given(st.lists(st.tuples(st.integers(0, 45), st.integers(0, 60)), min_size=1, max_size=4))
def test_no_total_rests_on_fewer_than_thirty(days: list[tuple[int, int]]) -> None:
    facts: list[Fact] = []
    for day, (tagged, others) in enumerate(days):
        facts += came(tagged, day, also=False)
        start = T0 + day * DAY_S + 8 * 3600.0
        facts += [Crossing(start + 37 * i, "door", "+") for i in range(others)]
    told = tags(said(facts, days=len(days)))
    assert len(told) == len(days)
    for one in told:
        assert one.withheld == "n<30" or min(one.tag_n or 0, one.camera_n or 0) >= TAGS
        assert one.matched is None or one.matched <= min(one.tag_n or 0, one.camera_n or 0)
    assert sum(one.tag_n or 0 for one in told) <= sum(tagged for tagged, _ in days)
    assert (len({one.start for one in told if not one.withheld})) == sum(not one.withheld for one in told)


def test_totals_that_never_become_enough_are_forgotten_after_forty_days() -> None:
    door, told = Door(plan()), list[Quality]()
    for day in range(100):
        start, end = day_bounds(T0 + (day + 0.5) * DAY_S, "Europe/Berlin", "04:00")
        fields = {"withheld": None, "revision": 0, "looked": None, "model": None}
        value = Quality(place="tags", start=stamp(start), observed_s=100, tag_n=0, camera_n=50, matched=0, **fields)
        told += door.release(Closed(int(end), (value,))) or ()  # type: ignore[arg-type]
    assert {one.withheld for one in told} == {"n<30"}
    assert door.refused == 0
    assert door._tagged["tags"].camera_n < 50 * 41  # type: ignore[operator]


def steps(number: int) -> list[Fact]:
    return [Step(T0 + 30_000.0 + i, *way) for way in permutations(ZONES, 2) for i in range(number)]


@pytest.mark.parametrize("people", [9, 10])
def test_ways_of_tags_keep_the_rules_of_those_of_cameras(people: int) -> None:
    flows = [value for _, value in said(steps(people)) if isinstance(value, Flow)]
    assert {(one.place, one.to) for one in flows} == set(permutations(ZONES, 2))
    numbers = [one.n for one in flows]
    assert all(n is None or (n >= 10 and n % 5 == 0) for n in numbers)
    assert any(numbers) == (people == 10)


def test_ways_between_a_camera_s_and_a_tag_s_zone_cannot_be_told() -> None:
    windows = Windows(plan(), T0)
    for way in (("shelf", "t-a"), ("t-a", "shelf"), ("t-a", "tags")):
        windows.add(Step(T0 + 30_000.0, *way))
    assert windows.unknown == 3


def advert(name: bytes) -> bytes:
    return pack(bytes(6), ibeacon(b"\1" * 20), None, name)


def heard(name: bytes, start: int, end: int, near: str) -> list[Heard]:
    return [
        Heard(t + 0.3, scanner, advert(name), -60.0 if scanner == near else -85.0)
        for t in range(start, end)
        for scanner in "ab"
    ]


LINES = ["scanner,x_m,y_m,z_m,zone", "a,1,1,2,t-a", "b,9,1,2,t-b"]


@pytest.mark.parametrize("subtract", [{}, {"shelf": ["t-a"]}])
def test_a_badge_more_is_in_nothing_that_leaves_but_the_camera_s_zone(subtract: dict[str, list[str]]) -> None:
    """The same hour with and without somebody of the staff, whom no camera sees."""
    made = plan(subtract=subtract)
    sensor = next(one for one in made.sensors if one.id == "tags")
    base = T0 + 8 * 3600
    seen: list[bytes] = []
    for staff in (False, True):
        turn = Turn(made, sensor, allow(dict(made.radio.tags)), LINES)  # type: ignore[union-attr]
        items = [*heard(b"other", base - 300, base + 1800, "a"), *heard(b"cart", base, base + 900, "a")]
        items += heard(b"badge", base + 60, base + 1500, "b") + heard(b"badge", base + 1500, base + 1700, "a")
        facts: list[Fact] = []
        for item in sorted(items, key=lambda item: item.at):
            if staff or b"badge" not in item.data:
                facts += [fact for fact in turn.take(item) if not isinstance(fact, Seen)]
        facts.append(Present(base + 1600.0, "shelf", 0, 0))
        assert (
            staff == any(isinstance(fact, Badges | Stood) and getattr(fact, "people", 1) for fact in facts)
            or not subtract
        )
        told = said(facts, made=made)
        seen.append(msgspec.json.encode(told))
    assert seen[0] == seen[1]


def test_staff_alone_is_nobody() -> None:
    made = plan(subtract={"shelf": ["t-a"]})
    base = T0 + 8 * 3600.0
    facts: list[Fact] = []
    for t in range(0, 3600, 30):
        facts += [Badges(base + t, "t-a", 2), Present(base + t, "shelf", 2, 0)]
    facts += [Stood(base + 600.0 * (i + 1), "t-a", base + 600.0 * i) for i in range(6)]
    facts += [Visit(base + 600.0 * (i + 1), "shelf", base + 600.0 * i + 5, False) for i in range(6)]
    told = said(facts, made=made)
    loads = [value for _, value in told if isinstance(value, Load) and value.place == "shelf"]
    assert {one.max for one in loads if one.max is not None} == {0}
    stats = [value for _, value in told if isinstance(value, Stat) and value.place == "shelf"]
    assert not [one for one in stats if one.n]


def test_nothing_new_is_told_of_single_crossings() -> None:
    rng = np.random.default_rng(1)
    facts = came(40)
    late = [
        type(fact)(**{**{f: getattr(fact, f) for f in fact.__struct_fields__}, "at": fact.at + rng.uniform(0, 3)})
        for fact in facts
    ]
    one, other = said(facts), said(late)
    assert [value for _, value in one if not isinstance(value, Count)] == [
        value for _, value in other if not isinstance(value, Count)
    ]
