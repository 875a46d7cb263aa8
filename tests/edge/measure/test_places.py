"""Zones, queues, staff and head counts as one sensor's facts."""

from collections.abc import Iterable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from edge.measure.dwell import Present, StayRules, Visit
from edge.measure.facts import SETTLE_S, Fact
from edge.measure.geometry import people
from edge.measure.places import Places, Rules
from edge.measure.queues import Done, Joined, Left, Served, Wait
from edge.plan import Line, Queue, Zone

AREA = Zone(id="area", sensor="c", polygon=((0, 0), (100, 0), (100, 100), (0, 100)))
STAFF = Zone(id="back", sensor="c", polygon=((200, 0), (300, 0), (300, 100), (200, 100)), role="staff")
TILL = Queue(
    id="till",
    sensor="c",
    polygon=((0, 200), (100, 200), (100, 300), (0, 300)),
    service=((80, 200), (140, 200), (140, 300), (80, 300)),
)
IN, OUT, BACK, LINE, SERVICE = (50.0, 50.0), (150.0, 50.0), (250.0, 50.0), (20.0, 250.0), (120.0, 250.0)
Place = tuple[float, float] | None
SINGLE = Rules(relay=None)


def play(*tracks: Iterable[Place], rules: Rules = SINGLE, hz: float = 5.0) -> tuple[list[Fact], list[Wait]]:
    """The facts of tracks given as one place (or None: out of sight) a sample."""
    places, facts, waits, at = Places([], [AREA, STAFF], [TILL], rules), list[Fact](), list[Wait](), 0.0
    for i, here in enumerate(zip(*tracks, strict=True)):
        at = i / hz
        facts += places.step(people(at, [(n, *p, 40.0) for n, p in enumerate(here) if p]))
        waits += places.waits
    facts += places.close(at)
    return facts, waits + places.waits


def spend(*parts: tuple[Place, float]) -> list[Place]:
    return [place for place, seconds in parts for _ in range(round(seconds * 5))]


def of(facts: list[Fact], kind: type) -> list[Fact]:
    return [fact for fact in facts if isinstance(fact, kind)]


def test_a_stay_lasts_from_the_first_to_the_last_sample_inside() -> None:
    facts, _ = play(spend((OUT, 1), (IN, 10), (OUT, 5)))
    assert of(facts, Visit) == [Visit(pytest.approx(10.8), "area", pytest.approx(1.0), False)]


def test_a_short_hole_is_bridged_and_a_short_stay_is_none() -> None:
    facts, _ = play(spend((OUT, 1), (IN, 5), (None, 1.6), (IN, 5), (OUT, 4), (IN, 1), (OUT, 4)))
    assert [(v.start, round(v.at, 2)) for v in of(facts, Visit)] == [(1.0, 12.4)]


def test_a_stay_is_cut_where_its_start_or_end_was_not_seen() -> None:
    born = play(spend((IN, 5), (OUT, 5)))[0]
    lost = play(spend((OUT, 1), (IN, 5), (None, 5)))[0]
    over = play(spend((OUT, 1), (IN, 5)))[0]
    assert [v.cut for facts in (born, lost, over) for v in of(facts, Visit)] == [True, True, True]


def test_heads_once_a_second_also_when_nobody_is_there() -> None:
    facts, _ = play(spend((IN, 2), (None, 2), (LINE, 2)), spend((IN, 4), (SERVICE, 2)))
    heads = [(f.at, f.place, f.people, f.serving) for f in of(facts, Present)]
    assert [(at, n) for at, place, n, _ in heads if place == "area"] == [
        (0.0, 2), (1.0, 2), (2.0, 2), (3.0, 1), (4.0, 0), (5.0, 0), (6.0, 0),
    ]  # fmt: skip
    assert [(at, n, s) for at, place, n, s in heads if place == "till"][-2:] == [(5.0, 2, 1), (6.0, 2, 1)]
    assert not [place for _, place, _, _ in heads if place == "back"]


def test_a_blind_sensor_counts_nobody_but_lets_stays_end() -> None:
    places = Places([], [AREA], [])
    facts: list[Fact] = []
    for i in range(20):
        facts += places.step(people(i / 5, [(1, *IN, 40.0)]))
    told = len(of(facts, Present))
    for second in range(5, 60):
        facts += places.idle(float(second))
    assert len(of(facts, Present)) <= told + 1
    assert [v.at for v in of(facts, Visit)] == [3.8]


def test_waiting_then_being_served() -> None:
    facts, waits = play(spend((OUT, 1), (LINE, 60), (SERVICE, 30), (OUT, 15)))
    assert of(facts, Joined) == [Joined(1.0, "till")]
    assert of(facts, Served) == [Served(61.0, "till", 60.0, False)]
    assert of(facts, Done) == [Done(pytest.approx(90.8), "till", pytest.approx(29.8), False)]
    assert not of(facts, Left)
    assert [(w.start, w.served) for w in waits] == [(1.0, 61.0)]


def test_giving_up_and_getting_lost() -> None:
    gone = of(play(spend((OUT, 1), (LINE, 60), (OUT, 15)))[0], Left)
    lost = of(play(spend((OUT, 1), (LINE, 60), (None, 15)))[0], Left)
    assert [(left.waited, left.cut) for left in gone + lost] == [
        (pytest.approx(59.8), False),
        (pytest.approx(59.8), True),
    ]


def test_passing_through_a_queue_is_no_waiting() -> None:
    facts, waits = play(spend((OUT, 1), (LINE, 6), (OUT, 15)))
    assert not waits
    assert not [f for f in facts if not isinstance(f, Present)]


def test_straight_to_the_till_is_served_without_a_wait() -> None:
    facts, _ = play(spend((OUT, 1), (SERVICE, 30), (OUT, 15)))
    assert [f.waited for f in of(facts, Served)] == [0.0]


def test_who_lives_in_a_staff_zone_is_not_counted() -> None:
    facts, waits = play(
        spend((BACK, 60), (LINE, 20), (BACK, 30), (IN, 20), (BACK, 10)), spend((OUT, 20), (IN, 110), (OUT, 10))
    )
    assert not waits
    assert len(of(facts, Visit)) == 1
    assert {f.people for f in of(facts, Present) if f.place == "till"} == {0}


def test_a_customer_passing_behind_the_till_stays_a_customer() -> None:
    facts, _ = play(spend((OUT, 10), (BACK, 3), (IN, 10), (OUT, 5)))
    assert len(of(facts, Visit)) == 1


def test_a_new_number_at_the_same_spot_carries_on() -> None:
    tracks = (spend((OUT, 1), (LINE, 30), (None, 65)), spend((None, 36), (LINE, 30), (SERVICE, 20), (OUT, 10)))
    carried, _ = play(*tracks, rules=Rules())
    apart, _ = play(*tracks)
    assert [(f.waited, f.cut) for f in of(carried, Served)] == [(65.0, False)]
    assert [f.cut for f in of(apart, Served)] == [True]


def test_two_numbers_at_once_are_two_people() -> None:
    facts, _ = play(spend((OUT, 1), (IN, 10), (OUT, 5)), spend((None, 5), (IN, 6), (OUT, 5)), rules=Rules())
    assert len(of(facts, Visit)) == 2


def test_an_old_number_that_comes_back_is_somebody_else() -> None:
    facts, _ = play(spend((IN, 5), (None, 4), (IN, 3), (OUT, 5)), spend((None, 6), (IN, 6), (OUT, 5)), rules=Rules())
    assert sorted(round(v.at - v.start, 1) for v in of(facts, Visit)) == [2.8, 11.8]


def test_rules_of_one_place() -> None:
    own = Rules(relay=None, own={"area": StayRules(min_stay_s=20.0)})
    assert not of(play(spend((OUT, 1), (IN, 10), (OUT, 5)), rules=own)[0], Visit)
    with pytest.raises(TypeError, match="till"):
        Places([], [], [TILL], Rules(own={"till": StayRules()}))


spots = st.sampled_from([IN, OUT, LINE, SERVICE, BACK, None])


@settings(max_examples=40, deadline=None)
@given(st.lists(st.lists(st.tuples(spots, st.floats(0.2, 15)), min_size=1, max_size=8), min_size=1, max_size=3))
def test_facts_come_in_time_and_make_sense(parts: list[list[tuple[Place, float]]]) -> None:
    line = Line(id="door", sensor="c", a=(120.0, 0.0), b=(120.0, 100.0))
    tracks = [spend(*part) for part in parts]
    places, facts = Places([line], [AREA, STAFF], [TILL]), list[Fact]()
    for i in range(max(map(len, tracks))):
        at = 1.8e9 + i / 5
        rows = [(n, *track[i], 40.0) for n, track in enumerate(tracks) if i < len(track) and track[i]]
        new = places.step(people(at, rows))
        assert all(at - SETTLE_S <= fact.at <= at for fact in new)
        facts += new
    facts += places.close(at)
    assert len(of(facts, Done)) <= len(of(facts, Served)) <= len(of(facts, Joined))
    assert len(of(facts, Joined)) == len(of(facts, Served)) + len(of(facts, Left))
    assert all(v.at - v.start >= 2.0 - 1e-6 for v in of(facts, Visit))


def test_memory_does_not_grow_with_the_number_of_visitors() -> None:
    places = Places([Line(id="door", sensor="c", a=(120, 0), b=(120, 100))], [AREA, STAFF], [TILL])
    for i in range(2000):
        spot = (IN, OUT, LINE, SERVICE, BACK)[i % 5]
        places.step(people(i / 2, [(i, spot[0] + i % 7 * 5, spot[1], 1.0)]))
    assert _size(places, set()) < 1500


def _size(thing: object, seen: set[int]) -> int:
    """How many things hang on an object."""
    if id(thing) in seen or isinstance(thing, type):
        return 0
    seen.add(id(thing))
    inner: list[object] = []
    if isinstance(thing, dict):
        inner = [*thing.keys(), *thing.values()]
    elif isinstance(thing, list | tuple | set):
        inner = list(thing)
    elif hasattr(thing, "__dict__"):
        inner = list(vars(thing).values())
    elif hasattr(thing, "__slots__"):
        inner = [getattr(thing, name) for name in thing.__slots__]
    return 1 + sum(_size(item, seen) for item in inner)
