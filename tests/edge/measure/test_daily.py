"""What is summed over a day: looks, floor heat, ways; raw values and what the door makes of them."""

import json
from datetime import UTC, datetime
from itertools import permutations
from typing import Any

import msgspec
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from edge.measure.daily import Daily
from edge.measure.days import day_bounds, within_hours
from edge.measure.dwell import Stay
from edge.measure.facts import Fact, Seen, from_line, to_line
from edge.measure.flows import DayFlows, Step, Steps, suppressed
from edge.measure.geometry import people
from edge.measure.groups import Group
from edge.measure.heat import DayHeat, Treading, Trodden, bounds, joined
from edge.measure.windows import Closed, Windows
from edge.messages import MAX_BYTES, Window, decode, encode, stamp
from edge.pipeline import parcels
from edge.plan import Plan, parse
from edge.privacy import Door
from edge.values import AnyValue, Count, Flow, Heat, Quality

T0 = int(datetime(2026, 3, 5, 3, tzinfo=UTC).timestamp())  # 04:00 in Berlin
DAY = 86_400
FLOOR = [[0, 0, 0.0, 0.0], [100, 0, 10.0, 0.0], [100, 80, 10.0, 8.0], [0, 80, 0.0, 8.0]]
BOX = [[0, 0], [9, 0], [9, 9]]
MARKS = tuple(tuple(map(float, mark)) for mark in FLOOR)


def plan(level: str = "standard") -> Plan:
    zones = [{"id": name, "sensor": "cam", "polygon": BOX} for name in ("a", "b", "c")]
    other = {"id": "far", "sensor": "two", "polygon": BOX}
    return parse(
        {
            "site": "s",
            "device": "d",
            "timezone": "Europe/Berlin",
            "level": level,
            "sensors": [
                {"id": "cam", "kind": "camera", "source": "x", "floor": FLOOR, "fps": 4},
                {"id": "two", "kind": "camera", "source": "x"},
            ],
            "lines": [
                {"id": "door", "sensor": "cam", "a": [0, 0], "b": [9, 9]},
                {"id": "side", "sensor": "two", "a": [0, 0], "b": [9, 9]},
            ],
            "zones": [*zones, other],
        }
    )


def whole_day(*facts: Fact, until: int = T0 + DAY + 60) -> list[Fact]:
    looks: list[Fact] = [Seen(t, name, t - 60) for t in range(T0 + 60, until + 1, 60) for name in ("cam", "two")]
    return sorted([*facts, *looks], key=lambda fact: fact.at)


def closed(windows: Windows, facts: list[Fact]) -> list[Closed]:
    return [window for fact in facts for window in windows.add(fact)]


def last_values(level: str, *facts: Fact) -> list[AnyValue]:
    """What leaves at the end of a day."""
    door, windows = Door(plan(level)), Windows(plan(level), T0)
    told = {window.end: door.release(window) for window in closed(windows, whole_day(*facts))}
    assert door.refused == windows.late == windows.unknown == 0
    return list(told[T0 + DAY] or ())


def test_a_day_ends_with_its_values_and_they_keep_the_contract() -> None:
    steps: list[Fact] = [Step(T0 + 3600 + i, "a", "b") for i in range(13)]
    steps += [Step(T0 + 3600 + i, "b", "a") for i in range(11)] + [Step(T0 + 99, "b", "c")]
    steps.append(Trodden(T0 + 99, "cam", ((1, 0, 0, 12, 629.0), (2, 0, 0, 12, 629.0), (4, 0, 0, 12, 629.0))))
    values = last_values("standard", *steps)
    quality = {v.place: v for v in values if isinstance(v, Quality)}
    assert (quality["cam"].looked, quality["cam"].model, quality["cam"].observed_s) == (1.0, "blobs", DAY)
    assert {(v.place, v.start) for v in values if isinstance(v, Heat)} == {("cam", stamp(T0))}
    (heat,) = [v for v in values if isinstance(v, Heat)]
    # 12 visits went to one cell only; the empty ones beside it are joined with it, and 629 s / 16 is 39 s.
    assert {seconds for _, _, seconds in heat.cells or ()} == {60}
    assert len(heat.cells or ()) == 16
    flows = {(v.place, v.to): v for v in values if isinstance(v, Flow)}
    assert set(flows) == {(x, y) for x in "abc" for y in "abc" if x != y}
    assert all(v.withheld == "n<10" and v.n is None for v in flows.values()), "each told one is alone in its row"
    for seq, parcel in enumerate(parcels(tuple(values)), start=1):
        message = Window(
            v=1, site="s", device="d", epoch="0" * 8, seq=seq, level="standard", plan="0" * 12,
            end=stamp(T0 + DAY), clock="ntp", values=parcel,
        )  # fmt: skip
        assert decode("w", encode(message)) == message
    assert not [v for v in last_values("strict", *steps) if isinstance(v, Flow | Heat)]
    assert len([v for v in last_values("strict", *steps) if isinstance(v, Quality)]) == 2


def test_the_share_of_frames() -> None:
    windows = Windows(plan(), T0)
    frames: list[Fact] = [Seen(T0 + i / 3, "cam") for i in range(3 * 600)]  # 3 of 4 a second
    frames += [Seen(T0 + 3600 + i / 5, "cam") for i in range(5 * 600)]
    closed(windows, frames)
    looks = windows.daily.saved()[T0]["cam"]
    assert looks.seconds == pytest.approx(1200, abs=2)
    assert looks.due == pytest.approx(4 * looks.seconds)
    assert looks.frames / looks.due == pytest.approx((0.75 + 1.25) / 2, abs=0.01)
    assert windows.daily.frames == looks.frames
    kept = Windows(plan(), T0 + 5000, windows.saved())
    again = closed(kept, [Seen(T0 + DAY + 400, "two", T0 + DAY - 60), Seen(T0 + DAY + 400, "cam", T0 + DAY)])
    (quality,) = [v for w in again for v in w.values if isinstance(v, Quality) and v.place == "cam"]
    assert quality.looked == pytest.approx(1.0, abs=0.01)
    assert quality.observed_s in (1199, 1200)
    heat = [v for w in again for v in w.values if isinstance(v, DayHeat)]
    assert heat[0].observed_s == 0, "what heat knew before the stop is gone"


def test_a_look_over_the_change_of_day_belongs_to_both() -> None:
    daily = Daily(plan())
    daily.look("cam", T0 - 100.0, T0 + 50.0, None)
    days = {start: looks["cam"].seconds for start, looks in daily.saved().items()}
    assert days == {T0: pytest.approx(50), T0 - DAY: pytest.approx(100)}
    assert (daily.frames, daily.due) == (pytest.approx(600), pytest.approx(600))


def test_unknown_and_late_facts_of_a_day() -> None:
    daily = Daily(plan())
    assert not daily.take(Step(T0 + 1, "a", "far")), "no camera sees both"
    assert not daily.take(Trodden(T0 + 1, "two", ())), "no floor"
    daily.close(T0 + DAY)
    assert not daily.take(Step(T0 + 1, "a", "b"))
    assert daily.next_end() is None


def test_a_day_without_anybody_looking_says_null() -> None:
    door, windows = Door(plan()), Windows(plan(), T0)
    facts: list[Fact] = [Seen(t, "two", t - 60) for t in range(T0 + 60, T0 + DAY + 61, 60)]
    ended = {w.end: door.release(w) for fact in facts for w in [*windows.tick(fact.at), *windows.add(fact)]}
    values = ended[T0 + DAY] or ()
    (looked,) = [v.looked for v in values if isinstance(v, Quality) and v.place == "cam"]
    (heat,) = [v for v in values if isinstance(v, Heat)]
    assert looked is heat.cells is None
    assert all(v.n is None and v.withheld is None for v in values if isinstance(v, Flow))


def grouped(*counts: int) -> list[tuple[int, int | None]]:
    """(minute of the window's end, groups told) where `counts` groups came in windows of 5 min."""
    facts: list[Fact] = [Group(T0 + 300 * i + 10 + n, "door", "+") for i, c in enumerate(counts) for n in range(c)]
    facts += [Group(T0 + 20, "door", "-"), Group(T0 + 20, "side", "+")]
    door, windows = Door(plan()), Windows(plan(), T0)
    facts = whole_day(*facts, until=T0 + 300 * len(counts) + 60)
    return [
        ((window.end - T0) // 60, value.groups)
        for window in closed(windows, facts)
        for value in door.release(window) or ()
        if isinstance(value, Count) and value.place == "door"
    ]


def test_groups_are_carried_to_a_quarter_with_five() -> None:
    assert grouped(2, 0, 2, 1, 0, 0, 7, 1, 0) == [
        (5, None), (10, None), (15, None), (20, None), (25, None), (30, 5), (35, None), (40, None), (45, 8),
    ]  # fmt: skip


@settings(max_examples=50, deadline=None)
@given(st.lists(st.integers(0, 4), min_size=3, max_size=24))
def test_groups_are_never_few_and_never_twice(counts: list[int]) -> None:
    told = [n for _, n in grouped(*counts) if n is not None]
    assert all(n >= 5 for n in told)
    assert sum(told) <= sum(counts)
    assert all(minute % 15 == 0 for minute, n in grouped(*counts) if n is not None)


def test_group_entries_do_not_go_over_into_the_next_day() -> None:
    door = Door(plan())
    for end, n in ((T0 + DAY, 4), (T0 + DAY + 300, 1), (T0 + DAY + 900, 0), (T0 + DAY + 1800, 4)):
        fields: dict[str, Any] = {"place": "door", "observed_s": 300, "withheld": None, "revision": 0}
        count = Count(start=stamp(end - 300), entries=9, exits=9, groups=n, passers=None, **fields)
        (value,) = door.release(Closed(end, (count,))) or ()
        assert isinstance(value, Count)
        assert value.groups == (5 if end == T0 + DAY + 1800 else None)


def test_new_facts_are_facts() -> None:
    for fact in (Group(1.0, "door", "+"), Step(1.0, "a", "b"), Trodden(1.0, "cam", ((1, -1, 2, 3, 4.5),))):
        assert from_line(to_line(fact)) == fact  # type: ignore[arg-type]


# Heat ----------------------------------------------------------------------------------------------------------


def walk(treading: Treading, track: int, start: float, path: list[tuple[float, float]], staff: bool = False) -> float:
    at = start
    for x, y in path:
        at += 1.0
        treading.step(people(at, [(track, x, y, 1.7)]), np.array([staff]))
    return at


def test_person_seconds_and_visits_by_cell() -> None:
    treading = Treading("cam", MARKS, lambda xy: xy)  # type: ignore[arg-type]
    at = walk(treading, 1, 0.0, [(0.5, 0.5), (1.5, 0.5), (1.6, 0.5), (float("nan"), 0.5), (999.0, 0.5)])
    at = walk(treading, 2, at, [(0.5, 0.5)] * 30)
    at = walk(treading, 3, at, [(0.5, 0.5), (7.5, 7.5)], staff=True)
    (told,) = treading.close(at)
    cells = {(c, r): (visits, s) for size, c, r, visits, s in told.blocks if size == 1}
    assert cells == {(0, 0): (1, 29.0), (1, 0): (1, 2.0)}, "who stood there all the time is no visit"
    wide = {(c, r): (visits, s) for size, c, r, visits, s in told.blocks if size == 4}
    assert wide == {(0, 0): (0, 31.0)}


def test_what_a_person_trod_is_forgotten_with_the_track_and_told_once_a_minute() -> None:
    treading = Treading("cam", MARKS, lambda xy: xy)  # type: ignore[arg-type]
    at = walk(treading, 1, 0.0, [(0.5, 0.5), (1.5, 0.5)])
    facts = [fact for i in range(200) for fact in treading.step(people(at + i, ()), np.zeros(0, np.bool_))]
    assert not treading._paths
    assert [len(fact.blocks) for fact in facts] == [4]


def test_cells_grow_with_the_floor() -> None:
    assert bounds(MARKS).cell_m == 1.0  # type: ignore[arg-type]
    assert bounds(tuple((x, y, mx * 20, my * 20) for x, y, mx, my in MARKS)).cell_m == 8.0
    assert bounds(tuple((x, y, mx * 99, my * 99) for x, y, mx, my in MARKS)).cell_m == 10.0


blocks_of = st.dictionaries(
    st.tuples(st.integers(-9, 9), st.integers(-9, 9)), st.lists(st.integers(0, 30)), max_size=40
)


def summed(visitors: dict[tuple[int, int], list[int]]) -> dict[tuple[int, int, int], tuple[int, float]]:
    """Blocks with their true numbers of different visitors, 10 s a visit."""
    found: dict[tuple[int, int, int], tuple[set[int], float]] = {}
    for (column, row), who in visitors.items():
        for size in (1, 2, 4):
            seen, seconds = found.setdefault((size, column // size, row // size), (set(), 0.0))
            seen |= set(who)
            found[size, column // size, row // size] = (seen, seconds + 10.0 * len(set(who)))
    return {block: (len(seen), seconds) for block, (seen, seconds) in found.items()}


@settings(max_examples=200, deadline=None)
@given(blocks_of)
def test_no_told_cell_rests_on_fewer_than_ten(visitors: dict[tuple[int, int], list[int]]) -> None:
    told = joined(summed(visitors), 10)
    assert len({(c, r) for c, r, _ in told}) == len(told), "no cell twice"
    for column, row, seconds in told:
        alone = set(visitors.get((column, row), ()))
        if len(alone) >= 10 and seconds == 10.0 * len(alone):
            continue
        around = [
            {w for (c, r), who in visitors.items() if (c // s, r // s) == (column // s, row // s) for w in who}
            for s in (2, 4)
        ]
        assert any(len(who) >= 10 for who in around)
    total = sum(10.0 * len(set(who)) for who in visitors.values())
    assert sum(seconds for _, _, seconds in told) <= total + 1e-6


@settings(max_examples=100, deadline=None)
@given(blocks_of, st.tuples(st.integers(-9, 9), st.integers(-9, 9)))
def test_one_visitor_more_where_at_most_three_are_changes_nothing(
    visitors: dict[tuple[int, int], list[int]], cell: tuple[int, int]
) -> None:
    top = {c: who for c, who in visitors.items() if (c[0] // 4, c[1] // 4) == (cell[0] // 4, cell[1] // 4)}
    few = {c: who[: 3 if c in top else None] for c, who in visitors.items()}
    few = {c: ([w for w in who if w < 3] if c in top else who) for c, who in few.items()}
    more = few | {cell: [*few.get(cell, []), 99]}
    assert joined(summed(few), 10) == joined(summed(more), 10)


# Flows ---------------------------------------------------------------------------------------------------------


def stay(track: int, start: float, end: float) -> Stay:
    return Stay(track, start, end, entered=True, left=True, over=True)


def test_steps_go_from_stay_to_stay_of_one_track() -> None:
    steps = Steps()
    found = steps.step(20.0, [1, 2], [("a", stay(1, 0, 10)), ("b", stay(2, 0, 9))])
    found += steps.step(40.0, [1, 2], [("b", stay(1, 12, 30)), ("b", stay(2, 15, 35))])
    found += steps.step(60.0, [1, 2], [("a", stay(1, 29, 50))])  # overlaps: nobody went
    assert found == [Step(30, "a", "b")]
    assert steps.step(500.0, [], [("c", stay(3, 400, 470))]) == []
    assert not steps._last


tables = st.integers(2, 6).flatmap(
    lambda places: st.fixed_dictionaries(
        {pair: st.one_of(st.integers(0, 40), st.integers(8, 14)) for pair in permutations("abcdef"[:places], 2)}
    )
)


@settings(max_examples=300, deadline=None)
@given(tables)
def test_nothing_withheld_follows_from_all_rows_and_columns(counts: dict[tuple[str, str], int]) -> None:
    """What is withheld is not in the row space of what is told and of every total from and to every place."""
    told = suppressed(counts, 10)
    assert all(n is None or n == counts[pair] >= 10 for pair, n in told.items())
    hidden = [pair for pair, n in told.items() if n is None]
    places = sorted({pair[0] for pair in counts})
    if len(places) == 2:
        assert hidden == [pair for pair, n in counts.items() if n < 10]
        return
    margins = np.array([[pair[side] == place for pair in hidden] for side in (0, 1) for place in places], dtype=float)
    for unit in np.eye(len(hidden)):
        assert np.linalg.matrix_rank(np.vstack([margins, unit])) > np.linalg.matrix_rank(margins)


def test_two_cycles_that_hang_together_by_one_pair_do_not_hide_it() -> None:
    """Every row and column has two withheld numbers here, and the one that joins them still follows: so more go."""
    counts = dict.fromkeys(permutations("abcdef", 2), 90)
    counts |= dict.fromkeys((*permutations("abc", 2), *permutations("def", 2), ("a", "d")), 1)
    told = suppressed(counts, 10)
    assert len([n for n in told.values() if n is None]) > 13


def test_to_and_fro_is_one_person() -> None:
    steps, found = Steps(), []
    for i in range(10):
        found += steps.step(40.0 * i, [1], [("ab"[i % 2], stay(1, 40.0 * i, 40.0 * i + 30))])
    assert [(step.place, step.to) for step in found] == [("a", "b"), ("b", "a")]


def test_flows_are_rounded_to_five() -> None:
    names = ["a", "b", "c"]
    counts = {(x, y): 12 + 3 * i for i, (x, y) in enumerate((x, y) for x in names for y in names if x != y)}
    out = Door(plan()).release(Closed(T0 + DAY, (DayFlows(start=T0, observed_s=DAY, counts=counts),)))
    assert [v.n for v in out or () if isinstance(v, Flow)] == [10, 15, 20, 20, 25, 25]


def test_a_large_floor_fits_its_message() -> None:
    blocks = {(s, c // s, r // s): (99, 98765.0) for c in range(-32, 32) for r in range(-24, 24) for s in (1, 2, 4)}
    heat = DayHeat(place="cam", start=T0, observed_s=DAY, cell_m=1.0, blocks=blocks)
    (value,) = Door(plan()).release(Closed(T0 + DAY, (heat,))) or ()
    assert isinstance(value, Heat)
    assert len(json.dumps(msgspec.to_builtins(value))) < MAX_BYTES * 0.98


@pytest.mark.parametrize("off", [900, -900, 86_400])
def test_a_day_that_is_none_is_refused(off: int) -> None:
    door = Door(plan())
    assert door.release(Closed(T0 + DAY, (DayFlows(start=T0 + off, observed_s=1, counts={}),))) is None
    assert door.refused == 1


def test_days_of_23_and_25_hours() -> None:
    for day, hours in (((2026, 3, 28), 23), ((2026, 10, 24), 25)):
        at = datetime(*day, 12, tzinfo=UTC).timestamp()
        start, end = day_bounds(at, "Europe/Berlin", "04:00")
        assert end - start == hours * 3600
        daily = Daily(plan())
        daily.look("cam", start, end, None)
        (quality,) = [v for v in daily.close(int(end)) if isinstance(v, Quality) and v.place == "cam"]
        assert (quality.observed_s, quality.start) == (hours * 3600, stamp(start))


def test_hours_of_the_day() -> None:
    for hour, inside in ((4, True), (6, False), (8, False), (23, True)):
        at = datetime(2026, 3, 5, hour, tzinfo=UTC).timestamp()
        assert within_hours(at, "UTC", [("22:00", "06:00")]) is inside
    assert within_hours(T0 + 60, "Europe/Berlin", [("04:00", "04:30")])
