"""Cameras and tags together: badges are taken off, entries are matched, and nothing comes too late for its window."""

import random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from edge.measure.dwell import Present, Visit
from edge.measure.facts import Fact, Seen, from_line, to_line
from edge.measure.footfall import Crossing
from edge.measure.fusion import Fusion
from edge.measure.heard import Badges, Came, Met, Stood
from edge.measure.windows import Windows
from edge.plan import Plan, parse

T0 = 1772676000  # a quarter of an hour
BOX = [[0, 0], [9, 0], [9, 9], [0, 9]]


def plan(**radio: Any) -> Plan:
    sensors = [{"id": "cam", "kind": "camera", "source": "x"}]
    table: dict[str, Any] = {"site": "s", "device": "d", "timezone": "UTC", "level": "standard"}
    table["lines"] = [
        {"id": "door", "sensor": "cam", "a": [0, 0], "b": [9, 9]},
        {"id": "street", "sensor": "cam", "a": [0, 0], "b": [9, 9], "role": "passing"},
    ]
    table["zones"] = [{"id": name, "sensor": "cam", "polygon": BOX} for name in ("shelf", "other")]
    if radio:
        sensors.append({"id": "tags", "kind": "gateway"})
        table["zones"] += [{"id": name, "sensor": "tags", "polygon": BOX} for name in ("t-a", "t-b")]
        table["radio"] = {"scanners": "scanners.csv", **radio}
    return parse(table | {"sensors": sensors})


FUSED = {"subtract": {"shelf": ["t-a"]}}


def looks(start: int, end: int, *names: str) -> list[Fact]:
    return [Seen(float(t), name) for t in range(start, end + 1) for name in names or ("cam", "tags")]


def run(facts: list[Fact], made: Plan | None = None, arrival: Any = lambda fact: fact.at) -> list[Fact]:
    fusion = Fusion(made or plan(**FUSED))
    out = [one for fact in sorted(facts, key=arrival) for one in fusion.add(fact)]
    return [*out, *fusion.close()]


def of(kind: type, facts: list[Fact]) -> list[Any]:
    return [fact for fact in facts if isinstance(fact, kind)]


def test_without_radio_all_facts_pass_as_they_are() -> None:
    facts: list[Fact] = [Present(T0 + 1.0, "shelf", 3, 0), Visit(T0 + 2.0, "shelf", T0 + 0.0, False), Seen(T0, "cam")]
    assert run(list(facts), plan()) == sorted(facts, key=lambda fact: fact.at)


def test_badges_are_taken_off_the_heads_of_the_zone_they_are_in() -> None:
    facts: list[Fact] = [Badges(T0 + 1.0, "t-a", 2), Badges(T0 + 1.0, "t-b", 9)]
    facts += [Present(T0 + 2.0, "shelf", 3, 0), Present(T0 + 2.0, "other", 3, 0), Present(T0 + 3.0, "shelf", 1, 0)]
    found = of(Present, run(facts))
    assert [(one.place, one.people) for one in found] == [("shelf", 1), ("other", 3), ("shelf", 0)]


def test_a_count_of_badges_that_is_old_takes_nobody_off() -> None:
    facts: list[Fact] = [Badges(T0 + 1.0, "t-a", 2), Present(T0 + 12.0, "shelf", 3, 0)]
    assert of(Present, run(facts))[0].people == 3


@pytest.mark.parametrize(
    ("stood", "left"),
    [
        ([(4.0, 118.0)], 0),
        # heard elsewhere for a moment: one stretch
        ([(4.0, 50.0), (70.0, 118.0)], 0),
        # the badge was there for much longer, or much shorter: somebody else's visit
        ([(-300.0, 118.0)], 1),
        ([(0.0, 60.0)], 1),
        ([], 1),
    ],
)
def test_the_stay_that_a_badge_made_is_nobody_s(stood: list[tuple[float, float]], left: int) -> None:
    facts: list[Fact] = [Stood(T0 + end, "t-a", T0 + start) for start, end in stood]
    facts += [Visit(T0 + 120.0, "shelf", T0 + 0.0, False), *looks(T0, T0 + 200)]
    # A badge's stay becomes known 13 s after its end.
    found = run(facts, arrival=lambda fact: fact.at + (13 if isinstance(fact, Stood) else 0))
    assert len(of(Visit, found)) == left
    assert not of(Stood, found)


def test_a_badge_explains_one_visit_and_only_where_it_is() -> None:
    facts: list[Fact] = [Stood(T0 + 120.0, "t-a", T0 + 0.0), Stood(T0 + 120.0, "t-b", T0 + 0.0)]
    facts += [Visit(T0 + 121.0 + i, "shelf", T0 + 0.0, False) for i in range(2)]
    facts += [Visit(T0 + 120.0, "other", T0 + 0.0, False), *looks(T0, T0 + 200)]
    assert sorted(one.zone for one in of(Visit, run(facts))) == ["other", "shelf"]


def entries(*at: float) -> list[Fact]:
    return [Crossing(T0 + one, "door", "+") for one in at]


def test_entries_are_matched_in_five_minutes_in_which_both_looked() -> None:
    facts: list[Fact] = [*entries(20, 60, 320), Crossing(T0 + 61.0, "door", "-"), Crossing(T0 + 62.0, "street", "+")]
    facts += [Came(T0 + 22.0, "tags"), Came(T0 + 200.0, "tags"), Came(T0 + 321.0, "tags"), *looks(T0, T0 + 700)]
    met = of(Met, run(facts))
    assert [(m.at, m.tags, m.entries, m.matched) for m in met] == [(T0, 2, 2, 1), (T0 + 300, 1, 1, 1)]
    assert met[0].seconds == pytest.approx(300, abs=1.5)


@pytest.mark.parametrize("silent", ["cam", "tags"])
def test_where_one_did_not_look_nothing_is_compared(silent: str) -> None:
    other = {"cam": "tags", "tags": "cam"}[silent]
    facts: list[Fact] = [*entries(20), Came(T0 + 22.0, "tags"), *looks(T0, T0 + 700, other)]
    facts += looks(T0 + 300, T0 + 700, silent)
    assert [m.at for m in of(Met, run(facts))] == [T0 + 300]


def test_a_trolley_from_the_park_is_a_tag_and_no_match() -> None:
    facts: list[Fact] = [*entries(20), Came(T0 + 22.0, "tags", door=False), *looks(T0, T0 + 400)]
    (met,) = of(Met, run(facts))
    assert (met.tags, met.entries, met.matched) == (1, 1, None)


def test_facts_about_tags_go_no_further_and_survive_a_file() -> None:
    facts: list[Fact] = [Came(T0 + 1.0, "tags"), Badges(T0 + 1.0, "t-a", 1), Stood(T0 + 1.0, "t-a", T0 - 9.0)]
    assert run(list(facts)) == []
    facts.append(Met(T0 + 0.0, "tags", 300.0, 1, 2, 1))
    assert [from_line(to_line(fact)) for fact in facts] == facts
    windows = Windows(plan(**FUSED), T0)
    for fact in facts:
        windows.add(fact)
    assert (windows.late, windows.unknown) == (0, 0)


def test_time_alone_lets_go_of_what_waits() -> None:
    fusion = Fusion(plan(**FUSED))
    assert fusion.add(Seen(T0 + 0.0, "cam")) == [Seen(T0 + 0.0, "cam")]
    visit = Visit(T0 + 1.0, "shelf", T0 - 60.0, False)
    assert fusion.add(visit) == []
    assert fusion.tick(T0 + 20.0) == []
    assert fusion.tick(T0 + 60.0) == [visit]


@settings(deadline=None, max_examples=30)
@given(st.lists(st.tuples(st.integers(60, 1700), st.integers(2, 50)), max_size=20), st.integers(0, 14), st.integers())
def test_what_waits_for_badges_is_never_too_late(visits: list[tuple[int, int]], lag: int, seed: int) -> None:
    chance = random.Random(seed)
    made = plan(**FUSED)
    facts: list[Fact] = [Visit(float(T0 + end), "shelf", float(T0 + end - long), False) for end, long in visits]
    facts += [Came(float(T0 + end), "tags") for end, _ in visits] + looks(T0, T0 + 2000)
    due = {id(fact): fact.at + (0 if isinstance(fact, Seen) else chance.randint(0, lag)) for fact in facts}
    fusion, windows, n = Fusion(made), Windows(made, T0), 0
    for fact in sorted(facts, key=lambda fact: (due[id(fact)], isinstance(fact, Seen))):
        for one in fusion.add(fact):
            for closed in windows.add(one):
                n += sum(value.n or 0 for value in closed.values if getattr(value, "of", "") == "dwell")  # type: ignore[union-attr]
    for one in fusion.close():
        windows.add(one)
    n += sum(value.n or 0 for c in windows.finish() for value in c.values if getattr(value, "of", "") == "dwell")  # type: ignore[union-attr]
    assert (windows.late, windows.unknown) == (0, 0)
    assert n == len(visits)
