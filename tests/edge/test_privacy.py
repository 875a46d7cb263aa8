from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from edge.measure.days import day_bounds
from edge.measure.dwell import Visit
from edge.measure.facts import Seen
from edge.measure.windows import Closed, Windows
from edge.messages import Live, Window, decode, encode, stamp
from edge.plan import Plan, parse
from edge.privacy import Door
from edge.values import AnyValue, Count, Flow, Heat, Load, Quality, Stat

T0 = 1_800_000_000 // 86_400 * 86_400 + 6 * 3600
BINS = (0,) * 22


def plan(level: str = "standard", timezone: str = "Europe/Berlin") -> Plan:
    return parse(
        {
            "site": "s",
            "device": "d",
            "timezone": timezone,
            "level": level,
            "sensors": [{"id": "cam", "kind": "camera", "source": "x"}],
            "lines": [{"id": "door", "sensor": "cam", "a": [0, 0], "b": [9, 0]}],
            "zones": [{"id": "shelf", "sensor": "cam", "polygon": [[0, 0], [9, 0], [9, 9]]}],
        }
    )


def start(end: int, length: int) -> dict[str, Any]:
    return {"start": stamp(end - length), "observed_s": length, "withheld": None, "revision": 0}


def stat(end: int, n: int | None, of: Any = "dwell", place: str = "shelf") -> Stat:
    bins = None if n is None else (0, n, *BINS[2:])
    sums = None if n is None else 7 * n
    return Stat(place=place, of=of, n=n, cut=n and n // 2, sum_s=sums, bins=bins, **start(end, 900))


def count(end: int, *, entries: int | None = None, exits: int | None = None, passers: int | None = None) -> Count:
    return Count(place="door", entries=entries, exits=exits, passers=passers, groups=None, **start(end, 300))


def load(end: int, **given: Any) -> Load:
    fields = {"mean": None, "max": None, "joined": None, "served": None, "abandoned": None, "tills_open": None}
    return Load(place="shelf", **(fields | given), **start(end, 900))


def live(at: float, level: Any = "standard", **given: Any) -> Live:
    fields = {"queue": None, "occupancy": None, "tills_open": None} | given
    return Live(v=1, level=level, at=stamp(at), place="shelf", alert="ok", **fields)


def released(door: Door, numbers: list[int | None], first: int = T0) -> list[Stat]:
    out: list[Stat] = []
    for i, n in enumerate(numbers):
        end = first + 900 * (i + 1)
        for value in door.release(Closed(end, (stat(end, n),))) or ():
            assert isinstance(value, Stat)
            out.append(msgspec.structs.replace(value, revision=end // 900 % 2))  # only to keep the end with it
            ends.append(end)
    return out


ends: list[int] = []


@pytest.fixture(autouse=True)
def _no_ends() -> None:
    ends.clear()


def test_few_durations_are_carried_until_there_are_five() -> None:
    door = Door(plan())
    out = released(door, [2, 0, None, 3, 6, 1])
    assert [(value.n, int(value.start.timestamp()) - T0, value.observed_s) for value in out] == [
        (5, 0, 3600),
        (6, 3600, 900),
    ]
    assert (out[0].sum_s, sum(out[0].bins or ())) == (35, 5)
    assert [end - T0 for end in ends] == [3600, 4500]
    assert door.refused == 0


def test_what_is_left_when_the_day_ends_is_withheld() -> None:
    day_start, day_end = day_bounds(T0, "Europe/Berlin", "04:00")
    quarters = int(day_end - day_start) // 900
    door = Door(plan())
    out = released(door, [5, *[0] * (quarters - 2), 3, 5], first=int(day_start))
    assert [(value.n, value.withheld) for value in out] == [(5, None), (None, "n<5"), (5, None)]
    assert int(out[1].start.timestamp()) == day_start + 900
    assert ends == [day_start + 900, day_end, day_end + 900]
    assert out[1].cut is out[1].sum_s is out[1].bins is None
    assert door.withheld == 3


def test_nothing_is_carried_over_days_that_were_skipped() -> None:
    door = Door(plan())
    assert released(door, [4]) == []
    later = released(door, [4, 1], first=T0 + 3 * 86_400)
    assert [(value.n, int(value.start.timestamp())) for value in later] == [(5, T0 + 3 * 86_400)]
    assert door.withheld == 4


def test_the_means_of_a_load_are_coarse() -> None:
    door = Door(plan())
    out = door.release(Closed(T0, (load(T0, mean=2.26, max=3, joined=1, served=0, abandoned=1, tills_open=0.74),)))
    assert out
    assert (out[0].mean, out[0].max, out[0].abandoned, out[0].tills_open) == (2.5, 3, 1, 0.5)  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("value", "told"),
    [
        (count(T0, entries=5, exits=7), True),
        (count(T0, entries=5, exits=4), False),
        (count(T0, entries=0, exits=9), False),
        (count(T0, passers=5), True),
        (count(T0, passers=1), False),
        (count(T0), True),
        (load(T0, mean=3.3, max=5), True),
        (load(T0, mean=3.3, max=4), False),
        (load(T0, mean=9.0, max=9, joined=5, served=5, abandoned=2, tills_open=1.0), True),
        (load(T0, mean=9.0, max=9, joined=4, served=9, abandoned=9, tills_open=1.0), False),
    ],
)
def test_strict_withholds_small_counts_and_loads_whole(value: Count | Load, told: bool) -> None:
    out = Door(plan("strict")).release(Closed(T0, (value,)))
    assert out
    assert (out[0].withheld is None) == told
    measured = {"entries", "exits", "passers", "mean", "max", "joined", "served", "abandoned", "tills_open"}
    fields = msgspec.structs.asdict(out[0])
    if not told:
        assert all(fields[name] is None for name in measured & set(fields))
    assert fields.get("served") is fields.get("abandoned") is None


def test_live_is_rounded_and_at_strict_the_alert_alone() -> None:
    rounded = [Door(plan()).live(live(T0, occupancy=n, queue=n)) for n in (0, 2, 3, 7, 8)]
    assert [(out.occupancy, out.queue) for out in rounded if out] == [(0, 0), (0, 2), (5, 3), (5, 7), (10, 8)]
    out = Door(plan("strict")).live(live(T0, "strict", occupancy=7, queue=7, tills_open=1))
    assert out
    assert (out.occupancy, out.queue, out.tills_open, out.alert) == (None, None, None, "ok")


def test_a_clock_that_goes_back_is_refused_and_counted() -> None:
    door = Door(plan())
    assert door.live(live(T0 + 1))
    assert door.live(live(T0 - 1)) is None, "no fault, but this minute was shown"
    assert door.refused == 0
    assert door.live(live(T0 - 2)) is None
    assert door.live(live(T0 + 60, "strict")) is None
    assert door.live(live(T0 + 60))
    assert door.release(Closed(T0 + 300, (count(T0 + 300, entries=1),)))
    assert door.release(Closed(T0 + 300, (count(T0 + 300, entries=1),))) is None, "once only"
    assert door.release(Closed(T0, (count(T0, entries=1),))) is None
    assert door.refused == 4


def test_nothing_that_a_former_process_published_is_said_again() -> None:
    door = Door(plan(), after=T0)
    assert door.release(Closed(T0, (count(T0, entries=1),))) is None
    assert door.release(Closed(T0 + 300, (count(T0 + 300, entries=1),)))


@pytest.mark.parametrize(
    "value",
    [
        msgspec.structs.replace(count(T0, entries=9), start=stamp(T0 - 299)),
        msgspec.structs.replace(count(T0, entries=9), start=stamp(T0 - 600)),
        msgspec.structs.replace(stat(T0, 9), start=stamp(T0 - 300)),
        msgspec.structs.replace(stat(T0, 9), bins=(9,)),
        msgspec.structs.replace(stat(T0, 9), revision=1),
        Flow(place="shelf", to="till", n=10, **start(T0, 900)),
        Heat(place="cam", cells=((0, 0, 60),), cell_m=1.0, **start(T0, 900)),
        Quality(place="cam", looked=1.0, model="m", tag_n=1, camera_n=1, matched=1, **start(T0, 900)),
        "no value at all",
        None,
    ],
)
def test_what_has_no_rule_is_refused_and_the_rest_goes_on(value: Any) -> None:
    door = Door(plan())
    good = count(T0, entries=1, exits=0)
    assert door.release(Closed(T0, (value, good))) == (good,)
    assert door.refused == 1
    assert Door(plan()).release(Closed(T0, (value,))) is None


numbers = st.lists(st.one_of(st.none(), st.integers(0, 12)), min_size=1, max_size=200)


@settings(max_examples=200, deadline=None)
@given(numbers, st.sampled_from(["UTC", "Asia/Kathmandu", "America/New_York"]), st.integers(0, 300))
def test_no_small_number_leaves_and_windows_never_overlap(given_n: list[int | None], zone: str, offset: int) -> None:
    ends.clear()
    first = T0 + offset * 86_400  # over the changes of the clocks too
    door = Door(plan(timezone=zone))
    out = released(door, given_n, first)
    told = 0
    before = first
    for value, end in zip(out, ends, strict=True):
        began = int(value.start.timestamp())
        assert began % 900 == end % 900 == 0
        assert began == before
        before = end
        assert value.observed_s <= end - began
        assert end <= day_bounds(began, zone, "04:00")[1]
        if value.n is None:
            assert value.withheld == "n<5"
        else:
            assert value.n >= 5
            assert sum(value.bins or ()) == value.n
            told += value.n
    held = sum(carried.n for carried in door._carried.values())
    assert told + door.withheld + held == sum(n or 0 for n in given_n)
    assert held < 5


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 86_000), st.integers(0, 3000)), max_size=60))
def test_a_day_of_visits_makes_messages_of_the_contract(visits: list[tuple[int, int]]) -> None:
    """From facts to bytes: everything that leaves decodes, and no stay of fewer than five is in it."""
    windows, door = Windows(plan(), T0), Door(plan())
    facts: list[Any] = [Visit(T0 + at, "shelf", T0 + at - long, False) for at, long in visits]
    facts += [Seen(T0 + at, "cam", since=T0 + at - 60) for at in range(60, 90_000, 60)]
    facts.sort(key=lambda fact: fact.at)
    closed = [window for fact in facts for window in windows.add(fact)] + windows.finish()
    sent = 0
    for seq, window in enumerate(closed, start=1):
        if values := door.release(window):
            payload = encode(message(seq, window.end, values))
            again = decode("w", payload)
            assert isinstance(again, Window)
            sent += sum(value.n or 0 for value in again.values if isinstance(value, Stat))
    assert sent + door.withheld + sum(carried.n for carried in door._carried.values()) == len(visits)
    assert door.refused == windows.late == 0


def message(seq: int, end: int, values: tuple[AnyValue, ...]) -> Window:
    return Window(
        v=1,
        site="s",
        device="d",
        epoch="0" * 8,
        seq=seq,
        level="standard",
        plan="0" * 12,
        end=stamp(end),
        clock="ntp",
        values=values,
    )


def test_tags_are_told_as_totals_from_thirty_on() -> None:
    door, told = Door(plan()), []
    first = int(day_bounds(T0, "Europe/Berlin", "04:00")[0])
    for i, tags in enumerate([12, None, 17, 1, 40]):
        began = first + 86_400 * i
        numbers = {"tag_n": tags, "camera_n": tags and 9 * tags, "matched": tags and tags - 1}
        day = {"start": stamp(began), "observed_s": 86_400, "withheld": None, "revision": 0}
        quality = Quality(place="cam", looked=0.987, model="blobs", **numbers, **day)
        out = door.release(Closed(began + 86_400, (quality,)))
        assert out
        told.append((out[0].tag_n, out[0].camera_n, out[0].matched))  # type: ignore[union-attr]
    nothing = (None, None, None)
    assert told == [nothing, nothing, nothing, (30, 270, 27), (40, 360, 39)]
    assert door.refused == 0
