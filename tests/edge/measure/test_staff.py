"""Staff by zone, by long stay and by schedule: what leaves is without them."""

from collections.abc import Callable
from random import Random
from typing import Any

import pytest

from edge.measure.dwell import Present, Visit
from edge.measure.facts import Fact, Seen
from edge.measure.flows import Step
from edge.measure.footfall import Crossing
from edge.measure.geometry import people
from edge.measure.heat import Trodden
from edge.measure.little import APART, Lights, Little
from edge.measure.places import Ground, Places, Rules
from edge.measure.queues import Joined, Left, Served
from edge.plan import Line, PlanError, Queue, Zone, parse

DOOR = Line(id="door", sensor="cam", a=(5.0, -5.0), b=(5.0, 5.0))
ROOM = ((0.0, -5.0), (5.0, -5.0), (5.0, 5.0), (0.0, 5.0))
SHELF = Zone(id="shelf", sensor="cam", polygon=((6.0, -5.0), (12.0, -5.0), (12.0, 5.0), (6.0, 5.0)))
BACK = Zone(id="back", sensor="cam", polygon=ROOM, role="staff")
FRONT = Zone(id="front", sensor="cam", polygon=ROOM)
TILL = Queue(id="till", sensor="cam", polygon=SHELF.polygon, service=((11.0, 4.0), (12.0, 4.0), (12.0, 5.0)))
GROUND = Ground("cam", lambda xy: xy, ((0, 0, 0.0, 0.0), (0, 0, 12.0, 0.0), (0, 0, 12.0, 5.0), (0, 0, 0.0, 5.0)))


def facts_of(places: Places, where: Callable[[float], float], seconds: int) -> list[Fact]:
    facts: list[Fact] = []
    for i in range(seconds * 2):
        facts += places.step(people(i / 2, [(1, where(i / 2), 0.0, 1.7)]))
    return facts + places.close(float(seconds))


def kinds(facts: list[Fact]) -> set[type]:
    return {type(fact) for fact in facts if not (isinstance(fact, Present) and not fact.people)}


def out_of_the_back(at: float) -> float:
    return 2.0 if at < 100 else min(11.0, 2.0 + (at - 100))


def test_who_comes_out_of_a_staff_zone_is_in_nothing() -> None:
    every = facts_of(Places([DOOR], [FRONT, SHELF], [TILL], ground=GROUND), out_of_the_back, 160)
    assert kinds(every) == {Crossing, Visit, Present, Joined, Left, Step, Trodden}
    without = facts_of(Places([DOOR], [BACK, SHELF], [TILL], ground=GROUND), out_of_the_back, 160)
    assert kinds(without) == set()


def test_who_stays_longer_than_a_customer_is_in_nothing_more() -> None:
    rules = Rules(staff_s=300.0)

    def walk(at: float) -> float:
        return 8.0 if at < 600 else max(2.0, 8.0 - (at - 600))

    facts = facts_of(Places([DOOR], [SHELF], [TILL], rules, ground=GROUND), walk, 640)
    assert kinds(facts) == {Present, Joined}, "nobody knew in the first minutes"
    assert max(fact.at for fact in facts if isinstance(fact, Present) and fact.people) <= 301
    assert Crossing in kinds(facts_of(Places([DOOR], [SHELF], [TILL], Rules(staff_s=900.0)), walk, 640))


def test_hours_in_which_only_staff_is_there() -> None:
    facts = facts_of(
        Places([DOOR], [FRONT, SHELF], [TILL], ground=GROUND, closed=lambda at: True), out_of_the_back, 160
    )
    assert kinds(facts) == set()
    assert [fact for fact in facts if isinstance(fact, Present)], "an empty shop is a finding"


@pytest.mark.parametrize(
    ("staff", "text"),
    [
        ({"stay_min": 0}, "staff.stay_min"),
        ({"hours": [["7:00", "09:00"]]}, "staff.hours"),
        ({"hours": [["07:00", "24:00"]]}, "staff.hours"),
        ({"badge": "x"}, "staff.badge: unknown key"),
    ],
)
def test_a_plan_says_what_is_wrong_about_staff(staff: dict[str, Any], text: str) -> None:
    plan = {"site": "s", "device": "d", "timezone": "UTC", "level": "standard"}
    sensors = [{"id": "cam", "kind": "camera", "source": "x"}]
    assert parse(plan | {"sensors": sensors, "staff": {"stay_min": 90, "hours": [["22:00", "06:00"]]}}).staff.hours
    with pytest.raises(PlanError, match=f"^{text}"):
        parse(plan | {"sensors": sensors, "staff": staff})


@pytest.mark.parametrize(
    ("key", "part"),
    [
        ("zones[0].polygon", {"zones": [{"id": "z", "sensor": "cam", "polygon": [[0, 0], [9, 9], [9, 0], [0, 9]]}]}),
        ("sensors[0].ignore[0]", {}),
    ],
)
def test_a_polygon_of_a_plan_that_crosses_itself_is_an_error(key: str, part: dict[str, Any]) -> None:
    sensor: dict[str, Any] = {"id": "cam", "kind": "camera", "source": "x"}
    if not part:
        sensor["ignore"] = [[[0, 0], [9, 9], [9, 0], [0, 9]]]
    table = {"site": "s", "device": "d", "timezone": "UTC", "level": "standard", "sensors": [sensor]} | part
    with pytest.raises(PlanError) as error:
        parse(table)
    assert str(error.value) == f"{key}: the polygon crosses itself"


def queue_day(broken: float) -> Little:
    """An hour of one till: everybody waits; a share of the tracks breaks in the middle and is found again."""
    random, little, waiting = Random(4), Little(), list[tuple[float, float]]()
    at = 0.0
    while at < 3600:
        at += random.expovariate(1 / 40)
        waiting.append((at, at + random.uniform(60, 180)))
    facts: list[Fact] = [Present(float(t), "q", sum(a <= t < b for a, b in waiting), 0) for t in range(3600)]
    for start, end in waiting:
        pieces = [(start, end)]
        if random.random() < broken:
            middle = random.uniform(start, end)
            pieces = [(start, middle), (middle, end)]
        facts += [Left(b, "q", b - a, True) for a, b in pieces[:-1]]
        facts.append(Served(pieces[-1][1], "q", pieces[-1][1] - pieces[-1][0], False))
    for fact in sorted((f for f in facts if f.at < 3600), key=lambda fact: fact.at):
        little.add(fact)
    return little


def test_little_agrees_with_whole_tracks() -> None:
    little = queue_day(0.0)
    assert little.ratio == pytest.approx(1.0, abs=0.1)
    assert little.wait_s == pytest.approx(120, rel=0.15)
    assert not little.apart
    assert Little().ratio is None


def test_little_notices_tracks_that_break() -> None:
    little = queue_day(0.8)
    assert little.wait_s == pytest.approx(120, rel=0.15), "head counts need no track to last"
    assert little.ratio is not None
    assert little.ratio < 1 - APART
    assert little.apart


def test_little_notices_people_who_wait_and_are_never_seen_to_end() -> None:
    little = Little()
    for t in range(1800):
        little.add(Present(float(t), "q", 4, 1))
        if t % 60 == 59:
            little.add(Served(float(t), "q", 60.0, True))  # the truth: 3 people x 60 s a service = 180 s
    assert little.wait_s == pytest.approx(180, rel=0.02)
    assert little.ratio == pytest.approx(1 / 3, rel=0.05)
    assert little.ratio is not None
    assert 1 - little.ratio > APART
    assert little.apart


def test_the_lights_of_a_device() -> None:
    lights = Lights(["q", "other"])
    for t in range(1800):
        lights.add(Present(float(t), "q", 4, 1))
        lights.add(Present(float(t), "zone", 4, 1))
        lights.add(Seen(float(t), "cam"))
        if t % 60 == 59:
            lights.add(Served(float(t), "q", 60.0, True))
    assert lights.apart() == 1
