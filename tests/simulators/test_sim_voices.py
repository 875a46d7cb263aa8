"""What customers say, with its planted truths: the hour behind both, shops that differ, unhappy people who answer
more.
"""

from datetime import date, timedelta

import numpy as np
import pytest
from msgspec import ValidationError, convert

from simulators.answers import Answer, answers
from simulators.fleet import shops
from simulators.shop import Shop
from simulators.shoppers import Day, simulate
from simulators.voices import Voices, World, voices

FRIDAY = date(2026, 11, 20)


@pytest.fixture(scope="module")
def days() -> list[Day]:
    return [simulate(Shop(answering=1.0), FRIDAY + timedelta(days=i)) for i in range(6)]


def told(days: list[Day], **truth: float) -> list[Answer]:
    shop = Shop(**{"answering": 1.0, "points_a_minute": 0.0, **truth})  # type: ignore[arg-type]
    return [answer for day in days for answer in answers(shop, day)]


def score(found: list[Answer]) -> float:
    return 100.0 * float(np.mean([(a.recommend >= 9) - (a.recommend <= 6) for a in found]))


def test_nothing_else_planted_changes_no_answer(days: list[Day]) -> None:
    assert told(days) == told(days, rush_points=0.0, level_points=0.0, bias=1.0, apart_points=9.0)


def test_a_shop_that_is_liked_less(days: list[Day]) -> None:
    assert score(told(days)) - score(told(days, level_points=-20.0)) == pytest.approx(20, abs=6)


def test_the_mood_of_the_hour_looks_like_an_effect_of_waiting(days: list[Day]) -> None:
    found = told(days, rush_points=-60.0)
    points = [100.0 * ((a.recommend >= 9) - (a.recommend <= 6)) for a in found]
    slope = np.polyfit([a.waited / 60.0 for a in found], points, 1)[0]
    flat = np.polyfit(
        [a.waited / 60.0 for a in told(days)],
        [100.0 * ((a.recommend >= 9) - (a.recommend <= 6)) for a in told(days)],
        1,
    )[0]
    assert slope < -1.5 < flat


def test_the_unhappy_answer_more_often(days: list[Day]) -> None:
    fair, biased = told(days), told(days, bias=4.0)
    unhappy = [sum(a.recommend <= 6 for a in found) for found in (fair, biased)]
    assert unhappy[0] == unhappy[1]
    assert len(biased) - unhappy[1] == pytest.approx((len(fair) - unhappy[0]) / 4, rel=0.15)
    with pytest.raises(ValidationError, match="bias"):
        convert({"bias": 0.5}, Shop)


def test_shops_of_a_fleet_that_lie_apart() -> None:
    levels = [shop.level_points for shop in shops(Shop(apart_points=12.0), 60)]
    assert np.std(levels) == pytest.approx(12, rel=0.3)
    assert {shop.level_points for shop in shops(Shop(), 5)} == {0.0}


def points(found: Voices) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    return np.where(found.recommend >= 9, 100.0, np.where(found.recommend <= 6, -100.0, 0.0))


def test_the_same_seed_gives_the_same_voices() -> None:
    a, b, other = voices(World(), 1), voices(World(), 1), voices(World(), 2)
    assert (a.recommend == b.recommend).all()
    assert (a.recommend != other.recommend).any()
    assert {len(values) for values in a.conditions.values()} == {1500}
    assert set(np.unique(a.recommend)) == set(range(11))


def test_voices_hold_what_was_planted_when_the_hour_is_held_still() -> None:
    found = voices(World(wait_points=-4.5, rush_points=0.0, store_sd=0.0, day_sd=0.0, answers=60_000), 3)
    assert np.polyfit(found.conditions["wait"], points(found), 1)[0] == pytest.approx(-4.5, abs=0.5)
    nothing = voices(World(answers=60_000), 3)
    assert np.polyfit(nothing.conditions["wait"], points(nothing), 1)[0] < -0.8  # the hour is behind both
    biased = voices(World(answers=60_000, bias=3.0), 3)
    assert points(biased).mean() < points(nothing).mean() - 20
