"""What leaves at level dp, and when: hours and days, always, and nothing exact beside the noise."""

import threading
import time
from pathlib import Path
from statistics import fmean, pstdev
from typing import Any

import msgspec
import pytest

from edge.agent import Agent, FactsError, backfill
from edge.budget import Charge
from edge.check import _budget, _level
from edge.deliver.ledger import Ledger
from edge.deliver.outbox import Outbox
from edge.measure.daily import DayHeat
from edge.measure.facts import Seen
from edge.measure.flows import DayFlows
from edge.measure.footfall import Crossing
from edge.messages import BadMessage, Live, Window, decode, encode, stamp
from edge.noise import Below
from edge.pipeline import Pipeline
from edge.plan import Plan, PlanError, digest
from edge.privacy import Door
from edge.sensing import places_of
from edge.values import AnyValue, Count, Heat, Load, Quality, Stat
from tests.privacy.noisy import BINS, DAY_S, HOUR_S, T0, Purse, closed, count, plan, stat

SHOP = plan(("door", "street"), ("shelf", "fruit"))
FIVE, QUARTER = 300, 900


def a_day(
    shop: Plan, door: Door, *, first: int = T0, last: int = T0 + DAY_S, looked: int = 1
) -> dict[int, list[AnyValue]]:
    """Everything that is told of a day on which nobody came."""
    told: dict[int, list[AnyValue]] = {}
    for end in range(first + FIVE, last + 1, FIVE):
        values: list[Any] = [count(end, place=line.id, observed_s=FIVE * looked) for line in shop.lines]
        if end % QUARTER == 0:
            values += [stat(end, place=zone.id, observed_s=QUARTER * looked) for zone in shop.zones]
        if out := door.release(closed(end, *values)):
            told[end] = list(out)
    return told


def message(values: list[AnyValue], end: int, **given: Any) -> Window:
    fields = {"v": 1, "site": "s", "device": "d", "epoch": "00000000", "seq": 1, "level": "dp", "clock": "ntp"}
    return Window(**(fields | {"plan": digest(SHOP), "end": stamp(end), "values": tuple(values)} | given))


def test_every_hour_and_every_day_is_told_also_where_nobody_came() -> None:
    purse = Purse(SHOP, 1)
    told = a_day(SHOP, Door(SHOP, purse=purse))
    assert list(told) == list(range(T0 + HOUR_S, T0 + DAY_S + 1, HOUR_S))
    for end, values in told.items():
        assert [(type(value), value.place) for value in values[:2]] == [(Count, "door"), (Count, "street")]
        assert {value.start for value in values[:2]} == {stamp(end - HOUR_S)}
        assert {value.observed_s for value in values[:2]} == {HOUR_S}
        assert decode("w", encode(message(values, end))) == message(values, end)
    last = told[T0 + DAY_S][2:]
    assert [(type(value), value.place, value.start, value.observed_s) for value in last] == [
        (Stat, "shelf", stamp(T0), DAY_S),
        (Stat, "fruit", stamp(T0), DAY_S),
    ]
    assert len(purse.charges) == 24 * 3 + 1


def test_a_day_costs_its_epsilon_and_what_the_plan_has_not_is_not_paid_for() -> None:
    purse = Purse(SHOP, 1)
    a_day(SHOP, Door(SHOP, purse=purse))
    assert sum({charge.share: charge.epsilon for charge in purse.charges}.values()) == SHOP.dp.exact == 2
    only = plan()
    purse = Purse(only, 1)
    a_day(only, Door(only, purse=purse))
    assert {charge.share for charge in purse.charges} == {"entries", "exits"}


def test_the_noise_is_around_the_true_number_and_as_wide_as_it_says() -> None:
    only, found = plan(), list[tuple[int, int]]()
    door = Door(only, purse=Purse(only, 7))
    for i in range(1, 3001):
        end = T0 + i * HOUR_S
        door.release(closed(end - FIVE, count(end - FIVE, 5, 30)))
        (value,) = door.release(closed(end, count(end, 7))) or ()
        assert isinstance(value, Count)
        assert value.entries is not None
        assert value.exits is not None
        found.append((value.entries, value.exits))
    assert fmean(entries for entries, _ in found) == pytest.approx(12, abs=0.2)
    assert fmean(exits for _, exits in found) == pytest.approx(30, abs=0.2)
    assert pstdev(entries for entries, _ in found) == pytest.approx(2.77, abs=0.15)  # scale 2: epsilon 0.5
    assert min(entries for entries, _ in found) < 0


def test_n_is_the_sum_of_the_noisy_bins_and_nothing_exact_stands_beside() -> None:
    door = Door(SHOP, purse=Purse(SHOP, 3))
    door.release(closed(T0 + QUARTER, stat(T0 + QUARTER, 0, 0, 40)))
    told = a_day(SHOP, door, first=T0 + QUARTER)[T0 + DAY_S]
    (value,) = [one for one in told if isinstance(one, Stat) and one.place == "shelf"]
    assert value.bins is not None
    assert value.n == sum(value.bins)
    assert value.cut is value.sum_s is None
    assert value.bins[2] == pytest.approx(40, abs=60)
    assert len(set(value.bins)) > 5


def test_more_cameras_mean_more_noise_because_they_do_not_know_each_others_visits() -> None:
    sensors = [{"id": name, "kind": "camera", "source": "x"} for name in ("cam", "two")]
    where = {"door": "cam", "back": "two"}
    drawn = [{"id": name, "sensor": sensor, "a": [0, 0], "b": [0, 9]} for name, sensor in where.items()]
    wide = plan(sensors=sensors, lines=drawn)
    door, found = Door(wide, purse=Purse(wide, 7)), list[int]()
    for i in range(1, 2001):
        end = T0 + i * HOUR_S
        values = door.release(closed(end, count(end, place="door"), count(end, place="back"))) or ()
        found += [value.entries for value in values if isinstance(value, Count) and value.entries is not None]
    assert pstdev(found) == pytest.approx(5.6, abs=0.3)  # scale 4


def test_a_blind_hour_is_null_and_costs_nothing() -> None:
    purse = Purse(SHOP, 1)
    told = a_day(SHOP, Door(SHOP, purse=purse), looked=0)
    assert len(told) == 24
    assert {value.withheld for values in told.values() for value in values} == {None}
    assert all(value.entries is value.exits is value.passers is None for value in told[T0 + HOUR_S])  # type: ignore[union-attr]
    assert purse.charges == []


def test_without_a_purse_everything_is_withheld_and_said_so() -> None:
    told = a_day(SHOP, Door(SHOP))
    values = [value for values in told.values() for value in values]
    assert {value.withheld for value in values} == {"budget"}
    assert decode("w", encode(message(told[T0 + DAY_S], T0 + DAY_S)))


def test_a_start_in_the_middle_of_an_hour_tells_the_rest_of_it_with_its_coverage() -> None:
    door = Door(SHOP, after=T0 + 9 * HOUR_S, purse=Purse(SHOP, 1))
    told = a_day(SHOP, door, first=T0 + 9 * HOUR_S + 1800)
    first = told[T0 + 10 * HOUR_S][0]
    assert (first.start, first.observed_s) == (stamp(T0 + 9 * HOUR_S), 1800)
    (stay, _) = told[T0 + DAY_S][2:]
    assert (stay.start, stay.observed_s) == (stamp(T0 + 9 * HOUR_S + 1800), 14 * HOUR_S + 1800)


@pytest.mark.parametrize(
    ("timezone", "hours"), [("Europe/Berlin", 23), ("Asia/Kolkata", 24), ("Australia/Lord_Howe", 24)]
)
def test_hours_lie_within_the_local_day(timezone: str, hours: int) -> None:
    """29 March 2026: 23 hours in Berlin; at Lord Howe the day of 5 April 2026 has 24 and a half."""
    shop = plan(timezone=timezone, day_starts="04:15")
    first = {"Europe/Berlin": 1774667700, "Asia/Kolkata": 1774651500, "Australia/Lord_Howe": 1775236500}[timezone]
    told = a_day(shop, Door(shop, purse=Purse(shop, 1)), first=first, last=first + 25 * HOUR_S)
    spans = [(value.start, end) for end, (value,) in told.items()]
    lengths = [end - int(start.timestamp()) for start, end in spans]
    assert lengths[:hours] == [HOUR_S] * hours
    if timezone == "Australia/Lord_Howe":
        assert lengths[24] == 1800
    for end, values in told.items():
        assert decode("w", encode(message(list(values), end)))


def test_what_is_not_of_this_level_does_not_leave() -> None:
    door, end = Door(SHOP, purse=Purse(SHOP, 1)), T0 + DAY_S
    load = Load(
        place="shelf", start=stamp(end - QUARTER), observed_s=QUARTER, withheld=None, revision=0, mean=3.0, max=9,
        joined=None, served=None, abandoned=None, tills_open=None,
    )  # fmt: skip
    heat = DayHeat(place="cam", start=T0, observed_s=DAY_S, cell_m=1.0, blocks={(1, 0, 0): (50, 9000.0)})
    flows = DayFlows(start=T0, observed_s=DAY_S, counts={("shelf", "fruit"): 80, ("fruit", "shelf"): 90})
    quality = Quality(
        place="cam", start=stamp(T0), observed_s=DAY_S - 17, withheld=None, revision=0, looked=0.937, model="blobs",
        tag_n=3, camera_n=4, matched=1,
    )  # fmt: skip
    out = door.release(closed(end, load, heat, flows, quality)) or ()
    assert {type(value) for value in out} == {Count, Stat, Quality}
    (told,) = [value for value in out if isinstance(value, Quality)]
    assert (told.looked, told.observed_s, told.tag_n) == (0.9, DAY_S, None)
    live = Live(v=1, level="dp", at=stamp(end), place="shelf", queue=1, occupancy=5, tills_open=None, alert="ok")
    assert door.live(live) is None
    assert door.refused == 0


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"groups": 5}, "level: values[0]"),
        ({"start": stamp(T0 + HOUR_S - FIVE)}, "length: values[0]"),
        ({"start": stamp(T0 - QUARTER)}, "length: values[0]"),
        ({"start": stamp(T0 + FIVE)}, "alignment: values[0]"),
        ({"withheld": "budget"}, "withheld: values[0]"),
    ],
)
def test_readers_refuse_a_count_of_this_level_that_says_too_much(change: dict[str, Any], reason: str) -> None:
    value = (Door(SHOP, purse=Purse(SHOP, 1)).release(closed(T0 + HOUR_S, count(T0 + HOUR_S, 3))) or ())[0]
    with pytest.raises(BadMessage) as caught:
        decode("w", encode(message([msgspec.structs.replace(value, **change)], T0 + HOUR_S)))
    assert caught.value.reason == reason


@pytest.mark.parametrize("change", [{"cut": 1}, {"sum_s": 100}, {"n": 10_000}, {"n": None}])
def test_readers_refuse_durations_of_this_level_with_something_exact(change: dict[str, Any]) -> None:
    value = (Door(SHOP, purse=Purse(SHOP, 1)).release(closed(T0 + DAY_S, stat(T0 + DAY_S, 3))) or ())[2]
    assert decode("w", encode(message([value], T0 + DAY_S)))
    with pytest.raises(BadMessage):
        decode("w", encode(message([msgspec.structs.replace(value, **change)], T0 + DAY_S)))


def test_readers_refuse_kinds_that_this_level_does_not_have() -> None:
    heat = Heat(
        place="cam", start=stamp(T0), observed_s=0, withheld=None, revision=0, cells=((0, 0, 60),), cell_m=1.0
    )  # fmt: skip
    with pytest.raises(BadMessage, match=r"level: values\[0\]"):
        decode("w", encode(message([heat], T0 + DAY_S)))
    live = Live(v=1, level="dp", at=stamp(T0), place="shelf", queue=None, occupancy=None, tills_open=None, alert="ok")
    with pytest.raises(BadMessage, match="level: live"):
        decode("live", encode(live))


def test_a_repeat_is_the_same_bytes_and_a_kill_after_the_ledger_is_silence(tmp_path: Path) -> None:
    shop = plan(outbox={"dir": str(tmp_path)})
    now = time.time()
    start = now // DAY_S * DAY_S - 10 * DAY_S  # so that no window lies in the future

    def lived(store: bool) -> list[bytes]:
        outbox = Outbox(shop.outbox)
        try:
            pipeline = Pipeline(shop, outbox, start, start, lambda: "ntp")
            pipeline.add(Crossing(start + 100, "door", "+"))
            for minute in range(130):
                pipeline.add(Seen(start + 60 * minute, "cam", since=start + max(0, 60 * minute - 60)))
            if store:
                pipeline.store(start)
            return [row.payload for row in outbox.batch(None, 100)]
        finally:
            outbox.close()

    assert lived(store=False) == []  # killed: two hours are paid for and nothing of them was stored
    again = lived(store=True)  # the same two hours once more: their budget is spent
    assert len(again) == 2
    assert all(b'"withheld":"budget"' in payload for payload in again)
    assert lived(store=False) == again  # what was stored stays as it is, and is not said a second time


def test_exact_sums_are_not_kept_on_disk_over_a_stop(tmp_path: Path) -> None:
    shop = plan(outbox={"dir": str(tmp_path)})
    outbox = Outbox(shop.outbox)
    try:
        pipeline = Pipeline(shop, outbox, T0, T0, lambda: "ntp")
        pipeline.add(Crossing(T0 + 1, "door", "+"))
        pipeline.stop(T0 + 5)
        assert outbox.load("windows") is None
    finally:
        outbox.close()


def test_recorded_facts_are_not_taken_because_nobody_can_bound_a_visit_in_them() -> None:
    with pytest.raises(FactsError, match=r"^level: "):
        backfill(SHOP, iter([b"{}"]))


def test_the_level_is_accepted_and_beacons_are_not() -> None:
    assert _level(SHOP).ok
    with pytest.raises(PlanError, match=r"sensors\[0\].kind: no beacons at level dp"):
        plan((), sensors=[{"id": "cam", "kind": "scanner"}], radio={"scanners": "x"})


def test_the_budget_is_part_of_what_is_measured_at_this_level_only() -> None:
    assert digest(plan(dp={"epsilon": 1.0})) != digest(plan())
    assert digest(plan(dp={"epsilon": 1.0}, level="strict")) == digest(plan(level="strict"))
    assert BINS == (0,) * 22


def test_a_check_says_what_a_visit_may_cost_and_whether_the_next_hour_can_be_paid(tmp_path: Path) -> None:
    shop, now = plan(outbox={"dir": str(tmp_path)}), float(T0 + 5 * HOUR_S)
    assert _level(shop).note.startswith("dp: epsilon 2 a visit and day, a quarter each for entries")
    assert _budget(plan(level="standard"), now) == []
    assert [(one.ok, one.note) for one in _budget(shop, now)] == [(True, "a ledger will be begun")]
    ledger = Ledger(str(tmp_path), shop.dp.exact, now, (T0, T0 + DAY_S), known=0, published=0)
    Door(shop, purse=ledger).release(closed(int(now), count(int(now))))
    assert [(one.ok, one.note) for one in _budget(shop, now)] == [(True, "the ledger has 2 lines")]
    assert [(one.ok, one.note) for one in _budget(shop, now - 1800)] == [(False, "spent for 0.5 h to come")]
    (tmp_path / "ledger").write_bytes(b"x\n" + (tmp_path / "ledger").read_bytes())
    assert [(one.ok, one.note) for one in _budget(shop, now)] == [(False, "the ledger is damaged")]


def test_a_status_counts_nothing_that_depends_on_who_came(tmp_path: Path) -> None:
    def counters(level: str) -> set[str]:
        shop = plan(level=level, outbox={"dir": str(tmp_path / level)})
        outbox = Outbox(shop.outbox)
        try:
            return set(Agent(shop, outbox, threading.Event())._status().counters)
        finally:
            outbox.close()

    exact = {"late", "unknown", "waits-apart", "frames-looked", "frames-due"}
    assert counters("standard") - counters("dp") == exact


def test_whatever_goes_wrong_while_noise_is_drawn_stays_inside() -> None:
    class Broken(Purse):
        def charge(self, charge: Charge) -> Below | None:
            raise OSError("gone")

    door = Door(SHOP, purse=Broken(SHOP, 1))
    assert door.release(closed(T0 + HOUR_S, count(T0 + HOUR_S))) is None
    assert door.refused == 1


@pytest.mark.parametrize("lines", [None, 1], ids=["removed", "an older copy"])
def test_a_lost_ledger_ends_the_day_of_a_device_that_knows_it_ran(tmp_path: Path, lines: int | None) -> None:
    shop = plan(outbox={"dir": str(tmp_path)})
    start = T0 + 10 * HOUR_S

    def hours(first: float, n: int) -> list[str | None]:
        outbox = Outbox(shop.outbox)
        try:
            pipeline = Pipeline(shop, outbox, first, first, lambda: "ntp")
            pipeline.add(Seen(first + n * HOUR_S + 20, "cam", since=first))
            pipeline.store(first)
            windows = [decode("w", row.payload) for row in outbox.batch(None, 100)]
        finally:
            outbox.close()
        return [value.withheld for one in windows if isinstance(one, Window) for value in one.values]

    assert hours(start, 2) == [None, None]
    ledger = tmp_path / "ledger"
    older = b"".join(ledger.read_bytes().splitlines(keepends=True)[:lines])
    ledger.unlink()
    if lines:
        ledger.write_bytes(older)
    assert hours(start + 2 * HOUR_S, 2) == [None, None, "budget", "budget"]


def test_a_camera_at_this_level_has_its_visits_bounded() -> None:
    shop = plan()
    assert places_of(shop, shop.sensors[0], None)._clamp is not None
    plain = plan(level="standard")
    assert places_of(plain, plain.sensors[0], None)._clamp is None
