import time
from random import Random
from typing import Any

import msgspec
from hypothesis import given, settings
from hypothesis import strategies as st

from edge.measure.dwell import Present, Visit
from edge.measure.facts import SETTLE_S, Fact, Seen
from edge.measure.footfall import Crossing
from edge.measure.queues import Done, Joined, Left, Served
from edge.measure.windows import GRACE_S, Closed, Windows
from edge.plan import Plan, parse
from edge.values import Count, Load, Stat

T0 = 1_800_000_000 // 900 * 900
BOX = [[0, 0], [9, 0], [9, 9]]


def plan(*cameras: str, **extra: Any) -> Plan:
    names = cameras or ("cam",)
    table: dict[str, Any] = {
        "site": "s",
        "device": "d",
        "timezone": "Europe/Berlin",
        "level": "standard",
        "sensors": [{"id": name, "kind": "camera", "source": "x.mp4"} for name in names],
        "lines": [
            {"id": "door", "sensor": names[0], "a": [0, 0], "b": [1, 1], "entry": "-"},
            {"id": "street", "sensor": names[-1], "a": [0, 0], "b": [1, 1], "role": "passing"},
        ],
        "zones": [
            {"id": "shelf", "sensor": names[0], "polygon": BOX},
            {"id": "office", "sensor": names[0], "polygon": BOX, "role": "staff"},
        ],
        "queues": [{"id": "till", "sensor": names[-1], "polygon": BOX, "service": BOX}],
    }
    return parse(table | extra)


def seen(start: float, end: float, source: str = "cam") -> list[Fact]:
    return [Seen(start + i, source) for i in range(int(end - start) + 1)]


def closed(windows: Windows, facts: list[Fact]) -> list[Closed]:
    return [window for fact in sorted(facts, key=lambda fact: fact.at) for window in windows.add(fact)]


def by_place(window: Closed, kind: type) -> dict[Any, Any]:
    key = (lambda v: (v.place, v.of)) if kind is Stat else (lambda v: v.place)
    return {key(value): value for value in window.values if type(value) is kind}


def test_nobody_looked_is_null_and_looking_at_nothing_is_zero() -> None:
    dark, quiet = (closed(Windows(plan(), T0), facts) for facts in ([Seen(T0 + 990, "cam")], seen(T0, T0 + 990)))
    assert [window.end - T0 for window in dark] == [window.end - T0 for window in quiet] == [300, 600, 900]
    none, zero = by_place(dark[2], Count)["door"], by_place(quiet[2], Count)["door"]
    assert (none.entries, none.exits, none.observed_s, none.withheld) == (None, None, 0, None)
    assert (zero.entries, zero.exits, zero.passers, zero.observed_s) == (0, 0, None, 300)
    load, stat = by_place(dark[2], Load)["till"], by_place(dark[2], Stat)["till", "wait"]
    assert (load.mean, load.max, load.joined, load.tills_open) == (None, None, None, None)
    assert (stat.n, stat.sum_s, stat.bins) == (None, None, None)
    load, stat = by_place(quiet[2], Load)["till"], by_place(quiet[2], Stat)["till", "wait"]
    assert (load.mean, load.max, load.joined, load.served, load.abandoned, load.tills_open) == (
        None,
        None,
        0,
        0,
        0,
        None,
    )
    assert (stat.n, stat.cut, stat.sum_s, sum(stat.bins)) == (0, 0, 0, 0)


def test_the_entry_sign_turns_directions_and_a_passing_line_adds_them() -> None:
    facts = [Crossing(T0 + i, line, sign) for line in ("door", "street") for i, sign in enumerate("++-")]
    first = closed(Windows(plan(), T0), [*seen(T0, T0 + 320), *facts])[0]
    counts = by_place(first, Count)
    assert (counts["door"].entries, counts["door"].exits, counts["door"].passers) == (1, 2, None)
    assert (counts["street"].entries, counts["street"].exits, counts["street"].passers) == (None, None, 3)
    assert counts["door"].groups is None


def test_the_load_of_a_queue() -> None:
    facts: list[Fact] = [
        Present(T0 + 1, "till", 2, 0),  # closed: nobody served
        Joined(T0 + 2, "till"),
        Joined(T0 + 2, "till"),
        Present(T0 + 3, "till", 4, 1),  # open: somebody at the till
        Served(T0 + 4, "till", 12.0, False),
        Present(T0 + 304, "till", 3, 0),  # open: 300 s after the service
        Present(T0 + 305, "till", 0, 0),  # closed again
        Left(T0 + 400, "till", 33.0, False),
        Left(T0 + 401, "till", 34.0, True),
        Done(T0 + 899, "till", 70.0, False),
        Present(T0 + 10, "shelf", 5, 0),
        Present(T0 + 10, "office", 5, 0),
    ]
    windows = Windows(plan(), T0)
    third = closed(windows, [*seen(T0, T0 + 920), *facts])[2]
    till, shelf = by_place(third, Load)["till"], by_place(third, Load)["shelf"]
    assert (till.mean, till.max, till.joined, till.served, till.abandoned, till.tills_open) == (2.25, 4, 2, 1, 1, 0.5)
    assert (shelf.mean, shelf.max, shelf.joined, shelf.served, shelf.abandoned, shelf.tills_open) == (
        5.0, 5, None, None, None, None,
    )  # fmt: skip
    assert set(by_place(third, Load)) == {"till", "shelf"}
    stats = by_place(third, Stat)
    assert {
        of: (stats["till", of].n, stats["till", of].cut, stats["till", of].sum_s)
        for of in ("wait", "service", "left")
    } == {
        "wait": (1, 0, 12),
        "service": (1, 0, 70),
        "left": (2, 1, 67),
    }
    assert windows.unknown == 1


def test_bins_are_half_open() -> None:
    stays: list[Fact] = [Visit(T0 + 800, "shelf", T0 + 800 - s, False) for s in (4.9, 5.0, 9.9, 10.0, 600.0)]
    stays.append(Visit(T0 + 800, "shelf", T0 - 9000, False))
    stat = by_place(closed(Windows(plan(), T0), [*seen(T0, T0 + 920), *stays])[2], Stat)["shelf", "dwell"]
    assert stat.bins[:3] == (1, 2, 1)
    assert (stat.bins[14], stat.bins[21], sum(stat.bins)) == (1, 1, 6)


def test_observed_adds_short_gaps_and_whole_spans_once() -> None:
    facts: list[Fact] = [
        *seen(T0, T0 + 10),
        Seen(T0 + 13, "cam"),  # a gap of 3 s is no looking
        Seen(T0 + 14, "cam"),
        Seen(T0 + 60, "cam", since=T0 + 12.5),  # overlaps what is known
        Seen(T0 + 50, "cam"),
        Seen(T0 + 700, "cam", since=T0 + 280),
    ]
    windows = Windows(plan(), T0)
    ends = [window for fact in facts for window in windows.add(fact)]
    assert [by_place(window, Count)["door"].observed_s for window in ends] == [10 + 1 + 46 + 20, 300]
    slow = plan(sensors=[{"id": "cam", "kind": "camera", "source": "x", "fps": 0.5}])
    first = closed(Windows(slow, T0), [Seen(T0 + i, "cam") for i in range(0, 330, 6)])[0]
    assert by_place(first, Count)["door"].observed_s == 300


def test_a_window_waits_for_the_slowest_who_still_looks() -> None:
    windows = Windows(plan("cam", "two"), T0)
    assert closed(windows, seen(T0, T0 + 600)) == []
    assert closed(windows, seen(T0, T0 + 300 + SETTLE_S - 1, "two")) == []
    assert [window.end for window in windows.add(Seen(T0 + 300 + SETTLE_S, "two"))] == [T0 + 300]


def test_a_silent_source_holds_for_the_grace_only() -> None:
    windows = Windows(plan("cam", "two"), T0)
    assert closed(windows, seen(T0, T0 + 320)) == []
    assert windows.tick(T0 + GRACE_S) == []
    assert [window.end for window in windows.tick(T0 + 320)] == [T0 + 300]
    assert windows.tick(T0 + 630 + SETTLE_S)[-1].end == T0 + 600, "with nobody looking the clock decides"
    assert windows.add(Crossing(T0 + 10, "street", "+")) == []
    assert windows.late == 1


def test_late_and_unknown_facts_are_counted() -> None:
    windows = Windows(plan(), T0)
    closed(windows, seen(T0, T0 + 320))
    for fact in (
        Crossing(T0 + 299, "door", "+"),
        Joined(T0 + 299, "till"),
        Seen(T0 + 1, "nobody"),
        Joined(-1.0, "till"),
    ):
        assert windows.add(fact) == []
    assert (windows.late, windows.unknown) == (1, 2)


def test_a_clean_stop_continues_counts_and_loads_and_drops_durations() -> None:
    before: list[Fact] = [
        Crossing(T0 + 5, "door", "-"),
        Present(T0 + 6, "till", 4, 0),
        Joined(T0 + 6, "till"),
        Visit(T0 + 7, "shelf", T0, False),
    ]
    first = Windows(plan(), T0)
    closed(first, [*seen(T0, T0 + 100), *before])
    second = Windows(plan(), T0 + 160, first.saved())
    after: list[Fact] = [
        Crossing(T0 + 170, "door", "-"),
        Present(T0 + 200, "till", 2, 0),
        Visit(T0 + 400, "shelf", T0 + 390, True),
    ]
    ends = closed(second, [*seen(T0 + 160, T0 + 920), *after])
    count = by_place(ends[0], Count)["door"]
    assert (count.entries, count.observed_s) == (2, 100 + 140)
    load = by_place(ends[2], Load)["till"]
    assert (load.mean, load.max, load.joined, load.observed_s) == (3.0, 4, 1, 100 + 740)
    stat = by_place(ends[2], Stat)["shelf", "dwell"]
    assert (stat.n, stat.cut, stat.observed_s) == (1, 1, 740)


def test_what_was_kept_is_left_alone_where_it_does_not_fit() -> None:
    first = Windows(plan(), T0)
    closed(first, [*seen(T0, T0 + 100), Crossing(T0 + 5, "door", "-")])
    kept = first.saved()
    other = plan(level="strict")
    for fresh in (
        Windows(other, T0 + 100, kept),
        Windows(plan(), T0 - 9000, kept),
        Windows(plan(), T0 + 100, b"rubbish"),
    ):
        assert msgspec.json.decode(fresh.saved())["counts"] == {}


def test_a_long_time_in_which_nobody_looked_is_skipped() -> None:
    windows = Windows(plan(), T0)
    closed(windows, seen(T0, T0 + 10))
    far = T0 + 60 * 86_400
    ends = [window.end for window in windows.add(Seen(far + 1000, "cam", since=far + 940))]
    assert ends == [T0 + 300, T0 + 600, T0 + 900, far + 300, far + 600, far + 900] or len(ends) <= 10
    assert ends == sorted(set(ends))


def test_the_end_of_a_recording() -> None:
    windows = Windows(plan(), T0)
    facts = [*seen(T0, T0 + 100), Crossing(T0 + 50, "door", "-")]
    assert closed(windows, facts) == []
    ends = windows.finish()
    assert [window.end - T0 for window in ends] == [300, 600, 900]
    assert by_place(ends[0], Count)["door"].entries == 1
    assert by_place(ends[1], Count)["door"].entries is None


moments = st.integers(0, 4000).map(lambda tenth: T0 + tenth / 2)
facts_of_two = st.lists(
    st.one_of(
        st.builds(Crossing, moments, st.sampled_from(["door", "street"]), st.sampled_from("+-")),
        st.builds(Joined, moments, st.just("till")),
        st.builds(Served, moments, st.just("till"), st.floats(0, 4000), st.booleans()),
        st.builds(Present, moments, st.sampled_from(["till", "shelf"]), st.integers(0, 30), st.integers(0, 3)),
    ),
    max_size=60,
)


@settings(max_examples=60, deadline=None)
@given(facts_of_two, st.integers(0, 10**6))
def test_sources_may_interleave_as_they_like(facts: list[Fact], seed: int) -> None:
    """Live gives what replay gives: only the order within a source is fixed."""
    random = Random(seed)
    one = [fact for fact in facts if getattr(fact, "line", getattr(fact, "place", "")) in ("door", "shelf")]
    two = [fact for fact in facts if fact not in one]
    streams = [
        sorted([*part, *(Seen(T0 + i, name) for i in range(0, 2400, 2))], key=lambda fact: fact.at)
        for part, name in ((one, "cam"), (two, "two"))
    ]
    merged = sorted([*streams[0], *streams[1]], key=lambda fact: fact.at)
    shuffled, rest = [], [list(stream) for stream in streams]
    while any(rest):
        stream = random.choice([left for left in rest if left])
        count = random.randint(1, 400)
        shuffled += stream[:count]
        del stream[:count]
    results = []
    for order in (merged, shuffled):
        windows = Windows(plan("cam", "two"), T0)
        results.append([window for fact in order for window in windows.add(fact)] + windows.finish())
        assert windows.late == 0
    assert results[0] == results[1]
    counts = [value for window in results[0] for value in window.values if isinstance(value, Count)]
    total = sum((value.entries or 0) + (value.exits or 0) + (value.passers or 0) for value in counts)
    assert total == sum(isinstance(fact, Crossing) for fact in facts)


def test_facts_are_added_fast() -> None:
    """A million in 10 s leaves room on a small device; measured on a fifth of them."""
    windows = Windows(plan(), T0)
    facts: list[Fact] = []
    for i in range(50_000):
        at = T0 + i * 2.0
        facts += [Seen(at, "cam"), Present(at, "till", i % 7, i % 2), Crossing(at, "door", "+")]
        facts.append(Visit(at, "shelf", at - 9, False))
    began = time.process_time()
    ends = sum(len(windows.add(fact)) for fact in facts)
    assert time.process_time() - began < 2
    assert ends == (50_000 * 2 - 15) // 300
