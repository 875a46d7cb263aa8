"""One person who comes back and back is one person: from positions and advertisements through all that measures."""

from collections.abc import Callable

import numpy as np
import pytest

from edge.measure.facts import Fact, Seen
from edge.measure.flows import Step
from edge.measure.geometry import people
from edge.measure.groups import Group
from edge.measure.places import Ground, Places
from edge.measure.windows import Windows
from edge.plan import Plan, parse
from edge.privacy import Door
from edge.radio.position import Guess
from edge.radio.stays import Stays
from edge.values import Count, Stat
from tests.privacy.visitors import Careless

T0 = 1_800_000_000 // 86_400 * 86_400 + 6 * 3600
TIMES = 12
FLOOR = [[x, y, x, y] for x, y in ((-5.0, -5.0), (15.0, -5.0), (15.0, 19.0), (-5.0, 19.0))]


def plan() -> Plan:
    return parse(
        {
            "site": "s",
            "device": "d",
            "timezone": "UTC",
            "level": "standard",
            "sensors": [{"id": "cam", "kind": "camera", "source": "x", "fps": 4, "floor": FLOOR}],
            "lines": [{"id": "door", "sensor": "cam", "a": [-5, 0], "b": [15, 0]}],
            "zones": [
                {"id": "a", "sensor": "cam", "polygon": [[-5, 1], [4, 1], [4, 9], [-5, 9]]},
                {"id": "b", "sensor": "cam", "polygon": [[6, 1], [15, 1], [15, 9], [6, 9]]},
            ],
            "queues": [
                {
                    "id": "till",
                    "sensor": "cam",
                    "polygon": [[6, 11], [15, 11], [15, 19], [6, 19]],
                    "service": [[10, 11], [15, 11], [15, 19], [10, 19]],
                }
            ],
        }
    )


def walked(way: Callable[[float], tuple[float, float]], who: list[tuple[int, float]], seconds: float) -> list[Fact]:
    """The facts of people who all go the same way, each (track, seconds after the first)."""
    watched = plan()
    places = Places(watched.lines, watched.zones, watched.queues, ground=Ground("cam", lambda metres: metres))
    found: list[Fact] = []
    for i in range(int((seconds + max(late for _, late in who) + 40) * 4)):
        at = T0 + i / 4
        rows = [(track, *way(i / 4 - late), 1.7) for track, late in who if 0 <= i / 4 - late < seconds]
        found += [*places.step(people(at, rows)), Seen(at, "cam")]
    return found


def told(stated: list[Fact], door: Callable[[Plan], Door] = Door) -> set[str]:
    """The kinds of durations that are told of these facts."""
    windows, out, end = Windows(plan(), T0), door(plan()), T0 + 2 * 3600
    stated = [*stated, *(Seen(at, "cam", at - 60) for at in range(T0 + 3600, end, 60))]
    closed = [one for fact in stated for one in windows.add(fact)]
    values = [v for one in closed for v in out.release(one) or ()]
    return {v.of for v in values if isinstance(v, Stat) and v.n} | {
        "groups" for v in values if isinstance(v, Count) and v.groups
    }


def to_and_fro(at: float) -> tuple[float, float]:
    """From zone a to zone b and back, 20 s in each."""
    return (float(np.interp(at % 50, [0, 20, 25, 45, 50], [2, 2, 8, 8, 2])), 5.0)


def queueing(at: float) -> tuple[float, float]:
    """Into the queue, to the till, away, and again."""
    return (float(np.interp(at % 60, [0, 5, 20, 22, 40, 45, 60], [4, 8, 8, 12, 12, 4, 4])), 15.0)


def through_the_door(at: float) -> tuple[float, float]:
    return (5.0, float(np.interp(at % 20, [0, 8, 12, 20], [-3, 3, 3, -3])))


@pytest.mark.parametrize(
    ("way", "every", "kinds"), [(to_and_fro, 50, {"dwell"}), (queueing, 60, {"wait", "service"})]
)
def test_who_returns_is_told_of_no_more_than_who_stays(
    way: Callable[[float], tuple[float, float]], every: int, kinds: set[str]
) -> None:
    alone = walked(way, [(7, 0.0)], every * TIMES)
    assert told(alone) == set()
    assert told(alone, Careless) == kinds, "an ordinary counter tells it all"
    assert told(walked(way, [(track, 4.0 * track) for track in range(6)], every)) >= kinds, "six people are enough"


def test_a_flow_of_ten_is_no_single_person() -> None:
    steps = [fact for fact in walked(to_and_fro, [(7, 0.0)], 50 * TIMES) if isinstance(fact, Step)]
    assert [(step.place, step.to) for step in steps] == [("a", "b"), ("b", "a")]


def test_five_groups_are_no_single_pair() -> None:
    pair = [fact for fact in walked(through_the_door, [(1, 0.0), (2, 0.5)], 20 * TIMES) if isinstance(fact, Group)]
    assert sorted(group.direction for group in pair) == ["+", "-"]
    pairs = [(2 * i + j, 30.0 * i + j / 2) for i in range(6) for j in range(2)]
    assert "groups" in told(walked(through_the_door, pairs, 20))


def test_a_tag_that_is_lost_and_heard_again_is_the_same_for_two_minutes() -> None:
    stays, visits = Stays(["trolley"], ["a", "b"]), []
    for second in range(2000):
        heard = second % 100 < 40 if second < 1000 else second > 1500 and second < 1560
        guess = [Guess(0, float(second), "a", 1.0, float(second))] if heard else []
        visits += [fact for fact in stays.step(float(second), guess) if hasattr(fact, "again")]
    assert [visit.again for visit in visits] == [False, *[True] * 9, False]
