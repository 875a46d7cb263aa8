"""Attack 11: whatever is wrong with a value, a clock or a plan, nothing leaves, it is counted, the device goes on."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from msgspec import structs
from msgspec.structs import replace

from edge.deliver.outbox import Outbox
from edge.measure.facts import Fact
from edge.measure.flows import DayFlows
from edge.measure.windows import Closed
from edge.messages import BadMessage, Live, Window, decode, stamp
from edge.pipeline import Pipeline
from edge.plan import Outbox as Limits
from edge.plan import Plan, PlanError, parse
from edge.privacy import Door
from edge.values import Count, Heat, Load, Quality, Stat
from tests.privacy.visitors import BOX, DAY, OPENS, crowd, facts, messages, plan, told

END = int(OPENS // 900 * 900)
LAST, DAY_S = int(DAY[1]), int(DAY[1] - DAY[0])


class Spied(Count, frozen=True, kw_only=True, tag="count"):
    """A count with a passenger."""

    mac: str = "c0:ff:ee:00:00:11"


class SpiedQuality(Quality, frozen=True, kw_only=True, tag="quality"):
    """A quality with a passenger."""

    owner: str = "Anna"


class SpiedStat(Stat, frozen=True, kw_only=True, tag="stat"):
    """Durations with a passenger."""

    track: int = 4711


class Open(Door):
    """A leak on purpose: a door that lets through whatever comes."""

    def release(self, closed: Closed) -> Any:
        return closed.values


def span(length: int, end: int = END) -> dict[str, Any]:
    return {"start": stamp(end - length), "observed_s": length, "withheld": None, "revision": 0}


def count(place: str = "door", kind: Any = Count, **other: Any) -> Count:
    return kind(place=place, **(span(300) | {"entries": 9, "exits": 9, "groups": None, "passers": None} | other))


def stat(place: str = "a", kind: Any = Stat, of: str = "dwell", length: int = 900, **other: Any) -> Stat:
    numbers = {"n": 9, "cut": 0, "sum_s": 9, "bins": (9, *[0] * 21)}
    return kind(place=place, of=of, **(span(length) | numbers | other))


def load(place: str = "a", **other: Any) -> Load:
    fields = {"mean": 9.0, "max": 9, "joined": None, "served": None, "abandoned": None, "tills_open": None}
    return Load(place=place, **(span(900) | fields | other))


def quality(kind: Any = Quality, **other: Any) -> Quality:
    fields = {"looked": 1.0, "model": "blobs", "tag_n": None, "camera_n": None, "matched": None}
    return kind(place="main", **(span(DAY_S, LAST) | fields | other))


def ways(place: str, to: str) -> DayFlows:
    return DayFlows(start=int(DAY[0]), observed_s=9, counts={(place, to): 99})


WRONG = {
    "a field more in a count": (END, (count(kind=Spied),)),
    "a field more in a quality": (LAST, (quality(kind=SpiedQuality),)),
    "a field more in a stat": (END, (stat(kind=SpiedStat),)),
    "a place that the plan has not": (END, (count("back-door"),)),
    "the staff's zone": (END, (stat("kitchen"),)),
    "the staff's load": (END, (load("kitchen"),)),
    "a stay of a kind that the place has not": (END, (stat(of="wait"),)),
    "a count of less than 5 minutes": (END, (count(**span(299)),)),
    "durations of less than 15 minutes": (END, (stat(length=300),)),
    "a revision": (END, (count(revision=1),)),
    "a text that is no name": (END, (count("AA:BB"),)),
    "a model that is no text": (LAST, (quality(model="x" * 65),)),
    "a number that is none": (END, (count(entries="many"),)),
    "ways between two cameras": (LAST, (ways("a", "quiet"),)),
    "ways to the staff": (LAST, (ways("a", "kitchen"),)),
    "heat that is told already": (LAST, (Heat(place="main", cells=((0, 0, 60),), cell_m=1.0, **span(DAY_S, LAST)),)),
    "no value": (END, ({"mac": "c0:ff:ee:00:00:11"},)),
}  # fmt: skip


def staffed() -> Plan:
    kitchen = {"id": "kitchen", "sensor": "main", "polygon": BOX, "role": "staff"}
    table = json.loads(json.dumps(structs.asdict(plan()), default=structs.asdict))
    return parse(table | {"zones": [*table["zones"], kitchen]})


def refuses(door: Callable[[Plan], Door], end: int, values: tuple[Any, ...]) -> bool:
    """Whether nothing of it leaves, it is counted, and what is right goes out after it."""
    out = door(staffed())
    silent = out.release(Closed(end, values)) is None and out.refused == 1
    following = replace(count(), start=stamp(end))
    return silent and out.release(Closed(end + 300, (following,))) == (following,)


@pytest.mark.parametrize("wrong", WRONG)
def test_what_is_wrong_stays_inside(wrong: str) -> None:
    assert refuses(Door, *WRONG[wrong])
    assert not refuses(Open, *WRONG[wrong]), "the attack sees a door that is open"


def test_one_window_speaks_of_a_place_once() -> None:
    door = Door(plan())
    assert door.release(Closed(END, (stat(), stat(), count(), count(entries=8)))) == (stat(), count())
    assert door.refused == 2


@pytest.mark.parametrize("kind", ["count", "load", "stat", "flow", "heat", "quality"])
def test_the_reader_refuses_a_field_more(kind: str) -> None:
    values = told("standard", facts(crowd(np.random.default_rng(1), 60)))
    for payload in messages("standard", values):
        message = json.loads(payload)
        for value in message["values"]:
            if value["kind"] == kind:
                assert isinstance(decode("w", payload), Window)
                value["visitor"] = 7
                with pytest.raises(BadMessage, match="format"):
                    decode("w", json.dumps(message).encode())
                return
    pytest.fail(f"no {kind} in a whole day")


def test_without_a_level_nothing_starts_and_nothing_is_read() -> None:
    with pytest.raises(PlanError, match="level: missing"):
        parse(
            {"site": "s", "device": "d", "timezone": "UTC", "sensors": [{"id": "c", "kind": "camera", "source": "x"}]}
        )
    message = json.loads(messages("standard", told("standard", facts([])))[0])
    del message["level"]
    with pytest.raises(BadMessage):
        decode("w", json.dumps(message).encode())


def live(at: float, level: Any = "standard", **now: Any) -> Live:
    fields = {"queue": None, "occupancy": None, "tills_open": None, "alert": "ok", "place": "a"}
    return Live(v=1, level=level, at=stamp(at), **(fields | now))


def test_now_is_shown_once_a_minute_and_a_queue_once_in_ten_seconds() -> None:
    """However often it is asked for: a finer row of head counts is a row of comings and goings."""
    door = Door(plan())
    shown = [door.live(live(END + i, occupancy=i % 7)) for i in range(600)]
    assert len([one for one in shown if one]) == 10
    assert {one.occupancy for one in shown if one} <= {0, 5}
    queue = [door.live(live(END + 700 + i, place="till", queue=i % 7)) for i in range(600)]
    assert len([one for one in queue if one]) == 60
    assert door.refused == 0


def test_now_of_a_strange_place_or_level_is_refused() -> None:
    door = Door(plan())
    assert door.live(live(END, place="kitchen")) is door.live(live(END, "strict")) is None
    assert door.live(live(END, occupancy=10_005)) is None
    assert door.refused == 3


def run(folder: Path, stated: list[Fact], shift_at: float, back_s: float) -> tuple[dict[int, Any], Pipeline]:
    """A day whose clock is set back once: the values that stand on disk of it, by window, and the pipeline."""
    box = Outbox(Limits(dir=str(folder)))
    try:
        pipeline = Pipeline(plan(), box, DAY[0], DAY[1], lambda: "ntp")
        for fact in stated:
            at = fact.at if fact.at < shift_at else fact.at - back_s
            pipeline.tick(at)
            moved = {name: getattr(fact, name) - back_s for name in ("since", "start") if getattr(fact, name, None)}
            pipeline.add(fact if fact.at < shift_at else replace(fact, at=at, **moved))
        pipeline.store(DAY[1])
        found = [decode("w", row.payload) for row in box.batch(None, 1000)]
    finally:
        box.close()
    windows = [(int(one.end.timestamp()), one.values) for one in found if isinstance(one, Window)]
    small = [one for one in windows if not isinstance(one[1][0], Heat)]
    assert len(small) == len(dict(small)), "each window once"
    return dict(small), pipeline


@pytest.mark.parametrize("back_s", [3600.0, 600.0])
def test_a_clock_that_goes_back_is_waited_for(tmp_path: Path, back_s: float) -> None:
    """None of the time that passes twice is told, and it goes on where the clock has caught up."""
    stated = facts(crowd(np.random.default_rng(2), 60, 6.0))
    shift_at = float(int(OPENS) // 300 * 300 + 2 * 3600 + 60)
    before, _ = run(tmp_path / "a", stated, float("inf"), 0.0)
    after, pipeline = run(tmp_path / "b", stated, shift_at, back_s)
    early = [end for end in before if end < shift_at - 300]
    assert [after[end] for end in early] == [before[end] for end in early]
    assert max(after) > shift_at + 3600, "it went on"
    assert pipeline.lost == back_s // 300
    assert pipeline.windows.late > 0


def test_a_clock_that_is_only_corrected_loses_nothing(tmp_path: Path) -> None:
    stated = facts(crowd(np.random.default_rng(2), 30, 2.0))
    _, pipeline = run(tmp_path, stated, OPENS + 3600.0, 1.5)
    assert (pipeline.lost, pipeline.door.refused) == (0, 0)
