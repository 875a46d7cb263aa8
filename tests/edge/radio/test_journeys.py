"""Whole visits, who came in, ways between zones, trolleys at rest, badges: from guesses of an estimator."""

from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from edge.measure.dwell import Present, Visit
from edge.measure.facts import Fact
from edge.measure.flows import Step
from edge.measure.heard import Badges, Came, Stood
from edge.plan import parse
from edge.radio.adverts import Sighting
from edge.radio.averages import APART_S, Averages
from edge.radio.badges import UNKNOWN_S
from edge.radio.position import Guess
from edge.radio.still import MINUTES, Still
from edge.radio.tally import Tally
from edge.radio.visitors import Visitors

CALM = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow], max_examples=40)
BOX = [[0, 0], [9, 0], [9, 9], [0, 9]]
ROLES = ("trolley", "staff", "loyalty")


def plan(**radio: Any):
    zones = [{"id": name, "sensor": "tags", "polygon": BOX} for name in ("a", "b", "park", "tags")]
    sensors = [{"id": "tags", "kind": "gateway"}, {"id": "cam", "kind": "camera", "source": "x"}]
    zones.append({"id": "shelf", "sensor": "cam", "polygon": BOX})
    table = {"site": "s", "device": "d", "timezone": "UTC", "level": "standard", "sensors": sensors, "zones": zones}
    return parse(table | {"radio": {"scanners": "scanners.csv", "park": ["park"], **radio}})


def run(path: dict[int, str | None], tag: int = 0, still: dict[int, float] | None = None, end: int = 0) -> list[Fact]:
    """The facts of one tag whose zone is given by the second, else out of hearing (guessed for 30 s more)."""
    visitors, facts, heard = Visitors(plan(subtract={"shelf": ["a"]}), "tags", ROLES), list[Fact](), -1000
    zone: str | None = None
    for t in range(-100, max(end, max(path) + 200)):
        if t in path:
            heard, zone = t, path[t]
        guesses = [Guess(tag, t, zone, 0.9, heard)] if t - heard <= 30 else []
        rest = {tag: still[t]} if still and t in still else {}
        facts += visitors.step(float(t), guesses, rest)
    return facts + visitors.close(float(max(end, max(path) + 200)))


def stretch(**spans: tuple[int, int]) -> dict[int, str | None]:
    return {t: zone.strip("_") or None for zone, (start, end) in spans.items() for t in range(start, end)}


def of(kind: type, facts: list[Fact]) -> list[Any]:
    return [fact for fact in facts if isinstance(fact, kind)]


def whole(facts: list[Fact]) -> list[tuple[float, bool, bool]]:
    return [(v.at - v.start, v.cut, v.again) for v in of(Visit, facts) if v.zone == "tags"]


def test_a_visit_from_coming_in_to_going_out_of_hearing() -> None:
    facts = run(stretch(a=(0, 60), b=(60, 200)))
    assert of(Came, facts) == [Came(0.0, "tags")]
    assert whole(facts) == [(199.0, False, False)]
    there = {p.at: p.people for p in of(Present, facts) if p.place == "tags"}
    assert (there[-5.0], there[100.0], there[350.0]) == (0, 1, 0)


def test_a_gap_of_two_minutes_is_the_same_visit_and_a_longer_one_is_none() -> None:
    assert [v[0] for v in whole(run(stretch(a=(0, 60)) | stretch(b=(170, 200))))] == [199.0]
    parted = run(stretch(a=(0, 60)) | stretch(b=(185, 215)))
    assert [v[0] for v in whole(parted)] == [59.0, 29.0]
    assert len(of(Came, parted)) == 2


def test_who_passes_outside_never_came() -> None:
    assert not of(Came, run(stretch(_=(0, 100))))
    assert not of(Came, run(stretch(a=(0, 4)) | stretch(_=(4, 100))))


def test_who_is_there_as_we_begin_did_not_come_and_is_cut() -> None:
    facts = run(dict.fromkeys(range(-95, 50), "a"))
    assert not of(Came, facts)
    assert [v[1] for v in whole(facts)] == [True]


def test_the_park_ends_a_journey_and_begins_the_next() -> None:
    path = stretch(park=(0, 30), a=(30, 90), b=(90, 150))
    facts = run(path | dict.fromkeys(range(150, 200), "park") | dict.fromkeys(range(200, 240), "a"))
    assert [v[0] for v in whole(facts)] == [119.0, 39.0]
    assert of(Came, facts) == [Came(30.0, "tags", False), Came(200.0, "tags", False)]
    assert not [v for v in of(Visit, facts) if v.zone == "park"]
    assert [(s.place, s.to) for s in of(Step, facts)] == [("a", "b")], "nobody went on from b through the park"
    assert [v.again for v in of(Visit, facts) if v.zone == "a"] == [False, False]


def test_past_the_park_is_no_end() -> None:
    facts = run(stretch(a=(0, 60), park=(60, 65), b=(65, 120)))
    assert [v[0] for v in whole(facts)] == [119.0]


def test_a_loyalty_tag_in_the_park_is_a_person() -> None:
    assert [v[0] for v in whole(run(stretch(a=(0, 60), park=(60, 100), b=(100, 150)), tag=2))] == [149.0]


def test_rest_ends_a_journey_where_it_began_and_the_next_may_be_the_same_person() -> None:
    path = stretch(a=(0, 60), b=(60, 2000))
    still = dict.fromkeys(range(700, 1500), 100.0)
    facts = run(path, still=still)
    assert whole(facts) == [(100.0, True, False), (499.0, False, True)]
    stays = [(v.zone, v.at - v.start) for v in of(Visit, facts) if v.zone != "tags"]
    assert stays[:2] == [("a", 60.0), ("b", 40.0)]
    there = {p.at: p.people for p in of(Present, facts) if p.place == "b"}
    assert (there[90.0], there[1000.0]) == (1, 0)
    assert len(of(Came, facts)) == 1


def test_after_a_rest_a_way_counts_no_second_time() -> None:
    path = stretch(a=(0, 60), b=(60, 800)) | dict.fromkeys(range(800, 860), "a") | dict.fromkeys(range(860, 920), "b")
    still = dict.fromkeys(range(700, 800), 100.0)
    assert [(s.place, s.to) for s in of(Step, run(path, still=still))] == [("a", "b")]


def test_badges_are_counted_and_are_no_visitors() -> None:
    facts = run(stretch(a=(0, 60)), tag=1, end=1300)
    assert not of(Visit, facts)
    assert not of(Came, facts)
    assert all(p.people == 0 for p in of(Present, facts))
    there = {b.at: b.people for b in of(Badges, facts)}
    assert {b.zone for b in of(Badges, facts)} == {"a"}
    assert (there[-1.0], there[30.0], there[59.0 + UNKNOWN_S], there[60.0 + UNKNOWN_S]) == (0, 1, 1, 0)
    (stood,) = of(Stood, facts)
    assert stood.at - stood.start == pytest.approx(59, abs=1)


@CALM
@given(st.lists(st.sampled_from(["a", "b", "park", None, "gone", "still"]), min_size=1, max_size=40))
def test_visits_are_disjoint_and_no_fact_is_late(parts: list[str | None]) -> None:
    path = {20 * i + t: zone for i, zone in enumerate(parts) for t in range(20) if zone not in ("gone", "still")}
    path |= {20 * i + t: "a" for i, zone in enumerate(parts) for t in range(20) if zone == "still"}
    still = {20 * i + t: 20.0 * i for i, zone in enumerate(parts) for t in range(20) if zone == "still"}
    visitors, heard, zone = Visitors(plan(), "tags", ROLES), -1000, None
    spans = []
    for t in range(-100, 20 * len(parts) + 200):
        if t in path:
            heard, zone = t, path[t]
        guesses = [Guess(0, t, zone, 0.9, heard)] if t - heard <= 30 else []
        for fact in visitors.step(float(t), guesses, {0: still[t]} if t in still else {}):
            if not isinstance(fact, Step):
                assert t + 3 - fact.at <= 15.0
            if isinstance(fact, Visit) and fact.zone == "tags":
                spans.append(fact.at - fact.start)
    assert sum(spans) <= 20 * len(parts)


def test_a_step_is_never_made_by_a_badge() -> None:
    assert not of(Step, run(stretch(a=(0, 60), b=(60, 120)) | dict.fromkeys(range(120, 180), "a"), tag=1))


def strengths(move: bool, minutes: int = 14, noise: float = 3.5, lost: float = 0.15, seed: int = 1) -> list[bool]:
    """Whether a trolley counts as still, by the second; heard by three scanners once a second."""
    rng, still, found = np.random.default_rng(seed), Still(("p", "q", "r"), ("trolley",)), []
    level = np.array([-60.0, -70.0, -75.0])
    for t in range(60 * minutes):
        if move and t % 20 == 0:
            level = np.array([-65.0, -68.0, -72.0]) + rng.normal(0, 6.0, 3)
        for name, mean in zip("pqr", level, strict=True):
            if rng.random() > lost:
                still.hear(Sighting(float(t), name, 0, mean + rng.normal(0, noise), False))
        found.append(0 in still.step(float(t)))
    return found


def test_a_trolley_at_rest_is_still_after_ten_minutes_and_one_in_use_never() -> None:
    rest = strengths(move=False)
    assert not any(rest[: 60 * MINUTES])
    assert all(rest[60 * MINUTES + 60 :])
    assert not any(any(strengths(move=True, minutes=40, seed=seed)) for seed in range(5))


@pytest.mark.parametrize("moved_db", [9.0, 5.0])
def test_a_trolley_that_moves_again_is_no_longer_still(moved_db: float) -> None:
    rng, still = np.random.default_rng(3), Still(("p", "q"), ("trolley", "loyalty"))
    for t in range(60 * 20):
        far = moved_db if t >= 60 * 15 else 0.0
        for tag in (0, 1):
            still.hear(Sighting(float(t), "p", tag, -60.0 - far + rng.normal(0, 3), False))
            still.hear(Sighting(float(t), "q", tag, -70.0 + far + rng.normal(0, 3), False))
        found = still.step(float(t))
        assert 1 not in found, "a person with a loyalty tag may sit down"
        if t == 60 * 15:
            assert found[0] <= 60.0
        if 60 * 16 < t < 60 * 17:
            assert 0 not in found


def test_whoever_is_out_of_hearing_is_forgotten() -> None:
    still = Still(("p",), ("trolley",))
    for t in range(60 * 9):
        still.hear(Sighting(float(t), "p", 0, -60.0, False))
        still.step(float(t))
    for t in range(60 * 9, 60 * 12):
        assert not still.step(float(t))
    assert np.isnan(still._means).all()


def test_averages_count_once_in_three_seconds_and_readings_always() -> None:
    averages = Averages(("p", "q"), 2)
    smooth = [averages.counts(Sighting(float(t), "p", 0, -60.0, True)) for t in range(7)]
    assert smooth == [True, False, False, True, False, False, True]
    assert averages.counts(Sighting(6.5, "q", 0, -60.0, True))
    assert averages.counts(Sighting(6.5, "p", 1, -60.0, True))
    assert all(averages.counts(Sighting(6.6, "p", 0, -60.0, False)) for _ in range(3))
    assert averages.scanners == {0, 1}
    averages.forget(10.0)
    assert not np.isfinite(averages._last).any()
    # after a jump of the clock an earlier time is new
    assert averages.counts(Sighting(1.0, "p", 0, -60.0, True))
    assert APART_S == 3.0


def test_troubles_are_told_once_an_hour_in_numbers() -> None:
    tally = Tally()
    assert tally.text(0.0) is None
    for _ in range(3):
        tally.add("malformed")
    assert tally.text(10.0) == "3 were malformed"
    tally.add("strength")
    assert tally.text(20.0) is None
    tally.add("jump")
    assert tally.text(3700.0) == "1 had an impossible strength, 1 came after the clock jumped"
    assert sum(tally.total.values()) == 5
