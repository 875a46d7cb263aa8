"""Drivers in worlds whose truth is known: found, not invented, not told apart, not enough."""

from dataclasses import dataclass
from typing import Any

import msgspec
import numpy as np
import pytest

from hub.insight.drivers import Answers, Condition, Drivers, Effect, drivers
from simulators.voices import Voices, World, voices


def asked(found: Voices, **more: Any) -> Drivers:
    score = np.where(found.recommend >= 9, 100.0, np.where(found.recommend <= 6, -100.0, 0.0))
    conditions = [Condition(name, "", values) for name, values in (found.conditions | more).items()]
    return drivers(Answers(score, found.store, found.day, found.hour), conditions)


def by_name(found: Drivers) -> dict[str, Effect]:
    return {effect.name: effect for effect in found.effects}


@dataclass
class Tally:
    found: int = 0
    held: int = 0
    others: int = 0


def tally(world: World, sets: int) -> Tally:
    out = Tally()
    for seed in range(sets):
        effects = by_name(asked(voices(world, 5000 + seed)))
        wait = effects.pop("wait")
        out.found += wait.verdict == "driver"
        out.held += wait.low is not None and wait.high is not None and wait.low <= world.wait_points <= wait.high
        out.others += any(effect.verdict == "driver" for effect in effects.values())
    return out


def test_nothing_planted_is_seldom_found() -> None:
    found = tally(World(), 60)
    assert found.found + found.others <= 9  # 6 % in 1,000 sets: more than 9 of 60 is one chance in 200
    assert found.held >= 50


def test_a_planted_effect_is_found_and_its_size_held() -> None:
    found = tally(World(wait_points=-4.5), 40)
    assert found.found >= 38
    assert found.held >= 33


def test_a_hundred_answers_are_not_enough() -> None:
    found = asked(voices(World(wait_points=-4.5, answers=100), 1))
    assert {effect.verdict for effect in found.effects} == {"not enough data"}
    assert "100 of 200 answers" in found.missing
    assert all(effect.effect is None and effect.reason == "; ".join(found.missing) for effect in found.effects)


@pytest.mark.parametrize(
    ("world", "missing"),
    [
        (World(stores=3, days=13), "13 of 14 days"),
        (World(stores=1, days=15), "15 of 20 store days"),
    ],
)
def test_too_few_days(world: World, missing: str) -> None:
    found = asked(voices(world, 2))
    assert any(missing in what for what in found.missing), found.missing
    assert {effect.verdict for effect in found.effects} == {"not enough data"}


def test_stores_that_answered_on_one_day_only_cannot_be_compared_with_themselves() -> None:
    data = voices(World(stores=25), 2)
    found = asked(data._replace(day=data.store % 14))
    assert found.missing == ("0 of 12 spare store days",)
    assert {effect.verdict for effect in found.effects} == {"not enough data"}


def test_what_moves_together_is_not_told_apart_but_the_group_is_found() -> None:
    data = voices(World(wait_points=-6.0, answers=3000), 3)
    rng = np.random.default_rng(0)
    twin = data.conditions["wait"] + rng.normal(0, 0.3, 3000)
    found = asked(data, twin=twin)
    effects = by_name(found)
    for name, other in (("wait", "twin"), ("twin", "wait")):
        assert effects[name].verdict == "cannot tell these apart"
        assert effects[name].effect is effects[name].low is None
        assert effects[name].with_others == (other,)
        assert (effects[name].inflation or 0) > 5
    assert [group.found for group in found.groups if group.names == ("wait", "twin")] == [True]


def test_two_that_say_the_same_are_not_told_apart() -> None:
    data = voices(World(), 4)
    effects = by_name(asked(data, seconds=60.0 * data.conditions["wait"]))
    assert effects["wait"].verdict == effects["seconds"].verdict == "cannot tell these apart"
    assert effects["warmth"].verdict == "nothing seen"


def test_a_condition_that_stands_still_says_nothing() -> None:
    data = voices(World(), 5)
    effects = by_name(asked(data, area=np.full(1500, 120.0), of_the_hour=data.hour * 2.0))
    for name in ("area", "of_the_hour"):
        assert (effects[name].verdict, effects[name].reason) == (
            "not enough data",
            "does not vary within hour, weekday and store",
        )
    assert effects["wait"].effect is not None


def test_a_dead_sensor_does_not_silence_the_others() -> None:
    data = voices(World(answers=500, wait_points=-8.0), 6)
    dead, half = np.full(500, np.nan), data.conditions["warmth"].copy()
    half[:240], data.conditions["wait"][260:280] = np.nan, np.nan
    found = asked(data, dead=dead, warmth=half)
    effects = by_name(found)
    assert effects["dead"].verdict == "not enough data"
    assert found.answers == 240
    assert effects["wait"].effect is not None
    half[:330] = np.nan
    assert by_name(asked(data, warmth=half))["warmth"].verdict == "not enough data"
    assert asked(data, warmth=half).answers == 480


def test_the_unit_is_the_unit() -> None:
    data = voices(World(wait_points=-4.5), 7)
    minutes = by_name(asked(data))["wait"]
    data.conditions["wait"] *= 60.0
    seconds = by_name(asked(data))["wait"]
    assert minutes.effect == pytest.approx(60.0 * (seconds.effect or 0), rel=1e-9)
    assert minutes.chance == pytest.approx(seconds.chance, rel=1e-6)


def test_the_order_of_answers_changes_nothing_and_a_level_of_the_hour_neither() -> None:
    data = voices(World(), 8)
    order = np.random.default_rng(0).permutation(1500)
    score = np.where(data.recommend >= 9, 100.0, np.where(data.recommend <= 6, -100.0, 0.0))
    there = asked(data)
    conditions = [Condition(name, "", values[order]) for name, values in data.conditions.items()]
    back = drivers(
        Answers(score[order] + 7.0 * data.hour[order], data.store[order], data.day[order], data.hour[order]),
        conditions,
    )
    for a, b in zip(there.effects, back.effects, strict=True):
        assert (a.effect, a.low, a.high) == pytest.approx((b.effect, b.low, b.high), rel=1e-6, abs=1e-9)


def test_nothing_asked_and_nobody_answered() -> None:
    nobody = np.zeros(0)
    found = drivers(Answers(nobody, *[np.zeros(0, np.int64)] * 3), [Condition("wait", "minute", nobody)])
    assert (found.answers, found.effects[0].verdict) == (0, "not enough data")
    data = voices(World(), 9)
    assert asked(data._replace(conditions={})).effects == ()


def test_a_finding_is_plain_values() -> None:
    found = asked(voices(World(), 10))
    assert msgspec.json.decode(msgspec.json.encode(found), type=Drivers) == found


def test_a_condition_measured_beside_a_minority_takes_no_answers_from_the_others() -> None:
    data = voices(World(), 12)
    data.conditions["warmth"][:900] = np.nan  # 600 would be enough for a fit
    found = asked(data)
    assert found.answers == 1500
    assert by_name(found)["warmth"].reason == "measured beside too few answers"


def test_two_that_share_an_effect_are_found_together_and_not_told_apart() -> None:
    """Alike enough for wide intervals and not for the limit of inflation: the group is certain, neither member is."""
    data, rng = voices(World(answers=3000), 13), np.random.default_rng(8)
    one = rng.normal(size=3000)
    two = 0.86 * one + 0.51 * rng.normal(size=3000)
    score = -0.032 * 100.0 * (one + two) + rng.normal(0, 70, 3000)
    conditions = [Condition("one", "", one), Condition("two", "", two)]
    found = drivers(Answers(score, data.store, data.day, data.hour), conditions)
    (group,) = found.groups
    assert (group.names, group.found) == (("one", "two"), True)
    for effect in found.effects:
        assert 3 < (effect.inflation or 0) < 5
        assert (effect.verdict, effect.effect) == ("cannot tell these apart", None)
